"""Processes that are asked, killed and started again: what a caller learns of each end, and what is left afterwards."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from subprocess import PIPE
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.processes import child, pool
from monitor.processes.frames import pack_frame, pack_json, read_frame
from monitor.processes.pool import Failure, ProcessFailure, ProcessPool, worker_command

pytestmark = pytest.mark.anyio

MODULE = "tests.answering_worker"
PATIENCE = 60.0  # seconds that no answer takes


@asynccontextmanager
async def running(processes: int = 1, way: str = "", **more: Any) -> AsyncIterator[ProcessPool]:
    """A pool that is closed in the end, and leaves nothing."""
    found = ProcessPool(worker_command(MODULE, way), processes, **more)
    try:
        yield found
    finally:
        await found.close()
        assert not found._count and not found._ending


async def ask(processes: ProcessPool, deadline: float = PATIENCE, body: bytes = b"", **about: Any) -> list[Any]:
    return await processes.ask(about, body, deadline=deadline, decode=dict)


async def ending(processes: ProcessPool, deadline: float = PATIENCE, body: bytes = b"", **about: Any) -> ProcessFailure:
    with pytest.raises(ProcessFailure) as caught:
        await ask(processes, deadline, body, **about)
    return caught.value


def gone(*pids: int) -> bool:
    """Whether none of these processes is there, not even as a zombie."""
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return False
    return True


def pids(processes: ProcessPool) -> list[int]:
    return [process._process.pid for process in processes._all]


async def test_a_request_and_its_body_arrive_and_its_values_come_back_in_order() -> None:
    async with running() as processes:
        body = bytes(range(256)) * 4000
        [echo, last] = await ask(processes, body=body, echo="ü\x00\n")
        assert (echo["echo"], echo["body"].encode("latin-1"), last["pid"]) == ("ü\x00\n", body, pids(processes)[0])
        numbers = await processes.ask({"many": 5000}, deadline=PATIENCE, decode=lambda value: value.get("number"))
        assert numbers == [*range(5000), None]


async def test_a_process_answers_again_and_again_in_a_session_of_its_own() -> None:
    async with running(2) as processes:
        answers = [(await ask(processes))[0] for _ in range(3)]
        assert answers[0]["pid"] == answers[0]["session"]  # a ^C of the terminal does not reach it
        assert answers == [answers[0]] * 3


async def test_what_a_worker_prints_does_not_get_between_the_frames() -> None:
    async with running(quiet=True) as processes:
        assert len(await ask(processes, print="\0\0\0\1x")) == 1
        assert len(await ask(processes)) == 1


async def test_an_answer_after_the_deadline_costs_its_process_and_not_the_next_request() -> None:
    async with running() as processes:
        await ask(processes)
        before = pids(processes)
        error = await ending(processes, 1.0, wait=True)
        assert (error.failure, error.asked) == (Failure.TOO_SLOW, True)
        assert gone(*before) and pids(processes) == []
        assert (await ask(processes))[0]["pid"] not in before


async def test_a_request_that_nobody_reads_has_the_same_deadline() -> None:
    async with running() as processes:
        await ask(processes)
        os.kill(pids(processes)[0], signal.SIGSTOP)
        error = await ending(processes, 1.0, bytes(10_000_000))
        assert error.failure is Failure.TOO_SLOW
        assert len(await ask(processes)) == 1


async def test_a_process_that_ends_in_the_middle_of_a_request_was_asked() -> None:
    async with running() as processes:
        error = await ending(processes, exit=0)
        assert (error.failure, error.asked) == (Failure.DIED, True)
        assert len(await ask(processes)) == 1


async def test_a_process_that_cannot_have_the_request_was_not_asked() -> None:
    async with running(way="deaf") as processes:
        error = await ending(processes, body=bytes(10_000_000))
        assert (error.failure, error.asked) == (Failure.DIED_BEFORE, False)


def kill_unnoticed(pid: int) -> None:
    """Return when a process has ended, without a turn of the event loop."""
    os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):  # a thread of asyncio that waits as well was faster
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


async def test_a_request_to_a_process_that_has_just_died_was_not_asked() -> None:
    async with running() as processes:
        await ask(processes)
        [pid] = pids(processes)
        kill_unnoticed(pid)
        error = await ending(processes)
        assert (error.failure, error.asked) == (Failure.DIED_BEFORE, False)


@pytest.mark.parametrize("spelled", [b"\0\0\0\1{", b"\0\0\0\2\xff\xff", b"\0\0\0\0"])
async def test_an_answer_that_is_no_json_ends_its_process(spelled: bytes) -> None:
    async with running() as processes:
        error = await ending(processes, spell=[*spelled], to=3)
        assert (error.failure, error.asked) == (Failure.DIED, True)
        assert len(await ask(processes)) == 1


async def test_an_answer_has_a_bound_for_all_its_values_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_ANSWER_BYTES", 100_000)
    async with running() as processes:
        assert len(await ask(processes, many=5000)) == 5001
        error = await ending(processes, many=10_000)
        assert (error.failure, error.asked) == (Failure.TOO_BIG, True)
        assert len(await ask(processes)) == 1


async def test_a_value_that_the_caller_cannot_use_ends_its_process() -> None:
    async with running() as processes:
        with pytest.raises(KeyError):
            await processes.ask({"many": 9}, deadline=PATIENCE, decode=lambda value: value["missing"])
        assert len(await ask(processes)) == 1


async def test_a_cancelled_request_leaves_no_process_and_no_answer_behind() -> None:
    async with running() as processes:
        await ask(processes)
        before = pids(processes)
        asking = asyncio.create_task(ask(processes, wait=True))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert gone(*before) and len(await ask(processes)) == 1


async def test_a_process_that_needed_much_memory_is_replaced_after_its_answer() -> None:
    async with running() as processes:
        first = (await ask(processes, grow=child.MAX_PEAK_MEMORY // 1024 + 10))[0]["pid"]
        assert gone(first) and pids(processes) == []
        second = (await ask(processes, grow=10))[0]["pid"]
        assert (await ask(processes))[0]["pid"] == second != first


async def test_requests_wait_for_a_free_process_and_all_are_answered() -> None:
    async with running(2) as processes:
        answers = await asyncio.gather(*(ask(processes, echo=number) for number in range(20)))
        assert [answer[0]["echo"] for answer in answers] == [*range(20)]
        assert {answer[1]["pid"] for answer in answers} == set(pids(processes)) and len(pids(processes)) == 2


@pytest.mark.parametrize("way", ["dies", "waits"])
async def test_a_process_that_does_not_come_up_is_an_error_each_time(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "START_TIMEOUT", 1.0)
    async with running(2, way=way, quiet=True) as processes:
        with pytest.raises(ProcessFailure):
            await processes.fill()
        for _ in range(3):  # and takes no place for ever
            error = await ending(processes)
            assert (error.failure, error.asked) == (Failure.NOT_STARTED, False)
        assert pids(processes) == []


async def test_a_command_that_cannot_run_is_the_same_error() -> None:
    processes = ProcessPool(["/nonexistent/program"], 1)
    assert (await ending(processes)).failure is Failure.NOT_STARTED
    await processes.close()


async def test_filling_starts_what_is_missing_and_no_more() -> None:
    async with running(2) as processes:
        await ask(processes)
        await processes.fill()
        before = sorted(pids(processes))
        await processes.fill()
        assert len(before) == 2 and sorted(pids(processes)) == before


async def test_closing_ends_what_is_idle_in_use_starting_and_waiting() -> None:
    async with running(2) as processes:
        await processes.fill()
        before = pids(processes)
        hanging = [asyncio.create_task(ending(processes, wait=True)) for _ in range(2)]
        waiting = asyncio.create_task(ending(processes))
        await asyncio.sleep(0)
        await processes.close()
        assert gone(*before)
        assert {(await one).failure for one in hanging} == {Failure.DIED}
        assert (await waiting).failure is Failure.CLOSED
        assert (await ending(processes)).asked is False
    async with running(way="waits") as processes:
        starting = asyncio.create_task(ending(processes))
        await asyncio.sleep(0)
        await processes.close()
        assert (await starting).failure is Failure.NOT_STARTED


async def test_closing_ends_processes_that_were_stopped() -> None:
    async with running(2) as processes:
        await processes.fill()
        before = pids(processes)
        for pid in before:
            os.kill(pid, signal.SIGSTOP)
        await processes.close()
        assert gone(*before)


async def test_a_process_that_died_at_rest_is_replaced_unnoticed() -> None:
    async with running() as processes:
        await ask(processes)
        [process] = processes._all
        process.send_kill()
        await process._process.wait()
        assert len(await ask(processes)) == 1


def test_a_worker_that_nobody_kills_is_ended_by_an_alarm_of_the_kernel() -> None:
    with subprocess.Popen(worker_command(MODULE, "", "1"), stdin=PIPE, stdout=PIPE) as worker:
        assert worker.stdin is not None
        worker.stdin.write(pack_json({"wait": True}) + pack_frame(b""))
        worker.stdin.flush()
        assert worker.wait(timeout=60) == -signal.SIGALRM


def test_a_worker_ends_with_its_pipe() -> None:
    with subprocess.Popen(worker_command(MODULE), stdin=PIPE, stdout=PIPE) as worker:
        assert worker.stdin is not None and worker.stdout is not None
        assert read_frame(cast(BinaryIO, worker.stdout)) == b'{"done": true, "leaving": false}'
        worker.stdin.close()
        assert worker.wait(timeout=60) == 0


@given(st.lists(st.binary(max_size=200)), st.integers(0, 3))
def test_frames_are_read_as_they_were_packed_and_a_cut_one_is_the_end(payloads: list[bytes], cut: int) -> None:
    stream = io.BytesIO(b"".join(map(pack_frame, payloads)) + pack_frame(b"last")[: 4 + cut])
    assert [read_frame(stream) for _ in payloads] == payloads
    assert read_frame(stream) is None
