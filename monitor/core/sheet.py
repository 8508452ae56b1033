"""An article's texts on one sheet: each is folded once and searched for boilerplate once, whoever asks.

An article's keys and the engine want the same of it. The words are not kept: for a moment a feed of 2,000 articles is
in memory as a whole, and words take eight times as much as the text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from monitor.core import boilerplate, price
from monitor.core.boilerplate import Block
from monitor.core.fold import Form, folded
from monitor.core.tokens import texts


@dataclass(slots=True)
class Sheet:
    """What was worked out so far."""

    forms: dict[str, Form] = field(default_factory=dict)
    found: dict[str, tuple[Block, ...]] = field(default_factory=dict)

    def form(self, text: str) -> Form:
        """A text in its comparable form."""
        known = self.forms.get(text)
        if known is None:
            known = self.forms[text] = folded(text)
        return known

    def words(self, text: str) -> list[str]:
        """A text's words, as `text.words` has them."""
        return texts(self.form(text).text)

    def blocks(self, text: str, learnt: Collection[str] = ()) -> tuple[Block, ...]:
        """Its boilerplate."""
        if learnt:
            return boilerplate.blocks(text, learnt, self.form(text))
        if text not in self.found:
            self.found[text] = boilerplate.blocks(text, (), self.form(text))
        return self.found[text]

    def prose(self, text: str) -> str:
        """The story alone, as `boilerplate.prose` has it."""
        return boilerplate.prose(text, self.blocks(text))

    def priceless(self, text: str) -> str:
        """The text with its share prices masked; where there are none, itself."""
        return price.masked(text, self.form(text))
