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
from monitor.core.model.articles import Kin, Kinship, Sighting
from monitor.core.model.polling import Finding, Listing, NotModified, Page, PollState, Report, Source
from monitor.pipeline.context import Tools, around
from monitor.store.page_queue import Teaser

GROWTH = 1.3  # times longer than the teaser, or the page brings nothing
FOR_GOOD = {"status-401", "status-403", "status-404", "gone", "scheme", "address", "port"}


class Reader(Protocol):
    """What reads pages."""

    async def parse(self, page: Page, source: Source) -> Listing: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a turn works with."""

    tools: Tools
    reader: Reader


async def read(one: Teaser, settings: Settings, desk: Desk) -> Report | None:
    """Read one page and store what came of it; None where nothing did."""
    source = Source(one.article.source, one.article.url)
    try:
        page = await desk.tools.web.fetch(source, PollState(source.name, desk.tools.now()), full=True)
        if isinstance(page, NotModified):
            raise FetchError("304 without a question", kind="protocol")
        [found] = (await desk.reader.parse(page, source)).articles
    except (FetchError, ParseError) as error:
        for_good = isinstance(error, ParseError) or error.kind in FOR_GOOD
        await asyncio.to_thread(desk.tools.store.pages.failed, one, desk.tools.now(), for_good=for_good)
        return None
    return await asyncio.to_thread(settle, one, found.body, settings, desk.tools)


def settle(one: Teaser, text: str, settings: Settings, tools: Tools) -> Report | None:
    """Store the whole text, with what was decided about it, in one transaction."""
    now, store = tools.now(), tools.store
    if len(text) < GROWTH * len(one.article.body or one.article.lead):
        store.pages.failed(one, now, for_good=True)
        return None
    whole = replace(one.article, body=text, lead=one.article.lead or one.article.body)
    keys, matches = identity.keys(whole), engine.match(settings.book, whole, store.blocks.learnt(identity.site(whole)))
    kin = Kin(Kinship.VERSION, "the text of its page", one.story, one.id)
    facts = extract.facts(whole, now) if matches else ()
    with store.pages.turn(one, now) as turn:
        known = turn.matched(one.id)
        fresh = tuple(found for found in matches if found.watch not in known)
        seen = around(turn, settings, whole, kin, [found.watch for found in fresh], now)
        intents = policy.decide(fresh, settings.routes, seen)
        finding = Finding(whole, keys, Sighting(one.id, one.story, changed=True), kin, matches, intents, facts)
        turn.add(finding, now)
    due = sum(intent.at is not None for intent in intents)
    return Report(whole.source, "read", matches=tuple((found.watch, 1) for found in fresh), intents=due)
