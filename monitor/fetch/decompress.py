"""Decompression of response bodies with a limit on the output of every call.

The plain functions of the libraries turn 1.6 kB of brotli or 31 kB of zstd into a gigabyte in one call. Here such a
body costs at most the size limit and one window. A new encoding is a class and a row in STREAM_TYPES.
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

# Without q-values, so that the server chooses: a feed of 97 kB takes 0.36 ms from gzip, 0.26 ms from brotli, 0.10 ms
# from zstd, and 6 ms to parse. gzip comes first for servers that read the first word only.
ACCEPTED_ENCODINGS = "gzip, br, zstd"
PIECE_SIZE = MIB  # bytes per call, so that a body is never in memory twice
MAX_MEMBERS = 64  # gzip members or zstd frames of one body; each costs an allocation of 40 kB or more for 9 to 20 bytes
ZSTD_WINDOW_LOG = 23  # log2 of zstd's window: 8 MiB, the maximum in HTTP (RFC 9659); the format itself allows 3.75 TB


class CompressedStream(Protocol):
    """One compressed stream. Raises the errors of its library (DECOMPRESS_ERRORS)."""

    @property
    def done(self) -> bool:
        """Whether the end of the stream was read."""
        ...

    @property
    def has_pending(self) -> bool:
        """Whether there is more output without further input."""
        ...

    def decompress(self, data: bytes, max_output: int) -> tuple[bytes, bytes]:
        """The output, at most max_output bytes (for brotli a hint), and the input not yet used."""
        ...


class GzipStream:
    """A gzip member (RFC 1952)."""

    has_pending = False  # zlib reads no more input than it has room for

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def done(self) -> bool:
        return self._inner.eof

    def decompress(self, data: bytes, max_output: int) -> tuple[bytes, bytes]:
        piece = self._inner.decompress(data, max_output)
        return piece, self._inner.unconsumed_tail or self._inner.unused_data


class BrotliStream:
    """A brotli stream (RFC 7932); the format limits its window to 16 MiB."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._is_output_full = False

    @property
    def done(self) -> bool:
        return bool(self._inner.is_finished())

    @property
    def has_pending(self) -> bool:
        """Whether input or output is left; the library does not report output after all input was read."""
        return not self.done and (self._is_output_full or not self._inner.can_accept_more_data())

    def decompress(self, data: bytes, max_output: int) -> tuple[bytes, bytes]:
        """The output is up to twice max_output, or 32 kB: the library's buffer grows in blocks."""
        piece = self._inner.process(data, output_buffer_limit=max_output)
        self._is_output_full = len(piece) >= max_output
        return piece, b""


class ZstdStream:
    """A zstd frame, or a skippable one (RFC 8878)."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})

    @property
    def done(self) -> bool:
        return self._inner.eof

    @property
    def has_pending(self) -> bool:
        return not self.done and not self._inner.needs_input

    def decompress(self, data: bytes, max_output: int) -> tuple[bytes, bytes]:
        return self._inner.decompress(data, max_output), self._inner.unused_data


DECOMPRESS_ERRORS = (zlib.error, brotli.error, zstd.ZstdError)
GZIP_STARTS, BROTLI_STARTS, ZSTD_STARTS = (b"\x1f",), (), (b"\x28", *(bytes([first]) for first in range(0x50, 0x60)))
# Content-Encoding → class of a stream, and the first bytes of another stream after it
STREAM_TYPES: dict[str, tuple[Callable[[], CompressedStream], tuple[bytes, ...]]] = {
    "gzip": (GzipStream, GZIP_STARTS),
    "x-gzip": (GzipStream, GZIP_STARTS),
    "br": (BrotliStream, BROTLI_STARTS),
    "zstd": (ZstdStream, ZSTD_STARTS),
}


class BodyDecoder(Protocol):
    """Decodes a body as it arrives."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """Yield the decoded data in pieces, and stop once they exceed `room` bytes."""
        ...

    def end(self) -> None:
        """Raise FetchError if the body is not complete."""
        ...


class PlainDecoder:
    """A body without a content encoding."""

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """The data, cut one byte beyond the room: enough to detect the excess."""
        yield data[: room + 1]

    def end(self) -> None:
        """Nothing to check: the connection knows whether a plain body is complete."""


class CompressedDecoder:
    """A body of one or several consecutive streams; anything after them is padding and is ignored."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open, self._starts = STREAM_TYPES[name]
        self._stream: CompressedStream = self._open()
        self._members = 1
        self._started = self._padding = False

    def feed(self, data: bytes, room: int) -> Iterator[bytes]:
        """Yield the decompressed data; raises FetchError where it is not in the encoding of the header."""
        while (data or self._stream.has_pending) and room >= 0 and self._continues(data):
            self._started = True
            try:
                piece, data = self._stream.decompress(data, min(room + 1, PIECE_SIZE))
            except DECOMPRESS_ERRORS as error:
                raise FetchError(f"the answer says {self._name} but is not: {error}", kind="encoding") from error
            yield piece
            room -= len(piece)

    def end(self) -> None:
        """Raise FetchError if the last stream has no end: the transfer was cut."""
        if self._started and not self._stream.done:
            raise FetchError("the answer ends in the middle of its compressed data", kind="cut")

    def _continues(self, data: bytes) -> bool:
        """Whether data belongs to the current stream, or is the start of another, which is then opened."""
        if not self._stream.done or not self._starts:  # brotli reports an error for anything after its end
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
    """The decoder for a Content-Encoding; raises FetchError for one not offered, and for two layers."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return PlainDecoder()
    if name in STREAM_TYPES:
        return CompressedDecoder(name)
    raise FetchError(f"the answer is encoded as {encoding[:40]!r}, which we did not offer", kind="encoding")


async def read_body(response: httpx.Response, limits: Limits) -> bytes:
    """Read and decode the body; raises FetchError where it is too big, cut short or in an encoding not offered."""
    decoder = make_decoder(response.headers.get("content-encoding", ""))
    _check_content_length(response.headers.get("content-length", ""), limits)
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        for piece in decoder.feed(chunk, limits.decoded_bytes - size):
            pieces.append(piece)
            size += len(piece)
        if size > limits.decoded_bytes:
            raise too_big_error(limits.decoded_bytes, "after decompression")
    decoder.end()
    return b"".join(pieces)


def _check_content_length(length: str, limits: Limits) -> None:
    if length.isdecimal() and len(length) < 20 and int(length) > limits.wire_bytes:
        raise too_big_error(limits.wire_bytes)
