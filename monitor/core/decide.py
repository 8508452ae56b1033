"""Every decision about one article: known or new, its story, what an edit brings, who is alerted, and when.

decide() is pure: it asks a History what the archive knows and returns an ArticleDecision. Polls, pushes and the pages
behind teasers all call it, under the write lock. It stores nothing, and knows no database and no rules file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Protocol, TypeVar, cast

from monitor.core.alerts.policy import FLOOD_WINDOW, DecisionContext, WatchAddress, decide_intents
from monitor.core.dedupe import revisions, stories
from monitor.core.dedupe.comparisons import Comparisons, weight
from monitor.core.dedupe.prefilter import filter_from_hashes
from monitor.core.dedupe.revisions import Revision
from monitor.core.dedupe.urls import is_opaque, url_host
from monitor.core.model.alerts import Intent, Mute, PastAlert, QuietHours, Route
from monitor.core.model.articles import (
    Article,
    ArticleFacts,
    ArticleKeys,
    Candidate,
    Fact,
    Match,
    Recognition,
    Relation,
    StoryRelation,
)
from monitor.core.model.polling import ArticleDecision
from monitor.core.text.analysis import ArticleAnalysis

Answer = TypeVar("Answer")

MIN_FULL_TEXT_LENGTH = 600  # characters; for a longer text of the feed the page is not fetched
DUPLICATE_WINDOW = timedelta(hours=72)  # in which copies are searched: no wire story is known to be re-spun later
SAME_FACTS_WINDOW = timedelta(hours=48)  # in which the same figures are the same story
LAST_ALERT_WINDOW = timedelta(days=8)  # in which a watch's last alert is searched; a throttle is at most a week


UNKNOWN = Recognition()


class History(Protocol):
    """What the archive knows, added articles and alerts included. `since` bounds the time that an answer covers."""

    def recognise(self, keys: Sequence[ArticleKeys], *, strictly: bool = False) -> list[Recognition]: ...
    def load_article(self, number: int) -> Candidate: ...
    def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]: ...
    def articles_with_facts(self, watches: Collection[str], since: datetime) -> list[ArticleFacts]: ...
    def matched(self, number: int) -> frozenset[str]: ...
    def alerts_of_story(self, number: int) -> Sequence[PastAlert]: ...
    def recent_alert_counts(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, int]: ...
    def last_alert_times(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, datetime]: ...
    def active_mutes(self, now: datetime) -> Collection[Mute]: ...


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """What a decision needs of the rules in force and of the feed that brought the article."""

    routes: Mapping[str, Route] = field(default_factory=dict)  # by watch
    zone: tzinfo = UTC
    quiet: QuietHours | None = None
    baseline: bool = False  # the first poll of the feed
    backfill: timedelta = timedelta(0)  # age of articles that are alerted at the first poll
    full_text: str = "never"  # fetch the page of a teaser: auto, always, never


@dataclass(frozen=True, slots=True)
class AnalysedArticle:
    """An article with all that is derived from it without the archive."""

    keys: ArticleKeys
    analysis: ArticleAnalysis
    word_hashes: bytes  # of its compared words, for its word filter
    matches: tuple[Match, ...] = ()
    facts: tuple[Fact, ...] = ()
    forms: tuple[str, ...] = ()  # of its paragraphs, to learn what its host repeats
    page_of: Recognition = UNKNOWN  # the stored teaser whose page this is

    @property
    def article(self) -> Article:
        """The article itself."""
        return self.analysis.fields.article

    @property
    def is_page(self) -> bool:
        """Whether this is the page behind a stored teaser."""
        return self.page_of.article is not None


def needs_full_text(article: Article, full_text: str) -> bool:
    """Whether to fetch the page of a new article: where the feed wants it, or its text is short."""
    if full_text == "never" or not url_host(article.url) or is_opaque(article.url):
        return False
    return len(article.body or article.lead) < MIN_FULL_TEXT_LENGTH or full_text == "always"


def decide(
    new: AnalysedArticle, history: History, settings: DecisionSettings, comparisons: Comparisons, now: datetime
) -> ArticleDecision | None:
    """All decisions about one article; None where its wording is stored already.

    While a long comparison is open the decision is provisional, see Comparisons.
    """
    comparisons.begin()
    keys, recognition = recognise(new, history, comparisons)
    if recognition.article is not None and not recognition.changed:
        return None
    relation = relate(replace(new, keys=keys), recognition, history, comparisons, now)
    intents = decide_alerts(new, relation, history, settings, comparisons, now) if new.matches else ()
    is_new = relation.relation is Relation.NEW
    return ArticleDecision(
        new.article,
        keys,
        recognition,
        relation,
        new.matches,
        intents,
        new.facts,
        teaser=is_new and not settings.baseline and needs_full_text(new.article, settings.full_text),
        forms=new.forms if is_new else (),
    )


def recognise(new: AnalysedArticle, history: History, comparisons: Comparisons) -> tuple[ArticleKeys, Recognition]:
    """What is stored of an article, and its keys; two articles that share an id are separated by their content."""
    if new.is_page:
        return new.keys, new.page_of
    [recognition] = history.recognise([new.keys])
    if recognition.article is None or not recognition.changed:
        return new.keys, recognition
    if not is_another_article(new, history.load_article(recognition.article), comparisons):
        return new.keys, recognition
    keys = replace(new.keys, identity=f"{new.keys.identity}#{new.keys.content}")
    return keys, history.recognise([keys], strictly=True)[0]


def relate(
    new: AnalysedArticle, recognition: Recognition, history: History, comparisons: Comparisons, now: datetime
) -> StoryRelation:
    """How the article relates to the known stories: a version, a duplicate, the same facts, or new."""
    if recognition.article is not None:
        reason = "the text of its page" if new.is_page else f"article #{recognition.article} with other words"
        return StoryRelation(Relation.VERSION, reason, story=recognition.story, article=recognition.article)
    relation = find_duplicate(new, history.candidates(new.keys, now - DUPLICATE_WINDOW), comparisons, now)
    if relation.relation is not Relation.NEW or not new.facts:
        return relation
    others = history.articles_with_facts([found.watch for found in new.matches], now - SAME_FACTS_WINDOW)
    return stories.same_facts(new.article.title, new.facts, others) or relation


def decide_alerts(
    new: AnalysedArticle,
    relation: StoryRelation,
    history: History,
    settings: DecisionSettings,
    comparisons: Comparisons,
    now: datetime,
) -> tuple[Intent, ...]:
    """The alerts for the matches, given what was alerted before.

    A watch that matched an earlier wording was decided about then. An edit of a price or an advertisement must not
    alert it again, even where the article came with the feed's first poll and was not alerted; nor must its page.
    """
    known, changed = frozenset[str](), cast(Revision | None, None)
    if relation.article is not None and relation.relation is Relation.VERSION:
        old = None if new.is_page else history.load_article(relation.article)
        if old and old.pruned:
            return ()  # its old text is deleted, so what changed is unknown, and it is no news
        known = history.matched(relation.article)
        if old and any(found.watch in known for found in new.matches):
            changed = find_edit(new, old, comparisons)
    context = decision_context(new, relation, history, settings, now)
    if changed is None:
        fresh = [found for found in new.matches if found.watch not in known]
        return decide_intents(fresh, settings.routes, context)
    context = replace(context, known=known, corrected=changed.corrects)
    intents = decide_intents(new.matches, settings.routes, context)
    return tuple(replace(one, sentence=changed.sentence) if one.watch in known else one for one in intents)


def decision_context(
    new: AnalysedArticle, relation: StoryRelation, history: History, settings: DecisionSettings, now: datetime
) -> DecisionContext:
    """What the policies must know of earlier alerts, of mutes, and of the feed."""
    article, watches = new.article, [found.watch for found in new.matches]
    return DecisionContext(
        relation,
        now,
        past=history.alerts_of_story(relation.story) if relation.story is not None else (),
        baseline=settings.baseline,
        backfill=settings.backfill > timedelta(0) and (article.published_at or now) >= now - settings.backfill,
        feed=article.source,
        zone=settings.zone,
        quiet=settings.quiet,
        recent=history.recent_alert_counts(watches, now - FLOOD_WINDOW),
        last=history.last_alert_times(watches, now - LAST_ALERT_WINDOW),
        mutes=history.active_mutes(now),
        corrects=revisions.announces_correction(article.title, article.body),
    )


# The comparisons of texts: what a known article became, and which stored article a new one copies. Each is bounded.


def is_another_article(new: AnalysedArticle, old: Candidate, comparisons: Comparisons) -> bool:
    """Whether the stored article of the same identity is another article (a feed that reuses its ids)."""
    compare = partial(stories.is_another_article, new.analysis, old)
    return made_beside(new.article, old, ("another", new.keys), compare, False, comparisons)


def find_edit(new: AnalysedArticle, old: Candidate, comparisons: Comparisons) -> Revision | None:
    """What is news in the new wording; None where nothing is."""
    compare = partial(revisions.find_revision, old, new.keys, new.analysis)
    return made_beside(new.article, old, ("change", new.article), compare, None, comparisons)


def find_duplicate(
    new: AnalysedArticle, candidates: Sequence[Candidate], comparisons: Comparisons, now: datetime
) -> StoryRelation:
    """The stored article that a new one copies, as a relation to its story."""
    word_filter = filter_from_hashes(new.word_hashes if candidates else b"")
    if candidates:
        comparisons.filters.add(new.article.title, new.analysis.compared.text, word_filter)
    compared = stories.ComparedArticle(new.keys, new.analysis, word_filter)
    return stories.find_duplicate(compared, candidates, now, comparisons)


def made_beside(
    article: Article,
    old: Candidate,
    name: tuple[object, ...],
    compare: Callable[[], Answer],
    otherwise: Answer,
    comparisons: Comparisons,
) -> Answer:
    """The result of a comparison with a stored article, as far as there is room for the bytes that it reads."""
    size = weight(article.body or article.lead) + weight(old.body)
    return comparisons.made((*name, old.article, old.keys), size, compare, otherwise)
