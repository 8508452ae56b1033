"""The command line: parse, call, print. It decides nothing.

Verbs are imported when they are called, so that `monitor -h` and `monitor check` start without the database and the
notification library; so is what changes a database's schema. Only `lazy` defers imports.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from monitor.cli.context import Options
from monitor.cli.lazy import LazyGroup

# verb → one line for the help screen; it stands in the module of its name, but for PLACES
VERBS = {
    "run": "poll, match and tell, until stopped",
    "demo": "see it work: bundled feeds, nothing leaves this machine",
    "check": "find every mistake in rules.toml",
    "init": "write rules, unit and credentials folder for an installation",
    "match": "filter articles (NDJSON on stdin) through the rules",
    "test": "try the watches on their own hits and misses",
    "explain": "why an article was told, or was not",
    "replay": "what rules would have told over the archive",
    "search": "look in the archive with the rule language",
    "nearmiss": "articles that a watch missed by one condition",
    "calendar": "what is coming, by the articles that matched",
    "watch": "add a watch to rules.toml",
    "articles": "what was seen",
    "alerts": "what was told, what was not, and why",
    "feeds": "find, add, poll and probe feeds; how they do",
    "mute": "not to hear of something for a while",
    "outbox": "what waits to be sent, and a hand for it",
    "status": "is everything well",
    "db": "upgrade, back up, check or set aside the database",
    "schema": "print the JSON Schema of rules.toml",
}

PLACES = {"feeds": "feeds.list:feeds", "schema": "check:schema"}  # verbs that stand in another module than their own

HELP = """Polls news feeds and tells you when your words appear: once per story, with the reason.

\b
  monitor demo                          try it, no account needed
  monitor check                         find every mistake in rules.toml
  monitor run                           watch, until stopped
  monitor alerts --since 7d             what was told, and why

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
