"""`monitor replay`: the alerts that rules would have sent for stored articles, or their difference to the live ones."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import (
    NEGATIVE,
    OK,
    USAGE,
    fail,
    format_cell,
    print_envelope,
    print_message,
    print_table,
    progress,
)
from monitor.cli.parameters import DurationParameter
from monitor.clock import utcnow
from monitor.core.match.engine import RuleSet
from monitor.core.match.replay import (
    ReplayChange,
    ReplayTally,
    Stored,
    alert_changes,
    select_watches,
    summarize_changes,
    watch_remarks,
)
from monitor.pipeline import backtest

BAR_CHARACTERS = "▁▂▃▄▅▆▇█"


@click.command()
@click.option(
    "--since", type=DurationParameter(), default="30d", show_default=True, help="articles first seen in this time"
)
@click.option("--rules", "file", type=click.Path(path_type=Path), help="the rules to try; default: the live ones")
@click.option(
    "--diff", is_flag=True, help="the alerts that --rules would have sent more, and fewer, than the live rules"
)
@click.option("--watch", help="only this watch, with the titles")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all alerts")
@click.pass_obj
def replay(options: Options, since: timedelta, file: Path | None, diff: bool, watch: str | None, as_json: bool) -> None:
    """The alerts that the rules would have sent for the stored articles: matches, and alerts once per story.

    Nothing is sent. With --diff: titles gained and lost against the rules in force, exit status 1 where there are any.
    """
    settings = rules_file.load_rules_or_fail(options, as_json=as_json, file=file).settings
    books = [select_watch(settings.ruleset, watch, as_json)]
    if diff:
        live = rules_file.load_rules_or_fail(options, as_json=as_json).settings.ruleset
        books.append(select_watches(live, [watch]) if watch else live)
    start = utcnow() - since
    began = time.process_time()
    with open_database(options, as_json=as_json) as store, progress(store.archive.count(start), "replaying") as step:
        tallies = backtest.replay_rules(store, books, start, ZoneInfo(settings.timezone), step)
    seconds = time.process_time() - began
    if diff:
        print_changes(list(alert_changes(tallies[1], tallies[0])), tallies[0], as_json)
    else:
        print_replay(tallies[0], books[0], since, seconds, titles=watch is not None, as_json=as_json)


def select_watch(rules: RuleSet, watch: str | None, as_json: bool) -> RuleSet:
    """The rules, or only the named watch of them; an unknown name ends the verb."""
    names = [one.name for one in rules.watches]
    if watch is not None and watch not in names:
        known = f"there are {', '.join(names)}"
        fail(f"no watch {watch!r}", code="no-watch", status=USAGE, as_json=as_json, help=known)
    return rules if watch is None else select_watches(rules, [watch])


def print_replay(
    tally: ReplayTally, rules: RuleSet, since: timedelta, seconds: float, *, titles: bool, as_json: bool
) -> None:
    """Print the alerts per watch and day; titles: with the title of each."""
    names = [watch.name for watch in rules.watches]
    if as_json:
        print_envelope(replay_data(tally, names))
        return
    days = max(since.total_seconds() / 86400, 1e-9)
    alerted = {name: tally.alerts(name) for name in names}
    rows = [
        (name, tally.matches[name], len(some), format_rate(len(some) / days), newest_title(some))
        for name, some in alerted.items()
    ]
    print_table(["watch", "matches", "alerts", "per day", "last"], rows)
    if titles:
        click.echo()
        alert_rows = [(one.first_seen_at, one.article.source, one.article.title) for one in tally.alerted.values()]
        print_table(["first seen", "feed", "title"], alert_rows)
    print_message(f"{tally.articles} articles, {len(tally.alerted)} alerts in {seconds:.1f} s of CPU; nothing was sent")
    print_message(sparkline(tally.days))
    for remark in watch_remarks(tally, [watch.name for watch in rules.watches if watch.enabled]):
        print_message(remark)
    if tally.baseline:
        print_message(
            f"{tally.baseline} of the matches were there when their feed was first seen: they are not alerted"
        )


def print_changes(found: Sequence[ReplayChange], tally: ReplayTally, as_json: bool) -> None:
    """Print what the tried rules gained (+) and lost (-); ends the verb with status 1 where that is anything."""
    if as_json:
        print_envelope([change_data(change) for change in found], ok=not found)
    for change in () if as_json else found:
        article, day = change.stored.article, change.stored.first_seen_at
        mark, colour = ("+", "green") if change.gained else ("-", "red")
        click.secho(f"{mark} {change.watch}\t{day:%Y-%m-%d}\t{article.source}\t{format_cell(article.title)}", fg=colour)
    print_message(f"{tally.articles} articles: {summarize_changes(found)}")
    raise SystemExit(NEGATIVE if found else OK)


def change_data(change: ReplayChange) -> dict[str, Any]:
    """A gained or lost alert as JSON data."""
    return {"watch": change.watch, "gained": change.gained} | alerted_article_data(change.stored)


def replay_data(tally: ReplayTally, names: Sequence[str]) -> dict[str, Any]:
    """The result of a replay as JSON data."""
    watches = [
        {
            "watch": name,
            "matches": tally.matches[name],
            "alerts": [alerted_article_data(one) for one in tally.alerts(name)],
        }
        for name in names
    ]
    days = {day.isoformat(): count for day, count in sorted(tally.days.items())}
    noted = list(watch_remarks(tally, names))
    return {"articles": tally.articles, "remarks": noted, "baseline": tally.baseline, "days": days, "watches": watches}


def alerted_article_data(stored: Stored) -> dict[str, Any]:
    """An alerted article as JSON data."""
    article = stored.article
    return {
        "article": stored.id,
        "story": stored.story,
        "first_seen": stored.first_seen_at,
        "feed": article.source,
        "title": article.title,
        "url": article.url,
    }


def newest_title(alerted: Sequence[Stored]) -> str:
    """Day and title of the newest alert; empty where there is none."""
    return f"{alerted[-1].first_seen_at:%Y-%m-%d} {alerted[-1].article.title}" if alerted else ""


def format_rate(per_day: float) -> str:
    """A rate per day with zero to two decimals, the fewer the larger it is."""
    digits = 0 if per_day >= 10 else 1 if per_day >= 0.1 or not per_day else 2
    return f"{per_day:.{digits}f}"


def sparkline(days: dict[date, int]) -> str:
    """Alerts per day as a row of bars, from the first day to the last."""
    if not days:
        return "no alerts"
    first, end = min(days), max(days)
    counts = [days.get(first + timedelta(days=at), 0) for at in range((end - first).days + 1)]
    top = max(counts)
    bars = "".join(BAR_CHARACTERS[count * (len(BAR_CHARACTERS) - 1) // top] for count in counts)
    return f"{first} {bars} {end}, at most {top} a day"
