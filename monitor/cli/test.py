"""`monitor test`: each watch tried on its own hits and misses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.output import CONFIG, NEGATIVE, OK, USAGE, emit, fail, say
from monitor.config import Reading
from monitor.core.match.engine import Watch, compile_book
from monitor.core.match.match_trace import inquire
from monitor.core.match.watch import sample


@dataclass(frozen=True, slots=True)
class Trial:
    """One example of a watch, and what the engine says of it."""

    watch: str
    kind: str  # hits or misses
    text: str
    passed: bool
    reason: str


@click.command()
@click.argument("watches", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all trials")
@click.pass_obj
def test(options: Options, watches: tuple[str, ...], as_json: bool) -> None:
    """Try WATCHES (default: all) on their own hits and misses: which term hit, or which group was missing.

    Exit status 1 where one fails, 78 where the rules have other mistakes.
    """
    reading = rules_file.read(options, as_json=as_json)
    there = {watch.name: watch for watch in reading.settings.watches}
    for name in watches:
        if name not in there:
            known = f"there are {', '.join(there)}"
            fail(f"no watch {name!r} that works", code="no-watch", status=USAGE, as_json=as_json, help=known)
    chosen = [there[name] for name in watches or there]
    trials = [trial for watch in chosen for trial in tried(watch, reading)]
    failed = sum(not trial.passed for trial in trials)
    if as_json:
        emit([asdict(trial) for trial in trials], ok=not failed)
    else:
        report(trials, [watch.name for watch in chosen if not (watch.hits or watch.misses)])
    others = any(problem.code != "test-failed" for problem in reading.problems)
    raise SystemExit(NEGATIVE if failed else CONFIG if others and not watches else OK)


def tried(watch: Watch, reading: Reading) -> Iterator[Trial]:
    """Every example of a watch; one that is switched off is tried as well."""
    book = compile_book([replace(watch, enabled=True)], reading.settings.names)
    for kind, examples in (("hits", watch.hits), ("misses", watch.misses)):
        for example in examples:
            [finding] = inquire(book, sample(watch, example))
            matched = finding.match is not None
            text = example.title or example.lead or example.body
            yield Trial(watch.name, kind, text, matched is (kind == "hits"), finding.sentence())


def report(trials: list[Trial], without: list[str]) -> None:
    """The trials for people, and the watches that have none."""
    for trial in trials:
        word = click.style("ok  ", fg="green") if trial.passed else click.style("FAIL", fg="red")
        said = "matches" if (trial.kind == "hits") is trial.passed else "does not match"
        click.echo(f"{word}  {trial.watch}: {said} “{trial.text}”\n        {trial.reason}")
    passed = sum(trial.passed for trial in trials)
    say(f"{passed} of {len(trials)} examples pass")
    if without:
        say(f"without examples: {', '.join(without)}")
