"""A web page as a feed: a site without one still lists its articles somewhere.

Which parts of the page are articles is said in rules.toml by CSS selectors, or by the page itself in microformats
(h-feed). Where neither says it, nothing is guessed: a menu taken for news would be spam at every redesign.
"""

from __future__ import annotations

import re
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
from monitor.feeds.fields import readable
from monitor.feeds.kinds import guarded
from monitor.feeds.parse_worker import main
from monitor.feeds.webpage import microformats

BIGGEST = 3_000_000  # characters of a page
MOST = 500  # articles of a page, its first
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,300})", re.IGNORECASE)
_HEADING = etree.XPath("descendant-or-self::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]")
_LINK = etree.XPath("descendant-or-self::a[@href]")
_AROUND = etree.XPath("ancestor::a[@href][1]")
_TIME = etree.XPath("descendant-or-self::time")
_PARAGRAPH = etree.XPath("descendant::p")


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a part of an article stands: what finds the element, and the attribute where its text is not meant."""

    find: Callable[[Any], Any]
    attribute: str

    def element(self, item: Any) -> Any | None:
        """The first element it finds in an item, the item itself included."""
        return next(iter(self.find(item)), None)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an item needs to know of the page it stands on."""

    source: Source
    base: str  # what its links are relative to
    language: str | None
    picks: Mapping[str, Pick]


def parse(page: Page, source: Source) -> Listing:
    """The articles that a page lists; raises ParseError with the way out where it shows none."""
    markup = _markup(page)
    articles = _selected(markup, page, source) if source.select else _marked(markup, page, source)
    form = "web page" if source.select else "h-feed"
    return Listing(_each_once(articles)[:MOST], title=_called(markup), form=form)


def _markup(page: Page) -> str:
    """The page's text; raises ParseError for a feed, whose kind is another."""
    markup = decode_page(page.body, page.content_type)[:BIGGEST]
    if not markup.strip():
        raise ParseError("the answer is empty", kind="empty")
    if repair.is_json(markup):
        raise ParseError("the answer is JSON, not a web page", kind="not-a-page")
    try:
        repair.root(markup)
    except ParseError:
        return markup
    raise ParseError('the answer is a feed, not a web page; write kind = "feed"', kind="not-a-page")


def _selected(markup: str, page: Page, source: Source) -> tuple[Article, ...]:
    """The articles that the selectors find."""
    picks = {part: _pick(place) for part, place in source.select}
    root = microformats.tree(markup)
    items = picks["item"].find(root)[:MOST]
    said, called = dict(source.select)["item"], _quoted(_called(markup))
    if not items:
        raise ParseError(f'the selector "{said}" finds nothing on the page{called}', kind="no-items")
    setting = Setting(source, microformats.document_base(root, page.url), microformats.document_language(root), picks)
    articles = tuple(one for one in readable(items, lambda item: _article(item, setting), source) if one.title)
    if not articles:
        raise ParseError(f'the selector "{said}" finds {len(items)} items without a headline{called}', kind="no-items")
    return articles


def _marked(markup: str, page: Page, source: Source) -> tuple[Article, ...]:
    """The articles that the page itself marks."""
    items = microformats.entries(markup, page.url, MOST)
    articles = tuple(readable(items, lambda item: microformats.article(item, source), source))
    if not articles:
        raise ParseError(_unmarked(markup, page.url), kind="no-items")
    return articles


def _pick(place: str) -> Pick:
    """A selector of rules.toml, ready to use."""
    css, attribute = polling.split(place)
    try:
        find = etree.XPath(HTMLTranslator().css_to_xpath(css)) if css else lambda item: [item]
    except (SelectorError, etree.XPathSyntaxError) as error:
        raise ParseError(f'the selector "{place}" cannot be read: {error}', kind="selector") from error
    return Pick(find, attribute)


