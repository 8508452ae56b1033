"""Who is told of a match, when, and why; and when a failed attempt is worth another one.

Policies are asked in the order of their table. Each sees the time at which a match would be told by then, and may put
it off, or say that it is not to be told at all; nothing that is put off is ever dropped. To add one: a function
(Case, at) → Decision | None, a row in POLICIES, and a word in Reason if it is new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from math import isnan

from monitor.core.model.alerts import Address, Answer, Intent, Mute, Priority, QuietHours, Reason, Route
from monitor.core.model.articles import Match, Relation, StoryRelation

NO_ADDRESS = Address("", "")

RETRY_BASE_SECONDS = 5.0  # seconds; attempts after an outage of a minute come soon
MAX_RETRY_SECONDS = 15 * 60.0  # seconds; a channel that was down all night is tried within a quarter of an hour
MIN_RETRY_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = 6 * 3600.0  # a Retry-After of years must not silence a channel
DELIVERY_EXPIRY = timedelta(hours=48)  # a weekend without network costs nothing; older news is shown, not sent

FLOOD_WINDOW = timedelta(minutes=5)
FLOOD_LIMIT = 8  # alerts of one watch at one address in that time; further ones are gathered
FLOOD_WAIT = timedelta(minutes=1)
MAX_UPDATES = 3  # of one story that a watch tells of

WatchAddress = tuple[str, Address]  # a watch, and who was told of it


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a decision may look at besides match and route. recent: alerts per watch and address in FLOOD_WINDOW;
    last: when a watch was, or will be, told last at an address."""

    story_relation: StoryRelation
    now: datetime
    alerted: Collection[WatchAddress] = ()  # of this story
    baseline: bool = False  # first sight of the feed
    backfill: bool = False  # …but the reader asked for recent articles
    feed: str = ""
    zone: tzinfo = UTC
    quiet: QuietHours | None = None
    recent: Mapping[WatchAddress, int] = field(default_factory=dict)
    last: Mapping[WatchAddress, datetime] = field(default_factory=dict)
    mutes: Collection[Mute] = ()
    changed: bool = False  # the article was told in another wording, and what changed is news
    corrects: bool = False  # it takes something back
    times: Mapping[WatchAddress, int] = field(default_factory=dict)  # how often this story was told


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One match for one address."""

    match: Match
    address: Address
    route: Route
    context: DecisionContext

    @property
    def watch_address(self) -> WatchAddress:
        """Under what was told before is known."""
        return self.match.watch, self.address

    @property
    def urgent(self) -> bool:
        """Whether it waits for nothing."""
        return self.priority is Priority.URGENT

    @property
    def priority(self) -> Priority:
        """How loudly it is told; a correction is urgent."""
        return Priority.URGENT if self.context.corrects else self.route.priority


@dataclass(frozen=True, slots=True)
class Decision:
    """at=None: not to be sent, now or later."""

    at: datetime | None
    reason: Reason


Policy = Callable[[PolicyCase, datetime], Decision | None]


def no_channel(case: PolicyCase, at: datetime) -> Decision | None:
    """Nobody to tell: the match is stored and shown all the same."""
    return Decision(None, Reason.NO_CHANNEL) if case.address == NO_ADDRESS else None


def first_sight(case: PolicyCase, at: datetime) -> Decision | None:
    """A feed seen for the first time is a baseline, not news."""
    if not case.context.baseline:
        return None
    return Decision(at, Reason.BACKFILL) if case.context.backfill else Decision(None, Reason.BASELINE)


def once_per_story(case: PolicyCase, at: datetime) -> Decision | None:
    """A story is told once; a copy whose first telling was suppressed is told after all.

    An edit is told to those who heard of the article, where it is news, and a few times only: a live blog edits itself
    all day. Who was not told then (it was there at first sight of the feed) is not told now.
    """
    if case.watch_address not in case.context.alerted:
        return Decision(None, Reason.ALREADY_SENT) if case.context.changed else None
    if case.context.changed and case.context.times.get(case.watch_address, 0) <= MAX_UPDATES:
        return Decision(at, Reason.CORRECTION if case.context.corrects else Reason.UPDATE)
    return Decision(None, Reason.COPY if case.context.story_relation.relation is Relation.COPY else Reason.ALREADY_SENT)


def muted(case: PolicyCase, at: datetime) -> Decision | None:
    """Somebody asked not to hear of it for a while."""
    return Decision(None, Reason.MUTED) if any(mute_applies(mute, case) for mute in case.context.mutes) else None


def mute_applies(mute: Mute, case: PolicyCase) -> bool:
    """Whether a mute is about this match: its watch, its story, its feed, or the only terms that were found."""
    if mute.kind == "term":
        return bool(case.match.hits) and all(hit.term == mute.name for hit in case.match.hits)
    names = {"watch": case.match.watch, "story": str(case.context.story_relation.story), "feed": case.context.feed}
    return names[mute.kind] == mute.name


def hold(case: PolicyCase, at: datetime) -> Decision | None:
    """Wait for copies of the story, so that the message can name them."""
    if not case.route.hold or case.urgent:
        return None
    return Decision(at + case.route.hold, Reason.HELD)


def throttle(case: PolicyCase, at: datetime) -> Decision | None:
    """At most one message of a watch in a span; what comes meanwhile is gathered and told at its end."""
    last = case.context.last.get(case.watch_address)
    if not case.route.throttle or last is None or last + case.route.throttle <= at:
        return None
    return Decision(last if last > at else last + case.route.throttle, Reason.THROTTLED)


def flood(case: PolicyCase, at: datetime) -> Decision | None:
    """The first few alerts of a watch come one by one; after an outage or in a storm the others come together."""
    if case.context.recent.get(case.watch_address, 0) < FLOOD_LIMIT:
        return None
    last = case.context.last.get(case.watch_address, at)
    return Decision(last if last > at else at + FLOOD_WAIT, Reason.FLOOD)


def digest(case: PolicyCase, at: datetime) -> Decision | None:
    """Gathered until the next of these times of day; an urgent watch does not wait for its channel's digest."""
    times = case.route.digest or (() if case.urgent else case.route.digests.get(case.address.channel, ()))
    return Decision(next_time_of_day(at, times, case.context.zone), Reason.DIGEST) if times else None


