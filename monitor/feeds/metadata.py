"""The metadata of an XML feed: format, title, hubs, own address, polling schedule and links to older articles.

Parsed from the document without its entries, by expat, up to the first fault. feedparser is not used: it keeps only
the last of several skipHours, and parses every entry first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from monitor.core.model.polling import Listing, Schedule
from monitor.feeds import fields, quirks
from monitor.feeds.decode import DecodedText

MIN_UPDATE_PERIOD, MAX_UPDATE_PERIOD = 60.0, 86_400.0  # seconds; other values are clamped
UPDATE_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_629_800, "yearly": 31_557_600}
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBER_PATTERN = re.compile(r"[0-9]{1,9}")


def parse_schedule(
    ttl: Sequence[str], period: Sequence[str], frequency: Sequence[str], hours: Sequence[str], days: Sequence[str]
) -> Schedule:
    """The schedule from the texts of ttl, sy:update…, skipHours and skipDays; of several intervals the longest."""
    pauses = [*_ttl_seconds(ttl), *_update_intervals(period, frequency)]
    return Schedule(
        min(max(*pauses, MIN_UPDATE_PERIOD), MAX_UPDATE_PERIOD) if pauses else None,
        _skipped_units((_parse_hour(one) for one in hours), 24),
        _skipped_units((_parse_day(one) for one in days), 7),
    )


def _ttl_seconds(ttl: Iterable[str]) -> Iterator[float]:
    yield from (60.0 * number for one in ttl if (number := _parse_number(one)))


def _update_intervals(period: Sequence[str], frequency: Sequence[str]) -> Iterator[float]:
    """Three updates a day are an interval of eight hours. A frequency without a period is ignored."""
    often = next(filter(None, map(_parse_number, frequency)), 1)
    yield from (UPDATE_PERIODS[one.lower()] / often for one in period if one.lower() in UPDATE_PERIODS)


def _parse_number(text: str) -> int:
    return int(text) if NUMBER_PATTERN.fullmatch(text) else 0


def _parse_hour(text: str) -> int | None:
    """0 to 23; older feeds count to 24, which is midnight (https://www.rssboard.org/rss-specification#optionalElements)."""
    return int(text) % 24 if NUMBER_PATTERN.fullmatch(text) and int(text) <= 24 else None


def _parse_day(text: str) -> int | None:
    """0 for "Monday" or "Mon"."""
    name = text.lower()
    return next((at for at, day in enumerate(DAY_NAMES) if name in (day, day[:3])), None)


def _skipped_units(found: Iterable[int | None], every: int) -> tuple[int, ...]:
    """Sorted, each once; a feed that skips all of them is taken to skip none."""
    known = sorted({one for one in found if one is not None})
    return tuple(known) if len(known) < every else ()


MAX_METADATA_LENGTH = 64 * 1024  # characters before the first entry, and as many after the last
MAX_LINKS = 8  # of one relation
MAX_ELEMENTS = 1000  # a feed has twenty around its entries
VERSION_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,3}){1,2}")
HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,250}")
PORT_NUMBER = re.compile(r"[0-9]{1,5}")
FEED_ELEMENTS = frozenset(("feed", "channel", "rss", "rdf"))  # whose children describe the feed
TEXT_ELEMENTS = frozenset(("title", "ttl", "hour", "day", "updateperiod", "updatefrequency"))  # whose text is kept
TEXT_ELEMENT_PARENTS = {"hour": {"skiphours"}, "day": {"skipdays"}}  # of the others: FEED_ELEMENTS
FORMAT_NAMES = {
    "http://www.w3.org/2005/Atom": "Atom 1.0",
    "http://purl.org/rss/1.0/": "RSS 1.0",
    "http://my.netscape.com/rdf/simple/0.9/": "RSS 0.90",
    "http://channel.netscape.com/rdf/simple/0.9/": "RSS 0.90",
}


@dataclass(frozen=True, slots=True)
class MetadataElement:
    """One element outside the entries: names in lower case without prefix; text only for TEXT_ELEMENTS."""

    name: str
    parent: str
    has_parent_prefix: bool  # the same as its parent: itunes:title is not the title of a channel
    attributes: Mapping[str, str]
    text: str = ""


