"""Sends that hang, senders that die: what it costs, and whom."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Target
from monitor.processes.pool import worker_command
from tests.channels.messages import NEWS, answer, outcome, pids, speaking
from tests.peers import Webhook

pytestmark = pytest.mark.anyio


async def test_silence_is_noticed_without_a_kill() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            await mouth.preload()
            before = pids(mouth)
            assert await answer(mouth, hook.apprise_url + "?rto=0.2") == "ambiguous"
            assert pids(mouth) == before


async def test_a_dripping_peer_is_killed_at_the_deadline_and_the_next_send_works() -> None:
    with Webhook() as hook:
        hook.answer(drip=0.05)
        async with speaking(deadline=0.5) as mouth:
            await mouth.preload()
            before = pids(mouth)
            error = await outcome(mouth, hook.apprise_url)
            assert error is not None and error.answer is Answer.AMBIGUOUS and "within 0.5 s" in str(error)
            assert pids(mouth) == []
            for pid in before:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)  # not even a zombie
        async with speaking() as mouth:
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_targets_that_hang_delay_no_other() -> None:
    with Webhook() as dead, Webhook() as live:
        dead.answer(held=True, times=None)
        async with speaking(processes=2) as mouth, asyncio.TaskGroup() as group:
            hanging = [group.create_task(outcome(mouth, dead.apprise_url)) for _ in range(2)]
            await asyncio.to_thread(dead.wait, 2)
            assert await answer(mouth, live.apprise_url) == "ok"
            assert len(pids(mouth)) == 3 and not any(task.done() for task in hanging)
            dead.release()
            await asyncio.gather(*hanging)
            assert len(pids(mouth)) == 2  # the extra one was only for as long as it was needed
        assert [task.result() for task in hanging] == [None, None]


async def test_no_more_processes_than_two_beyond_the_usual() -> None:
    with Webhook() as dead:
        dead.answer(held=True, times=None)
        async with speaking(processes=1) as mouth, asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(outcome(mouth, dead.apprise_url))
            await asyncio.to_thread(dead.wait, 3)
            assert len(pids(mouth)) == 3
            dead.release()
        assert len(dead.posts) == 5


async def test_closing_is_quick_though_a_send_hangs() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(outcome(mouth, hook.apprise_url))
            await asyncio.to_thread(hook.wait, 1)
            (pid,) = pids(mouth)
            async with asyncio.timeout(2):
                await mouth.aclose()
                error = await sending
        assert error is not None and error.answer is Answer.AMBIGUOUS
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_closed_mouth_says_nothing() -> None:
    async with speaking() as mouth:
        await mouth.aclose()
        assert await answer(mouth, "json://127.0.0.1:1/") == "not_sent"


async def test_a_cancelled_send_ends_its_process() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(mouth.send(Target("", hook.apprise_url), NEWS))
            await asyncio.to_thread(hook.wait, 1)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert pids(mouth) == []


async def test_a_sender_that_is_shot_while_sending_may_have_delivered() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(outcome(mouth, hook.apprise_url))
            await asyncio.to_thread(hook.wait, 1)
            os.kill(pids(mouth)[0], signal.SIGKILL)
            error = await sending
            assert error is not None and error.answer is Answer.AMBIGUOUS
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_a_sender_that_died_at_rest_is_replaced() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            await mouth.preload()
            (sender,) = mouth._pool._all
            os.kill(sender._process.pid, signal.SIGKILL)
            await sender._process.wait()
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_preloading_twice_starts_nothing_more() -> None:
    async with speaking(processes=2) as mouth:
        await mouth.preload()
        before = pids(mouth)
        await mouth.preload()
        assert (len(before), pids(mouth)) == (2, before)


async def test_senders_that_cannot_start_are_an_error_not_a_hang() -> None:
    async with speaking(processes=2) as mouth:
        mouth._pool._command = worker_command("monitor.no_such_worker")
        with pytest.raises(DeliveryError, match="did not start") as lost:
            await mouth.preload()
        assert lost.value.answer is Answer.NOT_SENT
        error = await outcome(mouth, "json://127.0.0.1:1/")  # and again: a failed start takes no place for ever
        assert error is not None and error.answer is Answer.NOT_SENT and "did not start" in str(error)
        assert pids(mouth) == []


async def test_nothing_in_the_current_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apprise.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    async with speaking() as mouth:
        await mouth.preload()
