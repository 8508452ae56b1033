"""Read one version of an article as lists of content tokens: its headline, its label and its sentences.

The module compares nothing and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.dedupe.function_words import FUNCTION_WORDS
from monitor.core.dedupe.number_forms import number_token, parse_digits
from monitor.core.text.extent import head
from monitor.core.text.normalize import fold

NEGATION = "¬"  # the one token of all negators
_NEGATORS = frozenset("not no never nicht kein keine keinen keinem keiner nie niemals pas jamais nunca".split())
_WORD = re.compile(r"\d+(?:[.,'’]\d+)*|[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”“»)\]]*\s+|[。！？\n]+")
_LABEL = re.compile(
    r"\s*((?:eil|update|roundup|wdh|korrektur|breaking|correction|investigating|resolved|identified|monitoring)"
    r"(?: \d+)?)\s*[:–-]\s*",
    re.IGNORECASE,
)
_ENDINGS = ("ing", "ern", "ed", "es", "en", "er", "em", "e", "s", "n")


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
    """The wording of a headline and a text."""
    title, text = head(title), head(text)
    label = _LABEL.match(title)
    start = label.end() if label else 0
    sentences = tuple(
        sentence for begin, end in _sentence_spans(text) if (sentence := _read_sentence(text, begin, end)).tokens
    )
    return Wording(
        _read_sentence(title, start, len(title)), fold(label[1]) if label else "", sentences, _guess(f"{title} {text}")
    )


def _read_sentence(text: str, start: int, end: int) -> Sentence:
    return Sentence(tuple(token for raw in _WORD.findall(text, start, end) if (token := _token(raw))), start, end)


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for stop in _SENTENCE_END.finditer(text):
        yield at, stop.end()
        at = stop.end()
    yield at, len(text)


def _token(raw: str) -> str:
    if raw[0].isdigit():
        value = parse_digits(raw, comma_decimal=False) if raw[-1].isdigit() else None
        return "" if value is None else number_token(value)
    word = fold(raw)
    if word in _NEGATORS or word.endswith(("n't", "n’t")):
        return NEGATION
    return "" if word in FUNCTION_WORDS else _cut(word)


def _cut(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _guess(text: str) -> str:
    found = set(text.lower().split())
    german, english = found & {"der", "die", "und", "das", "ist"}, found & {"the", "of", "and", "is", "to"}
    return "de" if len(german) > len(english) else "en" if english else ""
