"""Parameter types of the command line."""

from __future__ import annotations

from datetime import timedelta

import click

from monitor.config.types import parse_duration


class DurationParameter(click.ParamType[timedelta]):
    """A duration as in rules.toml: 30s, 10m, 24h, 7d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse a duration; a mistake is a usage error."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
