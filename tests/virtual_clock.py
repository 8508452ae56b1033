"""An event loop whose time is virtual: it jumps to the next timer instead of waiting, and runs no thread.

What is handed to an executor runs in the loop's own thread, at a virtual moment that `delay` chooses. So a run depends
on nothing but its input, and a day takes as long as its work.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")

MAX_ROUNDS = 5_000_000  # of the loop; more is a program that runs in circles without time passing


class Deadlock(AssertionError):
    """Nothing can happen any more, and the main task has not ended."""


class JumpingSelector(selectors.DefaultSelector):
    """Does not wait: it moves the clock of its loop forward."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        """What is ready now; the time until the next timer has passed."""
        if timeout is None:
            raise Deadlock("every task waits for something that no timer brings")
        self.loop.pass_time(timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at the virtual time 0. delay: how long a job of an executor takes, in seconds."""

    def __init__(self, delay: Callable[[], float] = lambda: 0.0) -> None:
        selector = JumpingSelector()
        self.virtual_time = 0.0
        super().__init__(selector)
        selector.loop = self
        self.delay = delay
        self.rounds = 0
        self.life, self.dead = 0, False  # a killed process: its jobs do nothing any more, and it begins none
        self.slow_callback_duration = float("inf")

    def time(self) -> float:
        """The virtual time in seconds."""
        return self.virtual_time

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, **more: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        """A timer of the process that runs now; it does nothing once that was killed."""
        life = self.life

        def call(*given: Any) -> None:
            if self.life == life:
                callback(*given)

        return super().call_at(when, call, *args, **more)

    def call_whatever_happens(self, seconds: float, callback: Callable[[], object]) -> None:
        """A timer that outlives a process."""
        super().call_at(self.time() + seconds, callback)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.rounds += 1
        if self.rounds > MAX_ROUNDS:
            raise Deadlock("the loop turns without an end")
        self.virtual_time += max(0.0, seconds)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function in this thread, after the delay. It runs even where nobody waits for it any more."""
        done = self.create_future()
        if self.dead:
            done.cancel()
        else:
            self.call_later(self.delay(), run_job, partial(func, *args), done)
        return done


def run_job(job: Callable[[], Any], done: asyncio.Future[Any]) -> None:
    """Run a job and set its future, which may have been cancelled meanwhile."""
    try:
        result = job()
    except BaseException as error:
        if not done.done():
            done.set_exception(error)
        if not isinstance(error, Exception):
            raise
    else:
        if not done.done():
            done.set_result(result)


def run_virtually(main: Coroutine[Any, Any, Result], delay: Callable[[], float] = lambda: 0.0) -> Result:
    """Run a coroutine in a loop of its own, and cancel what it leaves behind."""
    loop = VirtualLoop(delay)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        try:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
