"""A newsstand: feeds of four formats on loopback, with ETags and gzip, in a process of its own.

    python bench/newsstand.py --feeds 1000        # prints its port; a line "1" on stdin brings the first new entries

With --tls CERT (see tls.py) it speaks TLS and ends each connection after one answer.

Feed n is at http://127.0.0.<1 + n % 50>:PORT/f<n>: RSS, Atom, RDF or JSON Feed with 20 to 50 entries. The text is made
of invented words whose frequencies fall as those of a language do, so articles share phrases by chance as real ones
do; one entry in thirty is the story of a wire service that several feeds bring. The same seed makes the same stand.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.tls import context

HOSTS = 50  # addresses, with 20 of 1,000 feeds each
TWENTIETH = 20  # one feed in so many has news in a new edition
WIRE = 400  # stories that several feeds bring
EPOCH = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
COMMON = """
    the of and to in der die das und von zu mit für auf ist a on is that at by with from as it im den des ein eine
    nicht not has have will are was be an sich auch nach bei aus wird werden sind über said its this year market
    company Prozent Euro Aktie shares Unternehmen billion Milliarden quarter Quartal group Konzern
""".split()  # noqa: SIM905 -- a list of words is read as words
SYLLABLES = "ba ber den dor el fen gar grü hal in ka kö lan lei mar men nor ost pel rau ro schi sen tal tör un ver wal"
NAMES = "Nordlicht Varenta Holmgard Kestrel Tiedemann Oriv Palmyra Aurelis Fenwick Grünwald Sorbonia Lumen Takano Ravel"
FORMATS = ("rss", "rss", "rss", "rss", "rss", "rss", "atom", "atom", "rdf", "json")
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "rdf": "application/rdf+xml"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: summary and content are HTML."""

    link: str
    title: str
    summary: str
    content: str
    at: datetime


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """Words and their cumulative weights, by Zipf's law."""
    chance, pieces = random.Random(1), SYLLABLES.split()
    made = {"".join(chance.choices(pieces, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(9000)}
    words = COMMON + [word.title() if chance.random() < 0.4 else word for word in sorted(made)]
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))


@cache
def names() -> list[str]:
    """Companies: those that watches look for, and many others."""
    chance, pieces = random.Random(2), SYLLABLES.split()
    return NAMES.split() + ["".join(chance.choices(pieces, k=3)).title() + "on" for _ in range(200)]


def prose(chance: random.Random, length: int) -> list[str]:
    """Sentences of about so many characters together."""
    words, weights = vocabulary()
    sentences: list[str] = []
    while length > 0:
        picked = chance.choices(words, cum_weights=weights, k=chance.randint(8, 18))
        picked[0] = picked[0].title()
        if chance.random() < 0.4:
            picked[chance.randrange(len(picked))] = chance.choice(names())
        if chance.random() < 0.3:
            picked.insert(3, f"{chance.randint(2, 900)},{chance.randint(0, 9)} {chance.choice(('Prozent', 'million'))}")
        sentence = " ".join(picked) + chance.choice((".", ".", ".", "?", " – “!"))
        sentences.append(sentence)
        length -= len(sentence) + 1
    return sentences


def entry(seed: int, feed: int, number: int) -> Entry:
    """Entry so-and-so of a feed; some are a wire story."""
    own = random.Random(f"{seed}/{feed}/{number}")
    wire = own.random() < 1 / 30
    chance = random.Random(f"{seed}/wire/{own.randrange(WIRE)}") if wire else own
    title = " ".join(prose(chance, 60)[:1])[:90].rstrip(".? ") + f" {chance.choice(names())}"
    summary = f'<p>{" ".join(prose(chance, 420))} <a href="/more?id={number}">read &amp; comment</a></p>'
    content = ""
    if chance.random() < 0.4:
        paragraphs = [prose(chance, 560) for _ in range(7)]
        content = '<img src="/pic.jpg" alt=""/>' + "".join(f"<p>{' '.join(one)}</p>" for one in paragraphs)
    link = f"https://{NAMES.split()[feed % 14].lower()}-{feed}.example/news/{number}-{chance.randrange(10**6)}.html"
    return Entry(link, title, summary, content, EPOCH + timedelta(minutes=number * 37 % 4000 + feed % 60))


def entries(seed: int, feed: int, edition: int) -> list[Entry]:
    """What a feed shows in an edition, the newest first."""
    count = 20 + feed * 7 % 31
    fresh = edition if feed % TWENTIETH == 0 else 0
    return [entry(seed, feed, number) for number in range(count + fresh - 1, fresh - 1, -1)]


def rss(feed: int, found: list[Entry]) -> str:
    """RSS 2.0."""
    items = "".join(
        f"<item><title>{escape(e.title)}</title><link>{e.link}</link><guid isPermaLink='false'>{e.link}</guid>"
        f"<pubDate>{format_datetime(e.at)}</pubDate><description><![CDATA[{e.summary}]]></description>"
        + (f"<content:encoded><![CDATA[{e.content}]]></content:encoded>" if e.content else "")
        + "<category>Markets</category></item>\n"
        for e in found
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        f'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed {feed}</title>'
        f"<link>https://feed-{feed}.example/</link><description>News</description>\n{items}</channel></rss>"
    )


