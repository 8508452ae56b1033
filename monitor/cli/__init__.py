"""The command line: parse, call, print. It decides nothing.

Verbs are imported when they are called, so that `monitor -h` and `monitor check` start without the database and the
notification library; so is what changes a database's schema. This is the one place where imports are deferred.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from monitor.cli.context import Options

# verb → (module in this package, one line for the help screen)
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

HELP = """Polls news feeds and tells you when your words appear: once per story, with the reason.

\b
  monitor demo                          try it, no account needed
  monitor check                         find every mistake in rules.toml
  monitor run                           watch, until stopped
  monitor alerts --since 7d             what was told, and why

Exit status: 0 ok, 1 negative answer, 2 usage, 75 the database was replaced (start again), 78 configuration.
"""


class Verbs(click.Group):
    """A group whose verbs are loaded by name. places: verb → (module of this package, line for the help screen).

    A command has its module's name, or stands behind a dot: "opml.export".
    """

    def __init__(self, *, places: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.places:
            return None
        module, _, command_name = self.places[name][0].partition(".")
        command = getattr(deferred(f"monitor.cli.{module}"), command_name or module)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb of a command line; a mistyped one is answered with the nearest. click asks only loaded ones."""
        near = get_close_matches(args[0], self.places, 1)
        if args[0] not in self.places and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in self.places.items()])


def deferred(name: str) -> Any:
    """A module that most runs do without. What is imported stays: to look for garbage in it is a twelfth of a start."""
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def installed_version() -> str:
    """The version of the installed distribution, or "unknown" in a bare checkout."""
    try:
        return version("news-alert-monitor")
    except PackageNotFoundError:
        return "unknown"


@click.group(
    cls=Verbs,
    places={verb: (verb, line) for verb, line in VERBS.items()},
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
