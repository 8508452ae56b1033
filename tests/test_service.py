"""What the service calls when: at its start, with new rules, after a step of the clock, at its end.

Store, rules and adapters are real; no feed is polled and no message sent unless a test does so itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.model.alerts import DeliveryState
from monitor.core.model.polling import PollEnd
from monitor.pipeline.ingest import POLL_LEASE
from monitor.pipeline.push import PushSubscriber
from monitor.service.service import Service
from monitor.store.store import Store, open_store
from tests.databases import sqlite
from tests.fakes import Clock
from tests.service_fixture import DEAD, HOOK, RULES, Ground, alert, nothing, states


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path, sqlite(tmp_path), Clock())


def test_a_poll_that_an_ended_process_left_is_taken_over_at_the_start(ground: Ground) -> None:
    ground.run(nothing)
    ground.prepare(lambda store: store.polls.claim(ground.clock(), DEAD, timedelta(days=1), 10))

    async def claim(opened: Service) -> None:
        claims = opened.store.polls.claim(ground.clock(), opened.owner, POLL_LEASE, 10)
        assert [one.state.source for one in claims] == ["first"]

    ground.run(claim)


def test_a_message_that_an_ended_process_was_sending_may_be_repeated_after_the_start(ground: Ground) -> None:
    def leave(store: Store) -> None:
        alert(store)
        [row] = store.outbox.claim(ground.clock(), DEAD, timedelta(days=1), 10)
        store.outbox.mark_sending([row.id], DEAD, ground.clock())

    async def check(opened: Service) -> None:
        assert states(opened.store) == [DeliveryState.AMBIGUOUS]

    ground.prepare(leave)
    ground.run(check)


def test_what_waits_for_a_year_because_the_clock_was_wrong_is_due_at_the_start(ground: Ground) -> None:
    ground.prepare(lambda store: alert(store, at=ground.clock() + timedelta(days=365)))

    async def check(opened: Service) -> None:
        assert len(opened.store.outbox.claim(ground.clock(), opened.owner, POLL_LEASE, 10)) == 1

    ground.run(check)


@pytest.mark.parametrize(("seconds", "due"), [(-3600.0, 1), (3600.0, 0)])
def test_only_a_step_back_makes_waiting_messages_polls_and_pages_due(ground: Ground, seconds: float, due: int) -> None:
    async def check(opened: Service) -> None:
        alert(opened.store, at=ground.clock() + timedelta(hours=1))
        [claim] = opened.store.polls.claim(ground.clock(), opened.owner, POLL_LEASE, 10)
        with opened.store.polls.transaction(claim, ground.clock()) as turn:
            turn.end_poll(PollEnd(next_poll_at=ground.clock() + timedelta(hours=1)))
        await opened.replan(timedelta(seconds=seconds))
        assert len(opened.store.outbox.claim(ground.clock(), opened.owner, POLL_LEASE, 10)) == due
        assert len(opened.store.polls.claim(ground.clock(), opened.owner, POLL_LEASE, 10)) == due

    ground.run(check)


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_every_web_client_learns_of_a_step_of_the_clock(ground: Ground, seconds: float) -> None:
    async def check(opened: Service) -> None:
        opened.webs.append(opened.make_web())  # an old one that may be in use
        steps = list[tuple[int, float]]()
        for number, web in enumerate(opened.webs):
            web.stepped = lambda by, number=number: steps.append((number, by))  # type: ignore[method-assign, misc]
        await opened.replan(timedelta(seconds=seconds))
        assert steps == [(0, seconds), (1, seconds)]

    ground.run(check)


async def reloaded(opened: Service, ground: Ground, rules: str) -> None:
    """Put other rules in force."""
    ground.write(rules)
    await opened.rules.read()
    await opened.apply_rules()


def test_new_rules_bring_their_feeds_channels_and_held_channels(ground: Ground) -> None:
    more = RULES.replace("[notify]", 'second = "http://127.0.0.1:9/second"\n[notify]')
    more = more.replace(
        'hook = "json://127.0.0.1:9/hook"', 'hold = { url = "json://127.0.0.1:9/x", on_ambiguous = "hold" }'
    )

    async def check(opened: Service) -> None:
        assert (set(opened.sources), set(opened.targets)) == ({"first"}, {HOOK})
        opened.poll_log.failing = {"first", "gone"}
        await reloaded(opened, ground, more)
        assert set(opened.sources) == {"first", "second"}
        assert {address.channel for address in opened.targets} == {"hold"}
        assert opened.deliverer.holding == {"hold"}
        assert opened.poll_log.failing == {"first"}
        claims = opened.store.polls.claim(ground.clock(), opened.owner, POLL_LEASE, 10)
        assert {one.state.source for one in claims} == {"first", "second"}

    ground.run(check)


@pytest.mark.parametrize("line", ['private_networks = ["127.0.0.0/8"]', 'contact = "https://news.example/bot"'])
def test_new_settings_of_the_web_make_a_new_client_and_the_old_one_is_closed_at_the_end(
    ground: Ground, line: str
) -> None:
    closed = list[int]()

    async def check(opened: Service) -> None:
        before = opened.web
        await reloaded(opened, ground, RULES + "[settings]\nkeep = 90\n")
        assert opened.web is before
        await reloaded(opened, ground, f"{RULES}[settings]\n{line}\n")
        assert opened.web is not before and opened.webs == [before, opened.web]
        for number, web in enumerate(opened.webs):

            async def close(number: int = number, really: Callable[[], Awaitable[None]] = web.aclose) -> None:
                closed.append(number)
                await really()

            web.aclose = close  # type: ignore[method-assign]

    ground.run(check)
    assert closed == [0, 1]


def test_the_subscriptions_of_an_earlier_run_are_not_believed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    async def noted(self: object) -> None:
        asked.append(type(self).__name__)

    monkeypatch.setattr(PushSubscriber, "distrust", noted)
    ground.run(nothing, RULES + '[settings]\ncallback = "http://127.0.0.1:9/push/"\nlisten = "127.0.0.1:9"\n')
    assert asked == ["PushSubscriber"]


def test_what_was_claimed_and_not_polled_is_free_again_after_the_end(ground: Ground) -> None:
    async def claim(opened: Service) -> None:
        assert len(opened.store.polls.claim(ground.clock(), opened.owner, timedelta(days=1), 10)) == 1

    ground.run(claim)
    with open_store(ground.database, ground.clock()) as store:
        assert len(store.polls.claim(ground.clock(), DEAD, POLL_LEASE, 10)) == 1


def test_every_process_and_client_is_closed_at_the_end(ground: Ground) -> None:
    closed = list[str]()

    async def check(opened: Service) -> None:
        for name in ("parser", "reader", "notifier"):
            part = getattr(opened, name)

            async def close(name: str = name, really: Callable[[], Awaitable[None]] = part.aclose) -> None:
                closed.append(name)
                await really()

            part.aclose = close

    ground.run(check)
    assert sorted(closed) == ["notifier", "parser", "reader"]


def test_outages_of_the_database_are_observed(ground: Ground) -> None:
    async def check(opened: Service) -> None:
        assert opened.store.database.observer == opened.outages.database

    ground.run(check)
