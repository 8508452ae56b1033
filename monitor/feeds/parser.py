"""What reads pages: what is new of a plain feed in a thread, in linear time; everything else in killable processes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import incremental
from monitor.feeds.kinds import KIND_MODULES, TOLERANT_KIND
from monitor.feeds.processes import WORKER_MODULE, ParserPool

_log = logging.getLogger(__name__)


class Parser:
    """Reads pages, in processes that are started when first needed and again after each kill.

    module: the one that reads every page, whatever its kind; without it the table of kinds says.
    """

    def __init__(self, processes: int = 1, deadline: float = 3.0, module: str | None = None) -> None:
        self._pool = ParserPool(processes, deadline, module or WORKER_MODULE)
        self._kind_pools = {} if module else {kind: ParserPool(1, deadline, own) for kind, own in KIND_MODULES.items()}
        self._incremental = module is None

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What the page lists; raises ParseError, within the deadline plus the wait for a free worker.

        seen: the hashes of entries whose articles are stored (`Listing.slices`); they are counted and not read again.
        """
        task = incremental.ParseTask(page, source)
        if self._incremental:
            task = await asyncio.to_thread(incremental.begin_parse, page, source, seen)
        if task.listing is None:
            return task.finish(await self._parse_in_process(task.page, source))
        return task.finish(await self._compare_with_tolerant(task, task.listing) if task.sampled else task.listing)

    async def _compare_with_tolerant(self, task: incremental.ParseTask, listing: Listing) -> Listing:
        """What the tolerant parser reads, where it reads anything; the two must not differ."""
        try:
            other = await self._parse_in_process(task.page, replace(task.source, kind=TOLERANT_KIND))
        except ParseError as error:
            _log.warning("%s: the tolerant parser does not read what the strict one does: %s", task.source.name, error)
            return listing
        if other.articles != listing.articles:
            _log.warning("%s: the strict parser reads other articles than the tolerant one", task.source.name)
        return other

    async def _parse_in_process(self, page: Page, source: Source) -> Listing:
        """What a worker reads."""
        return await self._kind_pools.get(source.kind, self._pool).parse(page, source)

    async def aclose(self) -> None:
        """End every worker; whatever is being parsed fails."""
        crews = (self._pool, *self._kind_pools.values())
        for crew in crews:
            crew.kill()
        for crew in crews:
            await crew.stop()
