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


def tree(markup: str) -> Any:
    """The root of a page; raises ParseError where there is no element at all."""
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("the page has nothing to read", kind="empty") from error


def document_base(root: Any, url: str) -> str:
    """What the links of a page are relative to."""
    return fields.link(next(iter(root.xpath("//base/@href")), ""), url) or url


def document_language(root: Any) -> str | None:
    """The language the page says it is in."""
    return fields.language(root.get("lang"), root.get("xml:lang"))


def source(element: Any) -> str:
    """The markup of an element, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


LONGEST = 300  # characters of a headline; a note has none, and its whole text is offered as one
_MARKED = re.compile(r"\b(?:h-entry|hentry)\b")
_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_ENTRY = f"[{_CLASS.format('h-entry')} or {_CLASS.format('hentry')}]"
_ENTRIES = etree.XPath(f"//*{_ENTRY}[not(ancestor::*{_ENTRY})]")  # what stands within an entry is a comment on it


def entries(markup: str, url: str, most: int) -> Iterator[Mapping[str, Any]]:
    """The first entries of a page, in its order. Only they are given to the reader: 5 s for a megabyte of menus."""
    if not _MARKED.search(markup):
        return
    root = tree(markup)
    base, language = document_base(root, url), document_language(root)
    for element in _ENTRIES(root)[:most]:
        for item in mf2py.parse(doc=source(element), url=base, html_parser="lxml")["items"][:1]:
            yield {"lang": language, "base": base, **item}


def article(item: Mapping[str, Any], source: Source) -> Article:
    """One entry as an article; a note without a headline has none."""
    entry = item["properties"]
    title, summary = (_text(entry, part) for part in ("name", "summary"))
    content = fields.visible(_first(entry, "content", "html")) or _text(entry, "content")
    url = fields.link(_text(entry, "url"), item["base"])
    return Article(
        source.name,
        "" if len(title) > LONGEST or (content and title == _line(content)) else fields.title(title, literal=True),
        url,
        fields.guid(_text(entry, "uid") or url or None),
        lead=fields.lead(summary),
        body=fields.body(summary, content),
        author=fields.author(_text(entry, "author")),
        tags=fields.tags(str(one) for one in entry.get("category", ()) if isinstance(one, str)),
        language=fields.language(source.language, item.get("lang")),
        published_at=dates.parse(_text(entry, "published"), source.timezone),
        updated_at=dates.parse(_text(entry, "updated"), source.timezone),
    )


def _text(entry: Mapping[str, Any], part: str) -> str:
    return _line(_first(entry, part, "value"))


def _first(entry: Mapping[str, Any], part: str, form: str) -> str:
    """The first value of a property: a text, or a structure that has it in this form."""
    for value in entry.get(part, ()):
        found = value if isinstance(value, str) else value.get(form, "")
        return found if isinstance(found, str) else ""
    return ""


def _line(value: str) -> str:
    return " ".join(value.split())
