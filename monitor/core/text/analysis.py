"""Analyse an article once: its fields folded, their boilerplate, its prose, and the prose without share prices.

An analysis is frozen and made as a whole; keys, matching, facts and comparisons take it as an argument. Tokens are not
kept: a feed of 2,000 articles is in memory as a whole, and tokens take eight times the memory of the text. The module
knows neither watches nor other articles.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from monitor.core.model.articles import Article
from monitor.core.text.boilerplate import (
    PATTERN_KEYS,
    BoilerplateBlock,
    extract_prose,
    find_blocks,
    find_blocks_and_repeated,
)
from monitor.core.text.extent import head, is_long
from monitor.core.text.normalize import NormalizedText, fold, fold_with_offsets
from monitor.core.text.prices import SHARE_WORDS, mask_prices
from monitor.core.text.tokens import tokenize

_KEYWORD_FINDER = AhoCorasick([fold(word) for word in (*PATTERN_KEYS, *SHARE_WORDS)])  # 7 µs for 2 kB
_PATTERN_KEY_COUNT = len(PATTERN_KEYS)


class KeywordPresence(NamedTuple):
    """Whether a text may contain keys of boilerplate patterns, and words for shares."""

    keys: bool
    shares: bool


@dataclass(frozen=True, slots=True)
class FieldAnalysis:
    """One field of an article: folded, and the places of its boilerplate."""

    normalized: NormalizedText
    presence: KeywordPresence
    blocks: tuple[BoilerplateBlock, ...]

    @property
    def text(self) -> str:
        """The field as it stands in the article."""
        return self.normalized.original


@dataclass(frozen=True, slots=True)
class ArticleFields:
    """The fields of an article as matching reads them."""

    article: Article
    title: NormalizedText
    lead: FieldAnalysis
    body: FieldAnalysis
    hidden: tuple[BoilerplateBlock, ...]  # of the body: boilerplate, and the paragraphs that its host repeats


@dataclass(frozen=True, slots=True)
class ProseAnalysis:
    """A text without boilerplate, and the same with share prices masked: one object where there are none."""

    normalized: NormalizedText
    masked: str

    @property
    def text(self) -> str:
        """The prose, not folded."""
        return self.normalized.original

    @property
    def words(self) -> list[str]:
        """The tokens of the prose, cut anew at each use."""
        return tokenize(self.normalized.text)


@dataclass(frozen=True, slots=True)
class ArticleAnalysis:
    """All that is derived from the text of one article alone."""

    fields: ArticleFields
    compared: FieldAnalysis  # the compared part of the body, or of the lead where there is no body
    prose: ProseAnalysis  # of the compared part
    whole_prose: ProseAnalysis  # of all of it; the same object unless the article is long


def analyse_article(article: Article, repeated: Collection[str]) -> ArticleAnalysis:
    """The analysis of an article. repeated: patterns of the paragraphs that its host repeats."""
    fields = analyse_fields(article, repeated)
    compared = whole = fields.body if article.body else fields.lead
    prose = whole_prose = analyse_prose(whole)
    if is_long(article):
        compared = analyse_field(head(whole.text))
        prose = analyse_prose(compared)
    return ArticleAnalysis(fields, compared, prose, whole_prose)


def hide_repeated(analysis: ArticleAnalysis, repeated: Collection[str]) -> ArticleAnalysis:
    """The analysis with the paragraphs hidden that the host repeats; its keys and prose stay as they are."""
    if not repeated:
        return analysis
    hidden = find_hidden_blocks(analysis.fields.body, repeated)
    return replace(analysis, fields=replace(analysis.fields, hidden=hidden))


def analyse_fields(article: Article, repeated: Collection[str]) -> ArticleFields:
    """The part of the analysis that matching needs. repeated: patterns of the paragraphs that its host repeats."""
    body = analyse_field(article.body)
    lead = body if article.lead == article.body else analyse_field(article.lead)
    return ArticleFields(article, fold_with_offsets(article.title), lead, body, find_hidden_blocks(body, repeated))


def find_hidden_blocks(body: FieldAnalysis, repeated: Collection[str]) -> tuple[BoilerplateBlock, ...]:
    """The places of a body that are not matched."""
    return find_blocks_and_repeated(body.text, body.presence.keys, repeated) if repeated else body.blocks


def analyse_field(text: str) -> FieldAnalysis:
    """The analysis of one text."""
    normalized = fold_with_offsets(text)
    presence = find_keywords(normalized)
    return FieldAnalysis(normalized, presence, find_blocks(text, presence.keys))


def analyse_prose(field: FieldAnalysis) -> ProseAnalysis:
    """The prose of a text."""
    text = extract_prose(field.text, field.blocks)
    if text is field.text:
        return ProseAnalysis(field.normalized, mask_where_shares(field.normalized, field.presence))
    normalized = fold_with_offsets(text)
    return ProseAnalysis(normalized, mask_where_shares(normalized, find_keywords(normalized)))


def mask_where_shares(normalized: NormalizedText, presence: KeywordPresence) -> str:
    """The text with share prices masked; the same object where there are none."""
    return mask_prices(normalized) if presence.shares else normalized.original


def find_keywords(normalized: NormalizedText) -> KeywordPresence:
    """Which keywords a text may contain, by Aho–Corasick (1975); both are assumed where folding is not one to one."""
    if not normalized.one_to_one:
        return KeywordPresence(keys=True, shares=True)
    hits = {hit for hit, _, _ in _KEYWORD_FINDER.find_matches_as_indexes(normalized.text, overlapping=True)}
    return KeywordPresence(
        keys=min(hits, default=_PATTERN_KEY_COUNT) < _PATTERN_KEY_COUNT,
        shares=max(hits, default=0) >= _PATTERN_KEY_COUNT,
    )
