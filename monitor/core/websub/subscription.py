"""The states of a subscription to a hub (W3C WebSub, rssCloud), as functions of (state, now).

A hub is asked, verifies the request, grants a lease and pushes; before the lease ends it is asked again. protocol.py
has the messages, hubs.py the hubs of a feed; neither is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

WEBSUB, RSSCLOUD = "websub", "rsscloud"

REQUESTED_LEASE = timedelta(days=10)  # requested from a hub
MIN_LEASE, MAX_LEASE = timedelta(minutes=5), timedelta(days=90)  # limits of a granted lease
RENEWAL_MARGIN = timedelta(hours=23)  # a long lease is renewed so long before its end, as in FreshRSS
CLOUD_LEASE, CLOUD_RENEWAL = timedelta(hours=25), timedelta(hours=24)  # fixed by rssCloud
VERIFICATION_TIMEOUT = timedelta(minutes=10)  # for a hub that was asked and has not verified
RETRY_DELAYS = timedelta(minutes=1), timedelta(hours=6)  # the first and the longest; doubled with each failure
DENIED_RETRY_DELAYS = timedelta(days=1), timedelta(days=7)  # the same after a denial
MAX_RETRY_AFTER_DELAY = timedelta(days=1)  # of a wait that a hub requests
MAX_UNSUBSCRIBE_ATTEMPTS = 3  # a lease ends by itself
PUSHED_POLL_INTERVAL = timedelta(minutes=30)  # the shortest, while a feed is pushed
MAX_PUSH_DELAY = timedelta(minutes=2)  # an article polled later than this should have been pushed
MAX_DOUBLINGS = 20  # avoids an overflow of timedelta


class SubscriptionState(StrEnum):
    """The states between the first request to a hub and the end of the subscription."""

    WANTED = "wanted"
    ASKED = "asked"  # stored before the request is sent: a hub may verify before it answers
    ACTIVE = "active"
    DENIED = "denied"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed at one hub. proven_at: since when pushes are relied on; next_at: when to act, None: never."""

    source: str
    hub: str
    topic: str
    kind: str = WEBSUB
    rank: int = 0  # among the hubs of its feed
    offered: bool = True  # the feed names it now
    state: SubscriptionState = SubscriptionState.WANTED
    callback: str = ""  # the base URL sent to the hub
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0  # in a row
    proven_at: datetime | None = None
    last_push_at: datetime | None = None
    pushes: int = 0
    discarded: int = 0  # deliveries without a valid signature
    error: str | None = None
    token: str = field(default="", repr=False)  # the last part of the callback URL
    secret: str = field(default="", repr=False)

    def live(self, now: datetime) -> bool:
        return self.state is SubscriptionState.ACTIVE and self.expires_at is not None and self.expires_at > now


SubscriptionUpdate = Callable[[Subscription], Subscription]


def renewal_time(now: datetime, lease: timedelta) -> datetime:
    """When to renew a lease that begins now: after two thirds, or 23 h before its end if that is later."""
    return now + max(lease * 2 / 3, lease - RENEWAL_MARGIN)


def parse_lease(seconds: str) -> timedelta:
    """The lease from hub.lease_seconds, limited to MIN_LEASE … MAX_LEASE; REQUESTED_LEASE if it is no number."""
    if not (seconds.isascii() and seconds.isdigit()):
        return REQUESTED_LEASE
    return max(MIN_LEASE, min(MAX_LEASE, timedelta(seconds=int(seconds[:10]))))


def due_subscriptions(rows: Iterable[Subscription], callback: str, now: datetime) -> list[Subscription]:
    """The subscriptions of one feed to send now: at most one request, to the best hub, and all unsubscriptions."""
    offered = [one for one in rows if one.state is not SubscriptionState.UNWANTED]
    goodbyes = [one for one in rows if one.state is SubscriptionState.UNWANTED and _is_due(one, now)]
    here = [one for one in offered if one.callback == callback]
    live = [one for one in here if one.live(now)]
    if live:
        return goodbyes + [one for one in live[:1] if _is_due(one, now)]
    if any(one.state is SubscriptionState.ASKED and not _is_due(one, now) for one in here):
        return goodbyes
    ready = [one for one in offered if _is_due(one, now) or one.callback not in ("", callback)]
    return goodbyes + sorted(ready, key=_retry_order)[:1]


def _retry_order(one: Subscription) -> tuple[bool, int, int]:
    """The sort key of hubs to try. A hub that did not verify counts as failed once more."""
    return one.state is SubscriptionState.DENIED, one.failures + (one.state is SubscriptionState.ASKED), one.rank


def _is_due(one: Subscription, now: datetime) -> bool:
    return one.next_at is not None and one.next_at <= now


