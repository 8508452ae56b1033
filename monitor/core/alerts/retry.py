"""When a failed delivery is retried, and when it is given up. It sends nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan

from monitor.core.model.alerts import Answer

RETRY_BASE_SECONDS = 5.0  # after an outage of a minute a retry comes soon
MAX_RETRY_SECONDS = 15 * 60.0  # a channel that was down all night is tried within a quarter of an hour
MIN_RETRY_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = 6 * 3600.0  # a Retry-After of years must not silence a channel
DELIVERY_EXPIRY = timedelta(hours=48)  # a weekend without network costs nothing; older news is shown, not sent


def retry_at(
    created_at: datetime,
    attempts: int,
    answer: Answer,
    now: datetime,
    *,
    retry_after: float | None,
    jitter: float,
) -> datetime | None:
    """When to retry; None: give up. attempts: those before the failed one; retry_after: seconds; jitter: 0..1.

    Full jitter (Brooker, "Exponential Backoff And Jitter", 2015): a random delay up to the doubled step.
    """
    if answer in (Answer.OK, Answer.REFUSED_FOR_GOOD) or now - created_at >= DELIVERY_EXPIRY:
        return None
    if retry_after is not None and not isnan(retry_after):
        return now + pause(retry_after)
    step = min(MAX_RETRY_SECONDS, RETRY_BASE_SECONDS * 2 ** min(attempts, 16))  # 2^16 · 5 s is beyond the cap
    return now + timedelta(seconds=max(MIN_RETRY_SECONDS, jitter * step))


def pause(retry_after: float) -> timedelta:
    """A Retry-After in seconds, limited to MIN_RETRY_SECONDS … MAX_RETRY_AFTER_SECONDS."""
    return timedelta(
        seconds=MIN_RETRY_SECONDS
        if isnan(retry_after)
        else min(max(retry_after, MIN_RETRY_SECONDS), MAX_RETRY_AFTER_SECONDS)
    )
