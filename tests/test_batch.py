"""Quiet visits that are settled together leave behind what each would leave on its own, and cost each other nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from monitor.config.settings import Settings
from monitor.core.errors import StoreError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, NotModified, Page, PollReport, Schedule, ServerLimits, Source
from monitor.core.schedule.next_poll import MAX_GONE_ANSWERS
from monitor.core.schedule.outcome import FetchResult
from monitor.core.websub.hubs import Offer
from monitor.core.websub.subscription import Subscription, SubscriptionState
from monitor.pipeline import batch, ingest
from monitor.pipeline.batch import PollBatcher
from monitor.pipeline.context import PollResult, TurnContext
from monitor.store.store import INGEST_THREADS, Store
from monitor.store.tables import coverage, source, subscription
from tests.fakes import FakeWeb, PlainParser
from tests.store.samples import LEASE, ME, NOW, OTHER

HUBS = ("https://one.example/", "https://two.example/")
FAMILIES = count()

near = st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
words = st.sampled_from(["", '"a"', "b"])
some = st.none() | words
asked = st.builds(Schedule, st.floats(0, 2000), st.just((1, 2)), st.just((6,)))
limits = st.builds(ServerLimits, st.none() | st.floats(0, 2000), st.none() | st.floats(0, 2000))
rhythms = st.lists(st.integers(0, 9).map(float), min_size=96, max_size=96)
answers = st.builds(NotModified, some, some, limits) | st.builds(
    Page, st.just("https://x.example/"), st.just(b""), words, some, some, limits, st.none(), st.booleans()
)
listings = st.none() | st.builds(Listing, schedule=asked, known=st.integers(0, 9), slices=st.binary(max_size=16))
offers = st.none() | st.lists(st.sampled_from([Offer(hub, "topic") for hub in HUBS]), unique=True).map(tuple)
pushed = st.lists(
    st.builds(
        lambda hub, state, at, live, proven: Subscription(
            "", hub, "topic", state=state, asked_at=at, expires_at=live, next_at=at, proven_at=proven
        ),
        st.sampled_from(HUBS),
        st.sampled_from([SubscriptionState.ACTIVE] * 4 + list(SubscriptionState)),
        st.none() | near,
        near,
        st.none() | near,
    ),
    max_size=2,
    unique_by=lambda one: one.hub,
)
columns = st.fixed_dictionaries(
    {
        "etag": some, "last_modified": some, "body_hash": some, "error": some, "moved": some, "entries": st.none()
        | st.integers(0, 9), "baseline_at": st.none() | near, "last_success_at": st.none() | near, "last_full_at":
        st.none() | near, "failing_since": st.none() | near, "failures": st.integers(0, 3), "gone":
        st.integers(0, MAX_GONE_ANSWERS - 1), "slices": st.none() | st.binary(max_size=16),
        "pinged_at": st.none() | near,
        "asked": st.none() | asked.map(asdict), "rhythm": st.none() | rhythms, "rhythm_until": st.none() | near,
    }
)  # fmt: skip


class Feed:
    """What there is to know of one feed and one look at it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.row, self.pushed, self.offers = draw(columns), draw(pushed), draw(st.none() | offers)
        self.answer, self.listing, self.full = draw(answers), draw(listings), draw(st.booleans())
        self.most = draw(st.none() | st.just(timedelta(hours=2)))
        self.callback = draw(st.sampled_from(["", "https://here.example/"]))

    def stored(self, store: Store, name: str) -> PollResult:
        """A visit to this feed under a name, all it needs stored."""
        asked = Source(name, f"https://{name}.example/", every=timedelta(minutes=5), max_every=self.most)
        with store.database.write() as connection:
            row = {"name": name, "url": asked.url, "registered": True, "next_poll_at": NOW}
            connection.execute(insert(source).values(row | self.row))
            for number, one in enumerate(self.pushed):
                values = asdict(replace(one, source=name, token=f"{name} {number}"))
                connection.execute(insert(subscription).values(values))
        [claim] = store.polls.claim(NOW, ME, LEASE, 1, only=[name])
        with store.database.write() as connection:  # a claim forgets what was announced before it
            connection.execute(update(source).where(source.c.name == name).values(pinged_at=self.row["pinged_at"]))
        seen = FetchResult(self.answer, asked.url, "digest", self.listing, self.full)
        return PollResult(claim, asked, Settings(callback=self.callback), seen, timedelta(0), True, self.offers)


