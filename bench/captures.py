"""Replay captures of feeds through the real pipeline with a virtual clock, and count what becomes of their articles.

A folder holds one folder for each feed, and in it one file for each capture: NAME/TIMESTAMP.xml (or .json, .html). The
timestamp is ISO 8601 (basic or extended, UTC where no zone is given), YYYYMMDDHHMMSS, or seconds since 1970. Captures
are read in the order of time: parse, ingest, decide, store and deliver are those of the daemon, the database is an
SQLite file in a temporary folder, nothing uses the network. A capture with the bytes of the one before is a poll that
found nothing new, and known entries are skipped by their bytes, as in the daemon.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.config.load import load_rules
from monitor.config.settings import Settings
from monitor.core.model.alerts import DeliveryState, Message, Target
from monitor.core.model.articles import Relation
from monitor.core.model.polling import Listing, NotModified, Page, PollReport, PollState, Source
from monitor.feeds import incremental
from monitor.feeds.kinds import KINDS, call_parser
from monitor.feeds.webpage.headlines import parse_headlines
from monitor.pipeline import ingest
from monitor.pipeline.context import TurnContext
from monitor.pipeline.deliver import Deliverer, targets_by_address
from monitor.store.migrate import upgrade
from monitor.store.store import Store, open_store
from monitor.store.tables import article

SCRIPTS = Path(__file__).parents[1] / "alembic"
CONTENT_TYPES = {".xml": "application/xml", ".json": "application/feed+json", ".html": "text/html"}
OWNER = "replay"
MAX_VIEWS = 1_000_000
SHOWN_LENGTH = 110  # characters of a headline
DEFAULT_RULES = '[watch]\nevery = { regex = ["^(?s:.)"] }\n[notify]\nreplay = "json://replay.example/hook"\n[feeds]\n'


@dataclass(frozen=True, slots=True)
class Capture:
    """The bytes of a feed at one moment."""

    at: datetime
    feed: str
    path: Path


@dataclass(frozen=True, slots=True)
class FoldedPair:
    """An article that was taken for a copy, and the one it was taken for."""

    rule: str
    reason: str
    feed: str
    title: str
    seen_at: datetime
    other_feed: str
    other_title: str
    other_seen_at: datetime | None


@dataclass(slots=True)
class ReplayFigures:
    """What a replay counted. first_sight: articles of the first capture of a feed; edits: stored new wordings."""

    captures: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    articles: int = 0
    first_sight: int = 0
    edits: int = 0
    folds: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)  # sent deliveries by reason
    silent: Counter[str] = field(default_factory=Counter)  # suppressed deliveries by reason
    messages: int = 0
    cpu_seconds: float = 0.0

    @property
    def updates(self) -> int:
        """Edits that were told."""
        return self.alerts["update"] + self.alerts["correction"]

    def as_data(self) -> dict[str, Any]:
        """The figures as JSON data."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}  # asdict() cannot copy a Counter
        return values | {"updates": self.updates, "cpu_seconds": round(self.cpu_seconds, 2)}


@dataclass
class CaptureWeb:
    """Answers a request with the capture of its feed."""

    current: dict[str, Capture] = field(default_factory=dict)

    async def fetch(self, source: Source, state: PollState, *, full: bool = False) -> Page | NotModified:
        """The bytes of the capture. A further document of a catch-up is not in the folder."""
        capture = self.current[source.name]
        return Page(source.url, capture.path.read_bytes(), content_type=content_type(capture.path))


class InlineParser:
    """The real parsers in this process, so that its CPU time is counted."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What a page lists, without the entries that were seen. Raises ParseError."""
        if source.kind == "page":
            return call_parser(parse_headlines, page, source)
        task = incremental.begin_parse(page, source, seen)
        return task.finish(task.listing or call_parser(KINDS[source.kind], task.page, source))


class CountingSender:
    """Counts messages instead of sending them."""

    def __init__(self) -> None:
        self.messages = 0

    async def send(self, target: Target, message: Message) -> None:
        """Count a message."""
        self.messages += 1


class UnpacedDeliverer(Deliverer):
    """The deliverer without the rate limits of channels, which are in real seconds."""

    async def wait_for_slot(self, target: Target | None) -> None:
        """Wait for nothing."""


def content_type(path: Path) -> str:
    """The media type of a capture, by the ending of its name."""
    return CONTENT_TYPES.get(path.suffix.lower(), "application/xml")


