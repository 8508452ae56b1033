"""Extract the facts of an article: ISINs, money, percentage moves, counts, dates of coming events, with their spans.

Facts come from the text without boilerplate, German or English. They are shown beside an alert and listed in the
calendar. The module knows no watch, and no alert depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.core.facts.amounts import find_amounts
from monitor.core.facts.vocabulary import EVENT_WORDS, REFERENCE_WORDS
from monitor.core.match.article_text import blank_blocks
from monitor.core.model.articles import Article, Fact, Span
from monitor.core.text import tokens
from monitor.core.text.analysis import ArticleAnalysis
from monitor.core.text.boilerplate import is_isin
from monitor.core.text.extent import head, shortened

MONTH_NUMBERS = {
    "jan": 1, "jän": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7,
    "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
MONTH_NAMES = (
    "januar[y]?|jänner|jan|februar[y]?|feb|märz|march|mar|mrz|april|apr|may|mai|june?|juni|jun|july|juli|jul|august|aug|"
    "september|sept?|october|oktober|oct|okt|november|nov|december|dezember|dec|dez"
)
DATE_MENTION = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)? (?:of )?(?P<month>{MONTH_NAMES})\b\.?(?:,? (?P<year>20\d\d)(?!\d))?"
    rf"|(?P<month2>{MONTH_NAMES})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d)(?:,? (?P<year2>20\d\d)(?!\d))?"
    r"|(?P<day3>\d{1,2})\. ?(?P<month3>\d{1,2})\.(?: ?(?P<year3>20\d\d)(?!\d))?(?![\d.,]*\d)"
    r"|(?P<year4>20\d\d)-(?P<month4>\d\d)-(?P<day4>\d\d)(?!\d))",
    re.IGNORECASE,
)
MONTH_BEFORE = re.compile(r"[^\W\d_]{3,9}\.? \Z")  # a word that may be a month
EVENT_MENTION = re.compile(
    "|".join(rf"\b(?P<{name}>{words})(?!\w)" for name, words in EVENT_WORDS.items()), re.IGNORECASE
)
REFERENCE_BEFORE = re.compile(rf"(?:\b(?:{REFERENCE_WORDS})|\()(?: the| am| den| dem| on|:)? ?$", re.IGNORECASE)
ABBREVIATION = re.compile(
    r"(?:\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez|Mio|Mrd|Inc|Corp|Ltd|Co|Nr|No|St|Dr|vs|ca|bzw|z|B|U|S|"
    r"a|p|m|e|g)|\d)$"
)
SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")
MAX_SENTENCE_LENGTH = 600  # characters of a sentence
MAX_EVENT_LEAD = timedelta(days=550)


@dataclass(frozen=True, slots=True)
class UpcomingEvent:
    """An announced event: its day, its kind, the word that names it, and the span of the date."""

    day: date
    kind: str
    word: str
    span: Span


def find_upcoming_events(text: str, today: date, numbers: Sequence[int]) -> Iterator[UpcomingEvent]:
    """The events that a text announces, from today on. numbers: the offsets at which numbers begin."""
    for match in tokens.find_at_numbers(DATE_MENTION, text, numbers, MONTH_BEFORE):
        day = parse_event_date(match, today)
        if day is None or not today <= day <= today + MAX_EVENT_LEAD:
            continue
        start, end = sentence_span(text, match.start(), match.end())
        event = nearest_event_word(text, start, end, match)
        if event and not (REFERENCE_BEFORE.search(text, start, match.start()) and event.lastgroup != "decision"):
            yield UpcomingEvent(day, event.lastgroup or "", event.group(), match.span())


def parse_event_date(match: re.Match[str], today: date) -> date | None:
    """The day of a DATE_MENTION; without a year the nearest such day; None for an impossible date."""
    day, month, year = (first_group(match, name) for name in ("day", "month", "year"))
    number = int(month) if month.isdigit() else MONTH_NUMBERS[month[:3].lower()]
    try:
        if year:
            return date(int(year), number, int(day))
        near = [date(today.year + step, number, int(day)) for step in (-1, 0, 1)]
    except ValueError:
        return None
    return min(near, key=lambda one: abs(one - today - timedelta(days=1) / 2))


def first_group(match: re.Match[str], name: str) -> str:
    """The value of the first numbered variant of a group (day, day2, …) that matched; ""."""
    groups = match.groupdict()
    return next((value for key, value in groups.items() if key.rstrip("234") == name and value), "")


def sentence_span(text: str, start: int, end: int) -> Span:
    """The span of the sentence around a span, at most 600 characters to either side."""
    low, high = max(0, start - MAX_SENTENCE_LENGTH), min(len(text), end + MAX_SENTENCE_LENGTH)
    for stop in SENTENCE_END.finditer(text, low, start):
        if stop.group() == "\n" or not ABBREVIATION.search(text, max(0, stop.start() - 8), stop.start()):
            low = stop.end()
    for stop in SENTENCE_END.finditer(text, end, high):
        if stop.group() == "\n" or not ABBREVIATION.search(text, max(0, stop.start() - 8), stop.start()):
            return low, stop.start() + (stop.group() != "\n")
    return low, high


def nearest_event_word(text: str, start: int, end: int, match: re.Match[str]) -> re.Match[str] | None:
    """The event word nearest to the date in the sentence from start to end; None without one."""
    found = EVENT_MENTION.finditer(text, start, end)
    return min(found, key=lambda word: max(word.start() - match.end(), match.start() - word.end()), default=None)


FACT_KINDS = ("event", "count", "money", "move", "isin")
MAX_FACTS = 60  # facts of one article; more come from a table
MAX_SHOWN_FACTS, MAX_SHOWN_LENGTH = 4, 60
ISIN_CANDIDATE = re.compile(r"\b[A-Z]{2}[A-Z0-9]{9}\d(?!\w)")
ISIN_PREFIX = re.compile(r"[A-Z]{2,11}\Z")  # of a code, before its first digit
GERMAN_STOPWORDS = frozenset(
    ("der", "die", "das", "und", "ist", "für", "mit", "von", "auf", "den", "im", "um", "nicht", "ein", "eine", "legt",
     "am")
)  # fmt: skip
ENGLISH_STOPWORDS = frozenset(
    ("the", "and", "of", "is", "for", "with", "to", "in", "a", "its", "on", "by", "has", "from")
)
ASCII_LOOKALIKES = (
    ("İ", "i"),
    ("ı", "i"),
    ("ſ", "s"),
)  # characters that a regular expression that ignores case equates
WORD_PATTERN = re.compile(r"\w+")


def extract_facts(analysis: ArticleAnalysis, now: datetime) -> tuple[Fact, ...]:
    """The facts of an article, in the order of the text, at most 60. now: its date, if the article has none."""
    article, compared = analysis.fields.article, analysis.compared
    today = min(article.published_at or now, now).astimezone(UTC).date()
    german = is_german(shortened(article))
    title, body = head(article.title), blank_blocks(compared.text, compared.blocks)
    found: list[Fact] = []
    for name, text, whole, one_to_one in (
        ("title", title, title, analysis.fields.title.one_to_one),
        ("body" if article.body else "lead", body, compared.text, compared.normalized.one_to_one),
    ):
        places = tokens.number_positions(text, one_to_one)
        found += [
            *isin_facts(name, whole, places if whole == text else tokens.number_positions(whole, one_to_one)),
            *amount_facts(name, text, german, places),
            *event_facts(name, text, today, places),
        ]
    found.sort(key=lambda fact: (fact.field != "title", fact.start))
    return tuple(found[:MAX_FACTS])


def is_german(article: Article) -> bool:
    """Whether numbers are written 1.234,5: by the language of the feed, else by counting stop words."""
    if article.language:
        return article.language.lower().startswith("de")
    text = f"{article.title} {article.lead} {article.body[:2000]}"
    for odd, plain in ASCII_LOOKALIKES:
        text = text.replace(odd, plain)
    words = WORD_PATTERN.findall(text.lower())
    return sum(map(GERMAN_STOPWORDS.__contains__, words)) > sum(map(ENGLISH_STOPWORDS.__contains__, words))


def isin_facts(name: str, text: str, places: Sequence[int]) -> Iterator[Fact]:
    """The ISINs of a whole field, tag lines included, which are boilerplate otherwise."""
    for code in tokens.find_at_numbers(ISIN_CANDIDATE, text, places, ISIN_PREFIX):
        if is_isin(code.group()):
            yield Fact("isin", name, *code.span(), code.group(), unit=code.group())


def amount_facts(name: str, text: str, german: bool, places: Sequence[int]) -> Iterator[Fact]:
    """The amounts of a field as facts."""
    for one in find_amounts(text, places, german=german):
        yield Fact(one.kind, name, *one.span, text[slice(*one.span)], one.value, one.unit)


def event_facts(name: str, text: str, today: date, places: Sequence[int]) -> Iterator[Fact]:
    """The coming events of a field as facts."""
    for one in find_upcoming_events(text, today, places):
        yield Fact("event", name, *one.span, text[slice(*one.span)], unit=one.kind, day=one.day, word=one.word)


def summarize_facts(found: Collection[Fact]) -> tuple[str, ...]:
    """The up to four facts that are shown beside an alert: events first, then counts, money, moves."""
    ranked = sorted(found, key=lambda fact: FACT_KINDS.index(fact.kind))
    texts = dict.fromkeys(format_fact(fact) for fact in ranked if fact.kind != "isin")
    return tuple(text for text in texts if len(text) <= MAX_SHOWN_LENGTH)[:MAX_SHOWN_FACTS]


def format_fact(fact: Fact) -> str:
    """A fact as short text: an event with its date, a move with its sign."""
    text = " ".join(fact.text.split())
    if fact.day:
        return f"{fact.word} {fact.day:%Y-%m-%d}"
    return f"{'+' if (fact.value or 0) > 0 else '−'}{text.lstrip('+-−– ')}" if fact.kind == "move" else text
