"""Texts, attributes, languages and namespaces of XML elements, by the rules of feedparser, for the strict parser.

It knows single elements only; the rules for their names are in `elements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

LANGUAGE_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}lang"
# Attributes that change how links, texts or descendants are parsed, in any namespace
UNSUPPORTED_ATTRIBUTES = frozenset({"base", "lang", "mode", "src", "lastmod"})
CONTENT_TYPES = {
    **dict.fromkeys(("text", "plain", "text/plain"), "text/plain"),
    **dict.fromkeys(("html", "text/html"), "text/html"),
}

_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")  # on UTF-8 bytes: 5 µs for 4 kB, where a search of the text takes 22
_UNDEFINED_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_CP1252_CHARACTERS = {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in _UNDEFINED_CP1252
}


class Declined(Exception):
    """The document needs the tolerant parser."""


@dataclass(slots=True)
class EntryBuilder:
    """An entry under construction: its values under feedparser's keys, and the state of the rules."""

    language: str | None
    values: dict[str, Any] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)  # of the element that set each value
    title_depth: int | None = None  # of the element that set the title
    has_content: bool = False
    has_author: bool = False  # an author that is text, not a person construct

    def set_value(self, name: str, value: str, depth: int) -> None:
        """Set a value unless the present one is from an element less deep."""
        if depth <= self.depths.get(name, depth):
            self.depths[name] = depth
            self.values[name] = value


def element_language(element: Element, language: str | None) -> str | None:
    """The language inside an element; raises Declined for other attributes that affect its descendants."""
    for name in element.keys():  # noqa: SIM118 -- "attrib" creates a dictionary for each element without attributes
        if name != LANGUAGE_ATTRIBUTE and name.rpartition("}")[2].lower() in UNSUPPORTED_ATTRIBUTES | {"href"}:
            raise Declined
    own = element.get(LANGUAGE_ATTRIBUTE)
    return language if own is None else own or None


def element_text(element: Element) -> str:
    """The stripped text of an element; raises Declined where it has children."""
    if len(element):
        raise Declined
    return (element.text or "").strip()


def fix_encoding(value: str) -> str:
    """As feedparser: decode UTF-8 that was encoded twice, and replace C1 controls by the cp1252 characters."""
    if value.isascii():
        return value
    try:
        once = value.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        once = value
    return once.translate(_CP1252_CHARACTERS) if _C1_CONTROLS.search(once.encode("utf-8", "surrogatepass")) else once


def collapse_slashes(url: str) -> str:
    """The URL with two slashes after its scheme where there are more."""
    return _EXTRA_SLASHES.sub(r"\1", url) if ":///" in url else url


def element_attributes(element: Element) -> Mapping[str, str]:
    """Attributes by lower-case name; raises Declined for duplicates, namespaces and UNSUPPORTED_ATTRIBUTES."""
    given: dict[str, str] = {}
    for name, value in element.items():
        name = name if name == LANGUAGE_ATTRIBUTE else name.lower()
        if name in given or name in UNSUPPORTED_ATTRIBUTES or (name[0] == "{" and name != LANGUAGE_ATTRIBUTE):
            raise Declined
        given[name] = value
    return given


def text_construct(draft: EntryBuilder, element: Element, usually: str) -> dict[str, Any]:
    """A text construct as feedparser's detail dictionary: type, language, value; usually: the default type."""
    given = element_attributes(element)
    kind = CONTENT_TYPES.get(given.get("type", usually).lower())
    if kind is None:
        raise Declined
    language = given.get(LANGUAGE_ATTRIBUTE, draft.language) or None
    return {"type": kind, "language": language, "value": fix_encoding(element_text(element))}


ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS10 = "http://purl.org/rss/1.0/"
RSS090 = "http://my.netscape.com/rdf/simple/0.9/"
UNKNOWN_NAME = "?"

# Namespace → feedparser's prefix, "" for the vocabulary of feeds itself (feedparser/mixin.py, 6.0.14)
_FEED_NAMESPACES = (
    ATOM.lower(), RSS10, RSS090, "http://purl.org/rss/1.0/modules/rss091#", "http://blogs.law.harvard.edu/tech/rss",
    "http://purl.org/atom/ns#", "http://purl.org/pie/", "http://purl.org/echo/", "uri/of/echo/namespace#",
    "http://example.com/necho", "http://example.com/newformat#",
)  # fmt: skip
_CREATIVE_COMMONS_NAMESPACES = (
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html",
    "http://backend.userland.com/creativecommonsrssmodule",
)
NAMESPACE_PREFIXES = {
    **dict.fromkeys(_FEED_NAMESPACES, ""),
    **dict.fromkeys(_CREATIVE_COMMONS_NAMESPACES, "creativecommons"),
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
# Prefixes that feedparser interprets whatever they are bound to, and those that would form the key of a detail
RESERVED_PREFIXES = (frozenset(NAMESPACE_PREFIXES.values()) - {""}) | {"title", "summary"}

_PREFIX_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,30}")
_STRANGE_NAMESPACE = re.compile(r"\s|backend\.userland\.com/rss")  # feedparser reads the second as RSS


@lru_cache(maxsize=2048)  # feeds share some hundred names; the limit is for hostile ones
def qualified_name(tag: str) -> str:
    """The lower-case name of an ElementTree tag with feedparser's prefix; UNKNOWN_NAME for other namespaces."""
    space, _, local = tag.lower().rpartition("}")
    prefix = NAMESPACE_PREFIXES.get(space[1:]) if space else ""
    if prefix is None:
        return UNKNOWN_NAME
    return f"{prefix}:{local}" if prefix else local


def has_usual_prefixes(declared: Iterable[tuple[str, str]]) -> bool:
    """Whether each prefix has one namespace, and one that feedparser reads alike."""
    bound: dict[str, str] = {}
    return all(
        bound.setdefault(prefix, uri) == uri and _is_unambiguous(prefix.lower(), uri) for prefix, uri in declared
    )


def _is_unambiguous(prefix: str, uri: str) -> bool:
    known = NAMESPACE_PREFIXES.get(uri.lower())
    if known is None:
        return not uri or (
            bool(_PREFIX_PATTERN.fullmatch(prefix))
            and prefix not in RESERVED_PREFIXES
            and not _STRANGE_NAMESPACE.search(uri)
        )
    return prefix == known or prefix not in RESERVED_PREFIXES
