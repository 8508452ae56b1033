"""Reads rules.toml and the environment into one LoadResult.

All mistakes are found in one pass, and a mistake costs only its entry. What an entry means is known to the module of
its section: channels, feeds, settings and watches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from monitor.config import files, settings
from monitor.config.channels import build_channels, build_route, watch_channels
from monitor.config.environment import make_masker, process_environment
from monitor.config.feeds import build_sources
from monitor.config.file_bounds import find_exceeded_limit
from monitor.config.lint import lint_watches
from monitor.config.sealed_secrets import unseal_secrets
from monitor.config.sections import Sections, check_sections
from monitor.config.toml.notes import MAX_PROBLEMS, Notes
from monitor.config.toml.problems import Problem
from monitor.config.toml.toml_document import TomlDocument
from monitor.config.watches import build_named_terms, build_watches, run_examples
from monitor.core.errors import ConfigError
from monitor.core.match.engine import compile_rules

log = logging.getLogger(__name__)

Environ = Mapping[str, str]
MAX_SHOWN_LINE_LENGTH = 2000  # characters; a longer line is not shown at all where it contains a secret


def load_rules(
    path: Path, *, environ: Environ | None = None, last_good: Mapping[str, Any] | None = None
) -> settings.LoadResult:
    """Read rules.toml. A broken entry keeps its version in last_good; without one it is left out.

    Raises ConfigError where nothing can be used: the file cannot be read and last_good is empty.
    """
    last = last_good or {}
    try:
        return _load_file(path, environ, last)
    except ConfigError:
        raise
    except Exception as error:  # a defect here or in a parser must not cost the rules in force
        log.exception("%s: reading it failed", path)
        problem = Problem(
            "unreadable",
            f"reading the file failed: {type(error).__name__}",
            help="take back the last edit; the log has the details for a report",
        )
        if not last:
            raise ConfigError(f"{path}: {problem.message}; {problem.help}") from error
        return _assemble_last_good(problem, unseal_secrets(last, ""), environ, "")


def _load_file(path: Path, environ: Environ | None, last: Mapping[str, Any]) -> settings.LoadResult:
    data = files.read_file(path)
    text = data if isinstance(data, Problem) else files.decode_utf8(data)
    last = unseal_secrets(last, "" if isinstance(text, Problem) else text)
    if isinstance(data, Problem) and not last:
        raise ConfigError(f"{data.message}; {data.help}" if data.help else data.message)
    digest = "" if isinstance(data, Problem) else sha256(data).hexdigest()
    if isinstance(text, Problem):
        return _assemble_last_good(text, last, environ, digest)
    notes = Notes(TomlDocument(text))
    if problem := find_exceeded_limit(notes.document):
        return _assemble_last_good(problem, last, environ, digest)
    incomplete = not check_sections(notes) or notes.document.incomplete
    sections = Sections(notes, last, incomplete)
    if not sections.in_file("watch"):
        sections = _without_watches(notes, last)
    return _assemble(sections, environ, digest)


def _assemble_last_good(
    problem: Problem, last: Mapping[str, Any], environ: Environ | None, digest: str
) -> settings.LoadResult:
    """The rules of the last good version, because of a problem with the file as a whole."""
    notes = Notes(TomlDocument(""))
    notes.problems.append(problem)
    return _assemble(Sections(notes, last, incomplete=True), environ, digest)


def _without_watches(notes: Notes, last: Mapping[str, Any]) -> Sections:
    """The last good version: a file without any watch comes from an accident in an editor or on a disk."""
    help = 'for example: H200 = "H200" under [watch]'
    if not notes.problems:
        notes.add_mistake("no-watches", "the file has no watch", (), help=help)
    if not last.get("watch"):
        return Sections(notes, last, incomplete=True)
    kept = Notes(TomlDocument(""))
    kept.problems, kept.warnings = notes.problems, notes.warnings
    return Sections(kept, last, incomplete=True)


def _assemble(sections: Sections, environ: Environ | None, digest: str) -> settings.LoadResult:
    environ = process_environment() if environ is None else environ
    notes = sections.notes
    declared = sections.names("notify")
    table = settings.build_settings_table(sections, declared)
    sources = build_sources(sections, table.private_networks, environ)
    channels = build_channels(sections, environ)
    names = build_named_terms(sections)
    watches = build_watches(sections, names)
    in_file = sections.in_file("watch")
    own = [watch for name, watch in watches.items() if sections.entries["watch"][name] is in_file.get(name)]
    examples = run_examples(own, names, notes)
    by_watch = {watch.name: watch_channels(watch, table.notify, declared) for watch in own}
    lint_watches(own, by_watch, declared, table.ops or (), notes)
    return settings.LoadResult(
        settings=settings.Settings(
            watches=tuple(watches.values()),
            ruleset=compile_rules(watches.values(), names),
            names=names,
            sources=tuple(source for found in sources.values() for source in found),
            channels=tuple(channels.values()),
            routes={name: build_route(watch, table.notify, channels) for name, watch in watches.items()},
            ops=settings.ops_channels(table, channels),
            heartbeat=table.heartbeat,
            ping=settings.ping_url(table, environ, notes),
            timezone=table.timezone,
            quiet_hours=table.quiet_hours,
            private_networks=tuple(table.private_networks),
            contact=table.contact,
            **settings.push_settings(table, notes),
            keep=table.keep,
            secrets=frozenset(notes.secrets),
            digest=digest,
        ),
        problems=_report_problems(notes.problems, notes.secrets, notes.omitted_count),
        warnings=_report_problems(notes.warnings, notes.secrets, 0),
        entries=sections.entries,
        examples=examples,
    )


def _report_problems(problems: list[Problem], secrets: set[str], omitted: int) -> tuple[Problem, ...]:
    """Problems in the order of the file, each once, with secrets masked; omitted is the count of further mistakes."""
    mask = lru_cache(maxsize=MAX_PROBLEMS)(make_masker(secrets))
    clean = dict.fromkeys(_mask_problem(problem, mask) for problem in problems)
    reported = sorted(clean, key=lambda problem: (problem.line, problem.column))
    more = [Problem("more-mistakes", f"{omitted} more mistakes are not listed", help="repair these first")]
    return (*reported, *(more if omitted else ()))


def _mask_problem(problem: Problem, mask: Callable[[str], str]) -> Problem:
    line = mask(problem.source_line)
    masked = replace(problem, message=mask(problem.message), label=mask(problem.label), help=mask(problem.help))
    if line == problem.source_line:
        return masked
    if len(line) > MAX_SHOWN_LINE_LENGTH:
        return replace(masked, source_line="")
    column = len(mask(problem.source_line[: problem.column - 1])) + 1
    end = len(mask(problem.source_line[: problem.end_column - 1])) + 1
    return replace(masked, source_line=line, column=column, end_column=max(end, column + 1))
