"""What a fuzzer tries, and what must hold for any bytes: a row for each reader of strangers' text.

Plain code, without the fuzzer: the tests run each target on its seeds and on everything that was ever found.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import brotli
import httpx
from backports import zstd

from monitor.core.alerts.render import defang_text, display_link
from monitor.core.dedupe.urls import canonical_url, url_host
from monitor.core.errors import FetchError, ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.core.text.clean import clean_text, html_to_text
from monitor.core.text.html import visible_text
from monitor.core.text.normalize import fold_with_offsets, normalize_with_offsets
from monitor.feeds import dates, decode, fields, parse_protocol
from monitor.feeds import repair as prescreen
from monitor.feeds.discovery import declared_feeds
from monitor.feeds.fields import PARSE_ERRORS
from monitor.feeds.kinds import KINDS
from monitor.feeds.repair import repair_text
from monitor.feeds.webpage import article as pages
from monitor.fetch import decompress, guard
from monitor.fetch import headers as manners
from monitor.fetch.http1 import HttpResponse
from tests.analysed import article_keys

DATA = Path(__file__).parents[1] / "tests" / "feeds" / "data"
BASE = "https://feeds.example/rss"
ROOM = 1_000_000


@dataclass(frozen=True)
class Target:
    """holds: raises where something does not; seeds: where to begin."""

    holds: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def sound(listing: Listing) -> None:
    """What is true of every listing: it survives its pipe, and its fields are clean, short and of their kind."""
    assert piped(listing) == listing
    for one in listing.articles:
        for text in (one.title, one.author, one.lead, one.body, one.url, one.guid or "", *one.tags):
            assert clean_text(text) == text, text
            text.encode()
        assert "\n" not in one.title and len(one.title) <= fields.MAX_FIELD_LENGTHS["title"]
        assert not one.url or (
            one.url.lower().startswith(("http://", "https://")) and len(one.url) <= fields.MAX_FIELD_LENGTHS["url"]
        )
        assert one.published_at is None or one.published_at.tzinfo is UTC
        article_keys(one)


def kind(name: str) -> Callable[[bytes], None]:
    """Any bytes are a listing or a ParseError, and no reader of ours is confused by its own."""

    def holds(data: bytes) -> None:
        page = Page(BASE, data, "application/xml")
        with suppress(ParseError):
            sound(KINDS[name](page, Source("s", BASE, name)))

    return holds


def whole(data: bytes) -> None:
    """Any page is an article or a ParseError; trafilatura's own faults are contained one floor up."""
    with suppress(ParseError, *PARSE_ERRORS):
        sound(pages.extract_article(Page(BASE, data, "text/html"), Source("s", BASE)))


def date(data: bytes) -> None:
    """Any text is a date in UTC or none."""
    text = text_of(data)
    for zone in ("UTC", "Europe/Berlin", text):
        found = dates.parse_date(text, zone)
        assert found is None or (found.tzinfo is UTC and found.year in dates.PLAUSIBLE_YEARS)


def text_of(data: bytes) -> str:
    """Any text, lone surrogates among it."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def encoded(data: bytes) -> None:
    """Any bytes under any label are text, and the text goes through what stands before every parser."""
    label, _, body = data.partition(b"\n")
    text = decode.decode_text(body, f"text/xml; charset={label.decode('latin-1')}")
    decode.decode_text(data, "")
    repaired = repair_text(text)
    assert repair_text(repaired) == repaired
    with suppress(ParseError):
        root = prescreen.extract_root(text)
        assert prescreen.extract_root(root) == root


def shown(data: bytes) -> None:
    """Markup and text as they are shown and compared; every place leads back into the original."""
    text = text_of(data)
    seen = visible_text(text)
    assert html_to_text(text) == seen.text
    for at in range(0, len(seen.text), 7):
        start, end = seen.origin(at, at + 1)
        assert 0 <= start <= end <= len(text)
    for form in (fold_with_offsets(text), normalize_with_offsets(text)):
        for at in range(0, len(form.text), 7):
            start, end = form.origin(at, at + 1)
            assert 0 <= start < end <= len(text)
    once = clean_text(text)
    assert clean_text(once) == once and defang_text(defang_text(text)) == defang_text(text)
    for field in (fields.clean_title, fields.clean_paragraphs, fields.clean_author):
        field(text).encode()
    declared_feeds(text, BASE)


def address(data: bytes) -> None:
    """Any text is an address, comparable and showable, or it is refused."""
    text = text_of(data)
    once = canonical_url(text)
    assert canonical_url(once) == once, once
    url_host(text)
    assert all(char >= " " for char in display_link(text))
    found = fields.absolute_url(text, BASE)
    assert fields.absolute_url(found, BASE) == found
    with suppress(FetchError):
        origin = guard.url_origin(guard.parse_url(text))
        assert origin.host.isascii() and not set(origin.authority) & set("\r\n @/\\")


def head(data: bytes) -> None:
    """Any bytes of a server are an answer or a FetchError, however they are cut; so are its headers' values."""
    size = data[0] + 1 if data else 1
    for piece in (size, len(data) + 1):
        reading = HttpResponse()
        with suppress(FetchError):
            for at in range(0, len(data), piece):
                reading.feed(data[at : at + piece])
        headers = httpx.Headers(reading.headers)
        read = manners.parse_cache_headers(headers)
        assert read.retry_after is None or 0 <= read.retry_after <= manners.MAX_DELAY_SECONDS
        assert read.max_age is None or 0 <= read.max_age <= manners.MAX_DELAY_SECONDS
        manners.conditional_headers(*manners.parse_validators(headers))


