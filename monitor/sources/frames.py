"""What goes over the pipes between the daemon and its parser: frames of a length and that many bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from struct import Struct
from typing import Any, BinaryIO

from monitor.core.model.articles import Article, Manners, Page, Source
from monitor.core.model.polling import Listing, Schedule

LENGTH = Struct(">I")
INSTANTS = ("published_at", "updated_at")


def pack(payload: bytes) -> bytes:
    """One frame."""
    return LENGTH.pack(len(payload)) + payload


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None where the other side has gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def question(page: Page, source: Source) -> bytes:
    """A page to parse: two frames, what is known of it and its bytes."""
    known = {
        "url": page.url,
        "content_type": page.content_type,
        "source": {**_plain(source), "every": source.every.total_seconds(), "most": None},
    }
    return pack(json.dumps(known).encode()) + pack(page.body)


def page_and_source(known: bytes, body: bytes) -> tuple[Page, Source]:
    """The two frames of a question, read back."""
    value = json.loads(known)
    source = value["source"]
    return (
        Page(value["url"], body, value["content_type"], manners=Manners()),
        Source(
            **{
                **source,
                "every": timedelta(seconds=source["every"]),
                "select": tuple((part, place) for part, place in source["select"]),
            }
        ),
    )


def article_frame(article: Article) -> bytes:
    """One article of an answer."""
    value = _plain(article)
    value.update((name, value[name].isoformat()) for name in INSTANTS if value[name] is not None)
    return pack(json.dumps({"article": value}).encode())


def end_frame(**said: Any) -> bytes:
    """The last frame of an answer: nothing, or error and kind."""
    return pack(json.dumps(said).encode())


def article(value: Mapping[str, Any]) -> Article:
    """An article from its frame."""
    instants = {name: datetime.fromisoformat(value[name]) for name in INSTANTS if value[name] is not None}
    return Article(**{**value, **instants, "tags": tuple(value["tags"])})


def listing(found: Listing) -> dict[str, Any]:
    """What a listing says besides its articles, for the last frame."""
    said = {name: value for name, value in _plain(found).items() if name != "articles"}
    return {"listing": {**said, "schedule": _plain(found.schedule), "slices": found.slices.hex()}}


def read_listing(said: Mapping[str, Any], articles: Sequence[Article]) -> Listing:
    """A listing from its last frame and the articles before it."""
    value = _tuples(said["listing"])
    schedule, slices = Schedule(**_tuples(value.pop("schedule"))), bytes.fromhex(value.pop("slices"))
    return Listing(tuple(articles), schedule, slices=slices, **value)


def _tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def _plain(noun: Any) -> dict[str, Any]:
    return {field.name: getattr(noun, field.name) for field in fields(noun)}
