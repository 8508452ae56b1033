"""The fields of an article as text and tokens, with boilerplate blanked out in place.

It does not know which watches ask for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from monitor.core.model.articles import Article
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.tokens import Tokens

DEFAULT_FIELDS = ("title", "body")  # searched by a watch without `in`

# One code point that is neither letter, digit, space nor joiner, so that spans keep their offsets
BLANK_CHARACTER = "\x1f"


@dataclass(slots=True)
class ArticleText:
    """One article; each field is folded and cut into tokens once, on first use.

    learnt: boilerplate learnt from its feed; analysis: a cache of normalized texts.
    """

    article: Article
    learnt: Collection[str] = ()
    made: dict[str, Tokens] = field(default_factory=dict)
    analysis: TextAnalysis = field(default_factory=TextAnalysis)
    meant: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def tokens(self, name: str) -> Tokens:
        if name not in self.made:
            text = FIELD_TEXTS[name](self)
            self.made[name] = Tokens(text, self.analysis.form(text))
        return self.made[name]

    def cleared(self, name: str) -> str:
        """A field's text with its boilerplate blanked out; spans are those of the original."""
        return FIELD_TEXTS[name](self)

    def raw(self, scope: tuple[str, ...]) -> str:
        """The folded text of a scope including boilerplate, one field per line: enough to rule watches out."""
        article = self.article
        given = {"tags": "\n".join(article.tags), "opening": ""}
        texts = [given[name] if name in given else getattr(article, name) for name in self.fields(scope)]
        return "\n".join([self.analysis.form(text).text for text in texts])

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

    def clear(self, text: str, learnt: Collection[str] = ()) -> str:
        """The text with its boilerplate blanked out, of the same length."""
        pieces, at = list[str](), 0
        for block in self.analysis.blocks(text, learnt):
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
FIELD_TEXTS: dict[str, Callable[[ArticleText], str]] = {
    "title": lambda document: document.article.title,
    "lead": lambda document: document.clear(document.article.lead),
    "body": lambda document: document.clear(document.article.body, document.learnt),
    "opening": lambda document: opening_paragraphs(document.clear(document.article.body)),
    "url": lambda document: document.article.url,
    "author": lambda document: document.article.author,
    "tags": lambda document: "\n".join(document.article.tags),
}
EVIDENCE_FIELDS = {"opening": "body"}  # field searched → field shown in evidence
