"""Response headers: Retry-After, freshness, validators and links (RFC 9110, 9111, 8288).

It does not know the time: dates are compared with the Date of the same response.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypedDict

import httpx

from monitor.core.model.polling import FEED_TYPES, ServerLimits

MAX_DELAY_SECONDS = 86400.0
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_DELAY_SECONDS = re.compile(r"\s*([+-]?\d{1,12})(?:\.\d*)?\s*")
_VALIDATOR = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,1022}")


def parse_cache_headers(headers: httpx.Headers) -> ServerLimits:
    """Retry-After and the freshness lifetime in seconds, within [0, one day]; malformed values count as missing."""
    return ServerLimits(retry_after=parse_retry_after(headers), max_age=parse_max_age(headers))


def parse_retry_after(headers: httpx.Headers) -> float | None:
    """Retry-After in seconds; an HTTP date is taken relative to the response's own Date."""
    value = headers.get("retry-after", "")
    seconds = _DELAY_SECONDS.fullmatch(value)
    return _clamp(float(seconds[1])) if seconds else _seconds_until(value, headers)


def parse_max_age(headers: httpx.Headers) -> float | None:
    """The remaining freshness in seconds: max-age minus Age, else Expires minus Date (RFC 9111, 4.2)."""
    control = headers.get("cache-control", "")
    if re.search(r"no-(?:cache|store)", control, re.IGNORECASE):
        return None
    found = _MAX_AGE.search(control)
    if found:
        return _clamp(float(found[1]) - _parse_age(headers))
    return _seconds_until(headers.get("expires", ""), headers)


def parse_validators(headers: httpx.Headers) -> tuple[str | None, str | None]:
    """ETag and Last-Modified; None for one that cannot be sent back."""
    return _usable_validator(headers.get("etag")), _usable_validator(headers.get("last-modified"))


def conditional_headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional request. Empty ones are left out: some servers answer them with 200."""
    conditions = {"If-None-Match": _usable_validator(etag), "If-Modified-Since": _usable_validator(last_modified)}
    delta = {"A-IM": "feed"} if conditions["If-None-Match"] else {}  # RFC 3229: the entries since that ETag suffice
    return {name: value for name, value in conditions.items() if value} | delta


def is_delta_response(headers: httpx.Headers) -> bool:
    """Whether a 226 response holds only the new entries (RFC 3229, instance manipulation "feed")."""
    return str(headers.get("im", "")).strip().lower() == "feed"


def _usable_validator(value: str | None) -> str | None:
    value = (value or "").strip()
    return value if _VALIDATOR.fullmatch(value) and value not in ('""', 'W/""') else None


def _parse_age(headers: httpx.Headers) -> float:
    value = headers.get("age", "").strip()
    return float(value) if re.fullmatch(r"[0-9]{1,12}", value) else 0.0


def _seconds_until(value: str, headers: httpx.Headers) -> float | None:
    then = _parse_http_date(value) if value else None  # most responses have none, and parsing a date takes 5 µs
    now = _parse_http_date(headers.get("date", "")) if then else None
    return None if then is None or now is None else _clamp((then - now).total_seconds())


def _parse_http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _clamp(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_DELAY_SECONDS)


MAX_LINK_HEADER_LENGTH = 8192  # characters of all Link headers together
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;<>]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;<>]*))")

WebLink = tuple[str, str, str]  # relation, address, media type


class LinkHeader(TypedDict):
    """The WebSub links of a response, as absolute URLs."""

    hubs: tuple[str, ...]
    topic: str


def parse_links(headers: httpx.Headers, url: httpx.URL) -> list[WebLink]:
    """All links of the Link headers; url: that of the request, which relative targets are joined to."""
    values = headers.get_list("link")
    text = ", ".join(values)[:MAX_LINK_HEADER_LENGTH] if values else ""
    return [link for found in _LINK.finditer(text) for link in _parse_link(found, url)]


def websub_links(links: Sequence[WebLink]) -> LinkHeader:
    """The WebSub hubs in their order, and the first rel="self" as the topic (WebSub, section 4)."""
    selves = [target for rel, target, _ in links if rel == "self"]
    return LinkHeader(hubs=tuple(target for rel, target, _ in links if rel == "hub"), topic=selves[0] if selves else "")


def alternate_feeds(links: Sequence[WebLink]) -> tuple[str, ...]:
    """The targets of rel="alternate" that have the media type of a feed."""
    return tuple(target for rel, target, kind in links if rel == "alternate" and kind in FEED_TYPES)


def _parse_link(found: re.Match[str], base: httpx.URL) -> list[WebLink]:
    """One tuple per relation; a link with an anchor parameter is about another document and gives none."""
    parameters = {name.lower(): quoted or plain for name, quoted, plain in reversed(_PARAMETER.findall(found[2]))}
    if "anchor" in parameters:
        return []
    try:
        target = str(base.join(found[1].strip()))
    except httpx.InvalidURL:
        return []
    kind = parameters.get("type", "").partition(";")[0].strip().lower()
    return [(rel, target, kind) for rel in parameters.get("rel", "").lower().split()]
