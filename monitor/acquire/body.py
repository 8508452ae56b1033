"""The document in an answer, within the limit after decompression; the wire has its own, where it is read.

Brotli, zstd and a second gzip give a gigabyte from a kilobyte in ONE call; zlib is asked for at most what is still
allowed, so a bomb costs no more than the limit. We offer gzip only and refuse what was not offered.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import httpx

from monitor.acquire.limits import MIB, Limits, too_big
from monitor.core.errors import FetchError

PIECE = MIB  # inflated at a time, so that a bomb is in memory once and not twice
MEMBERS = 64  # of one gzip stream; each costs an allocation of 40 kB for as little as 20 bytes


class Decoder(Protocol):
    """Turns bytes of the wire into bytes of the document."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """What data gives, in pieces; in all at most one byte more than room."""
        ...

    def end(self) -> None:
        """Raises FetchError where the document is not complete."""
        ...


async def read(response: httpx.Response, limits: Limits) -> bytes:
    """The whole decoded body; raises FetchError where it is too big, cut short or in an encoding not asked for."""
    decoder = _decoder(response.headers.get("content-encoding", ""))
    _promised(response.headers.get("content-length", ""), limits)
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        for piece in decoder.feed(chunk, limits.decoded - size):
            pieces.append(piece)
            size += len(piece)
        if size > limits.decoded:
            raise too_big(limits.decoded, "after decompression")
    decoder.end()
    return b"".join(pieces)


def _promised(length: str, limits: Limits) -> None:
    if length.isdecimal() and len(length) < 20 and int(length) > limits.wire:
        raise too_big(limits.wire)


def _decoder(encoding: str) -> Decoder:
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gunzip()
    raise FetchError(f"the answer is encoded as {encoding[:40]!r}, which we did not offer", kind="encoding")


class Plain:
    """A body sent as it is."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """The data, cut one byte past the room."""
        yield data[: room + 1]

    def end(self) -> None:
        """A plain body is complete where the connection says so."""


class Gunzip:
    """Bounded gzip: several members, padding after the last one, but no missing end."""

    def __init__(self) -> None:
        self._inflater = _inflater()
        self._members = 1
        self._started = False

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """What data inflates to; raises FetchError where it is not gzip."""
        while data and room >= 0 and self._open(data):
            self._started = True
            try:
                piece = self._inflater.decompress(data, min(room + 1, PIECE))
            except zlib.error as error:
                raise FetchError(f"the answer says gzip but is not: {error}", kind="encoding") from error
            yield piece
            room -= len(piece)
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def end(self) -> None:
        """A gzip stream knows its end; without it the transfer was cut."""
        if self._started and not self._inflater.eof:
            raise FetchError("the answer ends in the middle of its compressed data", kind="cut")

    def _open(self, data: bytes) -> bool:
        """Whether data belongs to a member: the current one, or the next where it begins like one."""
        if not self._inflater.eof:
            return True
        if not data.startswith(b"\x1f"):
            return False
        self._members += 1
        if self._members > MEMBERS:
            raise FetchError(f"the answer has more than {MEMBERS} gzip members", kind="encoding")
        self._inflater = _inflater()
        return True


def _inflater() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)
