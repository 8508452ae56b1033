"""One message per story and address: two watches with different timing, by one article and by copies in two feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.alerts.policy import FLOOD_LIMIT
from monitor.core.model.alerts import WAITING_STATES
from monitor.store.store import Store
from tests.route_fixture import DULL, FIRST, OLD, RULES, SECOND, Route
from tests.rss_documents import Item, rss

STORY = Item(
    "Alibaba rechnet bald auf H200",
    "Der Konzern mietet für sein Modell Qwen Rechenzeit auf 40.000 Chips der Reihe H200 in drei Zentren in Norwegen. "
    "Das teilte der Vorstand am Montag in Hangzhou mit, die Lieferung beginnt im Herbst und dauert zwei Jahre.",
    "story",
)
PLACES = ["Hamburg", "Bremen", "Kiel", "Lübeck", "Rostock", "Emden", "Stade", "Husum", "Jever"]
EARLIER = [Item(f"H200 in {at}", f"{at} baut {n} Hallen.", f"e{n}") for n, at in enumerate(PLACES)]
MINUTES = 30 * 60  # in which everything was sent


@dataclass(frozen=True)
class Case:
    """The options of two watches; earlier: articles of the first watch just before; minutes: until the message."""

    first: str
    second: str = ""
    settings: str = ""
    channel: str = ""
    earlier: int = 0
    minutes: int = 0

    def rules(self, first: str = "", second: str = "") -> str:
        """The rules, with further options of each watch."""
        text = RULES.replace("5m", "1m")
        for name, options in (("H200", self.first + first), ("Qwen", self.second + second)):
            text = text.replace(f'{name} = "{name}"', f'{name} = {{ any = ["{name}"]{options} }}')
        channel = f'{{ url = "json://hook.example/alerts"{self.channel} }}'
        return text.replace('"json://hook.example/alerts"', channel) + f"[settings]\n{self.settings}\n"


URGENT, QUIET = ', priority = "urgent"', 'quiet_hours = "08:00-12:00"'
CASES = {
    "hold 1": Case(', hold = "30s"'),
    "hold 2": Case(', hold = "10m"', ', priority = "high"'),
    "hold 3": Case(', hold = "30m"', ', hold = "5m"', minutes=5),
    "hold 4": Case(', hold = "10m"', ', priority = "low"'),
    "hold 5": Case(', hold = "10m", priority = "urgent"', ', hold = "20m"'),
    "throttle 1": Case(', throttle = "1h"', URGENT, earlier=1),
    "throttle 2": Case(', throttle = "1d"', URGENT, earlier=1),
    "throttle 3": Case(', throttle = "1h"', ', throttle = "2h"', earlier=1),
    "throttle 4": Case(', throttle = "1h", priority = "urgent"', ', hold = "10m"', earlier=1),
    "throttle 5": Case(', throttle = "1d"', ', hold = "10m"', earlier=1, minutes=10),
    "flood 1": Case("", earlier=FLOOD_LIMIT),
    "flood 2": Case("", URGENT, earlier=FLOOD_LIMIT),
    "flood 3": Case("", ', priority = "low"', earlier=FLOOD_LIMIT),
    "flood 4": Case(URGENT, ', hold = "10m"', earlier=FLOOD_LIMIT),
    "flood 5": Case(', hold = "10m"', earlier=FLOOD_LIMIT),
    "digest 1": Case(', digest = "18:00"'),
    "digest 2": Case(', digest = ["07:30", "18:00"]', ', priority = "high"'),
    "digest 3": Case(', digest = "18:00"', ', digest = "12:00"', minutes=176),
    "digest 4": Case("", URGENT, channel=', digest = "18:00"'),
    "digest 5": Case(', digest = "18:00"', ', hold = "10m"', minutes=10),
    "quiet hours 1": Case("", URGENT, QUIET),
    "quiet hours 2": Case(', priority = "high"', URGENT, QUIET),
    "quiet hours 3": Case(', hold = "10m"', URGENT, QUIET),
    "quiet hours 4": Case(', throttle = "1d"', URGENT, QUIET),
    "quiet hours 5": Case(', digest = "18:00"', ', priority = "urgent", hold = "10m"', QUIET),
}


def pass_time(route: Route, minutes: float) -> None:
    """Let so much time pass, with polls and sending at every due time on the way."""
    end = route.clock() + timedelta(minutes=minutes)
    while (waiting := route.store.outbox.listed(WAITING_STATES, 1)) and (at := waiting[0].due_at) and at <= end:
        route.clock.time = max(at, route.clock())
        route.send()
    route.clock.time = end
    route.send()


def about_story(route: Route) -> list[str]:
    """Title and text of each message that names the story."""
    texts = [f"{message.title}\n{message.body}" for _, message in route.mouth.said]
    return [text for text in texts if STORY.title in text]


def begun(store: Store, folder: Path, case: Case, *more: str) -> Route:
    """A route whose first watch alerted `earlier` articles a moment ago."""
    route = Route(store, folder)
    route.obey(case.rules(*more))
    route.go()
    route.web.pages[FIRST] = rss([*EARLIER[: case.earlier], OLD, DULL])
    route.go(minutes=2)
    return route


@pytest.mark.parametrize("name", CASES)
def test_two_watches_of_one_article_are_one_message_at_the_earlier_time(
    store: Store, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    route = begun(store, tmp_path, case)
    route.web.pages[FIRST] = rss([STORY, *EARLIER[: case.earlier], OLD, DULL])
    route.go(minutes=2)
    if case.minutes:
        pass_time(route, case.minutes - 1)
        assert about_story(route) == []
        pass_time(route, 1)
    [text] = about_story(route)
    assert "H200" in text and "Qwen: " in text
    pass_time(route, MINUTES)
    assert about_story(route) == [text]
    assert route.store.views.ledger().balanced and "pending" not in " ".join(route.states())


@pytest.mark.parametrize("name", CASES)
def test_a_copy_that_another_watch_matches_joins_what_waits_and_is_no_second_message(
    store: Store, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    route = begun(store, tmp_path, case, ', feeds = ["first"]', ', feeds = ["second"]')
    route.web.pages[FIRST] = rss([STORY, *EARLIER[: case.earlier], OLD, DULL])
    route.go(minutes=2)
    sent = len(about_story(route))
    route.web.pages[SECOND] = rss([STORY, DULL])
    route.go(minutes=2)
    if URGENT in case.second:
        assert len(about_story(route)) == 1
    pass_time(route, MINUTES)
    [text] = about_story(route)
    assert ("Qwen: " in text) is (not sent)
    assert route.states().get("suppressed told", 0) == sent
    assert route.store.views.ledger().balanced and "pending" not in " ".join(route.states())


def test_two_feeds_articles_of_one_story_are_one_entry_of_a_digest(store: Store, tmp_path: Path) -> None:
    case = Case(', digest = "18:00"', ', digest = "18:00"')
    route = begun(store, tmp_path, case, ', feeds = ["first"]', ', feeds = ["second"]')
    route.web.pages[FIRST] = rss([STORY, *EARLIER[:1], OLD, DULL])
    route.go(minutes=2)
    route.web.pages[SECOND] = rss([STORY, DULL])
    route.go(minutes=2)
    pass_time(route, MINUTES)
    [(_, message)] = route.mouth.said
    assert message.title == "2 stories: H200 2, Qwen 1" and message.body.count("•") == 2
    assert route.states() == {"sent digest": 3, "suppressed baseline": 1}


def test_an_address_that_has_not_heard_of_the_story_is_alerted_to_a_copy(store: Store, tmp_path: Path) -> None:
    route = begun(store, tmp_path, Case(""))
    rules = Case("").rules(', feeds = ["first"], notify = ["hook"]', ', feeds = ["second"], notify = ["other"]')
    route.obey(rules.replace("[notify]", '[notify]\nother = "json://other.example/alerts"'))
    route.web.pages[FIRST] = rss([STORY, OLD, DULL])
    route.go(minutes=2)
    route.web.pages[SECOND] = rss([STORY, DULL])
    route.go(minutes=2)
    assert [title.partition(":")[0] for title in route.told] == ["H200", "Qwen"]
