"""Link headers (RFC 8288), as far as they name hubs and the document itself. httpx keeps one link of each kind only."""

from __future__ import annotations

import re
from typing import TypedDict

import httpx

LONGEST = 8192  # characters of all Link headers together
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;<>]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;<>]*))")


class Said(TypedDict):
    """What a Page keeps of them: absolute addresses."""

    hubs: tuple[str, ...]
    topic: str


def said(response: httpx.Response) -> Said:
    """The hubs of an answer, in its order, and its name for itself."""
    text = ", ".join(response.headers.get_list("link"))[:LONGEST]
    links = [(rel, target) for found in _LINK.finditer(text) for rel, target in _read(found, response.url)]
    selves = [target for rel, target in links if rel == "self"]
    return Said(hubs=tuple(target for rel, target in links if rel == "hub"), topic=selves[0] if selves else "")


def _read(found: re.Match[str], base: httpx.URL) -> list[tuple[str, str]]:
    """(relation, address) of one link; a link with an anchor speaks of another document."""
    parameters = {name.lower(): quoted or plain for name, quoted, plain in reversed(_PARAMETER.findall(found[2]))}
    if "anchor" in parameters:
        return []
    try:
        target = str(base.join(found[1].strip()))
    except httpx.InvalidURL:
        return []
    return [(rel, target) for rel in parameters.get("rel", "").lower().split()]
