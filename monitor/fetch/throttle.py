"""One request at a time per host, a breath between two, and silence for as long as a host asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.core.errors import FetchError


@dataclass(slots=True)
class HostState:
    """The state of one host; instants are the loop's, so a stepped clock changes nothing."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    blocked_until: float = 0.0
    status: int = 0  # of the answer that asked for silence

    def set_interval(self, seconds: float) -> None:
        """The next request comes no sooner than this."""
        self.free_at = asyncio.get_running_loop().time() + seconds

    def block(self, seconds: float, status: int) -> None:
        """The host asked to be left alone; this holds for all its feeds."""
        self.blocked_until, self.status = asyncio.get_running_loop().time() + seconds, status

    def raise_if_blocked(self) -> None:
        """Raises FetchError while the host wants no request at all."""
        left = self.blocked_until - asyncio.get_running_loop().time()
        if left > 0:
            raise FetchError(
                f"the server answered {self.status} to another of its feeds and asked for {left:.0f} s of silence",
                kind=f"status-{self.status}",
                status=self.status,
                retry_after=left,
            )


class HostThrottle:
    """The hosts we talk to."""

    def __init__(self) -> None:
        self._hosts: dict[tuple[str, int], HostState] = {}

    @asynccontextmanager
    async def acquire(self, host: str, port: int) -> AsyncIterator[HostState]:
        """Waits for the host to be free, and holds it."""
        state = self._hosts.setdefault((host, port), HostState())
        async with state.lock:
            state.raise_if_blocked()
            if (wait := state.free_at - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(wait)
            yield state

    def shorten_blocks(self, seconds: float) -> None:
        """So much of every silence has passed while the loop's clock stood still; less than nothing changes nothing."""
        for host in self._hosts.values():
            host.blocked_until -= max(seconds, 0.0)
