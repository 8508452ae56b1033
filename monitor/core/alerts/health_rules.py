"""What an operator must hear of: feeds that fail or fall silent, broken rules, channels that refuse, a full disk.

Pure: from how things stand to the alarms that should be up. Whether one was told already is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from monitor.core.alerts.render import listed
from monitor.core.database_identity import DOUBT, Restored

MIN_FAILED_POLLS, MIN_FAILURE_DURATION = (
    3,
    timedelta(minutes=30),
)  # a feed has failed when both are passed: a restart of its server is none
ACTIVITY_WINDOW = timedelta(days=28)  # over which a feed's rhythm is known
MIN_ACTIVE_DAYS = 3  # on which a feed must have brought something before its silence means anything
MIN_FAILED_ATTEMPTS = 3  # of one message at a channel
MIN_FREE_BYTES, MIN_FREE_SHARE = 300 * 2**20, 0.02  # of the disk the database is on


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a feed stands; days: those of the last four weeks on which it brought something."""

    name: str
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    days: Collection[date] = ()
    moved: str = ""  # where its server says it is from now on
    overruns: int = 0  # today, polls where nothing shown was known
    address: str = ""  # where it is asked for since it moved
    twin: str = ""  # the feed that is polled there in its place
    gone: int = 0  # answers 410 since it was last there


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How a channel stands: the most attempts at one waiting message, messages given up lately, the last error.

    held: messages that may have arrived and wait for a hand.
    """

    name: str
    tries: int = 0
    dead: int = 0
    error: str = ""
    held: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong: key is what it is about, text one sentence, channel one that should not be trusted."""

    key: str
    text: str
    channel: str = ""


def find_alarms(
    feeds: Iterable[FeedHealth],
    lines: Iterable[ChannelHealth],
    trouble: str,
    disk: tuple[int, int] | None,
    now: datetime,
) -> dict[str, Alarm]:
    """The alarms that should be up, by key. trouble: the first mistake in the rules; disk: bytes free and in all."""
    found = [alarm for feed in feeds for alarm in feed_alarms(feed, now)]
    found += [alarm for line in lines for alarm in channel_alarms(line)]
    if trouble:
        found.append(Alarm("rules", trouble))
    if disk and (disk[0] < MIN_FREE_BYTES or disk[0] < MIN_FREE_SHARE * disk[1]):
        found.append(Alarm("disk", f"the disk of the database is nearly full: {disk[0] // 2**20} MB are left"))
    return {alarm.key: alarm for alarm in found}


def feed_alarms(feed: FeedHealth, now: datetime) -> Iterator[Alarm]:
    """A feed fails when several polls did, over some time, or at once when it is gone; it is silent when it misses its
    own rhythm by far. A failure that began in the future did so before the clock was set back."""
    if feed.gone:
        yield Alarm(f"gone {feed.name}", f"the feed {feed.name} is gone for good (410): take it out of rules.toml")
    elif (
        feed.failures >= MIN_FAILED_POLLS
        and feed.failing_since
        and not now - MIN_FAILURE_DURATION < feed.failing_since <= now
    ):
        since = f"since {feed.failing_since:%Y-%m-%d %H:%M} UTC, {feed.failures} polls in a row"
        yield Alarm(f"feed {feed.name}", f"the feed {feed.name} fails {since}: {feed.error or 'no reason given'}")
    elif feed.moved or feed.address:
        yield Alarm(f"moved {feed.name}", describe_redirect(feed))
    elif feed.overruns:
        text = f"the feed {feed.name} showed nothing known, {feed.overruns} times today: items may have been lost"
        yield Alarm(f"window {feed.name}", f"{text}; give it a shorter `every`")
    elif (empty := count_silent_days(feed.days, now.date())) is not None:
        yield Alarm(f"silence {feed.name}", f"the feed {feed.name} has brought nothing new for {empty} days")


def describe_redirect(feed: FeedHealth) -> str:
    """Where a feed is now, and what its owner should do."""
    there = f"the feed {feed.name} has moved for good: its url is now {feed.address or feed.moved}"
    return f"{there}, which {feed.twin} reads already: take {feed.name} out of rules.toml" if feed.twin else there


def count_silent_days(days: Collection[date], today: date) -> int | None:
    """The whole days without an article, where they are more than twice the longest such pause of the last weeks.

    A day of the future is a mistake of the clock.
    """
    seen = sorted(day for day in set(days) if day <= today)
    if len(seen) < MIN_ACTIVE_DAYS:
        return None
    longest = max((later - earlier).days - 1 for earlier, later in pairwise(seen))
    empty = (today - seen[-1]).days - 1
    return empty if empty >= 2 * longest + 2 else None


def channel_alarms(line: ChannelHealth) -> Iterator[Alarm]:
    """A channel fails when it has refused one message several times, or one for good; what is held nobody sends."""
    if line.dead or line.tries >= MIN_FAILED_ATTEMPTS:
        what = f"{line.dead} messages were refused for good" if line.dead else f"{line.tries} attempts were in vain"
        text = f"the channel {line.name} does not take messages ({what}): {line.error or 'no reason given'}"
        yield Alarm(f"channel {line.name}", text, line.name)
    if line.held:
        text = f"messages for the channel {line.name} may have arrived or not, and are held ({line.held} so far)"
        yield Alarm(f"held {line.name}", f"{text}: see `monitor outbox list`, then `monitor outbox retry` or `drop`")


def of_database(restored: Restored | None, now: datetime) -> Alarm | None:
    """For a day operators can see that an older database, or a new one, is in use."""
    if restored is None or now >= restored.at + DOUBT:
        return None
    return Alarm(f"database {restored.at:%Y%m%dT%H%M%S}", restored.sentence())


@dataclass(frozen=True, slots=True)
class DailySummary:
    """What the last 24 hours brought."""

    feeds: int
    failing: int
    articles: int
    sent: int
    waiting: int
    dead: int
    balanced: bool


def format_heartbeat(day: DailySummary, up: Collection[str]) -> str:
    """A sign of life with content: silence means that something is broken."""
    lines = [
        f"24 h: {day.articles} new articles from {day.feeds} feeds, {day.sent} alerts sent, {day.waiting} waiting",
        f"feeds in trouble: {day.failing or 'none'} · given up: {day.dead or 'none'}",
        f"alarms: {listed(sorted(up), room=1000) or 'none'}",
    ]
    return "\n".join([*lines, *([] if day.balanced else ["the ledger does not balance: see monitor status"])])