def _article(item: Any, setting: Setting) -> Article:
    """One item of the page."""
    source, heading = setting.source, _heading(item, setting)
    anchor = _anchor(item, heading, setting)
    url = _address(anchor, setting)
    title = _said(heading, "title", setting) or (url and (_text(anchor) or _label(anchor)))  # "more" is no headline
    summary = _summary(item, title, setting)
    return Article(
        source.name,
        fields.title(title, literal=True),
        url,
        url or None,
        lead=fields.lead(summary),
        body=summary,
        language=fields.language(source.language, setting.language),
        published_at=dates.parse(_date(item, setting), source.timezone),
    )


def _heading(item: Any, setting: Setting) -> Any | None:
    """The element of the headline: the selected one, else the first heading with a text."""
    pick = setting.picks.get("title")
    chosen = pick.element(item) if pick else None
    return chosen if chosen is not None else next((one for one in _HEADING(item) if _text(one)), None)


def _anchor(item: Any, heading: Any | None, setting: Setting) -> Any | None:
    """The element with the article's address: the headline's own link before others, which lead to a section."""
    pick = setting.picks.get("link")
    chosen = pick.element(item) if pick else None
    if chosen is not None and pick and pick.attribute:
        return chosen
    for place in (one for one in (chosen, heading, item) if one is not None):
        links = [one for one in _LINK(place) if place is not item or _text(one)] or _AROUND(place) or _LINK(place)
        if links:
            return links[0]
    return None


def _address(anchor: Any | None, setting: Setting) -> str:
    pick = setting.picks.get("link")
    name = pick.attribute if pick and pick.attribute else "href"
    value = "" if anchor is None else anchor.get(name) or anchor.get("href") or ""
    return fields.link(value, setting.base) if value.strip() else ""


def _date(item: Any, setting: Setting) -> str:
    """The text of a date; `datetime` before what a reader sees, which may be "an hour ago"."""
    pick = setting.picks.get("date")
    element = pick.element(item) if pick else next(iter(_TIME(item)), None)
    if element is None:
        return ""
    attribute = pick.attribute if pick else ""
    return str(element.get(attribute) or "") if attribute else str(element.get("datetime") or _text(element))


def _summary(item: Any, title: str, setting: Setting) -> str:
    """The teaser: the selected element, else the first paragraph that is not the headline again."""
    pick = setting.picks.get("summary")
    chosen = pick.element(item) if pick else None
    if chosen is not None:
        return _said(chosen, "summary", setting)
    return next((said for one in _PARAGRAPH(item) if (said := _text(one)) and said != title), "")


def _said(element: Any | None, part: str, setting: Setting) -> str:
    """The text of a part, or the attribute that rules.toml names for it."""
    pick = setting.picks.get(part)
    if element is None or pick is None or not pick.attribute:
        return _text(element)
    return clean.clean(str(element.get(pick.attribute) or ""), line=True)


def _label(anchor: Any | None) -> str:
    """What a link without a text is called."""
    return "" if anchor is None else clean.clean(anchor.get("title") or anchor.get("aria-label") or "", line=True)


def _text(element: Any | None) -> str:
    """What a reader sees of an element, in one line: no script, no style."""
    if element is None:
        return ""
    return clean.clean(clean.plain(microformats.source(element)), line=True)


def _each_once(articles: tuple[Article, ...]) -> tuple[Article, ...]:
    """A picture and a headline with one link are one article."""
    once: dict[str, Article] = {}
    for one in articles:
        once.setdefault(one.url or one.title or one.body, one)
    return tuple(once.values())


def _called(markup: str) -> str:
    found = _TITLE.search(markup)
    return fields.title(found[1])[:80] if found else ""


def _quoted(name: str) -> str:
    return f' "{name}"' if name else ""


def _unmarked(markup: str, url: str) -> str:
    """Why a page without selectors gives nothing, and what to do."""
    feeds = [address for address, _ in discovery.feeds_of(markup, url)][:3]
    named = f", or watch the feed it names: {', '.join(feeds)}" if feeds else ""
    said = f"the page{_quoted(_called(markup))} does not mark its articles (h-feed)"
    return f'{said}: say where they stand, such as select = "article"{named}'


def parse_guarded(page: Page, source: Source) -> Listing:
    """The articles a page links to; every failure is a ParseError."""
    return guarded(parse, page, source)


if __name__ == "__main__":
    main(parse_guarded)
