"""Decisions about the articles of a poll, made under the write lock: recognised, related to stories, alerted.

Only what the archive says is asked and compared here; `analyse.py` did the rest before the lock. An article is compared
with no more than `core/dedupe/comparisons.py` has room for. It stores nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from monitor.core.alerts import policy
from monitor.core.dedupe import revisions, stories
from monitor.core.dedupe.comparisons import weight
from monitor.core.dedupe.revisions import Revision
from monitor.core.dedupe.urls import is_opaque, url_host
from monitor.core.model.alerts import Intent
from monitor.core.model.articles import Article, ArticleKeys, Candidate, Match, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision, Source
from monitor.pipeline.analyse import NewArticle, PollAnalysis
from monitor.pipeline.context import PollResult, decision_context
from monitor.store.ingest_transaction import IngestTransaction

MIN_FULL_TEXT_LENGTH = 600  # characters; for a longer text of the feed the page is not fetched
DUPLICATE_WINDOW = timedelta(hours=72)  # in which copies are searched: no wire story is known to be re-spun later
SAME_FACTS_WINDOW = timedelta(hours=48)  # in which the same figures are the same story


class ComparisonsPending(Exception):
    """Long texts must be compared outside the lock first. Of the transaction only its analysis is kept."""

    def __init__(self, analysis: PollAnalysis) -> None:
        super().__init__("long texts are to be compared first")
        self.analysis = analysis


def needs_full_text(article: Article, source: Source) -> bool:
    """Whether to fetch the page of a new article: where the source wants it, or the feed's text is short."""
    if source.full_text == "never" or not url_host(article.url) or is_opaque(article.url):
        return False
    return len(article.body or article.lead) < MIN_FULL_TEXT_LENGTH or source.full_text == "always"


def decide_articles(turn: IngestTransaction, result: PollResult, analysis: PollAnalysis) -> list[ArticleDecision]:
    """Decide about and add the articles that are new under the lock too. Raises ComparisonsPending."""
    findings = []
    if analysis.new_articles:
        turn.prepare([one.keys for one in analysis.new_articles], analysis.now - DUPLICATE_WINDOW)
    for one in analysis.new_articles:
        finding = decide_article(turn, result, one, analysis)
        if finding and turn.store_article(finding, analysis.now) is not None:
            findings.append(finding)
    if analysis.comparisons.open:
        raise ComparisonsPending(analysis)
    return findings


def decide_article(
    turn: IngestTransaction, result: PollResult, one: NewArticle, analysis: PollAnalysis
) -> ArticleDecision | None:
    """All decisions about one article; None where another process stored the same wording meanwhile."""
    article, keys, matches, facts, now = one.article, one.keys, one.matches, one.facts, analysis.now
    analysis.comparisons.begin()
    recognition = turn.recognise([keys])[0]
    if recognition.changed and has_another_article(turn, article, keys, recognition, analysis):
        keys = replace(keys, identity=f"{keys.identity}#{keys.content}")  # two share an id: the content separates them
        recognition = turn.recognise([keys], strictly=True)[0]
    if recognition.article is not None and not recognition.changed:
        return None
    relation = relate_article(turn, one._replace(keys=keys), recognition, analysis)
    if relation.relation is Relation.NEW and facts:
        others = turn.articles_with_facts([found.watch for found in matches], now - SAME_FACTS_WINDOW)
        relation = stories.same_facts(article.title, facts, others) or relation
    intents = decide_alerts(turn, result, article, relation, matches, analysis)
    new = relation.relation is Relation.NEW
    wanted = new and not result.baseline and needs_full_text(article, result.source)
    forms = one.forms if new else ()
    return ArticleDecision(article, keys, recognition, relation, matches, intents, facts, wanted, forms)


def has_another_article(
    turn: IngestTransaction, article: Article, keys: ArticleKeys, recognition: Recognition, analysis: PollAnalysis
) -> bool:
    """Whether the stored article of the same identity is another article (a feed that reuses its ids)."""
    if recognition.article is None:
        return False
    old = turn.load_article(recognition.article)
    name = ("another", keys, old.article, old.keys)
    return analysis.comparisons.made(
        name, comparison_weight(article, old), partial(stories.is_another_article, article, old), False
    )


def comparison_weight(article: Article, other: Candidate) -> int:
    """The bytes that a comparison with a stored article reads."""
    return weight(article.body or article.lead) + weight(other.body)


def relate_article(
    turn: IngestTransaction, one: NewArticle, recognition: Recognition, analysis: PollAnalysis
) -> StoryRelation:
    """How the article relates to the known stories: a version, a duplicate, or new."""
    if recognition.article is not None:
        reason = f"article #{recognition.article} with other words"
        return StoryRelation(Relation.VERSION, reason, story=recognition.story, article=recognition.article)
    candidates = turn.candidates(one.keys, analysis.now - DUPLICATE_WINDOW)
    return stories.find_duplicate(
        one.article, one.keys, candidates, analysis.now, one.text_analysis, analysis.comparisons
    )


def decide_alerts(
    turn: IngestTransaction,
    result: PollResult,
    article: Article,
    relation: StoryRelation,
    matches: tuple[Match, ...],
    analysis: PollAnalysis,
) -> tuple[Intent, ...]:
    """The alerts for the matches, given what was alerted before.

    A watch that matched an earlier wording was decided about then. An edit of a price or an advertisement must not
    alert it again, even where the article came with the feed's first poll and was not alerted.
    """
    if not matches:
        return ()
    now, fresh, older, changed = analysis.now, matches, list[Match](), None
    if relation.relation is Relation.VERSION and relation.article is not None:
        old = turn.load_article(relation.article)
        if old.pruned:
            return ()  # its old text is deleted, so what changed is unknown, and it is no news
        known = turn.matched(relation.article)
        fresh = tuple(found for found in matches if found.watch not in known)
        older = [found for found in matches if found.watch in known]
        changed = compare_wordings(old, article, analysis) if len(fresh) < len(matches) else None
    seen = replace(
        decision_context(turn, result.settings, article, relation, [found.watch for found in matches], now),
        baseline=result.baseline,
        backfill=result.backfill > timedelta(0) and (article.published_at or now) >= now - result.backfill,
    )
    intents = policy.decide_intents(fresh, result.settings.routes, seen)
    if changed is None:
        return intents
    later = replace(seen, changed=True, corrects=changed.corrects, times=turn.alert_counts(relation.story))
    again = policy.decide_intents(older, result.settings.routes, later)
    word = "correction" if changed.corrects else "update"
    return intents + tuple(replace(one, revised=word, sentence=changed.sentence) for one in again)


def compare_wordings(old: Candidate, article: Article, analysis: PollAnalysis) -> Revision | None:
    """What is news in the new wording; None where nothing is."""
    name, nothing = ("change", article, old.article, old.keys), cast(Revision | None, None)
    return analysis.comparisons.made(
        name, comparison_weight(article, old), partial(revisions.find_revision, old, article), nothing
    )
