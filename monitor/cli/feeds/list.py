"""`monitor feeds`: the group of feed verbs; `feeds list` and `feeds coverage` show the state of the feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.lazy import LazyGroup
from monitor.cli.output import NEGATIVE, print_envelope, print_message, print_table
from monitor.cli.parameters import DurationParameter
from monitor.cli.status import describe_trouble
from monitor.clock import utcnow
from monitor.core.alerts.render import format_duration
from monitor.core.model.polling import Source
from monitor.core.schedule.next_poll import MAX_GONE_ANSWERS
from monitor.store.views import FeedView

# verb → (module:command, its line on the help screen)
FEED_VERBS = {
    "list": ("feeds.list:list_feeds", "the state of every feed, failing ones first"),
    "coverage": ("feeds.list:coverage", "whether articles may have been missed"),
    "discover": ("feeds.probe:discover", "find the feeds of a site, from any page of it"),
    "add": ("feeds.add:add", "add a feed to rules.toml, after fetching it once"),
    "probe": ("feeds.probe:probe", "describe an address in detail"),
    "poll": ("feeds.poll:poll", "poll feeds now"),
    "import": ("feeds.opml:import_", "the feeds of an OPML file that are not in rules.toml yet"),
    "export": ("feeds.opml:export", "the feeds of rules.toml as OPML"),
}


@click.group(cls=LazyGroup, places=FEED_VERBS)
def feeds() -> None:
    """Find, add, probe and poll feeds, and show their state.

    \b
      monitor feeds discover https://www.example.org    which feeds does this site have?
      monitor feeds add https://www.example.org/feed    watch one
      monitor feeds list                                what is their state?
    """


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def list_feeds(options: Options, as_json: bool) -> None:
    """Every feed, failing ones first; newest is when its newest article was first seen."""
    now = utcnow()
    with open_database(options, as_json=as_json) as store:
        found = store.views.status(now).feeds
    sources = {one.name: one for one in rules_file.load_rules_or_fail(options, as_json=as_json).settings.sources}
    if as_json:
        print_envelope([asdict(one) | rules_fields(sources.get(one.name)) for one in found])
        return
    print_table(
        list(COLUMNS), [[column(one, sources.get(one.name), now) for column in COLUMNS.values()] for one in found]
    )


def rules_fields(source: Source | None) -> dict[str, object]:
    """Kind and poll interval of a feed in seconds, from rules.toml; nulls for a feed that is not in this file."""
    if source is None:
        return {"kind": None, "every": None, "most": None}
    most = source.max_every or source.every
    return {"kind": source.kind, "every": source.every.total_seconds(), "most": most.total_seconds()}


def format_poll_interval(one: FeedView, source: Source | None, now: datetime) -> str:
    """The interval between two polls, or its bounds."""
    if source is None:
        return ""
    bounds = dict.fromkeys((source.every, source.max_every or source.every))
    return "-".join(format_duration(pause) for pause in bounds)


def format_newest_age(one: FeedView, source: Source | None, now: datetime) -> str:
    """How long ago the newest article was first seen."""
    return f"{format_duration(now - one.newest)} ago" if one.newest else ""


def format_next_poll(one: FeedView, source: Source | None, now: datetime) -> str:
    """When the next poll is due."""
    if one.twin or one.gone >= MAX_GONE_ANSWERS:
        return "never"
    return f"in {format_duration(one.next_poll - now)}" if one.next_poll > now else "due"


def describe_feed_state(one: FeedView, source: Source | None, now: datetime) -> str:
    """The state of a feed in words."""
    if one.gone:
        return "gone for good (410)"
    if one.twin:
        return f"moved to where {one.twin} is polled"
    if one.failures:
        return describe_trouble(one)
    if not one.last_success:
        return "never polled"
    notes = [f"moved to {one.address}"] if one.address else []
    if one.shared_names:
        notes.append(f"guids or links of several entries: {one.shared_names}")
    return ", ".join(("ok", *notes))


# column → its cell, from the database and rules.toml
COLUMNS: dict[str, Callable[[FeedView, Source | None, datetime], object]] = {
    "feed": lambda one, source, now: one.name,
    "kind": lambda one, source, now: source and source.kind,
    "every": format_poll_interval,
    "articles": lambda one, source, now: one.articles,
    "newest": format_newest_age,
    "next poll": format_next_poll,
    "state": describe_feed_state,
}


@click.command("coverage")
@click.option("--since", type=DurationParameter(), default="7d", show_default=True, help="polls in this time")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def coverage(options: Options, since: timedelta, as_json: bool) -> None:
    """Whether articles may have been missed: a poll that finds no known article in a feed came too late.

    Exit status 1 where that happened.
    """
    with open_database(options, as_json=as_json) as store:
        found = store.coverage.since((utcnow() - since).date())
    lost = any(one.overruns for one in found)
    if as_json:
        print_envelope([asdict(one) for one in found], ok=not lost)
    else:
        print_table(
            ["feed", "polls", "failed", "unchanged", "new", "longest gap", "caught up", "overruns"],
            [
                (
                    one.feed,
                    one.polls,
                    one.failed,
                    one.unchanged,
                    one.fresh,
                    format_gap(one.longest_gap),
                    one.caught,
                    one.overruns,
                )
                for one in found
            ],
        )
        print_message("caught up: older documents that were read because nothing the feed showed was known")
        print_message(
            "overruns: nothing was known, nor older documents to read: items may have been lost; shorten its `every`"
        )
    raise SystemExit(NEGATIVE if lost else 0)


def format_gap(seconds: int) -> str:
    """Seconds as hours and minutes."""
    return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds >= 3600 else f"{seconds // 60} min"
