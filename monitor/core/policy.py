"""Who is told of a match, when, and why; and when a failed attempt is worth another one.

To add a policy: one function Case → Decision | None, one row in POLICIES (and a word in model.Reason if it is new).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

from monitor.core.model import Address, Answer, Intent, Kin, Kinship, Match, Priority, Reason, Route

NOBODY = Address("", "")

BASE = 5.0  # seconds; attempts after an outage of a minute come soon
CAP = 15 * 60.0  # seconds; a channel that was down all night is tried within a quarter of an hour
SHORTEST = 1.0
LONGEST_ASKED = 6 * 3600.0  # a Retry-After of years must not silence a channel
EXPIRY = timedelta(hours=48)  # a weekend without network costs nothing; older news is shown, not sent


@dataclass(frozen=True, slots=True)
class Case:
    """One match for one address, with all that a policy may look at."""

    match: Match
    address: Address
    priority: Priority
    kin: Kin
    told: bool  # this watch and address have heard of this story
    baseline: bool  # first sight of the feed
    backfill: bool  # …but the reader asked for recent articles
    now: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """at=None: not to be sent, now or later."""

    at: datetime | None
    reason: Reason


Policy = Callable[[Case], Decision | None]


def no_channel(case: Case) -> Decision | None:
    """Nobody to tell: the match is stored and shown all the same."""
    return Decision(None, Reason.NO_CHANNEL) if case.address == NOBODY else None


def first_sight(case: Case) -> Decision | None:
    """A feed seen for the first time is a baseline, not news."""
    return Decision(None, Reason.BASELINE) if case.baseline and not case.backfill else None


def once_per_story(case: Case) -> Decision | None:
    """A story is told once; a copy whose first telling was suppressed is told after all."""
    if not case.told:
        return None
    return Decision(None, Reason.COPY if case.kin.kinship is Kinship.COPY else Reason.TOLD)


def tell(case: Case) -> Decision:
    """The rule where no other policy objects: at once."""
    return Decision(case.now, Reason.BACKFILL if case.baseline else Reason.MATCHED)


POLICIES: tuple[Policy, ...] = (no_channel, first_sight, once_per_story, tell)
"""All are asked. The first that suppresses wins; where none does, the latest time wins."""


def decide(
    matches: Sequence[Match],
    routes: Mapping[str, Route],
    *,
    kin: Kin,
    told: Collection[tuple[str, Address]],
    baseline: bool,
    backfill: bool,
    now: datetime,
) -> tuple[Intent, ...]:
    """One Intent for each match and address of its watch; one without an address where there is nobody to tell."""
    return tuple(
        _intent(Case(match, address, priority, kin, (match.watch, address) in told, baseline, backfill, now))
        for match in matches
        for address, priority in _addresses(routes.get(match.watch))
    )


def _addresses(route: Route | None) -> list[tuple[Address, Priority]]:
    if route is None:  # the watch was taken out of the file while its match was on the way
        return [(NOBODY, Priority.NORMAL)]
    return [(address, route.priority) for address in dict.fromkeys(route.addresses or (NOBODY,))]


def _intent(case: Case) -> Intent:
    decisions = [decision for policy in POLICIES if (decision := policy(case))]
    chosen = next((one for one in decisions if one.at is None), None) or max(decisions, key=_time)
    return Intent(case.match.watch, case.address, chosen.reason, case.priority, chosen.at)


def _time(decision: Decision) -> datetime:
    assert decision.at is not None, "suppressions were chosen before times are compared"
    return decision.at


def retry_at(
    created_at: datetime,
    attempts: int,
    answer: Answer,
    now: datetime,
    *,
    retry_after: float | None,
    jitter: float,
) -> datetime | None:
    """When to try again; None: give up. attempts: those before the failed one. jitter: 0..1.

    Full jitter (Brooker, "Exponential Backoff And Jitter", 2015): anything up to the doubled step.
    """
    if answer in (Answer.OK, Answer.REFUSED_FOR_GOOD) or now - created_at >= EXPIRY:
        return None
    if retry_after is not None and not isnan(retry_after):
        return now + timedelta(seconds=min(max(retry_after, SHORTEST), LONGEST_ASKED))
    step = min(CAP, BASE * 2 ** min(attempts, 16))  # 2^16 · 5 s is beyond the cap
    return now + timedelta(seconds=max(SHORTEST, jitter * step))
