"""`monitor feeds`: how feeds do, what they covered, what an address has to offer, OPML out and in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click

from monitor.cli import rulefile
from monitor.cli.database import opened
from monitor.cli.options import Options
from monitor.cli.output import NEGATIVE, USAGE, emit, fail, say
from monitor.cli.parameters import Duration
from monitor.cli.status import trouble
from monitor.cli.table import show, text
from monitor.clock import utcnow
from monitor.config.addition import key, quoted
from monitor.core.model import Source
from monitor.probe import Probe
from monitor.probe import probe as probed

BIGGEST = 5_000_000  # bytes of an OPML file


@click.group()
def feeds() -> None:
    """How feeds do, what they covered, and what an address has to offer."""


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def listed(options: Options, as_json: bool) -> None:
    """Every feed, those in trouble first."""
    with opened(options, as_json=as_json) as store:
        found = store.views.status(utcnow()).feeds
    if as_json:
        emit([asdict(one) for one in found])
        return
    show(
        ["feed", "articles", "newest", "last success", "next poll", "trouble"],
        [(one.name, one.articles, one.newest, one.last_success, one.next_poll, trouble(one)) for one in found],
    )


@feeds.command("coverage")
@click.option("--since", type=Duration(), default="7d", show_default=True, help="polls in this time")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def coverage(options: Options, since: timedelta, as_json: bool) -> None:
    """Whether anything can have been missed: a poll that knows nothing of what a feed shows came too late.

    Exit status 1 where that happened.
    """
    with opened(options, as_json=as_json) as store:
        found = store.coverage.since((utcnow() - since).date())
    lost = any(one.overruns for one in found)
    if as_json:
        emit([asdict(one) for one in found], ok=not lost)
    else:
        show(
            ["feed", "polls", "failed", "unchanged", "new", "longest gap", "overruns"],
            [
                (one.feed, one.polls, one.failed, one.unchanged, one.fresh, gap(one.longest_gap), one.overruns)
                for one in found
            ],
        )
        say("overruns: nothing the feed showed was known, so items may have been lost; give it a shorter `every`")
    raise SystemExit(NEGATIVE if lost else 0)


def gap(seconds: int) -> str:
    """Seconds as people say them."""
    return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds >= 3600 else f"{seconds // 60} min"


@feeds.command("probe")
@click.argument("url")
@click.option("--save", type=click.Path(path_type=Path), help="write the bytes that came to a file")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def probe(options: Options, url: str, save: Path | None, as_json: bool) -> None:
    """Ask an address: is it a feed, what does it carry, which watches would hit; of a page, which feeds it names.

    Exit status 1 where there is no feed.
    """
    settings = rulefile.read(options, as_json=as_json).settings
    found = asyncio.run(probed(url, settings))
    if save is not None:
        save.write_bytes(found[0].body)
    good = any(not one.error for one in found)
    if as_json:
        emit([as_data(one) for one in found], ok=good)
    else:
        for one in found:
            click.echo("\n".join(described(one)))
    raise SystemExit(0 if good else NEGATIVE)


def as_data(one: Probe) -> dict[str, Any]:
    """A probe for machines."""
    return {name: value for name, value in asdict(replace(one, body=b"")).items() if name != "body"}


def described(one: Probe) -> Iterator[str]:
    """A probe for people."""
    yield text(one.url)
    if one.error:
        yield f"  no feed: {text(one.error)}"
        yield from (f"  names the feed {text(address)} {text(title)}".rstrip() for address, title in one.named)
        return
    caching = "answers conditionally" if one.conditional else "has neither ETag nor Last-Modified"
    yield f"  {text(one.kind)}, {one.size} bytes, {caching}"
    parts = f"{one.with_id} with id, {one.with_date} with date, {one.with_text} with a whole text"
    yield f"  {one.entries} entries, {parts}"
    if one.newest and one.oldest:
        yield f"  from {text(one.oldest)} to {text(one.newest)}"
    yield from (f"  would hit {watch}: {text(title)}" for watch, title in one.hits[:10])
    name = key(one.url.split("/")[2].removeprefix("www.").partition(".")[0])
    yield f"  to watch it, under [feeds]: {name} = {quoted(one.url)}"


@feeds.command("export")
@click.pass_obj
def export(options: Options) -> None:
    """The feeds of rules.toml as OPML."""
    sources = rulefile.read(options, as_json=False).settings.sources
    click.echo(opml(list(sources)))


def opml(sources: list[Source]) -> str:
    """Feeds as OPML 2.0."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = "Feeds of the news-alert monitor"
    body = ElementTree.SubElement(root, "body")
    for one in sources:
        ElementTree.SubElement(body, "outline", type="rss", text=one.name, title=one.name, xmlUrl=one.url)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


@feeds.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_(options: Options, file: Path) -> None:
    """The feeds of an OPML file that rules.toml does not have yet, as lines to put under its [feeds]."""
    known = {source.url: source.name for source in rulefile.read(options, as_json=False).settings.sources}
    taken = set(known.values())
    for name, url in outlines(file):
        if url not in known:
            known[url] = unique(name, taken)
            click.echo(f"{key(known[url])} = {quoted(url)}")


def outlines(file: Path) -> Iterator[tuple[str, str]]:
    """Name and address of each feed in an OPML file."""
    data = file.read_bytes()
    if len(data) > BIGGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # nothing that could grow when it is read
        fail(f"{file} is too large or declares entities", code="bad-opml", status=USAGE)
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        fail(f"{file} is no OPML: {error}", code="bad-opml", status=USAGE)
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl", "").strip()
        if url.startswith(("http://", "https://")):
            yield (outline.get("title") or outline.get("text") or url).strip(), url


def unique(name: str, taken: set[str]) -> str:
    """A name that no other feed has."""
    found = next(one for one in (name, *(f"{name} {n}" for n in range(2, 10_000))) if one not in taken)
    taken.add(found)
    return found
