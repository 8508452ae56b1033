"""Limits of time and size for one fetch, and the error for a response that exceeds a size."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.errors import FetchError

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one fetch. Times are in seconds, sizes in bytes."""

    total: float = 30.0  # the whole fetch with all its redirects; single reads and writes have no limit of their own
    connect: float = 10.0  # for one address, before the next is tried
    wire_bytes: int = 5 * MIB  # as sent, before decompression
    decoded_bytes: int = 15 * MIB  # after decompression
    head_bytes: int = 64 * 1024  # status line and headers, interim responses included
    redirects: int = 5
    spacing: float = 1.0  # between two requests to one public host
    idle: float = 30.0  # how long an unused connection is kept
    kept_connections: int = 64  # unused connections kept in total


def too_big_error(limit: int, where: str = "") -> FetchError:
    """A FetchError for a response of more than `limit` bytes; where: in which part, such as "in its headers"."""
    size = f"{limit / MIB:g} MiB" if limit >= MIB else f"{limit} bytes"
    return FetchError(f"the answer has more than {size} {where}".rstrip(), kind="too-big")
