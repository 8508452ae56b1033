"""The fields of an article as text and tokens, with boilerplate blanked out in place.

It does not know which watches ask for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from monitor.core.model.articles import Article
from monitor.core.text.analysis import ArticleFields
from monitor.core.text.boilerplate import BoilerplateBlock
from monitor.core.text.normalize import NormalizedText, fold, fold_with_offsets
from monitor.core.text.tokens import Tokens

DEFAULT_FIELDS = ("title", "body")  # searched by a watch without `in`

# One code point that is neither letter, digit, space nor joiner, so that spans keep their offsets
BLANK_CHARACTER = "\x1f"


@dataclass(slots=True)
class ArticleText:
    """One article while it is matched: a field is cut into tokens once, when a watch asks for it."""

    analysed: ArticleFields
    made: dict[str, Tokens] = field(default_factory=dict)
    meant: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    @property
    def article(self) -> Article:
        return self.analysed.article

    def tokens(self, name: str) -> Tokens:
        if name not in self.made:
            text = FIELD_TEXTS[name](self.analysed)
            self.made[name] = Tokens(text, self.normalized(name, text))
        return self.made[name]

    def normalized(self, name: str, text: str) -> NormalizedText:
        """The folded text of a field, which the analysis has unless something in it was blanked out."""
        known = NORMALIZED_FIELDS[name](self.analysed) if name in NORMALIZED_FIELDS else None
        return known if known and known.original is text else fold_with_offsets(text)

    def raw(self, scope: tuple[str, ...]) -> str:
        """The folded text of a scope including boilerplate, one field per line: enough to rule watches out."""
        return "\n".join(
            [
                NORMALIZED_FIELDS[name](self.analysed).text if name in NORMALIZED_FIELDS else self.folded(name)
                for name in self.fields(scope)
            ]
        )

    def folded(self, name: str) -> str:
        """The folded text of a field that few watches search; an opening is part of the body."""
        return "" if name == "opening" else fold(FIELD_TEXTS[name](self.analysed))

    def fields(self, scope: tuple[str, ...]) -> tuple[str, ...]:
        """The fields to search for a scope: body includes the lead, a missing lead is the first two paragraphs."""
        if scope not in self.meant:
            self.meant[scope] = tuple(dict.fromkeys(self.given(scope)))
        return self.meant[scope]

    def given(self, scope: tuple[str, ...]) -> list[str]:
        names: list[str] = []
        for name in scope or DEFAULT_FIELDS:
            if name == "body":
                names += ["body"] if self.article.lead in self.article.body else ["lead", "body"]
            elif name == "lead" and not self.article.lead:
                names.append("opening")
            else:
                names.append(name)
        return names

    def known(self, scope: tuple[str, ...]) -> frozenset[str]:
        return frozenset().union(*(self.tokens(name).found for name in self.fields(scope)))


def blank_blocks(text: str, blocks: Iterable[BoilerplateBlock]) -> str:
    """The text with its boilerplate blanked out, of the same length."""
    pieces, at = list[str](), 0
    for block in blocks:
        pieces += (text[at : block.start], BLANK_CHARACTER * (block.end - block.start))
        at = block.end
    return "".join((*pieces, text[at:])) if pieces else text


def opening_paragraphs(text: str) -> str:
    """The beginning of a text up to the end of its second non-empty line."""
    paragraphs, at = 0, 0
    for line in text.splitlines(keepends=True):
        at += len(line)
        paragraphs += bool(line.strip())
        if paragraphs == 2:
            break
    return text[:at]


# field → its text. The opening is the beginning of the body, so its spans are spans of the body.
FIELD_TEXTS: dict[str, Callable[[ArticleFields], str]] = {
    "title": lambda fields: fields.title.original,
    "lead": lambda fields: blank_blocks(fields.lead.text, fields.lead.blocks),
    "body": lambda fields: blank_blocks(fields.body.text, fields.hidden),
    "opening": lambda fields: opening_paragraphs(blank_blocks(fields.body.text, fields.body.blocks)),
    "url": lambda fields: fields.article.url,
    "author": lambda fields: fields.article.author,
    "tags": lambda fields: "\n".join(fields.article.tags),
}
NORMALIZED_FIELDS: dict[str, Callable[[ArticleFields], NormalizedText]] = {
    "title": lambda fields: fields.title,
    "lead": lambda fields: fields.lead.normalized,
    "body": lambda fields: fields.body.normalized,
}
EVIDENCE_FIELDS = {"opening": "body"}  # field searched → field shown in evidence
