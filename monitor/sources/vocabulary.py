"""What the elements of a feed are called, as feedparser calls them, so that two parsers can agree on a document.

An element is known by its namespace and not by its prefix: "title" (RSS, Atom and RDF alike), "dc:date", or OTHER
where feedparser has no name for the namespace. It takes the prefix then, so a prefix that could be mistaken for one of
its own makes a document unusual.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS10 = "http://purl.org/rss/1.0/"
RSS090 = "http://my.netscape.com/rdf/simple/0.9/"
OTHER = "?"

# Namespace → feedparser's prefix, "" for the vocabulary of feeds itself (feedparser/mixin.py, 6.0.14)
_FEED = (
    ATOM.lower(), RSS10, RSS090, "http://purl.org/rss/1.0/modules/rss091#", "http://blogs.law.harvard.edu/tech/rss",
    "http://purl.org/atom/ns#", "http://purl.org/pie/", "http://purl.org/echo/", "uri/of/echo/namespace#",
    "http://example.com/necho", "http://example.com/newformat#",
)  # fmt: skip
_COMMONS = (
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html",
    "http://backend.userland.com/creativecommonsrssmodule",
)
SPACES = {
    **dict.fromkeys(_FEED, ""),
    **dict.fromkeys(_COMMONS, "creativecommons"),
    **dict.fromkeys(("http://search.yahoo.com/mrss", "http://search.yahoo.com/mrss/"), "media"),
    **dict.fromkeys(("http://creativecommons.org/ns#license", "http://web.resource.org/cc/"), "cc"),
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://podlove.org/simple-chapters": "psc",
    RDF: "rdf",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://webns.net/mvcb/": "admin",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}
# Prefixes that mean something to feedparser whatever they are bound to, and those that begin a key of ours
TAKEN = (frozenset(SPACES.values()) - {""}) | {"title", "summary"}

_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,30}")
_STRANGE = re.compile(r"\s|backend\.userland\.com/rss")  # feedparser trips over blanks, and reads the other as any RSS


@lru_cache(maxsize=2048)  # feeds share some hundred names; a hostile one must not fill the memory
def named(tag: str) -> str:
    """The name of an ElementTree tag."""
    space, _, local = tag.lower().rpartition("}")
    prefix = SPACES.get(space[1:]) if space else ""
    if prefix is None:
        return OTHER
    return f"{prefix}:{local}" if prefix else local


def usual(declared: Iterable[tuple[str, str]]) -> bool:
    """Whether no prefix of a document means two things, or one that feedparser would take for another."""
    bound: dict[str, str] = {}
    return all(bound.setdefault(prefix, uri) == uri and _unmistakable(prefix.lower(), uri) for prefix, uri in declared)


def _unmistakable(prefix: str, uri: str) -> bool:
    known = SPACES.get(uri.lower())
    if known is None:
        return not uri or (bool(_PREFIX.fullmatch(prefix)) and prefix not in TAKEN and not _STRANGE.search(uri))
    return prefix == known or prefix not in TAKEN
