"""Why an article was told or was not: what is known of it, what was taken out, what every watch says, who was told.

For an article of the archive, one that the network has now, or one that somebody thought up. It changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from monitor.clock import utcnow
from monitor.config import Settings
from monitor.core.dedupe.keys import site
from monitor.core.errors import FetchError
from monitor.core.match.match_trace import Finding, inquire
from monitor.core.match.replay import Stored
from monitor.core.model.articles import Article
from monitor.core.model.polling import NotModified, PollState, Source
from monitor.core.text import boilerplate
from monitor.core.text.clean import clean, plain
from monitor.feeds.decode import decode
from monitor.fetch import Web
from monitor.store import Store
from monitor.store.views import AlertView

_TITLE = re.compile(r"<title[^<>]*>", re.IGNORECASE)
_TITLE_END = re.compile(r"</title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of an article that is not matched."""

    field: str
    family: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of one article; stored=None: it is not in the archive."""

    article: Article
    stored: Stored | None
    removed: tuple[Removed, ...]
    watches: tuple[Finding, ...]
    alerts: tuple[AlertView, ...] = ()

    @property
    def matched(self) -> tuple[Finding, ...]:
        """The watches that match by the rules in force now."""
        return tuple(found for found in self.watches if found.match)


def explain(
    article: Article, settings: Settings, store: Store | None = None, stored: Stored | None = None
) -> Explanation:
    """Everything about an article; a stored one with what became of it."""
    alerts = store.views.alerts(about=stored.id) if store and stored else []
    learnt = store.blocks.learnt(site(article)) if store else frozenset[str]()
    watches = inquire(settings.book, article, learnt)
    return Explanation(article, stored, tuple(removed(article, learnt)), watches, tuple(alerts))


def removed(article: Article, learnt: Collection[str]) -> Iterator[Removed]:
    """What is taken out before matching; what was learnt of the host is never its lead."""
    for name, known in (("lead", ()), ("body", learnt)):
        text: str = getattr(article, name)
        for block in boilerplate.blocks(text, known):
            yield Removed(name, block.family, text[block.start : block.end].strip())


async def live(url: str, settings: Settings) -> Article:
    """What an address says now, read as a page. Raises FetchError."""
    source = Source("explain", url)
    web = Web(private_networks=settings.private_networks, contact=settings.contact)
    try:
        page = await web.fetch(source, PollState("explain", utcnow()))
    finally:
        await web.aclose()
    if isinstance(page, NotModified):
        raise FetchError(f"{url} answers 304 although nothing was asked for", kind="protocol")
    return as_article(decode(page.body, page.content_type), page.url)


def as_article(markup: str, url: str) -> Article:
    """A page's title and text; what stands in its head is not shown."""
    opened = _TITLE.search(markup)
    closed = _TITLE_END.search(markup, opened.end()) if opened else None
    title = markup[opened.end() : closed.start()] if opened and closed else ""
    return Article("", clean(plain(title), line=True), url, body=clean(plain(markup)))
