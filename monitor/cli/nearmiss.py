"""`monitor nearmiss`: lists the articles that a watch missed by one condition."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import print_envelope, print_table, progress
from monitor.cli.parameters import DurationParameter
from monitor.cli.replay import alerted_article_data, select_watch
from monitor.clock import utcnow
from monitor.pipeline import backtest


@click.command()
@click.option(
    "--since", type=DurationParameter(), default="7d", show_default=True, help="articles first seen in this time"
)
@click.option("--watch", help="only this watch")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="at most so many, newest first"
)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def nearmiss(options: Options, since: timedelta, watch: str | None, limit: int, as_json: bool) -> None:
    """Articles that a watch missed by one condition: half of it was found, one thing was missing or too far away."""
    book = select_watch(rules_file.load_rules_or_fail(options, as_json=as_json).settings.ruleset, watch, as_json)
    start = utcnow() - since
    with open_database(options, as_json=as_json) as store, progress(store.archive.count(start), "looking") as step:
        found = list(islice(backtest.search_near_misses(store, book, start, step), limit))
    if as_json:
        print_envelope(
            [alerted_article_data(stored) | {"watch": one.watch, "missing": one.sentence()} for stored, one in found]
        )
        return
    print_table(
        ["id", "first seen", "watch", "missing", "title"],
        [(stored.id, stored.first_seen_at, one.watch, one.sentence(), stored.article.title) for stored, one in found],
    )
