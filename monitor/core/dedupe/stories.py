"""Decide whether an article is a copy of a stored one, the same story, or new; always with a reason in words.

Copies are found by exact keys and by sets of shingles (Broder 1997) on text without boilerplate. A text that differs in
a number, a negation or a name is never a copy (see differences.py). The module queries no database: it is handed
candidates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import NamedTuple

from monitor.core.dedupe.comparisons import Comparisons, weight
from monitor.core.dedupe.differences import ComparedText, find_difference, prepare_prose, prepare_text
from monitor.core.dedupe.keys import headline_company, is_filing
from monitor.core.dedupe.prefilter import WordFilter, WordFilters
from monitor.core.model.articles import (
    Article,
    ArticleFacts,
    ArticleKeys,
    Candidate,
    Fact,
    FactKey,
    Relation,
    StoryRelation,
)
from monitor.core.text.analysis import ArticleAnalysis
from monitor.core.text.clean import folded_words

MIN_JACCARD = 0.80  # NEWS-COPY and reader: re-spun wire stories lie above, other stories below
MIN_JACCARD_SAME_SOURCE = 0.90  # one publisher's template makes its own stories alike (Henzinger, SIGIR 2006)
MIN_CONTAINMENT = 0.85
MIN_SHARED_SHINGLES = 30  # fewer are a standing phrase
MIN_TITLE_WORDS = 4
TITLE_WINDOW = timedelta(hours=48)
MIN_TITLE_JACCARD = 0.5
MIN_TEXT_OVERLAP, MIN_TITLE_OVERLAP = 0.2, 0.5  # headlines share the names that a feed is about
MIN_CONCLUSIVE_WORDS = 12  # a shorter text neither confirms nor refutes a headline


@dataclass(frozen=True, slots=True)
class ArticlePair:
    """A new article beside a stored one."""

    keys: ArticleKeys
    text: ComparedText
    source: str
    other: Candidate
    other_text: ComparedText
    age: timedelta

    @property
    def shared(self) -> int:
        """The number of shared shingles."""
        return len(self.text.shingles & self.other_text.shingles)

    @property
    def jaccard(self) -> float:
        """The Jaccard index of their shingles."""
        together = len(self.text.shingles | self.other_text.shingles)
        return self.shared / together if together else 0.0

    @property
    def contained(self) -> float:
        """The share of the shorter text's shingles that the longer one has."""
        return overlap_coefficient(self.text.shingles, self.other_text.shingles) if self.shared else 0.0


class ComparedArticle(NamedTuple):
    """A new article as it is compared: its keys, its analysis, and its word filter."""

    keys: ArticleKeys
    analysis: ArticleAnalysis
    word_filter: WordFilter

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.analysis.fields.article


def find_duplicate(
    new: ComparedArticle,
    candidates: Sequence[Candidate],
    now: datetime,
    comparisons: Comparisons,
) -> StoryRelation:
    """The relation of an article to candidates in order of likelihood; the first that it copies decides."""
    keys, source, filters, almost = new.keys, new.article.source, comparisons.filters, ""
    text = cache(lambda: prepare_prose(new.article.title, new.analysis.prose))
    own_size = weight(new.analysis.compared.text)
    for other in candidates:
        pair, size = (keys, other.article, other.keys), weight(other.body)
        seen = size if filters.get(other.title, other.body) is None else 0
        if not comparisons.made(("likely", *pair), seen, partial(is_likely_copy, new, other, filters), False):
            continue
        given = partial(compare_texts, text, keys, source, other, now)
        reason, objection = comparisons.made(("copy", *pair), own_size + size, given, ("", ""))
        if reason and not objection:
            return StoryRelation(Relation.COPY, f"copy of #{other.article}: {reason}", other.story, other.article)
        almost = almost or (f"like #{other.article}, but {objection}" if objection else "")
    return StoryRelation(Relation.NEW, almost or "nothing like it among the latest articles")


