"""What each element of an entry says, under the keys and by the rules of feedparser's strict parser (6.0.14).

RULES is the table: element → function. An element that is in no table, or says something in a way that needs the
tolerant parser (markup inside a text, base64, a moved base), raises Declined: this room would rather say nothing than
something else than feedparser.
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
MAX_ENTRY_TAGS = 2 * fields.MAX_TAGS  # where rss.limit_tags stops too; each is compared with all before it
MAX_AUTHOR_LENGTH = 300  # characters of one with an address in it, which is looked for in quadratic time

WEB_PAGE_TYPES = ("html", "text/html", "xhtml", "application/xhtml+xml")
_ENTITY_LIKE = re.compile(r"&([A-Za-z0-9_]+);")
_MAIL_ADDRESS = re.compile(
    r"[a-zA-Z0-9_\-.+]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9\-]+\.)+)(?:[a-zA-Z]{2,4}|[0-9]{1,3})"
    r"\]?(?:\?subject=\S+)?"
)
_SECURITY_ELEMENT = re.compile(
    r"(?:^|[}_])(?:isin|wkn|ticker|symbol)s?$", re.IGNORECASE
)  # of securities, see rss.security_codes
_UNPREFIXED_NAME = re.compile(r"[a-z0-9.-]{1,60}")  # an underscore could make it the name of something else


ElementRule = Callable[[EntryBuilder, Element, int], object]


def parse_entry(element: Element, language: str | None) -> dict[str, Any]:
    """An item or entry as feedparser gives it; language: that of its surroundings. Raises Declined."""
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
    """Its name, and what is done with it."""
    name = qualified_name(tag)
    return name, _security_code if _SECURITY_ELEMENT.search(tag) else ELEMENT_RULES.get(name)


def is_unread_element(name: str) -> bool:
    """Whether feedparser has no use for an element of this name."""
    if name in ELEMENT_RULES or name in IGNORED_ELEMENTS or name in CONTAINER_ELEMENTS or name in DECLINED_ELEMENTS:
        return False
    prefix, colon, _ = name.partition(":")
    return prefix not in DECLINED_PREFIXES if colon else name == UNKNOWN_NAME or bool(_UNPREFIXED_NAME.fullmatch(name))


def _title(draft: EntryBuilder, element: Element, depth: int) -> None:
    """The first that is not empty."""
    value = _media_title(draft, element, depth)
    if value:
        draft.title_depth = depth


def _media_title(draft: EntryBuilder, element: Element, depth: int) -> str:
    """The title where there is no other."""
    found = text_construct(draft, element, "text/plain")
    value: str = found["value"]
    if draft.title_depth is None or draft.title_depth > depth:
        draft.set_value("title", value, depth)
        draft.values["title_detail"] = found
    return value


def _content(draft: EntryBuilder, element: Element, _: int, usually: str = "text/plain") -> None:
    """Content is a summary too where there is none yet."""
    draft.has_content = True
    found = text_construct(draft, element, usually)
    draft.values.setdefault("content", []).append(found)
    draft.values.setdefault("summary", found["value"])


def _summary(draft: EntryBuilder, element: Element, depth: int, usually: str = "text/plain") -> None:
    """The second summary before any content is content."""
    if "summary" in draft.values and not draft.has_content:
        _content(draft, element, depth)
        return
    found = text_construct(draft, element, usually)
    draft.set_value("summary", found["value"], depth)
    draft.values["summary_detail"] = found


def _link(draft: EntryBuilder, element: Element, _: int) -> None:
    """A link of Atom, with href, or one of RSS, a text."""
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
    """A name, and a link where nothing else is and nothing speaks against it."""
    is_link = element_attributes(element).get("ispermalink", "true") == "true"
    value = element_text(element)
    value = fix_encoding(collapse_slashes(value) if is_link else value)
    draft.set_value("id", value, depth)
    if is_link:
        draft.values.setdefault("link", value)


def _author(draft: EntryBuilder, element: Element, depth: int) -> None:
    """A name as text, perhaps with an address, or a person of Atom."""
    if len(element):
        name, whole = _person(element)
        if draft.has_author or ("author" in draft.values and not (name and qualified_name(element[0].tag) == "name")):
            raise Declined  # feedparser mixes the person with the author before
    else:
        draft.has_author = True
        whole = fix_encoding(element_text(element))
        name = _without_address(whole)
    draft.set_value("author", whole, depth)
    draft.values.setdefault("authors", []).append({"name": name})


def _person(element: Element) -> tuple[str, str]:
    """Name, and name with address, of a person of Atom."""
    said = {"name": "", "email": "", "uri": ""}
    loose = [element.text]
    for child in element:
        name = qualified_name(child.tag)
        if name not in said:
            raise Declined
        said[name] = element_text(child)
        loose.append(child.tail)
    if any(piece and piece.strip() for piece in loose):
        raise Declined
    name, mail = said["name"], said["email"]
    return name, f"{name} ({mail})" if name and mail else name or mail


def _without_address(author: str) -> str:
    """ "editor@example.org (A. Writer)" → "A. Writer"; nothing where there is an address alone."""
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
    """A tag from attributes; a text becomes the term of the last tag that has none."""
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
    """Add a tag that says something new."""
    tags: list[dict[str, Any]] = draft.values.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)
    if len(tags) > MAX_ENTRY_TAGS:
        raise Declined
    return tags


def _keywords(draft: EntryBuilder, element: Element, _: int) -> None:
    """Tags between commas; with an attribute, feedparser takes the element for something else."""
    listed = fix_encoding(element_text(element)) if not element.attrib else ""
    for term in filter(None, map(str.strip, listed.split(","))):
        _add_tag(draft, term)


def _source(draft: EntryBuilder, element: Element, _: int) -> None:
    """Where the entry comes from. feedparser forgets there that it has seen a title."""
    address, value = element_attributes(element).get("url"), fix_encoding(element_text(element))
    draft.values["source"] = ({"href": address} if address else {}) | ({"title": value} if value else {})
    draft.title_depth = None


def _security_code(draft: EntryBuilder, element: Element, depth: int) -> None:
    """The code of a security, which `rss.py` looks for by its name. With attributes feedparser keeps only those."""
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
# What feedparser reads and an article has no place for; nothing but text may stand in it
IGNORED_ELEMENTS = frozenset(
    ("cc:license", "cloud", "copyright", "creativecommons:license", "dc:contributor", "dc:language", "dc:publisher",
     "dc:rights", "dcterms:valid", "enclosure", "expirationdate", "generator", "georss:box", "georss:line",
     "georss:point", "georss:polygon", "itunes:block", "itunes:explicit", "itunes:image", "itunes:subtitle",
     "language", "media:credit", "media:license", "media:player", "media:rating", "media:restriction",
     "media:thumbnail", "newlocation", "rights", "subtitle", "tagline", "webmaster")
)  # fmt: skip
CONTAINER_ELEMENTS = frozenset({"media:group", "media:content"})  # their elements count as the entry's own
# What changes how the rest is read, or goes by the name of something that an entry says
DECLINED_ELEMENTS = frozenset(
    ("abstract", "authors", "body", "channel", "contributor", "date", "email", "entries", "entry", "feed",
     "feedburner:browserfriendly", "geom", "georss:where", "georssgeom", "height", "homepage", "href", "image", "info",
     "item", "items", "itunes:category", "itunes:email", "itunes:link", "itunes:name", "itunes:owner", "links", "name",
     "rss", "tags", "textinput", "uri", "url", "where", "width")
)  # fmt: skip
DECLINED_PREFIXES = frozenset({"gml", "psc", "xhtml", "xml"})
