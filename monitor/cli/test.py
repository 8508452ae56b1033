"""`monitor test`: each watch tried on its own hits and misses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.output import CONFIG, NEGATIVE, OK, USAGE, fail, print_envelope, print_message
from monitor.config import LoadResult
from monitor.core.match.engine import Watch, compile_rules
from monitor.core.match.match_trace import trace_watches
from monitor.core.match.watch import example_article


@dataclass(frozen=True, slots=True)
class ExampleResult:
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
    reading = rules_file.load_rules_or_fail(options, as_json=as_json)
    there = {watch.name: watch for watch in reading.settings.watches}
    for name in watches:
        if name not in there:
            known = f"there are {', '.join(there)}"
            fail(f"no watch {name!r} that works", code="no-watch", status=USAGE, as_json=as_json, help=known)
    chosen = [there[name] for name in watches or there]
    trials = [trial for watch in chosen for trial in try_examples(watch, reading)]
    failed = sum(not trial.passed for trial in trials)
    if as_json:
        print_envelope([asdict(trial) for trial in trials], ok=not failed)
    else:
        print_example_results(trials, [watch.name for watch in chosen if not (watch.hits or watch.misses)])
    others = any(problem.code != "test-failed" for problem in reading.problems)
    raise SystemExit(NEGATIVE if failed else CONFIG if others and not watches else OK)


def try_examples(watch: Watch, reading: LoadResult) -> Iterator[ExampleResult]:
    """Every example of a watch; one that is switched off is tried as well."""
    book = compile_rules([replace(watch, enabled=True)], reading.settings.names)
    for kind, examples in (("hits", watch.hits), ("misses", watch.misses)):
        for example in examples:
            [finding] = trace_watches(book, example_article(watch, example))
            matched = finding.match is not None
            text = example.title or example.lead or example.body
            yield ExampleResult(watch.name, kind, text, matched is (kind == "hits"), finding.sentence())


def print_example_results(trials: list[ExampleResult], without: list[str]) -> None:
    """The trials for people, and the watches that have none."""
    for trial in trials:
        word = click.style("ok  ", fg="green") if trial.passed else click.style("FAIL", fg="red")
        said = "matches" if (trial.kind == "hits") is trial.passed else "does not match"
        click.echo(f"{word}  {trial.watch}: {said} “{trial.text}”\n        {trial.reason}")
    passed = sum(trial.passed for trial in trials)
    print_message(f"{passed} of {len(trials)} examples pass")
    if without:
        print_message(f"without examples: {', '.join(without)}")
