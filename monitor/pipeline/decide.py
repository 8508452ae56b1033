"""Articles of a visit: analysed before the write lock is taken, decided about under it.

Folding, keys, matching and facts take a time in proportion to what a feed sends; under the lock only what the archive
says is asked and compared, and of one article no more than core/dedupe/comparisons.py has room for. It stores nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import cast

from monitor.core.alerts import policy
from monitor.core.dedupe import keys as identity
from monitor.core.dedupe import revisions, stories
from monitor.core.dedupe.comparisons import Comparisons, weight
from monitor.core.dedupe.prefilter import word_filter
from monitor.core.dedupe.revisions import Revision
from monitor.core.dedupe.urls import is_opaque, url_host
from monitor.core.facts import extract
from monitor.core.match import engine
from monitor.core.model.alerts import Intent
from monitor.core.model.articles import Article, ArticleKeys, Candidate, Match, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision, Source
from monitor.core.text import boilerplate
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.extent import head, is_long
from monitor.pipeline.context import NewArticle, PollAnalysis, PollResult, decision_context
from monitor.store import IngestTransaction, Store

MIN_FULL_TEXT_LENGTH = 600  # characters; a feed that gives more gives enough


def needs_full_text(article: Article, source: Source) -> bool:
    """Whether the page of a new article is worth reading."""
    if source.full_text == "never" or not url_host(article.url) or is_opaque(article.url):
        return False
    return len(article.body or article.lead) < MIN_FULL_TEXT_LENGTH or source.full_text == "always"


# Copies of a story are looked for among the articles of this long: no wire story is known to be re-spun later
DUPLICATE_WINDOW = timedelta(hours=72)
MAX_UNCHECKED_ARTICLES = 3  # articles: to match one takes 0.14 ms, to ask what is known of them 0.45
SAME_FACTS_WINDOW = timedelta(hours=48)  # in which the same figures are the same story
MAX_SHARED_TURN_LENGTH = 500_000  # characters of all articles of a visit: a second of CPU


class ComparisonsPending(Exception):
    """Long texts are to be compared before the turn can be taken: nothing of it is kept but its analysis."""

    def __init__(self, analysis: PollAnalysis) -> None:
        super().__init__("long texts are to be compared first")
        self.analysis = analysis


def is_large_poll(visit: PollResult) -> bool:
    """Whether to analyse a visit takes so long that the turns of other feeds must not wait for it."""
    return sum(len(one.body) + len(one.lead) for one in visit.articles) > MAX_SHARED_TURN_LENGTH


def analyse_poll(visit: PollResult, store: Store, now: datetime) -> PollAnalysis:
    """The articles the archive may not know in these words, with all that is worked out of them, oldest first.

    Feeds list the newest first. Nothing is locked meanwhile. A few are matched, known or not: what an entry among
    others that were seen brings is new as a rule, and the turn asks anyway.
    """
    articles = visit.articles
    if not articles:
        return PollAnalysis(now, [], visit.known, Comparisons())
    sheets = [TextAnalysis() for _ in articles]
    keys = list(map(identity.article_keys, articles, sheets))
    learnt = cache(store.repeated_paragraphs.repeated_forms)
    many = len(articles) > MAX_UNCHECKED_ARTICLES
    sightings = store.polls.recognise(visit.source.name, keys) if many else [Recognition() for _ in articles]
    unseen = [
        prepare_article(
            article,
            key,
            engine.match_article(visit.settings.ruleset, article, learnt(identity.article_site(article)), sheet),
            sheet,
            now,
        )
        for article, key, sighting, sheet in reversed(list(zip(articles, keys, sightings, sheets, strict=True)))
        if sighting.article is None or sighting.changed
    ]
    return PollAnalysis(now, unseen, visit.known + len(articles) - len(unseen), Comparisons())


def prepare_article(
    article: Article, keys: ArticleKeys, matches: tuple[Match, ...], text_analysis: TextAnalysis, now: datetime
) -> NewArticle:
    """What is worked out of an article besides its keys and matches."""
    if is_long(article):
        word_filter(article.title, head(article.body or article.lead), text_analysis)  # remembered for the turn
    facts = extract.extract_facts(article, now, analysis=text_analysis) if matches else ()
    return NewArticle(article, keys, matches, text_analysis, facts, boilerplate.paragraph_patterns(article.body))


def decide_articles(turn: IngestTransaction, visit: PollResult, analysis: PollAnalysis) -> list[ArticleDecision]:
    """Add the articles that are new under the write lock too, with what was decided about each. Raises Unsettled."""
    findings = []
    if analysis.new_articles:
        turn.prepare([one.keys for one in analysis.new_articles], analysis.now - DUPLICATE_WINDOW)
    for one in analysis.new_articles:
        finding = decide_article(turn, visit, one, analysis)
        if finding and turn.store_article(finding, analysis.now) is not None:
            findings.append(finding)
    if analysis.comparisons.open:
        raise ComparisonsPending(analysis)
    return findings


def decide_article(
    turn: IngestTransaction, visit: PollResult, one: NewArticle, analysis: PollAnalysis
) -> ArticleDecision | None:
    """All decisions about one article, asked again under the write lock; None if it became known meanwhile."""
    article, keys, matches, facts, now = one.article, one.keys, one.matches, one.facts, analysis.now
    analysis.comparisons.begin()
    sighting = turn.recognise([keys])[0]
    if sighting.changed and has_another_article(turn, article, keys, sighting, analysis):
        keys = replace(keys, identity=f"{keys.identity}#{keys.content}")  # one name for two: the text tells them apart
        sighting = turn.recognise([keys], strictly=True)[0]
    if sighting.article is not None and not sighting.changed:
        return None
    kin = relate_article(turn, one._replace(keys=keys), sighting, analysis)
    if kin.relation is Relation.NEW and facts:
        others = turn.articles_with_facts([found.watch for found in matches], now - SAME_FACTS_WINDOW)
        kin = stories.same_facts(article.title, facts, others) or kin
    intents = decide_alerts(turn, visit, article, kin, matches, analysis)
    new = kin.relation is Relation.NEW
    wanted = new and not visit.baseline and needs_full_text(article, visit.source)
    return ArticleDecision(article, keys, sighting, kin, matches, intents, facts, wanted, one.forms if new else ())


def has_another_article(
    turn: IngestTransaction, article: Article, keys: ArticleKeys, sighting: Recognition, analysis: PollAnalysis
) -> bool:
    """Whether an article under a stored one's name is another one."""
    if sighting.article is None:
        return False
    old = turn.load_article(sighting.article)
    name = ("another", keys, old.article, old.keys)
    return analysis.comparisons.made(
        name, comparison_weight(article, old), partial(stories.is_another_article, article, old), False
    )


