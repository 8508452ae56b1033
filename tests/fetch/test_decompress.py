"""gzip, brotli and zstd: whole, in pieces, in several streams, cut, and never further than there is room."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.model.polling import Page
from monitor.fetch.decompress import PIECE_SIZE, make_decoder
from tests.fetch.raw_server import answer, fetch, raw, web

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstd.compress,
}

ENCODED = {
    "gzip": gzip.compress(b"<rss>") + gzip.compress(b"</rss>") + b"\x00" * 8,
    "X-GZip": gzip.compress(b"<rss></rss>"),
    "br": brotli.compress(b"<rss></rss>"),
    "ZSTD": zstd.compress(b"<rss>") + b"\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zstd.compress(b"</rss>") + b"\n",
    "identity": b"<rss></rss>",
}


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("encoding", ENCODED)
def test_every_encoding_that_is_offered_is_unpacked_however_it_is_cut(encoding: str, piece: int) -> None:
    """Also in several members, with a frame to be skipped between them and padding behind."""
    packed, unpacking = ENCODED[encoding], make_decoder(encoding)
    cuts = range(0, len(packed), piece)
    assert b"".join(found for at in cuts for found in unpacking.feed(packed[at : at + piece], 100)) == b"<rss></rss>"
    unpacking.end()


def test_an_empty_body_is_empty_in_every_encoding() -> None:
    for encoding in ENCODED:
        make_decoder(encoding).end()


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("more", [1, PIECE_SIZE, 3 * PIECE_SIZE])
def test_a_body_is_unpacked_no_further_than_there_is_room(encoding: str, more: int) -> None:
    room = 3_000_000
    packed = PACKERS[encoding](bytes(room + more))
    sizes = [len(piece) for piece in make_decoder(encoding).feed(packed, room)]
    assert max(sizes) <= 2 * PIECE_SIZE and room < sum(sizes) <= room + 1 + PIECE_SIZE
    exact = PACKERS[encoding](bytes(room))
    assert sum(len(piece) for piece in make_decoder(encoding).feed(exact, room)) == room


def test_padding_that_looks_like_a_member_is_padding() -> None:
    unpacking = make_decoder("gzip")
    pieces = [*unpacking.feed(gzip.compress(b"x") + b"\0", 9), *unpacking.feed(b"\x1fnonsense", 9)]
    unpacking.end()
    assert b"".join(pieces) == b"x"


@settings(max_examples=25, deadline=None)
@given(
    pieces=st.lists(st.integers(0, 700_000), max_size=5), seed=st.integers(0, 2**32), how=st.sampled_from(list(PACKERS))
)
def test_a_packed_body_comes_out_as_it_went_in(pieces: list[int], seed: int, how: str) -> None:
    """Zeros inflate a thousandfold, noise hardly at all; both cross every boundary of the reader somewhere."""
    noise = random.Random(seed)
    body = b"".join(noise.randbytes(size // 40) + bytes(size * 4) for size in pieces)

    async def main() -> bytes:
        said = answer(PACKERS[how](body), Content_Encoding=how)
        async with raw({"/": said}) as server, web() as client:
            page = await fetch(client, server.url + "/")
            return page.body if isinstance(page, Page) else b"?"

    assert asyncio.run(main()) == body
