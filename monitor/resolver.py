"""Host names to addresses, with getaddrinfo in threads. It judges no address: `core/addresses.py` does.

Nothing is cached: a checked address is good for one connection only. The threads are the resolver's own, because slow
DNS servers must not fill the event loop's shared pool.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

ResolveHost = Callable[[str, int], Awaitable[Sequence[str]]]


class HostResolver:
    """Resolves as many names at a time as it has threads."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host in the order of preference. Raises OSError or UnicodeError where it has none."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _lookup_addresses, host, port)

    def close(self) -> None:
        """Stop the threads without waiting; one that hangs in DNS ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(sockaddr[0]) for *_, sockaddr in found]
