"""Dates in running text on which something is going to happen, with the word that says what. German and English.

A date counts where its sentence names an event and the day has not passed when the article appeared. The dates of
advertisements, of ends of quarters and of what has happened already are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.core import digits
from monitor.core.facts.vocabulary import EVENTS, REFERRED
from monitor.core.model.articles import Span

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
    for match in digits.found(DATES, text, numbers, NAMED):
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
