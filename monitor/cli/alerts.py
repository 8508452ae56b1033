"""`monitor alerts`: what was sent, what was not, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import print_envelope, print_table
from monitor.cli.parameters import DurationParameter
from monitor.clock import utcnow
from monitor.core.model.alerts import Priority
from monitor.store.views import AlertView


@click.command()
@click.option(
    "--since", type=DurationParameter(), default="7d", show_default=True, help="only what was decided in this time"
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="at most so many, newest first"
)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def alerts(options: Options, since: timedelta, limit: int, as_json: bool) -> None:
    """Every match and what became of it: sent, waiting, or not sent and why."""
    with open_database(options, as_json=as_json) as store:
        found = store.views.alerts(utcnow() - since, limit)
    if as_json:
        print_envelope([alert_data(one) for one in found])
        return
    print_table(
        ["decided", "state", "why", "watch", "channel", "feed", "title"],
        [(one.times["created"], one.state, one.reason, one.watch, one.channel, one.feed, one.title) for one in found],
    )


def alert_data(alert: AlertView) -> dict[str, Any]:
    """An alert as JSON data; the priority has its name from rules.toml."""
    return asdict(alert) | {"priority": Priority(alert.priority).name.lower()}
