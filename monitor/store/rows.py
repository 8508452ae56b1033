"""Conversion between the types of `core.model` and rows. Text from feeds is cleaned of what no database can store.

It runs no statements and knows no transactions.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select

from monitor.core.dedupe.stories import fact_key
from monitor.core.facts.extract import summarize_facts
from monitor.core.model.alerts import Address, Delivery, DeliveryState, Intent, PastAlert, Priority, Reason
from monitor.core.model.articles import Article, ArticleFacts, ArticleKeys, Candidate, Fact, FactKey, Hit, Match
from monitor.core.model.polling import NO_SCHEDULE, ArticleDecision, PollEnd, PollState, Schedule
from monitor.core.schedule import rhythm

# PostgreSQL refuses NUL in text, and neither database can encode half a surrogate pair
UNSTORABLE_CHARACTERS = re.compile("[\x00\ud800-\udfff]")

# The fields that are columns of the same name
UNNAMED_COLUMNS = ("source", "schedule", "rhythm", "entry_records", "shared_names")  # stored under another name or form
POLL_STATE_COLUMNS = tuple(field.name for field in fields(PollState) if field.name not in UNNAMED_COLUMNS)
ARTICLE_COLUMNS = tuple(field.name for field in fields(Article))
EMPTY_RHYTHM_VALUES = {"rhythm": None, "rhythm_until": None}

# A delivery in these states may still be sent
OPEN_STATES = (
    DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.AMBIGUOUS,
)  # fmt: skip
MAX_SHOWN_HITS = 20  # in a delivery; the row of the match keeps all hits


def select_locked(query: Select[Any]) -> Select[Any]:
    """A subquery whose rows are chosen once and locked, for `IN (…)`.

    PostgreSQL may run a bare `IN (SELECT … LIMIT n)` again for each row that it joins, and change more than n rows.
    """
    return select(query.with_for_update(skip_locked=True).cte("chosen"))


def is_encodable(value: str) -> bool:
    """Whether a text has no lone surrogate. Encoding it takes a tenth of the time of a regular expression."""
    try:
        return bool(value.encode())
    except UnicodeEncodeError:
        return False


def storable(value: Any) -> Any:
    """Text without NUL and lone surrogates, also inside lists and mappings; other values unchanged."""
    if isinstance(value, str):
        if "\0" not in value and (value.isascii() or is_encodable(value)):
            return value
        return UNSTORABLE_CHARACTERS.sub("", value)
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if isinstance(value, Mapping):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def poll_state_from_row(row: RowMapping) -> PollState:
    """The poll state of a feed from its row in `source`."""
    until, numbers = row["rhythm_until"], row["rhythm"]
    learnt = rhythm.rhythm_from_list(until, numbers) if until and numbers else None
    return PollState(
        row["name"],
        schedule=decode_schedule(row["asked"]),
        rhythm=learnt,
        entry_records=row["slices"],
        shared_names=tuple(row["shared_names"] or ()),
        **{name: row[name] for name in POLL_STATE_COLUMNS},
    )


def decode_schedule(asked: Mapping[str, Any] | None) -> Schedule:
    """The schedule that a feed's body asks for, from its JSON."""
    if not asked:
        return NO_SCHEDULE
    return Schedule(asked["pause"], tuple(asked["skip_hours"]), tuple(asked["skip_days"]))


def learnt_schedule_values(before: PollState, end: PollEnd) -> dict[str, Any]:
    """The columns of schedule and rhythm that a poll changed. Most change nothing, and rounding the 96 numbers of a
    rhythm costs a twentieth of a poll that ends with 304."""
    learnt, found = end.rhythm, dict[str, Any]()
    if end.schedule != before.schedule:
        found["asked"] = None if end.schedule == NO_SCHEDULE else asdict(end.schedule)
    if learnt != before.rhythm:
        found |= (
            {"rhythm": rhythm.rhythm_to_list(learnt), "rhythm_until": learnt.until} if learnt else EMPTY_RHYTHM_VALUES
        )
    return found


def article_from_row(row: RowMapping) -> Article:
    """An article from a row that has ARTICLE_COLUMNS."""
    return Article(**{name: row[name] for name in ARTICLE_COLUMNS} | {"tags": tuple(row["tags"])})


def article_values(article: Article, keys: ArticleKeys) -> dict[str, Any]:
    """The columns of an article, except its id, its story and when it was seen."""
    return {
        "source": storable(article.source),
        "identity": storable(keys.identity),
        "guid": storable(article.guid),
        "url": storable(article.url),
        "title": storable(article.title),
        "lead": storable(article.lead),
        "body": storable(article.body),
        "author": storable(article.author),
        "tags": storable(article.tags),
        "language": storable(article.language),
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "canonical_url": storable(keys.url),
        "title_key": storable(keys.title),
        "content": keys.content,
        "revision": keys.revision,
    }


def relation_values(finding: ArticleDecision) -> dict[str, Any]:
    """The columns of a new article's relation to its story, and whether its page is to be fetched."""
    relation = finding.story_relation
    page = "wanted" if finding.teaser else None
    values = {"kinship": relation.relation, "kin_reason": relation.reason, "kin_article": relation.article}
    return {**values, "page": page}


CANDIDATE_COLUMNS = (
    "id", "story", "source", "identity", "canonical_url", "title_key", "content", "revision", "title", "body",
    "first_seen_at", "pruned_at", "published_at",
)  # fmt: skip


def candidate_from_row(
    number: int, story: int, source: str, identity: str, url: str, title_key: str, content: str, revision: str,
    title: str, body: str, first_seen_at: datetime, pruned_at: datetime | None, published_at: datetime | None,
) -> Candidate:  # fmt: skip
    """A row of CANDIDATE_COLUMNS as a stored article that a new one may be a copy of."""
    keys = ArticleKeys(identity, url, title_key, content, revision, published=published_at)
    return Candidate(number, story, source, keys, title, body, first_seen_at, pruned_at is not None)


