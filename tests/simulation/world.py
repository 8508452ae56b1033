"""The simulated world: newsrooms, channels, the database's disk, the wall clock and the moments of kills.

One random generator, seeded, decides what it does. It knows nothing of the monitor but the types at its edges.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.rss_documents import Item, rss
from tests.virtual_clock import VirtualLoop

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
TERMS = ("Zirkonia", "Palladium")
PROBE_TERM = "Rhodium"  # stands in one article at the end, whose way is timed
FEEDS = ("north", "south", "east", "pages")
SLACK = "hooks.slack.com"
CHANNELS = ("hook.example", "other.example", SLACK)
KILL_POINTS = (
    "before a write", "before a commit", "after a commit", "before a fetch", "after a fetch", "before a send",
    "after a send", "at a moment",
)  # fmt: skip


class Killed(SystemExit):
    """kill -9: leaves the event loop at once. Only SystemExit does that from a task and from a callback."""


@dataclass
class Article:
    """One article as its newsroom has it. named: a watch's term stands in it, so that it must be told."""

    number: int
    title: str
    text: str
    link: str
    named: bool
    page: str = ""  # the whole text, where the feed has a teaser only
    edits: int = 0

    @property
    def token(self) -> str:
        """A word that stands in the headline of this article only."""
        return f"K{self.number:04}"


@dataclass
class Newsroom:
    """A feed. mood: what its server does; since: articles that were there before the monitor's first poll."""

    name: str
    articles: list[Article] = field(default_factory=list)
    mood: str = "ok"
    served_at: float = -1.0  # virtual time of the last good answer


