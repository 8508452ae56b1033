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

LEASE = timedelta(days=10)  # asked for
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)  # of what a hub grants
NEAR_END = timedelta(hours=23)  # before which a long lease is not renewed, as FreshRSS does
CLOUD_LEASE, CLOUD_RENEWAL = timedelta(hours=25), timedelta(hours=24)  # rssCloud knows no other
PATIENCE = timedelta(minutes=10)  # for a hub that was asked and has not asked back
AGAIN, SELDOM = timedelta(minutes=1), timedelta(hours=6)  # between two attempts, doubled from the one to the other
MUCH_LATER = timedelta(days=1), timedelta(days=7)  # the same after a hub said no
DAY_SECONDS = MUCH_LATER[0].total_seconds()  # of a wait that a hub asks for, be it the longest number
GOODBYES = 3  # attempts to unsubscribe; a lease ends by itself
SLOW = timedelta(minutes=30)  # between two polls of a feed that is pushed
ON_ITS_WAY = timedelta(minutes=2)  # a push may be so late
DOUBLINGS = 20


class Stand(StrEnum):
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
    state: Stand = Stand.WANTED
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
        return self.state is Stand.ACTIVE and self.expires_at is not None and self.expires_at > now


Step = Callable[[Subscription], Subscription]


def renewal(now: datetime, lease: timedelta) -> datetime:
    """When to renew a lease that begins now: after two thirds of it, or 23 h before its end where that is later."""
    return now + max(lease * 2 / 3, lease - NEAR_END)


def granted(seconds: str) -> timedelta:
    """The lease that a hub names, within what is sane; nonsense counts as what was asked for."""
    if not (seconds.isascii() and seconds.isdigit()):
        return LEASE
    return max(SHORTEST, min(LONGEST, timedelta(seconds=int(seconds[:10]))))


def due(rows: Iterable[Subscription], callback: str, now: datetime) -> list[Subscription]:
    """Which of one feed's subscriptions to ask for now: at most one, that of its first hub that works, and goodbyes."""
    offered = [one for one in rows if one.state is not Stand.UNWANTED]
    goodbyes = [one for one in rows if one.state is Stand.UNWANTED and _ripe(one, now)]
    here = [one for one in offered if one.callback == callback]
    live = [one for one in here if one.live(now)]
    if live:
        return goodbyes + [one for one in live[:1] if _ripe(one, now)]
    if any(one.state is Stand.ASKED and not _ripe(one, now) for one in here):
        return goodbyes
    ready = [one for one in offered if _ripe(one, now) or one.callback not in ("", callback)]
    return goodbyes + sorted(ready, key=_merit)[:1]


def _merit(one: Subscription) -> tuple[bool, int, int]:
    """By which the hubs of a feed are tried: the best first. One that did not ask back has failed once more."""
    return one.state is Stand.DENIED, one.failures + (one.state is Stand.ASKED), one.rank


def _ripe(one: Subscription, now: datetime) -> bool:
    return one.next_at is not None and one.next_at <= now


def ask(one: Subscription, callback: str, now: datetime) -> Subscription:
    """About to ask its hub. The wait for an answer is the lease that keeps other processes from asking too."""
    if one.state is Stand.UNWANTED:  # goodbye is said under the address that the hub knows
        return replace(one, asked_at=now, next_at=now + PATIENCE)
    if one.callback not in ("", callback):
        one = replace(one, state=Stand.WANTED, expires_at=None, failures=0)  # it is another one to the hub
    if one.state is Stand.ASKED:
        one = replace(one, failures=one.failures + 1, error="the hub was asked and did not ask back")
    live = one.live(now)
    return replace(
        one,
        state=Stand.ACTIVE if live else Stand.ASKED,
        callback=callback,
        asked_at=now,
        next_at=now + max(PATIENCE, _pause(one.failures, (AGAIN, SELDOM))),
        proven_at=one.proven_at if live else None,
    )


def accepted(one: Subscription, now: datetime) -> Subscription:
    """Its hub took the request. rssCloud means yes by that; WebSub asks back."""
    if one.state is Stand.UNWANTED:
        return replace(one, next_at=None, error=None)
    return activated(one, now, CLOUD_LEASE) if one.kind == RSSCLOUD else one


