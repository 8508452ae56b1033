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


# payloads; a table that lost its rows must not pass
LEAST = {
    "addresses": 100, "redirects": 130, "resolvers": 11, "schemes": 85, "bodies": 65, "references": 150,
    "headlines": 30, "links": 20, "prologs": 26, "shapes": 60, "json feeds": 20, "sitemaps": 16, "pages": 15,
}  # fmt: skip