def comparison_weight(article: Article, other: Candidate) -> int:
    """How many bytes are read to compare an article with a stored one."""
    return weight(article.body or article.lead) + weight(other.body)


def relate_article(
    turn: IngestTransaction, one: NewArticle, sighting: Recognition, analysis: PollAnalysis
) -> StoryRelation:
    """What the article is to the known stories."""
    if sighting.article is not None:
        reason = f"article #{sighting.article} with other words"
        return StoryRelation(Relation.VERSION, reason, story=sighting.story, article=sighting.article)
    candidates = turn.candidates(one.keys, analysis.now - DUPLICATE_WINDOW)
    return stories.find_duplicate(
        one.article, one.keys, candidates, analysis.now, one.text_analysis, analysis.comparisons
    )


def decide_alerts(
    turn: IngestTransaction,
    visit: PollResult,
    article: Article,
    kin: StoryRelation,
    matches: tuple[Match, ...],
    analysis: PollAnalysis,
) -> tuple[Intent, ...]:
    """Whom to tell of the matches, given what was told before.

    A watch that matched an earlier wording was decided about then: an edit that changes a price or an advertisement
    must not tell of it, not even where it was not told at first sight of the feed.
    """
    if not matches:
        return ()
    now, fresh, older, changed = analysis.now, matches, list[Match](), None
    if kin.relation is Relation.VERSION and kin.article is not None:
        old = turn.load_article(kin.article)
        if old.pruned:
            return ()  # an old article is rendered again: nobody can say what changed, and it is no news
        known = turn.matched(kin.article)
        fresh = tuple(found for found in matches if found.watch not in known)
        older = [found for found in matches if found.watch in known]
        changed = compare_wordings(old, article, analysis) if len(fresh) < len(matches) else None
    seen = replace(
        decision_context(turn, visit.settings, article, kin, [found.watch for found in matches], now),
        baseline=visit.baseline,
        backfill=visit.backfill > timedelta(0) and (article.published_at or now) >= now - visit.backfill,
    )
    told = policy.decide_intents(fresh, visit.settings.routes, seen)
    if changed is None:
        return told
    later = replace(seen, changed=True, corrects=changed.corrects, times=turn.alert_counts(kin.story))
    again = policy.decide_intents(older, visit.settings.routes, later)
    word = "correction" if changed.corrects else "update"
    return told + tuple(replace(one, revised=word, sentence=changed.sentence) for one in again)


def compare_wordings(old: Candidate, article: Article, analysis: PollAnalysis) -> Revision | None:
    """What is news in the new wording."""
    name, nothing = ("change", article, old.article, old.keys), cast(Revision | None, None)
    return analysis.comparisons.made(
        name, comparison_weight(article, old), partial(revisions.find_revision, old, article), nothing
    )
