"""Read one version of an article as lists of content tokens: its headline, its label and its sentences.

What changes while the news stays the same (ages, counters, clocks, share prices, boilerplate) is cut first. The module
compares nothing and decides nothing.

Names are only probable: without a dictionary a token counts as a name if its word mixes letters and digits (H200), has
a capital inside (iPhone, IBM), is a run of katakana, or is written with a capital inside a sentence where the language
does not capitalise nouns and most words have none. A brand in lower case (adidas) and Han names cannot be told from
words: compare tokens where names matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.core.dedupe.number_forms import is_number
from monitor.core.dedupe.reading.chunk_tokens import ChunkTable, chunk_table, read_tokens
from monitor.core.dedupe.reading.headline_parts import headline_label, headline_span
from monitor.core.dedupe.reading.languages import guess_language
from monitor.core.dedupe.reading.sentence_tokens import PlacedToken, place_tokens
from monitor.core.dedupe.reading.word_forms import KATAKANA_RANGES, UNIT_SIGN
from monitor.core.dedupe.reading.word_forms import NEGATION as NEGATION
from monitor.core.dedupe.volatile import FILLER, mask_volatile
from monitor.core.model.articles import Span
from monitor.core.text.extent import head

_STOP = re.compile(r"[.!?…。！？\n][.!?…。！？\n\"'”“»›)\]」』）]*")  # one class first: found ten times as fast
_FULL_STOPS = "\n。！？"  # end a sentence whatever follows
_BLANK_AFTER = frozenset(f" \t\n\u00a0\u202f\u3000{FILLER}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-zÄÖÜ]|[Dd]r|[Pp]rof|Mr|Mrs|Ms|St|Nr|No|[Bb]zw|[Cc]a|[Uu]sw|[Mm]rd|[Mm]io|[Tt]sd|Inc|Corp|Co|Ltd|"
    r"[Ee]tc|[Vv]s|Jan|Feb|Mrz|Apr|Jun|Jul|Aug|Sept?|Okt|Oct|Nov|De[cz]|[Mm]in|[Ss]td|[Ss]ek|Abs|Art|[Ss]og|[Ii]nkl|[Gg]gf|"
    r"Gen|Gov|Sen|Rep|Lt|Jr|Sr|approx|Mme|art)|(?<!\d)\d{1,2})\.\Z"
)
_FILLED = f" \t\n\r{FILLER}"
_KATAKANA_NAME = re.compile(f"[{KATAKANA_RANGES}]{{2}}")
MAX_CAPITALIZED_SHARE = 0.5  # of the words of a headline; above, its capitals are a matter of style
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
    table = chunk_table(language)
    headline = _read_sentence(mask_volatile(title, headline=True), *headline_span(title), table)
    masked = mask_volatile(text)
    sentences = (_read_sentence(masked, *span, table) for span in _sentence_spans(masked))
    return Wording(headline, headline_label(title), tuple([one for one in sentences if one.tokens]), language)


def number_spans(sentence: Sentence, text: str, language: str = "") -> list[PlacedToken]:
    """The number tokens of a sentence with their offsets in its title or text. language: as the wording has it."""
    tokens = place_tokens(mask_volatile(head(text)), language, sentence.start, sentence.end)
    return [placed for placed in tokens if is_number(placed.token)]


def fold_word(word: str, language: str = "") -> str:
    """The token of a single word as it stands in a text, for word lists; "" for a word that is dropped."""
    return chunk_table(language)[word].removeprefix(UNIT_SIGN)


def _read_sentence(text: str, start: int, end: int, table: ChunkTable) -> Sentence:
    chunks = text[start:end].split()
    tokens = read_tokens(chunks, table)
    names = (
        frozenset(filter(_KATAKANA_NAME.match, tokens))
        if table.language == "ja"
        else _names(chunks, table).intersection(tokens)
    )
    return Sentence(tokens, start, end, names)


def _names(chunks: Sequence[str], table: ChunkTable) -> frozenset[str]:
    names = table.marked.intersection(chunks)
    if table.language not in ("de", ""):
        inside = table.capitalized.intersection(chunks[1:])
        if len(inside) <= MAX_CAPITALIZED_SHARE * len(chunks):
            names |= inside
    return frozenset(token for chunk in names for token in table[chunk].split())


def _sentence_spans(text: str) -> Iterator[Span]:
    """The spans of the sentences of a masked text, without surrounding blanks."""
    at = 0
    for stop in _STOP.finditer(text):
        start, end = stop.span()
        if (
            text[start] in _FULL_STOPS
            or "\n" in stop[0]
            or (text[end : end + 1] in _BLANK_AFTER and not _goes_on(text, start, end))
        ):
            yield from _trimmed(text, at, end)
            at = end
    yield from _trimmed(text, at, len(text))


def _goes_on(text: str, dot: int, end: int) -> bool:
    """Whether a full stop ends no sentence: a small letter follows, or an abbreviation or a day stands before it."""
    if text[end + 1 : end + 2].islower():
        return True
    return (
        text[dot] == "."
        and end - dot == 1
        and _ABBREVIATION.search(text, max(0, dot - MAX_ABBREVIATION), end) is not None
    )


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end].lstrip(_FILLED)
    if kept := piece.rstrip(_FILLED):
        yield end - len(piece), end - len(piece) + len(kept)
