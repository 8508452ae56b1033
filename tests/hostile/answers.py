"""Answers of servers that are slow, long, packed, wrong or cut: name → what is said, and the kind of the error.

Each stands at a bound of ours, from within (READ) or one step beyond. What a plain call of a library makes of far more
is said in words in `fetch/decompress.py`; no answer here is larger than the limits of these trials by more than it
takes to be noticed.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections.abc import Callable
from dataclasses import replace

import brotli
from backports import zstd

from monitor.fetch.decompress import MAX_MEMBERS, ZSTD_WINDOW_LOG
from monitor.fetch.http1 import CHUNK_SIZE
from monitor.fetch.limits import Limits
from tests.fetch.raw_server import Say, answer

Payload = tuple[bytes | Say, str]
READ = ""  # instead of an error's kind: the answer is read
TIGHT = Limits(total=0.4, wire_bytes=2_000_000, decoded_bytes=8_000_000)  # for what would take longer than a fetch may
PATIENT = replace(TIGHT, total=20.0)  # for what must be seen to be wrong, on a machine with other work
ROOM = 32 * 1024  # KiB that one answer may cost: the document twice over, and a window of 16 MiB
SLOW = 10.0  # seconds that a slow server takes
NOTICED = 3 * CHUNK_SIZE  # bytes beyond a limit after which a reader of pieces must have seen it
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FEED = b"<rss><channel>" + b"<item><title>H200</title></item>" * 200 + b"</channel></rss>"


def text(size: int) -> bytes:
    """So many bytes of a feed."""
    return (FEED * (size // len(FEED) + 1))[:size]


def long(start: bytes, piece: bytes, limit: int) -> Say:
    """The piece again and again, to a little more than the limit, and the end of the connection."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(start + piece * ((limit + NOTICED) // len(piece) + 1))
        await writer.drain()

    return say


def slow(start: bytes, piece: bytes, pause: float = 0.02) -> Say:
    """A piece now and then, for longer than a fetch may take."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for _ in range(int(SLOW / pause)):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return say


def cut(said: bytes) -> Say:
    """These bytes, and the end of the connection."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    return say


async def silent(writer: asyncio.StreamWriter) -> None:
    """A server that takes the connection and says nothing for longer than a fetch may take."""
    await asyncio.sleep(SLOW)


def packed(how: str, body: bytes) -> bytes:
    """A whole answer in an encoding."""
    return answer(body, Content_Encoding=how)


