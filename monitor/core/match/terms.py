"""Terms: sequences of adjacent tokens, compiled from rules.toml and found in tokens, never in raw text.

Between two tokens a hyphen, a space, a slash, a full stop or nothing are equivalent. A term begins and ends at a word
edge, where a plural or genitive ending is allowed. The module does not know of watches.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from monitor.core.errors import RuleError
from monitor.core.text.normalize import fold, normalize_with_offsets
from monitor.core.text.tokens import CJK_CHARACTER, CJK_RANGES, LETTER_PATTERN, Tokens

JOINERS = frozenset(("", "-", " ", "/", "."))
NAME_SYMBOLS = "+#&$@%€£"  # part of a name: C++, C#, AT&T, $BABA
TERM_TOKEN = re.compile(rf"[{CJK_RANGES}]|(?:{LETTER_PATTERN}|\?)+|\d+(?:[.,]\d+)*")
ABBREVIATION = re.compile(r"(?:[^\W\d_]\.){2,}")
NUMBER_ENDINGS = frozenset(("s", "er", "ern"))
MAX_JOINTS = 6  # 2^6 = 64 spellings of one term


@dataclass(frozen=True, slots=True)
class TermToken:
    """One token of a term. kind: a for letters, d for digits, c for a script without spaces."""

    text: str
    kind: str
    open_end: bool = False  # the term ends in *: any word ending
    pattern: re.Pattern[str] | None = None  # of a token with ? in it

    @property
    def fixed(self) -> bool:
        """Whether the token is spelled out."""
        return not self.open_end and self.pattern is None

    @property
    def keys(self) -> frozenset[str]:
        """The tokens of a text that it matches as the last of a term; empty if they cannot be listed."""
        if not self.fixed:
            return frozenset()
        return frozenset((self.text, self.text + "s")) if self.kind == "a" else frozenset((self.text,))


def make_term_token(text: str, open_end: bool = False) -> TermToken:
    """Make a TermToken from folded text; its kind follows from its first character."""
    kind = "d" if text[0].isdigit() else "c" if CJK_CHARACTER.match(text) else "a"
    return TermToken(text, kind, open_end, wildcard_pattern(text))


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a term: its tokens, and what may stand before each but the first (None: JOINERS)."""

    pieces: tuple[TermToken, ...]
    gaps: tuple[frozenset[str] | None, ...]
    capitals: bool = False  # a dotted abbreviation without its dots

    @property
    def sure(self) -> tuple[str, ...]:
        """Tokens that a text must have; not the last one, which may have an ending."""
        return tuple(piece.text for piece in self.pieces[:-1] if piece.fixed)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term stands: its field, its first and last word, its span in the folded text of the field."""

    field: str
    term: str
    first: int
    last: int
    start: int
    end: int
    original: bool = False  # start and end are offsets in the original text


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled term; text: as the user wrote it."""

    text: str
    spellings: tuple[Spelling, ...]
    before: str = ""  # a symbol that must stand before it
    after: str = ""  # a symbol that must stand after it
    exact: str = ""  # a term that begins with =: its exact spelling
    sure: tuple[tuple[str, ...], ...] = ()  # Spelling.sure of each spelling

    def find(self, tokens: Tokens, field: str) -> list[Place]:
        """All places of the term in a field, sorted by start."""
        likely = [
            spelling for spelling, sure in zip(self.spellings, self.sure, strict=True) if tokens.found.issuperset(sure)
        ]
        found = [place for spelling in likely for place in self.places(spelling, tokens, field)]
        if len(self.spellings) > 1:
            found.sort(key=lambda place: (place.start, -place.end))
        return found

    def places(self, spelling: Spelling, tokens: Tokens, field: str) -> Iterator[Place]:
        numbers = start_positions(spelling, tokens)
        if len(spelling.pieces) > 1:
            numbers = [number for number in numbers if may_be_followed(spelling, tokens.texts, number)]
        if numbers:
            tokens.locate()  # as expensive as all steps before it, so only for tokens that stand together
        for number in numbers:
            end = self.ends_at(spelling, tokens, number)
            if end is None or not self.begins(tokens, number, spelling):
                continue
            last, place = end
            start = tokens.starts[number]
            if self.accepts(spelling, tokens, start, place):
                yield Place(field, self.text, tokens.words[number], tokens.words[last], start, place)

    def begins(self, tokens: Tokens, number: int, spelling: Spelling) -> bool:
        """Whether a word edge, or the symbol that belongs to the name, stands before the token."""
        if self.before:
            return tokens.form.text.endswith(self.before, 0, tokens.starts[number])
        return not tokens.glued(number)

    def ends_at(self, spelling: Spelling, tokens: Tokens, number: int) -> tuple[int, int] | None:
        """The last token and the end offset of the term if it stands at this token, else None."""
        last = number + len(spelling.pieces) - 1
        if last >= len(tokens.texts):
            return None
        for at, piece in enumerate(spelling.pieces[1:], number + 1):
            if not gap_fits(tokens.gap(at), spelling.gaps[at - number - 1]):
                return None
            if at < last and not token_matches(piece, tokens.texts[at]):
                return None
        return self.edge(spelling.pieces[-1], tokens, last)

    def edge(self, piece: TermToken, tokens: Tokens, number: int) -> tuple[int, int] | None:
        """The token and offset at which the last piece ends, if a word edge follows."""
        text, start, end = tokens.texts[number], tokens.starts[number], tokens.ends[number]
        if piece.open_end:
            return self.word_end(piece, tokens, number)
        if not token_matches(piece, text):
            plural = not self.exact and piece.kind == "a" and text[-1] == "s" and token_matches(piece, text[:-1])
            return (number, end - 1) if plural else None
        if self.after:
            room = len(self.after)
            follows = tokens.form.text[end : end + room + 1]
            ok = follows.startswith(self.after) and follows[room:] != self.after[-1]
            return (number, start + len(text) + room) if ok else None
        if tokens.glued(number + 1) and piece.kind == "d" and not self.ending(tokens, number + 1):
            return None
        if len(text) == 1 and piece.kind == "a" and tokens.form.text[end : end + 1] in ("+", "#"):
            return None  # C is not C++
        return number, end

    def ending(self, tokens: Tokens, number: int) -> bool:
        """Whether a token is a plural or genitive ending after digits and ends its word."""
        return not self.exact and tokens.texts[number] in NUMBER_ENDINGS and not tokens.glued(number + 1)

    def word_end(self, piece: TermToken, tokens: Tokens, number: int) -> tuple[int, int] | None:
        """The last token and the end offset of the word that begins with the piece."""
        if not token_starts_with(piece, tokens.texts[number]):
            return None
        last = bisect_right(tokens.words, tokens.words[number]) - 1  # word numbers ascend
        return last, tokens.ends[last]

    def accepts(self, spelling: Spelling, tokens: Tokens, start: int, end: int) -> bool:
        """Whether the original text has the capitals of an abbreviation and the letters of an =exact term."""
        if not (spelling.capitals or self.exact):
            return True
        begin, finish = tokens.origin(start, end)
        if spelling.capitals and not tokens.original[begin:finish].isupper():
            return False
        written = normalize_with_offsets(tokens.original[begin : finish + 2 * len(self.exact)]).text
        return written.startswith(self.exact)


