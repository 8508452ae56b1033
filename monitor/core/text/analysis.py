"""An article's texts on one sheet: each is folded once and searched for boilerplate once, whoever asks.

An article's keys and the engine want the same of it. The words are not kept: for a moment a feed of 2,000 articles is
in memory as a whole, and words take eight times as much as the text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from monitor.core.text import boilerplate, prices
from monitor.core.text.boilerplate import PATTERN_KEYS, BoilerplateBlock
from monitor.core.text.normalize import NormalizedText, fold, fold_with_offsets
from monitor.core.text.tokens import tokenize

_KEYWORD_FINDER = AhoCorasick([fold(word) for word in (*PATTERN_KEYS, *prices.SHARE_WORDS)])  # one pass, 7 µs for 2 kB
_PATTERN_KEY_COUNT = len(PATTERN_KEYS)


class KeywordPresence(NamedTuple):
    """Whether a text may have words by which boilerplate is known, and may speak of shares."""

    keys: bool
    shares: bool


@dataclass(slots=True)
class TextAnalysis:
    """What was worked out so far."""

    forms: dict[str, NormalizedText] = field(default_factory=dict)
    signs: dict[str, KeywordPresence] = field(default_factory=dict)
    found: dict[str, tuple[BoilerplateBlock, ...]] = field(default_factory=dict)
    word_hashes: dict[str, bytes] = field(default_factory=dict)  # of the words that are compared, see outline.py

    def form(self, text: str) -> NormalizedText:
        """A text in its comparable form."""
        known = self.forms.get(text)
        if known is None:
            known = self.forms[text] = fold_with_offsets(text)
        return known

    def words(self, text: str) -> list[str]:
        """A text's words, as `text.words` has them."""
        return tokenize(self.form(text).text)

    def blocks(self, text: str, learnt: Collection[str] = ()) -> tuple[BoilerplateBlock, ...]:
        """Its boilerplate."""
        if learnt:
            return boilerplate.find_boilerplate(text, learnt, keyless=not self.sign(text).keys)
        if text not in self.found:
            self.found[text] = boilerplate.find_boilerplate(text, keyless=not self.sign(text).keys)
        return self.found[text]

    def prose(self, text: str) -> str:
        """The story alone, as `boilerplate.prose` has it."""
        return boilerplate.extract_prose(text, self.blocks(text))

    def mask_prices(self, text: str) -> str:
        """The text with its share prices masked; where there are none, itself."""
        return prices.mask_prices(text, self.form(text)) if self.sign(text).shares else text

    def sign(self, text: str) -> KeywordPresence:
        """What a text may have in it."""
        if text not in self.signs:
            self.signs[text] = find_keywords(self.form(text))
        return self.signs[text]


def find_keywords(form: NormalizedText) -> KeywordPresence:
    """What a text may have in it. Where each character folds by itself, a word in the text is folded in the form."""
    if not form.one_to_one:
        return KeywordPresence(keys=True, shares=True)
    hits = {hit for hit, _, _ in _KEYWORD_FINDER.find_matches_as_indexes(form.text, overlapping=True)}
    return KeywordPresence(
        keys=min(hits, default=_PATTERN_KEY_COUNT) < _PATTERN_KEY_COUNT,
        shares=max(hits, default=0) >= _PATTERN_KEY_COUNT,
    )
