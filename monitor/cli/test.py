"""`monitor test`: tests each watch with its own hits and misses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.output import CONFIG, NEGATIVE, OK, USAGE, fail, print_envelope, print_message
from monitor.config.settings import LoadResult
from monitor.core.match.engine import Watch, compile_rules
from monitor.core.match.match_trace import trace_watches
from monitor.core.match.watch import example_article
from monitor.core.text.analysis import analyse_fields


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """The result of one example of a watch."""

    watch: str
    kind: str  # hits or misses
    text: str
    passed: bool
    reason: str


@click.command()
@click.argument("watches", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="the envelope with all results")
@click.pass_obj
def test(options: Options, watches: tuple[str, ...], as_json: bool) -> None:
    """Test WATCHES (default: all) with their own hits and misses: which term hit, or which group was missing.

    Exit status 1 where one fails, 78 where the rules have other mistakes.
    """
    loaded = rules_file.load_rules_or_fail(options, as_json=as_json)
    there = {watch.name: watch for watch in loaded.settings.watches}
    for name in watches:
        if name not in there:
            known = f"there are {', '.join(there)}"
            fail(f"no watch {name!r} that works", code="no-watch", status=USAGE, as_json=as_json, help=known)
    chosen = [there[name] for name in watches or there]
    results = [result for watch in chosen for result in try_examples(watch, loaded)]
    failed = sum(not result.passed for result in results)
    if as_json:
        print_envelope([asdict(result) for result in results], ok=not failed)
    else:
        print_example_results(results, [watch.name for watch in chosen if not (watch.hits or watch.misses)])
    others = any(problem.code != "test-failed" for problem in loaded.problems)
    raise SystemExit(NEGATIVE if failed else CONFIG if others and not watches else OK)


def try_examples(watch: Watch, loaded: LoadResult) -> Iterator[ExampleResult]:
    """The result of every example of a watch, also of a disabled one."""
    rules = compile_rules([replace(watch, enabled=True)], loaded.settings.names)
    for kind, examples in (("hits", watch.hits), ("misses", watch.misses)):
        for example in examples:
            [finding] = trace_watches(rules, analyse_fields(example_article(watch, example), ()))
            matched = finding.match is not None
            text = example.title or example.lead or example.body
            yield ExampleResult(watch.name, kind, text, matched is (kind == "hits"), finding.sentence())


def print_example_results(results: list[ExampleResult], without: list[str]) -> None:
    """Print the results as text, and the watches that have no examples."""
    for result in results:
        word = click.style("ok  ", fg="green") if result.passed else click.style("FAIL", fg="red")
        said = "matches" if (result.kind == "hits") is result.passed else "does not match"
        click.echo(f"{word}  {result.watch}: {said} “{result.text}”\n        {result.reason}")
    passed = sum(result.passed for result in results)
    print_message(f"{passed} of {len(results)} examples pass")
    if without:
        print_message(f"without examples: {', '.join(without)}")
