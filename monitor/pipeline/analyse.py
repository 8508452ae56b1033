"""Articles of a poll, analysed before the write lock is taken: keys, matches, facts.

The work grows with the length of what a feed sends, so nothing is locked meanwhile. It decides and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from monitor.core.decide import AnalysedArticle
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.dedupe.keys import Fingerprint, article_site, fingerprint_article
from monitor.core.dedupe.prefilter import filter_from_hashes
from monitor.core.facts.extract import extract_facts
from monitor.core.match.engine import RuleSet, match_article
from monitor.core.model.articles import Recognition
from monitor.core.text.analysis import ArticleAnalysis, analyse_article, hide_repeated
from monitor.core.text.boilerplate import paragraph_patterns
from monitor.core.text.extent import is_long
from monitor.pipeline.context import PollResult, TurnContext

MAX_UNCHECKED_ARTICLES = 3  # articles: to match one takes 0.14 ms, to ask what is known of them 0.45
MAX_SHARED_TURN_LENGTH = 500_000  # characters of all articles of a poll: a second of CPU


class PollAnalysis(NamedTuple):
    """What was derived from a poll before the write lock; known_count: entries left out because they are known."""

    now: datetime
    new_articles: Sequence[AnalysedArticle]
    known_count: int
    comparisons: Comparisons


def is_large_poll(result: PollResult) -> bool:
    """Whether the analysis takes so long that the polls of other feeds must not wait for it."""
    return sum(len(one.body) + len(one.lead) for one in result.articles) > MAX_SHARED_TURN_LENGTH


def analyse_poll(result: PollResult, tools: TurnContext, now: datetime) -> PollAnalysis:
    """Analyse the articles whose wording the archive may not know, oldest first (feeds list the newest first).

    Up to MAX_UNCHECKED_ARTICLES are matched without asking the archive: next to entries that were removed as known,
    the others are new as a rule, and the archive is asked again under the write lock anyway.
    """
    articles, store, comparisons = result.articles, tools.store, Comparisons(tools.filters)
    if not articles:
        return PollAnalysis(now, [], result.known, comparisons)
    analyses = [analyse_article(article, ()) for article in articles]
    prints = list(map(fingerprint_article, analyses))
    ask = len(articles) > MAX_UNCHECKED_ARTICLES
    recognitions = (
        store.polls.recognise(result.source.name, [one.keys for one in prints])
        if ask
        else [Recognition()] * len(prints)
    )
    repeated = cache(store.repeated_paragraphs.repeated_forms)
    new = [
        derive_article(hide_repeated(analysis, repeated(article_site(article))), found, result.settings.ruleset, now)
        for article, analysis, found, recognition in reversed(
            list(zip(articles, analyses, prints, recognitions, strict=True))
        )
        if recognition.article is None or recognition.changed
    ]
    for one in new:
        if is_long(one.article):
            tools.filters.add(one.article.title, one.analysis.compared.text, filter_from_hashes(one.word_hashes))
    return PollAnalysis(now, new, result.known + len(articles) - len(new), comparisons)


def derive_article(analysis: ArticleAnalysis, found: Fingerprint, ruleset: RuleSet, now: datetime) -> AnalysedArticle:
    """Match an article, and derive what else the decisions about it need."""
    matches = match_article(ruleset, analysis.fields)
    facts = extract_facts(analysis, now) if matches else ()
    forms = paragraph_patterns(analysis.fields.article.body)
    return AnalysedArticle(found.keys, analysis, found.word_hashes, matches, facts, forms)
