"""`monitor articles`: lists the articles that were seen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import print_envelope, print_table
from monitor.cli.parameters import DurationParameter
from monitor.cli.stories import show_story
from monitor.clock import utcnow


@click.command()
@click.option(
    "--since", type=DurationParameter(), default="7d", show_default=True, help="only what was first seen in this time"
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="at most so many, newest first"
)
@click.option("--story", type=click.IntRange(min=1), help="only the members of this story, whenever they were seen")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def articles(options: Options, since: timedelta, limit: int, story: int | None, as_json: bool) -> None:
    """The articles that were seen, newest first, with the watches that matched."""
    if story is not None:
        show_story(options, story, as_json)
        return
    with open_database(options, as_json=as_json) as store:
        found = store.views.articles(utcnow() - since, limit)
    if as_json:
        print_envelope([asdict(one) for one in found])
        return
    print_table(
        ["id", "first seen", "feed", "watches", "title"],
        [(one.id, one.first_seen, one.feed, one.watches, one.title) for one in found],
    )
