"""Parse pages: the new entries of a well-formed feed in a thread, everything else in processes that can be killed.

It does not know the formats; `incremental` decides what may run in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import replace

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import incremental
from monitor.feeds.kinds import KIND_MODULES, TOLERANT_KIND
from monitor.feeds.parse_protocol import decode_answer, encode_request
from monitor.processes.pool import MAX_ANSWER_BYTES, MIB, Failure, ProcessFailure, ProcessPool, worker_command

WORKER_MODULE = "monitor.feeds.parse_worker"

_log = logging.getLogger(__name__)


class Parser:
    """Parses pages of any kind. Processes are started when first needed and again after each kill.

    deadline: seconds for one page. module: the worker module for every page; by default that of the kind.
    """

    def __init__(self, processes: int = 1, deadline: float = 3.0, module: str | None = None) -> None:
        self._deadline = deadline
        self._pool = _process_pool(module or WORKER_MODULE, processes, deadline)
        own = {} if module else KIND_MODULES
        self._kind_pools = {kind: _process_pool(name, 1, deadline) for kind, name in own.items()}
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
        pool = self._kind_pools.get(source.kind, self._pool)
        try:
            *articles, found = await pool.ask(
                encode_request(page, source), page.body, deadline=self._deadline, decode=decode_answer
            )
        except ProcessFailure as error:
            raise self._parse_error(error.failure) from error
        if isinstance(found, ParseError):
            raise found
        listing: Listing = replace(found, articles=tuple(articles))
        return listing

    def _parse_error(self, failure: Failure) -> ParseError:
        match failure:
            case Failure.TOO_SLOW:
                return ParseError(f"the document was not read within {self._deadline:g} s", kind="too-slow")
            case Failure.TOO_BIG:
                return ParseError(f"the document says more than {MAX_ANSWER_BYTES // MIB} MiB", kind="too-big")
            case Failure.CLOSED | Failure.NOT_STARTED:
                return ParseError(f"the parser cannot be used: {failure.value}", kind="crashed")
        return ParseError("the parser ended in the middle of the document", kind="crashed")

    async def aclose(self) -> None:
        """End every process; pages in work fail with a ParseError."""
        await asyncio.gather(*(pool.close() for pool in (self._pool, *self._kind_pools.values())))


def _process_pool(module: str, processes: int, deadline: float) -> ProcessPool:
    warnings = [f"-W{option}" for option in sys.warnoptions]
    return ProcessPool(worker_command(module, str(deadline), options=warnings), processes)
