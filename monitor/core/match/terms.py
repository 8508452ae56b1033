"""Terms: a sequence of tokens that must stand next to each other, found on tokens and never on raw text.

Between two tokens of a term one hyphen, one space, one slash, one full stop or nothing are the same thing. It begins
and ends at a word edge; a plural or genitive ending never blocks it.
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
NAME_SYMBOLS = "+#&$@%€£"  # they belong to a name: C++, C#, AT&T, $BABA
TERM_TOKEN = re.compile(rf"[{CJK_RANGES}]|(?:{LETTER_PATTERN}|\?)+|\d+(?:[.,]\d+)*")
ABBREVIATION = re.compile(r"(?:[^\W\d_]\.){2,}")
NUMBER_ENDINGS = frozenset(("s", "er", "ern"))
MAX_JOINTS = 6  # more would be 64 spellings of one term


@dataclass(frozen=True, slots=True)
class TermToken:
    """One token of a term. kind is a for letters, d for digits, c for a script without spaces."""

    text: str
    kind: str
    open_end: bool = False  # any ending: the term ends in *
    pattern: re.Pattern[str] | None = None  # with ? in it

    @property
    def fixed(self) -> bool:
        """Whether the token is spelled out."""
        return not self.open_end and self.pattern is None

    @property
    def keys(self) -> frozenset[str]:
        """The tokens it may be, where it is the last of a term; empty if they cannot be listed."""
        if not self.fixed:
            return frozenset()
        return frozenset((self.text, self.text + "s")) if self.kind == "a" else frozenset((self.text,))


def make_term_token(text: str, open_end: bool = False) -> TermToken:
    """A token of a term."""
    kind = "d" if text[0].isdigit() else "c" if CJK_CHARACTER.match(text) else "a"
    return TermToken(text, kind, open_end, wildcard_pattern(text))


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a term: its tokens, and what may stand before each but the first (None: the joiners)."""

    pieces: tuple[TermToken, ...]
    gaps: tuple[frozenset[str] | None, ...]
    capitals: bool = False  # a dotted abbreviation without its dots

    @property
    def sure(self) -> tuple[str, ...]:
        """Tokens that must be in a text; the last one may have an ending."""
        return tuple(piece.text for piece in self.pieces[:-1] if piece.fixed)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a term stands: its field, the numbers of its words, its span in the field's folded text."""

    field: str
    term: str
    first: int
    last: int
    start: int
    end: int
    original: bool = False  # the span is one of the original text already


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled term; text is what the person wrote."""

    text: str
    spellings: tuple[Spelling, ...]
    before: str = ""  # a symbol that must stand before it
    after: str = ""  # … after it
    exact: str = ""  # the spelling to the letter, where it begins with =
    sure: tuple[tuple[str, ...], ...] = ()  # for each spelling the tokens without which it cannot stand

    def find(self, tokens: Tokens, field: str) -> list[Place]:
        """All places, in order, without those that are part of another."""
        likely = [
            spelling for spelling, sure in zip(self.spellings, self.sure, strict=True) if tokens.found.issuperset(sure)
        ]
        found = [place for spelling in likely for place in self.places(spelling, tokens, field)]
        if len(self.spellings) > 1:
            found.sort(key=lambda place: (place.start, -place.end))
        return found

    def places(self, spelling: Spelling, tokens: Tokens, field: str) -> Iterator[Place]:
        """The places of one spelling."""
        numbers = start_positions(spelling, tokens)
        if len(spelling.pieces) > 1:
            numbers = [number for number in numbers if may_be_followed(spelling, tokens.texts, number)]
        if numbers:
            tokens.locate()  # takes as long as all before it: not where the tokens do not stand together
        for number in numbers:
            end = self.ends_at(spelling, tokens, number)
            if end is None or not self.begins(tokens, number, spelling):
                continue
            last, place = end
            start = tokens.starts[number]
            if self.accepts(spelling, tokens, start, place):
                yield Place(field, self.text, tokens.words[number], tokens.words[last], start, place)

    def begins(self, tokens: Tokens, number: int, spelling: Spelling) -> bool:
        """Whether a word edge, or the symbol that belongs to the name, stands before."""
        if self.before:
            return tokens.form.text.endswith(self.before, 0, tokens.starts[number])
        return not tokens.glued(number)

    def ends_at(self, spelling: Spelling, tokens: Tokens, number: int) -> tuple[int, int] | None:
        """The last token and the end of the term if it stands at this token, else None."""
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
        """Where the last piece ends in its token, if a word edge follows."""
        text, start, end = tokens.texts[number], tokens.starts[number], tokens.ends[number]
        if piece.open_end:
            return self.open(piece, tokens, number)
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

    def open(self, piece: TermToken, tokens: Tokens, number: int) -> tuple[int, int] | None:
        """The end of the word that begins with the piece."""
        if not token_starts_with(piece, tokens.texts[number]):
            return None
        last = bisect_right(tokens.words, tokens.words[number]) - 1  # they only grow
        return last, tokens.ends[last]

    def accepts(self, spelling: Spelling, tokens: Tokens, start: int, end: int) -> bool:
        """The last word on spelling: capitals of an abbreviation, and =exact to the letter."""
        if not (spelling.capitals or self.exact):
            return True
        begin, finish = tokens.origin(start, end)
        if spelling.capitals and not tokens.original[begin:finish].isupper():
            return False
        written = normalize_with_offsets(tokens.original[begin : finish + 2 * len(self.exact)]).text
        return written.startswith(self.exact)


def may_be_followed(spelling: Spelling, texts: Sequence[str], number: int) -> bool:
    """Whether the tokens behind this one may be the rest of the spelling."""
    rest = zip(spelling.pieces[1:], texts[number + 1 : number + len(spelling.pieces)], strict=False)
    return all(piece.pattern is not None or text.startswith(piece.text) for piece, text in rest)


def gap_fits(gap: str, allowed: frozenset[str] | None) -> bool:
    """Whether this may stand between two tokens of a term."""
    if allowed is None:
        return gap in JOINERS or gap.isspace()
    return gap in allowed


def token_matches(piece: TermToken, text: str) -> bool:
    """Whether a token is the piece."""
    return piece.text == text if piece.pattern is None else bool(piece.pattern.fullmatch(text))


def token_starts_with(piece: TermToken, text: str) -> bool:
    """Whether a token begins with the piece."""
    return text.startswith(piece.text) if piece.pattern is None else bool(piece.pattern.match(text))


def start_positions(spelling: Spelling, tokens: Tokens) -> Sequence[int]:
    """The tokens at which a spelling may begin."""
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
    """A term as written in rules.toml. Raises RuleError."""
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
    """A pattern for a token with ? in it: any one letter or digit."""
    if "?" not in text:
        return None
    return re.compile("".join(r"[^\W_]" if char == "?" else re.escape(char) for char in text))


def make_spellings(
    pieces: list[TermToken], between: list[str], abbreviation: bool, exact: bool
) -> tuple[Spelling, ...]:
    """All ways to write the term: each joint between two runs of letters may be missing."""
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
    """One spelling: the pieces, with those at a joint that is gone run together."""
    made, kept = [pieces[0]], []
    for at, one in enumerate(pieces[1:]):
        if at in gone:
            made[-1] = make_term_token(made[-1].text + one.text, one.open_end)
        else:
            made.append(one)
            kept.append(gaps[at])
    return Spelling(tuple(made), tuple(kept))


def allowed_gaps(gap: str) -> frozenset[str] | None:
    """What may stand where a term has this between two tokens; None: any joiner."""
    symbols = "".join(char for char in gap if char in NAME_SYMBOLS)
    if symbols:
        return frozenset((symbols, f" {symbols} ", gap))
    if gap in JOINERS or gap.isspace():
        return None
    return JOINERS | {gap, gap.strip()}
