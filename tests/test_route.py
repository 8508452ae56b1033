"""An article's whole way from bytes to message: parsers, rules and database are real; web, mouth and clock are ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.alerts.render import poll_summary
from monitor.core.errors import DeliveryError, FetchError, StoreError
from monitor.core.model.alerts import Answer
from monitor.core.model.polling import NotModified, Page
from monitor.store.store import Store
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, RULES, SECOND, Route, about
from tests.rss_documents import Item, rss


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Route]:
    yield Route(store, tmp_path)


@pytest.fixture
def seen(route: Route) -> Route:
    """A route whose feeds have been seen once."""
    route.go()
    return route


def test_the_first_sight_of_a_feed_is_kept_and_matched_but_not_told(route: Route) -> None:
    first, second = sorted(route.go(), key=lambda report: report.source)
    assert (first.outcome, first.articles, first.matches, first.intents) == ("first sight", 2, (("H200", 1),), 0)
    assert "would have matched: H200 1" in poll_summary(first)
    assert second.matches == ()
    assert route.told == []
    assert route.states() == {"suppressed baseline": 1}


def test_backfill_tells_what_is_young_enough_at_first_sight(route: Route) -> None:
    route.backfill = timedelta(hours=24)
    route.web.pages[FIRST] = rss([CHIPS, Item(OLD.title, OLD.text, "old-1", date="Fri, 20 Nov 2026 09:00:00 +0000")])
    route.go()
    assert (about(CHIPS, route), about(OLD, route)) == (1, 0)


def test_a_new_article_is_told_once_and_its_match_named(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    for _ in range(3):
        seen.go(minutes=10)
    assert about(CHIPS, seen) == len(seen.told) == 1
    assert "H200" in seen.mouth.said[0][1].body


def test_an_alert_shows_the_figures_and_days_of_its_article(seen: Route) -> None:
    text = "Nvidia liefert 400.000 H200-Chips aus, ein Plus von 12 Prozent. Am 14. Dezember 2026 folgen Zahlen."
    seen.web.pages[FIRST] = rss([Item("H200 kommt", text, "facts-1"), OLD, DULL])
    seen.go(minutes=10)
    assert "Zahlen 2026-12-14 · 400.000 H200-Chips · +12 Prozent" in seen.mouth.said[0][1].body


def test_several_watches_on_one_article_are_one_message(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([BOTH, OLD, DULL])
    seen.go(minutes=10)
    [title] = seen.told
    assert "H200" in title and "Qwen" in title


def test_the_same_article_from_two_feeds_is_told_once(seen: Route) -> None:
    text = "Die Behörden haben den Kauf von 400.000 Chips gebilligt. Mehrere Konzerne wollen nun rasch bestellen."
    seen.web.pages[FIRST] = rss([Item(CHIPS.title, text, "a"), OLD, DULL])
    seen.web.pages[SECOND] = rss([Item(CHIPS.title, text, "b", "https://second.example/x"), DULL])
    seen.go(minutes=10)
    assert about(CHIPS, seen) == 1
    assert seen.states() == {"suppressed baseline": 1, "sent matched": 1, "suppressed copy": 1}


def test_what_a_host_repeats_under_its_stories_is_learnt_and_no_longer_told(seen: Route) -> None:
    habit = "Lesen Sie auch unseren täglichen Überblick über alle H200 Angebote für Anleger."
    items = []
    for day, name in enumerate(("Werft", "Brauerei", "Molkerei", "Gießerei")):
        text = f"Die {name} baut um.<br>Der Umbau kostet {day + 3} Millionen.<br>{habit}<br>Ende der {name}."
        items.append(Item(f"{name} baut um", text, f"habit-{day}"))
        seen.web.pages[FIRST] = rss([*items, OLD, DULL])
        seen.go(minutes=24 * 60)
    assert [about(item, seen) for item in items] == [1, 1, 1, 0]


def test_an_edit_of_an_article_that_was_there_at_first_sight_is_not_told(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([Item(OLD.title, OLD.text + " Der Kurs gab nach.", OLD.guid), DULL])
    [report] = [report for report in seen.go(minutes=10) if report.source == "first"]
    assert (report.articles, report.edited, report.intents) == (0, 1, 0)
    assert seen.told == []
    assert seen.store.views.ledger().balanced


def test_articles_that_share_one_guid_are_told_each_and_once(seen: Route) -> None:
    news = [
        Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen, heißt es.", "same", "x/1"),
        Item("Rechenzentrum in Norwegen mietet H200", "Die Anlage liegt am Fjord und heizt eine Stadt.", "same", "x/2"),
        Item("H200: Händler melden längere Lieferzeiten", "Wer heute kauft, wartet bis zum Sommer.", "same", "x/3"),
    ]
    for count in (1, 2, 3, 3, 3):
        seen.web.pages[FIRST] = rss([*news[:count], OLD, DULL])
        seen.go(minutes=10)
    assert [about(item, seen) for item in news] == [1, 1, 1]
    assert len(seen.told) == 3


def test_an_unchanged_body_is_not_even_parsed(seen: Route) -> None:
    [report] = [report for report in seen.go(minutes=10) if report.source == "first"]
    assert (report.outcome, report.articles) == ("unchanged", 0)


def test_a_bad_answer_does_not_cost_the_next_good_one(seen: Route) -> None:
    seen.web.etags[FIRST] = "new"
    seen.web.pages[FIRST] = b"<html><body>Checking your browser</body></html>"
    [report] = [report for report in seen.go(minutes=10) if report.source == "first"]
    assert report.outcome == "failed" and report.failures == 1
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(hours=1)
    assert [etag for name, etag, _ in seen.web.asked if name == "first"] == [None, None, None]
    assert about(CHIPS, seen) == 1


def test_a_validator_is_sent_once_its_articles_are_stored(seen: Route) -> None:
    seen.web.etags[FIRST] = "v1"
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.web.pages[FIRST] = NotModified()
    seen.go(minutes=10)
    seen.go(minutes=10)
    assert [(etag, full) for name, etag, full in seen.web.asked if name == "first"][-2:] == [("v1", False)] * 2


def test_a_server_that_says_nothing_changed_is_asked_unconditionally_every_twelve_hours(seen: Route) -> None:
    seen.web.pages[FIRST] = NotModified()
    seen.go(hours=11)
    seen.go(hours=2)
    assert [full for name, _, full in seen.web.asked if name == "first"][1:] == [False, True]


def test_a_feed_that_moved_is_remembered_with_its_new_address_until_the_rules_say_so(seen: Route) -> None:
    page = Page(FIRST, rss([CHIPS, OLD, DULL]), "application/rss+xml", moved="https://first.example/new")
    seen.web.pages[FIRST] = page
    seen.go(minutes=10)
    assert [feed.moved for feed in seen.store.alarms.feed_health(seen.clock())] == ["https://first.example/new", ""]
    seen.web.pages["https://first.example/new"] = page.body
    seen.obey(RULES.replace(FIRST, "https://first.example/new"))
    seen.go(minutes=10)
    assert [feed.moved for feed in seen.store.alarms.feed_health(seen.clock())] == ["", ""]
    assert len(seen.told) == 1


def test_a_feed_that_is_gone_is_told_about_and_asked_once_a_day(seen: Route) -> None:
    seen.web.pages[FIRST] = FetchError("this feed is gone for good (410)", kind="gone", status=410)
    seen.go(minutes=10)
    asked = len(seen.web.asked)
    seen.go(hours=20)
    assert [name for name, *_ in seen.web.asked[asked:]] == ["second"]


def test_a_feed_that_fails_costs_the_others_nothing(seen: Route) -> None:
    seen.web.pages[FIRST] = FetchError("the server answers 503", kind="status", status=503)
    seen.web.pages[SECOND] = rss([CHIPS, DULL])
    outcomes = {report.source: report.outcome for report in seen.go(minutes=10)}
    assert outcomes == {"first": "failed", "second": "new"}
    assert about(CHIPS, seen) == 1


def test_a_crash_between_store_and_send_loses_nothing_and_repeats_nothing(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.clock.turn(minutes=10)
    seen.poll()
    seen.store.outbox.claim(seen.clock(), "here:0:1:1", timedelta(minutes=10), 10)
    assert seen.send(owner="here:0:2:2") == 0
    seen.store.outbox.recover(lambda owner: owner == "here:0:1:1", seen.clock())
    seen.send(owner="here:0:2:2")
    seen.send(owner="here:0:2:2")
    assert about(CHIPS, seen) == len(seen.told) == 1
    assert "repeat" not in seen.mouth.said[0][1].body


def test_a_crash_after_the_first_byte_repeats_the_message_and_says_so(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.clock.turn(minutes=10)
    seen.poll()
    [row] = seen.store.outbox.claim(seen.clock(), "here:0:1:1", timedelta(minutes=10), 10)
    seen.store.outbox.mark_sending([row.id], "here:0:1:1", seen.clock())
    assert seen.store.outbox.recover(lambda owner: owner == "here:0:1:1", seen.clock()) == 1
    seen.send(owner="here:0:2:2")
    assert about(CHIPS, seen) == 1
    assert "repeat" in seen.mouth.said[0][1].body


@pytest.mark.parametrize("answer", [Answer.NOT_SENT, Answer.REFUSED_FOR_NOW, Answer.AMBIGUOUS])
def test_what_a_channel_refuses_for_now_is_told_later(seen: Route, answer: Answer) -> None:
    seen.mouth.moods = [DeliveryError("no", answer=answer)] * 2
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    assert seen.told == []
    for _ in range(4):
        seen.go(minutes=20)
    assert about(CHIPS, seen) == len(seen.told) == 1


def test_what_a_channel_refuses_for_good_is_given_up_in_plain_sight(seen: Route) -> None:
    seen.mouth.moods = [DeliveryError("404: no such hook", answer=Answer.REFUSED_FOR_GOOD)]
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.go(hours=5)
    assert seen.told == []
    assert seen.states() == {"suppressed baseline": 1, "dead matched": 1}


def test_alerts_of_a_channel_that_left_the_rules_wait_for_its_return(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.clock.turn(minutes=10)
    seen.poll()
    seen.obey(RULES.replace("hook =", "other ="))
    seen.send()
    assert seen.told == []
    seen.obey(RULES)
    seen.go(hours=1)
    assert about(CHIPS, seen) == 1


def test_a_match_with_nobody_to_tell_is_kept_and_explained(seen: Route) -> None:
    seen.obey(RULES.partition("[notify]")[0])
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    assert seen.states() == {"suppressed baseline": 1, "suppressed no-channel": 1}


def test_a_dry_run_stores_nothing(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.clock.turn(minutes=10)
    [report] = [report for report in seen.poll(keep=False) if report.source == "first"]
    assert report.intents == 1
    seen.store.polls.recover(lambda _: True)
    seen.go(minutes=1)
    assert about(CHIPS, seen) == 1


def test_an_article_listed_twice_in_one_document_is_one_article(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, CHIPS, OLD, DULL])
    [report] = [report for report in seen.go(minutes=10) if report.source == "first"]
    assert report.articles == 1
    assert about(CHIPS, seen) == 1


def test_a_yes_is_noted_even_where_the_database_refuses_at_first(seen: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.pipeline.deliver.RECORD_RETRY_SECONDS", (0.0, 0.0))
    settle, refusals = seen.store.outbox.record_delivery, iter([True, True])

    def reluctant(*arguments: Any, **more: Any) -> None:
        if next(refusals, False):
            raise StoreError("the database says: database is locked")
        settle(*arguments, **more)

    monkeypatch.setattr(seen.store.outbox, "record_delivery", reluctant)
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    for _ in range(3):
        seen.go(minutes=20)
    assert about(CHIPS, seen) == len(seen.told) == 1
    assert seen.states()["sent matched"] == 1


def test_a_yes_is_noted_even_where_the_database_refuses_for_fifteen_seconds(
    seen: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = list[float]()
    settle = seen.store.outbox.record_delivery

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    def reluctant(*arguments: Any, **more: Any) -> None:
        if sum(pauses) < 15:
            raise StoreError("the database says: database is locked")
        settle(*arguments, **more)

    monkeypatch.setattr("monitor.pipeline.deliver.asyncio.sleep", pause)
    monkeypatch.setattr(seen.store.outbox, "record_delivery", reluctant)
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=20)
    assert seen.states()["sent matched"] == 1 and max(pauses) <= 10


@pytest.mark.parametrize(("hours", "told"), [(1, 1), (71, 1), (80, 2)])
def test_a_copy_is_one_for_three_days(seen: Route, hours: int, told: int) -> None:
    text = (
        "Der Konzern baut ein Werk im Norden und stellt dafür viele Menschen ein, wie der Vorstand mitteilte. "
        "Die Stadt hofft auf Steuern und auf Leben in den Straßen, die seit Jahren leer stehen und auf Mieter warten. "
        "In den Hallen sollen später Rechner mit Chips vom Typ H200 stehen, die Wetter und Verkehr rechnen. "
        "Gegner fürchten um das Wasser der Gegend; ein Gutachten dazu liegt vor und wird im Rat noch lange beraten."
    )
    seen.web.pages[FIRST] = rss([Item("Kauf von H200 gebilligt", text, "a"), OLD, DULL])
    seen.go(minutes=10)
    seen.web.pages[SECOND] = rss([Item("Gebilligt: H200", text, "b", "https://second.example/x", date=""), DULL])
    seen.go(hours=hours)
    assert len(seen.told) == told


@pytest.mark.parametrize("failing", [False, True])
def test_a_dry_run_changes_nothing_of_a_feed_not_even_where_it_fails(seen: Route, failing: bool) -> None:
    seen.web.pages[FIRST] = FetchError("the server answers 503", kind="status", status=503) if failing else rss([OLD])
    seen.clock.turn(minutes=10)
    before = [(feed.name, feed.failures, feed.error) for feed in seen.store.views.status(seen.clock()).feeds]
    seen.poll(keep=False)
    assert [(feed.name, feed.failures, feed.error) for feed in seen.store.views.status(seen.clock()).feeds] == before
