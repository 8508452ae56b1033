"""Cache what keys, matching and comparison compute of the same article: folded texts and boilerplate.

Tokens are not cached: a feed of 2,000 articles is in memory as a whole, and tokens take eight times the memory of the
text. The module knows neither watches nor other articles.
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

_KEYWORD_FINDER = AhoCorasick([fold(word) for word in (*PATTERN_KEYS, *prices.SHARE_WORDS)])  # 7 µs for 2 kB
_PATTERN_KEY_COUNT = len(PATTERN_KEYS)


class KeywordPresence(NamedTuple):
    """Whether a text may contain keys of boilerplate patterns, and words for shares."""

    keys: bool
    shares: bool


@dataclass(slots=True)
class TextAnalysis:
    """The results so far, each by its text."""

    forms: dict[str, NormalizedText] = field(default_factory=dict)
    signs: dict[str, KeywordPresence] = field(default_factory=dict)
    found: dict[str, tuple[BoilerplateBlock, ...]] = field(default_factory=dict)
    word_hashes: dict[str, bytes] = field(default_factory=dict)  # of the compared words, see dedupe/prefilter.py

    def form(self, text: str) -> NormalizedText:
        """The folded form of a text."""
        known = self.forms.get(text)
        if known is None:
            known = self.forms[text] = fold_with_offsets(text)
        return known

    def words(self, text: str) -> list[str]:
        """The tokens of a text."""
        return tokenize(self.form(text).text)

    def blocks(self, text: str, learnt: Collection[str] = ()) -> tuple[BoilerplateBlock, ...]:
        """The boilerplate of a text; learnt: paragraph patterns that its host repeats."""
        if learnt:
            return boilerplate.find_boilerplate(text, learnt, keyless=not self.sign(text).keys)
        if text not in self.found:
            self.found[text] = boilerplate.find_boilerplate(text, keyless=not self.sign(text).keys)
        return self.found[text]

    def prose(self, text: str) -> str:
        """The text without boilerplate, see boilerplate.extract_prose."""
        return boilerplate.extract_prose(text, self.blocks(text))

    def mask_prices(self, text: str) -> str:
        """The text with share prices masked; the same object where there are none."""
        return prices.mask_prices(text, self.form(text)) if self.sign(text).shares else text

    def sign(self, text: str) -> KeywordPresence:
        """Which keywords a text may contain."""
        if text not in self.signs:
            self.signs[text] = find_keywords(self.form(text))
        return self.signs[text]


def find_keywords(form: NormalizedText) -> KeywordPresence:
    """Which keywords a text may contain, by Aho–Corasick (1975); both are assumed where folding is not one to one."""
    if not form.one_to_one:
        return KeywordPresence(keys=True, shares=True)
    hits = {hit for hit, _, _ in _KEYWORD_FINDER.find_matches_as_indexes(form.text, overlapping=True)}
    return KeywordPresence(
        keys=min(hits, default=_PATTERN_KEY_COUNT) < _PATTERN_KEY_COUNT,
        shares=max(hits, default=0) >= _PATTERN_KEY_COUNT,
    )
