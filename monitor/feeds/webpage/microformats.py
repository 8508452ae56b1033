"""Pages that mark their own articles: h-entry of microformats2, and the older hentry of many blogs.

Through mf2py, the reference reader (https://microformats.org/wiki/h-entry), which is given the text and asks no server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import mf2py
from lxml import etree, html

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Source
from monitor.feeds import dates, fields


def parse_html(markup: str) -> Any:
    """The root of a page; raises ParseError where there is no element at all."""
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("the page has nothing to read", kind="empty") from error


def document_base(root: Any, url: str) -> str:
    """What the links of a page are relative to."""
    return fields.absolute_url(next(iter(root.xpath("//base/@href")), ""), url) or url


def document_language(root: Any) -> str | None:
    """The language the page says it is in."""
    return fields.language_subtag(root.get("lang"), root.get("xml:lang"))


def element_markup(element: Any) -> str:
    """The markup of an element, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


MAX_HEADLINE_LENGTH = 300  # characters of a headline; a note has none, and its whole text is offered as one
_ENTRY_CLASS = re.compile(r"\b(?:h-entry|hentry)\b")
_HAS_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_IS_ENTRY = f"[{_HAS_CLASS.format('h-entry')} or {_HAS_CLASS.format('hentry')}]"
_OUTER_ENTRIES = etree.XPath(
    f"//*{_IS_ENTRY}[not(ancestor::*{_IS_ENTRY})]"
)  # what stands within an entry is a comment on it


def parse_microformats(markup: str, url: str, most: int) -> Iterator[Mapping[str, Any]]:
    """The first entries of a page, in its order. Only they are given to the reader: 5 s for a megabyte of menus."""
    if not _ENTRY_CLASS.search(markup):
        return
    root = parse_html(markup)
    base, language = document_base(root, url), document_language(root)
    for element in _OUTER_ENTRIES(root)[:most]:
        for item in mf2py.parse(doc=element_markup(element), url=base, html_parser="lxml")["items"][:1]:
            yield {"lang": language, "base": base, **item}


def article_from_microformat(item: Mapping[str, Any], source: Source) -> Article:
    """One entry as an article; a note without a headline has none."""
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
    """The first value of a property: a text, or a structure that has it in this form."""
    for value in entry.get(part, ()):
        found = value if isinstance(value, str) else value.get(form, "")
        return found if isinstance(found, str) else ""
    return ""


def _one_line(value: str) -> str:
    return " ".join(value.split())
