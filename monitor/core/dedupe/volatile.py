"""Blank out what changes in an article while its news stays the same: ages, counters, clocks, stamps, codes, prices.

Keywords are found in one pass (Aho–Corasick, 1975); a pattern is tried only beside a keyword or at a number, on a
bounded stretch, so the time is linear. A counter counts only where it stands apart: "27 comments" on a line or between
bars is one, "scored 24 points" is news. The module compares nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.core.dedupe.reading import volatile_patterns as patterns
from monitor.core.dedupe.words import volatile_words as words
from monitor.core.model.articles import Span
from monitor.core.text import boilerplate, prices
from monitor.core.text.tokens import number_positions

FILLER = "\ue000"  # for private use, so in no cleaned text; joins no two words or numbers
MAX_VALUE_LENGTH = 90  # characters behind a keyword or number that a pattern may read
MAX_LINE_LENGTH = 200  # characters of a line that may be a table row
MAX_DATELINE_LENGTH = 120
MAX_ADDRESS_LENGTH = 2000
MAX_DATELINES = 3  # lines of a text that may begin with a dateline
ALWAYS, APART, ALONE = 3, 2, 1  # cut anywhere, where it stands apart, on its own line


class VolatileSpan(NamedTuple):
    """A span that may be cut. strength: ALWAYS, APART or ALONE."""

    start: int
    end: int
    strength: int


_KINDS = (
    ("reading label", words.READING_LABELS), ("reading noun", words.READING_NOUNS), ("label", words.COUNTER_LABELS),
    ("noun", words.COUNTER_NOUNS), ("weak noun", words.WEAK_NOUNS), ("stamp", words.STAMP_LABELS),
    ("phone", words.PHONE_LABELS),
    ("code", words.CODE_LABELS), ("copyright", words.COPYRIGHT_LABELS), ("url", ("://", "www.")),
)  # fmt: skip
KEYWORD_KINDS: dict[str, tuple[str, ...]] = {}
for _kind, _keywords in _KINDS:
    for _keyword in _keywords:
        KEYWORD_KINDS[_keyword] = (*KEYWORD_KINDS.get(_keyword, ()), _kind)
_KEYWORDS = tuple(KEYWORD_KINDS)
_FINDER = AhoCorasick(_KEYWORDS, matchkind=MatchKind.LeftmostLongest)
MAX_MOVE_DISTANCE = 24  # characters between a share price and the word for its direction
_BOILERPLATE_FINDER = AhoCorasick([key.lower() for key in (*boilerplate.PATTERN_KEYS, *prices.SHARE_WORDS)])
_KEY_COUNT = len(boilerplate.PATTERN_KEYS)


@dataclass(slots=True)
class _Source:
    """A text with its numbers and what was found in it."""

    text: str
    numbers: Sequence[int]
    found: list[VolatileSpan]

    def add(self, start: int, end: int, strength: int = ALWAYS) -> None:
        """Note a span."""
        self.found.append(VolatileSpan(start, end, strength))

    def number_near(self, start: int, end: int) -> bool:
        """Whether a number begins in a span."""
        at = bisect_left(self.numbers, start)
        return at < len(self.numbers) and self.numbers[at] < end


def mask_volatile(text: str, *, headline: bool = False) -> str:
    """The text with FILLER in place of its volatile spans, of the same length. headline: no tables, prices …"""
    spans = volatile_spans(text, headline=headline)
    if not spans:
        return text
    pieces, at = list[str](), 0
    for start, end in spans:
        pieces += (text[at:start], FILLER * (end - start))
        at = end
    return "".join((*pieces, text[at:]))


def volatile_spans(text: str, *, headline: bool = False) -> list[Span]:
    """The volatile spans of a text in order, without overlaps."""
    source = _Source(text, number_positions(text, one_to_one=True), [])
    low = _lower(text)
    if source.numbers or "://" in text:
        _find_at_numbers(source)
        _find_at_keywords(source, low)
        if not headline:
            _find_tables(source)
    kept = _isolated(source)
    if not headline:
        kept += (*_datelines(text), *_signatures(text), *_boilerplate(source, low))
    return _merged(kept)


def _merged(spans: list[Span]) -> list[Span]:
    merged = list[Span]()
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _lower(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):  # a capital dotted I becomes two characters; offsets must stay
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return low


def _find_at_numbers(source: _Source) -> None:
    """Dates, clocks, ages and dialled numbers; each begins with a number or directly before one."""
    text, end = source.text, 0
    for at in source.numbers:
        if at < end or not (shape := patterns.SHAPE.match(text, at)):
            continue
        span = _age_span(text, at) if shape["unit"] else None
        span = span or _figure_span(text, at) or (_phone_span(text, at) if text[at - 1 : at] == "+" else None)
        if span:
            source.add(*span)
            end = span[1]


def _figure_span(text: str, at: int) -> Span | None:
    limit = at + MAX_VALUE_LENGTH
    if match := patterns.FIGURES.match(text, at, limit):
        return match.span()
    if (match := patterns.SHORT_DATE.match(text, at, limit)) and patterns.SHORT_DATE_LEAD.search(
        text, max(0, at - 6), at
    ):
        return match.span()
    if (match := patterns.BARE_CLOCK.match(text, at, limit)) and patterns.CLOCK_CUE.search(text, max(0, at - 8), at):
        return match.span()
    return None


def _age_span(text: str, at: int) -> Span | None:
    match = patterns.AGE.match(text, at, at + MAX_VALUE_LENGTH)
    if not match:
        return None
    if match["ago"] or match["cjk"]:
        return match.span()
    lead = patterns.AGE_LEAD.search(text, max(0, at - 20), at) if len(match["unit"]) > 1 else None
    return (lead.start(), match.end()) if lead else None


def _phone_span(text: str, at: int) -> Span | None:
    match = patterns.PHONE.match(text, at, at + 24)
    return (at - 1, match.end()) if match and sum(map(str.isdigit, match[0])) >= 8 else None


def _find_at_keywords(source: _Source, low: str) -> None:
    text = source.text
    for index, start, end in _FINDER.find_matches_as_indexes(low):
        before = text[start - 1 : start]
        if before.isalpha() and before < "\u2e80" and text[start].isalpha() and text[start] < "\u2e80":
            continue  # inside a word
        for kind in KEYWORD_KINDS[_KEYWORDS[index]]:
            _FIND_BY_KIND[kind](source, start, end)


def _find_reading_label(source: _Source, start: int, end: int) -> None:
    match = patterns.READING.match(source.text, end, end + MAX_VALUE_LENGTH)
    if match:
        source.add(start, match.end())


def _find_reading_noun(source: _Source, start: int, end: int) -> None:
    _find_noun(source, start, end, ALWAYS)


def _find_label(source: _Source, start: int, end: int) -> None:
    if not source.number_near(end, end + 8):
        return
    match = patterns.LABELLED.match(source.text, end, end + MAX_VALUE_LENGTH)
    cjk = not source.text[start].isascii() and source.text[start] > "\u2e80"
    if match and (match["mark"] or cjk) and patterns.RIGHT_EDGE.match(source.text, match.end(), match.end() + 40):
        source.add(start, match.end())
    elif (match and (match["mark"] or cjk)) or (
        match and patterns.LINE_RIGHT.match(source.text, match.end(), match.end() + 8)
    ):
        source.add(start, match.end(), APART)


def _find_strong_noun(source: _Source, start: int, end: int) -> None:
    _find_noun(source, start, end, APART)


def _find_weak_noun(source: _Source, start: int, end: int) -> None:
    _find_noun(source, start, end, ALONE)


def _find_noun(source: _Source, start: int, end: int, strength: int) -> None:
    """A number and its noun: the number must end directly before the noun, and the noun must be a whole word."""
    text = source.text
    if text[end : end + 1].isalpha() and text[end - 1] < "\u2e80":
        return
    at = bisect_left(source.numbers, start) - 1
    while (
        at > 0
        and source.numbers[at] - source.numbers[at - 1] <= 4
        and not text[source.numbers[at - 1] : source.numbers[at]].strip("0123456789.,'’ \u00a0")
    ):
        at -= 1
    if at < 0 or start - source.numbers[at] > 16:
        return
    match = patterns.NUMBER_BEFORE_NOUN.match(text, source.numbers[at], start)
    if match and match.end() == start:
        source.add(source.numbers[at], end, APART if match["scale"] and strength < APART else strength)


def _find_stamp(source: _Source, start: int, end: int) -> None:
    if not source.number_near(end, end + 40):
        return
    match = patterns.STAMP.match(source.text, end, end + MAX_VALUE_LENGTH)
    if match and patterns.STAMP_LEFT.search(source.text, max(0, start - 24), start):
        source.add(start, match.end())


def _find_phone(source: _Source, start: int, end: int) -> None:
    if source.number_near(end, end + 6) and (match := patterns.DIALLED.match(source.text, end, end + 30)):
        source.add(start, match.end())


def _find_code(source: _Source, start: int, end: int) -> None:
    if source.number_near(end, end + 16) and (match := patterns.CODE.match(source.text, end, end + 24)):
        source.add(start, match.end())


def _find_copyright(source: _Source, start: int, end: int) -> None:
    match = patterns.COPYRIGHT.match(source.text, end, end + 24)
    if match and source.number_near(end, match.end()):
        source.add(start, match.end())


def _find_url(source: _Source, start: int, end: int) -> None:
    """An address, with its scheme."""
    scheme = patterns.SCHEME.search(source.text, max(0, start - 8), start)
    address = patterns.ADDRESS.match(source.text, end, end + MAX_ADDRESS_LENGTH)
    source.add(scheme.start() if scheme else start, address.end() if address else end)


_FIND_BY_KIND = {
    "reading label": _find_reading_label, "reading noun": _find_reading_noun, "label": _find_label,
    "noun": _find_strong_noun,
    "weak noun": _find_weak_noun, "stamp": _find_stamp, "phone": _find_phone, "code": _find_code,
    "copyright": _find_copyright,
    "url": _find_url,
}  # fmt: skip


def _find_tables(source: _Source) -> None:
    """Lines, and cells between bars or tabs, that have figures but no letter."""
    at = 0
    for line in source.text.split("\n"):
        if line and (len(line) <= MAX_LINE_LENGTH or "|" in line or "\t" in line):
            start = at
            for cell in patterns.CELL_EDGE.split(line) if "|" in line or "\t" in line else (line,):
                if not patterns.LETTER.search(cell) and source.number_near(start, start + len(cell)):
                    source.add(start, start + len(cell))
                start += len(cell) + 1
        at += len(line) + 1


def _isolated(source: _Source) -> list[Span]:
    """The spans to cut: those that always are, and chains of others that stand apart."""
    kept, chain = list[Span](), list[VolatileSpan]()
    for span in sorted(source.found):
        if chain and not patterns.GAP.fullmatch(source.text, min(chain[-1].end, span.start), span.start):
            kept += _cut_chain(source.text, chain)
            chain = []
        chain.append(span)
    return kept + _cut_chain(source.text, chain)


def _cut_chain(text: str, chain: Sequence[VolatileSpan]) -> list[Span]:
    if not chain:
        return []
    start, end = chain[0].start, max(span.end for span in chain)
    apart = patterns.LEFT_EDGE.search(text, max(0, start - 8), start) and patterns.RIGHT_EDGE.match(text, end, end + 40)
    strengths = {span.strength for span in chain}
    if apart and (APART in strengths or ALWAYS in strengths or len(chain) > 1):
        return [(start, end)]
    alone = patterns.LINE_LEFT.search(text, max(0, start - 8), start) and patterns.LINE_RIGHT.match(text, end, end + 8)
    if alone:
        return [(start, end)]
    return [(span.start, span.end) for span in chain if span.strength == ALWAYS]


def _boilerplate(source: _Source, low: str) -> Iterator[Span]:
    """Known boilerplate and share prices; both are only searched for where one of their keywords stands."""
    hits = [hit for hit, _, _ in _BOILERPLATE_FINDER.find_matches_as_indexes(low)]
    blocks = boilerplate.find_blocks(source.text, min(hits, default=_KEY_COUNT) < _KEY_COUNT)
    yield from ((block.start, block.end) for block in blocks)
    yield 0, next((block.end for block in blocks if block.family == "dateline"), 0)
    if max(hits, default=0) >= _KEY_COUNT:
        for start, end in prices.price_spans(source.text, source.numbers):
            yield start, end
            yield from _price_moves(source.text, start, end)


def _price_moves(text: str, start: int, end: int) -> Iterator[Span]:
    """The words of direction near a share price, in its sentence: "fell to $41.20", "2 percent higher"."""
    stops = [stop.end() for stop in patterns.SENTENCE_END.finditer(text, max(0, start - MAX_MOVE_DISTANCE), start)]
    first = stops[-1] if stops else max(0, start - MAX_MOVE_DISTANCE)
    stop = patterns.SENTENCE_END.search(text, end, end + MAX_MOVE_DISTANCE)
    last = stop.start() if stop else min(len(text), end + MAX_MOVE_DISTANCE)
    yield from (word.span() for word in patterns.PRICE_MOVE.finditer(text, first, last))


def _datelines(text: str) -> Iterator[Span]:
    at = 0
    for _ in range(MAX_DATELINES):
        for pattern in (patterns.DATELINE, patterns.HAN_DATELINE):
            if match := pattern.match(text, at, at + MAX_DATELINE_LENGTH):
                yield match.span()
        at = text.find("\n", at) + 1
        if not at:
            return


def _signatures(text: str) -> Iterator[Span]:
    """Initials of an agency's editors at the end of a line: "/mis", "/jha/he"."""
    for match in patterns.SIGNATURE.finditer(text) if "/" in text else ():
        if match.start() == 0 or text[match.start() - 1].isspace():
            yield match.span()
