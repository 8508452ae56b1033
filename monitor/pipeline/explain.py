"""Why an article was alerted or was not: what is stored, what is removed before matching, and each watch's result.

For an article of the archive, of the web, or made up on the command line. It changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.clock import utcnow
from monitor.config.settings import Settings
from monitor.core.dedupe.keys import article_site
from monitor.core.errors import FetchError
from monitor.core.match.match_trace import WatchTrace, trace_watches
from monitor.core.match.replay import Stored
from monitor.core.model.articles import Article
from monitor.core.model.polling import NotModified, PollState, Source
from monitor.core.text.analysis import ArticleFields, analyse_fields
from monitor.core.text.clean import clean_text, html_to_text
from monitor.feeds.decode import decode_text
from monitor.fetch.client import WebClient
from monitor.store.store import Store
from monitor.store.views import AlertView

_TITLE_TAG = re.compile(r"<title[^<>]*>", re.IGNORECASE)
_TITLE_END_TAG = re.compile(r"</title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RemovedText:
    """A piece of boilerplate that is removed before matching."""

    field: str
    family: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one article; stored: None where it is not in the archive."""

    article: Article
    stored: Stored | None
    removed: tuple[RemovedText, ...]
    watches: tuple[WatchTrace, ...]
    alerts: tuple[AlertView, ...] = ()

    @property
    def matched(self) -> tuple[WatchTrace, ...]:
        """The watches that match by the rules in force."""
        return tuple(found for found in self.watches if found.match)


def explain_article(
    article: Article, settings: Settings, store: Store | None = None, stored: Stored | None = None
) -> Explanation:
    """Explain an article by the rules; a stored one with its alerts."""
    alerts = store.views.alerts(about=stored.id) if store and stored else []
    repeated = store.repeated_paragraphs.repeated_forms(article_site(article)) if store else frozenset[str]()
    fields = analyse_fields(article, repeated)
    watches = trace_watches(settings.ruleset, fields)
    return Explanation(article, stored, tuple(find_removed_texts(fields)), watches, tuple(alerts))


def find_removed_texts(fields: ArticleFields) -> Iterator[RemovedText]:
    """The boilerplate of an article; paragraphs that its host repeats are removed from the body only."""
    for name, text, blocks in (
        ("lead", fields.lead.text, fields.lead.blocks),
        ("body", fields.body.text, fields.hidden),
    ):
        for block in blocks:
            yield RemovedText(name, block.family, text[block.start : block.end].strip())


async def fetch_article(url: str, settings: Settings) -> Article:
    """Fetch an address now and read it as a page. Raises FetchError."""
    source = Source("explain", url)
    web = WebClient(private_networks=settings.private_networks, contact=settings.contact)
    try:
        page = await web.fetch(source, PollState("explain", utcnow()))
    finally:
        await web.aclose()
    if isinstance(page, NotModified):
        raise FetchError(f"{url} answers 304 although nothing was asked for", kind="protocol")
    return article_from_page(decode_text(page.body, page.content_type), page.url)


def article_from_page(markup: str, url: str) -> Article:
    """The title and the visible text of a page."""
    opened = _TITLE_TAG.search(markup)
    closed = _TITLE_END_TAG.search(markup, opened.end()) if opened else None
    title = markup[opened.end() : closed.start()] if opened and closed else ""
    return Article("", clean_text(html_to_text(title), line=True), url, body=clean_text(html_to_text(markup)))
