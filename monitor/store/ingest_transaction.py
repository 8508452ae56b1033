"""The transaction that ends a poll: articles, story links, matches, deliveries, HTTP validators, next poll.

A poll is stored as a whole or not at all. Queries run under the write lock, so that two polls at once cannot both find
an article new. What is new, and who is alerted, is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Update, bindparam, case, delete, select, update

from monitor.core.database_identity import Restored, doubtful
from monitor.core.dedupe.keys import article_site
from monitor.core.dedupe.listed_entries import NOTHING_LISTED, ListedEntries
from monitor.core.errors import StoreError
from monitor.core.model.alerts import DeliveryState, Intent, Mute, PastAlert
from monitor.core.model.articles import ArticleFacts, ArticleKeys, Candidate, Match, Recognition, Relation
from monitor.core.model.polling import ArticleDecision, Claim, PollEnd
from monitor.store import archive, feed_rows, mutes, rows, sql
from monitor.store.additions import AddedArticles, find_candidates
from monitor.store.lookup import ArchiveLookup, load_candidates, query_archive, query_candidates, recognise_articles
from monitor.store.mutes import WatchAddress, load_story_alerts
from monitor.store.tables import article, delivery, fact, match, source, story, version

MAX_ARTICLES_WITH_FACTS = 200  # the latest matches that are compared by their facts
MAX_STORY_ARTICLES = 20  # that are asked whether one of them says an edit already
MAX_WORDINGS = 24  # that are stored of one article
MATCHED_QUERY = select(match.c.watch).where(match.c.article == bindparam("article"))
T = TypeVar("T")
AlertQuery = Callable[[Connection, Collection[str], datetime, datetime], dict[WatchAddress, T]]


class IngestTransaction:
    """The open transaction of one claimed feed. Rows are queued and inserted together; queries see them."""

    def __init__(
        self, connection: Connection, claim: Claim, now: datetime, installation: str, restored: Restored | None = None
    ) -> None:
        self.connection, self.claim, self.now = connection, claim, now
        self.doubtful = doubtful(restored, claim.state.last_success_at, now)  # its alerts may be repeats
        self.installation = installation
        self.abandoned = False
        self.added = AddedArticles(connection, now)
        self.lookup: ArchiveLookup | None = None
        self.listed = NOTHING_LISTED
        self.known = 0  # articles of prepare() that are stored already, in any wording
        self.answers: dict[tuple[object, ...], Any] = {}  # about earlier alerts, until a delivery is added
        self.active_mutes_cache: dict[datetime, list[Mute]] = {}
        self.forms: list[tuple[str, tuple[str, ...]]] = []  # host and paragraph forms, to be counted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()

    def abandon(self) -> None:
        """Roll back when the transaction is left."""
        self.abandoned = True

    def prepare(self, keys: Sequence[ArticleKeys], since: datetime, listed: ListedEntries = NOTHING_LISTED) -> None:
        """Look all these articles up at once, with candidates seen since then. listed: what the document lists.

        The result serves recognise() and candidates() until an edit replaces a stored article.
        """
        self.listed = listed
        self.lookup = query_archive(self.connection, self.claim.state.source, keys, since, listed)
        self.known = sum(self.lookup.sightings[key].article is not None for key in keys)

    def recognise(self, keys: Sequence[ArticleKeys], *, strictly: bool = False) -> list[Recognition]:
        """What is known of these articles now, added ones included. strictly: by their identity only."""
        if self.lookup and not strictly and self.lookup.sightings.keys() >= set(keys):
            return [self.recognise_prepared(self.lookup, key) for key in keys]
        self.added.flush()
        return recognise_articles(self.connection, self.claim.state.source, keys, strictly=strictly, listed=self.listed)

    def recognise_prepared(self, lookup: ArchiveLookup, keys: ArticleKeys) -> Recognition:
        """What is known of an article, from prepare() and the added articles."""
        before, place = lookup.sightings[keys], self.added.known(keys) or self.added.renamed(keys, self.listed)
        if place is None:
            return before
        if before.article is None:
            return self.added.sighting(place, keys)
        self.added.flush()  # it may be either: the query knows which takes precedence
        return recognise_articles(self.connection, self.claim.state.source, [keys], listed=self.listed)[0]

    def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]:
        """Articles of any feed seen since then that this one may be a copy of, the likeliest first, at most 20."""
        if self.lookup and keys in self.lookup.same:
            return find_candidates(self.lookup, keys, self.added)
        self.added.flush()
        return find_candidates(query_candidates(self.connection, [keys], since), keys)

    def alerts_of_story(self, number: int) -> list[PastAlert]:
        """The deliveries of a story that are not suppressed; those of this transaction count too."""
        self.flush_alerts()
        key = ("story", number)
        if key not in self.answers:
            self.answers[key] = load_story_alerts(self.connection, number)
        found: list[PastAlert] = self.answers[key]
        return found

    def articles_with_facts(self, watches: Collection[str], since: datetime) -> list[ArticleFacts]:
        """The latest articles that matched one of the watches since then, with their facts."""
        self.added.flush()
        recent = select(match.c.article).where(match.c.watch.in_(watches), match.c.matched_at >= since)
        query = (
            select(article.c.id, article.c.story, article.c.title, fact)
            .join(fact, fact.c.article == article.c.id)
            .where(article.c.id.in_(recent.order_by(match.c.matched_at.desc()).limit(MAX_ARTICLES_WITH_FACTS)))
        )
        return rows.article_facts_from_rows(self.connection.execute(query).mappings())

    def recent_alert_counts(self, watches: Collection[str], since: datetime) -> dict[WatchAddress, int]:
        """See mutes.recent_alert_counts; deliveries of this transaction count too."""
        return self.past_alerts(mutes.recent_alert_counts, watches, since)

    def last_alert_times(self, watches: Collection[str], since: datetime) -> dict[WatchAddress, datetime]:
        """See mutes.last_alert_times; deliveries of this transaction count too."""
        return self.past_alerts(mutes.last_alert_times, watches, since)

    def past_alerts(self, query: AlertQuery[T], watches: Collection[str], since: datetime) -> dict[WatchAddress, T]:
        """The answer to a query, cached until a delivery is added."""
        self.flush_alerts()
        key = (query, frozenset(watches), since)
        if key not in self.answers:
            self.answers[key] = query(self.connection, watches, since, self.now)
        found: dict[WatchAddress, T] = self.answers[key]
        return found

    def flush_alerts(self) -> None:
        """Insert queued deliveries before a query counts them; suppressed ones are never counted."""
        if any(one["state"] != DeliveryState.SUPPRESSED for one in self.added.queued_rows.get(delivery, ())):
            self.added.flush()
            self.answers.clear()

    def active_mutes(self, now: datetime) -> list[Mute]:
        if now not in self.active_mutes_cache:
            self.active_mutes_cache[now] = mutes.load_active_mutes(self.connection, now)
        return self.active_mutes_cache[now]

    def load_article(self, number: int) -> Candidate:
        """A stored article by its id, in its last wording."""
        self.added.flush()
        return load_candidates(self.connection, [number])[number]

    def story_articles(self, number: int) -> list[Candidate]:
        """The first articles of a story, each in its last wording."""
        self.added.flush()
        query = select(article.c.id).where(article.c.story == number).order_by(article.c.id).limit(MAX_STORY_ARTICLES)
        return list(load_candidates(self.connection, self.connection.execute(query).scalars().all()).values())

    def matched(self, number: int) -> frozenset[str]:
        """The watches that matched an article in any earlier wording, sent or not."""
        self.added.flush()
        return frozenset(watch for (watch,) in sql.fetch_rows(self.connection, MATCHED_QUERY, {"article": number}))

    def store_article(self, finding: ArticleDecision, now: datetime) -> int | None:
        """Store an article or its new wording and all decisions; returns its id, None if it is stored already."""
        number, story_id = (
            self.replace(finding, now) if finding.recognition.article is not None else self.insert(finding, now)
        )
        if number is None:
            return None
        if finding.story_relation.relation is Relation.NEW and finding.forms:
            self.forms.append((article_site(finding.article), finding.forms))
        for found in finding.matches:
            values = {"article": number, "watch": found.watch, "evidence": rows.encode_match(found), "matched_at": now}
            self.added.queue_rows(match, values)
        self.added.queue_rows(fact, *rows.fact_rows(number, finding.facts))
        snapshot, matches = rows.article_snapshot(finding, now), {found.watch: found for found in finding.matches}
        for intent in finding.intents:
            self.queue_delivery(snapshot, matches[intent.watch], intent, (number, story_id), now)
        return number

    def insert(self, finding: ArticleDecision, now: datetime) -> tuple[int | None, int]:
        """Queue a new article, and a new story if it has none; returns both ids, None for an article stored already."""
        if self.is_stored(finding.keys):
            return None, 0
        about, story_id = len(self.lookup.same) if self.lookup else 1, finding.story_relation.story
        if story_id is None:
            story_id = self.added.stories.next(about)
            self.added.queue_rows(story, {"id": story_id, "opened_at": now})
        number = self.added.articles.next(about)
        values = rows.article_values(finding.article, finding.keys)
        self.added.queue_rows(article, values | rows.relation_values(finding) | {
            "id": number, "story": story_id, "first_seen_at": now, "changed_at": now,
        })  # fmt: skip
        self.added.queue_rows(version, {"article": number, "content": finding.keys.content, "seen_at": now})
        self.added.index(number, story_id, finding, values)
        return number, story_id

    def is_stored(self, keys: ArticleKeys) -> bool:
        """Whether this identity is taken."""
        if self.lookup and keys in self.lookup.sightings:
            return self.recognise_prepared(self.lookup, keys).article is not None
        self.added.flush()
        [found] = recognise_articles(self.connection, self.claim.state.source, [keys], strictly=True)
        return found.article is not None

    def replace(self, finding: ArticleDecision, now: datetime) -> tuple[int, int]:
        """Overwrite an article with its new wording, except feed, identity and first sight; returns its ids."""
        number, story_id = finding.recognition.article, finding.story_relation.story
        assert number is not None and story_id is not None
        self.added.flush()
        self.lookup = None  # it has the old wording
        values = rows.article_values(finding.article, finding.keys) | {"changed_at": now}
        del values["source"], values["identity"]
        self.connection.execute(update(article).where(article.c.id == number).values(values))
        self.remember_wording(number, finding.keys, now)
        self.connection.execute(delete(fact).where(fact.c.article == number))
        return number, story_id

    def remember_wording(self, number: int, keys: ArticleKeys, now: datetime) -> None:
        """Add a wording of an article, and delete the oldest beyond MAX_WORDINGS."""
        values = {"article": number, "content": keys.content, "seen_at": now}
        self.connection.execute(sql.upsert(version).values(values).on_conflict_do_nothing())
        ours = version.c.article == number
        kept = select(version.c.content).where(ours).order_by(version.c.seen_at.desc()).limit(MAX_WORDINGS)
        self.connection.execute(delete(version).where(ours, version.c.content.not_in(kept)))

    def queue_delivery(
        self, snapshot: dict[str, Any], found: Match, intent: Intent, ids: tuple[int, int], now: datetime
    ) -> None:
        """Queue an intent as a delivery; one without a time is recorded as suppressed. ids: of article and story."""
        number, story_id = ids
        nth = self.next_version(story_id, intent) if intent.revised else 0
        key = rows.delivery_key(self.installation, story_id, number, intent, nth)
        self.added.queue_rows(delivery, rows.delivery_values(snapshot, found, intent, now) | {
            "key": key, "version": nth, "story": story_id, "article": number, "repeats": int(self.doubtful),
        })  # fmt: skip

    def next_version(self, story_id: int, intent: Intent) -> int:
        """The number of a further alert of the same story, watch and address."""
        ours = [one.version for one in self.alerts_of_story(story_id)
                if (one.watch, one.address) == (intent.watch, intent.address)]  # fmt: skip
        return max(ours, default=-1) + 1

    def flush(self) -> None:
        """Write everything queued. Paragraph forms are counted last, as no query of a transaction reads them."""
        self.added.flush()
        for host, forms in self.forms:
            archive.count_paragraphs(self.connection, host, forms, self.now.date())
        self.forms.clear()

    def end_poll(self, end: PollEnd) -> None:
        """Store the outcome of the poll, and end the lease. Raises StoreError if another process took the feed over."""
        before = self.claim.state
        values = failure_values(before, end, self.now) if end.error else success_values(before, end, self.now)
        if not end.error and (end.moved or end.address or before.address):
            values |= feed_rows.redirect_values(self.connection, before.source, end, self.now)
        feed_rows.record_polls(self.connection, [(before, end)], self.now)
        free = {"lease_owner": None, "lease_until": None} | values
        ours = {"our_name": before.source, "our_owner": self.claim.owner, "our_lease": self.claim.until}
        ours |= {"our_now": self.now, "our_next": end.next_poll_at}
        if sql.execute_for_each(self.connection, release_statement(tuple(free)), [free | ours]) != 1:
            raise StoreError(
                f"{before.source}: another process took this poll over; its result is dropped", overtaken=True
            )


@cache
def release_statement(columns: tuple[str, ...]) -> Update:
    """The UPDATE that ends a lease and sets these columns. Cached, because building it costs more than running it."""
    ours = (source.c.name == bindparam("our_name")) & (source.c.lease_owner == bindparam("our_owner"))
    still = update(source).where(ours, source.c.lease_until == bindparam("our_lease"))
    # news that a hub announced during the poll may be missing from its answer: poll again at once
    ours_now, ours_next = (bindparam(name, type_=source.c.next_poll_at.type) for name in ("our_now", "our_next"))
    again = case((source.c.pinged_at.is_not(None), ours_now), else_=ours_next)
    return still.values({column: bindparam(column) for column in columns} | {"next_poll_at": again})


def success_values(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The columns of `source` after a successful poll. before: the PollState."""
    return {
        "etag": end.etag,
        "last_modified": end.last_modified,
        "body_hash": end.body_hash,
        "baseline_at": before.baseline_at or now,
        "last_success_at": now,
        "last_full_at": now if end.full else before.last_full_at,
        "moved": rows.storable(end.moved),
        "entries": before.entries if end.entries is None or end.delta else end.entries,
        **changed_entry_values(before, end),
        "gone": 0,
        **rows.learnt_schedule_values(before, end),
        "failures": 0,
        "failing_since": None,
        "error": None,
    }


def changed_entry_values(before: Any, end: PollEnd) -> dict[str, Any]:
    """The columns of entry records and shared names that a poll changed. before: the PollState."""
    values = dict[str, Any]()
    if end.entry_records not in (None, before.entry_records):
        values["slices"] = end.entry_records
    if end.shared_names not in (None, before.shared_names):
        values["shared_names"] = list(end.shared_names or ())
    return values


def failure_values(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
    """The columns of `source` after a failed poll: the error and its counters. before: the PollState."""
    return {
        "failures": before.failures + 1,
        "gone": before.gone + end.gone,
        "failing_since": before.failing_since or now,
        "error": rows.storable(end.error),
    }
