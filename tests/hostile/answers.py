"""Answers of servers that drip, flood, bomb, lie and hang up: name → what is said, and the kind of the error."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from dataclasses import replace

import brotli
from backports import zstd

from monitor.acquire import Limits
from tests.acquire.raw import Say, answer

TIGHT = Limits(total=0.4, wire=2_000_000, decoded=8_000_000)  # for what never ends by itself
PATIENT = replace(TIGHT, total=20.0)  # for what must be seen to be wrong, on a machine with other work
ROOM = 32 * 1024  # KiB that one answer may cost: the document twice over, and a window of 16 MiB
OK = b"HTTP/1.1 200 OK\r\n"
ZEROS = bytes(40_000_000)  # more than the limit, and quick to pack; the benchmark packs a gigabyte
FEED = b"<rss><channel>" + b"<item><title>H200</title></item>" * 200 + b"</channel></rss>"


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Say:
    """The piece again and again, until the other side hangs up."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
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
    """A server that takes the connection and says nothing."""
    await asyncio.Event().wait()


def packed(how: str, body: bytes) -> bytes:
    """A whole answer in an encoding."""
    return answer(body, Content_Encoding=how)


def windowed(size: int, body: bytes) -> bytes:
    """A zstd frame that asks for a window of 2**size bytes."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: size})
    return packer.compress(body) + packer.flush()


def bombs(zeros: bytes) -> dict[str, tuple[bytes, str]]:
    """So many zeros in every encoding and in some that nobody asked for."""
    gz, br, zs = gzip.compress(zeros), brotli.compress(zeros, quality=9), zstd.compress(zeros)
    return {
        "gzip bomb": (packed("gzip", gz), "too-big"),
        "brotli bomb": (packed("br", br), "too-big"),
        "zstd bomb": (packed("zstd", zs), "too-big"),
        "double gzip bomb": (packed("gzip, gzip", gzip.compress(gz)), "encoding"),
        "gzip inside brotli": (packed("gzip, br", brotli.compress(gz)), "encoding"),
        "brotli inside zstd": (packed("br,zstd", zstd.compress(br)), "encoding"),
        "brotli twice": (packed("br, br", brotli.compress(br)), "encoding"),
        "gzip named twice": (
            OK + b"Content-Encoding: gzip\r\n" * 2 + b"Content-Length: 9\r\n\r\n" + gz[:9],
            "encoding",
        ),
        "many gzip bombs": (packed("gzip", gz * 20), "too-big"),
        "many zstd bombs": (packed("zstd", zs * 20), "too-big"),
    }


LINES: dict[str, tuple[bytes | Say, str]] = {
    "silence": (silent, "timeout"),
    "drip in the headers": (endless(OK, b"X", 0.02), "timeout"),
    "drip in the body": (endless(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.02), "timeout"),
    "drip of empty brotli blocks": (endless(OK + b"Content-Encoding: br\r\n\r\n\x0c", b"\x06", 0.02), "timeout"),
    "endless headers": (endless(OK, b"X-Padding: " + b"x" * 8000 + b"\r\n"), "too-big"),
    "endless header line": (endless(OK + b"X-Padding: ", b"x" * 8000), "too-big"),
    "endless small headers": (endless(OK, b"a:b\r\n" * 4000), "too-big"),
    "endless interim answers": (endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 400), "too-big"),
    "endless body": (endless(OK + b"\r\n", b"x" * 60000), "too-big"),
    "endless body behind a small length": (
        endless(OK + b"Content-Length: 9000000000\r\n\r\n", b"x" * 60000),
        "too-big",
    ),
    "endless chunks": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 6000), "too-big"),
    "endless trailers": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 6000), "too-big"),
    "endless chunk extension": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"x" * 60000), "too-big"),
    "a chunk of all there is": (
        answer(b"f" * 16 + b"\r\nx", Content_Length="", Transfer_Encoding="chunked"),
        "timeout",
    ),
    "a longer chunk than there is": (
        answer(b"f" * 40 + b"\r\nx", Content_Length="", Transfer_Encoding="chunked"),
        "protocol",
    ),
    "ten gigabytes announced": (answer(b"x", Content_Length="10000000000"), "too-big"),
    "more than a number announced": (answer(b"x", Content_Length="9" * 40), "protocol"),
    "body cut short": (cut(answer(b"<rss>", Content_Length="500")), "cut"),
    "chunks cut short": (cut(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"), "cut"),
    "no answer": (cut(b""), "cut"),
    "half a head": (cut(OK + b"Content-Le"), "cut"),
    "another protocol": (cut(b"SSH-2.0-OpenSSH_9.2\r\n"), "protocol"),
    "a request instead of an answer": (cut(b"GET / HTTP/1.1\r\n\r\n"), "protocol"),
    "two lengths": (answer(b"x", Transfer_Encoding="chunked"), "protocol"),
    "two contradicting lengths": (cut(OK + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\n<rss>"), "protocol"),
    "negative length": (answer(b"x", Content_Length="-1"), "protocol"),
    "a header folded over lines": (cut(OK + b"X: a\r\n b\r\n\r\n<rss/>"), "protocol"),
    "NUL in a header": (cut(OK + b"X: a\x00b\r\n\r\n<rss/>"), "protocol"),
    "a switch of protocols": (cut(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nx"), "protocol"),
    "no content": (answer(b"", "204 No Content", Content_Length=""), "status-204"),
    "part of a document": (answer(b"<rss", "206 Partial Content", Content_Range="bytes 0-3/9"), "status-206"),
}
PACKED: dict[str, tuple[bytes | Say, str]] = {
    "many gzip members": (packed("gzip", gzip.compress(b"") * 5000), "encoding"),
    "many zstd frames": (packed("zstd", zstd.compress(b"") * 5000), "encoding"),
    "many frames to be skipped": (packed("zstd", b"\x50\x2a\x4d\x18\x00\x00\x00\x00" * 5000), "encoding"),
    "a window of 128 MiB": (packed("zstd", windowed(27, FEED)), "encoding"),
    "a dictionary we do not have": (packed("zstd", b"\x28\xb5\x2f\xfd\x23\x01\x00\x00\x00\x06" + bytes(9)), "encoding"),
    "deflate": (packed("deflate", zlib.compress(FEED)), "encoding"),
    "compress": (packed("compress", b"\x1f\x9d\x90" + bytes(9)), "encoding"),
    "an encoding nobody knows": (packed("x" * 5000, FEED), "encoding"),
    "not gzip at all": (packed("gzip", FEED), "encoding"),
    "not brotli at all": (packed("br", FEED), "encoding"),
    "not zstd at all": (packed("zstd", FEED), "encoding"),
    "noise for brotli": (packed("br", b"\xff" * 5000), "encoding"),
    "gzip cut short": (packed("gzip", gzip.compress(FEED)[:-9]), "cut"),
    "gzip without its checksum": (packed("gzip", gzip.compress(FEED)[:-8]), "cut"),
    "gzip with another checksum": (packed("gzip", gzip.compress(FEED)[:-8] + bytes(8)), "encoding"),
    "brotli cut short": (packed("br", brotli.compress(FEED)[:-1]), "cut"),
    "brotli with something behind it": (packed("br", brotli.compress(FEED) + b"<rss/>"), "encoding"),
    "zstd cut short": (packed("zstd", zstd.compress(FEED)[:-1]), "cut"),
    "zstd with another checksum": (
        packed("zstd", zstd.compress(FEED, options={zstd.CompressionParameter.checksum_flag: 1})[:-4] + os.urandom(4)),
        "encoding",
    ),
    "a second zstd frame cut short": (packed("zstd", zstd.compress(FEED) + zstd.compress(FEED)[:-1]), "cut"),
}
HOSTILE: dict[str, tuple[bytes | Say, str]] = {**LINES, **PACKED, **bombs(ZEROS)}
