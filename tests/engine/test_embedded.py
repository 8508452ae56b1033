"""What the interface of engines promises of kicks, limits and errors, held by the engine of one process."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.engine.embedded import EmbeddedEngine
from tests.engine.diary import Diary, made, running, virtual
from tests.virtual_clock import Deadlock


def test_a_kick_runs_the_task_once_for_each_key_in_their_order() -> None:
    async def main() -> None:
        engine, diary = made()
        engine.kick("work", "b", "a", "c")
        await engine.run({"work": 1}, drain=True)
        assert diary.lines == [
            (0, "begin", "b"), (1, "end", "b"), (1, "begin", "a"), (2, "end", "a"), (2, "begin", "c"), (3, "end", "c"),
        ]  # fmt: skip

    virtual(main)


def test_a_kick_without_keys_is_one_run_with_the_empty_key() -> None:
    async def main() -> None:
        engine, diary = made()
        engine.kick("work")
        engine.kick("work")
        await engine.run({"work": 9}, drain=True)
        assert diary.lines == [(0, "begin", ""), (1, "end", "")]

    virtual(main)


def test_kicks_of_a_key_that_waits_are_one_kick() -> None:
    async def main() -> None:
        engine, diary = made()
        for _ in range(50):
            engine.kick("work", "a", "b", "a")
        await engine.run({"work": 1}, drain=True)
        assert [len(diary.times("begin", key)) for key in "ab"] == [1, 1]

    virtual(main)


def test_kicks_of_a_key_that_runs_make_it_run_once_more_after_its_end() -> None:
    async def main() -> None:
        engine, diary = made()
        async with running(engine, work=9):
            engine.kick("work", "a")
            await asyncio.sleep(0.5)
            for _ in range(5):
                engine.kick("work", "a")
            await asyncio.sleep(10)
        assert diary.times("begin", "a") == [0, 1] and diary.times("end", "a") == [1, 2]

    virtual(main)


def test_a_kick_in_the_last_moment_of_a_run_is_not_lost() -> None:
    async def main() -> None:
        engine, runs = EmbeddedEngine(), list[str]()

        async def work(key: str) -> None:
            runs.append(key)
            if len(runs) < 3:
                engine.kick("work", key)  # as a commit that comes while the task is about to end

        engine.task("work", work)
        engine.kick("work", "a")
        await engine.run({"work": 1}, drain=True)
        assert runs == ["a"] * 3

    virtual(main)


def test_a_task_can_kick_another_and_a_drain_waits_for_both() -> None:
    async def main() -> None:
        engine, diary = made()

        async def find(_: str) -> None:
            engine.kick("work", "x", "y")

        engine.task("find", find)
        engine.kick("find")
        await engine.run({"find": 1, "work": 2}, drain=True)
        assert [len(diary.times("end", key)) for key in "xy"] == [1, 1]

    virtual(main)


def test_no_more_keys_run_at_once_than_the_limit_and_a_slow_task_holds_up_no_other() -> None:
    async def main() -> None:
        engine, slow = made(100)
        quick = Diary(1)
        engine.task("quick", quick)
        engine.kick("work", *map(str, range(7)))
        async with running(engine, work=3, quick=2):
            engine.kick("quick", "a", "b", "c")
            await asyncio.sleep(50)
            assert (slow.most, quick.most) == (3, 2) and quick.times("end", "c") == [2]

    virtual(main)


def test_a_key_that_runs_leaves_its_place_in_the_queue_to_others() -> None:
    async def main() -> None:
        engine, diary = made(10)
        async with running(engine, work=2):
            engine.kick("work", "a")
            await asyncio.sleep(1)
            engine.kick("work", "a", "b")
            await asyncio.sleep(1)
            assert diary.times("begin", "b") == [1]

    virtual(main)


def test_a_kick_of_a_task_that_run_does_not_name_waits_for_a_run_that_does() -> None:
    async def main() -> None:
        engine, diary = made()
        other = Diary()
        engine.task("other", other)
        engine.kick("work", "a")
        engine.kick("other", "b")
        await engine.run({"work": 1}, drain=True)
        assert diary.times("end", "a") == [1] and other.lines == []
        await engine.run({"other": 1}, drain=True)
        assert other.times("end", "b") == [2]

    virtual(main)


def test_nothing_runs_before_run() -> None:
    async def main() -> None:
        engine, diary = made()
        engine.kick("work", "a")
        await asyncio.sleep(5)
        assert diary.lines == []

    virtual(main)


def test_a_kick_of_a_task_that_nobody_named_is_an_error() -> None:
    with pytest.raises(KeyError, match="wrok"):
        EmbeddedEngine().kick("wrok", "a")


def test_an_error_ends_one_run_and_is_logged_with_its_key(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        engine, ended = EmbeddedEngine(), list[str]()

        async def work(key: str) -> None:
            if key == "bad":
                raise RuntimeError("a fault nobody foresaw")
            ended.append(key)

        engine.task("work", work)
        async with running(engine, work=1) as task:
            engine.kick("work", "bad", "good")
            await asyncio.sleep(1)
            engine.kick("work", "bad", "fine")
            await asyncio.sleep(1)
            assert ended == ["good", "fine"] and not task.done()

    virtual(main)
    found = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in found] == ["the task work bad failed"] * 2
    assert all(record.exc_info and "nobody foresaw" in str(record.exc_info[1]) for record in found)


def test_an_error_that_its_observer_knows_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[tuple[str, str, str]] = []

    def observe(name: str, key: str, error: Exception) -> bool:
        seen.append((name, key, str(error)))
        return key == "known"

    async def main() -> None:
        engine = EmbeddedEngine(on_error=observe)

        async def work(key: str) -> None:
            raise RuntimeError(f"about {key}")

        engine.task("work", work)
        engine.kick("work", "known", "new")
        await engine.run({"work": 2}, drain=True)

    virtual(main)
    assert seen == [("work", "known", "about known"), ("work", "new", "about new")]
    assert [record.getMessage() for record in caplog.records] == ["the task work new failed"]


def test_a_failed_run_is_not_repeated_but_a_kick_that_came_meanwhile_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        engine, begun = EmbeddedEngine(), list[float]()

        async def work(_: str) -> None:
            begun.append(asyncio.get_running_loop().time())
            await asyncio.sleep(1)
            raise RuntimeError

        engine.task("work", work)
        async with running(engine, work=1):
            engine.kick("work", "a")
            await asyncio.sleep(0.5)
            engine.kick("work", "a")
            await asyncio.sleep(60)
        assert begun == [0, 1]

    virtual(main)
    assert len(caplog.records) == 2


def test_a_drain_of_nothing_returns_at_once() -> None:
    async def main() -> None:
        engine, diary = made()
        engine.every(1, "work")
        await engine.run({"work": 1}, drain=True)
        assert diary.lines == [] and asyncio.get_running_loop().time() == 0

    virtual(main)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 3)),
        max_size=20,
    ),
    st.integers(1, 3),
)
def test_after_every_kick_a_run_begins_that_began_no_earlier(kicks: list[tuple[str, float]], limit: int) -> None:
    """No kick is lost: after each, the key begins a run at that moment or later. Diary asserts one run a key."""

    async def main() -> None:
        engine, diary = made(1.5)
        made_at: list[tuple[float, str]] = []
        async with running(engine, work=limit):
            for key, pause in kicks:
                await asyncio.sleep(pause)
                made_at.append((asyncio.get_running_loop().time(), key))
                engine.kick("work", key)
            await asyncio.sleep(100)
        assert diary.most <= limit and diary.open == []
        for at, key in made_at:
            assert any(begun >= at for begun in diary.times("begin", key)), (key, at)
        assert len(diary.times("begin", "a")) <= sum(key == "a" for key, _ in kicks)

    virtual(main)


def test_the_virtual_loop_names_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        virtual(main)
