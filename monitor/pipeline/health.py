"""Alarms for operators, a daily heartbeat, and a ping of an outside watcher after each check.

`core/alerts/health_rules.py` decides what is wrong from the state of feeds and channels. Alarms go to the `ops`
channels; an alarm about a channel goes through another one where there is one. It knows no article, and repairs
nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config.settings import Settings
from monitor.core.alerts import health_rules
from monitor.core.alerts.quiet_hours import next_time_of_day
from monitor.core.alerts.render import defang_text, truncate
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Address, Message, Priority, Target
from monitor.pipeline.outage_log import Outages
from monitor.store.alarms import AlarmNotice
from monitor.store.store import Store

log = logging.getLogger(__name__)

HEARTBEAT_KEY = "heartbeat"  # the key of the next heartbeat's time
MAX_HEARTBEAT_WAIT = timedelta(days=2)  # a heartbeat further ahead was planned by a clock that was wrong
MAX_TITLE_LENGTH, MAX_BODY_LENGTH = 180, 2500  # characters
MAX_SINGLE_ALARMS = 5  # alarms of one check; more become one message
MAX_LISTED_ALARMS, MAX_ALARM_LENGTH = 10, 200  # in one message; characters of each


class OpsSender(Protocol):
    """Sends to channels and pings the outside watcher. Raises DeliveryError."""

    async def send(self, target: Target, message: Message) -> None: ...
    async def ping(self, url: str) -> None: ...


@dataclass(slots=True)
class HealthMonitor:
    """Checks the monitor. folder: the directory of the database, None where it is on a server."""

    store: Store
    sender: OpsSender
    now: Callable[[], datetime]
    folder: Path | None = None
    outages: Outages = field(default_factory=Outages)

    async def check(self, settings: Settings, trouble: str, known: Mapping[Address, Target]) -> None:
        """Check once: store which alarms began and ended, send them, the heartbeat and the ping."""
        ops = [(address, target) for address, target in known.items() if address.channel in settings.ops]
        await asyncio.to_thread(self.update_alarms, trouble)
        for notices in group_notices(await asyncio.to_thread(self.store.alarms.unsent_notices)):
            await self.send_notices(notices, ops)
        await self.send_heartbeat(settings, ops)
        if settings.ping:
            await self.ping(settings.ping)

    def update_alarms(self, trouble: str) -> None:
        """Store which alarms began and which ended."""
        now = self.now()
        feeds, channels = self.store.alarms.feed_health(now), self.store.alarms.channel_health(now)
        found = health_rules.find_alarms(feeds, channels, trouble, self.disk(), now)
        if older := health_rules.of_database(self.store.restored, now):
            found[older.key] = older
        self.store.alarms.update_alarms(found, now)

    async def lost(self, why: str, settings: Settings, known: Mapping[Address, Target]) -> None:
        """Tell operators that the database was replaced. Nothing can be stored, so this is sent once."""
        ops = [(address, target) for address, target in known.items() if address.channel in settings.ops]
        await self.send_to_operators("monitor", f"{why}; the monitor starts again", f"lost {self.now()}", ops)

    def disk(self) -> tuple[int, int] | None:
        """Bytes free and in all on the database's disk."""
        if self.folder is None or not self.folder.exists():
            return None
        usage = shutil.disk_usage(self.folder)
        return usage.free, usage.total

    async def send_notices(self, notices: Sequence[AlarmNotice], ops: Sequence[tuple[Address, Target]]) -> None:
        """Send beginnings or ends in one message; they count as sent once one channel has taken it."""
        over = notices[0].ended_at is not None
        texts = [f"over: {notice.alarm.text}" if over else notice.alarm.text for notice in notices]
        text = texts[0] if len(texts) == 1 else "\n".join(format_alarms(texts, over))
        log.log(logging.INFO if over else logging.WARNING, "alarm %s", text)
        doubted = {notice.alarm.channel for notice in notices}
        trusted = [(address, target) for address, target in ops if address.channel not in doubted] or ops
        key = ", ".join(f"alarm {notice.id} {over}" for notice in notices)
        if await self.send_to_operators("monitor", text, key, trusted) or not ops:
            await asyncio.to_thread(self.store.alarms.mark_sent, notices, self.now())

    async def send_to_operators(self, title: str, text: str, key: str, ops: Sequence[tuple[Address, Target]]) -> bool:
        """Send a text to all operators; returns whether any channel took it."""
        first, _, rest = text.partition("\n")
        name = sha256(key.encode()).hexdigest()[:32]
        body = truncate("\n".join(map(defang_text, (rest or first).splitlines())), MAX_BODY_LENGTH)
        message = Message(
            truncate(f"{title}: {defang_text(first)}", MAX_TITLE_LENGTH),
            body,
            name,
            Priority.NORMAL,
            {"X-Monitor-Id": name},
        )
        taken = False
        for address, target in ops:
            try:
                await self.sender.send(target, message)
                taken = True
            except DeliveryError as error:
                self.outages.record_failure(f"the channel {address.channel} for operators", str(error))
            else:
                self.outages.record_success(f"the channel {address.channel} for operators")
        return taken

    async def send_heartbeat(self, settings: Settings, ops: Sequence[tuple[Address, Target]]) -> None:
        """Send the daily heartbeat at its time of day; one that no channel took is sent at the next check."""
        if settings.heartbeat is None:
            return
        now = self.now()
        due = await asyncio.to_thread(self.store.memory.get, HEARTBEAT_KEY)
        if due is not None and now < datetime.fromisoformat(due) <= now + MAX_HEARTBEAT_WAIT:
            return
        if due is None or await self.send_to_operators(
            "monitor", await asyncio.to_thread(self.day), f"beat {due}", ops
        ):
            coming = next_time_of_day(now, (settings.heartbeat,), ZoneInfo(settings.timezone))
            await asyncio.to_thread(self.store.memory.put, HEARTBEAT_KEY, coming.isoformat())

    def day(self) -> str:
        """The text of the heartbeat: what the last day brought."""
        status = self.store.views.status(self.now())
        failing = sum(feed.failures > 0 for feed in status.feeds)
        day = health_rules.DailySummary(
            len(status.feeds), failing, status.articles_today, status.sent_today, status.waiting, status.dead,
            status.ledger.balanced,
        )  # fmt: skip
        return "alive\n" + health_rules.format_heartbeat(
            day, [alarm.key for alarm in self.store.alarms.active_alarms()]
        )

    async def ping(self, url: str) -> None:
        try:
            await self.sender.ping(url)
        except DeliveryError as error:
            self.outages.record_failure("the outside watcher", str(error))
        else:
            self.outages.record_success("the outside watcher")


def group_notices(notices: Sequence[AlarmNotice]) -> Iterator[Sequence[AlarmNotice]]:
    """Group notices into messages: one each while they are few, else all beginnings and all ends together.

    An alarm about a channel goes alone, since it must not go through that channel.
    """
    for over in (False, True):
        ours = [notice for notice in notices if (notice.ended_at is not None) is over]
        apart = [notice for notice in ours if notice.alarm.channel]
        together = [notice for notice in ours if not notice.alarm.channel]
        yield from ([notice] for notice in apart)
        if len(together) <= MAX_SINGLE_ALARMS:
            yield from ([notice] for notice in together)
        else:
            yield together


def format_alarms(texts: Sequence[str], over: bool) -> list[str]:
    """Many alarms as lines: their number, the first of them, and where to see the others."""
    rest = len(texts) - MAX_LISTED_ALARMS
    head = f"{len(texts):,} alarms are over" if over else f"{len(texts):,} alarms at once"
    more = [f"and {rest:,} more: see `monitor status`"] if rest > 0 else []
    return [head, *(truncate(text, MAX_ALARM_LENGTH) for text in texts[:MAX_LISTED_ALARMS]), *more]
