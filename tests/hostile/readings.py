"""Families about documents: each tries its payloads on a real, killable parser process beside two canaries."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from monitor.core.errors import ParseError
from monitor.core.model.polling import Page, Source
from monitor.feeds.parser import Parser
from tests.fetch.raw_server import Raw, answer, raw
from tests.hostile.documents import TITLE, Hostile, rss
from tests.hostile.others import ARTICLE, documents
from tests.hostile.trials import Trial, tried, unlike

PATIENCE = 15.0
LATE = 0.5  # seconds to kill a process and to find out
BEFORE = 1.0  # seconds of a thread, before a process is asked: linear in a page of at most 1 MB, 0.7 s measured
BASE = "https://feeds.example/rss"


@dataclass(frozen=True)
class Canaries:
    """A file and a server that nobody may open."""

    file: Path
    server: Raw
    since: float  # the file's time of last access, set to the past

    @property
    def opened(self) -> str:
        """Which of them was."""
        if self.server.connections:
            return "the canary URL was asked for"
        return "the canary file was opened" if self.file.stat().st_atime != self.since else ""


@asynccontextmanager
async def canaries() -> AsyncIterator[Canaries]:
    """Both, with a good feed inside."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canary.xml"
        file.write_text(rss("<item><title>canary</title></item>"))
        async with raw({"/": answer(file.read_bytes())}) as server:
            os.utime(file, (1_000_000_000, 2_000_000_000))  # an access older than a change is noted even under relatime
            yield Canaries(file, server, 1_000_000_000)


class Parsers:
    """Processes as the daemon has them, and one with patience for what has to be read on a machine with other work."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._strict, self._patient = Parser(1, deadline), Parser(1, PATIENCE)
        self._reader = Parser(1, deadline, "monitor.feeds.webpage.article")

    def for_(self, hostile: Hostile) -> tuple[Parser, float]:
        """What reads a document, and within how many seconds."""
        if hostile.kind == "page":
            return self._reader, self._deadline
        return (self._patient, PATIENCE) if hostile.keeps or hostile.refused else (self._strict, self._deadline)

    async def aclose(self) -> None:
        """End them all."""
        for parser in (self._strict, self._patient, self._reader):
            await parser.aclose()


async def read(family: str, deadline: float) -> list[Trial]:
    """T7, T8, T21: every document ends in time, opens nothing, and the next good one parses."""
    parsers = Parsers(deadline)
    try:
        async with canaries() as found:
            payloads = documents(str(found.file), found.server.url + "/")[family]
            return [await one(name, hostile, parsers, found) for name, hostile in payloads.items()]
    finally:
        await parsers.aclose()


async def one(name: str, hostile: Hostile, parsers: Parsers, found: Canaries) -> Trial:
    """One document on a warm process, and a good one after it."""
    parser, deadline = parsers.for_(hostile)
    await good(hostile.kind, parser)
    trial = await tried(name, partial(endured, hostile, parser))
    slow = f"it took {trial.seconds:.1f} s" if trial.seconds > BEFORE + deadline + LATE else ""
    failure = trial.failure or slow or found.opened or await good(hostile.kind, parser)
    return Trial(name, failure, trial.seconds, trial.peak, trial.gap)


async def endured(hostile: Hostile, parser: Parser) -> str:
    """The good entry is there, where it has to be; nothing of a canary is."""
    source = Source("s", BASE, "feed" if hostile.kind == "page" else hostile.kind)
    try:
        listing = await parser.parse(Page(BASE, hostile.body), source)
    except ParseError as error:
        if hostile.refused:
            return unlike(error.kind, hostile.refused)
        return f"{error.kind}: {error}" if hostile.keeps or hostile.reads else ""
    if hostile.refused:
        return f"it was read: {[article.title for article in listing.articles][:3]}"
    titles = [article.title.casefold() for article in listing.articles]
    if any("canary" in title for title in titles):
        return "it reads what the canary says"
    if any("the mill" in title for title in titles):
        return "it reads what a declared name stands for"
    return "" if not hostile.keeps or TITLE.casefold() in titles else f"its good entry is lost: {titles[:3]}"


async def good(kind: str, parser: Parser) -> str:
    """A good document, whatever came before it."""
    document = ARTICLE if kind == "page" else rss("<item><title>A <b>good</b> one</title></item>")  # needs the process
    try:
        async with asyncio.timeout(60):
            listing = await parser.parse(Page(BASE, document.encode()), Source("s", BASE))
    except (ParseError, TimeoutError) as error:
        return f"the next document is not read: {error}"
    return "" if len(listing.articles) == 1 else "the next document has no entry"
