"""`monitor feeds add`: fetches an address and adds its feed to rules.toml."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping

import click

from monitor.cli import edit_rules, rules_file
from monitor.cli.context import Options
from monitor.cli.feeds import probe
from monitor.cli.output import NEGATIVE, USAGE, fail, format_cell, print_envelope, print_message
from monitor.config.settings import LoadResult, Settings
from monitor.config.toml import edit
from monitor.config.types import parse_interval
from monitor.core.dedupe.urls import feed_key, url_host
from monitor.pipeline.probe import Discovery, ProbeResult, discover_feeds, probe_address

# Labels between the name of a site and its country, as in example.co.uk
SECOND_LEVEL_DOMAINS = frozenset(("co", "com", "net", "org", "gov", "ac", "edu"))


def check_interval(context: click.Context, option: click.Parameter, value: str) -> str:
    """A poll interval such as 10m or 2m-15m, unchanged; a mistake is a usage error."""
    try:
        parse_interval(value or "1m")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@click.argument("url")
@click.option("--name", default="", help="name of the feed; default: the site's name")
@click.option(
    "--every",
    default="",
    metavar="10m",
    callback=check_interval,
    help="the interval between two polls; default: 2m-15m",
)
@click.option(
    "--select", default="", metavar="SELECTOR", help="read it as a web page; this CSS selector finds the articles"
)
@click.option("--dry-run", is_flag=True, help="print the line, write nothing")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def add(options: Options, url: str, name: str, every: str, select: str, dry_run: bool, as_json: bool) -> None:
    """Add the feed at URL, or the one feed that is found from it, as one line in rules.toml.

    An address without a feed, or one that is polled already, is not added (exit status 1). Where several feeds are
    found, they are listed to choose from. Existing lines are not changed.
    """
    path = edit_rules.writable_rules_file(options, as_json=as_json)
    reading = rules_file.load_rules_or_fail(options, as_json=as_json)
    watched = feed_addresses(reading)
    fail_if_watched(url, watched, as_json)
    if "${" in url:
        fail("an address with a secret is written by hand, under [feeds]", code="secret", status=USAGE, as_json=as_json)
    found = choose_feed(url, select, reading.settings, as_json)
    fail_if_watched(found.lasting, watched, as_json)
    called = name or unique_name(site_name(found.lasting), reading.entries["feeds"])
    line = edit.format_feed_line(called, found.lasting, every=every, kind=found.kind, select=select)
    change = edit_rules.apply_edit(
        path, lambda data: edit.insert_lines(data, "feeds", [line]), dry_run=dry_run, as_json=as_json
    )
    if as_json:
        print_envelope(change.as_data() | {"name": called, "text": line, "feed": probe.probe_data(found)})
    elif dry_run:
        click.echo(line)
    else:
        click.echo(change.diff, nl=False)
    if not as_json:
        show_added_feed(found, dry_run)


def show_added_feed(found: ProbeResult, dry_run: bool) -> None:
    """Print what was added and what follows from it."""
    print_message(f"{format_cell(found.form or found.kind)} with {probe.format_entry_count(found.entries)}")
    for line in probe.format_search_hits(found.hits, 1):
        print_message(f"  {line}")
    if dry_run:
        print_message("nothing was written")
        return
    print_message(
        "The articles of the first poll are the baseline: stored and matched, but not alerted. Later ones are alerted."
    )
    print_message("A running monitor takes it up within two seconds.")


def feed_addresses(reading: LoadResult) -> dict[str, str]:
    """Normalized address → name of every feed in the file, disabled ones included."""
    known = {feed_key(address_in_file(reading, name)): name for name in reading.entries["feeds"]}
    return known | {feed_key(one.url): one.name for one in reading.settings.sources}


def address_in_file(reading: LoadResult, name: str) -> str:
    """A feed's address as written in the file, with ${NAME} in place of secrets."""
    entry = reading.entries["feeds"][name]
    return str(entry if isinstance(entry, str) else entry["url"])


def fail_if_watched(url: str, watched: Mapping[str, str], as_json: bool) -> None:
    """End the verb where an address is in rules.toml already."""
    name = watched.get(feed_key(url))
    if name is not None:
        help = f"`{probe.shell_command('poll', name)}` polls it now"
        fail(f'"{name}" watches {format_cell(url)} already', code="known", status=NEGATIVE, as_json=as_json, help=help)


def choose_feed(url: str, select: str, settings: Settings, as_json: bool) -> ProbeResult:
    """The feed to add; ends the verb where there is none or more than one."""
    if select:
        only = asyncio.run(probe_address(url, settings, (("item", select),)))
        found = Discovery(only, () if only.error else (only,))
    else:
        found = asyncio.run(discover_feeds(url, settings))
    if not found.found:
        probe.fail_without_feeds(found, as_json=as_json)
    if len(found.found) > 1 or not found.first.body:  # a feed guessed beside a dead address is not added
        fail_with_candidates(found, as_json)
    return found.found[0]


def fail_with_candidates(found: Discovery, as_json: bool) -> None:
    """End the verb with a list of the feeds to choose from."""
    if not as_json:
        click.echo("\n\n".join("\n".join(probe.format_candidate(one)) for one in found.found) + "\n")
    help = f"`{probe.shell_command('add', found.found[0].lasting)}`, or another of them"
    count = "a feed is" if len(found.found) == 1 else f"{len(found.found)} feeds are"
    message = f"{count} found from {format_cell(found.first.url)}: name one by its address"
    fail(message, code="choose", status=NEGATIVE, as_json=as_json, help=help)


def site_name(url: str) -> str:
    """The name of a site, from its host: "boerse-global" for www.boerse-global.de."""
    host = re.sub(r":\d+$", "", url_host(url)) or "feed"
    if host.replace(".", "").isdigit() or ":" in host:
        return host
    labels = host.split(".")[:-1] or [host]
    return labels[-2] if len(labels) > 1 and labels[-1] in SECOND_LEVEL_DOMAINS else labels[-1]


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number appended where another feed has it."""
    return next(one for one in (name, *(f"{name} {n}" for n in range(2, 10_000))) if one not in taken)
