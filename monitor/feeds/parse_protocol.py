"""Pages, articles and listings as the JSON and bytes that the parser's processes exchange with the daemon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Schedule, ServerLimits, Source

DATETIME_FIELDS = ("published_at", "updated_at")
UNSENT_FIELDS = ("articles", "slices", "skipped")  # of a listing: sent one by one, or known to the daemon alone


def encode_request(page: Page, source: Source) -> dict[str, Any]:
    """What a process must know about a page and its source, besides the body of the page."""
    return {
        "url": page.url,
        "content_type": page.content_type,
        "source": {**_field_values(source), "every": source.every.total_seconds(), "max_every": None},
    }


def decode_request(about: Mapping[str, Any], body: bytes) -> tuple[Page, Source]:
    """The page and source of a request."""
    source = about["source"]
    return (
        Page(about["url"], body, about["content_type"], limits=ServerLimits()),
        Source(
            **{
                **source,
                "every": timedelta(seconds=source["every"]),
                "select": tuple((part, place) for part, place in source["select"]),
            }
        ),
    )


def encode_answer(found: Listing | ParseError) -> Iterator[dict[str, Any]]:
    """The articles of a listing one by one and then the rest of it, or an error."""
    if isinstance(found, ParseError):
        yield {"error": str(found), "kind": found.kind}
        return
    for article in found.articles:
        value = _field_values(article)
        value.update((name, value[name].isoformat()) for name in DATETIME_FIELDS if value[name] is not None)
        yield {"article": value}
    said = {name: value for name, value in _field_values(found).items() if name not in UNSENT_FIELDS}
    yield {"listing": {**said, "schedule": _field_values(found.schedule)}}


def decode_answer(value: Mapping[str, Any]) -> Article | Listing | ParseError:
    """One value of an answer: an article, the rest of the listing, or the error."""
    if "error" in value:
        return ParseError(value["error"], kind=value["kind"])
    return _decode_article(value["article"]) if "article" in value else _decode_listing(value["listing"])


def _decode_article(value: Mapping[str, Any]) -> Article:
    instants = {name: datetime.fromisoformat(value[name]) for name in DATETIME_FIELDS if value[name] is not None}
    return Article(**{**value, **instants, "tags": tuple(value["tags"])})


def _decode_listing(value: Mapping[str, Any]) -> Listing:
    said = _lists_to_tuples(value)
    schedule = Schedule(**_lists_to_tuples(said.pop("schedule")))
    return Listing((), schedule, **said)


def _lists_to_tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def _field_values(instance: Any) -> dict[str, Any]:
    return {field.name: getattr(instance, field.name) for field in fields(instance)}