def parse_timestamp(text: str) -> datetime:
    """The instant of a file name without its ending. Raises ValueError."""
    if re.fullmatch(r"\d{14}", text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    if re.fullmatch(r"\d{13}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    found = datetime.fromisoformat(re.sub(r"(\d{8})-(\d{4,6})", r"\1T\2", text).replace("_", ":"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def find_captures(folder: Path) -> list[Capture]:
    """All captures below a folder, in the order of time. Raises ValueError naming a file whose time cannot be read."""
    found = []
    for path in sorted(folder.glob("*/*.*")):
        if path.name.startswith("."):
            continue
        try:
            at = parse_timestamp(path.stem)
        except ValueError:
            raise ValueError(f"{path}: its name is no time; write 20261123T090000Z.xml or 1795424400.xml") from None
        found.append(Capture(at, path.parent.name, path))
    return sorted(found, key=lambda one: (one.at, one.feed))


def load_settings(rules: Path | None, feeds: Sequence[str], folder: Path) -> Settings:
    """The settings of a rules file, or a watch that matches everything; feeds it does not name get a URL of their own.

    Raises ValueError for a rules file with mistakes.
    """
    path = rules or folder / "rules.toml"
    if rules is None:
        lines = [f'{json.dumps(feed)} = {{ url = "https://feed-{n}.example/feed" }}\n' for n, feed in enumerate(feeds)]
        path.write_text(DEFAULT_RULES + "".join(lines), encoding="utf-8")
    reading = load_rules(path, environ={})
    if reading.problems:
        raise ValueError(f"{path}: {reading.problems[0].message}")
    return reading.settings


def with_all_feeds(sources: Sequence[Source], feeds: Sequence[str]) -> dict[str, Source]:
    """The source of each captured feed: that of the rules by name, else one with an invented URL."""
    known = {source.name: source for source in sources}
    return {feed: known.get(feed) or Source(feed, f"https://feed-{n}.example/feed") for n, feed in enumerate(feeds)}


class Replay:
    """One replay: feeds, database and clock."""

    def __init__(self, store: Store, settings: Settings, feeds: Sequence[str]) -> None:
        self.store, self.settings = store, settings
        self.sources = with_all_feeds(settings.sources, feeds)
        self.now = datetime(2000, 1, 1, tzinfo=UTC)
        self.web, self.sender, self.figures = CaptureWeb(), CountingSender(), ReplayFigures()
        self.tools = TurnContext(store, self.web, InlineParser(), lambda: self.now, lambda: 0.5)
        self.deliverer = UnpacedDeliverer(store, self.sender, OWNER, lambda: self.now, lambda: 0.5)
        self.targets = targets_by_address(settings.channels)

    async def run(self, captures: Sequence[Capture]) -> None:
        """Poll each capture and send what is due; at the end wait a week for what was deferred."""
        began = time.process_time()
        self.store.polls.register(list(self.sources.values()), captures[0].at)
        for capture in captures:
            self.now = capture.at
            self.web.current[capture.feed] = capture
            self.count(await self.poll(capture.feed))
            await self.send()
        self.now += timedelta(days=7)
        await self.send()
        self.figures.cpu_seconds = time.process_time() - began

    async def poll(self, feed: str) -> PollReport:
        """One poll of a feed, due or not."""
        [claim] = self.store.polls.claim(self.now, OWNER, ingest.POLL_LEASE, 1, only=[feed])
        return await ingest.poll_source(claim, self.sources[feed], self.settings, self.tools)

    async def send(self) -> None:
        """Send what is due, until nothing is."""
        while due := await self.deliverer.due_addresses(self.targets):
            for address in due:
                await self.deliverer.deliver(address, self.targets.get(address))

    def count(self, report: PollReport) -> None:
        """Add the report of one poll to the figures."""
        figures = self.figures
        figures.captures += 1
        figures.articles += report.articles
        figures.edits += report.edited
        figures.unchanged += report.outcome == "unchanged"
        figures.first_sight += report.articles if report.outcome == "first sight" else 0
        if report.outcome == "failed":
            figures.failed[f"{report.source}: {report.error}"] += 1

    def finish(self) -> ReplayFigures:
        """The figures, with the folds and deliveries that the database has."""
        for one in self.store.views.alerts(limit=MAX_VIEWS):
            if one.state == DeliveryState.SENT:
                self.figures.alerts[one.reason] += 1
            elif one.state == DeliveryState.SUPPRESSED:
                self.figures.silent[one.reason] += 1
        self.figures.folds.update(pair.rule for pair in folded_pairs(self.store))
        self.figures.messages = self.sender.messages
        return self.figures


def rule_of(reason: str) -> str:
    """The rule of a stored reason: without ids and figures, and without what the two articles share."""
    return re.sub(r"\d[\d.,]*", "N", re.sub(r"#\d+", "#", reason).partition(" in other words:")[0])


def folded_pairs(store: Store) -> Iterator[FoldedPair]:
    """The articles that were folded into a story, and the article each was taken for."""
    columns = (article.c.id, article.c.source, article.c.title, article.c.first_seen_at)
    query = select(*columns, article.c.kinship, article.c.kin_reason, article.c.kin_article).order_by(article.c.id)
    with store.database.read() as connection:
        rows: Mapping[int, Any] = {row.id: row for row in connection.execute(query)}
    for row in rows.values():
        if row.kinship in (Relation.NEW, Relation.VERSION):
            continue
        other = rows.get(row.kin_article)
        yield FoldedPair(
            rule_of(row.kin_reason),
            row.kin_reason,
            row.source,
            row.title,
            row.first_seen_at,
            other.source if other else "",
            other.title if other else "",
            other.first_seen_at if other else None,
        )


def replay_folder(folder: Path, rules: Path | None = None) -> tuple[ReplayFigures, list[FoldedPair]]:
    """Replay all captures of a folder. Raises ValueError where there is none, or for rules with mistakes."""
    captures = find_captures(folder)
    if not captures:
        raise ValueError(f"{folder} holds no captures; put them into {folder}/NAME/TIMESTAMP.xml")
    feeds = list(dict.fromkeys(sorted(capture.feed for capture in captures)))
    with tempfile.TemporaryDirectory() as place:
        settings = load_settings(rules, feeds, Path(place))
        url = f"sqlite:///{place}/replay.db"
        upgrade(url, SCRIPTS, captures[0].at)
        with open_store(url) as store:
            replay = Replay(store, settings, feeds)
            asyncio.run(replay.run(captures))
            return replay.finish(), list(folded_pairs(store))


def print_figures(figures: ReplayFigures) -> None:
    """Print the figures for people."""
    failed = figures.failed.total()
    print(
        f"{figures.captures} captures ({figures.unchanged} brought nothing new, {failed} failed),"
        f" {figures.cpu_seconds:.1f} s of CPU"
    )
    print(f"{figures.articles} articles, {figures.first_sight} of them at first sight; {figures.edits} edits")
    print_counts("folded", figures.folds)
    print_counts("told", figures.alerts)
    print_counts("not told", figures.silent)
    print(f"{figures.updates} updates, {figures.messages} messages")
    print_counts("failed", figures.failed)


def print_counts(what: str, counts: Counter[str]) -> None:
    """Print a sum and its parts, the largest first; nothing where there is none."""
    if counts:
        print(f"{what}: {counts.total()}")
        for name, count in counts.most_common():
            print(f"  {count:6} {name}")


def print_pairs(pairs: Sequence[FoldedPair], rule: str) -> None:
    """Print the pairs that a rule folded, the earlier article first; rule: a part of its name."""
    for pair in pairs:
        if rule.lower() in pair.rule.lower() or rule.lower() in pair.reason.lower():
            print(pair.reason)
            at = f"{pair.other_seen_at:%Y-%m-%d %H:%M}" if pair.other_seen_at else " " * 16
            print(f"  {at}  {pair.other_feed:20} {pair.other_title[:SHOWN_LENGTH]}")
            print(f"  {pair.seen_at:%Y-%m-%d %H:%M}  {pair.feed:20} {pair.title[:SHOWN_LENGTH]}")


def as_json(figures: ReplayFigures, pairs: Sequence[FoldedPair], rule: str | None) -> str:
    """The figures, and the pairs of a rule, as one JSON object."""
    shown = [asdict(pair) for pair in pairs if rule is not None and rule.lower() in pair.reason.lower()]
    return json.dumps(figures.as_data() | {"pairs": shown}, ensure_ascii=False, default=datetime.isoformat)
