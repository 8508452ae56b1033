"""Convert HTML to its visible text, with a mapping of offsets back to the markup.

Block elements and <br> separate words, inline ones (<b>, <sub>, <wbr>) do not; scripts and styles are left out. Every
pattern is linear, so hostile markup costs time in proportion to its length. The module knows no feed and no article.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from monitor.core.model.articles import Span

PARAGRAPH_TAGS = frozenset(
    ("article", "blockquote", "div", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "section",
     "table", "ul")
)  # fmt: skip
INLINE_TAGS = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
     "var", "wbr")
)  # fmt: skip
HIDDEN_TAGS = frozenset(("script", "style", "template", "svg", "math", "head", "iframe", "object", "noframes"))

# A tag, a comment, a declaration or a reference. A quoted attribute may contain ">"; see _Writer.tag_end for one that
# is never closed.
REFERENCE_REGEX = r"&(?:#[xX]?[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);?"
MARKUP_PIECE = re.compile(
    r"<!--(?P<comment>)|<!\[CDATA\[(?P<cdata>)|</?(?P<tag>[a-zA-Z][^\s/>]*)|<(?P<declared>[!?])|" + REFERENCE_REGEX
)
ATTRIBUTES = re.compile(r"[^\"'>]*(?:\"[^\"<]*\"[^\"'>]*|'[^'<]*'[^\"'>]*)*")


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The visible text of markup; here and there are parallel offsets in the text and in the markup."""

    text: str
    here: tuple[int, ...]
    there: tuple[int, ...]
    ends: tuple[int, ...]  # the offset in the markup at which each piece ends

    def origin(self, start: int, end: int) -> Span:
        """The span of the markup that shows this span of the text."""
        return self._begin(start), self._end(max(start, end))

    def _begin(self, at: int) -> int:
        index = bisect_right(self.here, at) - 1
        return min(self.there[index] + at - self.here[index], max(self.there[index], self.ends[index] - 1))

    def _end(self, at: int) -> int:
        if at == 0:
            return 0
        index = bisect_right(self.here, at - 1) - 1
        after = self.here[index + 1] if index + 1 < len(self.here) else len(self.text)
        return self.ends[index] if at >= after else min(self.there[index] + at - self.here[index], self.ends[index])


