"""The page behind a teaser: fetch → parse → match the whole text → decide → store, in one transaction.

The teaser was matched and alerted when it came; its page brings the watches whose terms stand deeper. To deduplication
it is a longer version of the same article, so a watch that matched the teaser is not alerted again. This module does
not know how a page's text is found.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from monitor.config.settings import Settings
from monitor.core.decide import decide
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.dedupe.keys import article_site, fingerprint_article
from monitor.core.errors import FetchError, MonitorError, ParseError
from monitor.core.model.articles import Recognition
from monitor.core.model.polling import Listing, NotModified, Page, PollReport, PollState, Source
from monitor.core.text.analysis import analyse_article
from monitor.pipeline.context import TurnContext, decision_settings
from monitor.pipeline.outage_log import is_known_outage
from monitor.pipeline.stages import derive_article
from monitor.store.page_queue import Teaser

log = logging.getLogger(__name__)

MIN_GROWTH_RATIO = 1.3  # a page's text must be that much longer than the teaser
PERMANENT_ERROR_KINDS = {"status-401", "status-403", "status-404", "gone", "scheme", "address", "port"}


class ArticlePageParser(Protocol):
    """Parses the page of one article. Raises ParseError."""

    async def parse(self, page: Page, source: Source) -> Listing: ...


@dataclass(frozen=True, slots=True)
class FullTextContext:
    """What a page read works with. due_by: pages that were due then, not now, are read."""

    tools: TurnContext
    reader: ArticlePageParser
    due_by: datetime | None = None


async def read_page(page: int, settings: Settings, context: FullTextContext) -> PollReport | None:
    """Claim the page of an article (its id) and store its text; None where it is not due or brings nothing.

    A failure is logged and costs this page only.
    """
    claim = partial(context.tools.store.pages.claim, due_by=context.due_by, only=page)
    for one in await asyncio.to_thread(claim, context.tools.now(), 1):
        try:
            report = await fetch_full_text(one, settings, context)
        except MonitorError as error:
            level = logging.DEBUG if is_known_outage(error) else logging.WARNING
            log.log(level, "%s: its page could not be read: %s", one.article.title, error)
            return None
        if report and report.intents:
            log.info("%s: the page of %r brought %d alerts", report.source, one.article.title, report.intents)
        return report
    return None


async def fetch_full_text(one: Teaser, settings: Settings, context: FullTextContext) -> PollReport | None:
    """Fetch one page and store its text; None where it brings nothing."""
    source = Source(one.article.source, one.article.url)
    try:
        page = await context.tools.web.fetch(source, PollState(source.name, context.tools.now()), full=True)
        if isinstance(page, NotModified):
            raise FetchError("304 without a question", kind="protocol")
        [found] = (await context.reader.parse(page, source)).articles
    except (FetchError, ParseError) as error:
        for_good = isinstance(error, ParseError) or error.kind in PERMANENT_ERROR_KINDS
        await asyncio.to_thread(context.tools.store.pages.record_failure, one, context.tools.now(), for_good=for_good)
        return None
    return await asyncio.to_thread(store_full_text, one, found.body, settings, context.tools)


def store_full_text(one: Teaser, text: str, settings: Settings, tools: TurnContext) -> PollReport | None:
    """Store the whole text and the decisions about it in one transaction; None where it is hardly longer."""
    now, store = tools.now(), tools.store
    if len(text) < MIN_GROWTH_RATIO * len(one.article.body or one.article.lead):
        store.pages.record_failure(one, now, for_good=True)
        return None
    whole = replace(one.article, body=text, lead=one.article.lead or one.article.body)
    analysis = analyse_article(whole, store.repeated_paragraphs.repeated_forms(article_site(whole)))
    page = replace(
        derive_article(analysis, fingerprint_article(analysis), settings.ruleset, now),
        page_of=Recognition(one.id, one.story, changed=True),
    )
    with store.pages.transaction(one, now) as turn:
        decision = decide(page, turn, decision_settings(settings), Comparisons(tools.filters, tools.wordings), now)
        assert decision is not None  # only a stored wording brings none
        turn.store_article(decision, now)
    fresh = dict.fromkeys(intent.watch for intent in decision.intents)
    due = sum(intent.at is not None for intent in decision.intents)
    return PollReport(whole.source, "read", matches=tuple((watch, 1) for watch in fresh), intents=due)