def windowed(size: int, body: bytes) -> bytes:
    """A zstd frame that asks for a window of 2**size bytes."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: size})
    return packer.compress(body) + packer.flush()


def head(size: int) -> bytes:
    """An answer of a short body whose head has so many bytes."""
    before, after = OK + b"Content-Length: 6\r\nX-Padding: ", b"\r\n\r\n"
    return before + b"x" * (size - len(before) - len(after)) + after + b"<rss/>"


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": zstd.compress,
}


def sizes(limits: Limits) -> dict[str, Payload]:
    """Bodies as big as they may be and bigger by one byte, as they are sent and packed."""
    rows: dict[str, Payload] = {
        "a body of the limit": (answer(text(limits.wire_bytes)), READ),
        "a byte more than the limit": (answer(text(limits.wire_bytes + 1)), "too-big"),
        "a byte more announced": (answer(b"x", Content_Length=str(limits.wire_bytes + 1)), "too-big"),
        "more than the limit without a length": (long(OK + b"\r\n", FEED, limits.wire_bytes), "too-big"),
    }
    for name, pack in PACKERS.items():
        rows[f"{name} of the limit"] = packed(name, pack(text(limits.decoded_bytes))), READ
        rows[f"{name} of a byte more"] = packed(name, pack(text(limits.decoded_bytes + 1))), "too-big"
        rows[f"{name} of a byte more in two"] = (
            packed(name, pack(text(limits.decoded_bytes)) + pack(b"x")),
            "encoding" if name == "br" else "too-big",  # brotli knows no second stream
        )
    return rows


LIMIT = TIGHT.head_bytes
LINES: dict[str, Payload] = {
    "silence": (silent, "timeout"),
    "slow headers": (slow(OK, b"X"), "timeout"),
    "a slow body": (slow(OK + b"Content-Length: 1000\r\n\r\n", b"x"), "timeout"),
    "a slow body in chunks": (slow(CHUNKED, b"1\r\nx\r\n"), "timeout"),
    "slow trailers": (slow(CHUNKED + b"0\r\n", b"a: b\r\n"), "timeout"),
    "headers of the limit": (head(LIMIT), READ),
    "more headers than the limit": (long(OK, b"X-Padding: " + b"x" * 8000 + b"\r\n", LIMIT), "too-big"),
    "a header line longer than the limit": (long(OK + b"X-Padding: ", b"x" * 8000, LIMIT), "too-big"),
    "more small headers than the limit": (long(OK, b"a:b\r\n" * 400, LIMIT), "too-big"),
    "more interim answers than the limit": (long(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 40, LIMIT), "too-big"),
    "interim answers and an answer": (b"HTTP/1.1 102 Processing\r\n\r\n" * 4 + answer(b"<rss/>"), READ),
    "more chunks than the limit": (long(CHUNKED, b"1\r\nx\r\n" * 600, TIGHT.wire_bytes), "too-big"),
    "more trailers than the limit": (long(CHUNKED + b"0\r\n", b"a: b\r\n" * 600, TIGHT.wire_bytes), "too-big"),
    "a chunk extension longer than the limit": (long(CHUNKED + b"1;x=", b"x" * 6000, TIGHT.wire_bytes), "too-big"),
    "a chunk longer than what is sent": (cut(CHUNKED + b"9\r\n<rss/>"), "cut"),
    "a chunk whose size is no number": (cut(CHUNKED + b"x\r\n<rss/>"), "protocol"),
    "a length that is no number": (answer(b"x", Content_Length="one"), "protocol"),
    "a negative length": (answer(b"x", Content_Length="-1"), "protocol"),
    "body cut short": (cut(answer(b"<rss>", Content_Length="500")), "cut"),
    "chunks cut short": (cut(CHUNKED + b"5\r\n<rss>\r\n"), "cut"),
    "no answer": (cut(b""), "cut"),
    "half a head": (cut(OK + b"Content-Le"), "cut"),
    "another protocol": (cut(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol"),
    "a request instead of an answer": (cut(b"GET / HTTP/1.1\r\n\r\n"), "protocol"),
    "a status that is no number": (cut(b"HTTP/1.1 OK\r\n\r\n<rss/>"), "protocol"),
    "a header folded over lines": (cut(OK + b"X: a\r\n b\r\n\r\n<rss/>"), "protocol"),
    "a switch of protocols": (cut(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"), "protocol"),
    "no content": (answer(b"", "204 No Content", Content_Length=""), "status-204"),
    "part of a document": (answer(b"<rss", "206 Partial Content", Content_Range="bytes 0-3/9"), "status-206"),
}
GZ, ZS = gzip.compress(FEED), zstd.compress(FEED)
SKIPPED = b"\x50\x2a\x4d\x18\x00\x00\x00\x00"  # a frame of nothing
PACKED: dict[str, Payload] = {
    "as many gzip members as are read": (packed("gzip", gzip.compress(b"x") * MAX_MEMBERS), READ),
    "one gzip member more": (packed("gzip", gzip.compress(b"x") * (MAX_MEMBERS + 1)), "encoding"),
    "as many zstd frames as are read": (packed("zstd", zstd.compress(b"x") * MAX_MEMBERS), READ),
    "one zstd frame more": (packed("zstd", zstd.compress(b"x") * (MAX_MEMBERS + 1)), "encoding"),
    "as many frames to be skipped as are read": (packed("zstd", ZS + SKIPPED * (MAX_MEMBERS - 1)), READ),
    "one frame to be skipped more": (packed("zstd", ZS + SKIPPED * MAX_MEMBERS), "encoding"),
    "the largest window": (packed("zstd", windowed(ZSTD_WINDOW_LOG, FEED)), READ),
    "a window twice as large": (packed("zstd", windowed(ZSTD_WINDOW_LOG + 1, FEED)), "encoding"),
    "gzip inside gzip": (packed("gzip, gzip", gzip.compress(GZ)), "encoding"),
    "gzip inside brotli": (packed("gzip, br", brotli.compress(GZ)), "encoding"),
    "brotli inside zstd": (packed("br,zstd", zstd.compress(brotli.compress(FEED))), "encoding"),
    "gzip named twice": (
        OK + b"Content-Encoding: gzip\r\n" * 2 + f"Content-Length: {len(GZ)}\r\n\r\n".encode() + GZ,
        "encoding",
    ),
    "deflate": (packed("deflate", zlib.compress(FEED)), "encoding"),
    "an encoding nobody knows": (packed("x-unknown", FEED), "encoding"),
    "not gzip at all": (packed("gzip", FEED), "encoding"),
    "not brotli at all": (packed("br", FEED), "encoding"),
    "not zstd at all": (packed("zstd", FEED), "encoding"),
    "gzip cut short": (packed("gzip", GZ[:-9]), "cut"),
    "gzip without its checksum": (packed("gzip", GZ[:-8]), "cut"),
    "gzip with another checksum": (packed("gzip", GZ[:-8] + bytes(8)), "encoding"),
    "brotli cut short": (packed("br", brotli.compress(FEED)[:-1]), "cut"),
    "brotli with something behind it": (packed("br", brotli.compress(FEED) + b"<rss/>"), "encoding"),
    "zstd cut short": (packed("zstd", ZS[:-1]), "cut"),
    "zstd with another checksum": (
        packed("zstd", zstd.compress(FEED, options={zstd.CompressionParameter.checksum_flag: 1})[:-4] + os.urandom(4)),
        "encoding",
    ),
    "a second zstd frame cut short": (packed("zstd", ZS + ZS[:-1]), "cut"),
}
ANSWERS: dict[str, Payload] = {**LINES, **PACKED, **sizes(TIGHT)}
