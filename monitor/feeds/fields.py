"""The fields of an article from what a feed puts into them: markup, entities, relative links, nonsense.

What leaves here is visible text without control or direction characters, a link that is http(s) or nothing, and no
field so long that a hostile entry could be felt further down the route.
"""

from __future__ import annotations

import hashlib
import html
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from monitor.core.dedupe.urls import unwrap_redirect
from monitor.core.model.articles import Article
from monitor.core.model.polling import Source
from monitor.core.text import clean

MAX_FIELD_LENGTHS = {"title": 2000, "author": 500, "tag": 200, "url": 4000, "guid": 1000}
MAX_TAGS = 50

_HTML_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,20}(?:[\s/][^<>]{0,4000})?>|<!--")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|mark|p|q|s|small|span|strong|sub|sup|tt|u|wbr)"
    r"(?:[\s/][^<>]{0,4000})?>",
    re.IGNORECASE,
)
_CHARACTER_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,30});")
_TEASER_END = re.compile(r"[\s.…\[\](]{1,20}(?:(?:weiterlesen|read more|continue reading)\W{0,5})?$", re.IGNORECASE)
_FOLDING_TO_ASCII = "ßẞſİŉǰẖẗẘẙẚ\u212aﬀﬁﬂﬃﬄﬅﬆ"  # all that folds to a letter of ASCII
_TEASER_END_LENGTH = 60  # characters that it can take away at most, and some more
# An address that joining and splitting leave as it is, from "https:" to a fragment
_ORDINARY_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w/.~%+-]*(?:\?[\w=&/.~%+-]+)?(?:#[\w=&/.~%+-]+)?", re.ASCII
)


def clean_title(value: str, *, literal: bool = False) -> str:
    """One line. Unless literal, tags are dropped and entities that were escaped twice are read once more.

    Only tags that stand in headlines are taken for tags: "a<b" and "<Widget> launched" are words.
    """
    if not literal and "<" in value and _INLINE_TAG.search(value):
        value = clean.html_to_text(value)
    elif not literal and "&" in value and _CHARACTER_REFERENCE.search(value):
        value = html.unescape(value)
    return clean.clean_text(value[: MAX_FIELD_LENGTHS["title"]], line=True)


def clean_paragraphs(value: str, *, literal: bool = False) -> str:
    """A text as a reader sees it, with its paragraphs. Text without a tag keeps the line breaks it has."""
    if not literal:
        value = clean.html_to_text(value) if _HTML_TAG.search(value) else html.unescape(value)
    return clean.clean_text(value).strip()


def lead_from_summary(summary: str) -> str:
    """The summary, where it is one: a whole article put into the summary has a lead of its own, read later."""
    return "" if len(summary) > 1000 and summary.count("\n") >= 2 else summary


def join_body(summary: str, content: str) -> str:
    """Everything the feed gives, the summary not said twice where the content begins with it or contains it."""
    if not summary or not content:
        return content or summary
    teaser = summary[:-_TEASER_END_LENGTH] + _TEASER_END.sub("", summary[-_TEASER_END_LENGTH:])
    return content if _contains_teaser(content, teaser) else f"{summary}\n\n{content}"


def _contains_teaser(content: str, teaser: str) -> bool:
    """Whether content has the words of a teaser in a row, however they are written and spaced.

    Most teasers are the same to the letter, and of most others the longest word occurs nowhere: 95 us become 30.
    """
    if teaser in content:
        return True
    if _lacks_longest_word(content, teaser):
        return False
    words, folded = teaser.casefold().split(), content.casefold()
    return max(words, key=len, default="") in folded and " ".join(words) in " ".join(folded.split())


def _lacks_longest_word(content: str, teaser: str) -> bool:
    """Whether the longest word of ASCII in a teaser is nowhere in content, of which ASCII alone is folded.

    To fold 4 kB of German takes 25 us, this 9, and where it is so 6 more: few other characters fold to ASCII.
    """
    word = max(filter(str.isascii, teaser.split()), key=len, default="")
    gone = word.encode().lower() not in content.encode("ascii", "replace").lower()
    return gone and not any(char in content for char in _FOLDING_TO_ASCII)


def absolute_url(value: str, base: str) -> str:
    """An absolute http(s) URL, or nothing: javascript:, data: and broken brackets are no links.

    A search engine's redirect is replaced by the page it leads to, which can be read, shown and recognised.
    """
    if len(value) <= MAX_FIELD_LENGTHS["url"] and _ORDINARY_URL.fullmatch(value):
        return unwrap_redirect(value)  # nearly all links: 10 us are spared
    value = clean.clean_text(value, line=True).strip().replace(" ", "%20")
    if not value or len(value) > MAX_FIELD_LENGTHS["url"]:
        return ""
    try:
        joined = urljoin(base, value)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    web = parts.scheme in ("http", "https") and parts.netloc
    return (
        unwrap_redirect(joined) if web and len(joined) <= MAX_FIELD_LENGTHS["url"] else ""
    )  # the base, too, is a stranger's


def clean_guid(value: object) -> str | None:
    """A feed's own name for an entry; numbers are names too. Endless ones are cut and keep a hash of the rest."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    name = clean.clean_text(str(value), line=True).strip()
    if len(name) > MAX_FIELD_LENGTHS["guid"]:
        name = name[:900] + "#" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return name or None


def clean_author(value: str) -> str:
    """One line of names."""
    return clean_title(value[: MAX_FIELD_LENGTHS["author"]])


def clean_tags(values: Iterable[str]) -> tuple[str, ...]:
    """Categories in their order, each once."""
    cleaned = (clean_title(value[: MAX_FIELD_LENGTHS["tag"]]) for value in values if value)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:MAX_TAGS]


def language_subtag(*claims: object) -> str | None:
    """The primary subtag of the first claim that is a language tag: "de" for "de_DE"."""
    for claim in claims:
        found = (
            re.match(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,20})?\s*$", claim) if isinstance(claim, str) else None
        )
        if found:
            return found[1].lower()
    return None


# feedparser alone raises four of these on character references
PARSE_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_log = logging.getLogger(__name__)


def parse_entries(entries: Iterable[Any], read: Callable[[Any], Article], source: Source) -> Iterator[Article]:
    """The articles of entries, one at a time: a fault costs its entry, never the feed. Empty ones are no articles."""
    lost = 0
    for entry in entries:
        try:
            article = read(entry)
        except PARSE_ERRORS:
            lost += 1
            continue
        if article.title or article.body or article.url:
            yield article
    if lost:  # told once: a hostile feed has a million of them
        _log.warning("%d entries of %s cannot be read", lost, source.name)
