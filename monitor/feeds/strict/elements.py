"""Rules for the elements of an entry, which set the same keys as feedparser's strict parser (6.0.14).

ELEMENT_RULES maps an element to its function. An element in none of the tables, or one that needs the tolerant parser
(markup inside a text, base64, xml:base), raises Declined, because a different value would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any
from xml.etree.ElementTree import Element

from monitor.feeds import fields
from monitor.feeds.strict.xml import (
    RDF,
    UNKNOWN_NAME,
    Declined,
    EntryBuilder,
    collapse_slashes,
    element_attributes,
    element_language,
    element_text,
    fix_encoding,
    qualified_name,
    text_construct,
)

ABOUT_ATTRIBUTE = f"{{{RDF}}}about"
MAX_MEDIA_DEPTH = 3  # media:group > media:content > media:title
MAX_ENTRY_TAGS = 2 * fields.MAX_TAGS  # as in rss.limit_tags; each is compared with all before it
MAX_AUTHOR_LENGTH = 300  # characters of an author with a mail address, whose search is quadratic

WEB_PAGE_TYPES = ("html", "text/html", "xhtml", "application/xhtml+xml")
_ENTITY_LIKE = re.compile(r"&([A-Za-z0-9_]+);")
_MAIL_ADDRESS = re.compile(
    r"[a-zA-Z0-9_\-.+]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9\-]+\.)+)(?:[a-zA-Z]{2,4}|[0-9]{1,3})"
    r"\]?(?:\?subject=\S+)?"
)
_SECURITY_ELEMENT = re.compile(r"(?:^|[}_])(?:isin|wkn|ticker|symbol)s?$", re.IGNORECASE)  # see rss.security_codes
_UNPREFIXED_NAME = re.compile(r"[a-z0-9.-]{1,60}")  # feedparser writes a prefix as "prefix_"

ElementRule = Callable[[EntryBuilder, Element, int], object]


def parse_entry(element: Element, language: str | None) -> dict[str, Any]:
    """The entry as feedparser's dictionary; language: that of the enclosing element. Raises Declined."""
    draft = EntryBuilder(element_language(element, language))
    about = [value for name, value in element.items() if name.lower() == ABOUT_ATTRIBUTE]
    if about and about[-1]:
        draft.values["id"] = about[-1]
    _parse_children(draft, element, 0)
    return draft.values


def _parse_children(draft: EntryBuilder, parent: Element, depth: int) -> None:
    for child in parent:
        name, rule = _name_and_rule(child.tag)
        if depth and not name.startswith("media:"):
            raise Declined
        if rule is not None:
            rule(draft, child, depth)
        elif name in CONTAINER_ELEMENTS and depth < MAX_MEDIA_DEPTH and element_language(child, "") == "":
            _parse_children(draft, child, depth + 1)
        elif not (name in IGNORED_ELEMENTS and not len(child)) and not all(
            is_unread_element(qualified_name(one.tag)) for one in child.iter()
        ):
            raise Declined


@lru_cache(maxsize=512)
def _name_and_rule(tag: str) -> tuple[str, ElementRule | None]:
    """The qualified name and the rule, cached by tag."""
    name = qualified_name(tag)
    return name, _security_code if _SECURITY_ELEMENT.search(tag) else ELEMENT_RULES.get(name)


def is_unread_element(name: str) -> bool:
    """Whether feedparser ignores elements of this name."""
    if name in ELEMENT_RULES or name in IGNORED_ELEMENTS or name in CONTAINER_ELEMENTS or name in DECLINED_ELEMENTS:
        return False
    prefix, colon, _ = name.partition(":")
    return prefix not in DECLINED_PREFIXES if colon else name == UNKNOWN_NAME or bool(_UNPREFIXED_NAME.fullmatch(name))


def _title(draft: EntryBuilder, element: Element, depth: int) -> None:
    """Set the title; it takes precedence over media titles at the same depth or deeper."""
    value = _media_title(draft, element, depth)
    if value:
        draft.title_depth = depth