def is_likely_copy(new: ComparedArticle, other: Candidate, filters: WordFilters) -> bool:
    """Whether two articles are worth a comparison: they share a key, or may share enough shingles."""
    return shares_key(new.keys, other.keys) or may_share_shingles(
        new.word_filter, filters.find(other.title, other.body)
    )


def compare_texts(
    text: Callable[[], ComparedText], keys: ArticleKeys, source: str, other: Candidate, now: datetime
) -> tuple[str, str]:
    """Why an article is a copy of another one, and the difference that makes it news nevertheless; each may be ""."""
    pair = ArticlePair(keys, text(), source, other, prepare_text(other.title, other.body), now - other.first_seen_at)
    reason = next((said for test in COPY_TESTS if (said := test(pair))), "")
    return reason, reason and find_difference(pair.text, pair.other_text)


def shares_key(mine: ArticleKeys, theirs: ArticleKeys) -> bool:
    """Whether two articles have the same headline key, content hash, revision hash or URL."""
    pairs = ((mine.content, theirs.content), (mine.revision, theirs.revision), (mine.url, theirs.url))
    return mine.title == theirs.title or any(one and one == other for one, other in pairs)


def may_share_shingles(mine: WordFilter, also: WordFilter) -> bool:
    """Whether two texts may share so many shingles that one may be a copy; most candidates share only a phrase."""
    return also.runs >= MIN_SHARED_SHINGLES and mine.may_share(also, MIN_SHARED_SHINGLES, MIN_JACCARD)


def is_another_article(analysis: ArticleAnalysis, other: Candidate) -> bool:
    """Whether an article with the identity of a stored one is another one: headline and text share little with it.

    Some feeds give all entries one guid, and every article after the first would be taken for an edit. The number of a
    filing is trusted.
    """
    article = analysis.fields.article
    if is_filing(article.guid):
        return False
    mine, theirs = prepare_prose(article.title, analysis.prose), prepare_text(other.title, other.body)
    long_enough = min(len(mine.words), len(theirs.words)) >= MIN_CONCLUSIVE_WORDS
    texts = overlap_coefficient(mine.shingles, theirs.shingles) if long_enough else 0.0
    return (
        texts < MIN_TEXT_OVERLAP
        and overlap_coefficient(set(folded_words(mine.title)), set(folded_words(theirs.title))) < MIN_TITLE_OVERLAP
    )