class _Writer:
    """Collects visible text and its offsets; white space is collapsed as a browser does."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.parts: list[str] = []
        self.here: list[int] = []
        self.there: list[int] = []
        self.ends: list[int] = []
        self.length = 0
        self.broken = 0  # line breaks at the end of the text so far
        self.spaced = True
        self.read = 0  # offset up to which attributes without an end were read
        self.gone: set[str] = set()  # closings absent from the rest, so that the search stays linear

    def after(self, closing: str, start: int) -> int:
        """The offset behind the next occurrence of a closing text; the start where there is none."""
        if closing in self.gone:
            return start
        found = re.compile(re.escape(closing), re.IGNORECASE).search(self.markup, start)
        if found is None:
            self.gone.add(closing)
            return start
        return found.end()

    def tag_end(self, start: int) -> int:
        """The offset behind the unquoted ">" that ends a tag; 0 where there is none.

        A tag that begins inside a range already read without success has no end either. Without that shortcut each of
        a thousand open tags would be read to the end of the text.
        """
        if start < self.read:
            return 0
        end = _end_of_attributes(self.markup, start)
        if self.markup.startswith(">", end):
            return end + 1
        self.read = end
        return 0

    def put(self, text: str, start: int, end: int) -> None:
        """Add text that this span of the markup shows."""
        self.parts.append(text)
        self.here.append(self.length)
        self.there.append(start)
        self.ends.append(end)
        self.length += len(text)
        self.spaced = text[-1] == " "
        self.broken = 0

    def words(self, text: str, start: int) -> None:
        """Add running text; each run of white space becomes one space."""
        for found in TEXT_RUN.finditer(text):
            at = start + found.start()
            if found.group()[0] in " \t\n\r\f\v":
                if not self.spaced:
                    self.put(" ", at, start + found.end())
            else:
                self.put(found.group(), at, start + found.end())

    def line(self, at: int, breaks: int) -> None:
        """End the line (1 break) or the paragraph (2)."""
        if not self.parts:
            return
        missing = breaks - self.broken
        if missing > 0:
            self.put("\n" * missing, at, at)
            self.broken = breaks
        self.spaced = True


TEXT_RUN = re.compile(r"[ \t\n\r\f\v]+|[^ \t\n\r\f\v]+(?: [^ \t\n\r\f\v]+)*")


def visible_text(markup: str) -> VisibleText:
    """The visible text of markup: one line for each block, an empty line between paragraphs."""
    writer = _Writer(markup)
    at, end = 0, len(markup)
    while at < end:
        found = MARKUP_PIECE.search(markup, at)
        stop = found.start() if found else end
        if stop > at:
            writer.words(markup[at:stop], at)
        if found is None:
            break
        at = _handle_piece(writer, found)
    if not writer.here:
        return VisibleText("", (0,), (0,), (0,))
    text = "".join(writer.parts).rstrip()
    return VisibleText(text, tuple(writer.here), tuple(writer.there), tuple(writer.ends))


def _handle_piece(writer: _Writer, found: re.Match[str]) -> int:
    """Handle one tag, comment or reference; returns the offset at which to go on."""
    start, end = found.span()
    if found["comment"] is not None:
        return writer.after("-->", end)
    if found["tag"] is not None:
        return _tag(writer, found)
    if found["declared"] is not None:
        return _declaration(writer, start, end)
    if writer.markup[start] == "&":
        _reference(writer, unescape(found.group()), start, end)
    return end


def _declaration(writer: _Writer, start: int, end: int) -> int:
    """Skip a declaration up to the next ">"; where there is none, its two characters are text."""
    after = writer.after(">", end)
    if after == end:
        writer.words(writer.markup[start:end], start)
    return after


def _end_of_attributes(markup: str, start: int) -> int:
    found = ATTRIBUTES.match(markup, start)
    return found.end() if found else start


def _reference(writer: _Writer, shown: str, start: int, end: int) -> None:
    if shown.strip(" \t\n\r\f\v"):
        writer.put(shown, start, end)
    elif shown and not writer.spaced:
        writer.put(" ", start, end)


def _tag(writer: _Writer, found: re.Match[str]) -> int:
    """Handle a tag and skip the content of hidden elements; returns the offset at which to go on."""
    start, end = found.span()
    markup, closing, name = writer.markup, found.group().startswith("</"), found["tag"].lower()
    after = writer.tag_end(end) or markup.find(">", end) + 1 or len(markup)
    if name not in INLINE_TAGS:  # an unknown element separates words: a watch would miss joined ones
        writer.line(start, 2 if name in PARAGRAPH_TAGS else 1)
    if name in HIDDEN_TAGS and not closing and not markup.endswith("/>", start, after):
        return max(after, markup.find(">", writer.after(f"</{name}", after)) + 1)
    return after


# Possessive quantifiers and no "<" inside: each "<" is tried once, so the pattern is linear. No group is possessive:
# before Python 3.11.5 such a group may fail to match (gh-106052).
_TAG = re.compile(
    r"<(?:/?+([a-zA-Z][^\s/<>]*+)[^\"'<>]*+(?:\"[^\"<]*+\"[^\"'<>]*+|'[^'<]*+'[^\"'<>]*+)*>|!--[^<>]*-->)"
)
# A hidden element with nothing but text inside, such as an embedded video: replaced by a line break
_EMBEDDED = re.compile(
    rf"<({'|'.join(sorted(HIDDEN_TAGS))})(?=[\s/>])[^\"'<>]*+(?:\"[^\"<]*+\"[^\"'<>]*+|'[^'<]*+'[^\"'<>]*+)*(?<!/)>"
    r"[^<]*+</\1[^<>]*>",
    re.IGNORECASE | re.ASCII,
)
_REFERENCE = re.compile(REFERENCE_REGEX)
_BROKEN_REFERENCE = re.compile(r"&[#a-zA-Z0-9]*<")  # a tag that interrupts a reference
_MAX_CACHED_LENGTH = 10  # characters; long references would fill the cache
_SPACES = re.compile("  +")
_BLANKS = "\t\n\r\f\v"
_NEWLINES = ("", "\n", "\n\n")
# Line breaks that an element causes; names that are not here are in capitals, hidden, or cause one
_LINE_BREAKS: dict[str | None, int] = {
    **dict.fromkeys(("br", "dd", "dt", "figcaption", "hr", "img", "li", "td", "th", "tr"), 1),
    **dict.fromkeys((None, *INLINE_TAGS), 0),
    **dict.fromkeys(PARAGRAPH_TAGS, 2),
}


class _NotSimple(Exception):
    """The markup needs visible_text."""


def simple_markup_text(markup: str) -> str | None:
    """The text of visible_text for simple markup, in a fifth of the time; None where the markup is not simple."""
    markup = _collapse_spaces(markup)
    pieces = _TAG.split(markup)
    if not HIDDEN_TAGS.isdisjoint(pieces[1::2]):
        markup = _EMBEDDED.sub("<hr>", markup)
        pieces = _TAG.split(markup)
    escaped = "&" in markup
    if markup.count("<") != len(pieces) // 2 or (escaped and _BROKEN_REFERENCE.search(markup)):
        return None
    try:
        text = _join_pieces(pieces)
        return (_REFERENCE.sub(_resolve_reference, text) if escaped else text).rstrip()
    except _NotSimple:
        return None


def _collapse_spaces(text: str) -> str:
    """Every run of white space as one space, inside tags too, where it makes no difference."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _join_pieces(pieces: list[str]) -> str:
    """Join alternating texts and tag names into one text. Raises _NotSimple."""
    shown: list[str] = []
    spaced, broken = True, 0  # as in _Writer
    for name, text in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        breaks = _LINE_BREAKS.get(name)
        if breaks is None:
            breaks = _line_breaks(name or "")
        if breaks and shown:
            if breaks > broken:
                shown.append(_NEWLINES[breaks - broken])
                broken = breaks
            spaced = True
        if spaced and text[:1] == " ":
            text = text[1:]
        if text:
            shown.append(text)
            spaced, broken = text[-1] == " ", 0
    return "".join(shown)


def _line_breaks(name: str) -> int:
    """The line breaks that an element causes. Raises _NotSimple where its content is hidden."""
    name = name.lower()
    if name in HIDDEN_TAGS:
        raise _NotSimple
    return _LINE_BREAKS.get(name, 1)


def _resolve_reference(found: re.Match[str]) -> str:
    """The characters of a reference. Raises _NotSimple where they are white space or nothing."""
    reference = found[0]
    return _decode_cached(reference) if len(reference) <= _MAX_CACHED_LENGTH else _decode_reference(reference)


def _decode_reference(reference: str) -> str:
    shown = unescape(reference)
    if not shown or " " in _collapse_spaces(shown):
        raise _NotSimple
    return shown


_decode_cached = lru_cache(maxsize=1024)(_decode_reference)  # a page repeats a dozen; decoding one takes 2 µs