@dataclass(slots=True)
class _MetadataCollector:
    """The callbacks of expat; `open` holds (prefix, name) of the enclosing elements."""

    found: list[MetadataElement] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)
    current: MetadataElement | None = None
    current_depth: int = 0  # how many elements enclose the current one
    pieces: list[str] = field(default_factory=list)

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Markup inside a title belongs to its text."""
        prefix, _, name = tag.lower().rpartition(":")
        above, parent = self.open[-1] if self.open else ("", "")
        element = MetadataElement(name, parent, prefix == above, given)
        if self.current is None and name in TEXT_ELEMENTS:
            self.current, self.current_depth, self.pieces = element, len(self.open), []
        elif self.current is None and (given or name in FEED_ELEMENTS) and len(self.found) < MAX_ELEMENTS:
            self.found.append(element)
        self.open.append((prefix, name))

    def text(self, piece: str) -> None:
        if self.current is not None:
            self.pieces.append(piece)

    def end(self, _: str) -> None:
        self.open.pop()
        if self.current is not None and len(self.open) == self.current_depth:
            if len(self.found) < MAX_ELEMENTS:
                self.found.append(replace(self.current, text="".join(self.pieces).strip()))
            self.current = None


def parse_metadata(document: str, base: str) -> Listing:
    """The metadata of a repaired document as a Listing without articles; base: the address of the document."""
    found = _parse_elements(_without_entries(document))
    roots = [one for one in found if one.name in FEED_ELEMENTS][:2]  # <rss> and its <channel>
    for root in roots:
        base = fields.absolute_url(root.attributes.get("xml:base", ""), base) or base
    links = [
        (one.attributes.get("rel", "").lower().split(), one.attributes.get("href", ""))
        for one in _elements_named(found, "link")
    ]
    return Listing(
        schedule=_schedule_of_elements(found),
        hubs=_linked_urls(links, base, "hub"),
        topic=next(iter(_linked_urls(links, base, "self")), ""),
        cloud=next(filter(None, map(_cloud_url, _elements_named(found, "cloud"))), ""),
        more=_linked_urls(links, base, "next", "prev-archive"),
        title=_title(found),
        form=_format_name(roots),
    )


def add_metadata(found: Listing, document: str, decoded: DecodedText, base: str) -> Listing:
    """The articles of `found` together with the metadata and the faults of their document."""
    described = parse_metadata(document, base)
    undated = any(one.published_at is None for one in found.articles)
    entries = quirks.entry_quirks(
        found.articles, quirks.count_dated_entries(document) if undated else len(found.articles)
    )
    return replace(
        described,
        articles=found.articles,
        known=found.known,
        slices=found.slices,
        unreadable=found.unreadable,
        refused=found.refused,
        losses=found.losses,
        encoding=decoded.encoding,
        quirks=(*found.quirks, *quirks.document_quirks(decoded, document), *entries),
    )


def _without_entries(document: str) -> str:
    """The document before its first entry and after its last, where a channel may have elements too."""
    first = quirks.ENTRY_START.search(document)
    if first is None or first.start() > MAX_METADATA_LENGTH:
        return document[:MAX_METADATA_LENGTH]
    close = f"</{first[1]}>"
    last = document.rfind(close)
    return document[: first.start()] + (document[last + len(close) :][:MAX_METADATA_LENGTH] if last >= 0 else "")


def _parse_elements(text: str) -> list[MetadataElement]:
    collector, parser = _MetadataCollector(), expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = collector.start, collector.end
    parser.CharacterDataHandler = collector.text
    with suppress(expat.ExpatError):
        parser.Parse(text.encode("utf-8", "replace"), True)
    return collector.found


def _elements_named(found: Iterable[MetadataElement], name: str) -> Iterator[MetadataElement]:
    return (one for one in found if one.name == name and one.parent in FEED_ELEMENTS)


def _linked_urls(links: Iterable[tuple[list[str], str]], base: str, *wanted: str) -> tuple[str, ...]:
    """The absolute targets of links with one of these relations, each once."""
    hrefs = (href for relations, href in links if href and not set(wanted).isdisjoint(relations))
    return tuple(dict.fromkeys(filter(None, (fields.absolute_url(href, base) for href in hrefs))))[:MAX_LINKS]


def _title(found: Iterable[MetadataElement]) -> str:
    """The first title with the prefix of the channel; Atom's plain text is not read as HTML."""
    own = next((one for one in _elements_named(found, "title") if one.has_parent_prefix), None)
    literal = own is not None and own.parent == "feed" and own.attributes.get("type", "text") == "text"
    return fields.clean_title(own.text, literal=literal) if own else ""


def _schedule_of_elements(found: Iterable[MetadataElement]) -> Schedule:
    texts: dict[str, list[str]] = {name: [] for name in TEXT_ELEMENTS}
    for one in found:
        if one.name in TEXT_ELEMENTS and one.parent in TEXT_ELEMENT_PARENTS.get(one.name, FEED_ELEMENTS):
            texts[one.name].append(one.text)
    return parse_schedule(texts["ttl"], texts["updateperiod"], texts["updatefrequency"], texts["hour"], texts["day"])


def _cloud_url(element: MetadataElement) -> str:
    """The address for rssCloud registrations by HTTP POST (http://walkthrough.rsscloud.co); empty for others."""
    wanted = ("domain", "port", "path", "protocol")
    domain, port, path, protocol = (element.attributes.get(name, "").strip() for name in wanted)
    number = int(port) if PORT_NUMBER.fullmatch(port) else 80 if not port else 0
    if protocol.lower() != "http-post" or not HOST_NAME.fullmatch(domain) or not 0 < number < 65536:
        return ""
    host = domain if number in (80, 443) else f"{domain}:{number}"
    return fields.absolute_url(f"{'https' if number == 443 else 'http'}://{host}/{path.removeprefix('/')}", "")


def _format_name(roots: Iterable[MetadataElement]) -> str:
    """Format and version, such as "RSS 2.0"; without a number where the document has no plausible one."""
    root = next(iter(roots), None)
    if root is None:
        return ""
    version = VERSION_NUMBER.fullmatch(root.attributes.get("version", "").strip())
    if root.name in ("rss", "channel"):
        return f"RSS {version[0]}" if version else "RSS"
    family = "Atom" if root.name == "feed" else "RSS"
    spaces = (value.strip() for one in roots for name, value in one.attributes.items() if name.startswith("xmlns"))
    known = (FORMAT_NAMES.get(space, "") for space in spaces)
    named = next((form for form in known if form.startswith(family)), "")
    return named or (f"{family} {version[0]}" if version else family)
