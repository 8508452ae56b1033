"""`monitor mute`: silences a watch, a story, a feed or a term for a while."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, USAGE, fail, print_envelope, print_message, print_table
from monitor.cli.parameters import DurationParameter
from monitor.clock import utcnow

MUTE_KINDS = ("watch", "story", "feed", "term")


@click.group()
def mute() -> None:
    """Silence a watch, story, feed or term for a while. What matches meanwhile is stored; `monitor alerts` shows it."""


@mute.command("add")
@click.argument("kind", type=click.Choice(MUTE_KINDS))
@click.argument("name")
@click.option("--for", "length", type=DurationParameter(), default="24h", show_default=True, help="how long")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def add(options: Options, kind: str, name: str, length: timedelta, as_json: bool) -> None:
    """Mute a watch, a feed or a term by its name, a story by its number."""
    check_mute_target(options, kind, name, as_json)
    now = utcnow()
    with open_database(options, as_json=as_json) as store:
        made = store.mutes.add(kind, name, now + length, now)
    if as_json:
        print_envelope(asdict(made))
    else:
        print_message(
            f"{kind} {name} is muted until {made.until:%Y-%m-%d %H:%M} UTC; `monitor mute end {kind} {name}` ends it"
        )


@mute.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def list_mutes(options: Options, as_json: bool) -> None:
    """What is muted now, the first to end first."""
    with open_database(options, as_json=as_json) as store:
        found = store.mutes.active(utcnow())
    if as_json:
        print_envelope([asdict(one) for one in found])
    else:
        print_table(["kind", "name", "until"], [(one.kind, one.name, one.until) for one in found])


@mute.command("end")
@click.argument("kind", type=click.Choice(MUTE_KINDS))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def end(options: Options, kind: str, name: str, as_json: bool) -> None:
    """End a mute before its time. Exit status 1 where there is none."""
    with open_database(options, as_json=as_json) as store:
        count = store.mutes.end(kind, name, utcnow())
    if as_json:
        print_envelope({"ended": count}, ok=bool(count))
    elif count:
        print_message(f"{kind} {name} is no longer muted")
    else:
        print_message(f"{kind} {name} is not muted")
    raise SystemExit(0 if count else NEGATIVE)


def check_mute_target(options: Options, kind: str, name: str, as_json: bool) -> None:
    """End the verb for a name that is not in the rules: a mistyped name would mute nothing, and nobody would notice."""
    if kind == "term":
        return
    if kind == "story":
        if not name.isdecimal():
            fail(f"{name!r} is no story's number", code="no-story", status=USAGE, as_json=as_json, help="see explain")
        return
    settings = rules_file.load_rules_or_fail(options, as_json=as_json).settings
    names = [watch.name for watch in settings.watches] if kind == "watch" else [one.name for one in settings.sources]
    if name not in names:
        known = f"there are {', '.join(names)}"
        fail(f"no {kind} {name!r}", code=f"no-{kind}", status=USAGE, as_json=as_json, help=known)
