"""The life of a subscription to a hub (W3C WebSub, rssCloud): from one state to the next, as functions of (state, now).

A hub is asked, asks back whether it was really us, grants a lease, pushes; before the lease ends it is asked again.
What is said on the wire stands in callback.py, which hubs a feed has in hubs.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

WEBSUB, RSSCLOUD = "websub", "rsscloud"

REQUESTED_LEASE = timedelta(days=10)  # asked for
MIN_LEASE, MAX_LEASE = timedelta(minutes=5), timedelta(days=90)  # of what a hub grants
RENEWAL_MARGIN = timedelta(hours=23)  # before which a long lease is not renewed, as FreshRSS does
CLOUD_LEASE, CLOUD_RENEWAL = timedelta(hours=25), timedelta(hours=24)  # rssCloud knows no other
VERIFICATION_TIMEOUT = timedelta(minutes=10)  # for a hub that was asked and has not asked back
MIN_RETRY_DELAY, MAX_RETRY_DELAY = (
    timedelta(minutes=1),
    timedelta(hours=6),
)  # between two attempts, doubled from the one to the other
DENIED_RETRY_DELAYS = timedelta(days=1), timedelta(days=7)  # the same after a hub said no
DAY_SECONDS = DENIED_RETRY_DELAYS[0].total_seconds()  # of a wait that a hub asks for, be it the longest number
MAX_UNSUBSCRIBE_ATTEMPTS = 3  # attempts to unsubscribe; a lease ends by itself
PUSHED_POLL_INTERVAL = timedelta(minutes=30)  # between two polls of a feed that is pushed
MAX_PUSH_DELAY = timedelta(minutes=2)  # a push may be so late
MAX_DOUBLINGS = 20


class SubscriptionState(StrEnum):
    """Where a subscription stands."""

    WANTED = "wanted"
    ASKED = "asked"  # committed before the first byte leaves: a hub may ask back before it answers
    ACTIVE = "active"
    DENIED = "denied"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed at one hub. proven_at: since when its pushes are relied on; next_at None: nothing to do."""

    source: str
    hub: str
    topic: str
    kind: str = WEBSUB
    rank: int = 0  # among the hubs of its feed
    offered: bool = True  # the feed names it now
    state: SubscriptionState = SubscriptionState.WANTED
    callback: str = ""  # under which it was asked for
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0  # in a row
    proven_at: datetime | None = None
    last_push_at: datetime | None = None
    pushes: int = 0
    discarded: int = 0  # deliveries without a good signature
    error: str | None = None
    token: str = field(default="", repr=False)  # the last part of its callback
    secret: str = field(default="", repr=False)

    def live(self, now: datetime) -> bool:
        """Whether the hub pushes."""
        return self.state is SubscriptionState.ACTIVE and self.expires_at is not None and self.expires_at > now


SubscriptionUpdate = Callable[[Subscription], Subscription]


def renewal_time(now: datetime, lease: timedelta) -> datetime:
    """When to renew a lease that begins now: after two thirds of it, or 23 h before its end where that is later."""
    return now + max(lease * 2 / 3, lease - RENEWAL_MARGIN)


def parse_lease(seconds: str) -> timedelta:
    """The lease that a hub names, within what is sane; nonsense counts as what was asked for."""
    if not (seconds.isascii() and seconds.isdigit()):
        return REQUESTED_LEASE
    return max(MIN_LEASE, min(MAX_LEASE, timedelta(seconds=int(seconds[:10]))))


def due_subscriptions(rows: Iterable[Subscription], callback: str, now: datetime) -> list[Subscription]:
    """Which of one feed's subscriptions to ask for now: at most one, that of its first hub that works, and goodbyes."""
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
    """By which the hubs of a feed are tried: the best first. One that did not ask back has failed once more."""
    return one.state is SubscriptionState.DENIED, one.failures + (one.state is SubscriptionState.ASKED), one.rank


def _is_due(one: Subscription, now: datetime) -> bool:
    return one.next_at is not None and one.next_at <= now


