"""Imports a verb when it is called, so that `monitor -h` starts without the database and the channels."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click


def import_deferred(name: str) -> Any:
    """Import a module that most runs do not need. Garbage collection is off meanwhile: it took a twelfth of a start."""
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """A group whose verbs are loaded by name. places: verb → (module of this package, line for the help screen).

    A command has its module's name, or stands behind a colon: "feeds.opml:export".
    """

    def __init__(self, *, places: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.places:
            return None
        module, _, command_name = self.places[name][0].partition(":")
        command = getattr(import_deferred(f"monitor.cli.{module}"), command_name or module)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb of a command line. For a mistyped one suggest the nearest: click itself knows only loaded verbs."""
        near = get_close_matches(args[0], self.places, 1)
        if args[0] not in self.places and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in self.places.items()])
