"""`monitor feeds`: find, add, poll and probe feeds, OPML there and back, and how those that are watched do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import opened
from monitor.cli.lazy import LazyGroup
from monitor.cli.output import NEGATIVE, emit, say, show
from monitor.cli.parameters import Duration
from monitor.cli.status import trouble
from monitor.clock import utcnow
from monitor.core.alerts.render import span
from monitor.core.model.polling import Source
from monitor.core.schedule.next_poll import GONE
from monitor.store.views import FeedView

# verb → (where it stands, one line for the help screen)
FEEDS = {
    "list": ("feeds.list:listed", "how every feed does, those in trouble first"),
    "coverage": ("feeds.list:coverage", "whether anything can have been missed"),
    "discover": ("feeds.probe:discover", "the feeds of a site, from any page of it"),
    "add": ("feeds.add:add", "one more feed in rules.toml, after a look at it"),
    "probe": ("feeds.probe:probe", "what an address has to offer, to the last detail"),
    "poll": ("feeds.poll:poll", "poll feeds now"),
    "import": ("feeds.opml:import_", "the feeds of an OPML file that are not watched yet"),
    "export": ("feeds.opml:export", "the feeds of rules.toml as OPML"),
}


@click.group(cls=LazyGroup, places=FEEDS)
def feeds() -> None:
    """Find, add, poll and probe feeds, and see how they do.

    \b
      monitor feeds discover https://www.example.org    which feeds does this site have?
      monitor feeds add https://www.example.org/feed    watch one
      monitor feeds list                                how do they do?
    """


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def listed(options: Options, as_json: bool) -> None:
    """Every feed, those in trouble first; newest is the first sight of its newest article."""
    now = utcnow()
    with opened(options, as_json=as_json) as store:
        found = store.views.status(now).feeds
    sources = {one.name: one for one in rules_file.read(options, as_json=as_json).settings.sources}
    if as_json:
        emit([asdict(one) | known(sources.get(one.name)) for one in found])
        return
    show(list(COLUMNS), [[tell(one, sources.get(one.name), now) for tell in COLUMNS.values()] for one in found])


def known(source: Source | None) -> dict[str, object]:
    """What rules.toml says of a feed; nothing where the feed is another file's."""
    if source is None:
        return {"kind": None, "every": None, "most": None}
    most = source.most or source.every
    return {"kind": source.kind, "every": source.every.total_seconds(), "most": most.total_seconds()}


def every(one: FeedView, source: Source | None, now: datetime) -> str:
    """The pause between two looks, or its bounds."""
    if source is None:
        return ""
    bounds = dict.fromkeys((source.every, source.most or source.every))
    return "-".join(span(pause) for pause in bounds)


def newest(one: FeedView, source: Source | None, now: datetime) -> str:
    """How long ago the newest article was first seen."""
    return f"{span(now - one.newest)} ago" if one.newest else ""


def next_poll(one: FeedView, source: Source | None, now: datetime) -> str:
    """When the next look is due."""
    if one.twin or one.gone >= GONE:
        return "never"
    return f"in {span(one.next_poll - now)}" if one.next_poll > now else "due"


def state(one: FeedView, source: Source | None, now: datetime) -> str:
    """How a feed is, in words."""
    if one.gone:
        return "gone for good (410)"
    if one.twin:
        return f"moved to where {one.twin} is polled"
    if one.address and not one.failures:
        return f"ok, moved to {one.address}"
    if one.failures:
        return trouble(one)
    return "ok" if one.last_success else "never polled"


# column → what it says of a feed, as the database and rules.toml know it
COLUMNS: dict[str, Callable[[FeedView, Source | None, datetime], object]] = {
    "feed": lambda one, source, now: one.name,
    "kind": lambda one, source, now: source and source.kind,
    "every": every,
    "articles": lambda one, source, now: one.articles,
    "newest": newest,
    "next poll": next_poll,
    "state": state,
}


@click.command("coverage")
@click.option("--since", type=Duration(), default="7d", show_default=True, help="polls in this time")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def coverage(options: Options, since: timedelta, as_json: bool) -> None:
    """Whether anything can have been missed: a poll that knows nothing of what a feed shows came too late.

    Exit status 1 where that happened.
    """
    with opened(options, as_json=as_json) as store:
        found = store.coverage.since((utcnow() - since).date())
    lost = any(one.overruns for one in found)
    if as_json:
        emit([asdict(one) for one in found], ok=not lost)
    else:
        show(
            ["feed", "polls", "failed", "unchanged", "new", "longest gap", "caught up", "overruns"],
            [
                (
                    one.feed,
                    one.polls,
                    one.failed,
                    one.unchanged,
                    one.fresh,
                    gap(one.longest_gap),
                    one.caught,
                    one.overruns,
                )
                for one in found
            ],
        )
        say("caught up: older documents that were read because nothing the feed showed was known")
        say("overruns: nothing was known, nor older documents to read: items may have been lost; shorten its `every`")
    raise SystemExit(NEGATIVE if lost else 0)


def gap(seconds: int) -> str:
    """Seconds as people say them."""
    return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds >= 3600 else f"{seconds // 60} min"
