"""A task that notes when it ran, and an engine that runs it on a virtual clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from monitor.engine import Engine
from monitor.engine.embedded import EmbeddedEngine
from tests.virtual_clock import run_virtually


class Diary:
    """Runs of tasks: when each began and ended, in virtual seconds. Each takes `seconds`."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.seconds = seconds
        self.lines: list[tuple[float, str, str]] = []
        self.open: list[str] = []
        self.most = 0

    async def __call__(self, key: str) -> None:
        assert key not in self.open, f"{key} runs twice at once"
        self.open.append(key)
        self.most = max(self.most, len(self.open))
        self.note("begin", key)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.note("cancelled", key)
            raise
        else:
            self.note("end", key)
        finally:
            self.open.remove(key)

    def note(self, what: str, key: str) -> None:
        """Add a line."""
        self.lines.append((asyncio.get_running_loop().time(), what, key))

    def times(self, what: str, key: str) -> list[float]:
        """When this happened to a key."""
        return [at for at, found, name in self.lines if (found, name) == (what, key)]


@contextlib.asynccontextmanager
async def running(engine: Engine, **concurrency: int) -> AsyncIterator[asyncio.Task[None]]:
    """The engine, running; it is cancelled at the end."""
    task = asyncio.create_task(engine.run(concurrency))
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def virtual(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test's coroutine on the virtual clock."""
    run_virtually(test())


def made(seconds: float = 1.0, **more: Any) -> tuple[EmbeddedEngine, Diary]:
    """An engine with one task "work"."""
    engine, diary = EmbeddedEngine(), Diary(seconds)
    engine.task("work", diary, **more)
    return engine, diary