def mark_asked(one: Subscription, callback: str, now: datetime) -> Subscription:
    """About to ask its hub. The wait for an answer is the lease that keeps other processes from asking too."""
    if one.state is SubscriptionState.UNWANTED:  # goodbye is said under the address that the hub knows
        return replace(one, asked_at=now, next_at=now + VERIFICATION_TIMEOUT)
    if one.callback not in ("", callback):
        one = replace(one, state=SubscriptionState.WANTED, expires_at=None, failures=0)  # it is another one to the hub
    if one.state is SubscriptionState.ASKED:
        one = replace(one, failures=one.failures + 1, error="the hub was asked and did not ask back")
    live = one.live(now)
    return replace(
        one,
        state=SubscriptionState.ACTIVE if live else SubscriptionState.ASKED,
        callback=callback,
        asked_at=now,
        next_at=now + max(VERIFICATION_TIMEOUT, _retry_delay(one.failures, (MIN_RETRY_DELAY, MAX_RETRY_DELAY))),
        proven_at=one.proven_at if live else None,
    )


def mark_accepted(one: Subscription, now: datetime) -> Subscription:
    """Its hub took the request. rssCloud means yes by that; WebSub asks back."""
    if one.state is SubscriptionState.UNWANTED:
        return replace(one, next_at=None, error=None)
    return activate_lease(one, now, CLOUD_LEASE) if one.kind == RSSCLOUD else one


def mark_refused(one: Subscription, error: str, now: datetime, wait: float | None = None) -> Subscription:
    """Its hub could not be asked, or did not take the request. wait: seconds it asked for."""
    failures = one.failures + 1
    pause = max(
        _retry_delay(one.failures, (MIN_RETRY_DELAY, MAX_RETRY_DELAY)),
        timedelta(seconds=min(max(wait or 0.0, 0.0), DAY_SECONDS)),
    )
    at = None if one.state is SubscriptionState.UNWANTED and failures >= MAX_UNSUBSCRIBE_ATTEMPTS else now + pause
    state = SubscriptionState.WANTED if one.state is SubscriptionState.ASKED else one.state
    return replace(one, state=state, failures=failures, next_at=at, error=error)


def activate_lease(one: Subscription, now: datetime, lease: timedelta) -> Subscription:
    """The lease begins, or begins again; whether the pushes come is to be seen."""
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
    """The hub says no, or no longer. It may think otherwise much later."""
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
    """The hub took note that nothing is wanted any more."""
    return replace(one, expires_at=None, next_at=None, error=None)


def mark_unwanted(one: Subscription, now: datetime) -> Subscription:
    """Its feed left rules.toml, refuses push, or has another hub: say goodbye where there is somebody to say it to."""
    if one.state is SubscriptionState.UNWANTED:
        return one
    return replace(
        one, state=SubscriptionState.UNWANTED, next_at=now if one.asked_at else None, failures=0, proven_at=None
    )


def mark_wanted(one: Subscription, now: datetime) -> Subscription:
    """Its feed came back."""
    if one.state is not SubscriptionState.UNWANTED:
        return one
    return replace(one, state=SubscriptionState.WANTED, expires_at=None, next_at=now, failures=0, error=None)


def record_push(one: Subscription, now: datetime) -> Subscription:
    """A delivery was read and stored: from now on they are relied on."""
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=one.proven_at or now, error=None)


def record_ping(one: Subscription, now: datetime) -> Subscription:
    """A delivery said that there is something new, and not what; or what it said could not be stored.

    It proves nothing: a server may ping first and serve the new document later, when a slow poll is long over.
    """
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=None)


def record_discarded(one: Subscription) -> Subscription:
    """A delivery was not signed with our secret."""
    return replace(one, discarded=one.discarded + 1, error="a delivery was not signed with our secret")


def distrust_pushes(one: Subscription) -> Subscription:
    """Its pushes are not relied on any more, until the next one comes."""
    return replace(one, proven_at=None)


def min_poll_interval(one: Subscription | None, every: timedelta, now: datetime) -> timedelta:
    """The shortest pause between two polls of a feed: longer while its pushes come, but never past the lease's end."""
    if one is None or one.proven_at is None or not one.live(now):
        return timedelta(0)
    assert one.expires_at is not None  # it is live
    return min(max(every, PUSHED_POLL_INTERVAL), one.expires_at - now)


def was_push_missed(published: Sequence[datetime | None], now: datetime) -> bool:
    """Whether a poll found new articles that should have been pushed before; without a date nothing excuses them."""
    return any(at is None or now - at > MAX_PUSH_DELAY for at in published)


def _retry_delay(failures: int, bounds: tuple[timedelta, timedelta]) -> timedelta:
    shortest, longest = bounds
    return min(longest, shortest * (1 << min(failures, MAX_DOUBLINGS)))
