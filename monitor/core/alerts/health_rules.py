"""Alarms for operators: feeds that fail or fall silent, broken rules, channels that refuse messages, a full disk.

Health figures in, active alarms out. The module does not know which alarms were sent already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from monitor.core.alerts.render import listed
from monitor.core.database_identity import DOUBT_PERIOD, Restored

# A feed has failed when it passes both: a restart of its server is no failure
MIN_FAILED_POLLS, MIN_FAILURE_DURATION = 3, timedelta(minutes=30)
ACTIVITY_WINDOW = timedelta(days=28)  # in which a feed's active days are counted
MIN_ACTIVE_DAYS = 3  # days with articles; with fewer, silence is no alarm
MIN_FAILED_ATTEMPTS = 3  # of one message
MIN_FREE_BYTES, MIN_FREE_SHARE = 300 * 2**20, 0.02  # on the disk of the database


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The state of a feed; days: those within ACTIVITY_WINDOW on which it brought articles."""

    name: str
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    days: Collection[date] = ()
    moved: str = ""  # the address of a permanent redirect
    overruns: int = 0  # polls today in which no entry was known
    address: str = ""  # the address polled since it moved
    twin: str = ""  # another feed with that address
    gone: int = 0  # answers 410 since the last success


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """The state of a channel. tries: the most attempts at one waiting message; dead: messages given up lately;
    held: messages that may have arrived and wait for the operator's decision."""

    name: str
    tries: int = 0
    dead: int = 0
    error: str = ""
    held: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. key: its subject; text: one sentence; channel: a channel not to be used for this alarm."""

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
    """All active alarms by key. trouble: the first mistake in the rules; disk: bytes free and in total."""
    found = [alarm for feed in feeds for alarm in feed_alarms(feed, now)]
    found += [alarm for line in lines for alarm in channel_alarms(line)]
    if trouble:
        found.append(Alarm("rules", trouble))
    if disk and (disk[0] < MIN_FREE_BYTES or disk[0] < MIN_FREE_SHARE * disk[1]):
        found.append(Alarm("disk", f"the disk of the database is nearly full: {disk[0] // 2**20} MB are left"))
    return {alarm.key: alarm for alarm in found}


def stranded_alarms(waiting: Mapping[str, int]) -> Iterator[Alarm]:
    """An alarm for each channel that is gone from rules.toml while alerts wait for it. waiting: counts by channel."""
    for name, count in waiting.items():
        text = (
            f"{count} alerts wait for the channel {name}, which is not in rules.toml, and their watches have no other"
        )
        yield Alarm(f"stranded {name}", f"{text}: add it again, or drop them with `monitor outbox drop`")


def feed_alarms(feed: FeedHealth, now: datetime) -> Iterator[Alarm]:
    """The alarms of a feed: gone, failing, moved, overrun or silent, the first that applies.

    A failure that began in the future began before the clock was set back, and counts as long ago.
    """
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
    """The text of a redirect alarm: the new address, and what the operator should do."""
    there = f"the feed {feed.name} has moved for good: its url is now {feed.address or feed.moved}"
    return f"{there}, which {feed.twin} reads already: take {feed.name} out of rules.toml" if feed.twin else there


def count_silent_days(days: Collection[date], today: date) -> int | None:
    """Whole days without an article, if they exceed twice the longest such gap between `days`; else None.

    Days in the future come from a wrong clock and are ignored.
    """
    seen = sorted(day for day in set(days) if day <= today)
    if len(seen) < MIN_ACTIVE_DAYS:
        return None
    longest = max((later - earlier).days - 1 for earlier, later in pairwise(seen))
    empty = (today - seen[-1]).days - 1
    return empty if empty >= 2 * longest + 2 else None


def channel_alarms(line: ChannelHealth) -> Iterator[Alarm]:
    """The alarms of a channel: one message refused several times or for good, and messages on hold."""
    if line.dead or line.tries >= MIN_FAILED_ATTEMPTS:
        what = f"{line.dead} messages were refused for good" if line.dead else f"{line.tries} attempts were in vain"
        text = f"the channel {line.name} does not take messages ({what}): {line.error or 'no reason given'}"
        yield Alarm(f"channel {line.name}", text, line.name)
    if line.held:
        text = f"messages for the channel {line.name} may have arrived or not, and are held ({line.held} so far)"
        yield Alarm(f"held {line.name}", f"{text}: see `monitor outbox list`, then `monitor outbox retry` or `drop`")


def of_database(restored: Restored | None, now: datetime) -> Alarm | None:
    """The alarm that an older or a new database is in use, for DOUBT_PERIOD after its start."""
    if restored is None or now >= restored.at + DOUBT_PERIOD:
        return None
    return Alarm(f"database {restored.at:%Y%m%dT%H%M%S}", restored.sentence())


@dataclass(frozen=True, slots=True)
class DailySummary:
    """Counts of the last 24 hours. dead: messages given up; balanced: every match is accounted for."""

    feeds: int
    failing: int
    articles: int
    sent: int
    waiting: int
    dead: int
    balanced: bool


def format_heartbeat(day: DailySummary, up: Collection[str]) -> str:
    """The text of the daily heartbeat message; up: the keys of the active alarms."""
    lines = [
        f"24 h: {day.articles} new articles from {day.feeds} feeds, {day.sent} alerts sent, {day.waiting} waiting",
        f"feeds in trouble: {day.failing or 'none'} · given up: {day.dead or 'none'}",
        f"alarms: {listed(sorted(up), room=1000) or 'none'}",
    ]
    return "\n".join([*lines, *([] if day.balanced else ["the ledger does not balance: see monitor status"])])
