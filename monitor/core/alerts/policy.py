"""Decide who is alerted to a match, when and why; and when a failed delivery is retried.

Policies run in the order of POLICIES. Each gets the time decided so far, and may defer the alert or suppress it; a
deferred alert is never dropped. To add one: a function (PolicyCase, at) → Decision | None, a row in POLICIES, and a
member of Reason if needed. The module does not know how messages are written or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.core.alerts.quiet_hours import next_digest_time, quiet_until
from monitor.core.model.alerts import Address, Intent, Mute, Priority, QuietHours, Reason, Route
from monitor.core.model.articles import Match, Relation, StoryRelation

NO_ADDRESS = Address("", "")


FLOOD_WINDOW = timedelta(minutes=5)
FLOOD_LIMIT = 8  # alerts of one watch at one address within FLOOD_WINDOW; further ones go into a digest
FLOOD_WAIT = timedelta(minutes=1)
MAX_UPDATES = 3  # alerts about edits, per story and watch

WatchAddress = tuple[str, Address]  # a watch, and an address that it alerts


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The input of a decision besides match and route. recent: alerts per watch and address within FLOOD_WINDOW;
    last: time of the last alert, sent or planned, per watch and address."""

    story_relation: StoryRelation
    now: datetime
    alerted: Collection[WatchAddress] = ()  # of this story
    baseline: bool = False  # the first poll of the feed
    backfill: bool = False  # the user asked for recent articles at the first poll
    feed: str = ""
    zone: tzinfo = UTC
    quiet: QuietHours | None = None
    recent: Mapping[WatchAddress, int] = field(default_factory=dict)
    last: Mapping[WatchAddress, datetime] = field(default_factory=dict)
    mutes: Collection[Mute] = ()
    changed: bool = False  # an edit of an alerted article that is news
    corrects: bool = False  # the edit retracts something
    times: Mapping[WatchAddress, int] = field(default_factory=dict)  # alerts of this story


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One match for one address."""

    match: Match
    address: Address
    route: Route
    context: DecisionContext

    @property
    def watch_address(self) -> WatchAddress:
        """The key of earlier alerts."""
        return self.match.watch, self.address

    @property
    def urgent(self) -> bool:
        """Whether the alert is never deferred."""
        return self.priority is Priority.URGENT

    @property
    def priority(self) -> Priority:
        """The priority of the route; a correction is urgent."""
        return Priority.URGENT if self.context.corrects else self.route.priority


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of a policy; at None: the alert is suppressed."""

    at: datetime | None
    reason: Reason


Policy = Callable[[PolicyCase, datetime], Decision | None]


def no_channel(case: PolicyCase, at: datetime) -> Decision | None:
    """Suppress alerts without an address; the match is stored and shown all the same."""
    return Decision(None, Reason.NO_CHANNEL) if case.address == NO_ADDRESS else None


def first_sight(case: PolicyCase, at: datetime) -> Decision | None:
    """Suppress what the first poll of a feed shows, unless it is recent and the user asked for that."""
    if not case.context.baseline:
        return None
    return Decision(at, Reason.BACKFILL) if case.context.backfill else Decision(None, Reason.BASELINE)


def once_per_story(case: PolicyCase, at: datetime) -> Decision | None:
    """Alert once per story; a copy is alerted if the alert for the first article was suppressed.

    An edit that is news is alerted at most MAX_UPDATES times, as a live blog changes all day, and only to addresses
    that were alerted to the article.
    """
    if case.watch_address not in case.context.alerted:
        return Decision(None, Reason.ALREADY_SENT) if case.context.changed else None
    if case.context.changed and case.context.times.get(case.watch_address, 0) <= MAX_UPDATES:
        return Decision(at, Reason.CORRECTION if case.context.corrects else Reason.UPDATE)
    return Decision(None, Reason.COPY if case.context.story_relation.relation is Relation.COPY else Reason.ALREADY_SENT)


def muted(case: PolicyCase, at: datetime) -> Decision | None:
    """Suppress what the user has muted."""
    return Decision(None, Reason.MUTED) if any(mute_applies(mute, case) for mute in case.context.mutes) else None


def mute_applies(mute: Mute, case: PolicyCase) -> bool:
    """Whether a mute covers this match: its watch, story or feed, or all terms that were found."""
    if mute.kind == "term":
        return bool(case.match.hits) and all(hit.term == mute.name for hit in case.match.hits)
    names = {"watch": case.match.watch, "story": str(case.context.story_relation.story), "feed": case.context.feed}
    return names[mute.kind] == mute.name


def hold(case: PolicyCase, at: datetime) -> Decision | None:
    """Wait for copies of the story, so that the message can list them."""
    if not case.route.hold or case.urgent:
        return None
    return Decision(at + case.route.hold, Reason.HELD)


def throttle(case: PolicyCase, at: datetime) -> Decision | None:
    """At most one message of a watch per span; matches in between go into a digest at its end."""
    last = case.context.last.get(case.watch_address)
    if not case.route.throttle or last is None or last + case.route.throttle <= at:
        return None
    return Decision(last if last > at else last + case.route.throttle, Reason.THROTTLED)


def flood(case: PolicyCase, at: datetime) -> Decision | None:
    """Send the first FLOOD_LIMIT alerts of a watch one by one and further ones in a digest."""
    if case.context.recent.get(case.watch_address, 0) < FLOOD_LIMIT:
        return None
    last = case.context.last.get(case.watch_address, at)
    return Decision(last if last > at else at + FLOOD_WAIT, Reason.FLOOD)


def digest(case: PolicyCase, at: datetime) -> Decision | None:
    """Defer to the next digest time of the watch, or of the channel unless the watch is urgent."""
    times = case.route.digest or (() if case.urgent else case.route.digests.get(case.address.channel, ()))
    return Decision(next_digest_time(at, times, case.context.zone), Reason.DIGEST) if times else None


def quiet_hours(case: PolicyCase, at: datetime) -> Decision | None:
    """Defer to the end of the quiet hours unless urgent."""
    hours = case.context.quiet
    until = None if hours is None or case.urgent else quiet_until(at, hours, case.context.zone)
    return Decision(until, Reason.QUIET) if until else None


POLICIES: tuple[Policy, ...] = (
    no_channel, first_sight, once_per_story, muted, hold, throttle, flood, digest, quiet_hours,
)  # fmt: skip
GATHERED_REASONS = frozenset((Reason.THROTTLED, Reason.FLOOD, Reason.DIGEST, Reason.QUIET))  # sent in a digest


def decide_intents(
    matches: Sequence[Match], routes: Mapping[str, Route], context: DecisionContext
) -> tuple[Intent, ...]:
    """One Intent per match and address of its watch; one with NO_ADDRESS if there is none."""
    return tuple(
        apply_policies(PolicyCase(match, address, route, context))
        for match in matches
        for route in (routes.get(match.watch) or Route(match.watch, ()),)  # the watch was removed meanwhile
        for address in dict.fromkeys(route.addresses or (NO_ADDRESS,))
    )


def apply_policies(case: PolicyCase) -> Intent:
    """Run all policies; the last one that decides gives the reason."""
    at, reason = case.context.now, Reason.MATCHED
    for policy in POLICIES:
        decision = policy(case, at)
        if decision is None:
            continue
        reason = decision.reason
        if decision.at is None:
            return Intent(case.match.watch, case.address, reason, case.priority, None)
        at = decision.at
    return Intent(case.match.watch, case.address, reason, case.priority, at)
