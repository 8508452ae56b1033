"""How rules.toml names a part of a web page: a CSS selector, and behind an @ the attribute that is meant."""

from __future__ import annotations

import re

PARTS = ("item", "title", "link", "date", "summary")
_ATTRIBUTE = re.compile(r"@([A-Za-z_][\w:.-]*)\s*$")


def split(selector: str) -> tuple[str, str]:
    """The CSS selector and the attribute: "time@datetime" → ("time", "datetime"); "@href" is the item's own."""
    found = _ATTRIBUTE.search(selector)
    return (selector[: found.start()].rstrip(), found[1]) if found else (selector, "")