def packed(data: bytes) -> None:
    """Any bytes in any encoding give a bounded body, the same however they are cut, or a FetchError.

    Of a whole zstd frame libzstd checks the length in its header, of one that comes in pieces it does not.
    """
    for name in decompress.STREAM_TYPES:
        outcomes = {unpacked(name, data, piece) for piece in (1, 7, len(data) + 1)}
        assert len(outcomes - {None}) + (name != "zstd" and len(outcomes) > 1) <= 1, (name, outcomes)


def unpacked(name: str, data: bytes, piece: int) -> bytes | None:
    """A body that came in pieces; None where it is none."""
    decoder, size = decompress.make_decoder(name), 0
    pieces: list[bytes] = []
    try:
        for at in range(0, len(data), piece):
            for found in decoder.feed(data[at : at + piece], ROOM - size):
                pieces.append(found)
                size += len(found)
            if size > ROOM:
                return None
        decoder.end()
    except FetchError:
        return None
    return b"".join(pieces)


def pipe(data: bytes) -> None:
    """An article of any text survives the pipe."""
    title, url, guid, body, author, *tags = [*map(text_of, data.split(b"\x00")), *[""] * 5]
    article = Article("s", title, url, guid, body=body, author=author, tags=tuple(tags))
    assert piped(Listing((article,))) == Listing((article,))


def piped(listing: Listing) -> Listing:
    """A listing as it arrives from the process that parsed it."""
    sent = [json.loads(json.dumps(value)) for value in parse_protocol.encode_answer(listing)]
    *articles, rest = map(parse_protocol.decode_answer, sent)
    assert isinstance(rest, Listing)
    return replace(rest, articles=tuple(one for one in articles if isinstance(one, Article)))


def samples(*endings: str) -> Iterator[bytes]:
    """The sample documents of these kinds."""
    for path in sorted(DATA.iterdir()):
        if path.suffix in endings:
            yield path.read_bytes()


ITEM = (
    b"<rss><channel><item><title>H200 &amp; Qwen</title><link>/a</link><pubDate>Tue, 24 Nov 2026 09:00:00 GMT</pubDate>"
    b"<author>a@b.example (A)</author><description>&lt;p&gt;Kiel</description></item></channel></rss>"
)
MAP = b"<urlset><url><loc>https://x.example/a-1234.html</loc><lastmod>2026-11-24</lastmod></url></urlset>"
INDEX = b"<sitemapindex><sitemap><loc>https://x.example/n.xml</loc></sitemap></sitemapindex>"
ARTICLE = b"<html><body><article><p>" + b"The mill sold flour. " * 30 + b"</p></article>"
ANSWER = b'\x05HTTP/1.1 200 OK\r\nContent-Length: 1\r\nRetry-After: 9\r\nCache-Control: max-age=9\r\nETag: "a"\r\n\r\nx'
CHUNKED = b"\x05HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
DATES = (b"Tue, 24 Nov 2026 09:00:00 +0100", b"24. November 2026, 9:05 Uhr MEZ", b"2026-11-24T09:00:00Z")
URLS = (
    b"https://www.x.example/a/?utm_source=rss&id=7#top",
    b"http://[2606:2800:21f:cb07::1]:80/",
    b"http://b\xc3\xbc.example/",
)
PACKED = (gzip.compress(b"abc"), brotli.compress(b"abc" * 9), zstd.compress(b"abc"))
TARGETS = {
    "feed": Target(kind("feed"), (*samples(".xml", ".json"), ITEM)),
    "jsonfeed": Target(kind("jsonfeed"), (*samples(".json"), b'{"items": [{"id": 1, "authors": [{"name": "A"}]}]}')),
    "sitemap": Target(kind("sitemap"), (MAP, INDEX)),
    "page": Target(whole, (ARTICLE,)),
    "dates": Target(date, DATES),
    "charset": Target(encoded, (b"utf-8\n" + ITEM, b"gb2312\n\xc4\xe3\xba\xc3", b"\n\xff\xfe<\x00r\x00")),
    "text": Target(shown, (b"<p>AT&amp;T <b>H</b>200</p><!-- x --><script>1</script>", "Größe ﬁ 日本\u200e".encode())),
    "url": Target(address, URLS),
    "head": Target(head, (ANSWER, CHUNKED)),
    "packed": Target(packed, PACKED),
    "frames": Target(pipe, (b"H200\x00https://x.example/\x00id\x00lead\x00body\x00tag", b"\xed\xa0\x80")),
}
