"""How much of anything one source may cost us."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.errors import FetchError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one fetch. Times in seconds, sizes in bytes."""

    total: float = 30.0  # the whole fetch with all its redirects; single operations have no limit of their own
    connect: float = 10.0  # one address; the next one is tried after it
    wire_bytes: int = 5 * MIB  # as sent
    decoded_bytes: int = 15 * MIB  # after decompression
    head_bytes: int = 64 * 1024  # status line and headers, interim answers included
    redirects: int = 5
    spacing: float = 1.0  # between two requests to one public host
    idle: float = 30.0  # how long an unused connection is kept
    kept_connections: int = 64  # unused connections kept in all


def too_big_error(limit: int, where: str = "") -> FetchError:
    """The error of an answer with more bytes than a limit allows."""
    size = f"{limit / MIB:g} MiB" if limit >= MIB else f"{limit} bytes"
    return FetchError(f"the answer has more than {size} {where}".rstrip(), kind="too-big")
