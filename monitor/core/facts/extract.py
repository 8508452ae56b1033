"""The facts of an article: ISINs, money, percentage moves, counts, and the dates of coming events, with spans.

They are read from the text without its boilerplate, German or English. They are shown beside an alert and listed in the
calendar; no alert depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.core.facts.amounts import amounts
from monitor.core.facts.vocabulary import EVENTS, REFERRED
from monitor.core.match.article_text import Document
from monitor.core.model.articles import Article, Fact, Span
from monitor.core.text import tokens
from monitor.core.text.analysis import Sheet
from monitor.core.text.boilerplate import is_isin
from monitor.core.text.extent import shortened

MONTHS = {
    "jan": 1, "jän": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
NAMES = (
    "januar[y]?|jänner|jan|februar[y]?|feb|märz|march|mar|mrz|april|apr|may|mai|june?|juni|jun|july|juli|jul|august|aug|"
    "september|sept?|october|oktober|oct|okt|november|nov|december|dezember|dec|dez"
)
DATES = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)? (?:of )?(?P<month>{NAMES})\b\.?(?:,? (?P<year>20\d\d)(?!\d))?"
    rf"|(?P<month2>{NAMES})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d)(?:,? (?P<year2>20\d\d)(?!\d))?"
    r"|(?P<day3>\d{1,2})\. ?(?P<month3>\d{1,2})\.(?: ?(?P<year3>20\d\d)(?!\d))?(?![\d.,]*\d)"
    r"|(?P<year4>20\d\d)-(?P<month4>\d\d)-(?P<day4>\d\d)(?!\d))",
    re.IGNORECASE,
)
NAMED = re.compile(r"[^\W\d_]{3,9}\.? \Z")  # perhaps a month
EVENT = re.compile("|".join(rf"\b(?P<{name}>{words})(?!\w)" for name, words in EVENTS.items()), re.IGNORECASE)
NOT_THE_DAY = re.compile(rf"(?:\b(?:{REFERRED})|\()(?: the| am| den| dem| on|:)? ?$", re.IGNORECASE)
ABBREVIATION = re.compile(
    r"(?:\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez|Mio|Mrd|Inc|Corp|Ltd|Co|Nr|No|St|Dr|vs|ca|bzw|z|B|U|S|"
    r"a|p|m|e|g)|\d)$"
)
STOP = re.compile(r"[.!?](?=\s)|\n")
MAX_SENTENCE_LENGTH = 600  # characters of a sentence
BACK, AHEAD = timedelta(days=180), timedelta(days=550)


@dataclass(frozen=True, slots=True)
class Coming:
    """A day, the kind of event, the word that names it, and the span of the date."""

    day: date
    kind: str
    word: str
    span: Span


def coming(text: str, today: date, numbers: Sequence[int]) -> Iterator[Coming]:
    """What is announced in a text that appeared on a day; only days that have not passed. numbers: where they begin."""
    for match in tokens.found(DATES, text, numbers, NAMED):
        day = read(match, today)
        if day is None or not today <= day <= today + AHEAD:
            continue
        start, end = sentence(text, match.start(), match.end())
        event = nearest(text, start, end, match)
        if event and not (NOT_THE_DAY.search(text, start, match.start()) and event.lastgroup != "decision"):
            yield Coming(day, event.lastgroup or "", event.group(), match.span())


def read(match: re.Match[str], today: date) -> date | None:
    """The day of a match; without a year the nearest one; None where there is no such day."""
    day, month, year = (first(match, name) for name in ("day", "month", "year"))
    number = int(month) if month.isdigit() else MONTHS[month[:3].lower()]
    try:
        if year:
            return date(int(year), number, int(day))
        near = [date(today.year + step, number, int(day)) for step in (-1, 0, 1)]
    except ValueError:
        return None
    return min(near, key=lambda one: abs(one - today - timedelta(days=1) / 2))


def first(match: re.Match[str], name: str) -> str:
    """The group of this name that took part."""
    groups = match.groupdict()
    return next((value for key, value in groups.items() if key.rstrip("234") == name and value), "")


def sentence(text: str, start: int, end: int) -> Span:
    """The sentence around a place."""
    low, high = max(0, start - MAX_SENTENCE_LENGTH), min(len(text), end + MAX_SENTENCE_LENGTH)
    for stop in STOP.finditer(text, low, start):
        if stop.group() == "\n" or not ABBREVIATION.search(text, max(0, stop.start() - 8), stop.start()):
            low = stop.end()
    for stop in STOP.finditer(text, end, high):
        if stop.group() == "\n" or not ABBREVIATION.search(text, max(0, stop.start() - 8), stop.start()):
            return low, stop.start() + (stop.group() != "\n")
    return low, high


def nearest(text: str, start: int, end: int, match: re.Match[str]) -> re.Match[str] | None:
    """The event word of a sentence that stands nearest to the date."""
    found = EVENT.finditer(text, start, end)
    return min(found, key=lambda word: max(word.start() - match.end(), match.start() - word.end()), default=None)


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
        places = tokens.places(text, document.sheet.form(text))
        whole = getattr(article, name)
        found += [
            *codes(name, whole, places if whole == text else tokens.places(whole)),
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
    for code in tokens.found(CODE, text, places, LETTERS):
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
