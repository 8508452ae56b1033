"""`monitor watch`: add a watch to rules.toml, list those that are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from monitor import config
from monitor.cli import rulefile
from monitor.cli.options import Options
from monitor.cli.output import CONFIG, NEGATIVE, USAGE, emit, fail, say
from monitor.cli.table import show
from monitor.config import addition, environment
from monitor.core.errors import ConfigError

MONTH = timedelta(days=30)


@click.group()
def watch() -> None:
    """Add a watch to rules.toml, or list those that are there."""


@watch.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def list_(options: Options, as_json: bool) -> None:
    """The watches, with where they tell and how many examples they have."""
    settings = rulefile.read(options, as_json=as_json).settings
    rows = [
        {
            "watch": one.name,
            "enabled": one.enabled,
            "priority": one.priority.name.lower(),
            "channels": sorted({address.channel for address in settings.routes[one.name].addresses}),
            "examples": len(one.hits) + len(one.misses),
            "about": one.about,
        }
        for one in settings.watches
    ]
    if as_json:
        emit(rows)
        return
    show(["watch", "on", "priority", "tells", "examples", "about"], [list(row.values()) for row in rows])


@watch.command()
@click.argument("name")
@click.argument("terms", nargs=-1)
@click.option("--dry-run", is_flag=True, help="show the line, write nothing")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def add(options: Options, name: str, terms: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Add the watch NAME for any of the TERMs (default: its name) as one line in rules.toml, and show the change.

    Nothing that stands in the file is touched, and a line that would be a mistake is not written (exit status 78).
    """
    path = environment.rules_path(options.rules)
    if path == environment.bundled("rules.toml") and options.rules is None:
        help = "`monitor init DIR` writes one of your own; --rules names it"
        fail(f"{path} came with the program", code="bundled", status=USAGE, as_json=as_json, help=help)
    try:
        before = path.read_bytes()
        after, line = addition.with_watch(before, name, terms or (name,))
        if problems := brought(path, before, after):
            told = config.render(problems, path=path, colour=False)
            fail(f"nothing was written\n\n{told}", code="rejected", status=CONFIG, as_json=as_json)
        if not dry_run:
            addition.replace(path, after)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", code="no-file", status=CONFIG, as_json=as_json)
    except ConfigError as error:
        fail(str(error), code="not-written", status=NEGATIVE, as_json=as_json)
    if as_json:
        emit({"file": str(path), "line": line, "written": not dry_run})
        return
    click.echo("".join(diff(path, before, after)), nl=False)
    say("nothing was written" if dry_run else "a running monitor takes it up within two seconds")
    say(f"Next: monitor replay --watch {addition.quoted(name)}      what it would have told in the last 30 days")


def brought(path: Path, before: bytes, after: bytes) -> Sequence[config.Problem]:
    """The mistakes that new bytes would bring and the old ones have not."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        old, new = (tried(copy, data) for data in (before, after))
    known = {(problem.code, problem.message) for problem in old}
    return [problem for problem in new if (problem.code, problem.message) not in known]


def tried(copy: Path, data: bytes) -> Sequence[config.Problem]:
    """The mistakes in some bytes, read as a file."""
    copy.write_bytes(data)
    try:
        return config.load(copy).problems
    except ConfigError:
        return ()


def diff(path: Path, before: bytes, after: bytes) -> list[str]:
    """The change as `diff -u` shows it."""
    old, new = (data.decode("utf-8-sig").replace("\r\n", "\n").splitlines(keepends=True) for data in (before, after))
    return [line if line.endswith("\n") else line + "\n" for line in unified_diff(old, new, str(path), str(path), n=2)]
