"""`monitor stories`: which feeds had a story, who was first, and why each article belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, fail, print_envelope, print_table
from monitor.cli.parameters import DurationParameter
from monitor.clock import utcnow
from monitor.store.views import StoryView


@click.command()
@click.option(
    "--since", type=DurationParameter(), default="7d", show_default=True, help="only with an article of this time"
)
@click.option("--watch", help="only stories that this watch matched")
@click.option("--all", "singles", is_flag=True, help="also stories with one article")
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="at most so many stories, newest first"
)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def stories(options: Options, since: timedelta, watch: str | None, singles: bool, limit: int, as_json: bool) -> None:
    """Stories that several articles told: who was first, how many minutes later the others came, and the rule."""
    with open_database(options, as_json=as_json) as store:
        found = store.views.stories(utcnow() - since, limit, watch=watch, several=not singles)
    print_stories(found, as_json=as_json)


def show_story(options: Options, number: int, as_json: bool) -> None:
    """Print the members of one story; ends the verb with status 1 where there is none."""
    with open_database(options, as_json=as_json) as store:
        found = store.views.story(number)
    if found is None:
        fail(f"there is no story {number}", code="no-story", status=NEGATIVE, as_json=as_json, help="monitor stories")
    print_stories([found], as_json=as_json)


def print_stories(found: Sequence[StoryView], *, as_json: bool) -> None:
    """Print stories as a table with one line for each member, or as data."""
    if as_json:
        print_envelope([story_data(story) for story in found])
        return
    print_table(
        ["story", "first seen", "later", "id", "feed", "watches", "why", "title"],
        [
            (story.id, one.article.first_seen, f"+{one.minutes} min" if at else "first", one.article.id,
             one.article.feed, one.article.watches, one.article.reason, one.article.title)
            for story in found for at, one in enumerate(story.members)
        ],
    )  # fmt: skip


def story_data(story: StoryView) -> dict[str, Any]:
    """A story as JSON data; each member has the fields of its article and `minutes` after the first."""
    members = [asdict(one.article) | {"minutes": one.minutes} for one in story.members]
    return {"id": story.id, "first_seen": story.first_seen, "watches": story.watches, "members": members}
