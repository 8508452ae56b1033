"""The facts of an article: ISINs, money, percentage moves, counts, and the dates of coming events, with spans.

They are read from the text without its boilerplate, German or English. They are shown beside an alert and listed in the
calendar; no alert depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime

from monitor.core import digits
from monitor.core.coming import coming
from monitor.core.facts.amounts import amounts
from monitor.core.match.article_text import Document
from monitor.core.model.articles import Article, Fact
from monitor.core.text.analysis import Sheet
from monitor.core.text.boilerplate import is_isin
from monitor.core.text.extent import shortened

KINDS = ("event", "count", "money", "move", "isin")
MOST = 60  # facts of one article: who lists more is a table
MOST_TOLD, LONGEST_TOLD = 4, 60
CODE = re.compile(r"\b[A-Z]{2}[A-Z0-9]{9}\d(?!\w)")
LETTERS = re.compile(r"[A-Z]{2,11}\Z")  # of a code, before its first digit
GERMAN = frozenset(
    ("der", "die", "das", "und", "ist", "für", "mit", "von", "auf", "den", "im", "um", "nicht", "ein", "eine", "legt",
     "am")
)  # fmt: skip
ENGLISH = frozenset(("the", "and", "of", "is", "for", "with", "to", "in", "a", "its", "on", "by", "has", "from"))
ODD = (("İ", "i"), ("ı", "i"), ("ſ", "s"))  # which an expression takes for these, where case is ignored
WORD = re.compile(r"\w+")


def facts(
    article: Article, now: datetime, learnt: Collection[str] = (), sheet: Sheet | None = None
) -> tuple[Fact, ...]:
    """The facts of an article, in the order of the text; now: when it was seen, where it has no date of its own.

    sheet: with what was worked out of the article's texts already.
    """
    article = shortened(article)
    document = Document(article, learnt, sheet=sheet or Sheet())
    today = min(article.published_at or now, now).astimezone(UTC).date()
    german = is_german(article)
    found: list[Fact] = []
    for name in ("title", "body" if article.body else "lead"):
        text = document.cleared(name)
        places = digits.places(text, document.sheet.form(text))
        whole = getattr(article, name)
        found += [
            *codes(name, whole, places if whole == text else digits.places(whole)),
            *numbers(name, text, german, places),
            *days(name, text, today, places),
        ]
    found.sort(key=lambda fact: (fact.field != "title", fact.start))
    return tuple(found[:MOST])


def is_german(article: Article) -> bool:
    """Whether numbers are written 1.234,5: the feed says so, or the little words do."""
    if article.language:
        return article.language.lower().startswith("de")
    text = f"{article.title} {article.lead} {article.body[:2000]}"
    for odd, plain in ODD:
        text = text.replace(odd, plain)
    words = WORD.findall(text.lower())
    return sum(map(GERMAN.__contains__, words)) > sum(map(ENGLISH.__contains__, words))


def codes(name: str, text: str, places: Sequence[int]) -> Iterator[Fact]:
    """ISINs; they also stand in the tag line, which is no part of the story."""
    for code in digits.found(CODE, text, places, LETTERS):
        if is_isin(code.group()):
            yield Fact("isin", name, *code.span(), code.group(), unit=code.group())


def numbers(name: str, text: str, german: bool, places: Sequence[int]) -> Iterator[Fact]:
    """Money, moves and counts."""
    for one in amounts(text, places, german=german):
        yield Fact(one.kind, name, *one.span, text[slice(*one.span)], one.value, one.unit)


def days(name: str, text: str, today: date, places: Sequence[int]) -> Iterator[Fact]:
    """Coming events."""
    for one in coming(text, today, places):
        yield Fact("event", name, *one.span, text[slice(*one.span)], unit=one.kind, day=one.day, word=one.word)


def worth_telling(found: Collection[Fact]) -> tuple[str, ...]:
    """The few facts that are shown beside an alert: coming days first, then counts, money, moves."""
    ranked = sorted(found, key=lambda fact: KINDS.index(fact.kind))
    told = dict.fromkeys(in_words(fact) for fact in ranked if fact.kind != "isin")
    return tuple(text for text in told if len(text) <= LONGEST_TOLD)[:MOST_TOLD]


def in_words(fact: Fact) -> str:
    """A fact in a few words."""
    text = " ".join(fact.text.split())
    if fact.day:
        return f"{fact.word} {fact.day:%Y-%m-%d}"
    return f"{'+' if (fact.value or 0) > 0 else '−'}{text.lstrip('+-−– ')}" if fact.kind == "move" else text