feeds = st.lists(st.composite(Feed)(), min_size=1, max_size=4)


def tools(store: Store) -> TurnContext:
    tokens = count()
    return TurnContext(
        store, FakeWeb(), PlainParser(), lambda: NOW, lambda: 0.25, lambda: f"{next(FAMILIES)}-{next(tokens)}"
    )


def left(store: Store, names: Sequence[str]) -> list[Any]:
    """All that is stored of these feeds, but for their names and what nobody can guess."""
    own = {"name", "source", "url", "token", "secret"}
    with store.database.read() as connection:
        return [
            [
                {key: value for key, value in row.items() if key not in own}
                for row in connection.execute(select(table).where(key == name).order_by(*table.primary_key)).mappings()
            ]
            for name in names
            for table, key in (
                (source, source.c.name),
                (coverage, coverage.c.source),
                (subscription, subscription.c.source),
            )
        ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(feeds)
def test_together_leaves_behind_what_each_leaves_on_its_own(store: Store, given_feeds: list[Feed]) -> None:
    family = next(FAMILIES)
    here = [feed.stored(store, f"a{family}-{n}") for n, feed in enumerate(given_feeds)]
    there = [feed.stored(store, f"b{family}-{n}") for n, feed in enumerate(given_feeds)]
    own = [ingest.store_poll(visit, tools(store)) for visit in here]
    shared = asyncio.run(company(store, there))
    assert [replace(one, source="") for one in own] == [replace(one, source="") for one in shared]
    assert left(store, [one.source.name for one in here]) == left(store, [one.source.name for one in there])


async def company(store: Store, taken: list[PollResult]) -> list[Any]:
    """What comes of visits that are ready at once."""
    desk, own = PollBatcher(), tools(store)
    return await asyncio.gather(*(desk.store_poll(one, own) for one in taken), return_exceptions=True)


def visits(store: Store, *names: str) -> list[PollResult]:
    """Visits to feeds that answered 304."""
    store.polls.register([Source(name, f"https://{name}.example/") for name in names], NOW)
    claims = {claim.state.source: claim for claim in store.polls.claim(NOW, ME, LEASE, 10)}
    return [
        PollResult(claims[name], Source(name, ""), Settings(), FetchResult(NotModified("v2"), ""), timedelta(0), True)
        for name in names
    ]


def etags(store: Store) -> dict[str, str | None]:
    with store.database.read() as connection:
        found = connection.execute(select(source.c.name, source.c.etag)).all()
    return {name: etag for name, etag in found}


def test_a_poll_that_another_process_took_over_costs_the_others_nothing(store: Store) -> None:
    taken = visits(store, "a", "b", "c")
    with store.database.write() as connection:
        connection.execute(update(source).where(source.c.name == "b").values(lease_owner=OTHER))
    found = asyncio.run(company(store, taken))
    assert [type(one) for one in found] == [PollReport, StoreError, PollReport]
    assert etags(store) == {"a": "v2", "b": None, "c": "v2"}


def test_a_visit_that_cannot_be_settled_costs_the_others_nothing(store: Store) -> None:
    taken = visits(store, "a", "b", "c")
    taken[1] = replace(taken[1], fetched=replace(taken[1].fetched, answer=replace(NotModified("v2"), limits=None)))  # type: ignore[arg-type]
    found = asyncio.run(company(store, taken))
    assert [type(one) for one in found] == [PollReport, AttributeError, PollReport]
    assert etags(store) == {"a": "v2", "b": None, "c": "v2"}


def test_whoever_comes_while_one_is_settled_is_settled_with_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, free, begun = list[int](), threading.Event(), threading.Event()
    together = batch.store_unchanged_polls

    def slow(some: Sequence[PollResult], given_tools: TurnContext) -> dict[str, PollReport]:
        sizes.append(len(some))
        begun.set()
        assert free.wait(10)
        return together(some, given_tools)

    async def main() -> list[PollReport]:
        desk, own = PollBatcher(), tools(store)
        first = asyncio.create_task(desk.store_poll(taken[0], own))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.create_task(desk.store_poll(one, own)) for one in taken[1:]]
        await asyncio.sleep(0)
        others[0].cancel()  # whoever waits no more costs nobody anything
        free.set()
        return [await first, *(await asyncio.gather(*others[1:]))]

    monkeypatch.setattr(batch, "store_unchanged_polls", slow)
    taken = visits(store, "a", "b", "c", "d")
    assert [one.source for one in asyncio.run(main())] == ["a", "c", "d"]
    assert sizes == [1, 3]
    assert set(etags(store).values()) == {"v2"}


