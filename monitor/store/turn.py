"""The one transaction that ends a poll: articles, story links, matches, deliveries, validators, next poll.

Nothing of a poll is visible before all of it is. Questions asked here are answered under the write lock, so two polls
at once cannot both find an article new.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, func, select, update

from monitor.core.cousins import Cousin
from monitor.core.errors import StoreError
from monitor.core.identity import site
from monitor.core.model import (
    Address,
    Candidate,
    Claim,
    Fact,
    Finding,
    Intent,
    Keys,
    Kinship,
    Mute,
    PollEnd,
    Sighting,
    State,
)
from monitor.store import blocks, coverage, moves, mutes, rows
from monitor.store.recognition import recognise
from monitor.store.tables import article, delivery, fact, match, sketch, source, story, version

CANDIDATES = 20
COUSINS = 200  # latest matches that may be the same story
CHANCE = 5  # of those that share a single sample: a standing phrase, or a teaser
VERSIONS = 24  # wordings remembered of one article, as reader keeps


class Turn:
    """The transaction, while it is open."""

    def __init__(self, connection: Connection, claim: Claim, now: datetime, installation: str) -> None:
        self.connection = connection
        self.claim = claim
        self.now = now
        self.installation = installation
        self.abandoned = False

    def abandon(self) -> None:
        """Keep nothing of this turn."""
        self.abandoned = True

    def recognise(self, keys: Sequence[Keys], *, strictly: bool = False) -> list[Sighting]:
        """What the archive knows of these articles now, with what this turn added; strictly: by their own names."""
        return recognise(self.connection, self.claim.state.source, keys, strictly=strictly)

    def candidates(self, keys: Keys, since: datetime) -> list[Candidate]:
        """Stored articles of any feed that this one may be a copy of, best first, at most 20."""
        found = self.same_keys(keys, since)
        missing = [number for number in self.similar(keys, since) if number not in found]
        if missing:
            query = select(article).where(article.c.id.in_(missing))
            loaded = {row["id"]: rows.candidate(row) for row in self.connection.execute(query).mappings()}
            found |= {number: loaded[number] for number in missing}
        return list(found.values())[:CANDIDATES]

    def same_keys(self, keys: Keys, since: datetime) -> dict[int, Candidate]:
        """Articles that share a key, by number; one index look-up for each key."""
        found: dict[int, Candidate] = {}
        named = {"content": keys.content, "revision": keys.revision, "canonical_url": keys.url, "title_key": keys.title}
        for column, value in named.items():
            if value:
                query = (
                    select(article)
                    .where(article.c[column] == rows.storable(value), article.c.first_seen_at >= since)
                    .order_by(article.c.first_seen_at, article.c.id)
                    .limit(CANDIDATES)
                )
                for row in self.connection.execute(query).mappings():
                    found.setdefault(row["id"], rows.candidate(row))
        return found

    def similar(self, keys: Keys, since: datetime) -> list[int]:
        """The articles that share most of the sampled shingles."""
        shared = func.count().label("shared")
        query = (
            select(sketch.c.article, shared)
            .where(sketch.c.hash.in_(keys.sketch), sketch.c.first_seen_at >= since)
            .group_by(sketch.c.article)
            .order_by(shared.desc(), sketch.c.article)
            .limit(CANDIDATES)
        )
        found = [tuple(row) for row in self.connection.execute(query)] if keys.sketch else []
        chance = [number for number, count in found if count == 1][CHANCE:]
        return [number for number, _ in found if number not in chance]

    def told(self, number: int) -> frozenset[tuple[str, Address]]:
        """Which watches were, or will be, told at which addresses about a story."""
        query = select(delivery.c.watch, delivery.c.channel, delivery.c.target).where(
            delivery.c.story == number, delivery.c.state != State.SUPPRESSED
        )
        return frozenset((row.watch, Address(row.channel, row.target)) for row in self.connection.execute(query))

    def times(self, number: int | None) -> dict[tuple[str, Address], int]:
        """How often each watch told, or is going to tell, of a story at each address."""
        query = (
            select(delivery.c.watch, delivery.c.channel, delivery.c.target, func.count())
            .where(delivery.c.story == number, delivery.c.state != State.SUPPRESSED)
            .group_by(delivery.c.watch, delivery.c.channel, delivery.c.target)
        )
        return {(watch, Address(channel, target)): n for watch, channel, target, n in self.connection.execute(query)}

    def cousins(self, watches: Collection[str], since: datetime) -> list[Cousin]:
        """Articles that matched one of the watches since then, with their facts; the newest of them."""
        recent = select(match.c.article).where(match.c.watch.in_(watches), match.c.matched_at >= since)
        query = (
            select(article.c.id, article.c.story, article.c.title, fact)
            .join(fact, fact.c.article == article.c.id)
            .where(article.c.id.in_(recent.order_by(match.c.matched_at.desc()).limit(COUSINS)))
        )
        return rows.cousins(self.connection.execute(query).mappings())

    def recent(self, watches: Collection[str], since: datetime) -> dict[tuple[str, Address], int]:
        """How often watches were told since then, or are going to be, counting what this turn added."""
        return mutes.recent(self.connection, watches, since)

    def last(self, watches: Collection[str], since: datetime) -> dict[tuple[str, Address], datetime]:
        """When watches were, or will be, told last."""
        return mutes.last(self.connection, watches, since)

    def mutes(self, now: datetime) -> list[Mute]:
        """What nobody wants to hear of now."""
        return mutes.active(self.connection, now)

    def stored(self, number: int) -> Candidate:
        """An article as it stands in the archive."""
        query = select(article).where(article.c.id == number)
        return rows.candidate(self.connection.execute(query).mappings().one())

    def matched(self, number: int) -> frozenset[str]:
        """The watches that matched an article in its earlier wordings, told or not."""
        return frozenset(self.connection.execute(select(match.c.watch).where(match.c.article == number)).scalars())

    def add(self, finding: Finding, now: datetime) -> int | None:
        """Store an article or its new version with all that was decided; its number, or None if it is there already."""
        belongs = finding.kin.story if finding.kin.story is not None else self.open_story(now)
        if finding.sighting.article is None:
            number = self.insert(finding, belongs, now)
        else:
            number = self.replace(finding, finding.sighting.article, now)
        if number is None:
            self.connection.execute(delete(story).where(story.c.id == belongs, story.c.id != finding.kin.story))
            return None
        if finding.kin.kinship is Kinship.NEW:
            blocks.learn(self.connection, site(finding.article), finding.forms, now.date())
        self.remember_wording(number, finding.keys, now)
        for found in finding.matches:
            values = {"article": number, "watch": found.watch, "evidence": rows.evidence(found), "matched_at": now}
            self.keep(match, values)
        self.keep_facts(number, finding.facts)
        for intent in finding.intents:
            self.promise(finding, intent, number, belongs, now)
        return number

    def open_story(self, now: datetime) -> int:
        """A new story."""
        opened = rows.insert(self.connection, story).values(opened_at=now).returning(story.c.id)
        return int(self.connection.execute(opened).scalar_one())

    def insert(self, finding: Finding, belongs: int, now: datetime) -> int | None:
        """A new article; None where another process was first."""
        kin = finding.kin
        values = rows.article_values(finding.article, finding.keys) | {
            "story": belongs,
            "first_seen_at": now,
            "changed_at": now,
            "kinship": kin.kinship,
            "kin_reason": kin.reason,
            "kin_article": kin.article,
            "page": "wanted" if finding.teaser else None,
        }
        statement = rows.insert(self.connection, article).values(values).on_conflict_do_nothing()
        number: int | None = self.connection.execute(statement.returning(article.c.id)).scalar_one_or_none()
        if number is not None and finding.keys.sketch:
            samples = [{"hash": h, "article": number, "first_seen_at": now} for h in set(finding.keys.sketch)]
            self.connection.execute(rows.insert(self.connection, sketch).on_conflict_do_nothing(), samples)
        return number

    def replace(self, finding: Finding, number: int, now: datetime) -> int:
        """The article's new wording in place of the old; who it is and when it came stay."""
        values = rows.article_values(finding.article, finding.keys) | {"changed_at": now}
        del values["source"], values["identity"]
        self.connection.execute(update(article).where(article.c.id == number).values(values))
        return number

    def remember_wording(self, number: int, keys: Keys, now: datetime) -> None:
        """Note that the article was seen in these words; the oldest of too many is forgotten."""
        self.keep(version, {"article": number, "content": keys.content, "seen_at": now})
        ours = version.c.article == number
        kept = select(version.c.content).where(ours).order_by(version.c.seen_at.desc()).limit(VERSIONS)
        self.connection.execute(delete(version).where(ours, version.c.content.not_in(kept)))

    def keep_facts(self, number: int, facts: Sequence[Fact]) -> None:
        """The facts of the article's newest wording."""
        self.connection.execute(delete(fact).where(fact.c.article == number))
        if facts:
            values = [{"article": number, "number": at, **rows.fact_values(one)} for at, one in enumerate(facts)]
            self.connection.execute(rows.insert(self.connection, fact), values)

    def promise(self, finding: Finding, intent: Intent, number: int, belongs: int, now: datetime) -> None:
        """An intent as a row of the outbox, or of the ledger where it will not be sent."""
        [found] = (found for found in finding.matches if found.watch == intent.watch)
        nth = self.times(belongs).get((intent.watch, intent.address), 0) if intent.revised else 0
        found = replace(found, snippet=intent.sentence, marks=()) if intent.revised else found
        values = {
            "key": rows.delivery_key(self.installation, belongs, number, intent, nth),
            "version": nth,
            "story": belongs,
            "article": number,
            "watch": intent.watch,
            "channel": intent.address.channel,
            "target": intent.address.target,
            "state": State.PENDING if intent.at else State.SUPPRESSED,
            "reason": intent.reason,
            "priority": int(intent.priority),
            "due_at": intent.at,
            "created_at": now,
            "facts": rows.facts(finding, found, now) | {"revised": intent.revised},
        }
        self.keep(delivery, values)

    def keep(self, table: Any, values: dict[str, Any]) -> None:
        """Insert unless it is there."""
        self.connection.execute(rows.insert(self.connection, table).values(values).on_conflict_do_nothing())

    def end(self, end: PollEnd) -> None:
        """Free the source with what is to be remembered. Raises StoreError where another process took it over."""
        before = self.claim.state
        values = failed(before, end, self.now) if end.error else succeeded(before, end, self.now)
        if not end.error and (end.moved or end.address or before.address):
            values |= moves.placed(self.connection, before.source, end, self.now)
        coverage.note(self.connection, before, end, self.now)
        ours = (source.c.name == before.source) & (source.c.lease_owner == self.claim.owner)
        # what was announced after the poll began may have come after it looked
        again = case((source.c.pinged_at.is_not(None), self.now), else_=end.next_poll_at)
        freed = (
            update(source)
            .where(ours, source.c.lease_until == self.claim.until)
            .values(lease_owner=None, lease_until=None, next_poll_at=again, **values)
        )
        if self.connection.execute(freed).rowcount != 1:
            raise StoreError(f"{before.source}: another process took this poll over; its result is dropped")


def succeeded(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
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
        **rows.remembered(end),
        "failures": 0,
        "failing_since": None,
        "error": None,
    }


def failed(before: Any, end: PollEnd, now: datetime) -> dict[str, Any]:
    """What a bad poll leaves behind: its error, and everything else as it was."""
    return {
        "failures": before.failures + 1,
        "gone": before.gone + end.gone,
        "failing_since": before.failing_since or now,
        "error": rows.storable(end.error),
    }