def may_be_followed(spelling: Spelling, texts: Sequence[str], number: int) -> bool:
    """Whether the tokens after this one may be the rest of the spelling: a cheap test before locate()."""
    rest = zip(spelling.pieces[1:], texts[number + 1 : number + len(spelling.pieces)], strict=False)
    return all(piece.pattern is not None or text.startswith(piece.text) for piece, text in rest)


def gap_fits(gap: str, allowed: frozenset[str] | None) -> bool:
    """Whether a text may stand between two tokens of a term; allowed None: JOINERS."""
    if allowed is None:
        return gap in JOINERS or gap.isspace()
    return gap in allowed


def token_matches(piece: TermToken, text: str) -> bool:
    """Whether a token equals the piece or fits its pattern."""
    return piece.text == text if piece.pattern is None else bool(piece.pattern.fullmatch(text))


def token_starts_with(piece: TermToken, text: str) -> bool:
    """Whether a token begins with the piece or with text that fits its pattern."""
    return text.startswith(piece.text) if piece.pattern is None else bool(piece.pattern.match(text))


def start_positions(spelling: Spelling, tokens: Tokens) -> Sequence[int]:
    """The positions of the tokens at which a spelling may begin."""
    first, alone = spelling.pieces[0], len(spelling.pieces) == 1
    if first.fixed:
        found = tokens.numbers(first.text)
        if alone and first.kind == "a" and first.text + "s" in tokens.found:
            return sorted(found + tokens.numbers(first.text + "s"))
        return found
    if first.pattern is None:
        texts = (
            [] if first.text not in tokens.form.text else [text for text in tokens.found if text.startswith(first.text)]
        )
        return tokens.every(texts)
    fitting = token_starts_with if first.open_end else token_matches
    plural = alone and not first.open_end
    texts = [t for t in tokens.found if fitting(first, t) or (plural and t[-1] == "s" and token_matches(first, t[:-1]))]
    return tokens.every(texts)


