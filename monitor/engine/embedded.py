"""The engine inside one process: asyncio tasks in flight, one for each name and key, and timers that kick them.

It follows the interface of `monitor/engine/__init__.py`. Kicks wait in memory, in the order in which they came. It must
be called from the event loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from monitor.engine.timers import Timers

log = logging.getLogger(__name__)

CLOCK_CHECK_INTERVAL = 0.5  # seconds between two checks whether the wall clock was set, which would silence timers

TaskFunction = Callable[[str], Awaitable[object]]
ErrorObserver = Callable[[str, str, Exception], bool]  # name, key, error


@dataclass(slots=True)
class RegisteredTask:
    """A named function; keys: those that wait, in the order of their kicks."""

    fn: TaskFunction
    grace: float | None
    keys: dict[str, None] = field(default_factory=dict)


class EmbeddedEngine:
    """Runs tasks in this process. on_error: told of each failed run; True where it needs no traceback in the log."""

    def __init__(self, *, on_error: ErrorObserver = lambda *_: False, wall: Callable[[], float] = time.time) -> None:
        self.on_error = on_error
        self.wall = wall
        self.tasks: dict[str, RegisteredTask] = {}
        self.periods: dict[str, float] = {}
        self.running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self.counts: Counter[str] = Counter()  # of running keys, by name
        self.concurrency: Mapping[str, int] = {}  # empty outside run()
        self.idle = asyncio.Event()

    def task(self, name: str, fn: TaskFunction, *, grace: float | None = None) -> None:
        """Name a function. grace: seconds that a run in flight gets at the end; None: as long as it takes."""
        self.tasks[name] = RegisteredTask(fn, grace)

    def kick(self, name: str, *keys: str) -> None:
        """Ask for one run for each key; without keys, for one run with the key "". Returns at once."""
        self.tasks[name].keys |= dict.fromkeys(keys or ("",))
        self.start_waiting(name)

    def every(self, period: float, name: str) -> None:
        """Kick a task, with the key "", at the start of run() and then every `period` seconds."""
        self.periods[name] = period

    async def run(self, concurrency: Mapping[str, int], *, drain: bool = False) -> None:
        """Run the tasks named in `concurrency`, each with at most so many keys at once, until cancelled.

        Kicks of other tasks wait for a run() that names them. drain: set no timers, and return once nothing waits.
        """
        self.concurrency, self.idle = concurrency, asyncio.Event()
        try:
            for name in concurrency:
                self.start_waiting(name)
            if drain:
                self.check_idle()
                await self.idle.wait()
            else:
                await self.run_timers()
        finally:
            self.concurrency = {}
            await self.finish()

    async def run_timers(self) -> None:
        """Kick the periodic tasks until cancelled, also after the wall clock was set."""
        timers = Timers(wall=self.wall)
        with contextlib.closing(timers):
            async with asyncio.TaskGroup() as group:
                for name in [name for name in self.periods if name in self.concurrency]:
                    group.create_task(self.kick_on_event(name, timers.add(name, self.periods[name])))
                timers.start()
                while True:
                    await asyncio.sleep(CLOCK_CHECK_INTERVAL)
                    timers.clock_step()

    async def kick_on_event(self, name: str, event: asyncio.Event) -> None:
        """Kick a task each time its timer sets the event."""
        while True:
            await event.wait()
            event.clear()
            self.kick(name)

    def start_waiting(self, name: str) -> None:
        """Start the waiting keys that may run now: none that runs already, and no more than the limit."""
        for key in self.startable(name):
            del self.tasks[name].keys[key]
            task = asyncio.create_task(self.run_task(name, key), name=f"{name} {key}".rstrip())
            self.running[name, key] = task
            self.counts[name] += 1
            task.add_done_callback(lambda _, key=key: self.ended(name, key))  # type: ignore[misc]

    def startable(self, name: str) -> list[str]:
        """The waiting keys that may start now, in the order of their kicks."""
        free = self.concurrency.get(name, 0) - self.counts[name]
        found: list[str] = []
        for key in self.tasks[name].keys:
            if len(found) >= free:
                break
            if (name, key) not in self.running:
                found.append(key)
        return found

    async def run_task(self, name: str, key: str) -> None:
        """Run a task for one key. Its error ends this run only."""
        try:
            await self.tasks[name].fn(key)
        except Exception as error:
            if not self.on_error(name, key, error):
                log.exception("the task %s failed", f"{name} {key}".rstrip())

    def ended(self, name: str, key: str) -> None:
        """Start what waited for this key or for a free place."""
        del self.running[name, key]
        self.counts[name] -= 1
        self.start_waiting(name)
        self.check_idle()

    def check_idle(self) -> None:
        """Tell run() when nothing of its tasks runs, and so nothing waits."""
        if not any(self.counts[name] for name in self.concurrency):
            self.idle.set()

    async def finish(self) -> None:
        """Wait for the runs in flight, each for the grace of its task, and cancel those that take longer."""
        runs = [(task, self.tasks[name].grace) for (name, _), task in self.running.items()]
        try:
            await asyncio.gather(*(finish_task(task, grace) for task, grace in runs))
        except asyncio.CancelledError:
            await asyncio.gather(*(finish_task(task, 0) for task, _ in runs))
            raise


async def finish_task(task: asyncio.Task[None], grace: float | None) -> None:
    """Wait for a task for `grace` seconds, then cancel it and wait for its end."""
    _, late = await asyncio.wait({task}, timeout=grace)
    for one in late:
        one.cancel()
    await asyncio.gather(*late, return_exceptions=True)
