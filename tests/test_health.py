"""Operators hear of each trouble once, of its end once, and by another way than the one that fails."""

from __future__ import annotations

import asyncio
from datetime import time
from pathlib import Path

import pytest

from monitor.config.settings import Settings
from monitor.core.errors import DeliveryError, FetchError
from monitor.core.model.alerts import Address, Answer, DeliveryState, Target
from monitor.pipeline.health import HealthMonitor
from monitor.store.store import Store
from tests.fakes import Clock, FakeMouth
from tests.route_fixture import FIRST, Route
from tests.store.samples import LEASE, ME, finding, intent, kept

OPS = {Address("slack"): Target("", "json://slack"), Address("mail"): Target("", "json://mail")}


class Office:
    """An operator's eyes on a store, with a mouth and a clock in the test's hands."""

    def __init__(self, store: Store) -> None:
        self.store, self.mouth, self.clock = store, FakeMouth(), Clock()
        self.oversight = HealthMonitor(store, self.mouth, self.clock)
        self.settings = Settings(ops=("slack", "mail"), timezone="UTC")

    def look(self, trouble: str = "", **delta: float) -> list[tuple[str, str]]:
        """Let time pass and look; returns what was said since: channel and first line."""
        self.clock.turn(**delta)
        before = len(self.mouth.said)
        asyncio.run(self.oversight.check(self.settings, trouble, OPS))
        return [(target.url.rpartition("/")[2], message.title) for target, message in self.mouth.said[before:]]


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def test_broken_rules_are_told_once_and_so_is_their_repair(office: Office) -> None:
    told = office.look("rules.toml line 3: unknown key `notfy`")
    assert [channel for channel, _ in told] == ["slack", "mail"]
    assert "unknown key" in told[0][1]
    assert office.look("rules.toml line 3: unknown key `notfy`", minutes=1) == []
    assert {title for _, title in office.look(minutes=1)} == {"monitor: over: rules.toml line 3: unknown key `notfy`"}
    assert office.look(minutes=1) == []


def test_a_failing_feed_is_told_after_half_an_hour_and_its_recovery(store: Store, tmp_path: Path) -> None:
    route, office = Route(store, tmp_path), Office(store)
    office.clock = office.oversight.now = route.clock
    route.go()
    good = route.web.pages[FIRST]
    route.web.pages[FIRST] = FetchError("HTTP 503", kind="status")
    for _ in range(3):
        route.go(minutes=8)
        assert office.look() == []
    route.go(minutes=20)
    assert "the feed first fails since" in office.look()[0][1]
    route.web.pages[FIRST] = good
    route.go(hours=2)
    assert office.look()[0][1].startswith("monitor: over: the feed first fails")


def test_a_channel_that_fails_is_told_by_another(office: Office) -> None:
    now = office.clock()
    kept(office.store, finding("a", intent(address=Address("slack"), at=now)), now=now)
    [row] = office.store.outbox.claim(now, ME, LEASE, 10)
    office.store.outbox.record_delivery([row.id], DeliveryState.DEAD, now, error="HTTP 404: no_service")
    told = office.look(minutes=1)
    assert [channel for channel, _ in told] == ["mail"]
    assert "the channel slack does not take messages" in told[0][1]
    kept(office.store, finding("b", intent(address=Address("slack"), at=office.clock())), now=office.clock())
    [row] = office.store.outbox.claim(office.clock(), ME, LEASE, 10)
    office.clock.turn(minutes=1)
    office.store.outbox.record_delivery([row.id], DeliveryState.SENT, office.clock())
    assert [title[:14] for _, title in office.look(minutes=1)] == ["monitor: over:"]


def test_an_alarm_that_nobody_took_is_told_at_the_next_look(office: Office) -> None:
    office.mouth.moods += [DeliveryError("busy", answer=Answer.REFUSED_FOR_NOW)] * 2
    assert office.look("broken") == []
    assert len(office.look("broken", minutes=1)) == 2


def test_what_was_over_before_it_was_told_is_not_told(office: Office) -> None:
    office.mouth.moods += [DeliveryError("busy", answer=Answer.REFUSED_FOR_NOW)] * 2
    office.look("broken")
    assert office.look(minutes=1) == []


def test_a_sign_of_life_comes_once_a_day_with_content(office: Office) -> None:
    office.settings = Settings(ops=("slack",), timezone="UTC", heartbeat=time(8))
    assert office.look() == []
    office.clock.turn(seconds=-(office.clock().hour * 3600) + 8 * 3600 + 86400)
    assert [title for _, title in office.look(minutes=1)] == ["monitor: alive"]
    assert "new articles" in office.mouth.said[-1][1].body
    assert office.look(hours=1) == []
    assert len(office.look(hours=24)) == 1


def test_a_ping_follows_a_good_look_and_its_failure_harms_nothing(office: Office) -> None:
    office.settings = Settings(ping="https://ping.example/abc")
    office.look()
    assert office.mouth.pings == ["https://ping.example/abc"]
    office.mouth.deaf = True
    assert office.look(minutes=1) == []


def test_a_message_that_is_held_is_told_until_a_hand_took_it(office: Office) -> None:
    now = office.clock()
    kept(office.store, finding("a", intent(address=Address("slack"), at=now)), now=now)
    [row] = office.store.outbox.claim(now, ME, LEASE, 10)
    office.store.outbox.mark_sending([row.id], ME, now)
    assert office.store.outbox.recover(lambda owner: True, now, ["slack"]) == 1
    assert {title[:40] for _, title in office.look(minutes=1)} == {"monitor: messages for the channel slack "}
    assert office.look(minutes=1) == []
    office.store.outbox.retry(row.key, office.clock())
    assert {title[:46] for _, title in office.look(minutes=1)} == {"monitor: over: messages for the channel slack "}
