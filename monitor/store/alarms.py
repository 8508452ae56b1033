"""Alarms, their notices, and the figures of feeds and channels from which they are raised.

It does not decide what is an alarm; core.alerts.health_rules does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, or_, select, update

from monitor.core.alerts.health_rules import ACTIVITY_WINDOW, Alarm, ChannelHealth, FeedHealth
from monitor.core.model.alerts import DeliveryState
from monitor.store import rows
from monitor.store.database import Database
from monitor.store.tables import alarm, article, coverage, delivery, source


@dataclass(frozen=True, slots=True)
class AlarmNotice:
    """A notice to send: an alarm was raised, or, with ended_at, it has ended."""

    id: int
    alarm: Alarm
    raised_at: datetime
    ended_at: datetime | None


class Alarms:
    """Stores alarms, and reads the health of feeds and channels."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def update_alarms(self, wanted: Mapping[str, Alarm], now: datetime) -> None:
        """Make these the active alarms, by key: raise new ones, end those not wanted, and leave the others."""
        with self.database.write(alone=True) as connection:
            up = {row.key: row.id for row in connection.execute(select(alarm.c.key, alarm.c.id).where(ACTIVE_ALARM))}
            for key, one in wanted.items():
                if key not in up:
                    values = {"key": key, "text": rows.storable(one.text), "channel": one.channel, "raised_at": now}
                    connection.execute(insert(alarm).values(values))
            over = [number for key, number in up.items() if key not in wanted]
            connection.execute(update(alarm).where(alarm.c.id.in_(over)).values(ended_at=now))

    def unsent_notices(self) -> list[AlarmNotice]:
        """The notices that were not sent yet, by id. An alarm that ended before its notice was sent has none."""
        begun = alarm.c.told_at.is_(None) & alarm.c.ended_at.is_(None)
        over = alarm.c.told_at.is_not(None) & alarm.c.ended_at.is_not(None) & alarm.c.end_told_at.is_(None)
        query = select(alarm).where(or_(begun, over)).order_by(alarm.c.id)
        with self.database.read() as connection:
            return [
                AlarmNotice(row.id, Alarm(row.key, row.text, row.channel), row.raised_at, row.ended_at)
                for row in connection.execute(query)
            ]

    def mark_sent(self, notes: Collection[AlarmNotice], now: datetime) -> None:
        with self.database.write() as connection:
            for column, over in (("told_at", False), ("end_told_at", True)):
                ours = [note.id for note in notes if (note.ended_at is not None) is over]
                connection.execute(update(alarm).where(alarm.c.id.in_(ours)).values({column: now}))

    def active_alarms(self) -> list[Alarm]:
        """The alarms that have not ended, by id."""
        with self.database.read() as connection:
            found = connection.execute(select(alarm).where(ACTIVE_ALARM).order_by(alarm.c.id))
            return [Alarm(row.key, row.text, row.channel) for row in found]

    def feed_health(self, now: datetime) -> list[FeedHealth]:
        with self.database.read() as connection:
            days = active_days_by_feed(connection, now - ACTIVITY_WINDOW)
            today = select(coverage.c.source, coverage.c.overruns).where(coverage.c.day == now.date())
            overruns = {name: count for name, count in connection.execute(today)}
            query = select(source).where(source.c.registered)
            return [
                FeedHealth(
                    row.name,
                    row.failures,
                    row.failing_since,
                    row.error or "",
                    days.get(row.name, ()),
                    row.moved or "",
                    overruns.get(row.name, 0),
                    row.address or "",
                    row.twin or "",
                    row.gone,
                )
                for row in connection.execute(query)
            ]

    def channel_health(self, now: datetime) -> list[ChannelHealth]:
        """The health of channels with failed or held deliveries of the last two days. A later success cancels a
        failure."""
        query = select(delivery.c.channel, func.max(delivery.c.sent_at)).group_by(delivery.c.channel)
        trouble = delivery.c.state.in_([DeliveryState.RETRY, DeliveryState.AMBIGUOUS, DeliveryState.DEAD])
        with self.database.read() as connection:
            heard = {channel: at for channel, at in connection.execute(query)}
            found: dict[str, ChannelHealth] = {}
            recent = delivery.c.created_at >= now - timedelta(days=2)
            columns = [delivery.c[name] for name in ("channel", "state", "attempts", "error", "created_at")]
            for row in connection.execute(select(*columns).where(trouble, recent).order_by(delivery.c.id)):
                if heard.get(row.channel) and heard[row.channel] > row.created_at:
                    continue
                line = found.get(row.channel, ChannelHealth(row.channel))
                dead = line.dead + (row.state == DeliveryState.DEAD)
                found[row.channel] = ChannelHealth(
                    row.channel, max(line.tries, row.attempts), dead, row.error or line.error
                )
            for channel, count in connection.execute(HELD_DELIVERIES_QUERY):
                found[channel] = replace(found.get(channel, ChannelHealth(channel)), held=count)
            return list(found.values())


ACTIVE_ALARM = alarm.c.ended_at.is_(None)
HELD_DELIVERIES_QUERY = (
    select(delivery.c.channel, func.count())
    .where(delivery.c.state == DeliveryState.AMBIGUOUS, delivery.c.due_at.is_(None))
    .group_by(delivery.c.channel)
)


def active_days_by_feed(connection: Connection, since: datetime) -> dict[str, Sequence[date]]:
    """The days (UTC) since then on which each feed had a new article."""
    day = func.date(article.c.first_seen_at)
    query = select(article.c.source, day).where(article.c.first_seen_at >= since).distinct()
    found: dict[str, list[date]] = {}
    for name, at in connection.execute(query):
        found.setdefault(name, []).append(at if isinstance(at, date) else date.fromisoformat(str(at)))
    return dict(found)