def mark_asked(one: Subscription, callback: str, now: datetime) -> Subscription:
    """Before a request is sent. Until next_at no other process sends one."""
    if one.state is SubscriptionState.UNWANTED:  # unsubscribe with the callback that the hub knows
        return replace(one, asked_at=now, next_at=now + VERIFICATION_TIMEOUT)
    if one.callback not in ("", callback):
        one = replace(one, state=SubscriptionState.WANTED, expires_at=None, failures=0)  # new to the hub
    if one.state is SubscriptionState.ASKED:
        one = replace(one, failures=one.failures + 1, error="the hub was asked and did not ask back")
    live = one.live(now)
    return replace(
        one,
        state=SubscriptionState.ACTIVE if live else SubscriptionState.ASKED,
        callback=callback,
        asked_at=now,
        next_at=now + max(VERIFICATION_TIMEOUT, _retry_delay(one.failures, RETRY_DELAYS)),
        proven_at=one.proven_at if live else None,
    )


def mark_accepted(one: Subscription, now: datetime) -> Subscription:
    """The hub accepted the request. For rssCloud the lease begins; a WebSub hub verifies first."""
    if one.state is SubscriptionState.UNWANTED:
        return replace(one, next_at=None, error=None)
    return activate_lease(one, now, CLOUD_LEASE) if one.kind == RSSCLOUD else one


def mark_refused(one: Subscription, error: str, now: datetime, wait: float | None = None) -> Subscription:
    """The request failed or was refused. wait: seconds that the hub requests."""
    failures = one.failures + 1
    pause = max(
        _retry_delay(one.failures, RETRY_DELAYS),
        timedelta(seconds=min(max(wait or 0.0, 0.0), MAX_RETRY_AFTER_DELAY.total_seconds())),
    )
    at = None if one.state is SubscriptionState.UNWANTED and failures >= MAX_UNSUBSCRIBE_ATTEMPTS else now + pause
    state = SubscriptionState.WANTED if one.state is SubscriptionState.ASKED else one.state
    return replace(one, state=state, failures=failures, next_at=at, error=error)


def activate_lease(one: Subscription, now: datetime, lease: timedelta) -> Subscription:
    """A lease begins or is renewed; a new one has to prove its pushes."""
    at = now + CLOUD_RENEWAL if one.kind == RSSCLOUD else renewal_time(now, lease)
    proven = one.proven_at if one.live(now) else None
    return replace(
        one,
        state=SubscriptionState.ACTIVE,
        expires_at=now + lease,
        next_at=at,
        failures=0,
        error=None,
        proven_at=proven,
    )


def mark_denied(one: Subscription, reason: str, now: datetime) -> Subscription:
    """The hub denies or ends the subscription; it is asked again after a day or more."""
    if one.state is SubscriptionState.UNWANTED:
        return replace(one, next_at=None)
    error = f"the hub says no: {reason}" if reason else "the hub says no"
    at = now + _retry_delay(one.failures, DENIED_RETRY_DELAYS)
    return replace(
        one,
        state=SubscriptionState.DENIED,
        expires_at=None,
        next_at=at,
        failures=one.failures + 1,
        proven_at=None,
        error=error,
    )


def mark_unsubscribed(one: Subscription) -> Subscription:
    """The hub confirmed the end of the subscription."""
    return replace(one, expires_at=None, next_at=None, error=None)


def mark_unwanted(one: Subscription, now: datetime) -> Subscription:
    """The feed left rules.toml, refuses push or has another hub: unsubscribe if the hub was ever asked."""
    if one.state is SubscriptionState.UNWANTED:
        return one
    return replace(
        one, state=SubscriptionState.UNWANTED, next_at=now if one.asked_at else None, failures=0, proven_at=None
    )


def mark_wanted(one: Subscription, now: datetime) -> Subscription:
    """The feed offers the hub again: subscribe if the state is UNWANTED."""
    if one.state is not SubscriptionState.UNWANTED:
        return one
    return replace(one, state=SubscriptionState.WANTED, expires_at=None, next_at=now, failures=0, error=None)


def record_push(one: Subscription, now: datetime) -> Subscription:
    """A delivery was read and stored: pushes are relied on from now on."""
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=one.proven_at or now, error=None)


def record_ping(one: Subscription, now: datetime) -> Subscription:
    """A delivery without content, or with content that could not be stored: pushes are not relied on.

    A server may ping first and serve the new document only after the next poll.
    """
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=None)


def record_discarded(one: Subscription) -> Subscription:
    """Count a delivery that was not signed with our secret."""
    return replace(one, discarded=one.discarded + 1, error="a delivery was not signed with our secret")


def distrust_pushes(one: Subscription) -> Subscription:
    """Stop relying on pushes until the next one arrives."""
    return replace(one, proven_at=None)


def min_poll_interval(one: Subscription | None, every: timedelta, now: datetime) -> timedelta:
    """The shortest pause between two polls: longer while pushes are relied on, at most until the lease ends."""
    if one is None or one.proven_at is None or not one.live(now):
        return timedelta(0)
    assert one.expires_at is not None  # live() is true
    return min(max(every, PUSHED_POLL_INTERVAL), one.expires_at - now)


def was_push_missed(published: Sequence[datetime | None], now: datetime) -> bool:
    """Whether a poll found articles that should have been pushed before; one without a date counts as such."""
    return any(at is None or now - at > MAX_PUSH_DELAY for at in published)


def _retry_delay(failures: int, bounds: tuple[timedelta, timedelta]) -> timedelta:
    shortest, longest = bounds
    return min(longest, shortest * (1 << min(failures, MAX_DOUBLINGS)))
