"""The document in an answer, within the limit after decompression; the wire has its own, where it is read."""

from __future__ import annotations

import httpx

from monitor.fetch.decompress import decoder
from monitor.fetch.limits import Limits, too_big


async def read(response: httpx.Response, limits: Limits) -> bytes:
    """The whole decoded body; raises FetchError where it is too big, cut short or in an encoding not asked for."""
    unpacking = decoder(response.headers.get("content-encoding", ""))
    _promised(response.headers.get("content-length", ""), limits)
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        for piece in unpacking.feed(chunk, limits.decoded - size):
            pieces.append(piece)
            size += len(piece)
        if size > limits.decoded:
            raise too_big(limits.decoded, "after decompression")
    unpacking.end()
    return b"".join(pieces)


def _promised(length: str, limits: Limits) -> None:
    if length.isdecimal() and len(length) < 20 and int(length) > limits.wire:
        raise too_big(limits.wire)
