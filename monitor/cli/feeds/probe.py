"""`monitor feeds probe` and `discover`: describe an address, and find the feeds of a site."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.output import NEGATIVE, fail, format_cell, print_envelope, print_message
from monitor.core.alerts.render import format_duration
from monitor.core.model.polling import Schedule
from monitor.feeds.decode import decode_page
from monitor.feeds.discovery import declared_feeds
from monitor.pipeline.probe import Discovery, ProbeResult, SearchHit, discover_feeds, probe_address

LABEL_WIDTH = 12  # columns
MAX_SHOWN_HEADLINES = 3  # headlines of a watch
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def discover(options: Options, url: str, as_json: bool) -> None:
    """Find the feeds of a site from any page of it: those it names, else usual addresses. At most 8 requests.

    Exit status 1 where there is none.
    """
    settings = rules_file.load_rules_or_fail(options, as_json=as_json).settings
    found = asyncio.run(discover_feeds(url, settings))
    if as_json:
        data = {"url": url, "requests": found.requests, "feeds": [probe_data(one) for one in found.found]}
        print_envelope(
            data | {"failed": [{"url": one.url, "error": one.error} for one in found.failed]}, ok=bool(found.found)
        )
        raise SystemExit(0 if found.found else NEGATIVE)
    if not found.found:
        fail_without_feeds(found, as_json=False)
    click.echo("\n\n".join("\n".join(format_candidate(one)) for one in found.found))
    for one in found.failed:
        print_message(f"no feed: {format_cell(one.url)}: {format_cell(one.error)}")
    print_message(f"\nNext: {shell_command('add', found.found[0].lasting)}")


def fail_without_feeds(found: Discovery, *, as_json: bool) -> None:
    """End the verb because no feed was found, with advice."""
    first = found.first
    way = shell_command("probe", first.url, "article")
    help = f"a page can be watched itself: `{way}` shows what a selector finds" if first.body else ""
    asked = f"; {found.requests} addresses were asked" if found.requests > 1 else ""
    message = f"no feed at {format_cell(first.url)}: {format_cell(first.error)}{asked}"
    fail(message, code="no-feed", status=NEGATIVE, as_json=as_json, help=help)


def format_candidate(one: ProbeResult) -> Iterator[str]:
    """A feed as a few lines of text, with its whole address first."""
    yield format_cell(one.lasting)
    newest = f"newest {format_cell(one.newest)}" if one.newest else "no dates"
    said = [one.title, one.form or one.kind, format_entry_count(one.entries), newest, one.language or ""]
    yield "  " + " · ".join(format_cell(part) for part in said if part)
    yield from (f"  {line}" for line in format_search_hits(one.hits, 1))


def format_entry_count(number: int) -> str:
    """A number of entries in words: "1 entry", "5 entries"."""
    return f"{number} entr" + ("y" if number == 1 else "ies")


def format_search_hits(hits: Sequence[SearchHit], shown: int) -> Iterator[str]:
    """The watches that would match, each with up to `shown` titles."""
    if not hits:
        yield "no watch would hit"
    for hit in hits:
        yield f"would hit {format_cell(hit.watch)} ({len(hit.titles)}): {format_cell(hit.titles[0])}"
        yield from (f"  {format_cell(title)}" for title in hit.titles[1:shown])


@click.command()
@click.argument("url")
@click.option(
    "--select", default="", metavar="SELECTOR", help="read it as a web page; this CSS selector finds the articles"
)
@click.option(
    "--save", type=click.Path(path_type=Path), help="write the response body to FILE and its headers to FILE.headers"
)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def probe(options: Options, url: str, select: str, save: Path | None, as_json: bool) -> None:
    """Fetch an address once and describe it: feed or not, entries, caching, polling hints, watches that would match.

    Exit status 1 where there is no feed.
    """
    settings = rules_file.load_rules_or_fail(options, as_json=as_json).settings
    found = asyncio.run(probe_address(url, settings, (("item", select),) if select else ()))
    if save is not None:
        save_response(found, save, as_json=as_json)
    inside = declared_feeds(decode_page(found.body, found.type), found.address or url) if found.error else []
    named = dict.fromkeys(found.named, "") | dict(inside)
    if as_json:
        print_envelope(probe_data(found) | {"named": list(named)}, ok=not found.error)
    else:
        click.echo("\n".join(format_probe(found, select)))
        for address, title in named.items():
            click.echo(format_label("names", f"{format_cell(address)}  {title and format_cell(title)}".rstrip()))
        print_message(f"\nNext: {suggest_next_step(found, select)}")
    raise SystemExit(NEGATIVE if found.error else 0)


def save_response(found: ProbeResult, file: Path, *, as_json: bool) -> None:
    """Write a response so that it can be parsed again: body and headers; ends the verb where that fails."""
    head = {"content-type": found.type, "etag": found.etag, "last-modified": found.last_modified}
    lines = [f"HTTP/1.1 {found.status}", *(f"{name}: {value}" for name, value in head.items() if value)]
    try:
        file.write_bytes(found.body)
        file.with_name(file.name + ".headers").write_text("\n".join([*lines, ""]), encoding="utf-8")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", code="no-file", status=NEGATIVE, as_json=as_json)


def probe_data(one: ProbeResult) -> dict[str, Any]:
    """A probe as JSON data, without the body."""
    return {name: value for name, value in asdict(replace(one, body=b"")).items() if name != "body"}


def format_probe(one: ProbeResult, select: str = "") -> Iterator[str]:
    """A probe as lines of text."""
    yield format_cell(one.url)
    if one.status is not None:
        yield format_label("answer", format_response(one))
    if one.address and one.address != one.url:
        yield format_label(
            "redirects", f"to {format_cell(one.address)}, {'for good' if one.moved == one.address else 'for now'}"
        )
    if one.error:
        yield format_label("no feed", format_cell(one.error))
        return
    yield format_label(
        "form", ", ".join(format_cell(part) for part in (one.form or one.kind, one.encoding, one.title) if part)
    )
    yield format_label("caching", describe_caching(one))
    if one.schedule and (asked := describe_schedule(one.schedule)):
        yield format_label("asks", asked)
    push = [f"hub {hub}" for hub in one.hubs] + ([f"rssCloud {one.cloud}"] if one.cloud else [])
    yield format_label("push", format_cell(", ".join(push)) if push else "none named")
    yield format_label(
        "entries", f"{one.entries}: {one.with_id} with id, {one.with_date} with date{probe_language(one)}"
    )
    if one.more:
        yield format_label("leads to", format_cell(", ".join(one.more)))
    if one.newest and one.oldest:
        usual = f", usually {format_duration(timedelta(seconds=one.gap))} apart" if one.gap is not None else ""
        yield format_label("dates", f"{format_cell(one.oldest)} to {format_cell(one.newest)}{usual}")
    yield format_label("texts", describe_full_text(one))
    yield from (format_label("forgiven", format_cell(quirk)) for quirk in one.quirks)
    first, *others = format_search_hits(one.hits, MAX_SHOWN_HEADLINES)
    yield format_label("watches", first)
    yield from (format_label("", line) for line in others)


def format_label(name: str, said: str) -> str:
    """A line of text with its label in a column of LABEL_WIDTH."""
    return f"  {name.ljust(LABEL_WIDTH)}{said}"


def format_response(one: ProbeResult) -> str:
    """Status, type and size of a response; only the status of a refusal."""
    size = f"{one.size / 1000:.0f} kB" if one.size >= 1000 else f"{one.size} bytes"
    return f"{one.status}, {format_cell(one.type)}, {size}" if one.address else f"{one.status}"


def describe_caching(one: ProbeResult) -> str:
    """The validators with which the server can answer that nothing is new."""
    names = [name for name, value in (("ETag", one.etag), ("Last-Modified", one.last_modified)) if value]
    fresh = (
        f"; fresh for {format_duration(timedelta(seconds=one.max_age))} (max-age)" if one.max_age is not None else ""
    )
    return (" and ".join(names) or "neither ETag nor Last-Modified: every poll carries the whole") + fresh


def describe_schedule(schedule: Schedule) -> str:
    """The polling hints of a feed: pause, hours and days to skip."""
    parts = [f"{format_duration(timedelta(seconds=schedule.pause))} between two polls"] if schedule.pause else []
    if schedule.skip_hours:
        parts.append(f"none at {', '.join(map(str, schedule.skip_hours))} o'clock GMT")
    if schedule.skip_days:
        parts.append(f"none on {', '.join(WEEKDAYS[day] for day in schedule.skip_days)}")
    return ", ".join(parts)


def probe_language(one: ProbeResult) -> str:
    """The language of the feed as a suffix; empty where it is unknown."""
    return f"; language {format_cell(one.language)}" if one.language else ""


def describe_full_text(one: ProbeResult) -> str:
    """Whether the feed carries whole articles."""
    if not one.entries or one.with_text == 0:
        return "teasers; the pages of new articles are read (full_text)"
    return "whole" if one.with_text == one.entries else f"whole in {one.with_text} of {one.entries}, else teasers"


def suggest_next_step(found: ProbeResult, select: str) -> str:
    """The next command: discover where there was no feed, else add."""
    return shell_command("discover", found.url) if found.error else shell_command("add", found.lasting, select)


def shell_command(verb: str, url: str, select: str = "") -> str:
    """A verb to copy into a shell; the address is quoted, so that it stays one word."""
    more = ["--select", select] if select else []
    return shlex.join(["monitor", "feeds", verb, *map(format_cell, (url, *more))])