def refused(one: Subscription, error: str, now: datetime, wait: float | None = None) -> Subscription:
    """Its hub could not be asked, or did not take the request. wait: seconds it asked for."""
    failures = one.failures + 1
    pause = max(_pause(one.failures, (AGAIN, SELDOM)), timedelta(seconds=min(max(wait or 0.0, 0.0), DAY_SECONDS)))
    at = None if one.state is Stand.UNWANTED and failures >= GOODBYES else now + pause
    state = Stand.WANTED if one.state is Stand.ASKED else one.state
    return replace(one, state=state, failures=failures, next_at=at, error=error)


def activated(one: Subscription, now: datetime, lease: timedelta) -> Subscription:
    """The lease begins, or begins again; whether the pushes come is to be seen."""
    at = now + CLOUD_RENEWAL if one.kind == RSSCLOUD else renewal(now, lease)
    proven = one.proven_at if one.live(now) else None
    return replace(
        one, state=Stand.ACTIVE, expires_at=now + lease, next_at=at, failures=0, error=None, proven_at=proven
    )


def denied(one: Subscription, reason: str, now: datetime) -> Subscription:
    """The hub says no, or no longer. It may think otherwise much later."""
    if one.state is Stand.UNWANTED:
        return replace(one, next_at=None)
    error = f"the hub says no: {reason}" if reason else "the hub says no"
    at = now + _pause(one.failures, MUCH_LATER)
    return replace(
        one, state=Stand.DENIED, expires_at=None, next_at=at, failures=one.failures + 1, proven_at=None, error=error
    )


def left(one: Subscription) -> Subscription:
    """The hub took note that nothing is wanted any more."""
    return replace(one, expires_at=None, next_at=None, error=None)


def unwanted(one: Subscription, now: datetime) -> Subscription:
    """Its feed left rules.toml, refuses push, or has another hub: say goodbye where there is somebody to say it to."""
    if one.state is Stand.UNWANTED:
        return one
    return replace(one, state=Stand.UNWANTED, next_at=now if one.asked_at else None, failures=0, proven_at=None)


def wanted(one: Subscription, now: datetime) -> Subscription:
    """Its feed came back."""
    if one.state is not Stand.UNWANTED:
        return one
    return replace(one, state=Stand.WANTED, expires_at=None, next_at=now, failures=0, error=None)


def pushed(one: Subscription, now: datetime) -> Subscription:
    """A delivery was read and stored: from now on they are relied on."""
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=one.proven_at or now, error=None)


def pinged(one: Subscription, now: datetime) -> Subscription:
    """A delivery said that there is something new, and not what; or what it said could not be stored.

    It proves nothing: a server may ping first and serve the new document later, when a slow poll is long over.
    """
    return replace(one, pushes=one.pushes + 1, last_push_at=now, proven_at=None)


def discarded(one: Subscription) -> Subscription:
    """A delivery was not signed with our secret."""
    return replace(one, discarded=one.discarded + 1, error="a delivery was not signed with our secret")


def distrusted(one: Subscription) -> Subscription:
    """Its pushes are not relied on any more, until the next one comes."""
    return replace(one, proven_at=None)


def pause(one: Subscription | None, every: timedelta, now: datetime) -> timedelta:
    """The shortest pause between two polls of a feed: longer while its pushes come, but never past the lease's end."""
    if one is None or one.proven_at is None or not one.live(now):
        return timedelta(0)
    assert one.expires_at is not None  # it is live
    return min(max(every, SLOW), one.expires_at - now)


def missed(published: Sequence[datetime | None], now: datetime) -> bool:
    """Whether a poll found new articles that should have been pushed before; without a date nothing excuses them."""
    return any(at is None or now - at > ON_ITS_WAY for at in published)


def _pause(failures: int, bounds: tuple[timedelta, timedelta]) -> timedelta:
    shortest, longest = bounds
    return min(longest, shortest * (1 << min(failures, DOUBLINGS)))
