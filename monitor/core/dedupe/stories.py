"""Find the stored article that a new one copies, among candidates; always with the rule and the reason in words.

`copies.py` decides about each pair; what the source says of the two (one feed, listed together, the same link) is put
together here. The module queries no database: it is handed candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from monitor.core.dedupe.compare.wording_pair import CopyDecision, PairContext
from monitor.core.dedupe.comparisons import Comparisons, weight
from monitor.core.dedupe.copies import decide_copy
from monitor.core.dedupe.keys import is_aggregated
from monitor.core.dedupe.listed_entries import ListedEntries
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

MIN_SHARED_SHINGLES, MIN_SHARED_PART = 8, 0.5  # three-word runs of two texts that are worth a comparison
MIN_SHARED_TITLE = 0.4  # of the words of the shorter headline
CACHED_WEIGHT = 300  # bytes; to compare two wordings that were read takes about as long as to read so much


@dataclass(frozen=True, slots=True)
class ComparedArticle:
    """A new article with what its comparisons need. listed: what its document lists."""

    article: Article
    keys: ArticleKeys
    word_filter: WordFilter
    listed: ListedEntries

    @property
    def text(self) -> str:
        """The text that is compared."""
        return self.article.body or self.article.lead


def find_duplicate(
    new: ComparedArticle, candidates: Sequence[Candidate], now: datetime, comparisons: Comparisons
) -> StoryRelation:
    """The relation of an article to candidates in order of likelihood; the first that it copies decides."""
    almost = ""
    recurring = has_recurring_headline(new, candidates)
    for other in candidates:
        if not is_worth_comparing(new, other, comparisons.filters):
            continue
        decision = compare_articles(new, other, now, comparisons, recurring=recurring)
        if decision.silent:
            reason = f"copy of #{other.article}: {decision.reason} ({decision.rule})"
            return StoryRelation(Relation.COPY, reason, other.story, other.article)
        almost = almost or f"like #{other.article}, but {decision.reason} ({decision.rule})"
    return StoryRelation(Relation.NEW, almost or "nothing like it among the latest articles")


NOT_COMPARED = CopyDecision(False, "not compared", "the texts are compared later")


def compare_articles(
    new: ComparedArticle, other: Candidate, now: datetime, comparisons: Comparisons, *, recurring: bool
) -> CopyDecision:
    """Whether a new article is silent beside a stored one, as far as there is room for the bytes that are read."""
    context = pair_context(new, other, now, recurring)
    size = sum(
        CACHED_WEIGHT if comparisons.wordings.holds(title, text) else weight(text)
        for title, text in ((new.article.title, new.text), (other.title, other.body))
    )
    name = ("copy", new.keys, other.article, other.keys)
    return comparisons.made(name, size, partial(_decide, new, other, context, comparisons), NOT_COMPARED)


def _decide(new: ComparedArticle, other: Candidate, context: PairContext, comparisons: Comparisons) -> CopyDecision:
    find = comparisons.wordings.find
    return decide_copy(find(new.article.title, new.text), find(other.title, other.body), context)


def pair_context(new: ComparedArticle, other: Candidate, now: datetime, recurring: bool) -> PairContext:
    """What the source says of two articles."""
    mine, theirs = new.keys, other.keys
    same_feed = new.article.source == other.source and not is_of_another_publisher(new, other)
    dated = mine.published and theirs.published
    age = mine.published - theirs.published if mine.published and theirs.published else now - other.first_seen_at
    listed = same_feed and new.listed.lists(theirs.identity)
    return PairContext(
        age=age,
        same_feed=same_feed,
        listed_together=listed,
        same_link=bool(mine.url) and mine.url == theirs.url,
        same_path=bool(mine.url and theirs.url) and urlsplit(mine.url)[2:] == urlsplit(theirs.url)[2:],
        same_date=bool(dated) and mine.published == theirs.published,
        old_listed=listed,
        formulaic=recurring,
    )


def is_of_another_publisher(new: ComparedArticle, other: Candidate) -> bool:
    """Whether an aggregator lists both articles, for two publishers: each of them is a feed of its own."""
    aggregated = is_aggregated(new.keys.identity) and is_aggregated(other.keys.identity)
    return aggregated and not other.title.endswith(f" - {new.article.author}")


def has_recurring_headline(new: ComparedArticle, candidates: Sequence[Candidate]) -> bool:
    """Whether two articles of one feed had this headline at different links: it is a form, and names no event.

    An aggregator lists one event for many publishers, so its articles do not count.
    """
    links: dict[str, set[str]] = {new.article.source: {new.keys.identity}}
    for other in candidates:
        if other.keys.title == new.keys.title and not is_aggregated(other.keys.identity):
            links.setdefault(other.source, set()).add(other.keys.identity)
    return any(len(found) > 1 for found in links.values())


def is_worth_comparing(new: ComparedArticle, other: Candidate, filters: WordFilters) -> bool:
    """Whether two articles share a key, enough of their headlines, or perhaps enough three-word runs (Broder 1997)."""
    if shares_key(new.keys, other.keys):
        return True
    mine, theirs = set(new.keys.title.split()), set(other.keys.title.split())
    if mine and theirs and len(mine & theirs) >= MIN_SHARED_TITLE * min(len(mine), len(theirs)):
        return True
    other_filter = filters.find(other.title, other.body)
    return new.word_filter.may_share(other_filter, MIN_SHARED_SHINGLES, MIN_SHARED_PART)


def shares_key(mine: ArticleKeys, theirs: ArticleKeys) -> bool:
    """Whether two articles have the same headline key, content hash, revision hash or URL."""
    pairs = ((mine.content, theirs.content), (mine.revision, theirs.revision), (mine.url, theirs.url))
    return mine.title == theirs.title or any(one and one == other for one, other in pairs)


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
