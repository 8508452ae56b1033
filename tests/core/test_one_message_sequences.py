"""Random sequences of articles, copies and edits under random routes: one message per story and address, none lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerts.policy import MAX_UPDATES, UPDATE_WINDOW, PolicyCase, WatchAddress, apply_policies
from monitor.core.decide import DecisionSettings, decide, decision_context
from monitor.core.model.alerts import Address, DeliveryState, DigestTime, Intent, PastAlert, Priority, Reason, Route
from monitor.core.model.articles import Article, Match, Relation
from monitor.core.model.polling import ArticleDecision
from tests.analysed import open_comparisons
from tests.core.dictionary_archive import TEXT, Archive, analysed, past_alert

START = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
SLACK, MAIL = Address("slack"), Address("mail", "anna@example.org")
WATCHES = ("chips", "china", "deals")
STORIES = (
    ("Peking erlaubt den Kauf von 400.000 Chips", TEXT),
    (
        "Sturm trifft die Küste",
        "Der Orkan riss am Abend 70.000 Haushalte von der Leitung, Bäume blockierten Gleise zwischen Emden und Leer. "
        "Helfer pumpten Keller leer, die Fähren nach Borkum blieben im Hafen, Schulen öffnen erst Mittwoch wieder.",
    ),
)


@dataclass
class Row:
    """A delivery; message: the number of the message that named it."""

    story: int
    alert: PastAlert
    sent_at: datetime | None = None
    message: int = 0


@dataclass
class Outbox(Archive):
    """An archive whose alerts wait for their time, and are sent as claims would take them."""

    rows: list[Row] = field(default_factory=list)
    messages: int = 0

    def keep(self, decision: ArticleDecision, now: datetime) -> int:
        """Store a decision; returns its story."""
        self.store(decision, now)
        number = decision.recognition.article or len(self.stored)
        story = self.stored[number].story_relation.story or 0
        for one in decision.intents:
            if one.at:
                self.rows.append(Row(story, past_alert(one, now, DeliveryState.PENDING)))
        return story

    def send_until(self, end: datetime) -> None:
        """Send everything that is due until then, in the order of time."""
        while waiting := [row for row in self.rows if row.alert.waiting and (row.alert.due_at or end) <= end]:
            first = min(waiting, key=lambda row: row.alert.due_at or end)
            self.messages += 1
            for row in self.rows:
                if row.alert.waiting and (row.story, row.alert.address) == (first.story, first.alert.address):
                    row.message, row.sent_at = self.messages, first.alert.due_at
                    row.alert = replace(row.alert, state=DeliveryState.SENT)

    def alerts_of_story(self, number: int) -> Sequence[PastAlert]:
        return [row.alert for row in self.rows if row.story == number]

    def recent_alert_counts(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, int]:
        keys = [(row.alert.watch, row.alert.address) for row in self.rows if row.alert.decided_at >= since]
        return {key: keys.count(key) for key in keys}

    def last_alert_times(self, watches: Collection[str], since: datetime) -> Mapping[WatchAddress, datetime]:
        times: dict[WatchAddress, datetime] = {}
        for row in self.rows:
            key, at = (row.alert.watch, row.alert.address), row.sent_at or row.alert.due_at
            if at and row.alert.decided_at >= since:
                times[key] = max(at, times.get(key, at))
        return times


@dataclass(frozen=True)
class Step:
    """An event: so many minutes later, a feed shows a story; figure: of its wording; watches: that match it."""

    minutes: int
    story: int
    feed: int
    figure: int
    corrects: bool
    watches: frozenset[str]

    def article(self) -> Article:
        """The feed's article of the story in its wording of now."""
        title, text = STORIES[self.story]
        text = text.replace("400.000", f"{400 + self.figure}.000").replace("70.000", f"{70 + self.figure}.000")
        name = f"https://feed{self.feed}.example/{self.story}"
        return Article(f"feed{self.feed}", title, name, name, body=f"{'Korrektur: ' if self.corrects else ''}{text}")


DELAYS = (None, timedelta(minutes=10), timedelta(hours=2))
ROUTES = st.builds(
    Route,
    st.just(""),
    st.sampled_from([(SLACK,), (MAIL,), (SLACK, MAIL)]),
    st.sampled_from(Priority),
    st.sampled_from(DELAYS),
    st.sampled_from((None, timedelta(hours=1), timedelta(days=1))),
    st.sampled_from([(), (), (DigestTime(time(18)),), (DigestTime(time(7, 30)), DigestTime(time(12)))]),
)
STEPS = st.builds(
    Step,
    st.sampled_from((0, 1, 7, 45, 200, 700)),
    st.integers(0, len(STORIES) - 1),
    st.integers(0, 2),
    st.sampled_from((0, 0, 0, 21, 33, 47, 55, 68)),
    st.sampled_from((False, False, False, True)),
    st.frozensets(st.sampled_from(WATCHES), min_size=1),
)