def compile_term(text: str) -> Term:
    """Compile a term as written in rules.toml. Raises RuleError if it has no letter or digit."""
    bare = text.strip()
    exact = bare.startswith("=")
    bare = bare[1:].strip() if exact else bare
    open_end = bare.endswith("*")
    bare = bare.rstrip("*").rstrip() if open_end else bare
    written = fold(bare)
    tokens = list(TERM_TOKEN.finditer(written))
    if not any(any(char.isalnum() for char in token.group()) for token in tokens):
        raise RuleError("the term has no letter or digit", value=text, offset=0, end=len(text), code="empty-term")
    pieces = [make_term_token(token.group()) for token in tokens]
    if open_end:
        pieces[-1] = make_term_token(pieces[-1].text, open_end=True)
    between = [written[a.end() : b.start()] for a, b in pairwise(tokens)]
    before, after = written[: tokens[0].start()].strip(), written[tokens[-1].end() :].strip()
    ways = make_spellings(pieces, between, bool(ABBREVIATION.fullmatch(written)), exact)
    return Term(
        text,
        ways,
        before="".join(char for char in before if char in NAME_SYMBOLS + "."),
        after="".join(char for char in after if char in NAME_SYMBOLS),
        exact=normalize_with_offsets(bare).text if exact else "",
        sure=tuple(spelling.sure for spelling in ways),
    )


def wildcard_pattern(text: str) -> re.Pattern[str] | None:
    """The pattern of a token in which ? stands for one letter or digit; None without a ?."""
    if "?" not in text:
        return None
    return re.compile("".join(r"[^\W_]" if char == "?" else re.escape(char) for char in text))


def make_spellings(
    pieces: list[TermToken], between: list[str], abbreviation: bool, exact: bool
) -> tuple[Spelling, ...]:
    """All spellings of a term: each gap between two runs of letters may be closed (T-Head, THead)."""
    if abbreviation:
        dotted = Spelling(tuple(pieces), (frozenset((".",)),) * len(between))
        return dotted, Spelling((make_term_token("".join(one.text for one in pieces)),), (), capitals=True)
    gaps = [allowed_gaps(gap) for gap in between]
    joints = [
        at
        for at, gap in enumerate(gaps)
        if (gap is None or "'" in gap)
        and not exact
        and pieces[at].kind == pieces[at + 1].kind == "a"
        and pieces[at].pattern is None
    ]
    if len(joints) > MAX_JOINTS:
        joints = []
    choices = product((False, True), repeat=len(joints))
    return tuple(
        join_spelling(pieces, gaps, {j for j, gone in zip(joints, choice, strict=True) if gone}) for choice in choices
    )


def join_spelling(pieces: list[TermToken], gaps: list[frozenset[str] | None], gone: set[int]) -> Spelling:
    """One spelling: the pieces, joined at the gaps that are gone."""
    made, kept = [pieces[0]], []
    for at, one in enumerate(pieces[1:]):
        if at in gone:
            made[-1] = make_term_token(made[-1].text + one.text, one.open_end)
        else:
            made.append(one)
            kept.append(gaps[at])
    return Spelling(tuple(made), tuple(kept))


def allowed_gaps(gap: str) -> frozenset[str] | None:
    """What a text may have where the term has this gap; None: any of JOINERS."""
    symbols = "".join(char for char in gap if char in NAME_SYMBOLS)
    if symbols:
        return frozenset((symbols, f" {symbols} ", gap))
    if gap in JOINERS or gap.isspace():
        return None
    return JOINERS | {gap, gap.strip()}
