"""Decide who is alerted to a match, when and why; and when a failed delivery is retried.

Policies run in the order of POLICIES. Each gets the time decided so far, and may defer the alert or suppress it; a
deferred alert is never dropped. Then all alerts of one story and address get the time of the earliest: they are one
message. To add a policy: a function (PolicyCase, at) → Decision | None, a row in POLICIES, and a member of Reason if
needed. The module does not know how messages are written or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from monitor.core.alerts.quiet_hours import next_digest_time, quiet_until
from monitor.core.model.alerts import Address, Intent, Mute, PastAlert, Priority, QuietHours, Reason, Route
from monitor.core.model.articles import Match, Relation, StoryRelation

NO_ADDRESS = Address("", "")


FLOOD_WINDOW = timedelta(minutes=5)
FLOOD_LIMIT = 8  # alerts of one watch at one address within FLOOD_WINDOW; further ones go into a digest
FLOOD_WAIT = timedelta(minutes=1)
MAX_UPDATES = 3  # messages about edits, per story and address within UPDATE_WINDOW
UPDATE_WINDOW = timedelta(days=1)

WatchAddress = tuple[str, Address]  # a watch, and an address that it alerts


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The input of a decision besides match and route. recent: alerts per watch and address within FLOOD_WINDOW;
    last: time of the last alert, sent or planned, per watch and address; known: the watches that matched an earlier
    wording of the article, which are alerted to an edit that is news."""

    story_relation: StoryRelation
    now: datetime
    past: Sequence[PastAlert] = ()  # of this story
    baseline: bool = False  # the first poll of the feed
    backfill: bool = False  # the user asked for recent articles at the first poll
    feed: str = ""
    zone: tzinfo = UTC
    quiet: QuietHours | None = None
    recent: Mapping[WatchAddress, int] = field(default_factory=dict)
    last: Mapping[WatchAddress, datetime] = field(default_factory=dict)
    mutes: Collection[Mute] = ()
    known: Collection[str] = ()
    corrects: bool = False  # the article announces a correction
    corrected: bool = False  # the edit retracts something


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
        return Priority.URGENT if self.corrects else self.route.priority

    @property
    def known(self) -> bool:
        """Whether the watch matched an earlier wording of the article."""
        return self.match.watch in self.context.known

    @property
    def corrects(self) -> bool:
        """Whether the alert is about a correction."""
        return self.context.corrected if self.known else self.context.corrects

    @property
    def past(self) -> list[PastAlert]:
        """The alerts of the story to this address, of any watch."""
        return [one for one in self.context.past if one.address == self.address]


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
    """Alert an address once per story, whichever watch matches; further alerts must be news.

    While the first alert waits, another watch joins it, see join_alerts. An edit is news to the addresses that were
    alerted: for the watches it matched before, and for a watch whose words are new in it.
    """
    past, relation = case.past, case.context.story_relation.relation
    if case.known:
        return update(case, at) if past else Decision(None, Reason.ALREADY_SENT)
    if any(one.watch == case.match.watch for one in past):
        return Decision(None, Reason.COPY if relation is Relation.COPY else Reason.ALREADY_SENT)
    if all(one.waiting for one in past if one.reached):
        return None
    return update(case, at) if relation is Relation.VERSION else Decision(None, Reason.ALREADY_SENT)


def update(case: PolicyCase, at: datetime) -> Decision:
    """Alert an edit that is news, at most MAX_UPDATES times a day, as a live blog changes all day; any correction."""
    if case.corrects:
        return Decision(at, Reason.CORRECTION)
    since, now = case.context.now - UPDATE_WINDOW, case.context.now
    updates = {one.decided_at for one in case.past if one.revised == "update" and since < one.decided_at <= now}
    return Decision(at, Reason.UPDATE) if len(updates) < MAX_UPDATES else Decision(None, Reason.ALREADY_SENT)


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
    """At most one message of a watch per span; matches in between go into a digest at its end, unless urgent."""
    last = case.context.last.get(case.watch_address)
    if case.urgent or not case.route.throttle or last is None or last + case.route.throttle <= at:
        return None
    return Decision(last if last > at else last + case.route.throttle, Reason.THROTTLED)


def flood(case: PolicyCase, at: datetime) -> Decision | None:
    """Send the first FLOOD_LIMIT alerts of a watch one by one and further ones in a digest, unless urgent."""
    if case.urgent or case.context.recent.get(case.watch_address, 0) < FLOOD_LIMIT:
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
DELAY_REASONS = GATHERED_REASONS | {Reason.HELD}
REVISION_REASONS = {"update": Reason.UPDATE, "correction": Reason.CORRECTION}


def decide_intents(
    matches: Sequence[Match], routes: Mapping[str, Route], context: DecisionContext
) -> tuple[Intent, ...]:
    """One Intent per match and address of its watch; one with NO_ADDRESS if there is none."""
    intents = [
        apply_policies(PolicyCase(match, address, route, context))
        for match in matches
        for route in (routes.get(match.watch) or Route(match.watch, ()),)  # the watch was removed meanwhile
        for address in dict.fromkeys(route.addresses or (NO_ADDRESS,))
    ]
    return join_alerts(intents, context)


def apply_policies(case: PolicyCase) -> Intent:
    """Run all policies; the last one that decides gives the reason."""
    at, reason, updates = case.context.now, Reason.MATCHED, case.known
    for policy in POLICIES:
        decision = policy(case, at)
        if decision is None:
            continue
        reason = decision.reason
        updates = updates or reason in REVISION_REASONS.values()
        if decision.at is None:
            return case_intent(case, reason, None, updates)
        at = decision.at
    return case_intent(case, reason, at, updates)


def case_intent(case: PolicyCase, reason: Reason, at: datetime | None, updates: bool) -> Intent:
    """The Intent of a case. updates: an earlier wording was alerted."""
    revised = "" if not updates else "correction" if case.corrects else "update"
    return Intent(case.match.watch, case.address, reason, case.priority, at, revised)


def join_alerts(intents: Sequence[Intent], context: DecisionContext) -> tuple[Intent, ...]:
    """The alerts of one article, each at the time of the earliest at its address, those that wait already included.

    A waiting alert whose time is later is not changed: a message takes all that waits for its story and address.
    """
    waiting = [(one.address, one.due_at, one.reason) for one in context.past if one.waiting and one.due_at]
    planned = [(one.address, one.at, one.reason) for one in intents if one.at]
    earliest: dict[Address, tuple[datetime, Reason]] = {}
    for address, at, reason in planned + waiting:
        if address not in earliest or at < earliest[address][0]:
            earliest[address] = at, reason
    return tuple(earlier_intent(one, *earliest[one.address], context.now) if one.at else one for one in intents)


def earlier_intent(one: Intent, at: datetime, reason: Reason, now: datetime) -> Intent:
    """The alert at an earlier time, with the reason of the alert that it joins."""
    if one.at is None or max(at, now) >= one.at:
        return one
    if reason not in DELAY_REASONS:
        reason = REVISION_REASONS.get(one.revised, Reason.MATCHED)
    return replace(one, at=max(at, now), reason=reason)
