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

from monitor.core.dedupe.urls import unwrapped
from monitor.core.model.articles import Article
from monitor.core.model.polling import Source
from monitor.core.text import clean

LONGEST = {"title": 2000, "author": 500, "tag": 200, "url": 4000, "guid": 1000}
MOST_TAGS = 50

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,20}(?:[\s/][^<>]{0,4000})?>|<!--")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|mark|p|q|s|small|span|strong|sub|sup|tt|u|wbr)"
    r"(?:[\s/][^<>]{0,4000})?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,30});")
_TEASER_END = re.compile(r"[\s.…\[\](]{1,20}(?:(?:weiterlesen|read more|continue reading)\W{0,5})?$", re.IGNORECASE)
_TO_ASCII = "ßẞſİŉǰẖẗẘẙẚ\u212aﬀﬁﬂﬃﬄﬅﬆ"  # all that folds to a letter of ASCII
_TAIL = 60  # characters that it can take away at most, and some more
# An address that joining and splitting leave as it is, from "https:" to a fragment
_WHOLE = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w/.~%+-]*(?:\?[\w=&/.~%+-]+)?(?:#[\w=&/.~%+-]+)?", re.ASCII
)


def title(value: str, *, literal: bool = False) -> str:
    """One line. Unless literal, tags are dropped and entities that were escaped twice are read once more.

    Only tags that stand in headlines are taken for tags: "a<b" and "<Widget> launched" are words.
    """
    if not literal and "<" in value and _INLINE.search(value):
        value = clean.plain(value)
    elif not literal and "&" in value and _ENTITY.search(value):
        value = html.unescape(value)
    return clean.clean(value[: LONGEST["title"]], line=True)


def visible(value: str, *, literal: bool = False) -> str:
    """A text as a reader sees it, with its paragraphs. Text without a tag keeps the line breaks it has."""
    if not literal:
        value = clean.plain(value) if _TAG.search(value) else html.unescape(value)
    return clean.clean(value).strip()


def lead(summary: str) -> str:
    """The summary, where it is one: a whole article put into the summary has a lead of its own, read later."""
    return "" if len(summary) > 1000 and summary.count("\n") >= 2 else summary


def body(summary: str, content: str) -> str:
    """Everything the feed gives, the summary not said twice where the content begins with it or contains it."""
    if not summary or not content:
        return content or summary
    teaser = summary[:-_TAIL] + _TEASER_END.sub("", summary[-_TAIL:])
    return content if _says(content, teaser) else f"{summary}\n\n{content}"


def _says(content: str, teaser: str) -> bool:
    """Whether content has the words of a teaser in a row, however they are written and spaced.

    Most teasers are the same to the letter, and of most others the longest word occurs nowhere: 95 us become 30.
    """
    if teaser in content:
        return True
    if _lacks(content, teaser):
        return False
    words, folded = teaser.casefold().split(), content.casefold()
    return max(words, key=len, default="") in folded and " ".join(words) in " ".join(folded.split())


def _lacks(content: str, teaser: str) -> bool:
    """Whether the longest word of ASCII in a teaser is nowhere in content, of which ASCII alone is folded.

    To fold 4 kB of German takes 25 us, this 9, and where it is so 6 more: few other characters fold to ASCII.
    """
    word = max(filter(str.isascii, teaser.split()), key=len, default="")
    gone = word.encode().lower() not in content.encode("ascii", "replace").lower()
    return gone and not any(char in content for char in _TO_ASCII)


def link(value: str, base: str) -> str:
    """An absolute http(s) URL, or nothing: javascript:, data: and broken brackets are no links.

    A search engine's redirect is replaced by the page it leads to, which can be read, shown and recognised.
    """
    if len(value) <= LONGEST["url"] and _WHOLE.fullmatch(value):
        return unwrapped(value)  # nearly all links: 10 us are spared
    value = clean.clean(value, line=True).strip().replace(" ", "%20")
    if not value or len(value) > LONGEST["url"]:
        return ""
    try:
        joined = urljoin(base, value)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    web = parts.scheme in ("http", "https") and parts.netloc
    return unwrapped(joined) if web and len(joined) <= LONGEST["url"] else ""  # the base, too, is a stranger's


def guid(value: object) -> str | None:
    """A feed's own name for an entry; numbers are names too. Endless ones are cut and keep a hash of the rest."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    name = clean.clean(str(value), line=True).strip()
    if len(name) > LONGEST["guid"]:
        name = name[:900] + "#" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return name or None


def author(value: str) -> str:
    """One line of names."""
    return title(value[: LONGEST["author"]])


def tags(values: Iterable[str]) -> tuple[str, ...]:
    """Categories in their order, each once."""
    cleaned = (title(value[: LONGEST["tag"]]) for value in values if value)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:MOST_TAGS]


def language(*claims: object) -> str | None:
    """The primary subtag of the first claim that is a language tag: "de" for "de_DE"."""
    for claim in claims:
        found = (
            re.match(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,20})?\s*$", claim) if isinstance(claim, str) else None
        )
        if found:
            return found[1].lower()
    return None


# feedparser alone raises four of these on character references
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_log = logging.getLogger(__name__)


def readable(entries: Iterable[Any], read: Callable[[Any], Article], source: Source) -> Iterator[Article]:
    """The articles of entries, one at a time: a fault costs its entry, never the feed. Empty ones are no articles."""
    lost = 0
    for entry in entries:
        try:
            article = read(entry)
        except FAULTS:
            lost += 1
            continue
        if article.title or article.body or article.url:
            yield article
    if lost:  # told once: a hostile feed has a million of them
        _log.warning("%d entries of %s cannot be read", lost, source.name)
