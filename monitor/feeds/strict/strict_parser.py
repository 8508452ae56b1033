"""RSS 0.9x and 2.0, RDF and Atom 1.0 in a tenth of the time, where nothing about a document is unusual.

A strict parse and a gate: what passes gives to the letter what feedparser gives, everything else is declined and goes
to it. Half of all real feeds have some fault; a parser that guesses loses news silently, so this one never does.
Time and memory are linear in the document, whose size is bounded: it may run where nothing can kill it. There are no
entities in a document without prolog (`prescreen.root`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from monitor.feeds.strict.elements import entry, unread
from monitor.feeds.strict.xml import ATOM, RDF, RSS090, RSS10, Declined, named, settled, spoken, usual

LARGEST = 2_000_000  # characters; read in 60 ms
MOST_ATTRIBUTES = 100  # of one element
MOST_TAGS = 60_000  # beginnings of markup; each element is an object of 200 bytes

ENTRIES = frozenset({"item", "entry"})
# What feedparser carries over from the head into the first entry, or takes for the beginning of another document
UNUSUAL = frozenset(
    ("abstract", "body", "channel", "content", "content:encoded", "feed", "fullitem", "georss:where", "psc:chapter",
     "psc:chapters", "rdf:rdf", "rss", "where", "xhtml:body")
)  # fmt: skip
SUMMARIES = frozenset({"summary", "itunes:summary"})
DESCRIPTIONS = SUMMARIES | {"description", "dc:description", "media:description"}
LANGUAGES = frozenset({"language", "dc:language"})
# What may stand inside other elements of the head
NESTED = frozenset(
    ("day", "description", "email", "height", "hour", "itunes:category", "itunes:email", "itunes:name", "link", "name",
     "rdf:li", "rdf:seq", "title", "uri", "url", "width")
)  # fmt: skip

Result = dict[str, Any]


class _Builder(TreeBuilder):
    """A tree, and the prefixes it was written with."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: list[tuple[str, str]] = []

    def start_ns(self, prefix: str, uri: str) -> None:
        """A declaration of a namespace."""
        self.declared.append((prefix or "", uri or ""))


def sound(document: str, data: bytes | None = None) -> bool:
    """Whether a document is well-formed and how an entry is read does not depend on what stands before it."""
    try:
        root, declared = _tree(document, data)
        for parent in [child for child in root if named(child.tag) == "channel"] or [root]:
            _head(parent, None)
    except (Declined, ParseError):
        return False
    return usual(declared) and (not _based(root) or any(map(_is_base, root.attrib)))


def read(document: str, data: bytes | None = None) -> Result | None:
    """What feedparser says of a repaired document, as far as an article needs it; None where it is to be asked.

    data: the document in UTF-8, where that is at hand.
    """
    try:
        root, declared = _tree(document, data)
        form = FORMS.get(root.tag)
        if form is None or not usual(declared) or _based(root):
            return None
        return form(root, {uri.lower() for _, uri in declared})
    except (Declined, ParseError):
        return None


def _tree(document: str, data: bytes | None) -> tuple[Element, list[tuple[str, str]]]:
    """In one piece: expat 2.5 reads a long token anew with each piece (CVE-2023-52425). Raises Declined, ParseError."""
    if len(document) > LARGEST or document.count("<") > MOST_TAGS:
        raise Declined
    builder = _Builder()
    parser = XMLParser(target=builder, encoding="utf-8")
    parser.feed(document.encode() if data is None else data)  # of a text the parser would keep the bytes with it
    return parser.close(), builder.declared


def _based(root: Element) -> bool:
    """Whether links have a base of their own, from which feedparser does not find back to having none."""
    return any(map(_is_base, {name for element in root.iter() for name in element.keys()}))  # noqa: SIM118


def _is_base(name: str) -> bool:
    return name.rpartition("}")[2].lower() == "base"


def _rss(root: Element, _: set[str]) -> Result:
    if [named(child.tag) for child in root] != ["channel"]:
        raise Declined
    language = spoken(root, None)
    channel = root[0]
    return _result("rss", root, channel, spoken(channel, language), _head(channel, language))


def _atom(root: Element, declared: set[str]) -> Result:
    if RSS10 in declared or RSS090 in declared:
        raise Declined  # feedparser goes by the first it sees
    language = spoken(root, None)
    return _result("atom10", root, root, language, _head(root, language))


def _rdf(root: Element, declared: set[str]) -> Result:
    if ATOM.lower() in declared:
        raise Declined
    language = None
    for child in root:
        name = named(child.tag)
        if name == "channel":
            spoken(child, None)
            language = _head(child, language)
        elif name not in ENTRIES and name not in ("image", "textinput"):
            raise Declined
        elif name not in ENTRIES:
            _nested(child)
    return _result("rss10", root, root, spoken(root, None), language)


FORMS: dict[str, Callable[[Element, set[str]], Result]] = {
    "rss": _rss,
    f"{{{ATOM}}}feed": _atom,
    f"{{{RDF}}}RDF": _rdf,
}


def _result(version: str, root: Element, parent: Element, language: str | None, said: str | None) -> Result:
    """The entries under their parent, which must be all there are."""
    entries = [child for child in parent if named(child.tag) in ENTRIES]
    tags = Counter([element.tag for element in root.iter()])
    if sum(count for tag, count in tags.items() if named(tag) in ENTRIES) != len(entries):
        raise Declined
    if max(map(len, map(Element.keys, root.iter()))) > MOST_ATTRIBUTES:
        raise Declined  # tame.py drops them
    return {
        "version": version,
        "feed": {"language": said},
        "entries": [entry(element, language) for element in entries],
    }


def _head(parent: Element, language: str | None) -> str | None:
    """The language that the head names; raises Declined where something in it could show in an entry."""
    summarised = False
    for child in parent:
        name = named(child.tag)
        if name in ENTRIES:
            continue
        if name in UNUSUAL or name.startswith("gml:") or (summarised and name in DESCRIPTIONS):
            raise Declined
        summarised = summarised or name in SUMMARIES
        if name in LANGUAGES:
            language = settled((child.text or "").strip())
        _nested(child)
    return language


def _nested(element: Element) -> None:
    """Raises Declined where something unexpected stands inside an element of the head."""
    inside = {named(inner.tag) for inner in element.iter() if inner is not element}
    if not all(map(unread, inside - NESTED)):
        raise Declined
