"""The one transaction that ends a poll: articles, story links, matches, deliveries, validators, next poll.

Nothing of a poll is visible before all of it is. Questions asked here are answered under the write lock, so two polls
at once cannot both find an article new.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self, cast

from sqlalchemy import Connection, Update, bindparam, case, delete, func, select, update

from monitor.core.database_identity import Restored, doubtful
from monitor.core.dedupe.keys import article_site
from monitor.core.dedupe.stories import ArticleFacts
from monitor.core.errors import StoreError
from monitor.core.model.alerts import Address, DeliveryState, Intent, Mute
from monitor.core.model.articles import ArticleKeys, Candidate, Match, Recognition, Relation
from monitor.core.model.polling import ArticleDecision, Claim, PollEnd
from monitor.store import archive, feed_rows, mutes, rows, sql
from monitor.store.additions import AddedArticles, find_candidates
from monitor.store.lookup import ArchiveLookup, load_candidates, query_archive, recognise_articles
from monitor.store.tables import article, delivery, fact, match, source, story, version

MAX_ARTICLES_WITH_FACTS = 200  # latest matches that may be the same story
MAX_WORDINGS = 24  # wordings remembered of one article, as reader keeps


class IngestTransaction:
    """The transaction, while it is open."""

    def __init__(
        self, connection: Connection, claim: Claim, now: datetime, installation: str, restored: Restored | None = None
    ) -> None:
        self.connection, self.claim, self.now = connection, claim, now
        self.doubtful = doubtful(restored, claim.state.last_success_at, now)  # it may have been told before
        self.installation = installation
        self.abandoned = False
        self.added = AddedArticles(connection, now)
        self.lookup: ArchiveLookup | None = None
        self.known = 0  # articles that were asked about and are not new, whatever their words
        self.answers: dict[tuple[str, frozenset[str], datetime], object] = {}  # until this turn tells something
        self.active_mutes_cache: dict[datetime, list[Mute]] = {}
        self.forms: list[tuple[str, tuple[str, ...]]] = []  # of hosts, to be counted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()

    def abandon(self) -> None:
        """Keep nothing of this turn."""
        self.abandoned = True

    def prepare(self, keys: Sequence[ArticleKeys], since: datetime) -> None:
        """Ask the archive about all these articles at once; candidates since then.

        The answers hold for this turn, with what it adds itself; an edit of a stored article ends that.
        """
        self.lookup = query_archive(self.connection, self.claim.state.source, keys, since)
        self.known = sum(self.lookup.sightings[key].article is not None for key in keys)

    def recognise(self, keys: Sequence[ArticleKeys], *, strictly: bool = False) -> list[Recognition]:
        """What the archive knows of these articles now, with what this turn added; strictly: by their own names."""
        if self.lookup and not strictly and self.lookup.sightings.keys() >= set(keys):
            return [self.foreseen(self.lookup, key) for key in keys]
        self.added.flush()
        return recognise_articles(self.connection, self.claim.state.source, keys, strictly=strictly)

    def foreseen(self, outlook: ArchiveLookup, keys: ArticleKeys) -> Recognition:
        """What was known of an article before this turn, or is since it added some."""
        before, place = outlook.sightings[keys], self.added.known(keys) or self.added.renamed(keys)
        if place is None:
            return before
        if before.article is None:
            return self.added.sighting(place, keys)
        self.added.flush()  # it may be either: the archive knows which goes first
        return recognise_articles(self.connection, self.claim.state.source, [keys])[0]

    def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]:
        """Stored articles of any feed that this one may be a copy of, best first, at most 20."""
        if self.lookup and keys in self.lookup.same:
            return find_candidates(self.lookup, keys, self.added)
        self.added.flush()
        return find_candidates(query_archive(self.connection, self.claim.state.source, [keys], since), keys)

    def alerted_watches(self, number: int) -> frozenset[tuple[str, Address]]:
        """Which watches were, or will be, told at which addresses about a story."""
        self.flush_alerts()
        query = select(delivery.c.watch, delivery.c.channel, delivery.c.target).where(
            delivery.c.story == number, delivery.c.state != DeliveryState.SUPPRESSED
        )
        return frozenset((row.watch, Address(row.channel, row.target)) for row in self.connection.execute(query))

    def alert_counts(self, number: int | None) -> dict[tuple[str, Address], int]:
        """How often each watch told, or is going to tell, of a story at each address."""
        self.flush_alerts()
        query = (
            select(delivery.c.watch, delivery.c.channel, delivery.c.target, func.count())
            .where(delivery.c.story == number, delivery.c.state != DeliveryState.SUPPRESSED)
            .group_by(delivery.c.watch, delivery.c.channel, delivery.c.target)
        )
        return {(watch, Address(channel, target)): n for watch, channel, target, n in self.connection.execute(query)}

    def articles_with_facts(self, watches: Collection[str], since: datetime) -> list[ArticleFacts]:
        """Articles that matched one of the watches since then, with their facts; the newest of them."""
        self.added.flush()
        recent = select(match.c.article).where(match.c.watch.in_(watches), match.c.matched_at >= since)
        query = (
            select(article.c.id, article.c.story, article.c.title, fact)
            .join(fact, fact.c.article == article.c.id)
            .where(article.c.id.in_(recent.order_by(match.c.matched_at.desc()).limit(MAX_ARTICLES_WITH_FACTS)))
        )
        return rows.article_facts_from_rows(self.connection.execute(query).mappings())

    def recent_alert_counts(self, watches: Collection[str], since: datetime) -> dict[tuple[str, Address], int]:
        """How often watches were told since then, or are going to be, counting what this turn added."""
        self.flush_alerts()
        asked = ("recent", frozenset(watches), since)
        if asked not in self.answers:
            self.answers[asked] = mutes.recent_alert_counts(self.connection, watches, since, self.now)
        return cast(dict[tuple[str, Address], int], self.answers[asked])

    def last_alert_times(self, watches: Collection[str], since: datetime) -> dict[tuple[str, Address], datetime]:
        """When watches were, or will be, told last."""
        self.flush_alerts()
        asked = ("last", frozenset(watches), since)
        if asked not in self.answers:
            self.answers[asked] = mutes.last_alert_times(self.connection, watches, since, self.now)
        return cast(dict[tuple[str, Address], datetime], self.answers[asked])

    def flush_alerts(self) -> None:
        """Who asks whom was told must find what this turn is going to tell; what is not to be sent counts nowhere."""
        if any(one["state"] != DeliveryState.SUPPRESSED for one in self.added.queued_rows.get(delivery, ())):
            self.added.flush()
            self.answers.clear()

    def active_mutes(self, now: datetime) -> list[Mute]:
        """What nobody wants to hear of now."""
        if now not in self.active_mutes_cache:
            self.active_mutes_cache[now] = mutes.load_active_mutes(self.connection, now)
        return self.active_mutes_cache[now]

    def load_article(self, number: int) -> Candidate:
        """An article as it stands in the archive."""
        self.added.flush()
        return load_candidates(self.connection, [number])[number]

    def matched(self, number: int) -> frozenset[str]:
        """The watches that matched an article in its earlier wordings, told or not."""
        self.added.flush()
        return frozenset(self.connection.execute(select(match.c.watch).where(match.c.article == number)).scalars())

    def store_article(self, finding: ArticleDecision, now: datetime) -> int | None:
        """Store an article or its new version with all that was decided; its number, or None if it is there already."""
        number, belongs = (
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
        said, matches = rows.article_snapshot(finding, now), {found.watch: found for found in finding.matches}
        for intent in finding.intents:
            self.queue_delivery(said, matches[intent.watch], intent, (number, belongs), now)
        return number

    def insert(self, finding: ArticleDecision, now: datetime) -> tuple[int | None, int]:
        """A new article, in a story of its own where it belongs to none; no number where another was first."""
        if self.is_stored(finding.keys):
            return None, 0
        about, belongs = len(self.lookup.same) if self.lookup else 1, finding.story_relation.story
        if belongs is None:
            belongs = self.added.stories.next(about)
            self.added.queue_rows(story, {"id": belongs, "opened_at": now})
        number = self.added.articles.next(about)
        values = rows.article_values(finding.article, finding.keys)
        self.added.queue_rows(article, values | rows.relation_values(finding) | {
            "id": number, "story": belongs, "first_seen_at": now, "changed_at": now,
        })  # fmt: skip
        self.added.queue_rows(version, {"article": number, "content": finding.keys.content, "seen_at": now})
        self.added.index(number, belongs, finding, values)
        return number, belongs

    def is_stored(self, keys: ArticleKeys) -> bool:
        """Whether an article has this name already."""
        if self.lookup and keys in self.lookup.sightings:
            return self.foreseen(self.lookup, keys).article is not None
        self.added.flush()
        return (
            recognise_articles(self.connection, self.claim.state.source, [keys], strictly=True)[0].article is not None
        )

    def replace(self, finding: ArticleDecision, now: datetime) -> tuple[int, int]:
        """The article's new wording in place of the old; who it is and when it came stay."""
        number, belongs = finding.recognition.article, finding.story_relation.story
        assert number is not None and belongs is not None
        self.added.flush()
        self.lookup = None  # it speaks of the old wording
        values = rows.article_values(finding.article, finding.keys) | {"changed_at": now}
        del values["source"], values["identity"]
        self.connection.execute(update(article).where(article.c.id == number).values(values))
        self.remember_wording(number, finding.keys, now)
        self.connection.execute(delete(fact).where(fact.c.article == number))
        return number, belongs

    def remember_wording(self, number: int, keys: ArticleKeys, now: datetime) -> None:
        """Note that the article was seen in these words; the oldest of too many is forgotten."""
        values = {"article": number, "content": keys.content, "seen_at": now}
        self.connection.execute(
            rows.insert_statement_for(self.connection, version).values(values).on_conflict_do_nothing()
        )
        ours = version.c.article == number
        kept = select(version.c.content).where(ours).order_by(version.c.seen_at.desc()).limit(MAX_WORDINGS)
        self.connection.execute(delete(version).where(ours, version.c.content.not_in(kept)))

    def queue_delivery(
        self, said: dict[str, Any], found: Match, intent: Intent, ids: tuple[int, int], now: datetime
    ) -> None:
        """An intent as a row of the outbox, or of the ledger where it will not be sent; ids: of article and story."""
        number, belongs = ids
        nth = self.alert_counts(belongs).get((intent.watch, intent.address), 0) if intent.revised else 0
        key = rows.delivery_key(self.installation, belongs, number, intent, nth)
        self.added.queue_rows(delivery, rows.delivery_values(said, found, intent, now) | {
            "key": key, "version": nth, "story": belongs, "article": number, "repeats": int(self.doubtful),
        })  # fmt: skip

    def flush(self) -> None:
        """Write all that was added. What hosts repeat is counted last: no question of a turn asks for it."""
        self.added.flush()
        for host, forms in self.forms:
            archive.count_paragraphs(self.connection, host, forms, self.now.date())
        self.forms.clear()

    def end_poll(self, end: PollEnd) -> None:
        """Free the source with what is to be remembered. Raises StoreError where another process took it over."""
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
    """The statement that ends a lease and sets these columns; made once, for making it costs more than running it."""
    ours = (source.c.name == bindparam("our_name")) & (source.c.lease_owner == bindparam("our_owner"))
    still = update(source).where(ours, source.c.lease_until == bindparam("our_lease"))
    # what was announced after the poll began may have come after it looked
    ours_now, ours_next = (bindparam(name, type_=source.c.next_poll_at.type) for name in ("our_now", "our_next"))
    again = case((source.c.pinged_at.is_not(None), ours_now), else_=ours_next)
    return still.values({column: bindparam(column) for column in columns} | {"next_poll_at": again})


def success_values(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
    """What a good poll leaves behind."""
    return {
        "etag": end.etag,
        "last_modified": end.last_modified,
        "body_hash": end.body_hash,
        "baseline_at": before.baseline_at or now,
        "last_success_at": now,
        "last_full_at": now if end.full else before.last_full_at,
        "moved": rows.storable(end.moved),
        "entries": before.entries if end.entries is None or end.delta else end.entries,
        "slices": end.slices if end.slices is not None else before.slices,
        "gone": 0,
        **rows.learnt_schedule_values(before, end),
        "failures": 0,
        "failing_since": None,
        "error": None,
    }


def failure_values(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
    """What a bad poll leaves behind: its error, and everything else as it was."""
    return {
        "failures": before.failures + 1,
        "gone": before.gone + end.gone,
        "failing_since": before.failing_since or now,
        "error": rows.storable(end.error),
    }
