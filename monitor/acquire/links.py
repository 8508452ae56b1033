"""Link headers (RFC 8288), as far as they name hubs, feeds and the document itself. httpx keeps one of a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict

import httpx

from monitor.core.model.articles import FEED_TYPES

LONGEST = 8192  # characters of all Link headers together
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;<>]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;<>]*))")

Link = tuple[str, str, str]  # relation, address, media type


class Said(TypedDict):
    """What a Page keeps of them: absolute addresses."""

    hubs: tuple[str, ...]
    topic: str


def parse_links(headers: httpx.Headers, url: httpx.URL) -> list[Link]:
    """Every link of an answer; url: what was asked for."""
    values = headers.get_list("link")
    text = ", ".join(values)[:LONGEST] if values else ""
    return [link for found in _LINK.finditer(text) for link in _read(found, url)]


def said(links: Sequence[Link]) -> Said:
    """The hubs that are named, in their order, and the document's name for itself."""
    selves = [target for rel, target, _ in links if rel == "self"]
    return Said(hubs=tuple(target for rel, target, _ in links if rel == "hub"), topic=selves[0] if selves else "")


def feeds(links: Sequence[Link]) -> tuple[str, ...]:
    """The feeds that are named as another form of the document."""
    return tuple(target for rel, target, kind in links if rel == "alternate" and kind in FEED_TYPES)


def _read(found: re.Match[str], base: httpx.URL) -> list[Link]:
    """The relations of one link; a link with an anchor speaks of another document."""
    parameters = {name.lower(): quoted or plain for name, quoted, plain in reversed(_PARAMETER.findall(found[2]))}
    if "anchor" in parameters:
        return []
    try:
        target = str(base.join(found[1].strip()))
    except httpx.InvalidURL:
        return []
    kind = parameters.get("type", "").partition(";")[0].strip().lower()
    return [(rel, target, kind) for rel in parameters.get("rel", "").lower().split()]
