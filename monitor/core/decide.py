"""Every decision about one article: known or new, its story, what an edit brings, who is alerted, and when.

decide() is pure: it asks a History what the archive knows and returns an ArticleDecision. Polls, pushes and the pages
behind teasers all call it, under the write lock. It stores nothing, and knows no database and no rules file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from monitor.core.alerts.policy import FLOOD_WINDOW, DecisionContext, WatchAddress, decide_intents
from monitor.core.dedupe import stories
from monitor.core.dedupe.comparisons import Comparisons, weight
from monitor.core.dedupe.edits import EditDecision, EditKind, announces_correction, decide_edit, show_change
from monitor.core.dedupe.keys import is_filing
from monitor.core.dedupe.listed_entries import NOTHING_LISTED, ListedEntries
from monitor.core.dedupe.prefilter import filter_from_hashes
from monitor.core.dedupe.repeats import says_nothing_new
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

MIN_FULL_TEXT_LENGTH = 600  # characters; for a longer text of the feed the page is not fetched
DUPLICATE_WINDOW = timedelta(hours=72)  # in which copies are searched: no wire story is known to be re-spun later
SAME_FACTS_WINDOW = timedelta(hours=48)  # in which the same figures are the same story
MAX_SENTENCE_LENGTH = 240  # characters of the sentence of an edit that is shown
LAST_ALERT_WINDOW = timedelta(days=8)  # in which a watch's last alert is searched; a throttle is at most a week


UNKNOWN = Recognition()


class History(Protocol):
    """What the archive knows, added articles and alerts included. `since` bounds the time that an answer covers."""

    def recognise(self, keys: Sequence[ArticleKeys], *, strictly: bool = False) -> list[Recognition]: ...
    def load_article(self, number: int) -> Candidate: ...
    def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]: ...
    def articles_with_facts(self, watches: Collection[str], since: datetime) -> list[ArticleFacts]: ...
    def matched(self, number: int) -> frozenset[str]: ...
    def story_articles(self, number: int) -> list[Candidate]: ...
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
    listed: ListedEntries = NOTHING_LISTED  # by the document that brought the article
    matcher: Callable[[Article], frozenset[str]] = lambda article: frozenset()  # the watches that match an article


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
    keys, recognition, edit = recognise(new, history, comparisons)
    if recognition.article is not None and not recognition.changed:
        return None
    named = replace(new, keys=keys)
    relation = relate(named, recognition, edit, history, settings, comparisons, now)
    intents = decide_alerts(new, relation, edit, history, settings, comparisons, now) if new.matches else ()
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


def recognise(
    new: AnalysedArticle, history: History, comparisons: Comparisons
) -> tuple[ArticleKeys, Recognition, Edit | None]:
    """What is stored of an article, its keys, and what an edit of it is.

    Two articles that share an id are separated by their content. The number of a filing is trusted, and its text never
    changes: another entry of it names another party.
    """
    if new.is_page:
        return new.keys, new.page_of, None
    [recognition] = history.recognise([new.keys])
    if recognition.article is None or not recognition.changed or is_filing(new.article.guid):
        return new.keys, recognition, None
    old = history.load_article(recognition.article)
    edit = find_edit(new, old, comparisons)
    if edit.decision.kind is not EditKind.ANOTHER:
        return new.keys, recognition, edit
    keys = replace(new.keys, identity=f"{new.keys.identity}#{new.keys.content}")
    return keys, history.recognise([keys], strictly=True)[0], None


def relate(
    new: AnalysedArticle,
    recognition: Recognition,
    edit: Edit | None,
    history: History,
    settings: DecisionSettings,
    comparisons: Comparisons,
    now: datetime,
) -> StoryRelation:
    """How the article relates to the known stories: a version, a duplicate, the same facts, or new."""
    if recognition.article is not None:
        reason = "the text of its page" if new.is_page else f"article #{recognition.article} with other words"
        reason = f"{reason}: {edit.decision.reason} ({edit.decision.rule})" if edit else reason
        return StoryRelation(Relation.VERSION, reason, story=recognition.story, article=recognition.article)
    compared = stories.ComparedArticle(new.article, new.keys, filter_from_hashes(new.word_hashes), settings.listed)
    candidates = history.candidates(new.keys, now - DUPLICATE_WINDOW)
    relation = stories.find_duplicate(compared, candidates, now, comparisons)
    if relation.relation is not Relation.NEW or not new.facts:
        return relation
    others = history.articles_with_facts([found.watch for found in new.matches], now - SAME_FACTS_WINDOW)
    same = stories.same_facts(new.article.title, new.facts, others)
    if same is None or same.article is None:
        return relation
    other = history.load_article(same.article)
    decision = stories.compare_articles(compared, other, now, comparisons, recurring=False)
    if decision.silent:
        return replace(same, reason=f"{same.reason} ({decision.rule})")
    return replace(relation, reason=f"the figures of #{same.article}, but {decision.reason} ({decision.rule})")


def decide_alerts(
    new: AnalysedArticle,
    relation: StoryRelation,
    edit: Edit | None,
    history: History,
    settings: DecisionSettings,
    comparisons: Comparisons,
    now: datetime,
) -> tuple[Intent, ...]:
    """The alerts for the matches, given what was alerted before.

    A watch that matched an earlier wording was decided about then, or would have been, had it been in the rules. An
    edit of a price or an advertisement must not alert it again, even where the article came with the feed's first poll
    and was not alerted; nor must its page.
    """
    known = frozenset[str]()
    if relation.article is not None and relation.relation is Relation.VERSION:
        if edit and edit.old.pruned:
            return ()  # its old text is deleted, so what changed is unknown, and it is no news
        known = history.matched(relation.article)
        if edit and any(found.watch not in known for found in new.matches):
            known |= settings.matcher(earlier_wording(new.article, edit.old))
    context = decision_context(new, relation, history, settings, now)
    if edit is None or not edit.is_news or is_said_in_story(new, relation, history, comparisons):
        return decide_intents([found for found in new.matches if found.watch not in known], settings.routes, context)
    context = replace(context, known=known, corrected=edit.corrects)
    intents = decide_intents(new.matches, settings.routes, context)
    sentence = edit.sentence(new.article)
    return tuple(replace(one, sentence=sentence) if one.watch in known else one for one in intents)


def earlier_wording(article: Article, old: Candidate) -> Article:
    """An article as it was worded before."""
    return replace(article, title=old.title, body=old.body, lead="")


def is_said_in_story(new: AnalysedArticle, relation: StoryRelation, history: History, comparisons: Comparisons) -> bool:
    """Whether another article of the story says all that an edited one says now: the same wording is alerted once."""
    if relation.story is None:
        return False
    find, article = comparisons.wordings.find, new.article
    others = [other for other in history.story_articles(relation.story) if other.article != relation.article]
    size = sum(weight(other.body) for other in others) + weight(article.body or article.lead)

    def compare() -> bool:
        known = [find(other.title, other.body) for other in others]
        return says_nothing_new(find(article.title, article.body or article.lead), known) is not None

    name = ("said", new.keys, *((other.article, other.keys) for other in others))
    return bool(others) and comparisons.made(name, size, compare, False)


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
        corrects=announces_correction(article.title, article.body),
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of a stored article: its last wording, and what the new one is beside it."""

    old: Candidate
    decision: EditDecision

    @property
    def is_news(self) -> bool:
        """Whether the edit says something new."""
        return self.decision.kind in (EditKind.UPDATE, EditKind.CORRECTION)

    @property
    def corrects(self) -> bool:
        """Whether the edit takes something back."""
        return self.decision.kind is EditKind.CORRECTION

    def sentence(self, article: Article) -> str:
        """What was exchanged, and the new sentence, on one line."""
        text = article.body or article.lead
        shown = self.decision.new
        place = article.title if self.decision.in_headline else text
        sentence = " ".join((place[shown.start : shown.end] if shown else article.title).split())
        change = show_change(self.decision, (self.old.title, self.old.body), (article.title, text))
        line = f"{change}: {sentence}" if change else sentence
        return line if len(line) <= MAX_SENTENCE_LENGTH else line[: MAX_SENTENCE_LENGTH - 1].rstrip() + "…"


NOT_COMPARED = EditDecision(EditKind.STYLE, "not compared", "the texts are compared later", None, None, False)


def find_edit(new: AnalysedArticle, old: Candidate, comparisons: Comparisons) -> Edit:
    """What the new wording of a stored article is, as far as there is room for the bytes that are read."""
    find, article = comparisons.wordings.find, new.article
    text = article.body or article.lead

    def compare() -> EditDecision:
        return decide_edit(find(article.title, text), find(old.title, old.body))

    name = ("edit", article, old.article, old.keys, old.title)
    return Edit(old, comparisons.made(name, weight(text) + weight(old.body), compare, NOT_COMPARED))
