"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1), numeric ids and missing fields included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import dates, decode, entries, fields, quirks, repair
from monitor.feeds.decode import Decoded
from monitor.feeds.entries import Cut
from monitor.feeds.fields import readable

VERSION = re.compile(r"jsonfeed\.org/version/(\d)(?:\.(\d))?")
MOST_HUBS = 8
COMPLAINTS = ("message", "error", "errors", "error_description", "detail", "reason")
INHERITED = ("author", "authors", "language")  # what an item without its own takes from its feed


@dataclass(frozen=True, slots=True)
class Opened:
    """A document of JSON that has a list of items."""

    decoded: Decoded
    document: dict[str, Any]
    items: list[Any]


def parse(page: Page, source: Source) -> Listing:
    """What a JSON Feed lists and says of itself; raises ParseError where the page is none."""
    found = _opened(page)
    return _listing(found, found.items, page, source)


def unseen(page: Page, source: Source, context: bytes, seen: bytes) -> tuple[Listing, Cut]:
    """The same without the items that were seen before, and how many they are; see slices.cut."""
    found = _opened(page)
    head = json.dumps([found.document.get(name) for name in INHERITED])
    hashes = entries.hashed((json.dumps(item).encode() for item in found.items), head, context)
    before = entries.remembered(seen)
    left = [item for item, own in zip(found.items, hashes, strict=True) if own not in before]
    cut = Cut("", b"".join(hashes), len(hashes) - len(left), len(left))
    return _listing(found, left, page, source), cut


def _opened(page: Page) -> Opened:
    decoded = decode.read(page.body, page.content_type)
    document = _document(decoded.text)
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseError(_otherwise(document), kind="not-a-feed")
    return Opened(decoded, document, items)


def _listing(found: Opened, items: list[Any], page: Page, source: Source) -> Listing:
    """What a document says of itself, and these of its items as articles."""
    document = found.document
    articles = tuple(readable(items, lambda item: _article(item, document, page, source), source))
    version = VERSION.search(_text(document, "version"))
    return Listing(
        articles,
        hubs=_hubs(document, page.url),
        topic=fields.link(_text(document, "feed_url"), page.url),
        more=tuple(filter(None, (fields.link(_text(document, "next_url"), page.url),))),
        title=fields.title(_text(document, "title"), literal=True),
        form=f"JSON Feed {version[1]}.{version[2] or 0}" if version else "JSON Feed",
        encoding=found.decoded.encoding,
        quirks=tuple(_quirks(document, items, articles, found.decoded)),
    )


def _hubs(document: dict[str, Any], base: str) -> tuple[str, ...]:
    """The hubs that speak WebSub."""
    hubs = document.get("hubs")
    known = [hub for hub in hubs[:MOST_HUBS] if isinstance(hub, dict)] if isinstance(hubs, list) else []
    speaking = (fields.link(_text(hub, "url"), base) for hub in known if _text(hub, "type").lower() == "websub")
    return tuple(dict.fromkeys(filter(None, speaking)))


def _quirks(document: dict[str, Any], items: list[Any], articles: Sequence[Article], decoded: Decoded) -> Iterator[str]:
    """What is odd about a feed. One that says it has expired is read all the same: it may be wrong."""
    if decoded.mislabelled:
        yield f"labelled {decoded.label}, written in {decoded.encoding}"
    if document.get("expired") is True:
        yield "it says that it has expired: nothing new will come"
    dictionaries = [item for item in items if isinstance(item, dict)]
    if numeric := sum(type(item.get("id")) in (int, float) for item in dictionaries):
        yield f"ids that are numbers: {numeric} of {len(items)}"
    if strange := len(items) - len(dictionaries):
        yield f"items that are none: {strange} of {len(items)}"
    yield from quirks.of_entries(articles, sum(bool(_written(item)) for item in dictionaries))


def _written(item: dict[str, Any]) -> Any:
    """The date of an item, as it stands there."""
    return item.get("date_published") or item.get("date_modified")


def _document(text: str) -> dict[str, Any]:
    if not repair.is_json(text):
        repair.root(text)  # says what it is where it is no feed at all
        raise ParseError('the answer is an XML feed, not a JSON Feed; write kind = "feed"', kind="not-a-feed")
    try:
        document = json.loads(text, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the JSON is broken: {error}"[:200], kind="broken") from error
    if not isinstance(document, dict):
        raise ParseError("the answer is JSON but not a JSON Feed", kind="not-a-feed")
    return document


def _otherwise(document: dict[str, Any]) -> str:
    """What JSON says that is no feed: most often it is an error, with its reason in one of these places."""
    said: Any = next((document[key] for key in COMPLAINTS if document.get(key)), None)
    said = said[0] if isinstance(said, list) else said
    said = next((said[key] for key in COMPLAINTS if said.get(key)), None) if isinstance(said, dict) else said
    if isinstance(said, str):
        return f'the answer is an error in JSON, not a feed: "{fields.title(said)[:100]}"'
    return "the answer is JSON but not a JSON Feed: it has no list of items"


def _number(digits: str) -> int | str:
    """A number; one of more digits than Python reads is a name of its entry at best, and must not cost the others."""
    return int(digits) if len(digits) < 4000 else digits


def _article(item: dict[str, Any], document: dict[str, Any], page: Page, source: Source) -> Article:
    summary = fields.visible(_text(item, "summary"))
    content = fields.visible(_text(item, "content_html")) or fields.visible(_text(item, "content_text"), literal=True)
    published = dates.parse(_text(item, "date_published"), source.timezone)
    updated = dates.parse(_text(item, "date_modified"), source.timezone)
    name = fields.guid(item.get("id"))
    link = _text(item, "url") or _text(item, "external_url")
    return Article(
        source=source.name,
        title=fields.title(_text(item, "title")),
        url=fields.link(link, page.url) or fields.link(name or "", ""),
        guid=name,
        lead=fields.lead(summary),
        body=fields.body(summary, content),
        author=fields.author(", ".join(_authors(item) or _authors(document))),
        tags=fields.tags(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        language=fields.language(source.language, item.get("language"), document.get("language")),
        published_at=published or updated,
        updated_at=updated,
    )


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _list(item: dict[str, Any], key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _authors(item: dict[str, Any]) -> list[str]:
    """Names, of version 1.1's list or version 1.0's single author."""
    people = _list(item, "authors") or [item.get("author")]
    return [_text(person, "name") for person in people if isinstance(person, dict) and _text(person, "name")]
