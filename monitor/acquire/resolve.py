"""Names to addresses, in threads of our own: the event loop's shared pool must not fill up with slow DNS servers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from monitor.core.errors import FetchError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

THREADS = 4


class Resolver:
    """getaddrinfo without blocking; nothing is remembered, a verdict holds for one connection only."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, best first; raises FetchError where it has none."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {host} cannot be resolved: {_dns_error_text(error)}", kind="dns") from error

    def close(self) -> None:
        """Let go of the threads; one that hangs in DNS ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _dns_error_text(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
