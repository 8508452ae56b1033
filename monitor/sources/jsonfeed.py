"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1), numeric ids and missing fields included."""

from __future__ import annotations

import json
from typing import Any

from monitor.core.errors import ParseError
from monitor.core.listing import Listing
from monitor.core.model import Article, Page, Source
from monitor.sources import charset, dates, fields, prescreen
from monitor.sources.faults import readable


def parse(page: Page, source: Source) -> Listing:
    """What a JSON Feed lists; raises ParseError where the page is none."""
    document = _document(charset.decode(page.body, page.content_type))
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseError("the answer is JSON but not a JSON Feed: it has no list of items", kind="not-a-feed")
    return Listing(tuple(readable(items, lambda item: _article(item, document, page, source), source)))


def _document(text: str) -> dict[str, Any]:
    if not prescreen.is_json(text):
        prescreen.root(text)  # says what it is where it is no feed at all
        raise ParseError('the answer is an XML feed, not a JSON Feed; write kind = "feed"', kind="not-a-feed")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the JSON is broken: {error}"[:200], kind="broken") from error
    if not isinstance(document, dict):
        raise ParseError("the answer is JSON but not a JSON Feed", kind="not-a-feed")
    return document


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
        tags=fields.tags(tag for tag in item.get("tags") or [] if isinstance(tag, str)),
        language=fields.language(source.language, item.get("language"), document.get("language")),
        published_at=published or updated,
        updated_at=updated,
    )


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _authors(item: dict[str, Any]) -> list[str]:
    """Names, of version 1.1's list or version 1.0's single author."""
    people = item.get("authors") or [item.get("author")]
    return [_text(person, "name") for person in people if isinstance(person, dict) and _text(person, "name")]
