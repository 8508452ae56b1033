"""An archive in a dictionary that answers the questions of a decision, and articles to decide about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from monitor.core.alerts.policy import WatchAddress
from monitor.core.decide import AnalysedArticle, DecisionSettings, decide
from monitor.core.dedupe.keys import fingerprint_article
from monitor.core.dedupe.stories import fact_keys
from monitor.core.facts.extract import extract_facts
from monitor.core.match.engine import Watch, compile_rules, match_article
from monitor.core.model.alerts import Address, DeliveryState, Intent, Mute, PastAlert, Reason, Route
from monitor.core.model.articles import (
    Article,
    ArticleFacts,
    ArticleKeys,
    Candidate,
    Recognition,
)
from monitor.core.model.polling import ArticleDecision
from monitor.core.text.analysis import analyse_article
from tests.analysed import open_comparisons

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SLACK, MAIL = Address("slack", ""), Address("mail", "anna@example.org")
RULES = compile_rules([Watch("H200", any=("H200",)), Watch("Qwen", any=("Qwen",))])
SETTINGS = DecisionSettings({name: Route(name, (SLACK,)) for name in ("H200", "Qwen")})
TEXT = (
    "Die Behörde in Peking erlaubt mehreren Konzernen den Kauf von 400.000 Chips der Reihe H200. Das teilte sie am "
    "Montag mit. Die Lieferung beginnt im Herbst und dauert bis in das kommende Jahr, sagte ein Sprecher. Der "
    "Hersteller äußerte sich dazu nicht. Analysten hatten mit einer Entscheidung erst im Winter gerechnet, denn die "
    "Verhandlungen zwischen beiden Regierungen galten als festgefahren und wurden im Juli ohne Ergebnis vertagt."
)
STORY = Article("first", "Peking erlaubt den Kauf von H200", "https://first.example/a", "a", body=TEXT)


def past_alert(intent: Intent, now: datetime, state: DeliveryState = DeliveryState.SENT) -> PastAlert:
    """An alert as the archive has it later."""
    return PastAlert(intent.watch, intent.address, intent.reason, state, now, intent.at, intent.revised)


@dataclass
class Archive:
    """Decisions that were stored, as the history of the next one."""

    stored: dict[int, ArticleDecision] = field(default_factory=dict)
    wordings: set[tuple[int, str]] = field(default_factory=set)
    at: dict[int, datetime] = field(default_factory=dict)
    sent: list[tuple[int, PastAlert]] = field(default_factory=list)  # story and alert
    mutes: list[Mute] = field(default_factory=list)
    pruned: set[int] = field(default_factory=set)
    watches: dict[int, set[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def store(self, decision: ArticleDecision | None, now: datetime = NOW) -> ArticleDecision:
        """Keep a decision, as a transaction would."""
        assert decision is not None
        number = decision.recognition.article or len(self.stored) + 1
        story = decision.story_relation.story or number
        kept = replace(decision, story_relation=replace(decision.story_relation, story=story))
        self.stored[number] = kept
        self.at.setdefault(number, now)
        self.wordings.add((number, decision.keys.content))
        self.watches.setdefault(number, set()).update(found.watch for found in decision.matches)
        self.sent += [(story, past_alert(one, now)) for one in decision.intents if one.at]
        return decision

    def recognise(self, keys: Sequence[ArticleKeys], *, strictly: bool = False) -> list[Recognition]:
        return [self.recognise_one(one) for one in keys]

    def recognise_one(self, keys: ArticleKeys) -> Recognition:
        for number, kept in self.stored.items():
            if kept.keys.identity == keys.identity:
                changed = (number, keys.content) not in self.wordings or kept.keys.title != keys.title
                return Recognition(number, kept.story_relation.story, changed)
        return Recognition()

    def load_article(self, number: int) -> Candidate:
        self.asked.append("load_article")
        kept = self.stored[number]
        body, story = kept.article.body or kept.article.lead, kept.story_relation.story or 0
        keys = replace(kept.keys, sketch=())
        pruned = number in self.pruned
        return Candidate(number, story, kept.article.source, keys, kept.article.title, body, self.at[number], pruned)

    def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]:
        return [self.load_article(number) for number in self.stored if self.at[number] >= since]

    def articles_with_facts(self, watches: Collection[str], since: datetime) -> list[ArticleFacts]:
        return [
            ArticleFacts(number, kept.story_relation.story or 0, kept.article.title, fact_keys(kept.facts))
            for number, kept in self.stored.items()
            if self.at[number] >= since and self.watches[number] & set(watches)
        ]

    def matched(self, number: int) -> frozenset[str]:
        return frozenset(self.watches[number])

    def story_articles(self, number: int) -> list[Candidate]:
        return [self.load_article(one) for one, kept in self.stored.items() if kept.story_relation.story == number]

    def alerts_of_story(self, number: int) -> Sequence[PastAlert]:
        return [one for story, one in self.sent if story == number]

    def recent_alert_counts(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, int]:
        keys = [(one.watch, one.address) for _, one in self.sent if one.decided_at >= since]
        return {key: keys.count(key) for key in keys if key[0] in watches}

    def last_alert_times(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, datetime]:
        recent = [one for _, one in self.sent if one.decided_at >= since and one.watch in watches]
        return {(one.watch, one.address): one.due_at for one in recent if one.due_at}

    def active_mutes(self, now: datetime) -> Collection[Mute]:
        return self.mutes


def analysed(article: Article, now: datetime = NOW, page_of: Recognition = Recognition()) -> AnalysedArticle:  # noqa: B008
    analysis = analyse_article(article, ())
    (keys, hashes), matches = fingerprint_article(analysis), match_article(RULES, analysis.fields)
    facts = extract_facts(analysis, now) if matches else ()
    return AnalysedArticle(keys, analysis, hashes, matches, facts, ("a form",), page_of)


def decided(
    archive: Archive,
    article: Article,
    settings: DecisionSettings = SETTINGS,
    now: datetime = NOW,
    page_of: Recognition = Recognition(),  # noqa: B008
) -> ArticleDecision | None:
    return decide(analysed(article, now, page_of), archive, settings, open_comparisons(), now)


def reasons(decision: ArticleDecision | None) -> list[tuple[str, Reason, bool]]:
    """Watch, reason, and whether an alert is sent."""
    assert decision is not None
    return [(one.watch, one.reason, one.at is not None) for one in decision.intents]


def archive_with(*articles: Article) -> Archive:
    archive = Archive()
    for article in articles:
        archive.store(decided(archive, article))
    archive.asked.clear()
    return archive


def sent_at(at: datetime) -> PastAlert:
    return past_alert(Intent("H200", SLACK, Reason.MATCHED, at=at), at)
