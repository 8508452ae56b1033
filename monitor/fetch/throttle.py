"""Rate limit per host: one request at a time, a pause between two, and no request while a Retry-After runs.

It knows hosts and seconds of the event loop only, nothing of requests and responses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.core.errors import FetchError


@dataclass(slots=True)
class HostState:
    """The state of one host. Instants are of the event loop, so that a change of the wall clock has no effect."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    blocked_until: float = 0.0
    status: int = 0  # of the response with the Retry-After

    def set_interval(self, seconds: float) -> None:
        """Let the next request wait this long."""
        self.free_at = asyncio.get_running_loop().time() + seconds

    def block(self, seconds: float, status: int) -> None:
        """Refuse requests for this long; status: of the response that asked for it."""
        self.blocked_until, self.status = asyncio.get_running_loop().time() + seconds, status

    def raise_if_blocked(self) -> None:
        """Raise FetchError while the host is blocked."""
        left = self.blocked_until - asyncio.get_running_loop().time()
        if left > 0:
            raise FetchError(
                f"the server answered {self.status} to another of its feeds and asked for {left:.0f} s of silence",
                kind=f"status-{self.status}",
                status=self.status,
                retry_after=left,
            )


class HostThrottle:
    """The states of all hosts, by host and port."""

    def __init__(self) -> None:
        self._hosts: dict[tuple[str, int], HostState] = {}

    @asynccontextmanager
    async def acquire(self, host: str, port: int) -> AsyncIterator[HostState]:
        """Wait until the host is free and hold it for one request. Raises FetchError while it is blocked."""
        state = self._hosts.setdefault((host, port), HostState())
        async with state.lock:
            state.raise_if_blocked()
            if (wait := state.free_at - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(wait)
            yield state

    def shorten_blocks(self, seconds: float) -> None:
        """Shorten every block by time in which the loop's clock stood still; negative values are ignored."""
        for host in self._hosts.values():
            host.blocked_until -= max(seconds, 0.0)
