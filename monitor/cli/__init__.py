"""The command line: parses arguments, calls the program and prints the result. It decides nothing.

A verb is imported when it is called, so that `monitor -h` and `monitor check` start without the database and the
notification library. Only `lazy` defers imports.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from monitor.cli.context import Options
from monitor.cli.lazy import LazyGroup

# verb → its line on the help screen; the command is in the module of the same name, except for PLACES
VERBS = {
    "run": "poll feeds and send alerts, until stopped",
    "demo": "the whole program on sample feeds; nothing leaves this machine",
    "check": "find every mistake in rules.toml",
    "init": "write rules, unit and credentials folder for an installation",
    "match": "match articles (NDJSON on stdin) against the rules",
    "test": "test the watches with their own hits and misses",
    "explain": "why an article was alerted or not",
    "replay": "the alerts that rules would have sent for the stored articles",
    "search": "search the stored articles with the rule language",
    "nearmiss": "articles that a watch missed by one condition",
    "calendar": "coming events that matching articles announced",
    "watch": "add a watch to rules.toml, or list the watches",
    "articles": "the articles that were seen",
    "stories": "which feeds had a story, who was first, and why each article belongs",
    "alerts": "what was sent, what was not, and why",
    "feeds": "find, add, probe and poll feeds, and show their state",
    "mute": "silence a watch, story, feed or term for a while",
    "outbox": "list, retry or drop messages that wait or were given up",
    "status": "whether everything works, and what needs attention",
    "db": "migrate, copy, check or move aside the database",
    "schema": "print the JSON Schema of rules.toml",
}

PLACES = {"feeds": "feeds.list:feeds", "schema": "check:schema"}  # verb → module:command

HELP = """Polls news feeds and alerts you when your terms appear: once per story, with the reason.

\b
  monitor demo                          try it, no account needed
  monitor check                         find every mistake in rules.toml
  monitor run                           watch, until stopped
  monitor alerts --since 7d             what was sent, and why

Exit status: 0 ok, 1 negative answer, 2 usage, 75 the database was replaced (start again), 78 configuration.
"""


def installed_version() -> str:
    """The version of the installed distribution, or "unknown" in a bare checkout."""
    try:
        return version("news-alert-monitor")
    except PackageNotFoundError:
        return "unknown"


@click.group(
    cls=LazyGroup,
    places={verb: (PLACES.get(verb, verb), line) for verb, line in VERBS.items()},
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MONITOR"},
)
@click.option("--rules", type=click.Path(path_type=Path), help="rules.toml to use [env: MONITOR_RULES]")
@click.option(
    "--database",
    metavar="URL",
    envvar="MONITOR_DATABASE_URL",
    help="SQLite or PostgreSQL URL [env: MONITOR_DATABASE_URL]",
)
@click.version_option(installed_version(), "-V", "--version", prog_name="monitor")
@click.pass_context
def group(ctx: click.Context, rules: Path | None, database: str | None) -> None:
    ctx.obj = Options(rules=rules, database=database)


def main() -> None:
    """Run the command line; a reader that goes away (`| head`) is not an error."""
    group(prog_name="monitor")