def _media_title(draft: EntryBuilder, element: Element, depth: int) -> str:
    """Set the title unless there is one already; of media titles the last counts."""
    found = text_construct(draft, element, "text/plain")
    value: str = found["value"]
    if draft.title_depth is None or draft.title_depth > depth:
        draft.set_value("title", value, depth)
        draft.values["title_detail"] = found
    return value


def _content(draft: EntryBuilder, element: Element, _: int, usually: str = "text/plain") -> None:
    """Add a content, which is also the summary where there is none yet."""
    draft.has_content = True
    found = text_construct(draft, element, usually)
    draft.values.setdefault("content", []).append(found)
    draft.values.setdefault("summary", found["value"])


def _summary(draft: EntryBuilder, element: Element, depth: int, usually: str = "text/plain") -> None:
    """Set the summary; a second one before any content is a content."""
    if "summary" in draft.values and not draft.has_content:
        _content(draft, element, depth)
        return
    found = text_construct(draft, element, usually)
    draft.set_value("summary", found["value"], depth)
    draft.values["summary_detail"] = found


def _link(draft: EntryBuilder, element: Element, _: int) -> None:
    """Add a link: of Atom with href, or of RSS with text."""
    given = element_attributes(element)
    if "url" in given or "uri" in given:
        raise Declined
    value, inside = given.get("href"), element_text(element)
    relation = given.get("rel", "alternate").lower()
    if value is None:
        value = _ENTITY_LIKE.sub(r"&\1", fix_encoding(collapse_slashes(inside)).replace("&amp;", "&"))
        draft.values["link"] = value
    elif relation == "alternate" and given.get("type", "html").lower() in WEB_PAGE_TYPES:
        draft.values["link"] = collapse_slashes(value)
    draft.values.setdefault("links", []).append({"rel": relation, "href": collapse_slashes(value)})


def _guid(draft: EntryBuilder, element: Element, depth: int) -> None:
    """Set the id, which is also the link where there is no other, unless isPermaLink is not "true"."""
    is_link = element_attributes(element).get("ispermalink", "true") == "true"
    value = element_text(element)
    value = fix_encoding(collapse_slashes(value) if is_link else value)
    draft.set_value("id", value, depth)
    if is_link:
        draft.values.setdefault("link", value)


def _author(draft: EntryBuilder, element: Element, depth: int) -> None:
    """Add an author: text with an optional mail address, or a person construct of Atom."""
    if len(element):
        name, whole = _person(element)
        if draft.has_author or ("author" in draft.values and not (name and qualified_name(element[0].tag) == "name")):
            raise Declined  # feedparser merges the person with the author before
    else:
        draft.has_author = True
        whole = fix_encoding(element_text(element))
        name = _without_address(whole)
    draft.set_value("author", whole, depth)
    draft.values.setdefault("authors", []).append({"name": name})


def _person(element: Element) -> tuple[str, str]:
    """(name, name with address) of a person construct."""
    values = {"name": "", "email": "", "uri": ""}
    loose = [element.text]
    for child in element:
        name = qualified_name(child.tag)
        if name not in values:
            raise Declined
        values[name] = element_text(child)
        loose.append(child.tail)
    if any(piece and piece.strip() for piece in loose):
        raise Declined
    name, mail = values["name"], values["email"]
    return name, f"{name} ({mail})" if name and mail else name or mail


def _without_address(author: str) -> str:
    """ "editor@example.org (A. Writer)" → "A. Writer"; empty for an address alone."""
    if "@" not in author:
        return author
    if len(author) > MAX_AUTHOR_LENGTH:
        raise Declined
    found = _MAIL_ADDRESS.search(author)
    if found is None:
        return author
    for gone in (found[0], "()", "<>", "&lt;&gt;"):
        author = author.replace(gone, "")
    return author.strip().removeprefix("(").removesuffix(")").strip()


def _category(draft: EntryBuilder, element: Element, _: int, scheme: str | None = None) -> None:
    """Add a tag from the attributes; the text becomes its term, or that of the last tag without one."""
    given = element_attributes(element)
    scheme = given.get("scheme", scheme or given.get("domain"))
    tags = _add_tag(draft, given.get("term"), scheme, given.get("label"))
    value = fix_encoding(element_text(element))
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        _add_tag(draft, value)


