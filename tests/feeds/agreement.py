"""Whether the strict parser says of a document what the tolerant one says."""

from __future__ import annotations

from dataclasses import fields, replace

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Page, Source
from monitor.feeds import rss
from monitor.feeds.fields import PARSE_ERRORS

SOURCE = Source("agreement", "https://feeds.example/rss", timezone="Europe/Berlin")
PAGE = Page("https://feeds.example/folder/rss", b"")

ACCEPTED, DECLINED, DIFFERENT, NO_FEED = "accepted", "declined", "different", "no feed"


def compared(text: str) -> tuple[str, str]:
    """One of the four words, and what differs."""
    try:
        document = rss.extract_repaired_root(text)
    except ParseError as error:
        return NO_FEED, str(error)
    strict = rss.parse_strict_document(document, PAGE, SOURCE)
    if strict is None:
        return DECLINED, ""
    try:
        tolerant = rss.parse_tolerant_document(document, PAGE, SOURCE)
    except (ParseError, *PARSE_ERRORS) as error:
        return DIFFERENT, f"the tolerant parser raises {error!r}"
    if strict == tolerant:
        return ACCEPTED, ""
    return DIFFERENT, "; ".join(_differences(strict.articles, tolerant.articles)) or "other things than articles"


def _differences(ours: tuple[Article, ...], theirs: tuple[Article, ...]) -> list[str]:
    if len(ours) != len(theirs):
        return [f"{len(ours)} entries, not {len(theirs)}"]
    return [
        f"{field.name}: {getattr(one, field.name)!r}, not {getattr(other, field.name)!r}"
        for one, other in zip(ours, theirs, strict=True)
        for field in fields(Article)
        if replace(one, **{field.name: getattr(other, field.name)}) != one
    ]