class World:
    """Everything outside the process. `log` is the event log, one line for each event."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, random.Random(seed)
        self.loop = VirtualLoop(self.job_delay)
        self.log: list[str] = []
        self.lead = timedelta(0)  # of the wall clock, which may be set
        self.rooms = {name: Newsroom(name) for name in FEEDS}
        self.moods = dict.fromkeys(CHANNELS, "ok")
        self.arrived: dict[tuple[str, str], list[str]] = {}  # channel and token: kind of each message that named it
        self.refused: set[tuple[str, str]] = set()
        self.database, self.database_until = "ok", 0.0
        self.armed: tuple[str, int] | None = None  # a kill point, and after how many passes
        self.count, self.kills = 0, 0
        self.fed_at = 0.0  # when the watchdog of systemd was last fed
        self.job_ended_at = 0.0  # when a job of the database last ended
        self.in_flight: set[str] = set()  # feeds that are fetched and channels that are sent to
        self.pauses: dict[str, float] = {}  # until when a channel asked for a pause
        self.sent_at: dict[str, float] = {}  # when a message to a channel began
        self.first_arrival: dict[tuple[str, str], float] = {}
        self.violations: list[str] = []
        self.seen: Counter[str] = Counter()  # of events by kind, to prove that each happens

    @property
    def time(self) -> float:
        """Virtual seconds since the start."""
        return self.loop.time()

    def now(self) -> datetime:
        """The wall clock."""
        return START + timedelta(seconds=self.time) + self.lead

    def note(self, kind: str, what: str = "") -> None:
        """Add a line to the event log."""
        self.seen[kind] += 1
        self.log.append(f"{self.time:9.3f} {kind} {what}".rstrip())

    def violate(self, what: str) -> None:
        """Note that a promise was broken."""
        self.violations.append(f"at {self.time:.3f}: {what}")
        self.note("VIOLATION", what)

    def start_process(self) -> None:
        """Forget what the process before knew."""
        self.in_flight.clear()
        self.pauses.clear()
        self.sent_at.clear()
        self.fed_at = self.job_ended_at = self.time

    @contextlib.contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Only one at a time: a second one is a violation."""
        if what in self.in_flight:
            self.violate(f"two at once: {what}")
        self.in_flight.add(what)
        try:
            yield
        finally:
            self.in_flight.discard(what)

    def begin_send(self, channel: str) -> None:
        """A message begins: not within a pause that the channel asked for, nor too soon after the last one."""
        if self.time < self.pauses.get(channel, 0.0) - 1:
            self.violate(f"{channel} asked for a pause until {self.pauses[channel]:.0f}")
        # While the database hangs, a message waits after its place in the pace was given to it
        if (
            channel == SLACK
            and self.time > self.database_until + 2
            and self.time - self.sent_at.get(channel, -9.0) < 0.9
        ):
            self.violate(f"{channel} gets two messages within a second")
        self.sent_at[channel] = self.time

    def job_delay(self) -> float:
        """How long a job of a thread takes; while the database hangs, until it no longer does."""
        wait = self.random.uniform(0.0005, 0.02)
        return wait + max(0.0, self.database_until - self.time) if self.database == "hangs" else wait

    def end_database_trouble(self) -> None:
        """The database works again, unless another fault of it began."""
        if self.time >= self.database_until:
            self.database = "ok"

    def reach(self, point: str) -> None:
        """Pass a point where the process may be killed."""
        if self.armed is None or self.armed[0] != point:
            return
        self.armed = (point, self.armed[1] - 1) if self.armed[1] else None
        if self.armed is None:
            self.kill(point)

    def kill(self, point: str) -> None:
        """kill -9."""
        self.kills += 1
        self.note("kill", point)
        raise Killed(point)

    def check_database(self, moment: str) -> None:
        """Raise what SQLite would raise now."""
        if self.database in ("locked", "full") and self.time < self.database_until:
            if self.database == "locked" and moment == "begin":
                raise sqlite3.OperationalError("database is locked")
            if self.database == "full" and moment == "commit" and self.random.random() < 0.7:
                raise sqlite3.OperationalError("database or disk is full")

    # newsrooms

    def word(self) -> str:
        """A word of no language."""
        pick = self.random.choice
        return "".join(pick(CONSONANTS) + pick(VOWELS) for _ in range(self.random.randint(2, 4)))

    def words(self, count: int) -> str:
        """Some words of no language."""
        return " ".join(self.word() for _ in range(count))

    def publish(self, room: Newsroom, term: str = "") -> Article:
        """A new article at the top of a feed."""
        self.count += 1
        named = bool(term) or self.random.random() < 0.7
        term = term or (self.random.choice(TERMS) if named else self.word())
        title = f"{self.word()} K{self.count:04} {self.words(3)}"
        long = f"{self.words(25)} {term} {self.words(25)}"
        teaser = room.name == "pages"
        text = self.words(12) if teaser else long
        link = f"https://{room.name}.example/{self.count}"
        made = Article(self.count, title, text, link, named, page=long if teaser else "")
        room.articles.insert(0, made)
        self.note("publish", f"{room.name} {made.token}{' named' if named else ''}")
        return made

    def edit(self, room: Newsroom) -> None:
        """A small change of an article that says nothing new, or another figure."""
        if not room.articles:
            return
        one = self.random.choice(room.articles)
        one.edits += 1
        one.text += f" {self.words(2)}." if self.random.random() < 0.5 else f" {self.random.randint(2, 900)} Prozent."
        self.note("edit", f"{room.name} {one.token}")

    def reorder(self, room: Newsroom) -> None:
        """The feed lists its articles in another order."""
        self.random.shuffle(room.articles)
        self.note("reorder", room.name)

    def document(self, room: Newsroom) -> bytes:
        """The feed's bytes."""
        items = [
            Item(one.title, one.text, f"{room.name}-{one.number}", one.link, "Mon, 23 Nov 2026 09:00:00 +0000")
            for one in room.articles
        ]
        return rss(items, name=room.name)

    def find_page(self, address: str) -> Article | None:
        """The article at an address."""
        return next((one for room in self.rooms.values() for one in room.articles if one.link == address), None)

    # what the watchdog and the channels are told

    def notify(self, **state: object) -> None:
        """systemd's side of the notification socket."""
        for name in ("READY", "STOPPING"):
            if name in state:
                self.note(name.lower())
        if "WATCHDOG" in state:
            self.note("watchdog")
            self.fed_at = self.time

    def take(self, channel: str, title: str, body: str) -> None:
        """A channel has a message, whatever its sender hears of it."""
        words = f"{title}\n{body}"
        low = words.lower()
        kind = "repeat" if "possible repeat" in low else "update" if "update:" in low or "correction" in low else "new"
        tokens = sorted({word for word in words.replace("<", " ").replace(">", " ").split() if is_token(word)})
        self.note("arrived", f"{channel} {' '.join(tokens)} ({kind})")
        for token in tokens:
            self.arrived.setdefault((channel, token), []).append(kind)
            self.first_arrival.setdefault((channel, token), self.time)

    def at(self, seconds: float, change: Callable[[], None]) -> None:
        """Let something happen later; it outlives the process."""
        self.loop.call_whatever_happens(seconds, change)


def is_token(word: str) -> bool:
    """Whether a word is the token of an article."""
    return len(word) == 5 and word[0] == "K" and word[1:].isdigit()
