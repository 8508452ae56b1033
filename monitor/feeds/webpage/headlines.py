"""Read the articles listed on a web page, for sites without a feed. Also a worker module.

They are found by the CSS selectors of rules.toml, or by microformats in the page (h-feed). Nothing is guessed: a menu
taken for news would cause alerts at every redesign.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from monitor.core.errors import ParseError
from monitor.core.model import polling
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.core.text import clean
from monitor.feeds import dates, discovery, fields, repair
from monitor.feeds.decode import decode_page
from monitor.feeds.fields import ParsedEntries, parse_entries
from monitor.feeds.parse_worker import main
from monitor.feeds.webpage import microformats

MAX_PAGE_LENGTH = 3_000_000  # characters of a page
MAX_ARTICLES = 500  # the first of a page
_PAGE_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,300})", re.IGNORECASE)
_HEADING_ELEMENT = etree.XPath(
    "descendant-or-self::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
)
_LINK_ELEMENT = etree.XPath("descendant-or-self::a[@href]")
_ENCLOSING_LINK = etree.XPath("ancestor::a[@href][1]")
_TIME_ELEMENT = etree.XPath("descendant-or-self::time")
_PARAGRAPH_ELEMENT = etree.XPath("descendant::p")


@dataclass(frozen=True, slots=True)
class PartSelector:
    """Selects a part of an article: an XPath for the element, and the attribute to read, "" for its text."""

    find: Callable[[Any], Any]
    attribute: str

    def element(self, item: Any) -> Any | None:
        """The first match in an item, which may be the item itself."""
        return next(iter(self.find(item)), None)


@dataclass(frozen=True, slots=True)
class PageContext:
    """What an item needs of its page."""

    source: Source
    base: str  # URL that relative links are joined to
    language: str | None
    selectors: Mapping[str, PartSelector]


def parse_headlines(page: Page, source: Source) -> Listing:
    """The articles listed on a page; raises ParseError with a remedy where there are none."""
    markup = _decode_markup(page)
    items = _select_articles if source.select else _microformat_articles
    found, refused = items(markup, page, source)
    excess = f"of {len(found.articles) + found.unreadable + refused} items only the first {MAX_ARTICLES} are read"
    return Listing(
        _without_duplicates(found.articles),
        title=_page_title(markup),
        form="web page" if source.select else "h-feed",
        unreadable=found.unreadable,
        refused=refused,
        losses=(*((excess,) if refused else ()), *found.losses),
    )


def _decode_markup(page: Page) -> str:
    """Decode the page; raises ParseError where it is empty, JSON or a feed."""
    markup = decode_page(page.body, page.content_type)[:MAX_PAGE_LENGTH]
    if not markup.strip():
        raise ParseError("the answer is empty", kind="empty")
    if repair.is_json(markup):
        raise ParseError("the answer is JSON, not a web page", kind="not-a-page")
    try:
        repair.extract_root(markup)
    except ParseError:
        return markup
    raise ParseError('the answer is a feed, not a web page; write kind = "feed"', kind="not-a-page")


def _select_articles(markup: str, page: Page, source: Source) -> tuple[ParsedEntries, int]:
    """The items that the selectors find, and how many there are beyond MAX_ARTICLES."""
    picks = {part: _compile_selector(place) for part, place in source.select}
    root = microformats.parse_html(markup)
    every = picks["item"].find(root)
    items = every[:MAX_ARTICLES]
    said, called = dict(source.select)["item"], _quoted(_page_title(markup))
    if not items:
        raise ParseError(f'the selector "{said}" finds nothing on the page{called}', kind="no-items")
    context = PageContext(
        source, microformats.document_base(root, page.url), microformats.document_language(root), picks
    )
    found = parse_entries(items, lambda item: _article(item, context))
    titled = tuple(one for one in found.articles if one.title)
    if not titled:
        raise ParseError(f'the selector "{said}" finds {len(items)} items without a headline{called}', kind="no-items")
    untitled = len(found.articles) - len(titled)
    losses = fields.describe_unreadable(Counter({"no headline": untitled} if untitled else {}))
    parsed = ParsedEntries(titled, found.unreadable + untitled, (*found.losses, *losses))
    return parsed, len(every) - len(items)


def _microformat_articles(markup: str, page: Page, source: Source) -> tuple[ParsedEntries, int]:
    """The entries that the page marks, and how many there are beyond MAX_ARTICLES."""
    entries = microformats.find_entries(markup, page.url)
    found = parse_entries(
        entries.elements[:MAX_ARTICLES],
        lambda element: microformats.article_from_microformat(entries.parse(element), source),
    )
    if not found.articles:
        raise ParseError(_explain_no_articles(markup, page.url), kind="no-items")
    return found, max(0, len(entries.elements) - MAX_ARTICLES)


def _compile_selector(place: str) -> PartSelector:
    """Compile a selector of rules.toml; raises ParseError where it is invalid."""
    css, attribute = polling.split_selector(place)
    try:
        find = etree.XPath(HTMLTranslator().css_to_xpath(css)) if css else lambda item: [item]
    except (SelectorError, etree.XPathSyntaxError) as error:
        raise ParseError(f'the selector "{place}" cannot be read: {error}', kind="selector") from error
    return PartSelector(find, attribute)


def _article(item: Any, context: PageContext) -> Article:
    source, heading = context.source, _find_heading(item, context)
    anchor = _find_anchor(item, heading, context)
    url = _link_url(anchor, context)
    title = _part_text(heading, "title", context) or (
        url and (_text(anchor) or _link_label(anchor))
    )  # "more" is no headline
    summary = _summary_text(item, title, context)
    return Article(
        source.name,
        fields.clean_title(title, literal=True),
        url,
        url or None,
        lead=fields.lead_from_summary(summary),
        body=summary,
        language=fields.language_subtag(source.language, context.language),
        published_at=dates.parse_date(_date_text(item, context), source.timezone),
    )


def _find_heading(item: Any, context: PageContext) -> Any | None:
    """The element of the headline: the selected one, else the first heading with text."""
    pick = context.selectors.get("title")
    chosen = pick.element(item) if pick else None
    return chosen if chosen is not None else next((one for one in _HEADING_ELEMENT(item) if _text(one)), None)


def _find_anchor(item: Any, heading: Any | None, context: PageContext) -> Any | None:
    """The element with the URL: the link of the headline before others, which may lead to a section."""
    pick = context.selectors.get("link")
    chosen = pick.element(item) if pick else None
    if chosen is not None and pick and pick.attribute:
        return chosen
    for place in (one for one in (chosen, heading, item) if one is not None):
        links = (
            [one for one in _LINK_ELEMENT(place) if place is not item or _text(one)]
            or _ENCLOSING_LINK(place)
            or _LINK_ELEMENT(place)
        )
        if links:
            return links[0]
    return None


def _link_url(anchor: Any | None, context: PageContext) -> str:
    pick = context.selectors.get("link")
    name = pick.attribute if pick and pick.attribute else "href"
    value = "" if anchor is None else anchor.get(name) or anchor.get("href") or ""
    return fields.absolute_url(value, context.base) if value.strip() else ""


def _date_text(item: Any, context: PageContext) -> str:
    """The text of the date; `datetime` before the visible text, which may be "an hour ago"."""
    pick = context.selectors.get("date")
    element = pick.element(item) if pick else next(iter(_TIME_ELEMENT(item)), None)
    if element is None:
        return ""
    attribute = pick.attribute if pick else ""
    return str(element.get(attribute) or "") if attribute else str(element.get("datetime") or _text(element))


def _summary_text(item: Any, title: str, context: PageContext) -> str:
    """The summary: the selected element, else the first paragraph that does not repeat the headline."""
    pick = context.selectors.get("summary")
    chosen = pick.element(item) if pick else None
    if chosen is not None:
        return _part_text(chosen, "summary", context)
    return next((said for one in _PARAGRAPH_ELEMENT(item) if (said := _text(one)) and said != title), "")


def _part_text(element: Any | None, part: str, context: PageContext) -> str:
    """The text of a part, or the attribute that rules.toml names for it."""
    pick = context.selectors.get(part)
    if element is None or pick is None or not pick.attribute:
        return _text(element)
    return clean.clean_text(str(element.get(pick.attribute) or ""), line=True)


def _link_label(anchor: Any | None) -> str:
    """The title or aria-label of a link without text."""
    return "" if anchor is None else clean.clean_text(anchor.get("title") or anchor.get("aria-label") or "", line=True)


def _text(element: Any | None) -> str:
    if element is None:
        return ""
    return clean.clean_text(clean.html_to_text(microformats.element_markup(element)), line=True)


def _without_duplicates(articles: tuple[Article, ...]) -> tuple[Article, ...]:
    """Merge items with the same URL, such as an image and a headline."""
    once: dict[str, Article] = {}
    for one in articles:
        once.setdefault(one.url or one.title or one.body, one)
    return tuple(once.values())


def _page_title(markup: str) -> str:
    found = _PAGE_TITLE.search(markup)
    return fields.clean_title(found[1])[:80] if found else ""


def _quoted(name: str) -> str:
    return f' "{name}"' if name else ""


def _explain_no_articles(markup: str, url: str) -> str:
    """The message for a page without selectors and microformats, with the remedy."""
    feeds = [address for address, _ in discovery.declared_feeds(markup, url)][:3]
    named = f", or watch the feed it names: {', '.join(feeds)}" if feeds else ""
    said = f"the page{_quoted(_page_title(markup))} does not mark its articles (h-feed)"
    return f'{said}: say where they stand, such as select = "article"{named}'


if __name__ == "__main__":
    main(parse_headlines)
