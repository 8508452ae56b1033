"""Parse well-formed RSS 0.9x and 2.0, RDF and Atom 1.0 in a tenth of feedparser's time.

The entries equal those of feedparser to the letter; a document with anything unusual is declined and left to it. Half
of all real feeds have some fault, and a parser that guesses would lose entries silently. Time and memory are linear in
the document, whose size is limited, so it may run in a thread. Documents come without prolog (`repair.extract_root`),
so that they define no entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from monitor.feeds.strict.elements import is_unread_element, parse_entry
from monitor.feeds.strict.xml import (
    ATOM,
    RDF,
    RSS090,
    RSS10,
    Declined,
    element_language,
    fix_encoding,
    has_usual_prefixes,
    qualified_name,
)

MAX_DOCUMENT_LENGTH = 2_000_000  # characters; parsed in 60 ms
MAX_ATTRIBUTES = 100  # of one element
MAX_MARKUP_STARTS = 60_000  # "<" in a document; each element is an object of 200 bytes

ENTRY_ELEMENTS = frozenset({"item", "entry"})
# Elements that feedparser carries over from the head into the first entry, or takes for the start of a document
UNUSUAL_HEAD_ELEMENTS = frozenset(
    ("abstract", "body", "channel", "content", "content:encoded", "feed", "fullitem", "georss:where", "psc:chapter",
     "psc:chapters", "rdf:rdf", "rss", "where", "xhtml:body")
)  # fmt: skip
SUMMARY_ELEMENTS = frozenset({"summary", "itunes:summary"})
DESCRIPTION_ELEMENTS = SUMMARY_ELEMENTS | {"description", "dc:description", "media:description"}
LANGUAGE_ELEMENTS = frozenset({"language", "dc:language"})
# Elements that may be nested in other elements of the head
NESTED_ELEMENTS = frozenset(
    ("day", "description", "email", "height", "hour", "itunes:category", "itunes:email", "itunes:name", "link", "name",
     "rdf:li", "rdf:seq", "title", "uri", "url", "width")
)  # fmt: skip

FeedparserResult = dict[str, Any]


class _NamespaceTreeBuilder(TreeBuilder):
    """Builds a tree and keeps its namespace declarations, which ElementTree drops."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: list[tuple[str, str]] = []

    def start_ns(self, prefix: str, uri: str) -> None:
        self.declared.append((prefix or "", uri or ""))


def can_strip_entries(document: str, data: bytes | None = None) -> bool:
    """Whether the entries of a well-formed document can be parsed independently of those before them."""
    try:
        root, declared = _parse_tree(document, data)
        for parent in [child for child in root if qualified_name(child.tag) == "channel"] or [root]:
            _head_language(parent, None)
    except (Declined, ParseError):
        return False
    return has_usual_prefixes(declared) and (not _has_base(root) or any(map(_is_base_attribute, root.attrib)))


def parse_strictly(document: str, data: bytes | None = None) -> FeedparserResult | None:
    """The keys of feedparser's result that an article needs, from a repaired document; None where it is declined.

    data: the document in UTF-8, if available.
    """
    try:
        root, declared = _parse_tree(document, data)
        form = FORMAT_PARSERS.get(root.tag)
        if form is None or not has_usual_prefixes(declared) or _has_base(root):
            return None
        return form(root, {uri.lower() for _, uri in declared})
    except (Declined, ParseError):
        return None


def _parse_tree(document: str, data: bytes | None) -> tuple[Element, list[tuple[str, str]]]:
    """Root and namespace declarations. Fed in one piece: expat 2.5 is quadratic with more (CVE-2023-52425)."""
    if len(document) > MAX_DOCUMENT_LENGTH or document.count("<") > MAX_MARKUP_STARTS:
        raise Declined
    builder = _NamespaceTreeBuilder()
    parser = XMLParser(target=builder, encoding="utf-8")
    parser.feed(document.encode() if data is None else data)  # a str would keep its encoded bytes in memory
    return parser.close(), builder.declared


def _has_base(root: Element) -> bool:
    """Whether any element has a base; feedparser does not reset it afterwards."""
    return any(map(_is_base_attribute, {name for element in root.iter() for name in element.keys()}))  # noqa: SIM118


def _is_base_attribute(name: str) -> bool:
    return name.rpartition("}")[2].lower() == "base"


def _parse_rss(root: Element, _: set[str]) -> FeedparserResult:
    if [qualified_name(child.tag) for child in root] != ["channel"]:
        raise Declined
    language = element_language(root, None)
    channel = root[0]
    return _build_result("rss", root, channel, element_language(channel, language), _head_language(channel, language))


def _parse_atom(root: Element, declared: set[str]) -> FeedparserResult:
    if RSS10 in declared or RSS090 in declared:
        raise Declined  # feedparser decides by the first declaration
    language = element_language(root, None)
    return _build_result("atom10", root, root, language, _head_language(root, language))


def _parse_rdf(root: Element, declared: set[str]) -> FeedparserResult:
    if ATOM.lower() in declared:
        raise Declined
    language = None
    for child in root:
        name = qualified_name(child.tag)
        if name == "channel":
            element_language(child, None)
            language = _head_language(child, language)
        elif name not in ENTRY_ELEMENTS and name not in ("image", "textinput"):
            raise Declined
        elif name not in ENTRY_ELEMENTS:
            _check_nested(child)
    return _build_result("rss10", root, root, element_language(root, None), language)


FORMAT_PARSERS: dict[str, Callable[[Element, set[str]], FeedparserResult]] = {
    "rss": _parse_rss,
    f"{{{ATOM}}}feed": _parse_atom,
    f"{{{RDF}}}RDF": _parse_rdf,
}


def _build_result(
    version: str, root: Element, parent: Element, language: str | None, said: str | None
) -> FeedparserResult:
    """The result; raises Declined where there are entries that are not children of `parent`."""
    entries = [child for child in parent if qualified_name(child.tag) in ENTRY_ELEMENTS]
    tags = Counter([element.tag for element in root.iter()])
    if sum(count for tag, count in tags.items() if qualified_name(tag) in ENTRY_ELEMENTS) != len(entries):
        raise Declined
    if max(map(len, map(Element.keys, root.iter()))) > MAX_ATTRIBUTES:
        raise Declined  # rss.limit_attributes drops them
    return {
        "version": version,
        "feed": {"language": said},
        "entries": [parse_entry(element, language) for element in entries],
    }


def _head_language(parent: Element, language: str | None) -> str | None:
    """The language of the head; raises Declined where one of its elements could affect an entry."""
    summarised = False
    for child in parent:
        name = qualified_name(child.tag)
        if name in ENTRY_ELEMENTS:
            continue
        if name in UNUSUAL_HEAD_ELEMENTS or name.startswith("gml:") or (summarised and name in DESCRIPTION_ELEMENTS):
            raise Declined
        summarised = summarised or name in SUMMARY_ELEMENTS
        if name in LANGUAGE_ELEMENTS:
            language = fix_encoding((child.text or "").strip())
        _check_nested(child)
    return language


def _check_nested(element: Element) -> None:
    """Raise Declined where an element of the head has unexpected descendants."""
    inside = {qualified_name(inner.tag) for inner in element.iter() if inner is not element}
    if not all(map(is_unread_element, inside - NESTED_ELEMENTS)):
        raise Declined
