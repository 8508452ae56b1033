"""A matcher that is slow and plainly right: one character after the other, no index, no short cuts.

It knows terms, `all`, `any`, `none`, near and not near, as the rule language describes them, and shares no code with
the engine. Terms are plain words; expressions and boilerplate are left out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

GONE = {0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)}
QUOTES = {char: "'" for char in "\u2018\u2019\u201a\u201b\u2032\u00b4`"}
QUOTES |= {char: '"' for char in "\u201c\u201d\u201e\u00ab\u00bb"}
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
JOINERS = {"", "-", " ", "/", "."}


@dataclass(frozen=True)
class Char:
    """A folded character and the stretch of the original that it came from."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    """A run of letters, a run of digits, or one character of a script without spaces."""

    text: str
    kind: str
    first: int  # its characters
    last: int
    word: int


Found = tuple[int, int, int, int]  # first and last word, start and end in the original


def characters(text: str) -> list[Char]:
    """The folded text, character by character."""
    chars: list[Char] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for char in folded(text[at:end]):
            chars.append(Char(char, at, end))
        at = end
    return chars


def folded(cluster: str) -> str:
    """A character with its marks in the form that is compared."""
    out = ""
    for char in unicodedata.normalize("NFKC", "".join(c for c in cluster if ord(c) not in GONE)):
        if ord(char) in GONE:
            continue
        kind = unicodedata.category(char)
        char = "-" if kind == "Pd" or char == "\u2212" else " " if kind == "Zs" else QUOTES.get(char, char)
        out += char.casefold()
    return "".join(UMLAUTS.get(char, char) for char in unicodedata.normalize("NFKC", out))


def kind_of(char: str) -> str:
    """a: letter, d: digit, c: written without spaces, empty: neither."""
    if "\u4e00" <= char <= "\u9fff" or "\u3040" <= char <= "\u30ff":
        return "c"
    if char.isdigit():
        return "d"
    return "a" if char.isalpha() or "\u0300" <= char <= "\u036f" else ""


def tokens(chars: list[Char]) -> list[Token]:
    """The tokens of a folded text."""
    found: list[Token] = []
    at, word = 0, -1
    while at < len(chars):
        kind = kind_of(chars[at].text)
        if not kind:
            at += 1
            continue
        end = at + 1
        while kind != "c" and end < len(chars) and goes_on(chars, end, kind):
            end += 1
        glued = found and found[-1].last == at - 1 and kind != "c" and found[-1].kind != "c"
        word += 0 if glued else 1
        found.append(Token("".join(char.text for char in chars[at:end]), kind, at, end - 1, word))
        at = end
    return found


def goes_on(chars: list[Char], at: int, kind: str) -> bool:
    """Whether a run of this kind contains the character at a place."""
    if kind_of(chars[at].text) == kind:
        return True
    between = kind == "d" and chars[at].text in ".," and at + 1 < len(chars)
    return between and kind_of(chars[at + 1].text) == "d"


def find(term: str, text: str) -> set[Found]:
    """Every place of a term in a text."""
    chars = characters(text)
    words = tokens(chars)
    open_end = term.endswith("*")
    wanted = [token for token in tokens(characters(term.rstrip("*")))]
    found = set()
    for at, token in enumerate(words):
        if glued_to_next(words, at - 1):
            continue
        for last, end in ends(chars, words, at, wanted, open_end):
            found.add((token.word, words[last].word, chars[token.first].start, chars[end].end))
    return found


def glued_to_next(words: list[Token], at: int) -> bool:
    """Whether the token at a place and the next one are one word."""
    return 0 <= at < len(words) - 1 and words[at].word == words[at + 1].word


def ends(chars: list[Char], words: list[Token], at: int, wanted: list[Token], open_end: bool) -> list[tuple[int, int]]:
    """Where the wanted tokens end, if they stand here: last token, last character. Letters may be run together."""
    out = []
    for count in range(1, len(wanted) + 1):
        part = wanted[:count]
        if count > 1 and any(token.kind != "a" for token in part):
            break
        whole, rest = "".join(token.text for token in part), wanted[count:]
        if at >= len(words):
            break
        if not rest:
            out += ending(chars, words, at, whole, part[-1].kind, open_end)
        elif words[at].text == whole and joined(chars, words, at):
            out += ends(chars, words, at + 1, rest, open_end)
    return out


def joined(chars: list[Char], words: list[Token], at: int) -> bool:
    """Whether only a joiner stands between a token and the next one."""
    if at + 1 >= len(words):
        return False
    gap = "".join(char.text for char in chars[words[at].last + 1 : words[at + 1].first])
    return gap in JOINERS or gap.isspace()


def ending(
    chars: list[Char], words: list[Token], at: int, whole: str, kind: str, open_end: bool
) -> list[tuple[int, int]]:
    """Whether a term ends in this token."""
    token = words[at]
    if open_end:
        if not token.text.startswith(whole):
            return []
        while glued_to_next(words, at):
            at += 1
        return [(at, words[at].last)]
    if kind == "a" and token.text == whole + "s":
        return [(at, token.last - 1)]
    if token.text != whole:
        return []
    if kind == "d" and glued_to_next(words, at):
        tail = words[at + 1].text in ("s", "er", "ern") and not glued_to_next(words, at + 1)
        return [(at, token.last)] if tail else []
    return [(at, token.last)]


def distance(one: Found, other: Found) -> int:
    """The words between the nearest ends."""
    return max(0, other[0] - one[1] - 1, one[0] - other[1] - 1)
