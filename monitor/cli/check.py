"""`monitor check`: every mistake in rules.toml with its place and a remedy; `monitor schema`: its JSON Schema."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from monitor.cli.context import Options
from monitor.cli.output import CONFIG, fail, print_envelope, print_message
from monitor.config.environment import rules_path, wants_colour
from monitor.config.load import load_rules
from monitor.config.schema import schema_text
from monitor.config.settings import LoadResult
from monitor.config.toml.problems import Problem, render_problems, summarize_problems
from monitor.core.errors import ConfigError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.option("--quiet", is_flag=True, help="print nothing where nothing is wrong")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def check(options: Options, as_json: bool, quiet: bool, file: Path | None) -> None:
    """Find every mistake in rules.toml: its syntax, its meaning and its own examples.

    Exit status 78 where there is one, 0 otherwise; warnings do not count.
    """
    path = file or rules_path(options.rules)
    try:
        reading = load_rules(path)
    except ConfigError as error:
        fail(str(error), code="no-file", status=CONFIG, as_json=as_json)
    if as_json:
        _print_json(reading, path)
    else:
        _print_text(reading, path, quiet)
    raise SystemExit(CONFIG if reading.problems else 0)


def _print_text(reading: LoadResult, path: Path, quiet: bool) -> None:
    colour = wants_colour(sys.stdout.isatty())
    if reading.problems:
        click.echo(render_problems(reading.problems, path=path, colour=colour) + "\n", color=colour)
    if quiet:
        return
    if reading.warnings:
        click.echo(render_problems(reading.warnings, path=path, colour=colour, kind="warning") + "\n", color=colour)
    if reading.problems:
        print_message(summarize_problems(reading.problems, path.name))
    else:
        click.echo(f"{path.name} ok: {_format_counts(reading)}")


def _format_counts(reading: LoadResult) -> str:
    settings = reading.settings
    numbers = ((len(settings.watches), "watch", "watches"), (len(settings.sources), "feed", "feeds"))
    passed, tried = reading.examples
    words = [f"{number} {one if number == 1 else many}" for number, one, many in numbers]
    channels = len(settings.channels)
    return ", ".join([*words, f"{channels} channel{'s' * (channels != 1)}", f"{passed}/{tried} examples"])


def _print_json(reading: LoadResult, path: Path) -> None:
    settings = reading.settings
    data = {
        "file": str(path),
        "watches": len(settings.watches),
        "feeds": len(settings.sources),
        "channels": len(settings.channels),
        "examples": {"passed": reading.examples[0], "tried": reading.examples[1]},
        "warnings": [_problem_data(problem, path) for problem in reading.warnings],
    }
    print_envelope(data, ok=not reading.problems, errors=[_problem_data(problem, path) for problem in reading.problems])


def _problem_data(problem: Problem, path: Path) -> dict[str, Any]:
    kept = ("code", "message", "line", "column", "end_column", "label", "help", "entry")
    plain = asdict(problem)
    return {"file": str(path), **{key: plain[key] for key in kept}}


@click.command()
def schema() -> None:
    """Print the JSON Schema of rules.toml; editors find it by the file's first line."""
    click.echo(schema_text(), nl=False)
