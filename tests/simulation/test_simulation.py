"""Thirty seeds of the simulated world, each run twice, and faults that have a story of their own.

`bench/simulation.py` runs ten thousand.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from monitor.service.daemon import STALL_TIMEOUT, WATCHDOG_INTERVAL
from tests.simulation.simulator import TICK_SECONDS, Simulation, simulate
from tests.simulation.world import KILL_POINTS, Killed

SEEDS, CHUNK = 30, 5


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_seed_breaks_a_promise_and_each_replays_exactly(first: int) -> None:
    for seed in range(first, first + CHUNK):
        outcome = simulate(seed)
        assert outcome.violations == (), f"python bench/simulation.py --seed {seed}"
        assert simulate(seed).log == outcome.log, f"seed {seed} ran differently the second time"


def test_the_seeds_meet_every_kind_of_event() -> None:
    seen: Counter[str] = Counter()
    kills: set[str] = set()
    for seed in range(1000, 1030):
        outcome = simulate(seed)
        seen += outcome.seen
        kills |= {line.split("kill ", 1)[1] for line in outcome.log if " kill " in line}
    wanted = "publish edit reorder feed channel database clock kill SIGTERM SIGHUP arrived doubt refused limited page"
    assert {name for name in wanted.split() if not seen[name]} == set()
    assert len(kills) >= len(KILL_POINTS) - 2, kills


def story(tell: Callable[[Simulation], Awaitable[None]]) -> Simulation:
    """A run whose events a test tells, after the first polls. A kill ends the telling; two minutes follow."""
    told: list[Simulation] = []

    class Story(Simulation):
        async def live(self) -> None:
            told.append(self)
            self.process = self.world.loop.create_task(self.run_process())
            self.world.start_process()
            if len(told) == 1:
                await self.begin()
                await tell(self)
            else:  # after a kill
                await asyncio.sleep(120)
            self.settled = True
            await self.stop()
            self.done = True

    outcome = simulate(1, Story)
    assert outcome.violations == ()
    return told[0]


def times(simulation: Simulation, kind: str) -> list[float]:
    """When events of a kind happened."""
    return [float(line[:9]) for line in simulation.world.log if line[10:].startswith(kind)]


def test_the_watchdog_is_not_fed_while_a_turn_hangs() -> None:
    async def tell(simulation: Simulation) -> None:
        simulation.hang_database(300)
        await asyncio.sleep(400)

    told = story(tell)
    [begun] = times(told, "database")
    fed = times(told, "watchdog")
    late = begun + STALL_TIMEOUT + WATCHDOG_INTERVAL + TICK_SECONDS
    assert [at for at in fed if late < at < begun + 300] == []
    assert [at for at in fed if at < begun] and [at for at in fed if at > begun + 300]


@pytest.mark.parametrize("hang", ["a feed", "a channel"])
def test_the_watchdog_is_fed_while_only_a_feed_or_a_channel_hangs(hang: str) -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        if hang == "a feed":
            world.rooms["north"].mood = "hangs"
        else:
            world.moods["hook.example"] = "hangs"
            world.publish(world.rooms["south"], "Palladium")
        await asyncio.sleep(300)
        world.rooms["north"].mood = world.moods["hook.example"] = "ok"
        await asyncio.sleep(900)

    fed = times(story(tell), "watchdog")
    assert all(later - earlier < 2 * WATCHDOG_INTERVAL for earlier, later in pairwise(fed))
    assert len(fed) > 100


@pytest.mark.parametrize("hours", [1, 2, 24, 24 * 365])
def test_after_a_clock_set_back_waiting_messages_leave_at_once(hours: int) -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.moods["hook.example"] = "refuses"
        one = world.publish(world.rooms["south"], "Palladium")
        await asyncio.sleep(150)
        world.moods["hook.example"] = "ok"
        world.lead -= timedelta(hours=hours)
        await asyncio.sleep(2 * TICK_SECONDS + 2)
        assert ("hook.example", one.token) in world.arrived

    story(tell)


def test_after_a_clock_set_back_messages_that_were_claimed_do_not_wait_for_the_old_hour() -> None:
    """They are claimed when the clock is set; then the channel asks for a pause, and they are released unsent."""

    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.moods["hook.example"] = "hangs"
        tokens = [world.publish(world.rooms["south"], "Palladium").token for _ in range(4)]
        for _ in range(300):
            if times(simulation, "arrived other.example"):
                break
            await asyncio.sleep(0.5)
        world.lead -= timedelta(hours=1)
        await asyncio.sleep(TICK_SECONDS + 2)
        world.moods["hook.example"] = "limits"
        await asyncio.sleep(60)
        world.moods["hook.example"] = "ok"
        await asyncio.sleep(300)
        assert all(("hook.example", token) in world.arrived for token in tokens)

    story(tell)


def test_a_channel_that_asks_for_a_pause_leaves_nothing_claimed() -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.moods["hook.example"] = "limits"
        for _ in range(5):
            world.publish(world.rooms["south"], "Palladium")
        for _ in range(300):
            if times(simulation, "limited"):
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(4)
        simulation.check()
        world.moods["hook.example"] = "ok"
        await asyncio.sleep(400)

    assert times(story(tell), "limited")


@pytest.mark.parametrize("hours", [1, 48])
def test_a_clock_set_back_ends_the_pause_that_a_channel_asked_for(hours: int) -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.moods["hook.example"] = "limits"
        one = world.publish(world.rooms["south"], "Palladium")
        for _ in range(300):
            if times(simulation, "limited"):
                break
            await asyncio.sleep(0.5)
        world.lead -= timedelta(hours=hours)
        world.pauses.clear()
        world.moods["hook.example"] = "ok"
        await asyncio.sleep(2 * TICK_SECONDS + 2)
        assert ("hook.example", one.token) in world.arrived

    story(tell)


@pytest.mark.parametrize("hours", [1, 7, 47])
def test_a_clock_set_back_while_the_process_is_down_silences_nothing(hours: int) -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        assert simulation.daemon and simulation.process
        simulation.daemon.stopping.set()
        await simulation.process
        world.lead -= timedelta(hours=hours)
        one = world.publish(world.rooms["south"], "Palladium")
        await simulation.restart_if_ended()
        await asyncio.sleep(30)
        assert ("hook.example", one.token) in world.arrived

    story(tell)


def test_a_kill_leaves_the_loop_at_once_and_nothing_of_the_process_runs_on() -> None:
    outcome = simulate(11)
    killed = [number for number, line in enumerate(outcome.log) if " kill " in line]
    for number in killed:
        assert not outcome.log[number + 1][10:].startswith(("fetch", "arrived", "watchdog"))
    assert issubclass(Killed, SystemExit)


@pytest.mark.parametrize("point", ["before a send", "after a send"])
def test_a_kill_while_a_message_is_sent_repeats_it_with_a_mark(point: str) -> None:
    """Nobody knows whether it arrived, so it is sent again and says so."""

    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.publish(world.rooms["south"], "Palladium")
        world.armed = (point, 0)
        await asyncio.sleep(300)

    world = story(tell).world
    assert world.kills == 1
    kinds = [kind for kinds in world.arrived.values() for kind in kinds]
    assert "repeat" in kinds and len(world.arrived) == 3


def test_a_poll_that_is_given_up_at_the_end_leaves_no_lease() -> None:
    async def tell(simulation: Simulation) -> None:
        world = simulation.world
        world.rooms["north"].mood = "hangs"
        for _ in range(300):
            if "fetch https://north.example/rss" in world.in_flight:
                break
            await asyncio.sleep(0.5)
        assert simulation.daemon and simulation.process
        begun = world.time
        simulation.daemon.stopping.set()
        await simulation.process
        assert world.time - begun < 12
        world.rooms["north"].mood = "ok"
        await simulation.restart_if_ended()  # checks that nothing is held
        await asyncio.sleep(30)

    story(tell)


def test_a_message_that_was_sent_is_recorded_once_the_database_works_again() -> None:
    async def tell(simulation: Simulation) -> None:
        world, take = simulation.world, simulation.world.take

        def take_and_lock(channel: str, title: str, body: str) -> None:
            take(channel, title, body)
            simulation.trouble_database("locked", 6)

        world.take = take_and_lock  # type: ignore[method-assign]
        one = world.publish(world.rooms["south"], "Palladium")
        await asyncio.sleep(900)  # a lease ends after ten minutes
        assert {channel: kinds for (channel, token), kinds in world.arrived.items() if token == one.token} == {
            "hook.example": ["new"], "other.example": ["new"], "hooks.slack.com": ["new"],
        }  # fmt: skip

    story(tell)
