"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1). Numeric ids and missing fields are tolerated."""

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
from monitor.feeds.decode import DecodedText
from monitor.feeds.entries import KnownEntriesRemoved
from monitor.feeds.fields import parse_entries

VERSION_URL = re.compile(r"jsonfeed\.org/version/(\d)(?:\.(\d))?")
MAX_HUBS = 8
ERROR_KEYS = ("message", "error", "errors", "error_description", "detail", "reason")
INHERITED_KEYS = ("author", "authors", "language")  # used for items without their own


@dataclass(frozen=True, slots=True)
class JsonFeedDocument:
    """A parsed document with its list of items."""

    decoded: DecodedText
    document: dict[str, Any]
    items: list[Any]


def parse_jsonfeed(page: Page, source: Source) -> Listing:
    """Parse a JSON Feed; raises ParseError where the page is none."""
    found = _load_document(page)
    return _build_listing(found, found.items, page, source)


def parse_new_items(
    page: Page, source: Source, context: bytes, known_hashes: bytes
) -> tuple[Listing, KnownEntriesRemoved]:
    """As parse_jsonfeed, without the items whose hash is in known_hashes; see entries.strip_known."""
    found = _load_document(page)
    head = json.dumps([found.document.get(name) for name in INHERITED_KEYS])
    hashes = entries.hash_entries((json.dumps(item).encode() for item in found.items), head, context)
    before = entries.unpack_hashes(known_hashes)
    left = [item for item, own in zip(found.items, hashes, strict=True) if own not in before]
    removed = b"".join(own for own in hashes if own in before)
    cut = KnownEntriesRemoved("", b"".join(hashes), len(hashes) - len(left), len(left), removed)
    return _build_listing(found, left, page, source), cut


def _load_document(page: Page) -> JsonFeedDocument:
    decoded = decode.decode_document(page.body, page.content_type)
    document = _parse_json(decoded.text)
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseError(_describe_other_json(document), kind="not-a-feed")
    return JsonFeedDocument(decoded, document, items)


def _build_listing(found: JsonFeedDocument, items: list[Any], page: Page, source: Source) -> Listing:
    """The metadata of the document, and the given items as articles."""
    document = found.document
    articles, unreadable, losses = parse_entries(items, lambda item: _article(item, document, page, source))
    version = VERSION_URL.search(_text(document, "version"))
    return Listing(
        articles,
        hubs=_websub_hubs(document, page.url),
        topic=fields.absolute_url(_text(document, "feed_url"), page.url),
        more=tuple(filter(None, (fields.absolute_url(_text(document, "next_url"), page.url),))),
        title=fields.clean_title(_text(document, "title"), literal=True),
        form=f"JSON Feed {version[1]}.{version[2] or 0}" if version else "JSON Feed",
        encoding=found.decoded.encoding,
        quirks=tuple(_find_quirks(document, items, articles, found.decoded)),
        unreadable=unreadable,
        losses=losses,
    )


def _websub_hubs(document: dict[str, Any], base: str) -> tuple[str, ...]:
    """The absolute URLs of hubs of type WebSub."""
    hubs = document.get("hubs")
    known = [hub for hub in hubs[:MAX_HUBS] if isinstance(hub, dict)] if isinstance(hubs, list) else []
    urls = (fields.absolute_url(_text(hub, "url"), base) for hub in known if _text(hub, "type").lower() == "websub")
    return tuple(dict.fromkeys(filter(None, urls)))


def _find_quirks(
    document: dict[str, Any], items: list[Any], articles: Sequence[Article], decoded: DecodedText
) -> Iterator[str]:
    """Describe faults. A feed marked as expired is parsed all the same, as the mark may be wrong."""
    if decoded.mislabelled:
        yield f"labelled {decoded.label}, written in {decoded.encoding}"
    if document.get("expired") is True:
        yield "it says that it has expired: nothing new will come"
    dictionaries = [item for item in items if isinstance(item, dict)]
    if numeric := sum(type(item.get("id")) in (int, float) for item in dictionaries):
        yield f"ids that are numbers: {numeric} of {len(items)}"
    if strange := len(items) - len(dictionaries):
        yield f"items that are none: {strange} of {len(items)}"
    yield from quirks.entry_quirks(articles, sum(bool(_raw_date(item)) for item in dictionaries))


def _raw_date(item: dict[str, Any]) -> Any:
    return item.get("date_published") or item.get("date_modified")


def _parse_json(text: str) -> dict[str, Any]:
    if not repair.is_json(text):
        repair.extract_root(text)  # raises a ParseError that says what it is instead
        raise ParseError('the answer is an XML feed, not a JSON Feed; write kind = "feed"', kind="not-a-feed")
    try:
        document = json.loads(text, parse_int=_parse_integer)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the JSON is broken: {error}"[:200], kind="broken") from error
    if not isinstance(document, dict):
        raise ParseError("the answer is JSON but not a JSON Feed", kind="not-a-feed")
    return document


def _describe_other_json(document: dict[str, Any]) -> str:
    """Describe JSON that is no feed; most often it is an error message under one of ERROR_KEYS."""
    said: Any = next((document[key] for key in ERROR_KEYS if document.get(key)), None)
    said = said[0] if isinstance(said, list) else said
    said = next((said[key] for key in ERROR_KEYS if said.get(key)), None) if isinstance(said, dict) else said
    if isinstance(said, str):
        return f'the answer is an error in JSON, not a feed: "{fields.clean_title(said)[:100]}"'
    return "the answer is JSON but not a JSON Feed: it has no list of items"


def _parse_integer(digits: str) -> int | str:
    """An int, or the text itself where int() may refuse its digits (more than 4300)."""
    return int(digits) if len(digits) < 4000 else digits


def _article(item: dict[str, Any], document: dict[str, Any], page: Page, source: Source) -> Article:
    summary = fields.clean_paragraphs(_text(item, "summary"))
    content = fields.clean_paragraphs(_text(item, "content_html")) or fields.clean_paragraphs(
        _text(item, "content_text"), literal=True
    )
    published = dates.parse_date(_text(item, "date_published"), source.timezone)
    updated = dates.parse_date(_text(item, "date_modified"), source.timezone)
    name = fields.clean_guid(item.get("id"))
    link = _text(item, "url") or _text(item, "external_url")
    return Article(
        source=source.name,
        title=fields.clean_title(_text(item, "title")),
        url=fields.absolute_url(link, page.url) or fields.absolute_url(name or "", ""),
        guid=name,
        lead=fields.lead_from_summary(summary),
        body=fields.join_body(summary, content),
        author=fields.clean_author(", ".join(_authors(item) or _authors(document))),
        tags=fields.clean_tags(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        language=fields.language_subtag(source.language, item.get("language"), document.get("language")),
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
    """Names from `authors` (version 1.1) or `author` (1.0)."""
    people = _list(item, "authors") or [item.get("author")]
    return [_text(person, "name") for person in people if isinstance(person, dict) and _text(person, "name")]
