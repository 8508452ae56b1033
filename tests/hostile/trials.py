"""How a payload is tried: did it end as it must, how long did it take, what did it cost this process?"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 0.005  # seconds between two looks at the loop


@dataclass(frozen=True)
class Trial:
    """failure: what should not have happened; peak: KiB on top of what was in use; gap: s the loop stood still."""

    name: str
    failure: str
    seconds: float
    peak: int
    gap: float


def peak() -> int:
    """The most memory this process had at once since it was last asked to forget, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def peak_from_now() -> int:
    """Forget earlier peaks; what is in use now, in KiB."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


async def tried(name: str, attempt: Callable[[], Awaitable[str]]) -> Trial:
    """Try one payload; attempt says what went wrong, or nothing."""
    before, clock = peak_from_now(), asyncio.get_running_loop().time
    async with watched() as gaps:
        start = clock()
        failure = await attempt()
        seconds = clock() - start
    return Trial(name, failure, seconds, peak() - before, max(gaps))


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """The seconds by which the loop was late, look by look."""
    gaps = [0.0]

    async def look() -> None:
        clock = asyncio.get_running_loop().time
        while True:
            before = clock()
            await asyncio.sleep(TICK)
            gaps.append(clock() - before - TICK)

    looking = asyncio.create_task(look())
    try:
        yield gaps
    finally:
        await asyncio.sleep(TICK)  # so that a gap at the very end is seen
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def unlike(got: object, wanted: object) -> str:
    """Nothing where the two are equal, else both in words."""
    return "" if got == wanted else f"{got!r} instead of {wanted!r}"
