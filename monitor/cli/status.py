"""`monitor status`: whether everything works, and what to do next."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, format_cell, print_envelope, print_table
from monitor.clock import utcnow
from monitor.store.views import FeedView, StatusView


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def status(options: Options, as_json: bool) -> None:
    """The state of feeds, alerts and channels. Exit status 1 where something needs attention."""
    now = utcnow()
    with open_database(options, as_json=as_json) as store:
        view = store.views.status(now)
    well = view.is_healthy(now)
    if as_json:
        print_envelope(asdict(view) | {"well": well}, ok=well)
    else:
        print_status(view, now)
    if not well:
        raise SystemExit(NEGATIVE)


def print_status(view: StatusView, now: datetime) -> None:
    """Print the status as text."""
    failing = [feed for feed in view.feeds if feed.failures]
    click.echo(f"feeds     {len(view.feeds) - len(failing)} ok, {len(failing)} failing")
    click.echo(f"articles  {view.articles_today} in 24 h")
    click.echo(f"alerts    {view.sent_today} sent in 24 h, last {format_cell(view.last_sent)}")
    click.echo(f"outbox    {view.waiting} waiting, oldest {format_cell(view.oldest_due)}, {view.dead} given up")
    parts = " + ".join(f"{count} {state}" for state, count in sorted(view.ledger.states.items()))
    balance = "" if view.ledger.balanced else f", {view.ledger.unaccounted} matches without an answer"
    click.echo(f"ledger    {view.ledger.matched} matched = {parts or '0'}{balance}")
    if view.feeds:
        click.echo()
        head = ["feed", "last success", "newest article", "next poll", "trouble"]
        print_table(
            head, [(one.name, one.last_success, one.newest, one.next_poll, describe_trouble(one)) for one in view.feeds]
        )
    click.echo(f"\nNext: {suggest_next_action(view, failing)}")


def describe_trouble(feed: FeedView) -> str:
    """The failures of a feed and the last error; a dash where there are none."""
    return f"{feed.failures} times since {format_cell(feed.failing_since)}: {feed.error}" if feed.failures else "-"


def suggest_next_action(view: StatusView, failing: list[FeedView]) -> str:
    """The next step for the person, in one sentence."""
    if not view.feeds:
        return "there are no feeds: add one to rules.toml, then `monitor run`"
    if not any(feed.last_success for feed in view.feeds):
        return f"{len(view.feeds)} feeds, none fetched yet: `monitor run`"
    if failing:
        return f"see {failing[0].url}"
    if view.dead:
        return "`monitor alerts` shows what was given up and why"
    if "suppressed" in view.ledger.states and len(view.ledger.states) == 1:
        return "nothing was sent so far; `monitor alerts` shows why"
    return "nothing to do"