def test_what_brings_something_or_moves_is_settled_on_its_own(store: Store) -> None:
    [one] = visits(store, "a")
    article = Article("a", "Titel", url="https://a.example/1", guid="1")
    news = replace(one, fetched=replace(one.fetched, listing=Listing((article,))))
    moved = replace(one, fetched=replace(one.fetched, answer=NotModified(moved="https://b.example/")))
    elsewhere = replace(one, claim=replace(one.claim, state=replace(one.claim.state, address="https://b.example/")))
    quiet = (one, news, moved, elsewhere, replace(one, keep=False))
    assert [batch.is_unchanged(visit) for visit in quiet] == [True, False, False, False, False]


def test_those_that_are_ready_at_once_share_a_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = visits(store, "a", "b", "c")
    sizes, together = list[int](), batch.store_unchanged_polls

    def counted(some: Sequence[PollResult], given_tools: TurnContext) -> dict[str, PollReport]:
        sizes.append(len(some))
        return together(some, given_tools)

    monkeypatch.setattr(batch, "store_unchanged_polls", counted)
    assert len(asyncio.run(company(store, taken))) == 3
    assert sizes == [3]


def test_a_feed_whose_pushes_are_relied_on_is_polled_seldom_in_company_too(store: Store) -> None:
    pushed = Subscription(
        "b",
        HUBS[0],
        "topic",
        state=SubscriptionState.ACTIVE,
        expires_at=NOW + timedelta(days=9),
        proven_at=NOW,
        token="t",
    )
    called = [replace(one, settings=Settings(callback="https://here.example/")) for one in visits(store, "a", "b")]
    with store.database.write() as connection:
        connection.execute(insert(subscription).values(asdict(pushed)))
    asyncio.run(company(store, called))
    with store.database.read() as connection:
        found = {name: at for name, at in connection.execute(select(source.c.name, source.c.next_poll_at))}
    assert found["a"] < NOW + timedelta(minutes=30) == found["b"]


def test_what_is_new_takes_as_many_threads_as_the_database_has_turns(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, most = list[str](), list[int]()

    def settle(visit: PollResult, _: TurnContext) -> PollReport:
        under_way.append(visit.source.name)
        time.sleep(0.01)
        most.append(len(under_way))
        under_way.remove(visit.source.name)
        return PollReport(visit.source.name, "new")

    async def main() -> None:
        desk, own = PollBatcher(), tools(store)
        running = [
            asyncio.create_task(desk.store_poll(replace(one, keep=False), own)) for one in visits(store, *"abcdef")
        ]
        await asyncio.gather(*running)

    monkeypatch.setattr(ingest, "store_poll", settle)
    asyncio.run(main())
    assert len(most) == 6 and max(most) <= INGEST_THREADS[store.database.engine.dialect.name]