def encode_match(match: Match, limit: int | None = None) -> dict[str, Any]:
    """A match as JSON. limit: keep at most so many hits, see limit_hits, and count the terms left out under `more`."""
    hits, more = (match.hits, {}) if limit is None or len(match.hits) <= limit else limit_hits(match.hits, limit)
    places = [storable(asdict(hit)) for hit in hits]
    found = {"hits": places, "snippet": storable(match.snippet), "marks": [list(mark) for mark in match.marks]}
    return found | ({"more": more} if more else {})


def limit_hits(hits: Sequence[Hit], limit: int) -> tuple[list[Hit], dict[str, int]]:
    """At most `limit` hits, the first of each field and term before any second; and how many terms of each field are
    left out."""
    terms: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        terms.setdefault((hit.field, hit.term), hit)
    firsts = list(terms.values())
    known = set(map(id, firsts))
    kept = [*firsts, *(hit for hit in hits if id(hit) not in known)][:limit]
    return kept, dict(Counter(hit.field for hit in firsts[limit:]))


def decode_match(watch: str, stored: Mapping[str, Any]) -> Match:
    """A match of a watch from the JSON of encode_match()."""
    hits = tuple(Hit(**hit) for hit in stored["hits"])
    marks = tuple((start, end) for start, end in stored["marks"])
    return Match(watch, hits, stored["snippet"], marks, tuple(stored.get("more", {}).items()))


def article_snapshot(finding: ArticleDecision, first_seen_at: datetime) -> dict[str, Any]:
    """What an alert says of its article as JSON, copied so that no later edit of the article changes the alert."""
    article = finding.article
    return {
        "title": storable(article.title),
        "url": storable(article.url),
        "source": storable(article.source),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "first_seen_at": first_seen_at.isoformat(),
        "facts": storable(list(summarize_facts(finding.facts))),
    }


def fact_rows(article: int, found: Iterable[Fact]) -> list[dict[str, Any]]:
    """An article's facts as rows of `fact`, numbered in their order."""
    return [{"article": article, "number": at, **storable(asdict(one))} for at, one in enumerate(found)]


def delivery_values(article: Mapping[str, Any], found: Match, intent: Intent, now: datetime) -> dict[str, Any]:
    """The columns of a delivery, except its key, story and article. article: from article_snapshot()."""
    found = replace(found, snippet=intent.sentence, marks=()) if intent.sentence else found
    return {
        "watch": intent.watch,
        "channel": intent.address.channel,
        "target": intent.address.target,
        "state": DeliveryState.PENDING if intent.at else DeliveryState.SUPPRESSED,
        "reason": intent.reason,
        "priority": int(intent.priority),
        "due_at": intent.at,
        "created_at": now,
        "facts": {**article, "match": encode_match(found, MAX_SHOWN_HITS), "revised": intent.revised},
    }


def article_facts_from_rows(found: Iterable[RowMapping]) -> list[ArticleFacts]:
    """Articles with their facts, from rows of an article's id, story, title and one fact each."""
    facts: dict[tuple[int, int, str], set[FactKey]] = {}
    for row in found:
        known = facts.setdefault((row["id"], row["story"], row["title"]), set())
        known.update(filter(None, [fact_key(row["kind"], row["value"], row["unit"])]))
    return [ArticleFacts(*names, frozenset(some)) for names, some in facts.items()]


def delivery_from_row(row: RowMapping) -> Delivery:
    """A delivery from its row, with the article as it was when the delivery was decided."""
    snapshot = row["facts"]
    published = snapshot["published_at"]
    same = ("id", "key", "story", "article", "watch", "attempts", "created_at", "due_at")
    return Delivery(
        **{name: row[name] for name in same},
        address=Address(row["channel"], row["target"]),
        priority=Priority(row["priority"]),
        repeat=row["repeats"] > 0,
        title=snapshot["title"],
        article_url=snapshot["url"],
        source=snapshot["source"],
        published_at=datetime.fromisoformat(published) if published else None,
        first_seen_at=datetime.fromisoformat(snapshot["first_seen_at"]),
        match=decode_match(row["watch"], snapshot["match"]),
        reason=Reason(row["reason"]),
        state=DeliveryState(row["state"]),
        revised=snapshot.get("revised", ""),
        error=row["error"] or "",
        facts=tuple(snapshot.get("facts", ())),  # deliveries of the first schema have none
    )


def past_alert_from_row(row: Mapping[str, Any]) -> PastAlert:
    """An alert of a story, from a delivery's row without the article."""
    return PastAlert(
        row["watch"],
        Address(row["channel"], row["target"]),
        Reason(row["reason"]),
        DeliveryState(row["state"]),
        row["created_at"],
        row["due_at"],
        row["revised"] or "",  # deliveries of the first schema have none
        row["version"],
    )


def delivery_key(installation: str, story: int, article: int, intent: Intent, version: int) -> str:
    """The key that a message keeps through all its attempts: 32 hex digits of SHA-256.

    The key of a suppressed delivery also contains its article, so that it never conflicts with one that is sent.
    """
    if intent.at is not None:
        return delivery_key_of(installation, story, intent.watch, intent.address, version)
    return delivery_key_of(installation, story, intent.watch, intent.address, version, "unsent", article)


def delivery_key_of(installation: str, story: int, watch: str, address: Address, version: int, *more: object) -> str:
    """The key of a delivery from its parts."""
    parts = ["v1", installation, story, watch, address.channel, address.target, version, *more]
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]
