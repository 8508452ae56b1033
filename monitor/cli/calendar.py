"""`monitor calendar`: coming events that matching articles announced, as a table, JSON or iCalendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, print_envelope, print_table
from monitor.cli.parameters import DurationParameter
from monitor.clock import utcnow
from monitor.core.text.clean import clean_text
from monitor.store.archive import Announcement

MAX_LINE_BYTES = 73  # of an iCalendar line (RFC 5545, 3.1 allows 75), before the space that continues it


@click.command()
@click.option("--next", "ahead", type=DurationParameter(), default="90d", show_default=True, help="how far ahead")
@click.option("--watch", help="only what this watch's articles announce")
@click.option("--ics", is_flag=True, help="iCalendar, to subscribe to or import")
@click.option("--json", "as_json", is_flag=True, help="the envelope with the sentence and every article")
@click.pass_obj
def calendar(options: Options, ahead: timedelta, watch: str | None, ics: bool, as_json: bool) -> None:
    """Days of coming events (earnings, meetings, listings, decisions) that matching articles announced.

    Exit status 1 where nothing is coming.
    """
    now = utcnow()
    with open_database(options, as_json=as_json) as store:
        found = store.calendar.between(now.date(), (now + ahead).date(), watch)
    if as_json:
        print_envelope([asdict(one) for one in found], ok=bool(found))
    elif ics:
        click.echo(format_icalendar(unique_announcements(found), now), nl=False)
    else:
        print_table(
            ["day", "event", "watches", "id", "title"],
            [
                (one.day.isoformat(), one.word, ", ".join(one.watches), one.article, one.title)
                for one in unique_announcements(found)
            ],
        )
    raise SystemExit(0 if found or ics else NEGATIVE)


def unique_announcements(found: Iterable[Announcement]) -> list[Announcement]:
    """One announcement for each day, kind of event and story: the first that was seen."""
    first: dict[tuple[date, str, int], Announcement] = {}
    for one in found:
        first.setdefault((one.day, one.event, one.story), one)
    return list(first.values())


def format_icalendar(found: Iterable[Announcement], now: datetime) -> str:
    """The announcements as iCalendar (RFC 5545): all-day events with the sentence and the link."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//news-alert-monitor//calendar//EN"]
    for one in found:
        name = sha256(f"{one.day}|{one.event}|{one.story}".encode()).hexdigest()[:24]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name}@news-alert-monitor",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            "SUMMARY:" + escape_ical_text(f"{one.word}: {one.title}"),
            "DESCRIPTION:" + escape_ical_text(f"{one.said}\n{one.url}"),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{fold_ical_line(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def escape_ical_text(text: str) -> str:
    """A text as an iCalendar value: backslash, comma, semicolon and line breaks escaped (RFC 5545, 3.3.11)."""
    text = clean_text(text)
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return "\\n".join(" ".join(line.split()) for line in text.splitlines())


def fold_ical_line(line: str) -> str:
    """A line folded to at most 75 bytes (RFC 5545, 3.1); no character is split."""
    pieces, size = [""], 0
    for char in line:
        size += len(char.encode())
        if size > MAX_LINE_BYTES:
            pieces.append(" ")
            size = 1 + len(char.encode())
        pieces[-1] += char
    return "\r\n".join(pieces)
