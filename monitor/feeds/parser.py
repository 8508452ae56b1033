"""Parse pages: the new entries of a well-formed feed in a thread, everything else in processes that can be killed.

It does not know the formats; `incremental` decides what may run in a thread.
"""

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
    """Parses pages of any kind. Processes are started when first needed and again after each kill.

    deadline: seconds for one page. module: the worker module for every page; by default that of the kind.
    """

    def __init__(self, processes: int = 1, deadline: float = 3.0, module: str | None = None) -> None:
        self._pool = ParserPool(processes, deadline, module or WORKER_MODULE)
        self._kind_pools = {} if module else {kind: ParserPool(1, deadline, own) for kind, own in KIND_MODULES.items()}
        self._incremental = module is None

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """The listing of a page. Raises ParseError, at the latest after the deadline plus the wait for a process.

        seen: the hashes of entries whose articles are stored (`Listing.slices`); they are counted but not parsed.
        """
        task = incremental.ParseTask(page, source)
        if self._incremental:
            task = await asyncio.to_thread(incremental.begin_parse, page, source, seen)
        if task.listing is None:
            return task.finish(await self._parse_in_process(task.page, source))
        return task.finish(await self._compare_with_tolerant(task, task.listing) if task.sampled else task.listing)

    async def _compare_with_tolerant(self, task: incremental.ParseTask, listing: Listing) -> Listing:
        """Parse with the tolerant parser as well, and log a warning where the two differ."""
        try:
            other = await self._parse_in_process(task.page, replace(task.source, kind=TOLERANT_KIND))
        except ParseError as error:
            _log.warning("%s: the tolerant parser does not read what the strict one does: %s", task.source.name, error)
            return listing
        if other.articles != listing.articles:
            _log.warning("%s: the strict parser reads other articles than the tolerant one", task.source.name)
        return other

    async def _parse_in_process(self, page: Page, source: Source) -> Listing:
        return await self._kind_pools.get(source.kind, self._pool).parse(page, source)

    async def aclose(self) -> None:
        """End every process; pages in work fail with a ParseError."""
        pools = (self._pool, *self._kind_pools.values())
        for pool in pools:
            pool.kill()
        for pool in pools:
            await pool.stop()
