"""Retention: delete what is older than the rules keep, in small steps.

It knows the ages and the order. It does not know which rows and columns hold what it deletes.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from monitor.core.websub.subscription import MAX_LEASE
from monitor.pipeline.backtest import BACKTEST_SPAN
from monitor.store.store import Store

log = logging.getLogger(__name__)

CLEANUP_PAUSE_SECONDS = 0.05  # seconds between two steps, so that other writers get the database
# A paragraph that its host did not show again within this time is not one that the host repeats
RARE_PARAGRAPH_AGE = timedelta(days=14)


async def delete_expired(store: Store, keep: timedelta | None, now: datetime) -> None:
    """Delete what has expired at `now`: old texts, and what was learnt or has ended and nothing refers to any more.

    keep: for how long the texts of articles are kept; None keeps them for ever. An article that has lost its text stays
    known by its keys, so it is never alerted again. Mutes and alarms stay as long as the time of a backtest. A
    subscription stays while its hub may still push: until then its callback answers 410.
    """
    await asyncio.to_thread(store.repeated_paragraphs.delete_older_than, (now - RARE_PARAGRAPH_AGE).date())
    await asyncio.to_thread(store.retention.delete_ended_before, now - BACKTEST_SPAN)
    await asyncio.to_thread(store.subscriptions.delete_older_than, now - MAX_LEASE)
    if not keep:
        return
    count = 0
    while deleted := await asyncio.to_thread(store.retention.delete_older_than, now - keep, now):
        count += deleted
        await asyncio.sleep(CLEANUP_PAUSE_SECONDS)
    if count:
        log.info("let go of the texts of %d articles older than %d days", count, keep.days)
