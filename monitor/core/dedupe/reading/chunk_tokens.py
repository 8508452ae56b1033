"""Read a sentence by its chunks between blanks, which a bounded table maps to tokens.

Only what stands near a number, a unit or a negator is read together by place_tokens; a test holds the two against each
other. The module cuts no sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from monitor.core.dedupe.number_forms import PERCENT_SCALE, SCALE_SIGN, YEAR_SIGN, is_number, is_percent, scale_number
from monitor.core.dedupe.reading.sentence_tokens import (
    PER_WORDS,
    WIDE_SCRIPT,
    percentage_token,
    place_tokens,
    place_unresolved,
    plain_number,
)
from monitor.core.dedupe.reading.word_forms import (
    KATAKANA_RANGES,
    MAX_CACHED_LENGTH,
    MAX_CACHED_WORDS,
    NEGATION,
    UNIT_SIGN,
    YET,
    token_table,
)
from monitor.core.dedupe.words.neutral_words import MONTHS, NEGATION_EXCUSES, NUMBERED_HEADS
from monitor.core.text.normalize import fold

_SPECIAL = re.compile(f"[#*~{NEGATION}]")
_MARKED_NAME = re.compile(
    f".[A-ZÄÖÜ]|[^\\W\\d_].?\\d|[{KATAKANA_RANGES}]{{2}}"
)  # a capital inside, a digit behind a letter
_LETTERS = re.compile(r"[^\W\d_]+")
_PUNCTUATION = ".,;:!?()[]{}\"'“”„‚‘’»«›‹…–—-‐/*|\\<>·•+&=_~^"
# Words that may change what a number or negator behind them, and one before them, means
LEADING_WORDS = frozenset((*NUMBERED_HEADS, *MONTHS, "or", "oder", "ou", "half", "halbe", "halben", "halb", *PER_WORDS))
FOLLOWING_WORDS = frozenset((*MONTHS, *NEGATION_EXCUSES, YET, "y", "et", *PER_WORDS))


class ChunkTable(dict[str, str]):
    """Chunk of text between blanks → its tokens, for one language; with what its chunks may be."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.capitalized: set[str] = set()
        self.leading: set[str] = set()  # chunks of LEADING_WORDS, or of punctuation only
        self.following: set[str] = set()
        self.marked: set[str] = set()  # H200, iPhone, IBM, katakana: names wherever they stand

    def __missing__(self, chunk: str) -> str:
        core = chunk.strip(_PUNCTUATION)
        tokens = self._read(chunk, core)
        if len(chunk) <= MAX_CACHED_LENGTH:
            if len(self) >= MAX_CACHED_WORDS:
                for table in (self, self.capitalized, self.marked, self.leading, self.following):
                    table.clear()
            self[chunk] = tokens
            self._note(chunk, core, tokens)
        return tokens

    def _read(self, chunk: str, core: str) -> str:
        if core in ("%", "％"):
            return PERCENT_SCALE  # place_tokens reads it with its number
        if core.isalpha() and not WIDE_SCRIPT.search(core) and chunk[0] not in "-−–":
            return token_table(self.language)[core]
        return " ".join([placed.token for placed in place_unresolved(chunk, 0, len(chunk), self.language)])

    def _note(self, chunk: str, core: str, tokens: str) -> None:
        words = {fold(word) for word in _LETTERS.findall(chunk)}
        if not core or not words.isdisjoint(LEADING_WORDS):
            self.leading.add(chunk)
        if not core or not words.isdisjoint(FOLLOWING_WORDS) or core[0] in "十百千万萬亿億兆":
            self.following.add(chunk)
        if tokens and not _SPECIAL.search(tokens):
            if _MARKED_NAME.search(core):
                self.marked.add(chunk)
            if core[:1].isupper():
                self.capitalized.add(chunk)


@cache
def chunk_table(language: str) -> ChunkTable:
    """The table of a language; "" for an unknown one."""
    return ChunkTable(language)


def read_tokens(chunks: Sequence[str], table: ChunkTable) -> tuple[str, ...]:
    """The content tokens of the chunks of a sentence; what stands near a number, unit or negator is read together."""
    tokens = [table[chunk] for chunk in chunks]
    joined = " ".join(tokens)
    if len(chunks) == 1 and WIDE_SCRIPT.search(chunks[0]):
        return tuple([token.removeprefix(UNIT_SIGN) for token in joined.split()])  # already read as a whole
    if _SPECIAL.search(joined):
        joined = " ".join(_read_windows(chunks, tokens, table))
    return tuple(joined.split())


def _read_windows(chunks: Sequence[str], tokens: list[str], table: ChunkTable) -> Iterator[str]:
    """The tokens of a sentence: plain stretches as the table has them, the others read together."""
    done, size = 0, len(chunks)
    places = [at for at, token in enumerate(tokens) if _SPECIAL.search(token)]
    for index, at in enumerate(places):
        if at < done:
            continue
        if simple := _simple_amount(chunks, tokens, at, max(done, at - 1), table):
            token, end = simple
            yield from (*tokens[done:at], token)
            done = end
            continue
        start, end = max(done, at - 2), at + 3
        for other in places[index + 1 :]:
            if other > end:
                break
            end = other + 3
        yield from tokens[done:start]
        done = min(end, size)
        yield from (placed.token for placed in place_tokens(" ".join(chunks[start:done]), table.language))
    yield from tokens[done:]


def _simple_amount(
    chunks: Sequence[str], tokens: Sequence[str], at: int, before: int, table: ChunkTable
) -> tuple[str, int] | None:
    """The token of a number or negator whose neighbours change nothing, and the index behind it; None where
    place_tokens must read it. A number may have one scale or percent word and one unit: 19,4 Milliarden Euro."""
    token, end = tokens[at], at + 1
    if " " in token or _context_matters(chunks, at, before, table):
        return None
    if token == NEGATION and not (end < len(tokens) and tokens[end][:1] == "#"):
        return token, end
    if token[0] != "#" or (at > before and _SPECIAL.search(tokens[before])):
        return None
    for sign in (SCALE_SIGN, UNIT_SIGN):
        joined = chunks[end - 1][-1].isalnum() or (end - 1 > at and chunks[end - 1][-1] in ".%")
        behind = (
            tokens[end]
            if end < len(tokens) and joined and (chunks[end][0].isalnum() or chunks[end][0] in "%％")
            else ""
        )
        if behind[:1] == sign:
            if " " in behind or not (is_number(token) or token.startswith(YEAR_SIGN)) or is_percent(token):
                return None
            token = _scaled(plain_number(token), behind)
            end += 1
    if end < len(tokens) and (_SPECIAL.search(tokens[end]) or chunks[end][0] in "%％"):
        return None
    return token, end


def _context_matters(chunks: Sequence[str], at: int, before: int, table: ChunkTable) -> bool:
    """Whether a neighbour may change what a number or negator means. A table keeps nothing about very long chunks."""
    return (
        not table.leading.isdisjoint(chunks[before:at])
        or not table.following.isdisjoint(chunks[at : at + 3])
        or max(map(len, chunks[before : at + 3])) > MAX_CACHED_LENGTH
    )


def _scaled(number: str, sign: str) -> str:
    """A number with the scale, percent word or unit behind it."""
    if sign[0] == UNIT_SIGN:
        return number
    return percentage_token(number) if sign == PERCENT_SCALE else scale_number(number, float(sign.strip(SCALE_SIGN)))
