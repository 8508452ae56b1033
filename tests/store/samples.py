"""Small values for tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from monitor.core.dedupe.keys import folded_headline
from monitor.core.model.alerts import Address, Intent, Reason
from monitor.core.model.articles import Article, ArticleKeys, Hit, Match, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision, Claim, PollEnd, Source
from monitor.store.polls import POLLED_CONDITIONS
from monitor.store.store import Store
from monitor.store.tables import source

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ME, OTHER = "here:0:1:1", "here:0:2:2"
SLACK, MAIL = Address("slack"), Address("mail", "reader@example.org")


def article(name: str = "a", source: str = "first", body: str = "Ein Text.") -> Article:
    return Article(source, f"Titel {name}", url=f"https://x.example/{name}", guid=name, body=body)


def keys(name: str = "a", content: str = "") -> ArticleKeys:
    words = content or name
    title, headline = f"titel {name}", folded_headline(f"Titel {name}")
    sketch = (len(words), -7)
    return ArticleKeys(name, f"x.example/{name}", title, f"1:{words}", f"1:r{words}", sketch, headline=headline)


def found(watch: str = "H200") -> Match:
    return Match(watch, (Hit("title", watch, 0, 5, "Titel"),), "Titel a", ((0, 5),))


def intent(watch: str = "H200", address: Address = SLACK, *, at: datetime | None = NOW) -> Intent:
    return Intent(watch, address, Reason.MATCHED if at else Reason.COPY, at=at)


def finding(name: str = "a", *intents: Intent, story: int | None = None, source: str = "first") -> ArticleDecision:
    watches = dict.fromkeys(one.watch for one in intents)
    kin = (
        StoryRelation(Relation.NEW, "nothing like it before")
        if story is None
        else StoryRelation(Relation.COPY, "a copy", story)
    )
    matches = tuple(found(watch) for watch in watches)
    return ArticleDecision(article(name, source), keys(name), Recognition(), kin, matches, intents)


def next_due(store: Store) -> datetime | None:
    """When the next feed is due; None where there is none."""
    with store.database.read() as connection:
        return connection.execute(select(func.min(source.c.next_poll_at)).where(*POLLED_CONDITIONS)).scalar()


def registered(store: Store, *names: str) -> None:
    store.polls.register([Source(name, f"https://{name}.example/feed") for name in names], NOW)


def claimed(store: Store, name: str = "first", owner: str = ME, now: datetime = NOW) -> Claim:
    registered(store, name)
    [claim] = store.polls.claim(now, owner, LEASE, 10)
    return claim


def end(now: datetime = NOW) -> PollEnd:
    return PollEnd(now + timedelta(minutes=5), etag="v1", body_hash="h")


def kept(store: Store, *findings: ArticleDecision, source: str = "first", now: datetime = NOW) -> list[int | None]:
    """Store findings in a turn of their own; the source is due again at once."""
    claim = claimed(store, source, now=now)
    with store.polls.transaction(claim, now) as turn:
        numbers = [turn.store_article(one, now) for one in findings]
        turn.end_poll(PollEnd(now, etag="v1", body_hash="h"))
    return numbers
