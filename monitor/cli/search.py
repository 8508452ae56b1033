"""`monitor search`: searches the stored articles with the rule language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from itertools import islice

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, USAGE, fail, print_envelope, print_table, progress
from monitor.cli.parameters import DurationParameter
from monitor.cli.replay import alerted_article_data
from monitor.clock import utcnow
from monitor.core.errors import RuleError
from monitor.core.match.engine import Watch, compile_rules
from monitor.pipeline import backtest


@click.command()
@click.argument("expression")
@click.option(
    "--since", type=DurationParameter(), default="30d", show_default=True, help="articles first seen in this time"
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="at most so many, newest first"
)
@click.option("--json", "as_json", is_flag=True, help="the envelope with the place of every hit")
@click.pass_obj
def search(options: Options, expression: str, since: timedelta, limit: int, as_json: bool) -> None:
    """Search the stored articles with an expression as in `match`: 'title:H200 OR (Qwen NEAR/10 "open source")'.

    Exit status 1 where nothing is found.
    """
    names = rules_file.load_rules_or_fail(options, as_json=as_json).settings.names
    try:
        rules = compile_rules([Watch("search", match=expression)], names)
    except RuleError as error:
        fail(
            f"{error}{point_at_mistake(expression, error)}",
            code=error.code,
            status=USAGE,
            as_json=as_json,
            help=error.help,
        )
    start = utcnow() - since
    with open_database(options, as_json=as_json) as store, progress(store.archive.count(start), "searching") as step:
        found = list(islice(backtest.search_archive(store, rules, start, step), limit))
    if as_json:
        rows = [alerted_article_data(one) | {"hits": [asdict(hit) for hit in match.hits]} for one, match in found]
        print_envelope(rows, ok=bool(found))
    else:
        print_table(
            ["id", "first seen", "feed", "title and place"],
            [
                (one.id, one.first_seen_at, one.article.source, f"{one.article.title} – {match.snippet}")
                for one, match in found
            ],
        )
    raise SystemExit(0 if found else NEGATIVE)


def point_at_mistake(expression: str, error: RuleError) -> str:
    """The expression with a caret under the mistake; empty where its place is unknown."""
    if error.offset is None or "\n" in expression:
        return ""
    return f"\n  {expression}\n  {' ' * error.offset}{'^' * max(1, (error.end or 0) - error.offset)}"
