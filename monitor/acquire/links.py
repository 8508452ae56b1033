"""Link headers (RFC 8288), as far as they name hubs, feeds and the document itself. httpx keeps one of a kind."""

from __future__ import annotations

import re
from typing import TypedDict

import httpx

LONGEST = 8192  # characters of all Link headers together
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;<>]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;<>]*))")


FEEDS = frozenset(("application/rss+xml", "application/atom+xml", "application/feed+json"))  # media types


class Said(TypedDict):
    """What a Page keeps of them: absolute addresses."""

    hubs: tuple[str, ...]
    topic: str


def said(headers: httpx.Headers, url: httpx.URL) -> Said:
    """The hubs of an answer, in its order, and its name for itself; url: what was asked for."""
    links = _links(headers, url)
    selves = [target for rel, target, _ in links if rel == "self"]
    return Said(hubs=tuple(target for rel, target, _ in links if rel == "hub"), topic=selves[0] if selves else "")


def feeds(headers: httpx.Headers, url: httpx.URL) -> tuple[str, ...]:
    """The feeds that an answer names as another form of itself."""
    return tuple(target for rel, target, kind in _links(headers, url) if rel == "alternate" and kind in FEEDS)


def _links(headers: httpx.Headers, url: httpx.URL) -> list[tuple[str, str, str]]:
    """(relation, address, media type) of every link."""
    values = headers.get_list("link")
    text = ", ".join(values)[:LONGEST] if values else ""
    return [link for found in _LINK.finditer(text) for link in _read(found, url)]


def _read(found: re.Match[str], base: httpx.URL) -> list[tuple[str, str, str]]:
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
