"""How a backlog becomes a few messages, and how fast they may leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.pacing import (
    DIGESTS,
    MAX_URGENT,
    MIN_BODY_BYTES,
    NAMED_ARTICLES,
    ROOMS,
    STRICT,
    WIDE,
    Pace,
    pace,
    place,
    plan,
    room,
    slot,
)
from monitor.core.alerts.policy import FLOOD_LIMIT
from monitor.core.alerts.render import LISTED, MAX_BODY_BYTES, Room, render_message
from monitor.core.model.alerts import Delivery, Priority, Reason
from tests.core.deliveries import NOW, delivery

SLACK = ROOMS["slack"]
SERVICES = "https://hooks.slack.com/services"
TOKENS = "T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"


def backlog(count: int, **changes: object) -> list[Delivery]:
    """So many articles, each matched by a watch of its own."""
    return [
        delivery(
            id=n, key=f"{n:08}", article=n, story=n, watch=f"watch {n}", title=f"Article number {n}",
            article_url=f"https://news.example.org/{n}", due_at=NOW + timedelta(milliseconds=n), **changes,
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def ids(bundles: Sequence[Sequence[Delivery]]) -> list[int]:
    return sorted(one.id for bundle in bundles for one in bundle)


@pytest.mark.parametrize("reason", [Reason.MATCHED, Reason.BACKFILL, Reason.FLOOD, Reason.QUIET, Reason.UPDATE])
def test_a_backlog_of_1900_articles_is_a_few_messages_and_nothing_is_left_out(reason: Reason) -> None:
    found = list(plan(backlog(1900, reason=reason), 0, SLACK, NOW))
    assert len(found) <= FLOOD_LIMIT + DIGESTS and ids(found) == list(range(1, 1901))


def test_where_there_is_room_every_article_of_a_large_backlog_is_named() -> None:
    found = [render_message(bundle, now=NOW, room=WIDE).body for bundle in plan(backlog(1900), FLOOD_LIMIT, WIDE, NOW)]
    assert len(found) <= DIGESTS
    assert all(f"https://news.example.org/{n}\n" in "\n".join(found) for n in range(1, 1901))
    assert all(len(body.encode()) < WIDE.size + 500 for body in found)


def test_what_has_no_place_in_the_last_digest_is_counted_there() -> None:
    found = list(plan(backlog(1900), FLOOD_LIMIT, LISTED, NOW))
    last = render_message(found[-1], now=NOW, room=LISTED).body
    assert f"and {1900 - LISTED.articles * DIGESTS:,} more stories, which `monitor alerts` lists" in last
    assert last.count("•") == LISTED.articles


SHORT = ("discord://1/2", "tgram://1/2", "pover://a@b", "gchat://a/b/c", "ntfys://ntfy.example/a", "twilio://a:b@c/d")


@pytest.mark.parametrize("url", ["gotify://h/t", "brandnew://x", "json://h/x", f"slack://{TOKENS}", *SHORT])
@pytest.mark.parametrize("count", [9, 88, 176, NAMED_ARTICLES])
def test_every_article_of_a_backlog_of_hundreds_is_named_on_every_channel(url: str, count: int) -> None:
    assert named(list(plan(backlog(count), FLOOD_LIMIT, room(url), NOW)), room(url)) == set(range(1, count + 1))


@pytest.mark.parametrize("reason", [Reason.THROTTLED, Reason.FLOOD, Reason.DIGEST, Reason.QUIET, Reason.BACKFILL])
@pytest.mark.parametrize("url", ["gotify://h/t", "discord://1/2", "pover://a@b"])
def test_whatever_put_articles_off_they_are_named(url: str, reason: Reason) -> None:
    assert named(list(plan(backlog(176, reason=reason), 0, room(url), NOW)), room(url)) == set(range(1, 177))


@pytest.mark.parametrize("letter", ["x", "ü", "芯"])
@pytest.mark.parametrize("url", ["gotify://h/t", *SHORT])
def test_long_headlines_and_links_keep_no_article_from_being_named(url: str, letter: str) -> None:
    some = [
        replace(one, title=f"Article number {one.id} {letter * 200}", article_url=f"{one.article_url}/{'a' * 300}")
        for one in backlog(176)
    ]
    assert named(list(plan(some, 0, room(url), NOW)), room(url)) == set(range(1, 177))


@pytest.mark.parametrize("wait", [0, 7, 57, 200, 3700])
@pytest.mark.parametrize("url", ["gotify://h/t", "discord://1/2", "pover://a@b", f"slack://{TOKENS}"])
def test_what_was_planned_has_room_when_it_is_sent_later(url: str, wait: int) -> None:
    """The ages in a digest grow while it waits for its turn: from "3 s" to "119 min"."""
    space, later = room(url), timedelta(seconds=wait)
    bundles = list(plan(backlog(300), 0, space, NOW))
    assert named(bundles, space, later) == set(range(1, 301))
    assert all("https://" in text(bundle, space, later) for bundle in bundles[: FLOOD_LIMIT + DIGESTS])


@pytest.mark.parametrize("url", ["gotify://h/t", *SHORT])
def test_a_flood_of_thousands_ends_on_every_channel(url: str) -> None:
    bundles = list(plan(backlog(5000), 0, room(url), NOW))
    found = named(bundles, room(url))
    assert len(bundles) <= FLOOD_LIMIT + DIGESTS + NAMED_ARTICLES // 4
    assert len(found) >= NAMED_ARTICLES
    assert f"and {5000 - len(found):,} more stories, which `monitor alerts` lists" in text(bundles[-1], room(url))


def test_the_links_are_there_as_long_as_a_few_digests_hold_them() -> None:
    small = room("discord://1/2")
    texts = [text(bundle, small) for bundle in plan(backlog(400), FLOOD_LIMIT, small, NOW)]
    linked = ["https://" in one for one in texts]
    assert all(linked[:DIGESTS]) and len(linked) > DIGESTS + 2 and not any(linked[DIGESTS:-1])


def text(bundle: Sequence[Delivery], space: Room, later: timedelta = timedelta(0)) -> str:
    made = render_message(bundle, now=NOW + later, room=space)
    assert len(made.body.encode()) < max(MAX_BODY_BYTES, space.size) + 300
    return f"{made.title}\n{made.body}"


def named(bundles: Sequence[Sequence[Delivery]], space: Room, later: timedelta = timedelta(0)) -> set[int]:
    """The numbers of the articles whose headlines are in the messages."""
    told = "\n".join(text(bundle, space, later) for bundle in bundles)
    return {int(number) for number in re.findall(r"Article number (\d+)", told)}


def test_a_few_articles_come_one_by_one_in_their_order() -> None:
    found = list(plan(backlog(FLOOD_LIMIT)[::-1], 0, SLACK, NOW))
    assert [[one.id for one in bundle] for bundle in found] == [[n] for n in range(1, FLOOD_LIMIT + 1)]


def test_who_was_told_a_lot_lately_gets_the_next_together() -> None:
    assert [len(bundle) for bundle in plan(backlog(5), FLOOD_LIMIT - 2, SLACK, NOW)] == [1, 1, 3]
    assert [len(bundle) for bundle in plan(backlog(5), 10 * FLOOD_LIMIT, SLACK, NOW)] == [5]
    assert [len(bundle) for bundle in plan(backlog(1), 10 * FLOOD_LIMIT, SLACK, NOW)] == [1]


def test_urgent_articles_overtake_a_backlog_and_a_storm_of_them_is_one_too() -> None:
    calm, loud = backlog(50), replace(delivery(), id=99, article=99, story=99, priority=Priority.URGENT)
    assert next(plan([*calm, loud], 0, SLACK, NOW)) == [loud]
    storm = list(plan(backlog(1900, priority=Priority.URGENT), 0, SLACK, NOW))
    assert len(storm) <= MAX_URGENT + FLOOD_LIMIT + DIGESTS and ids(storm) == list(range(1, 1901))


def test_all_watches_of_an_article_stay_in_one_message() -> None:
    some = [replace(one, id=1000 + one.id, key=f"x{one.id}", watch="other") for one in backlog(300)]
    bundles = list(plan([*backlog(300), *some], 0, SLACK, NOW))
    homes: dict[int, set[int]] = {}
    for number, bundle in enumerate(bundles):
        for one in bundle:
            homes.setdefault(one.article, set()).add(number)
    assert all(len(numbers) == 1 for numbers in homes.values())


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Priority), st.sampled_from(Reason)), max_size=120),
    st.integers(0, 20),
    st.sampled_from([SLACK, WIDE, LISTED]),
)
def test_every_delivery_is_in_exactly_one_message(
    rows: list[tuple[int, Priority, Reason]], told: int, space: object
) -> None:
    waiting = [
        replace(delivery(), id=n, key=f"{n:04}", article=article, story=article, priority=priority, reason=reason)
        for n, (article, priority, reason) in enumerate(rows)
    ]
    bundles = list(plan(waiting, told, space, NOW))  # type: ignore[arg-type]
    assert ids(bundles) == list(range(len(rows))) and all(bundles)
    assert len(bundles) <= MAX_URGENT + FLOOD_LIMIT + DIGESTS


def test_a_story_is_one_message_whatever_its_rows_waited_for() -> None:
    def rows(*reasons: Reason, priority: Priority = Priority.NORMAL, story: int = 1) -> list[Delivery]:
        return [
            replace(delivery(), id=story * 10 + n, key=f"{story}{n}", article=n, story=story, reason=reason,
                    priority=priority)
            for n, reason in enumerate(reasons)
        ]  # fmt: skip

    pulled, waiting = rows(Reason.DIGEST, Reason.MATCHED, Reason.HELD), rows(Reason.DIGEST, Reason.QUIET, story=2)
    loud = rows(Reason.THROTTLED, Reason.MATCHED, priority=Priority.URGENT, story=3)
    other = rows(Reason.DIGEST, story=4)
    bundles = [[one.id for one in some] for some in plan([*pulled, *waiting, *loud, *other], 0, LISTED, NOW)]
    assert bundles == [[30, 31], [10, 11, 12], [20, 21, 40]]


def test_all_names_of_one_webhook_are_one_place() -> None:
    names = [
        f"{SERVICES}/{TOKENS}", f"{SERVICES}/{TOKENS}/", f"slack://{TOKENS}", f"slack://{TOKENS}/?footer=no",
        f"https://hooks.slack.com/services/{TOKENS}?image=no",
    ]  # fmt: skip
    assert len({place(name) for name in names}) == 1
    assert place(f"{SERVICES}/{TOKENS}x") != place(names[0])
    assert place("discord://123/abc") == place("https://discord.com/api/webhooks/123/abc")
    assert place("json://host/a") != place("json://host/b") != place("jsons://host/b")


@pytest.mark.parametrize("url", [f"{SERVICES}/{TOKENS}", f"slack://{TOKENS}", "https://discord.com/api/webhooks/1/a"])
def test_a_service_with_a_limit_is_spoken_to_once_a_second_by_whatever_name(url: str) -> None:
    assert pace(url) == STRICT
    assert pace("json://127.0.0.1/hook") == Pace()
    assert room(url) in (SLACK, Room(1550, LISTED.articles))


SMALL = {
    "discord://1/2": 2000, "https://discord.com/api/webhooks/1/a": 2000, "tgram://1/2": 4096, "pover://a@b": 1024,
    "https://chat.googleapis.com/v1/spaces/a/messages": 4000, "gchat://a/b/c": 4000, "ntfys://ntfy.example/a": 7800,
    "https://ntfy.sh/a": 7800, "guilded://1/2": 2000, "webex://abc": 1100, "twilio://a:b@c/d": 1600,
}  # fmt: skip


@pytest.mark.parametrize("letter", ["x", "ü", "芯", "<"])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_no_text_is_longer_than_its_channel_takes_and_each_ends_in_link_and_id(letter: str, count: int) -> None:
    """What is too long is refused for good, and a story would be lost by it."""
    some = [
        replace(
            one,
            title=letter * 400,
            source=letter * 90,
            watch=f"{letter * 60} {one.id}",
            facts=(letter * 150,),
            article_url=f"https://news.example.org/{'a' * 900}",
            match=replace(one.match, snippet=letter * 500, marks=()),
            repeat=True,
        )
        for one in backlog(count, reason=Reason.FLOOD if count > 1 else Reason.MATCHED)
    ]
    for url, longest in SMALL.items():
        bundles = list(plan(some, 0, room(url), NOW))
        assert ids(bundles) == list(range(1, count + 1))
        for bundle in bundles[:: max(1, len(bundles) - 1)]:
            made = render_message(bundle, now=NOW, room=room(url))
            assert len(made.title) + 2 + len(made.body) <= longest, url
            assert "https://" in made.body or "(a link of 9" in made.body or len(bundles) > DIGESTS
            assert "id " in made.body.splitlines()[-2] and "possible repeat" in made.body.splitlines()[-1]


def test_a_channel_that_takes_much_is_told_as_much_as_ever() -> None:
    assert room("gotify://h/t") == room("brandnew://x") == LISTED
    assert room("jira://a") == Room(15_000 - 450, LISTED.articles)
    assert room("plivo://a").size == MIN_BODY_BYTES < MAX_BODY_BYTES


@pytest.mark.parametrize("url", ["", "x", "https://[", "slack://[", "mailto://", "json://[::1", "é://ü"])
def test_a_url_that_cannot_be_read_has_a_place_and_a_pace(url: str) -> None:
    assert isinstance(place(url), str) and pace(url).gap == 1.0 and room(url).articles


@pytest.mark.parametrize(("url", "seconds"), [("slack://T1JJ3T3L2/B1BRTD4JD/x", 29.0), ("json://h.example/x", 22.0)])
def test_thirty_messages_to_slack_take_29_seconds_and_to_others_eight_leave_at_once(url: str, seconds: float) -> None:
    at, full = 0.0, 0.0
    for _ in range(30):
        at, full = slot(full, at, pace(url))
    assert at == pytest.approx(seconds)


@given(st.lists(st.floats(0, 5), max_size=60), st.sampled_from([STRICT, Pace(), Pace(0.5, 3)]))
def test_no_more_than_a_burst_leaves_at_once_and_one_a_gap_afterwards(waits: list[float], limit: Pace) -> None:
    now, full, left = 0.0, 0.0, list[float]()
    for wait in waits:
        now += wait
        at, full = slot(full, now, limit)
        assert at >= now
        left.append(at)
    assert left == sorted(left)
    for first, later in zip(left, left[limit.burst :], strict=False):
        assert later - first >= limit.gap - 1e-6
    for n, first in enumerate(left):  # within any time, no more than the burst and one for each gap in it
        assert sum(at <= first + 10 * limit.gap for at in left[n:]) <= limit.burst + 10
