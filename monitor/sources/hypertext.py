"""A web page as a tree, through lxml, which reads whatever browsers read and fetches nothing."""

from __future__ import annotations

from typing import Any

from lxml import etree, html

from monitor.core.errors import ParseError
from monitor.feeds import fields


def tree(markup: str) -> Any:
    """The root of a page; raises ParseError where there is no element at all."""
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("the page has nothing to read", kind="empty") from error


def base(root: Any, url: str) -> str:
    """What the links of a page are relative to."""
    return fields.link(next(iter(root.xpath("//base/@href")), ""), url) or url


def language(root: Any) -> str | None:
    """The language the page says it is in."""
    return fields.language(root.get("lang"), root.get("xml:lang"))


def source(element: Any) -> str:
    """The markup of an element, without what follows it."""
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