def atom(feed: int, found: list[Entry]) -> str:
    """Atom 1.0."""
    items = "".join(
        f'<entry><title>{escape(e.title)}</title><link href="{e.link}"/><id>{e.link}</id>'
        f"<published>{e.at.isoformat()}</published><updated>{e.at.isoformat()}</updated>"
        f'<summary type="html">{escape(e.summary)}</summary>'
        + (f'<content type="html">{escape(e.content)}</content>' if e.content else "")
        + "</entry>\n"
        for e in found
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Feed {feed}</title><id>urn:feed:{feed}</id><updated>{EPOCH.isoformat()}</updated>\n{items}</feed>"
    )


def rdf(feed: int, found: list[Entry]) -> str:
    """RSS 1.0."""
    items = "".join(
        f'<item rdf:about="{e.link}"><title>{escape(e.title)}</title><link>{e.link}</link>'
        f"<description>{escape(e.summary)}</description><dc:date>{e.at.isoformat()}</dc:date></item>\n"
        for e in found
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://feed-{feed}.example/"><title>Feed {feed}</title>'
        f"<link>https://feed-{feed}.example/</link><description>News</description></channel>\n{items}</rdf:RDF>"
    )


def json_feed(feed: int, found: list[Entry]) -> str:
    """JSON Feed 1.1."""
    items = [
        {
            "id": e.link,
            "url": e.link,
            "title": e.title,
            "summary": re.sub("<[^>]+>", "", e.summary),
            "content_html": e.content or e.summary,
            "date_published": e.at.isoformat(),
        }
        for e in found
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": f"Feed {feed}", "items": items})


WRITERS = {"rss": rss, "atom": atom, "rdf": rdf, "json": json_feed}


class Stand:
    """All feeds in one edition, gzipped when first asked for."""

    def __init__(self, seed: int, *, once: bool = False) -> None:
        self.seed, self.edition = seed, 0
        self.once = once  # one answer on each connection
        self.kept: dict[tuple[int, int], bytes] = {}
        self.answers: Counter[str] = Counter()  # by status, since somebody asked

    def answer(self, feed: int, asked: str) -> bytes:
        """A whole HTTP answer; asked: the validator of the client."""
        edition = self.edition if feed % TWENTIETH == 0 else 0
        tag = f'"{feed}-{edition}"'
        self.answers["304" if tag in asked else "200"] += 1
        if tag in asked:
            return f"HTTP/1.1 304 Not Modified\r\n{self.ending()}ETag: {tag}\r\n\r\n".encode()
        kind = FORMATS[feed % len(FORMATS)]
        if (feed, edition) not in self.kept:
            text = WRITERS[kind](feed, entries(self.seed, feed, edition))
            self.kept[feed, edition] = gzip.compress(text.encode(), 6, mtime=0)
        body = self.kept[feed, edition]
        return (
            f"HTTP/1.1 200 OK\r\n{self.ending()}ETag: {tag}\r\n"
            f"Content-Type: {TYPES.get(kind, 'application/feed+json')}\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def ending(self) -> str:
        """The header that says so where this answer is the last one."""
        return "Connection: close\r\n" if self.once else ""


class Talk(asyncio.Protocol):
    """One connection, kept open for as long as the client wants it."""

    def __init__(self, stand: Stand) -> None:
        self.stand, self.read = stand, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        assert self.transport is not None
        self.read += data
        while b"\r\n\r\n" in self.read:
            head, _, self.read = self.read.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            feed = int(lines[0].split()[1].removeprefix("/f"))
            self.transport.write(self.stand.answer(feed, fields.get("if-none-match", "")))
            if self.stand.once or fields.get("connection", "").lower() == "close":
                self.transport.close()


async def serve(seed: int, feeds: int, certificate: str) -> None:
    """Serve until stdin ends; a number on a line is the edition from then on, and is answered by what was served."""
    stand, loop = Stand(seed, once=bool(certificate)), asyncio.get_running_loop()
    shown = context(Path(certificate)) if certificate else None
    first, *rest = addresses(feeds)
    server = await loop.create_server(lambda: Talk(stand), first, 0, ssl=shown)
    port = server.sockets[0].getsockname()[1]
    others = [await loop.create_server(lambda: Talk(stand), host, port, ssl=shown) for host in rest]
    print(port, flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        stand.edition = int(line)
        print(json.dumps(stand.answers), flush=True)
        stand.answers.clear()
    for one in (server, *others):
        one.close()


def addresses(feeds: int) -> list[str]:
    """All that it listens at."""
    return [f"127.0.0.{1 + n}" for n in range(min(HOSTS, feeds))]


def address(port: int, feed: int, scheme: str = "http") -> str:
    """Where a feed is."""
    return f"{scheme}://127.0.0.{1 + feed % HOSTS}:{port}/f{feed}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tls", default="")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.seed, arguments.feeds, arguments.tls))
