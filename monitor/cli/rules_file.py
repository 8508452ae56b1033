"""Loads rules.toml for a verb: mistakes are counted in one message, and the correct entries are used."""

from __future__ import annotations

from pathlib import Path

from monitor.cli.context import Options
from monitor.cli.output import CONFIG, fail, print_message
from monitor.config import environment
from monitor.config.load import load_rules
from monitor.config.settings import LoadResult
from monitor.core.errors import ConfigError


def load_rules_or_fail(options: Options, *, as_json: bool, file: Path | None = None) -> LoadResult:
    """The loaded rules; a file that cannot be read ends the verb with status 78."""
    path = file or environment.rules_path(options.rules)
    try:
        loaded = load_rules(path)
    except ConfigError as error:
        fail(str(error), code="config", status=CONFIG, as_json=as_json)
    if loaded.problems:
        count = len(loaded.problems)
        print_message(f"{count} mistake{'s' * (count > 1)} in {path}, see `monitor check`; what is right is used")
    return loaded
