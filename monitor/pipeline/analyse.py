"""Articles of a poll, analysed before the write lock is taken: keys, matches, facts.

The work grows with the length of what a feed sends, so nothing is locked meanwhile. It decides and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.dedupe.keys import article_keys, article_site
from monitor.core.dedupe.prefilter import word_filter
from monitor.core.facts.extract import extract_facts
from monitor.core.match.engine import match_article
from monitor.core.model.articles import Article, ArticleKeys, Fact, Match, Recognition
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.boilerplate import paragraph_patterns
from monitor.core.text.extent import head, is_long
from monitor.pipeline.context import PollResult
from monitor.store.store import Store

MAX_UNCHECKED_ARTICLES = 3  # articles: to match one takes 0.14 ms, to ask what is known of them 0.45
MAX_SHARED_TURN_LENGTH = 500_000  # characters of all articles of a poll: a second of CPU


class NewArticle(NamedTuple):
    """An article whose wording the archive does not know, with what was derived from it before the write lock."""

    article: Article
    keys: ArticleKeys
    matches: tuple[Match, ...]
    text_analysis: TextAnalysis
    facts: tuple[Fact, ...] = ()
    forms: tuple[str, ...] = ()  # of its paragraphs, to learn what its host repeats


class PollAnalysis(NamedTuple):
    """What was derived from a poll before the write lock; known_count: entries left out because they are known."""

    now: datetime
    new_articles: Sequence[NewArticle]
    known_count: int
    comparisons: Comparisons


def is_large_poll(result: PollResult) -> bool:
    """Whether the analysis takes so long that the polls of other feeds must not wait for it."""
    return sum(len(one.body) + len(one.lead) for one in result.articles) > MAX_SHARED_TURN_LENGTH


def analyse_poll(result: PollResult, store: Store, now: datetime) -> PollAnalysis:
    """Analyse the articles whose wording the archive may not know, oldest first (feeds list the newest first).

    Up to MAX_UNCHECKED_ARTICLES are matched without asking the archive: next to entries that were removed as known,
    the others are new as a rule, and the archive is asked again under the write lock anyway.
    """
    articles = result.articles
    if not articles:
        return PollAnalysis(now, [], result.known, Comparisons())
    analyses = [TextAnalysis() for _ in articles]
    keys = list(map(article_keys, articles, analyses))
    learnt = cache(store.repeated_paragraphs.repeated_forms)
    ask = len(articles) > MAX_UNCHECKED_ARTICLES
    recognitions = store.polls.recognise(result.source.name, keys) if ask else [Recognition() for _ in articles]
    new = [
        prepare_article(
            article,
            key,
            match_article(result.settings.ruleset, article, learnt(article_site(article)), text_analysis),
            text_analysis,
            now,
        )
        for article, key, recognition, text_analysis in reversed(
            list(zip(articles, keys, recognitions, analyses, strict=True))
        )
        if recognition.article is None or recognition.changed
    ]
    return PollAnalysis(now, new, result.known + len(articles) - len(new), Comparisons())


def prepare_article(
    article: Article, keys: ArticleKeys, matches: tuple[Match, ...], text_analysis: TextAnalysis, now: datetime
) -> NewArticle:
    """Add what is derived from an article besides its keys and matches."""
    if is_long(article):
        word_filter(article.title, head(article.body or article.lead), text_analysis)  # kept in the analysis
    facts = extract_facts(article, now, analysis=text_analysis) if matches else ()
    return NewArticle(article, keys, matches, text_analysis, facts, paragraph_patterns(article.body))
