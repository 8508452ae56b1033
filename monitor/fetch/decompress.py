"""Content encodings, undone piece by piece and never further than asked.

In ONE call of a library's plain function 1.6 kB of brotli or 31 kB of zstd become a gigabyte. Here every call has a
limit for what comes out, so a bomb costs what the reader has room for and one window. A new encoding is a class and a
row in STREAMS.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli
import httpx
from backports import zstd

from monitor.core.errors import FetchError
from monitor.fetch.limits import MIB, Limits, too_big_error

# No q-values, the server may choose: a feed of 97 kB is unpacked in 0.36 ms from gzip, 0.26 ms from brotli and 0.10 ms
# from zstd, and read in 6 ms. gzip stands first for servers that look no further than the first word.
ACCEPTED_ENCODINGS = "gzip, br, zstd"
PIECE_SIZE = MIB  # unpacked at a time, so that a bomb is in memory once and not twice
MAX_MEMBERS = 64  # gzip members or zstd frames of one body; each costs an allocation of 40 kB or more for 9 to 20 bytes
ZSTD_WINDOW_LOG = 23  # log2 of zstd's window: 8 MiB, all that HTTP allows (RFC 9659); the format itself knows 3.75 TB


class CompressedStream(Protocol):
    """One compressed stream from its first byte to its end. Raises its library's errors."""

    @property
    def done(self) -> bool:
        """Whether its end was read."""
        ...

    @property
    def has_pending(self) -> bool:
        """Whether it has more to give without further data."""
        ...

    def decompress(self, data: bytes, most: int) -> tuple[bytes, bytes]:
        """What data unpacks to, and the data not yet used; most: bytes wanted, which brotli takes as a hint."""
        ...


class GzipStream:
    """A gzip member."""

    has_pending = False  # what zlib did not get rid of, it did not read either

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def done(self) -> bool:
        """Whether its checksum was read."""
        return self._inner.eof

    def decompress(self, data: bytes, most: int) -> tuple[bytes, bytes]:
        """Exactly as many bytes as wanted, where there are so many."""
        piece = self._inner.decompress(data, most)
        return piece, self._inner.unconsumed_tail or self._inner.unused_data


class BrotliStream:
    """A brotli stream, whose window is 16 MiB at most by its format."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._brimming = False

    @property
    def done(self) -> bool:
        """Whether its last block was read."""
        return bool(self._inner.is_finished())

    @property
    def has_pending(self) -> bool:
        """Whether it has input left, or output: of that its library says nothing once all input was read."""
        return not self.done and (self._brimming or not self._inner.can_accept_more_data())

    def decompress(self, data: bytes, most: int) -> tuple[bytes, bytes]:
        """Up to twice as much as wanted, or 32 kB: its buffer grows in blocks."""
        piece = self._inner.process(data, output_buffer_limit=most)
        self._brimming = len(piece) >= most
        return piece, b""


class ZstdStream:
    """A zstd frame, or one to be skipped."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})

    @property
    def done(self) -> bool:
        """Whether the frame ended."""
        return self._inner.eof

    @property
    def has_pending(self) -> bool:
        """Whether it has input left."""
        return not self.done and not self._inner.needs_input

    def decompress(self, data: bytes, most: int) -> tuple[bytes, bytes]:
        """Exactly as many bytes as wanted, where there are so many."""
        return self._inner.decompress(data, most), self._inner.unused_data


DECOMPRESS_ERRORS = (zlib.error, brotli.error, zstd.ZstdError)
GZIP_STARTS, BROTLI_STARTS, ZSTD_STARTS = (b"\x1f",), (), (b"\x28", *(bytes([first]) for first in range(0x50, 0x60)))
# word → how to open a stream, and how another one behind it begins
STREAM_TYPES: dict[str, tuple[Callable[[], CompressedStream], tuple[bytes, ...]]] = {
    "gzip": (GzipStream, GZIP_STARTS),
    "x-gzip": (GzipStream, GZIP_STARTS),
    "br": (BrotliStream, BROTLI_STARTS),
    "zstd": (ZstdStream, ZSTD_STARTS),
}


class BodyDecoder(Protocol):
    """Turns bytes of the wire into bytes of the document."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """What data gives, in pieces, and no further piece once they have filled more than the room."""
        ...

    def end(self) -> None:
        """Raises FetchError where the document is not complete."""
        ...


class PlainDecoder:
    """A body sent as it is."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """The data, cut one byte past the room."""
        yield data[: room + 1]

    def end(self) -> None:
        """A plain body is complete where the connection says so."""


class CompressedDecoder:
    """A body of one stream or of several, one behind the other; what follows them is padding and is ignored."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open, self._starts = STREAM_TYPES[name]
        self._stream: CompressedStream = self._open()
        self._members = 1
        self._started = self._padding = False

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """What data unpacks to; raises FetchError where it is not what its header says."""
        while (data or self._stream.has_pending) and room >= 0 and self._goes_on(data):
            self._started = True
            try:
                piece, data = self._stream.decompress(data, min(room + 1, PIECE_SIZE))
            except DECOMPRESS_ERRORS as error:
                raise FetchError(f"the answer says {self._name} but is not: {error}", kind="encoding") from error
            yield piece
            room -= len(piece)

    def end(self) -> None:
        """Each of them knows its end; without it the transfer was cut."""
        if self._started and not self._stream.done:
            raise FetchError("the answer ends in the middle of its compressed data", kind="cut")

    def _goes_on(self, data: bytes) -> bool:
        """Whether data belongs to a stream: the current one, or the next where it begins like one."""
        if not self._stream.done or not self._starts:  # brotli calls anything behind its end an error
            return True
        self._padding = self._padding or not data.startswith(self._starts)
        if self._padding:
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise FetchError(f"the answer has more than {MAX_MEMBERS} {self._name} streams", kind="encoding")
        self._stream = self._open()
        return True


def make_decoder(encoding: str) -> BodyDecoder:
    """The decoder for a Content-Encoding; raises FetchError for what was not offered, two layers among it."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return PlainDecoder()
    if name in STREAM_TYPES:
        return CompressedDecoder(name)
    raise FetchError(f"the answer is encoded as {encoding[:40]!r}, which we did not offer", kind="encoding")


async def read_body(response: httpx.Response, limits: Limits) -> bytes:
    """The whole decoded body; raises FetchError where it is too big, cut short or in an encoding not asked for."""
    unpacking = make_decoder(response.headers.get("content-encoding", ""))
    _check_content_length(response.headers.get("content-length", ""), limits)
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        for piece in unpacking.feed(chunk, limits.decoded_bytes - size):
            pieces.append(piece)
            size += len(piece)
        if size > limits.decoded_bytes:
            raise too_big_error(limits.decoded_bytes, "after decompression")
    unpacking.end()
    return b"".join(pieces)


def _check_content_length(length: str, limits: Limits) -> None:
    if length.isdecimal() and len(length) < 20 and int(length) > limits.wire_bytes:
        raise too_big_error(limits.wire_bytes)