def quiet_hours(case: PolicyCase, at: datetime) -> Decision | None:
    """Nothing in the quiet hours but what is urgent; the rest comes together when they end."""
    hours = case.context.quiet
    if hours is None or case.urgent or not is_within_hours(at.astimezone(case.context.zone).time(), hours):
        return None
    return Decision(next_time_of_day(at, (hours[1],), case.context.zone), Reason.QUIET)


POLICIES: tuple[Policy, ...] = (
    no_channel, first_sight, once_per_story, muted, hold, throttle, flood, digest, quiet_hours,
)  # fmt: skip
GATHERED_REASONS = frozenset((Reason.THROTTLED, Reason.FLOOD, Reason.DIGEST, Reason.QUIET))  # told together


def is_within_hours(clock: time, hours: QuietHours) -> bool:
    """Whether a time of day lies in a span that may cross midnight; its end does not."""
    start, end = hours
    return start <= clock < end if start < end else clock >= start or clock < end


def next_time_of_day(after: datetime, times: Collection[time], zone: tzinfo) -> datetime:
    """The first of these times of day after an instant. A time that a clock change skips comes an hour later, one that
    it repeats comes once."""
    today = after.astimezone(zone).date()
    days = (today + timedelta(days=step) for step in (-1, 0, 1, 2))
    found = (datetime.combine(day, clock, zone).astimezone(UTC) for day in days for clock in times)
    return min(one for one in found if one > after)


def decide_intents(
    matches: Sequence[Match], routes: Mapping[str, Route], context: DecisionContext
) -> tuple[Intent, ...]:
    """One Intent for each match and address of its watch; one without an address where there is nobody to tell."""
    return tuple(
        apply_policies(PolicyCase(match, address, route, context))
        for match in matches
        for route in (routes.get(match.watch) or Route(match.watch, ()),)  # it was taken out of the file meanwhile
        for address in dict.fromkeys(route.addresses or (NO_ADDRESS,))
    )


def apply_policies(case: PolicyCase) -> Intent:
    """What all policies together make of a case."""
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
    if answer in (Answer.OK, Answer.REFUSED_FOR_GOOD) or now - created_at >= DELIVERY_EXPIRY:
        return None
    if retry_after is not None and not isnan(retry_after):
        return now + pause(retry_after)
    step = min(MAX_RETRY_SECONDS, RETRY_BASE_SECONDS * 2 ** min(attempts, 16))  # 2^16 · 5 s is beyond the cap
    return now + timedelta(seconds=max(MIN_RETRY_SECONDS, jitter * step))


def pause(retry_after: float) -> timedelta:
    """A Retry-After, in seconds, as far as it is heeded."""
    return timedelta(
        seconds=MIN_RETRY_SECONDS
        if isnan(retry_after)
        else min(max(retry_after, MIN_RETRY_SECONDS), MAX_RETRY_AFTER_SECONDS)
    )
