"""The three edges of the world that tests replace: the web, the mouth and the clock. Everything between is real."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Target
from monitor.core.model.polling import Listing, NotModified, Page, PollState, Source
from monitor.feeds import incremental
from monitor.feeds.kinds import KINDS


@dataclass
class Clock:
    """A clock that a test turns by hand."""

    time: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **delta: float) -> None:
        """Let so many hours=, minutes=, … pass."""
        self.time += timedelta(**delta)


@dataclass
class FakeWeb:
    """Pages by address; an exception in a page's place is raised."""

    pages: dict[str, bytes | Exception | NotModified | Page] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    addresses: list[tuple[str, str]] = field(default_factory=list)  # source, address
    asked: list[tuple[str, str | None, bool]] = field(default_factory=list)  # source, etag we sent, unconditional

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified:
        """The page of a source."""
        self.asked.append((source.name, state.etag, full))
        self.addresses.append((source.name, source.url))
        page = self.pages[source.url]
        if isinstance(page, Exception):
            raise page
        if isinstance(page, NotModified | Page):
            return page
        return Page(source.url, page, content_type="application/rss+xml", etag=self.etags.get(source.url))


@dataclass
class PlainParser:
    """The real parsers, without a process of their own; remembers how many entries it read of each page."""

    read: list[int] = field(default_factory=list)

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What the page lists, without the entries that were seen."""
        task = incremental.begin_parse(page, source, seen)
        listing = task.finish(task.listing or KINDS[source.kind](task.page, source))
        self.read.append(len(listing.articles))
        return listing


@dataclass
class FakeMouth:
    """Remembers what it was asked to say; `moods` are raised first, one for each message."""

    said: list[tuple[Target, Message]] = field(default_factory=list)
    moods: list[DeliveryError] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    deaf: bool = False  # to pings

    async def ping(self, url: str) -> None:
        """Note that somebody asked."""
        if self.deaf:
            raise DeliveryError("no answer", answer=Answer.NOT_SENT)
        self.pings.append(url)

    async def send(self, target: Target, message: Message) -> None:
        """Take a message."""
        if self.moods:
            raise self.moods.pop(0)
        self.said.append((target, message))
