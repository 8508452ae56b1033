"""Read one version of an article as lists of content tokens: its headline, its label and its sentences.

What changes while the news stays the same (ages, counters, clocks, share prices, boilerplate) is cut first. The module
compares nothing and decides nothing.

Names are only probable: without a dictionary a token counts as a name if its word mixes letters and digits (H200), has a
capital inside (iPhone), is a run of katakana, or is written with a capital inside a sentence where the language does not
capitalise nouns; in German only if it follows another capitalised word or all its letters are capitals. A brand in lower
case (adidas) and Han names cannot be told from words: compare tokens where names matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.dedupe.reading.headline_parts import headline_label, headline_span
from monitor.core.dedupe.reading.languages import guess_language
from monitor.core.dedupe.number_forms import is_number
from monitor.core.dedupe.reading.sentence_tokens import ANY_TOKEN, PLAIN_TOKEN, WIDE_SCRIPT, PlacedToken, place_tokens, read_tokens
from monitor.core.dedupe.volatile import mask_volatile
from monitor.core.dedupe.reading.word_forms import NEGATION as NEGATION
from monitor.core.dedupe.reading.word_forms import KATAKANA_RANGES, token_table
from monitor.core.model.articles import Span
from monitor.core.text.extent import head

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”“»›)\]]*(?=[\s\x1f])|[。！？]+[”」』）]*|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-zÄÖÜ]|[Dd]r|[Pp]rof|Mr|Mrs|Ms|St|Nr|No|[Bb]zw|[Cc]a|[Uu]sw|[Mm]rd|[Mm]io|[Tt]sd|Inc|Corp|Co|Ltd|"
    r"[Ee]tc|[Vv]s|Jan|Feb|Mrz|Apr|Jun|Jul|Aug|Sept?|Okt|Oct|Nov|De[cz]|[Mm]in|[Ss]td|[Ss]ek|Abs|Art|[Ss]og|[Ii]nkl|[Gg]gf|"
    r"Gen|Gov|Sen|Rep|Lt|Jr|Sr|approx|Mme|art)|(?<!\d)\d{1,2})\.\Z"
)
_CAPITALIZED = re.compile(
    r"\b[a-z]{0,2}[A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽΑ-ΩЀ-Я][^\W\u3040-\uffff]*(?:[-‑]\d+)?"
    f"|[{KATAKANA_RANGES}]{{2,}}"
)
_MARKED_NAME = re.compile(f".[A-ZÄÖÜ]|\\d|[{KATAKANA_RANGES}]")  # a capital inside, a digit
MAX_ABBREVIATION = 10  # characters before a full stop


@dataclass(frozen=True, slots=True)
class Sentence:
    """A headline or a sentence: its content tokens in order and its place. names: tokens that are probably names."""

    tokens: tuple[str, ...]
    start: int
    end: int
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of an article as read. label: the folded kicker before ":" or "–"; language: "de", "en" … or ""."""

    headline: Sentence
    label: str
    sentences: tuple[Sentence, ...]
    language: str


def read_wording(title: str, text: str) -> Wording:
    """The wording of a headline and a text; of a very long text, of its compared part."""
    title, text = head(title), head(text)
    language = guess_language(title, text)
    start, end = headline_span(title)
    headline = _read_sentence(mask_volatile(title, headline=True), start, end, language, _token_pattern(title))
    masked, pattern = mask_volatile(text), _token_pattern(text)
    spans = _sentence_spans(masked)
    sentences = tuple(one for begin, stop in spans if (one := _read_sentence(masked, begin, stop, language, pattern)).tokens)
    return Wording(headline, headline_label(title), sentences, language)


def number_spans(sentence: Sentence, text: str, language: str = "") -> list[PlacedToken]:
    """The number tokens of a sentence with their offsets in its title or text. language: as the wording has it."""
    text = head(text)
    tokens = place_tokens(mask_volatile(text), sentence.start, sentence.end, language, _token_pattern(text))
    return [placed for placed in tokens if is_number(placed.token)]


def _token_pattern(text: str) -> re.Pattern[str]:
    return PLAIN_TOKEN if text.isascii() or not WIDE_SCRIPT.search(text) else ANY_TOKEN


def _read_sentence(text: str, start: int, end: int, language: str, pattern: re.Pattern[str]) -> Sentence:
    tokens = read_tokens(text, start, end, language, pattern)
    return Sentence(tokens, start, end, _names(text, start, end, language))


def _sentence_spans(text: str) -> Iterator[Span]:
    """The spans of the sentences of a masked text, without surrounding blanks."""
    at = 0
    for stop in _SENTENCE_END.finditer(text):
        if text[stop.start()] == "." and _is_abbreviation(text, stop.start(), stop.end()):
            continue
        yield from _trimmed(text, at, stop.end())
        at = stop.end()
    yield from _trimmed(text, at, len(text))


def _is_abbreviation(text: str, dot: int, end: int) -> bool:
    follows = text[end + 1 : end + 2]
    return follows.islower() or bool(_ABBREVIATION.search(text, max(0, dot - MAX_ABBREVIATION), dot + 1))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    size = len(piece.strip())
    if size:
        yield start + left, start + left + size


def _names(text: str, start: int, end: int, language: str) -> frozenset[str]:
    table, found, last = token_table(language), set[str](), -9
    for match in _CAPITALIZED.finditer(text, start, end):
        word = match[0]
        inside = match.start() > start + 1 and (language not in ("de", "") or match.start() - last <= 1)
        if inside or _MARKED_NAME.search(word):
            found.update(token for token in table[word].split() if token[0] not in "#*~¬")
        last = match.end()
    return frozenset(found)
