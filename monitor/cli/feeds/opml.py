"""`monitor feeds import` and `export`: read and write OPML subscription lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import click
import listparser

from monitor.cli import edit_rules, rules_file
from monitor.cli.context import Options
from monitor.cli.feeds import add
from monitor.cli.output import USAGE, fail, print_envelope, print_message
from monitor.config import environment, files
from monitor.config.settings import LoadResult
from monitor.config.toml import edit
from monitor.config.toml.problems import Problem
from monitor.core.alerts.render import listed
from monitor.core.dedupe.urls import feed_key
from monitor.core.model.polling import Source
from monitor.feeds.decode import decode_text

MAX_OPML_BYTES = 5_000_000
MAX_FEEDS = 5000  # feeds of one file
MAX_FEED_NAME_LENGTH = 80  # characters, as in rules.toml
REFERENCE = re.compile(r"(\$\{[^{}]*\})")
MAX_DEPTH = 1000  # levels; in lists that never close their folders each one is deeper
TAG = re.compile(r"""<(?P<close>/)|<[A-Za-z](?P<rest>(?:[^<>"']|"[^"<]*"|'[^'<]*')*)""")
OPML_KINDS = ("feed", "jsonfeed")  # kinds of source that OPML can express


@click.command()
@click.pass_obj
def export(options: Options) -> None:
    """Print the feeds of rules.toml as OPML, secrets as ${NAME}; a secret written in the file itself becomes ***."""
    reading = rules_file.load_rules_or_fail(options, as_json=False)
    sources = [one for one in reading.settings.sources if one.kind in OPML_KINDS]
    click.echo(format_opml(sources, reading))
    if left := len(reading.settings.sources) - len(sources):
        print_message(f"{left} pages or sitemaps are left out: OPML knows feeds only")
    if bare := [
        one.name for one in sources if mask_address(address := add.address_in_file(reading, one.name)) != address
    ]:
        print_message(
            f"*** stands for a secret in the address of {listed(bare)}: put it into a ${{NAME}} to export the address"
        )


def format_opml(sources: Sequence[Source], reading: LoadResult) -> str:
    """Feeds as OPML 2.0, with the addresses as written in rules.toml."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Feeds of the news-alert monitor"
    body = ElementTree.SubElement(root, "body")
    for one in sources:
        said = {
            "type": "rss",
            "text": one.name,
            "title": one.name,
            "xmlUrl": mask_address(add.address_in_file(reading, one.name)),
        }
        said |= {"language": one.language} if one.language else {}
        ElementTree.SubElement(body, "outline", said)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def mask_address(url: str) -> str:
    """An address as written in rules.toml, with a literal password or token as *** and every ${NAME} kept."""
    pieces = REFERENCE.split(url)
    return "".join(one if REFERENCE.fullmatch(one) else environment.mask_url_secrets(one) for one in pieces)


@dataclass(slots=True)
class ImportResult:
    """The new feeds of an OPML file as lines for [feeds], and the feeds that were left out."""

    lines: list[str] = field(default_factory=list)
    known: int = 0  # in rules.toml already, or twice in the OPML file
    rejected: list[str] = field(default_factory=list)  # no http address, or with a reference to a secret

    def format_summary(self) -> str:
        parts = [f"{len(self.lines)} new", f"{self.known} watched already"]
        return ", ".join(parts + ([f"{len(self.rejected)} not fit to be polled"] if self.rejected else []))


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", "to_file", is_flag=True, help="write the lines into rules.toml")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def import_(options: Options, file: Path, to_file: bool, as_json: bool) -> None:
    """Print the feeds of an OPML file that are not in rules.toml yet, as lines for [feeds].

    None of them is fetched here; `feeds poll` does that.
    """
    path = edit_rules.writable_rules_file(options, as_json=as_json) if to_file else None
    found = collect_new_feeds(load_outlines(file, as_json), rules_file.load_rules_or_fail(options, as_json=as_json))
    if path and found.lines:
        edit_rules.apply_edit(
            path, lambda data: edit.insert_lines(data, "feeds", found.lines), dry_run=False, as_json=as_json
        )
    if as_json:
        print_envelope({"lines": found.lines, "known": found.known, "unfit": found.rejected, "written": to_file})
        return
    click.echo("".join(f"{line}\n" for line in found.lines), nl=False)
    for url in found.rejected:
        print_message(f"left out: {url[:200]!r} is no http address that can be polled")
    print_message(found.format_summary() + (f"; written to {path}" if path and found.lines else ""))
    if found.lines and not to_file:
        print_message("Next: put them under [feeds], or let --write do it")


def collect_new_feeds(feeds: Iterable[tuple[str, str]], reading: LoadResult) -> ImportResult:
    """The feeds (name, address) that are not in rules.toml, each under a name that is free."""
    found, watched, taken = ImportResult(), set(add.feed_addresses(reading)), set(reading.entries["feeds"])
    for name, url in feeds:
        if not is_importable(url):
            found.rejected.append(url)
        elif feed_key(url) in watched:
            found.known += 1
        else:
            watched.add(feed_key(url))
            name = add.unique_name(name, taken)
            taken.add(name)
            found.lines.append(edit.format_feed_line(name, url))
    return found


def is_importable(url: str) -> bool:
    """Whether an address of a foreign list may be polled. A ${NAME} in it would send a secret to that server."""
    return bool(re.fullmatch(r"https?://[^\s\x00-\x1f\x7f/?#]+[^\s\x00-\x1f\x7f]*", url)) and "${" not in url


def load_outlines(file: Path, as_json: bool) -> list[tuple[str, str]]:
    """Name and address of each feed in an OPML file, at any depth; ends the verb for a file that is not OPML."""
    data = files.read_file(file, MAX_OPML_BYTES)
    if isinstance(data, Problem):
        fail(data.message, code="bad-opml", status=USAGE, as_json=as_json, help=data.help)
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:  # entities may expand without bound
        fail(f"{file} declares entities", code="bad-opml", status=USAGE, as_json=as_json)
    if is_too_deep(decode_text(data, "")):
        help = "export the list again, with fewer folders inside of folders"
        message = f"{file} is nested deeper than {MAX_DEPTH:,} levels"
        fail(message, code="bad-opml", status=USAGE, as_json=as_json, help=help)
    found = parse_outlines(data)
    if found is None:
        fail(f"{file} is no OPML", code="bad-opml", status=USAGE, as_json=as_json)
    return found


def is_too_deep(text: str) -> bool:
    """Whether elements are nested deeper than MAX_DEPTH; an element that is not clearly closed counts as open."""
    depth = 0
    for tag in TAG.finditer(text):
        depth += -1 if tag["close"] else not tag["rest"].endswith("/")
        if depth > MAX_DEPTH:
            return True
    return False


def parse_outlines(data: bytes) -> list[tuple[str, str]] | None:
    """Name and address of each feed in the bytes of an OPML file; None where they are not OPML.

    listparser reads no encoding but UTF-8, and it would fetch a str that is an address; so it gets UTF-8 bytes.
    """
    found = listparser.parse(decode_text(data, "").encode("utf-8", "replace"))
    if not found["version"]:
        return None
    return [(clean_feed_name(feed["title"], feed["url"]), feed["url"]) for feed in found["feeds"][:MAX_FEEDS]]


def clean_feed_name(title: str, url: str) -> str:
    """A name that rules.toml accepts: printable, and short enough for a number to be appended."""
    shown = "".join(char if char.isprintable() else " " for char in title)
    return " ".join(shown.split())[: MAX_FEED_NAME_LENGTH - 5].strip() or add.site_name(url)