EDITS = st.builds(
    Step, st.sampled_from((0, 7, 45, 200)), st.just(0), st.just(0), st.integers(0, 99), st.just(False),
    st.just(frozenset(WATCHES)),
)  # fmt: skip


@settings(max_examples=30)
@given(st.tuples(ROUTES, ROUTES, ROUTES), st.lists(EDITS, min_size=6, max_size=10))
def test_a_live_blog_stays_within_its_updates(routes: tuple[Route, ...], steps: list[Step]) -> None:
    play(routes, steps, None, ())


@settings(max_examples=100)
@given(
    st.tuples(ROUTES, ROUTES, ROUTES),
    st.lists(STEPS, min_size=2, max_size=12),
    st.sampled_from([None, (time(8), time(20)), (time(22), time(6, 30))]),
    st.sampled_from([(), (DigestTime(time(16)),)]),
)
def test_each_address_has_one_message_per_story_and_no_match_is_lost(
    routes: tuple[Route, ...], steps: list[Step], quiet: tuple[time, time] | None, digest: tuple[DigestTime, ...]
) -> None:
    play(routes, steps, quiet, digest)


def play(
    routes: tuple[Route, ...], steps: list[Step], quiet: tuple[time, time] | None, digest: tuple[DigestTime, ...]
) -> None:
    """Decide about all steps and send what is due, and check each decision and all messages."""
    digests = {"slack": digest} if digest else {}
    named = {name: replace(route, watch=name, digests=digests) for name, route in zip(WATCHES, routes, strict=True)}
    rules, outbox, now, suppressed = DecisionSettings(named, quiet=quiet), Outbox(), START, []
    for step in steps:
        now += timedelta(minutes=step.minutes)
        outbox.send_until(now)
        new = replace(analysed(step.article(), now), matches=tuple(Match(name, ()) for name in sorted(step.watches)))
        decision = decide(new, outbox, rules, open_comparisons(), now)
        if decision is None:
            continue
        check_times(decision, outbox, rules, now)
        story = outbox.keep(decision, now)
        suppressed += [(story, one) for one in decision.intents if one.at is None]
        if decision.recognition.article is None:  # each watch of a new article is answered for
            assert {one.watch for one in decision.intents} == step.watches
    outbox.send_until(now + timedelta(days=9))
    check_messages(outbox, suppressed)


def check_times(decision: ArticleDecision, outbox: Outbox, rules: DecisionSettings, now: datetime) -> None:
    """Nothing is early, nothing later than its own policies allow, nothing urgent waits for others."""
    new = replace(analysed(decision.article, now), matches=decision.matches)
    context = decision_context(new, decision.story_relation, outbox, rules, now)
    for one in decision.intents:
        if one.at is None:
            continue
        route = rules.routes[one.watch]
        assert one.at >= now and (one.priority is not Priority.URGENT or route.digest or one.at == now)
        if decision.story_relation.relation is not Relation.VERSION:
            alone = apply_policies(PolicyCase(Match(one.watch, ()), one.address, route, context))
            assert alone.at is not None and one.at <= alone.at
    times = {(one.address, one.at) for one in decision.intents if one.at}
    assert len(times) == len({address for address, _ in times})  # one time for each address


def check_messages(outbox: Outbox, suppressed: list[tuple[int, Intent]]) -> None:
    """One first message for each story and address, few updates; the rest has a reason and a message it is told by."""
    messages: dict[tuple[int, Address, int], list[Row]] = {}
    for row in outbox.rows:
        assert row.message and row.sent_at and row.alert.due_at and row.sent_at <= row.alert.due_at
        messages.setdefault((row.story, row.alert.address, row.message), []).append(row)
    firsts = [key[:2] for key, rows in messages.items() if not all(row.alert.revised for row in rows)]
    assert len(firsts) == len(set(firsts)) and set(firsts) == {key[:2] for key in messages}
    for story, one in suppressed:
        assert one.reason in (Reason.COPY, Reason.ALREADY_SENT) and (story, one.address) in firsts
    for place in set(firsts):
        updates = sorted({
            row.alert.decided_at for row in outbox.rows
            if (row.story, row.alert.address) == place and row.alert.revised == "update"
        })  # fmt: skip
        for early, late in zip(updates, updates[MAX_UPDATES:], strict=False):
            assert late - early >= UPDATE_WINDOW
