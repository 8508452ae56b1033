"""Articles that a page marks with microformats: h-entry of microformats2, and the older hentry.

Parsed with mf2py, the reference parser (https://microformats.org/wiki/h-entry), which fetches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mf2py
from lxml import etree, html

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Source
from monitor.feeds import dates, fields


def parse_html(markup: str) -> Any:
    """Parse a page with lxml; raises ParseError where it has no element."""
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("the page has nothing to read", kind="empty") from error


def document_base(root: Any, url: str) -> str:
    """The URL that relative links of a page are joined to: <base>, else the address of the page."""
    return fields.absolute_url(next(iter(root.xpath("//base/@href")), ""), url) or url


def document_language(root: Any) -> str | None:
    """The language of the root element, such as "de"."""
    return fields.language_subtag(root.get("lang"), root.get("xml:lang"))


def element_markup(element: Any) -> str:
    """Serialize an element as HTML, without its tail."""
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


MAX_HEADLINE_LENGTH = 300  # characters; a note has no headline, and its name is the whole text
_ENTRY_CLASS = re.compile(r"\b(?:h-entry|hentry)\b")
_HAS_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_IS_ENTRY = f"[{_HAS_CLASS.format('h-entry')} or {_HAS_CLASS.format('hentry')}]"
_OUTER_ENTRIES = etree.XPath(f"//*{_IS_ENTRY}[not(ancestor::*{_IS_ENTRY})]")  # nested entries are comments


@dataclass(frozen=True, slots=True)
class MarkedEntries:
    """The outermost entries of a page, as elements, and what they inherit from it."""

    elements: Sequence[Any]
    base: str
    language: str | None = None

    def parse(self, element: Any) -> Mapping[str, Any]:
        """An entry as an item of mf2py, which gets only its markup: a whole page can take 5 s."""
        found = mf2py.parse(doc=element_markup(element), url=self.base, html_parser="lxml")["items"]
        return {"lang": self.language, "base": self.base, **(found[0] if found else {"properties": {}})}


def find_entries(markup: str, url: str) -> MarkedEntries:
    """The entries that a page marks by h-entry or hentry."""
    if not _ENTRY_CLASS.search(markup):
        return MarkedEntries((), url)
    root = parse_html(markup)
    return MarkedEntries(_OUTER_ENTRIES(root), document_base(root, url), document_language(root))


def article_from_microformat(item: Mapping[str, Any], source: Source) -> Article:
    """The article of an item; the title is empty where it repeats the content."""
    entry = item["properties"]
    title, summary = (_property_text(entry, part) for part in ("name", "summary"))
    content = fields.clean_paragraphs(_first_value(entry, "content", "html")) or _property_text(entry, "content")
    url = fields.absolute_url(_property_text(entry, "url"), item["base"])
    return Article(
        source.name,
        ""
        if len(title) > MAX_HEADLINE_LENGTH or (content and title == _one_line(content))
        else fields.clean_title(title, literal=True),
        url,
        fields.clean_guid(_property_text(entry, "uid") or url or None),
        lead=fields.lead_from_summary(summary),
        body=fields.join_body(summary, content),
        author=fields.clean_author(_property_text(entry, "author")),
        tags=fields.clean_tags(str(one) for one in entry.get("category", ()) if isinstance(one, str)),
        language=fields.language_subtag(source.language, item.get("lang")),
        published_at=dates.parse_date(_property_text(entry, "published"), source.timezone),
        updated_at=dates.parse_date(_property_text(entry, "updated"), source.timezone),
    )


def _property_text(entry: Mapping[str, Any], part: str) -> str:
    return _one_line(_first_value(entry, part, "value"))


def _first_value(entry: Mapping[str, Any], part: str, form: str) -> str:
    """The first value of a property, which is a text or a dictionary with the key `form`."""
    for value in entry.get(part, ()):
        found = value if isinstance(value, str) else value.get(form, "")
        return found if isinstance(found, str) else ""
    return ""


def _one_line(value: str) -> str:
    return " ".join(value.split())