def _add_tag(
    draft: EntryBuilder, term: str | None, scheme: str | None = None, label: str | None = None
) -> list[dict[str, Any]]:
    """Add a tag that is neither empty nor a duplicate; returns all tags."""
    tags: list[dict[str, Any]] = draft.values.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)
    if len(tags) > MAX_ENTRY_TAGS:
        raise Declined
    return tags


def _keywords(draft: EntryBuilder, element: Element, _: int) -> None:
    """Add comma-separated tags; feedparser ignores the element where it has attributes."""
    listed = fix_encoding(element_text(element)) if not element.attrib else ""
    for term in filter(None, map(str.strip, listed.split(","))):
        _add_tag(draft, term)


def _source(draft: EntryBuilder, element: Element, _: int) -> None:
    """Set the source. feedparser then accepts a further title, hence the reset."""
    address, value = element_attributes(element).get("url"), fix_encoding(element_text(element))
    draft.values["source"] = ({"href": address} if address else {}) | ({"title": value} if value else {})
    draft.title_depth = None


def _security_code(draft: EntryBuilder, element: Element, depth: int) -> None:
    """Set the code of a security for rss.security_codes. With attributes feedparser drops the text."""
    name = "x_" + element.tag.rpartition("}")[2].lower()
    if depth or element.attrib or name in draft.values:
        raise Declined
    draft.values[name] = fix_encoding(element_text(element))


def _date_element(name: str, draft: EntryBuilder, element: Element, depth: int) -> None:
    draft.set_value(name, fix_encoding(element_text(element)), depth)


_html_content, _html_summary = (partial(one, usually="text/html") for one in (_content, _summary))
_media_category = partial(_category, scheme="http://search.yahoo.com/mrss/category_schema")

ELEMENT_RULES: dict[str, ElementRule] = {
    **dict.fromkeys(("title", "dc:title"), _title),
    "media:title": _media_title,
    "link": _link,
    **dict.fromkeys(("guid", "id"), _guid),
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms:issued"), partial(_date_element, "published")),
    **dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified"), partial(_date_element, "updated")
    ),
    **dict.fromkeys(("created", "dcterms:created"), partial(_date_element, "created")),
    **dict.fromkeys(("description", "dc:description", "media:description"), _html_summary),
    **dict.fromkeys(("summary", "itunes:summary"), _summary),
    "content": _content,
    **dict.fromkeys(("content:encoded", "fullitem"), _html_content),
    **dict.fromkeys(("author", "managingeditor", "dc:creator", "dc:author", "itunes:author"), _author),
    **dict.fromkeys(("category", "keywords", "dc:subject"), _category),
    "media:category": _media_category,
    **dict.fromkeys(("media:keywords", "itunes:keywords"), _keywords),
    "source": _source,
}
# Elements that feedparser reads and an article does not need; they may hold only text
IGNORED_ELEMENTS = frozenset(
    ("cc:license", "cloud", "copyright", "creativecommons:license", "dc:contributor", "dc:language", "dc:publisher",
     "dc:rights", "dcterms:valid", "enclosure", "expirationdate", "generator", "georss:box", "georss:line",
     "georss:point", "georss:polygon", "itunes:block", "itunes:explicit", "itunes:image", "itunes:subtitle",
     "language", "media:credit", "media:license", "media:player", "media:rating", "media:restriction",
     "media:thumbnail", "newlocation", "rights", "subtitle", "tagline", "webmaster")
)  # fmt: skip
CONTAINER_ELEMENTS = frozenset({"media:group", "media:content"})  # their children count as those of the entry
# Elements that affect the parsing of others, or whose name is also a key of the entry
DECLINED_ELEMENTS = frozenset(
    ("abstract", "authors", "body", "channel", "contributor", "date", "email", "entries", "entry", "feed",
     "feedburner:browserfriendly", "geom", "georss:where", "georssgeom", "height", "homepage", "href", "image", "info",
     "item", "items", "itunes:category", "itunes:email", "itunes:link", "itunes:name", "itunes:owner", "links", "name",
     "rss", "tags", "textinput", "uri", "url", "where", "width")
)  # fmt: skip
DECLINED_PREFIXES = frozenset({"gml", "psc", "xhtml", "xml"})
