"""Is it a feed at all? Decided by the root element, before any parser sees the document.

A bot wall answers 200 with HTML, and a feed parser calls that a feed without entries. Everything before the root
(warnings of PHP, comments, DOCTYPE with its entities, sixty thousand newlines) is dropped: entity bombs and several
regex blow-ups live there. One pass over the prolog, linear on any input.
"""

from __future__ import annotations

import re

from monitor.core.errors import ParseError
from monitor.sources import walls

FEEDS = frozenset({"rss", "feed", "rdf", "channel"})
WEB_PAGES = frozenset({"html", "head", "body", "script", "meta", "title", "iframe", "noscript"})
_NAME = re.compile(r"<([A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})")
_LATE_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,60}:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_SUBSET_END = re.compile(r"\]\s{0,100}>")
LATE = 64 * 1024  # how far into a page a root may stand behind a server's own messages


def is_json(text: str) -> bool:
    """Whether the document is JSON rather than XML."""
    return text[:1000].lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def root(text: str) -> str:
    """The document from its root element to the root's end; raises ParseError where it is not a feed."""
    if not text.strip():
        raise ParseError("the answer is empty", kind="empty")
    start = _first_element(text)
    if start is None:
        raise ParseError(f"the answer is not a feed; it begins with {text.strip()[:40]!r}", kind="not-a-feed")
    name = _local(text, start)
    if name not in FEEDS and name not in WEB_PAGES:
        late = _LATE_ROOT.search(text, start, LATE)
        start, name = (late.start(), _local(text, late.start())) if late else (start, name)
    if name in FEEDS:
        return _without_tail(text[start:])
    raise _something_else(text, start, name)


def _local(text: str, start: int) -> str:
    """The element's name without its prefix, in lower case."""
    found = _NAME.match(text, start)
    return found[2].lower() if found else ""


def _first_element(text: str) -> int | None:
    """Where the first element begins, behind processing instructions, comments, a DOCTYPE and loose text."""
    at = text.find("<")
    while at >= 0:
        if _NAME.match(text, at):
            return at
        at = text.find("<", _behind(text, at))
    return None


def _behind(text: str, at: int) -> int:
    """The first position behind the markup that begins here; the end of the text where it never ends."""
    if text.startswith("<?", at):
        end = text.find(">", at)  # "?>" is how it should end; ">" survives those that do not
    elif text.startswith("<!--", at):
        end = text.find("-->", at)
    elif text.startswith("<!", at):
        end = _declaration_end(text, at)
    else:
        return at + 1
    return len(text) if end < 0 else end + 1


def _declaration_end(text: str, at: int) -> int:
    """A DOCTYPE ends at its first ">", or behind "]>" where it has an internal subset."""
    end = text.find(">", at)
    subset = text.find("[", at, max(end, at))  # no further: a document of nothing but "<!x>" would take for ever
    if subset < 0:
        return end
    closed = _SUBSET_END.search(text, subset)
    return closed.end() - 1 if closed else -1


def _without_tail(text: str) -> str:
    """Cut what follows the root: a script or a comment there makes the whole document ill-formed."""
    found = _NAME.match(text)
    tag = (found[1] or "") + found[2] if found else ""
    close = text.rfind(f"</{tag}")
    end = text.find(">", close)
    return text[: end + 1] if 0 <= close < end else text


def _something_else(text: str, start: int, name: str) -> ParseError:
    if name in WEB_PAGES or "<!doctype html" in text[:start].lower():
        return ParseError(f"the answer is {walls.described(text)}, not a feed", kind="html")
    if name in ("urlset", "sitemapindex"):
        return ParseError('the answer is a sitemap, not a feed; write kind = "sitemap"', kind="not-a-feed")
    return ParseError(f"the answer is not a feed but a <{name}> document", kind="not-a-feed")
