"""`monitor feeds import` and `export`: OPML there and back."""

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
from monitor.config import LoadResult, Problem, environment, files
from monitor.config.toml import edit
from monitor.core.alerts.render import listed
from monitor.core.dedupe.urls import feed_key
from monitor.core.model.polling import Source
from monitor.feeds.decode import decode_text

MAX_OPML_BYTES = 5_000_000  # bytes of an OPML file
MAX_FEEDS = 5000  # feeds of one
MAX_FEED_NAME_LENGTH = 80  # characters of a name, as in rules.toml
REFERENCE = re.compile(r"(\$\{[^{}]*\})")
MAX_DEPTH = 1000  # levels; lists that never close their folders have one more with each
TAG = re.compile(r"""<(?P<close>/)|<[A-Za-z](?P<rest>(?:[^<>"']|"[^"<]*"|'[^'<]*')*)""")
OPML_KINDS = ("feed", "jsonfeed")  # kinds of source that OPML knows


@click.command()
@click.pass_obj
def export(options: Options) -> None:
    """The feeds of rules.toml as OPML, their secrets as ${NAME}; one that stands in the file itself as ***."""
    reading = rules_file.load_rules_or_fail(options, as_json=False)
    sources = [one for one in reading.settings.sources if one.kind in OPML_KINDS]
    click.echo(format_opml(sources, reading))
    if left := len(reading.settings.sources) - len(sources):
        print_message(f"{left} pages or sitemaps are left out: OPML knows feeds only")
    if bare := [one.name for one in sources if shareable(address := add.address_in_file(reading, one.name)) != address]:
        print_message(
            f"*** stands for a secret in the address of {listed(bare)}: put it into a ${{NAME}} to export the address"
        )


def format_opml(sources: Sequence[Source], reading: LoadResult) -> str:
    """Feeds as OPML 2.0, with the addresses as the file has them."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Feeds of the news-alert monitor"
    body = ElementTree.SubElement(root, "body")
    for one in sources:
        said = {
            "type": "rss",
            "text": one.name,
            "title": one.name,
            "xmlUrl": shareable(add.address_in_file(reading, one.name)),
        }
        said |= {"language": one.language} if one.language else {}
        ElementTree.SubElement(body, "outline", said)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def shareable(url: str) -> str:
    """An address for other people: as it stands in the file, but for a password or token that stands there too."""
    pieces = REFERENCE.split(url)
    return "".join(one if REFERENCE.fullmatch(one) else environment.mask_url_secrets(one) for one in pieces)


@dataclass(slots=True)
class ImportResult:
    """What an OPML file has for us: lines for [feeds], and how many feeds are not among them and why."""

    lines: list[str] = field(default_factory=list)
    known: int = 0  # watched already, or twice in the file
    rejected: list[str] = field(default_factory=list)  # no http address, or with a reference to a secret

    def format_summary(self) -> str:
        """The harvest in one line."""
        parts = [f"{len(self.lines)} new", f"{self.known} watched already"]
        return ", ".join(parts + ([f"{len(self.rejected)} not fit to be polled"] if self.rejected else []))


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", "to_file", is_flag=True, help="put the lines into rules.toml")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def import_(options: Options, file: Path, to_file: bool, as_json: bool) -> None:
    """The feeds of an OPML file that rules.toml does not have yet, as lines for its [feeds].

    None of them is asked for anything here; `feeds poll` does that.
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
    """What is new among feeds, each under a name of its own."""
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
    """Whether an address of somebody else's list may be polled. ${NAME} in it would send one of our secrets there."""
    return bool(re.fullmatch(r"https?://[^\s\x00-\x1f\x7f/?#]+[^\s\x00-\x1f\x7f]*", url)) and "${" not in url


def load_outlines(file: Path, as_json: bool) -> list[tuple[str, str]]:
    """Name and address of each feed in an OPML file, however deep it stands."""
    data = files.read_file(file, MAX_OPML_BYTES)
    if isinstance(data, Problem):
        fail(data.message, code="bad-opml", status=USAGE, as_json=as_json, help=data.help)
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:  # nothing that could grow when it is read
        fail(f"{file} declares entities", code="bad-opml", status=USAGE, as_json=as_json)
    if too_deep(decode_text(data, "")):
        help = "export the list again, with fewer folders inside of folders"
        message = f"{file} is nested deeper than {MAX_DEPTH:,} levels"
        fail(message, code="bad-opml", status=USAGE, as_json=as_json, help=help)
    found = parse_outlines(data)
    if found is None:
        fail(f"{file} is no OPML", code="bad-opml", status=USAGE, as_json=as_json)
    return found


def too_deep(text: str) -> bool:
    """Whether elements are nested deeper than a list of feeds needs; what is not surely closed counts as open."""
    depth = 0
    for tag in TAG.finditer(text):
        depth += -1 if tag["close"] else not tag["rest"].endswith("/")
        if depth > MAX_DEPTH:
            return True
    return False


def parse_outlines(data: bytes) -> list[tuple[str, str]] | None:
    """Name and address of each feed in the bytes of an OPML file; None where they are none.

    The reader gets UTF-8, as it knows no other encoding, and bytes, as it would fetch a text that is an address.
    """
    found = listparser.parse(decode_text(data, "").encode("utf-8", "replace"))
    if not found["version"]:
        return None
    return [(clean_feed_name(feed["title"], feed["url"]), feed["url"]) for feed in found["feeds"][:MAX_FEEDS]]


def clean_feed_name(title: str, url: str) -> str:
    """A name that rules.toml takes: visible, and short enough for a number behind it."""
    shown = "".join(char if char.isprintable() else " " for char in title)
    return " ".join(shown.split())[: MAX_FEED_NAME_LENGTH - 5].strip() or add.site_name(url)
