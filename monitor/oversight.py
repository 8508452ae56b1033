"""What operators hear: alarms and their end, a sign of life once a day, a ping after each good look.

It asks how things stand, has the core decide what is wrong, and tells the `ops` channels, another than the one that
fails where there is one. It knows neither feeds nor articles, and repairs nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config import Settings
from monitor.core import alarms
from monitor.core.errors import DeliveryError
from monitor.core.model import Address, Message, Priority, Target
from monitor.core.policy import next_time
from monitor.core.render import cut, safe
from monitor.store import Store
from monitor.store.alarms import Note

log = logging.getLogger(__name__)

BEAT = "heartbeat"  # under which the time of the next sign of life is remembered
DAYS = timedelta(days=2)  # the next sign of life is nearer; a later one was planned by a clock that was wrong
TITLE, BODY = 180, 2500  # characters


class Mouth(Protocol):
    """What speaks to channels."""

    async def send(self, target: Target, message: Message) -> None: ...
    async def ping(self, url: str) -> None: ...


@dataclass(slots=True)
class Oversight:
    """The operator's eyes; folder: where the database is, None where it is elsewhere."""

    store: Store
    mouth: Mouth
    now: Callable[[], datetime]
    folder: Path | None = None

    async def turn(self, settings: Settings, trouble: str, known: Mapping[Address, Target]) -> None:
        """Look, note what began and ended, and tell it."""
        ops = [(address, target) for address, target in known.items() if address.channel in settings.ops]
        await asyncio.to_thread(self.look, trouble)
        for note in await asyncio.to_thread(self.store.alarms.untold):
            await self.tell(note, ops)
        await self.beat(settings, ops)
        if settings.ping:
            await self.ping(settings.ping)

    def look(self, trouble: str) -> None:
        """Compare how things stand with the alarms that are up."""
        now = self.now()
        feeds, lines = self.store.alarms.feeds(now), self.store.alarms.lines(now)
        self.store.alarms.note(alarms.alarms(feeds, lines, trouble, self.disk(), now), now)

    def disk(self) -> tuple[int, int] | None:
        """Bytes free and in all on the database's disk."""
        if self.folder is None or not self.folder.exists():
            return None
        usage = shutil.disk_usage(self.folder)
        return usage.free, usage.total

    async def tell(self, note: Note, ops: Sequence[tuple[Address, Target]]) -> None:
        """Tell one beginning or end; it counts as told once one channel said yes."""
        over = note.ended_at is not None
        text = f"over: {note.alarm.text}" if over else note.alarm.text
        log.log(logging.INFO if over else logging.WARNING, "alarm %s", text)
        trusted = [(address, target) for address, target in ops if address.channel != note.alarm.channel] or ops
        heard = await self.say("monitor", text, f"alarm {note.id} {over}", trusted)
        if heard or not ops:
            await asyncio.to_thread(self.store.alarms.told, note, self.now())

    async def say(self, title: str, text: str, key: str, ops: Sequence[tuple[Address, Target]]) -> bool:
        """Say something to operators; whether anybody took it."""
        first, _, rest = text.partition("\n")
        name = sha256(key.encode()).hexdigest()[:32]
        body = cut("\n".join(map(safe, (rest or first).splitlines())), BODY)
        message = Message(cut(f"{title}: {safe(first)}", TITLE), body, name, Priority.NORMAL, {"X-Monitor-Id": name})
        heard = False
        for address, target in ops:
            try:
                await self.mouth.send(target, message)
                heard = True
            except DeliveryError as error:
                log.warning("%s did not take an alarm: %s", address.channel, error)
        return heard

    async def beat(self, settings: Settings, ops: Sequence[tuple[Address, Target]]) -> None:
        """The daily sign of life, at its time of day; one that nobody took comes with the next look."""
        if settings.heartbeat is None:
            return
        now = self.now()
        due = await asyncio.to_thread(self.store.memory.get, BEAT)
        if due is not None and now < datetime.fromisoformat(due) <= now + DAYS:
            return
        if due is None or await self.say("monitor", await asyncio.to_thread(self.day), f"beat {due}", ops):
            coming = next_time(now, (settings.heartbeat,), ZoneInfo(settings.timezone))
            await asyncio.to_thread(self.store.memory.put, BEAT, coming.isoformat())

    def day(self) -> str:
        """What the last day brought."""
        status = self.store.views.status(self.now())
        failing = sum(feed.failures > 0 for feed in status.feeds)
        day = alarms.Day(
            len(status.feeds), failing, status.articles_today, status.sent_today, status.waiting, status.dead,
            status.ledger.balanced,
        )  # fmt: skip
        return "alive\n" + alarms.heartbeat(day, [alarm.key for alarm in self.store.alarms.up()])

    async def ping(self, url: str) -> None:
        """Tell an outside watcher that a look was taken."""
        try:
            await self.mouth.ping(url)
        except DeliveryError as error:
            log.warning("the ping failed: %s", error)
