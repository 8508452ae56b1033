"""What rules would have told: once per story and watch, day by day, and the difference between two books."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.match.engine import RuleSet, Watch, compile_rules
from monitor.core.match.replay import (
    ReplayTally,
    Stored,
    alert_changes,
    changed_watches,
    select_watches,
    summarize_changes,
    watch_remarks,
)
from monitor.core.model.articles import Article
from tests.analysed import matching_watches

START = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def stored(number: int, title: str, *, story: int = 0, hours: int = 0, baseline: bool = False) -> Stored:
    at = START + timedelta(hours=hours)
    return Stored(number, story or number, at, baseline, "new", "", Article("f", title))


def tally(book: RuleSet, *articles: Stored, zone: str = "UTC") -> ReplayTally:
    total = ReplayTally(ZoneInfo(zone))
    for one in articles:
        total.add(one, matching_watches(book, one))
    return total


CHIPS = compile_rules([Watch("chips", any=("H200",)), Watch("models", any=("Qwen",))])
ARTICLES = (
    stored(1, "H200 kommt"),
    stored(2, "H200 kommt doch", story=1, hours=1),
    stored(3, "Qwen und H200", hours=26),
    stored(4, "Qwen alt", baseline=True),
    stored(5, "Wetter"),
)


def test_a_story_is_told_once_for_each_watch_and_counted_on_its_day() -> None:
    total = tally(CHIPS, *ARTICLES)
    assert (total.articles, dict(total.matches), total.baseline) == (5, {"chips": 3, "models": 2}, 1)
    assert [one.id for one in total.alerts("chips")] == [1, 3]
    assert dict(total.days) == {date(2026, 11, 20): 2, date(2026, 11, 22): 2}


def test_days_are_those_of_the_readers_time_zone() -> None:
    assert dict(tally(CHIPS, ARTICLES[0], zone="Asia/Shanghai").days) == {date(2026, 11, 21): 1}


def test_the_difference_of_two_books_is_told_by_watch_and_title() -> None:
    other = compile_rules([Watch("chips", any=("H200 kommt",)), Watch("weather", any=("Wetter",))])
    found = list(alert_changes(tally(CHIPS, *ARTICLES), tally(other, *ARTICLES)))
    assert [(one.watch, one.stored.id, one.gained) for one in found] == [
        ("chips", 3, False),
        ("models", 3, False),
        ("models", 4, False),
        ("weather", 5, True),
    ]
    assert summarize_changes(found) == "+1 −3 (chips −1, models −2, weather +1)"
    assert summarize_changes([]) == "no difference"


def test_only_watches_that_look_for_something_else_are_different() -> None:
    sets = {"ipo": ("IPO",)}
    before = compile_rules([Watch("a", any=("@ipo",)), Watch("b", regex=("x+",)), Watch("gone", any=("y",))], sets)
    after = compile_rules(
        [Watch("a", any=("@ipo",)), Watch("b", regex=("x+",)), Watch("new", any=("y",))], {"ipo": ("Listing",)}
    )
    assert changed_watches(before, after) == {"a", "gone", "new"}
    assert changed_watches(before, before) == frozenset()


def test_a_narrowed_book_answers_as_the_whole_one_does_for_its_watches() -> None:
    one = select_watches(CHIPS, ["models"])
    assert [matching_watches(one, article) for article in ARTICLES] == [[], [], ["models"], ["models"], []]


@given(st.lists(st.tuples(st.sampled_from(["H200", "Qwen", "H200 Qwen", "-"]), st.integers(1, 4)), max_size=12))
def test_alerts_are_never_more_than_matches_and_every_matching_story_has_one(rows: list[tuple[str, int]]) -> None:
    articles = [stored(at + 1, title, story=story) for at, (title, story) in enumerate(rows)]
    total = tally(CHIPS, *articles)
    wanted = {(watch, one.story) for one in articles for watch in matching_watches(CHIPS, one)}
    assert total.alerted.keys() == wanted
    assert sum(total.days.values()) == len(wanted) <= total.matches.total()


def test_a_watch_that_matches_nothing_or_nearly_everything_is_remarked_on() -> None:
    total = ReplayTally(UTC)
    for number in range(200):
        total.add(stored(number, "x"), ["all"] if number % 2 else ["some"] if number < 20 else [])
    dead, noisy = watch_remarks(total, ["dead", "all", "some"])
    assert dead.startswith("dead matched none of 200 articles")
    assert noisy.startswith("all matched 50 % of all articles")
    assert not list(watch_remarks(ReplayTally(UTC), ["dead"]))
