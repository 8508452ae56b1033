"""Every family of hostile input, by the row of the threat model it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from tests.hostile import entries, lines, readings
from tests.hostile.trials import Trial

Family = Callable[[], Coroutine[Any, Any, list[Trial]]]

DOCUMENTS = ("prologs", "shapes", "json feeds", "sitemaps", "pages")


def families(deadline: float) -> dict[str, Family]:
    """What tries each family; deadline: seconds of the parser for one document."""
    return {
        "addresses": lines.addresses,
        "redirects": lines.redirects,
        "resolvers": lines.resolvers,
        "schemes": lines.schemes,
        "environment": lines.environment,
        "bodies": lines.bodies,
        "references": entries.references,
        "headlines": entries.headlines,
        "links": entries.links,
        **{name: partial(readings.read, name, deadline) for name in DOCUMENTS},
    }


LEAST = {"addresses": 58 + 2, "redirects": 100, "schemes": 24, "bodies": 60, "prologs": 20, "shapes": 40}  # payloads