def overlap_coefficient(one: Set[object], other: Set[object]) -> float:
    """The overlap coefficient (Szymkiewicz–Simpson) of two sets; 1.0 where one is empty."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 1.0


def same_words(pair: ArticlePair) -> str:
    """The same text except for boilerplate."""
    same = pair.keys.content and pair.keys.content == pair.other.keys.content
    return "the same words" if same and not is_returning_headline(pair) else ""


def same_but_price(pair: ArticlePair) -> str:
    """The same text with another share price."""
    same = pair.keys.revision and pair.keys.revision == pair.other.keys.revision
    return "the same words but for the share price" if same and not is_returning_headline(pair) else ""


def same_page(pair: ArticlePair) -> str:
    """The same page, listed by another feed, with a similar text: one page may show another article."""
    if not pair.keys.url or pair.keys.url != pair.other.keys.url or pair.source == pair.other.source:
        return ""
    likely = is_too_short(pair) or pair.contained >= MIN_TITLE_JACCARD or pair.keys.title == pair.other.keys.title
    return "the same page in another feed" if likely else ""


def same_shingles(pair: ArticlePair) -> str:
    """Nearly all shingles in both."""
    limit = MIN_JACCARD_SAME_SOURCE if pair.source == pair.other.source else MIN_JACCARD
    enough = pair.shared >= MIN_SHARED_SHINGLES and pair.jaccard >= limit
    return f"{pair.jaccard:.0%} of all three-word runs in both" if enough else ""


def part_of(pair: ArticlePair) -> str:
    """A teaser, or the article that a teaser announced."""
    enough = pair.shared >= MIN_SHARED_SHINGLES and pair.contained >= MIN_CONTAINMENT
    return f"{pair.contained:.0%} of the shorter text is part of the longer" if enough else ""


def same_headline(pair: ArticlePair) -> str:
    """The same headline within two days, unless the texts differ."""
    title = pair.keys.title
    if title != pair.other.keys.title or len(title.split()) < MIN_TITLE_WORDS or pair.age > TITLE_WINDOW:
        return ""
    if (pair.source == pair.other.source and not is_too_short(pair)) or names_another_company(pair):
        return ""
    alike_enough = is_too_short(pair) or pair.jaccard >= MIN_TITLE_JACCARD or pair.contained >= MIN_CONTAINMENT
    return "the same headline within two days" if alike_enough else ""


def names_another_company(pair: ArticlePair) -> bool:
    """Whether the prefix "<Company> Aktie:", which a title key lacks, names two companies."""
    one, other = headline_company(pair.text.title), headline_company(pair.other_text.title)
    return bool(one and other and one != other)


# In order of certainty; each returns the reason why the pair is one article, or "".
COPY_TESTS: tuple[Callable[[ArticlePair], str], ...] = (
    same_words, same_but_price, same_page, same_shingles, part_of, same_headline,
)  # fmt: skip


def is_returning_headline(pair: ArticlePair) -> bool:
    """Whether an article with hardly any text repeats a headline after two days."""
    return len(pair.text.words) < MIN_CONCLUSIVE_WORDS and pair.age > TITLE_WINDOW


def is_too_short(pair: ArticlePair) -> bool:
    """Whether one of the texts is too short to be conclusive."""
    return min(len(pair.text.words), len(pair.other_text.words)) < MIN_CONCLUSIVE_WORDS


MIN_SHARED_FACTS, MIN_FACT_OVERLAP = 2, 0.6  # figures in both; their share of the figures in either
NAME_PATTERN = re.compile(r"\b[A-ZÄÖÜ][\w-]{2,}|[\u4e00-\u9fff]{2,}")
MIN_FACT_VALUE = 100.0  # smaller numbers are too common to identify a story: 3 percent, 2 plants


def fact_key(kind: str, value: float | None, unit: str) -> FactKey | None:
    """The comparable form (kind, unit, value) of a fact; None for one that identifies no story."""
    if kind not in ("money", "count") or value is None or abs(value) < MIN_FACT_VALUE:
        return None
    return kind, unit, f"{value:g}"


def fact_keys(facts: Iterable[Fact]) -> frozenset[FactKey]:
    """The comparable forms of the facts of an article."""
    found = (fact_key(one.kind, one.value, one.unit) for one in facts)
    return frozenset(one for one in found if one)


def same_facts(title: str, facts: Iterable[Fact], others: Sequence[ArticleFacts]) -> StoryRelation | None:
    """The story that an article repeats in other words, by shared figures and names; the one with most in common."""
    mine, names = fact_keys(facts), headline_names(title)
    best: tuple[int, ArticleFacts] | None = None
    for other in others:
        shared = mine & other.facts
        if (
            len(shared) < MIN_SHARED_FACTS
            or len(shared) < MIN_FACT_OVERLAP * len(mine | other.facts)
            or not names & headline_names(other.title)
        ):
            continue
        if best is None or len(shared) > best[0]:
            best = len(shared), other
    if best is None:
        return None
    shared_facts = ", ".join(f"{value} {unit}".strip() for _, unit, value in sorted(mine & best[1].facts))
    return StoryRelation(
        Relation.SAME, f"the story of #{best[1].article} in other words: {shared_facts}", best[1].story, best[1].article
    )


def headline_names(title: str) -> frozenset[str]:
    """The capitalised words of a headline, casefolded; in German all nouns, so names are one condition of several."""
    return frozenset(word.casefold() for word in NAME_PATTERN.findall(title))
