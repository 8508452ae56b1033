"""Matching, keys, facts and comparisons of a single article, which is analysed for each call."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.core.dedupe import edits, keys, stories
from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.dedupe.edits import EditDecision, EditKind
from monitor.core.dedupe.listed_entries import NOTHING_LISTED
from monitor.core.dedupe.prefilter import WordFilters, filter_from_hashes
from monitor.core.dedupe.wording import read_wording
from monitor.core.dedupe.wording_cache import WordingCache
from monitor.core.facts import extract
from monitor.core.match import engine, match_trace
from monitor.core.match.article_text import ArticleText, blank_blocks
from monitor.core.match.engine import MatchVerdict, RuleSet
from monitor.core.match.match_trace import WatchTrace
from monitor.core.match.replay import Stored
from monitor.core.model.articles import Article, ArticleKeys, Candidate, Fact, Match, StoryRelation
from monitor.core.text import boilerplate, prices
from monitor.core.text.analysis import analyse_article, analyse_fields
from monitor.core.text.normalize import fold_with_offsets


def open_comparisons(filters: WordFilters | None = None) -> Comparisons:
    """Comparisons of one poll, with word filters of their own."""
    return Comparisons(filters or WordFilters(threading.Lock()), WordingCache(threading.Lock()))


def unbounded_comparisons() -> Comparisons:
    """Comparisons that are all made at once."""
    return Comparisons(WordFilters(threading.Lock()), WordingCache(threading.Lock()), room=1 << 62)


def article_text(article: Article, repeated: Collection[str] = ()) -> ArticleText:
    return ArticleText(analyse_fields(article, repeated))


def cleared_body(article: Article) -> str:
    """The body as it is matched."""
    fields = analyse_fields(article, ())
    return blank_blocks(fields.body.text, fields.hidden)


def match_article(rules: RuleSet, article: Article, repeated: Collection[str] = ()) -> tuple[Match, ...]:
    return engine.match_article(rules, analyse_fields(article, repeated))


def examine_watch(rules: RuleSet, watch: str, article: Article) -> MatchVerdict:
    return engine.examine_watch(rules, watch, analyse_fields(article, ()))


def trace_watches(rules: RuleSet, article: Article, repeated: Collection[str] = ()) -> tuple[WatchTrace, ...]:
    return match_trace.trace_watches(rules, analyse_fields(article, repeated))


def find_near_misses(rules: RuleSet, article: Article, repeated: Collection[str] = ()) -> tuple[WatchTrace, ...]:
    return match_trace.find_near_misses(rules, analyse_fields(article, repeated))


def matching_watches(rules: RuleSet, stored: Stored) -> list[str]:
    """The names of the watches that match a stored article."""
    return [found.watch for found in match_article(rules, stored.article)]


def article_keys(article: Article) -> ArticleKeys:
    return keys.article_keys(analyse_article(article, ()))


def extract_facts(article: Article, now: datetime) -> tuple[Fact, ...]:
    return extract.extract_facts(analyse_article(article, ()), now)


def mask_prices(text: str) -> str:
    return prices.mask_prices(fold_with_offsets(text))


def extract_prose(text: str) -> str:
    return boilerplate.extract_prose(text, boilerplate.find_boilerplate(text))


def find_duplicate(
    article: Article, names: ArticleKeys, candidates: Sequence[Candidate], now: datetime
) -> StoryRelation:
    analysis = analyse_article(article, ())
    made = filter_from_hashes(keys.fingerprint_article(analysis).word_hashes)
    compared = stories.ComparedArticle(article, names, made, NOTHING_LISTED)
    return stories.find_duplicate(compared, candidates, now, unbounded_comparisons())


def decide_edit(old: Candidate, article: Article) -> EditDecision:
    new = WordingIndex(read_wording(article.title, article.body or article.lead))
    return edits.decide_edit(new, WordingIndex(read_wording(old.title, old.body)))


def is_another_article(article: Article, other: Candidate) -> bool:
    return not keys.is_filing(article.guid) and decide_edit(other, article).kind is EditKind.ANOTHER
