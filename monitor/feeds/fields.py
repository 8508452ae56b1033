"""Clean the fields of an article: markup, entities, relative links, over-long values.

The results are visible text without control and direction characters, absolute http(s) URLs or "", and have limited
lengths. Nothing here knows the format of a feed.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from monitor.core.dedupe.urls import unwrap_redirect
from monitor.core.model.articles import Article
from monitor.core.text import clean

MAX_FIELD_LENGTHS = {"title": 2000, "author": 500, "tag": 200, "url": 4000, "guid": 1000}
MAX_TAGS = 50

_HTML_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,20}(?:[\s/][^<>]{0,4000})?>|<!--")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|mark|p|q|s|small|span|strong|sub|sup|tt|u|wbr)"
    r"(?:[\s/][^<>]{0,4000})?>",
    re.IGNORECASE,
)
_LANGUAGE_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,20})?\s*$")
_CHARACTER_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,30});")
_TEASER_END = re.compile(r"[\s.…\[\](]{1,20}(?:(?:weiterlesen|read more|continue reading)\W{0,5})?$", re.IGNORECASE)
_FOLDING_TO_ASCII = "ßẞſİŉǰẖẗẘẙẚ\u212aﬀﬁﬂﬃﬄﬅﬆ"  # all characters that fold to ASCII letters
_TEASER_END_LENGTH = 60  # more characters than _TEASER_END can match
# Absolute URLs that urljoin and urlsplit leave unchanged
_ORDINARY_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w/.~%+-]*(?:\?[\w=&/.~%+-]+)?(?:#[\w=&/.~%+-]+)?", re.ASCII
)


def clean_title(value: str, *, literal: bool = False) -> str:
    """A title as one line. Unless literal, inline tags are removed and double-escaped entities resolved.

    A title without inline tags is not read as HTML: "a<b" and "<Widget> launched" are words.
    """
    if not literal and "<" in value and _INLINE_TAG.search(value):
        value = clean.html_to_text(value)
    elif not literal and "&" in value and _CHARACTER_REFERENCE.search(value):
        value = html.unescape(value)
    return clean.clean_text(value[: MAX_FIELD_LENGTHS["title"]], line=True)


def clean_paragraphs(value: str, *, literal: bool = False) -> str:
    """Visible text with its paragraphs, from HTML unless literal. Text without tags keeps its line breaks."""
    if not literal:
        value = clean.html_to_text(value) if _HTML_TAG.search(value) else html.unescape(value)
    return clean.clean_text(value).strip()


def lead_from_summary(summary: str) -> str:
    """The summary as lead; empty where it is a whole article (over 1000 characters in three paragraphs)."""
    return "" if len(summary) > 1000 and summary.count("\n") >= 2 else summary


def join_body(summary: str, content: str) -> str:
    """Summary and content as one text, without the summary where the content contains it."""
    if not summary or not content:
        return content or summary
    teaser = summary[:-_TEASER_END_LENGTH] + _TEASER_END.sub("", summary[-_TEASER_END_LENGTH:])
    return content if _contains_teaser(content, teaser) else f"{summary}\n\n{content}"


def _contains_teaser(content: str, teaser: str) -> bool:
    """Whether content has the words of a teaser in sequence, regardless of case and spacing.

    Two quick tests come first, since most teasers are identical or lack their longest word: 30 µs instead of 95.
    """
    if teaser in content:
        return True
    if _lacks_longest_word(content, teaser):
        return False
    words, folded = teaser.casefold().split(), content.casefold()
    return max(words, key=len, default="") in folded and " ".join(words) in " ".join(folded.split())


def _lacks_longest_word(content: str, teaser: str) -> bool:
    """Whether the longest ASCII word of a teaser does not occur in content.

    It folds ASCII only: 9 to 15 µs for 4 kB of German, where casefold takes 25.
    """
    word = max(filter(str.isascii, teaser.split()), key=len, default="")
    gone = word.encode().lower() not in content.encode("ascii", "replace").lower()
    return gone and not any(char in content for char in _FOLDING_TO_ASCII)


def absolute_url(value: str, base: str) -> str:
    """The absolute http(s) URL; empty for other schemes and malformed or over-long values.

    The redirect of a search engine is replaced by its target.
    """
    if len(value) <= MAX_FIELD_LENGTHS["url"] and _ORDINARY_URL.fullmatch(value):
        return unwrap_redirect(value)  # nearly all links: saves 10 µs
    value = clean.clean_text(value, line=True).strip().replace(" ", "%20")
    if not value or len(value) > MAX_FIELD_LENGTHS["url"]:
        return ""
    try:
        joined = urljoin(base, value)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    # the joined URL is checked again, as the base comes from the feed too
    usable = parts.scheme in ("http", "https") and parts.netloc and len(joined) <= MAX_FIELD_LENGTHS["url"]
    return unwrap_redirect(joined) if usable else ""


def clean_guid(value: object) -> str | None:
    """The id of an entry as text, also from numbers; long ones are cut and get a SHA-256 of the whole."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    name = clean.clean_text(str(value), line=True).strip()
    if len(name) > MAX_FIELD_LENGTHS["guid"]:
        name = name[:900] + "#" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return name or None


def clean_author(value: str) -> str:
    """The author as one line of at most 500 characters."""
    return clean_title(value[: MAX_FIELD_LENGTHS["author"]])


def clean_tags(values: Iterable[str]) -> tuple[str, ...]:
    """Tags in their order, each once, at most MAX_TAGS."""
    cleaned = (clean_title(value[: MAX_FIELD_LENGTHS["tag"]]) for value in values if value)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:MAX_TAGS]


def language_subtag(*claims: object) -> str | None:
    """The primary subtag of the first claim that is a language tag: "de" for "de_DE"."""
    for claim in claims:
        if isinstance(claim, str) and (found := _LANGUAGE_TAG.match(claim)):
            return found[1].lower()
    return None


# what parsers raise on malformed input; feedparser raises four of these on character references
PARSE_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

MAX_NAMED_ERRORS = 3  # kinds of errors that a reason names


class ParsedEntries(NamedTuple):
    """The articles of entries, how many entries became none, and why."""

    articles: tuple[Article, ...]
    unreadable: int = 0
    losses: tuple[str, ...] = ()


def parse_entries(entries: Iterable[Any], parse: Callable[[Any], Article]) -> ParsedEntries:
    """The articles of entries. An entry that raises one of PARSE_ERRORS is skipped and counted, an empty one too."""
    articles, errors = list[Article](), Counter[str]()
    for entry in entries:
        try:
            article = parse(entry)
        except PARSE_ERRORS as error:
            errors[type(error).__name__] += 1
            continue
        if article.title or article.body or article.url:
            articles.append(article)
        else:
            errors["neither title, text nor link"] += 1
    return ParsedEntries(tuple(articles), errors.total(), describe_unreadable(errors))


def describe_unreadable(errors: Counter[str]) -> tuple[str, ...]:
    """Why entries cannot be read, in one line: a hostile feed has a million of them."""
    if not errors:
        return ()
    named = ", ".join(name for name, _ in errors.most_common(MAX_NAMED_ERRORS))
    return (f"{errors.total()} {'entry' if errors.total() == 1 else 'entries'} cannot be read ({named})",)
