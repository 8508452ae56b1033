"""What the interface of engines promises of periodic tasks and of the end, held by the engine of one process."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, tzinfo

import apscheduler.schedulers.base
import pytest

from monitor.engine.embedded import EmbeddedEngine
from tests.engine.diary import Diary, made, running, virtual
from tests.virtual_clock import VirtualLoop

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC).timestamp()


class Wall:
    """A wall clock that follows the loop's virtual time and can be set."""

    def __init__(self) -> None:
        self.lead = START

    def __call__(self) -> float:
        return self.lead + asyncio.get_running_loop().time()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Wall()

    class Virtual(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(clock(), tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Virtual)
    return clock


@pytest.mark.parametrize(
    ("grace", "expected"),
    [(None, [(5, "end")]), (10, [(5, "end")]), (3, [(4, "cancelled")]), (0, [(1, "cancelled")])],
)
def test_at_the_end_a_run_gets_its_grace_and_no_run_begins(
    grace: float | None, expected: list[tuple[float, str]]
) -> None:
    async def main() -> None:
        engine, diary = made(5, grace=grace)
        async with running(engine, work=1):
            engine.kick("work", "a", "waits")
            await asyncio.sleep(1)
            engine.kick("work", "a")
        assert [(at, what) for at, what, key in diary.lines[1:]] == expected
        assert {key for _, _, key in diary.lines} == {"a"} and diary.open == []

    virtual(main)


def test_each_task_gets_its_own_grace_at_the_same_time() -> None:
    async def main() -> None:
        engine, slow = made(30, grace=10)
        quick = Diary(30)
        engine.task("page", quick, grace=0)
        async with running(engine, work=1, page=1):
            engine.kick("work", "a")
            engine.kick("page", "p")
        assert slow.times("cancelled", "a") == [10] and quick.times("cancelled", "p") == [0]

    virtual(main)


def test_a_second_cancellation_does_not_wait_for_the_grace() -> None:
    async def main() -> None:
        engine, diary = made(1000)
        task = asyncio.create_task(engine.run({"work": 1}))
        engine.kick("work", "a")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.sleep(7)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert diary.times("cancelled", "a") == [8] and task.cancelled()

    virtual(main)


def test_a_run_that_swallows_its_cancellation_and_ends_is_waited_for() -> None:
    async def main() -> None:
        engine, ended = EmbeddedEngine(), list[float]()

        async def work(_: str) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(100)
            await asyncio.sleep(2)
            ended.append(asyncio.get_running_loop().time())

        engine.task("work", work, grace=1)
        async with running(engine, work=1):
            engine.kick("work", "a")
            await asyncio.sleep(1)
        assert ended == [4]

    virtual(main)


def test_a_run_that_is_cancelled_from_outside_frees_its_key() -> None:
    async def main() -> None:
        engine, diary = made(100)
        async with running(engine, work=1):
            engine.kick("work", "a")
            await asyncio.sleep(1)
            engine.running["work", "a"].cancel()
            await asyncio.sleep(1)
            engine.kick("work", "a")
            await asyncio.sleep(1)
            assert diary.times("begin", "a") == [0, 2]

    virtual(main)


def test_a_periodic_task_runs_at_the_start_and_then_at_its_period(wall: Wall) -> None:
    async def main() -> None:
        engine, diary = EmbeddedEngine(wall=wall), Diary(0)
        engine.task("work", diary)
        engine.every(60, "work")
        async with running(engine, work=1):
            await asyncio.sleep(200)
        assert [round(at) for at in diary.times("begin", "")] == [0, 60, 120, 180]

    virtual(main)


def test_a_periodic_task_that_outlasts_its_period_runs_again_at_once_and_never_twice(wall: Wall) -> None:
    async def main() -> None:
        engine, diary = EmbeddedEngine(wall=wall), Diary(25)
        engine.task("work", diary)
        engine.every(10, "work")
        async with running(engine, work=5):
            await asyncio.sleep(99)
        assert [round(at) for at in diary.times("begin", "")] == [0, 25, 50, 75]

    virtual(main)


@pytest.mark.parametrize("hours", [-1, -24 * 365, 24 * 365, 5])
def test_a_wall_clock_that_is_set_silences_no_periodic_task(wall: Wall, hours: float) -> None:
    async def main() -> None:
        engine, diary = EmbeddedEngine(wall=wall), Diary(0)
        engine.task("work", diary)
        engine.every(10, "work")
        async with running(engine, work=1):
            await asyncio.sleep(15)
            wall.lead += hours * 3600
            diary.lines.clear()
            await asyncio.sleep(60)
        assert 5 <= len(diary.times("begin", "")) <= 8

    virtual(main)


def test_timers_end_with_the_run(wall: Wall) -> None:
    async def main() -> None:
        engine, diary, loop = EmbeddedEngine(wall=wall), Diary(0), asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        engine.task("work", diary)
        engine.every(1, "work")
        async with running(engine, work=1):
            await asyncio.sleep(3)
        diary.lines.clear()
        before = loop.rounds
        await asyncio.sleep(1000)
        assert (
            diary.lines == [] and loop.rounds < before + 20
        )  # a timer left behind would turn the loop a thousand times

    virtual(main)
