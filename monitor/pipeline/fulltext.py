"""A teaser's turn: fetch its page → read it → match the whole text → decide → store, at once.

The teaser was matched and told when it came; the page brings the watches whose terms stand deeper. It is the same
article in more words: who was told of the teaser is not told again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from monitor.config import Settings
from monitor.core.alerts import policy
from monitor.core.dedupe import keys as identity
from monitor.core.errors import FetchError, ParseError
from monitor.core.facts import extract
from monitor.core.match import engine
from monitor.core.model.articles import Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision, Listing, NotModified, Page, PollReport, PollState, Source
from monitor.pipeline.context import TurnContext, decision_context
from monitor.store.page_queue import Teaser

MIN_GROWTH_RATIO = 1.3  # times longer than the teaser, or the page brings nothing
PERMANENT_ERROR_KINDS = {"status-401", "status-403", "status-404", "gone", "scheme", "address", "port"}


class ArticlePageParser(Protocol):
    """What reads pages."""

    async def parse(self, page: Page, source: Source) -> Listing: ...


@dataclass(frozen=True, slots=True)
class FullTextContext:
    """What a turn works with."""

    tools: TurnContext
    reader: ArticlePageParser


async def fetch_full_text(one: Teaser, settings: Settings, context: FullTextContext) -> PollReport | None:
    """Read one page and store what came of it; None where nothing did."""
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
    """Store the whole text, with what was decided about it, in one transaction."""
    now, store = tools.now(), tools.store
    if len(text) < MIN_GROWTH_RATIO * len(one.article.body or one.article.lead):
        store.pages.record_failure(one, now, for_good=True)
        return None
    whole = replace(one.article, body=text, lead=one.article.lead or one.article.body)
    keys, matches = (
        identity.article_keys(whole),
        engine.match_article(
            settings.ruleset, whole, store.repeated_paragraphs.repeated_forms(identity.article_site(whole))
        ),
    )
    kin = StoryRelation(Relation.VERSION, "the text of its page", one.story, one.id)
    facts = extract.extract_facts(whole, now) if matches else ()
    with store.pages.transaction(one, now) as turn:
        known = turn.matched(one.id)
        fresh = tuple(found for found in matches if found.watch not in known)
        seen = decision_context(turn, settings, whole, kin, [found.watch for found in fresh], now)
        intents = policy.decide_intents(fresh, settings.routes, seen)
        finding = ArticleDecision(
            whole, keys, Recognition(one.id, one.story, changed=True), kin, matches, intents, facts
        )
        turn.store_article(finding, now)
    due = sum(intent.at is not None for intent in intents)
    return PollReport(whole.source, "read", matches=tuple((found.watch, 1) for found in fresh), intents=due)
