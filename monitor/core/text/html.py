"""Markup: HTML as the text a reader sees, with the way back to the markup.

Block elements and <br> separate words, inline ones (<b>, <sub>, <wbr>) do not; scripts and styles vanish. One pass of
one linear expression, so hostile markup costs no more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from html import unescape

from monitor.core.model.articles import Span

PARAGRAPHS = frozenset(
    ("article", "blockquote", "div", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "section",
     "table", "ul")
)  # fmt: skip
INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
     "var", "wbr")
)  # fmt: skip
HIDDEN = frozenset(("script", "style", "template", "svg", "math", "head", "iframe", "object", "noframes"))

# A tag, a comment, a declaration or a reference. A quoted attribute may hold ">"; one that is never closed ends at
# the next ">" as the second alternative takes its quotation mark for a character.
REFERENCE = r"&(?:#[xX]?[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);?"
PIECE = re.compile(
    r"<!--(?P<comment>)|<!\[CDATA\[(?P<cdata>)|</?(?P<tag>[a-zA-Z][^\s/>]*)|<(?P<declared>[!?])|" + REFERENCE
)
ATTRIBUTES = re.compile(r"[^\"'>]*(?:\"[^\"<]*\"[^\"'>]*|'[^'<]*'[^\"'>]*)*")


@dataclass(frozen=True, slots=True)
class Visible:
    """What a reader sees of some markup; here and there are parallel places in the text and in the markup."""

    text: str
    here: tuple[int, ...]
    there: tuple[int, ...]
    ends: tuple[int, ...]  # where in the markup each piece ends

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
    """Collects visible text; white space is folded as a browser does."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.parts: list[str] = []
        self.here: list[int] = []
        self.there: list[int] = []
        self.ends: list[int] = []
        self.length = 0
        self.broken = 0  # line breaks at the end of what was written
        self.spaced = True
        self.read = 0  # how far attributes were read that have no end
        self.gone: set[str] = set()  # what does not stand in the rest: looked for once, or it would take for ever

    def after(self, closing: str, start: int) -> int:
        """The place behind the next such text; where there is none, the start."""
        if closing in self.gone:
            return start
        found = re.compile(re.escape(closing), re.IGNORECASE).search(self.markup, start)
        if found is None:
            self.gone.add(closing)
            return start
        return found.end()

    def tag_end(self, start: int) -> int:
        """The place behind the ">" that ends a tag and stands in no quotation marks; 0 where there is none.

        A tag cannot begin inside of quotation marks, so one that begins where an earlier one was read in vain has no
        other end: without that, each of a thousand open tags would be read to the end of the text.
        """
        if start < self.read:
            return 0
        end = _end_of_attributes(self.markup, start)
        if self.markup.startswith(">", end):
            return end + 1
        self.read = end
        return 0

    def put(self, text: str, start: int, end: int) -> None:
        """Add text that stands at this span of the markup."""
        self.parts.append(text)
        self.here.append(self.length)
        self.there.append(start)
        self.ends.append(end)
        self.length += len(text)
        self.spaced = text[-1] == " "
        self.broken = 0

    def words(self, text: str, start: int) -> None:
        """Add running text; each run of white space becomes one space."""
        for found in RUN.finditer(text):
            at = start + found.start()
            if found.group()[0] in " \t\n\r\f\v":
                if not self.spaced:
                    self.put(" ", at, start + found.end())
            else:
                self.put(found.group(), at, start + found.end())

    def line(self, at: int, breaks: int) -> None:
        """End the line, or the paragraph."""
        if not self.parts:
            return
        missing = breaks - self.broken
        if missing > 0:
            self.put("\n" * missing, at, at)
            self.broken = breaks
        self.spaced = True


RUN = re.compile(r"[ \t\n\r\f\v]+|[^ \t\n\r\f\v]+(?: [^ \t\n\r\f\v]+)*")


def visible(markup: str) -> Visible:
    """Markup as a reader sees it: one line for each block, an empty line between paragraphs."""
    writer = _Writer(markup)
    at, end = 0, len(markup)
    while at < end:
        found = PIECE.search(markup, at)
        stop = found.start() if found else end
        if stop > at:
            writer.words(markup[at:stop], at)
        if found is None:
            break
        at = _step(writer, found)
    if not writer.here:
        return Visible("", (0,), (0,), (0,))
    text = "".join(writer.parts).rstrip()
    return Visible(text, tuple(writer.here), tuple(writer.there), tuple(writer.ends))


def _step(writer: _Writer, found: re.Match[str]) -> int:
    """Deal with one tag, comment or reference; returns where to go on."""
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
    """Skip what is declared up to the next ">"; where there is none, the two characters are text."""
    after = writer.after(">", end)
    if after == end:
        writer.words(writer.markup[start:end], start)
    return after


def _end_of_attributes(markup: str, start: int) -> int:
    found = ATTRIBUTES.match(markup, start)
    return found.end() if found else start


def _reference(writer: _Writer, shown: str, start: int, end: int) -> None:
    """Write what a character reference stands for."""
    if shown.strip(" \t\n\r\f\v"):
        writer.put(shown, start, end)
    elif shown and not writer.spaced:
        writer.put(" ", start, end)


def _tag(writer: _Writer, found: re.Match[str]) -> int:
    """Deal with a tag; what it hides is skipped."""
    start, end = found.span()
    markup, closing, name = writer.markup, found.group().startswith("</"), found["tag"].lower()
    after = writer.tag_end(end) or markup.find(">", end) + 1 or len(markup)
    if name not in INLINE:  # an element we do not know separates words: glued ones would be missed
        writer.line(start, 2 if name in PARAGRAPHS else 1)
    if name in HIDDEN and not closing and not markup.endswith("/>", start, after):
        return max(after, markup.find(">", writer.after(f"</{name}", after)) + 1)
    return after
