"""What is put off comes later and together, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.alerts.policy import FLOOD_LIMIT
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer
from monitor.store.store import Store
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, RULES, SECOND, Route, about
from tests.rss_documents import Item, rss


@pytest.fixture
def seen(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose feeds have been seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


def news(count: int, name: str = "H200") -> list[Item]:
    """So many different articles about something."""
    places = [
        "Hamburg",
        "Bremen",
        "Kiel",
        "Lübeck",
        "Rostock",
        "Emden",
        "Stade",
        "Husum",
        "Jever",
        "Leer",
        "Celle",
        "Peine",
    ][:count]
    return [Item(f"{name} in {at}", f"{at} baut {n} Hallen.", f"{name}-{n}") for n, at in enumerate(places[:count])]


def publish(route: Route, *items: Item, feed: str = FIRST) -> None:
    """Put articles into a feed."""
    route.web.pages[feed] = rss([*items, OLD, DULL])


def balanced(route: Route) -> bool:
    """Whether every match is somewhere."""
    return route.store.views.ledger().balanced


def test_an_alert_that_is_held_names_the_feeds_that_brought_its_copies(seen: Route) -> None:
    seen.obey(RULES.replace('H200 = "H200"', 'H200 = { any = ["H200"], hold = "10m" }'))
    publish(seen, CHIPS)
    seen.go(minutes=6)
    assert seen.told == []
    seen.web.pages[SECOND] = rss([CHIPS, DULL])
    seen.go(minutes=6)
    seen.go(minutes=6)
    [(_, message)] = seen.mouth.said
    assert "also at second" in message.body
    assert balanced(seen)


def test_a_throttled_watch_tells_the_rest_in_one_message(seen: Route) -> None:
    seen.obey(RULES.replace('H200 = "H200"', 'H200 = { any = ["H200"], throttle = "1h" }'))
    publish(seen, *news(4))
    seen.go(minutes=6)
    assert len(seen.told) == 1
    seen.go(minutes=30)
    assert len(seen.told) == 1
    seen.go(minutes=31)
    first, rest = seen.mouth.said
    assert rest[1].title == "3 stories: H200 3"
    assert all(item.title in first[1].title + rest[1].body for item in news(4))
    assert "throttled" in rest[1].body
    assert balanced(seen) and seen.states() == {"sent matched": 1, "sent throttled": 3, "suppressed baseline": 1}


def test_a_storm_is_told_in_a_few_messages_with_every_article_in_them(seen: Route) -> None:
    publish(seen, *news(12))
    seen.go(minutes=6)
    assert len(seen.told) == FLOOD_LIMIT
    seen.go(minutes=2)
    assert len(seen.told) == FLOOD_LIMIT + 1
    told = "\n".join(message.title + message.body for _, message in seen.mouth.said)
    assert all(item.title in told for item in news(12))
    assert balanced(seen)


def test_a_channel_with_a_digest_hears_at_its_times_and_of_all(seen: Route) -> None:
    at_six = RULES.replace('"json://hook.example/alerts"', '{ url = "json://hook.example/alerts", digest = "18:00" }')
    seen.obey(f'{at_six}[settings]\ntimezone = "Europe/Berlin"\n')
    publish(seen, *news(3), BOTH)
    seen.go(minutes=6)
    assert seen.told == []
    seen.clock.turn(seconds=(datetime(2026, 11, 23, 17, 0, 1, tzinfo=UTC) - seen.clock()).total_seconds())
    seen.send()
    [(_, message)] = seen.mouth.said
    assert message.title == "4 stories: H200 4, Qwen 1"
    assert message.body.count("•") == 4 and "digest" in message.body


def test_quiet_hours_end_in_one_message_and_urgent_news_does_not_wait(seen: Route) -> None:
    hour = seen.clock().hour
    quiet = f'quiet_hours = "{hour:02}:00-{(hour + 3) % 24:02}:00"'
    urgent = RULES.replace('Qwen = "Qwen"', 'Qwen = { any = ["Qwen"], priority = "urgent" }')
    seen.obey(f"{urgent}[settings]\n{quiet}\n")
    publish(seen, *news(2), *news(1, "Qwen"))
    seen.go(minutes=6)
    assert len(seen.told) == 1 and "Qwen" in seen.told[0]
    seen.go(hours=3)
    assert seen.told[1] == "2 stories: H200 2"


def test_what_is_muted_is_kept_and_counted_and_comes_back_after_its_end(seen: Route) -> None:
    now = seen.clock()
    seen.store.mutes.add("watch", "H200", now + timedelta(hours=1), now)
    publish(seen, CHIPS)
    seen.go(minutes=6)
    assert seen.told == []
    assert seen.states() == {"suppressed baseline": 1, "suppressed muted": 1}
    publish(seen, CHIPS, *news(1))
    seen.go(hours=1)
    assert about(CHIPS, seen) == 0 and len(seen.told) == 1
    assert balanced(seen)


def test_a_digest_that_is_refused_comes_again_as_a_whole(seen: Route) -> None:
    seen.obey(RULES.replace('H200 = "H200"', 'H200 = { any = ["H200"], throttle = "1h" }'))
    publish(seen, *news(4))
    seen.go(minutes=6)
    seen.mouth.moods.append(DeliveryError("busy", answer=Answer.REFUSED_FOR_NOW))
    seen.go(minutes=61)
    assert len(seen.told) == 1
    seen.go(minutes=16)
    assert seen.told[1] == "3 stories: H200 3"


def test_a_channel_that_holds_does_not_repeat_what_may_have_arrived(seen: Route) -> None:
    seen.mouth.moods.append(DeliveryError("no answer in time", answer=Answer.AMBIGUOUS))
    seen.holding = frozenset({"hook"})
    publish(seen, CHIPS)
    seen.go(minutes=6)
    seen.go(hours=5)
    assert seen.told == [] and seen.states()["ambiguous matched"] == 1
    [held] = seen.store.outbox.listed(["ambiguous"], 10)
    seen.store.outbox.retry(held.key, seen.clock())
    seen.send()
    [(_, message)] = seen.mouth.said
    assert "possible repeat" in message.body
