"""Entries that repeat their bytes are not read again, and no news is lost by that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.core.dedupe.listed_entries import RECORD_SIZE
from monitor.core.errors import StoreError
from monitor.core.model.polling import NotModified, PollEnd, Source
from monitor.store.store import Store
from monitor.store.tables import source
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, Route, about
from tests.rss_documents import Item, rss
from tests.store.samples import LEASE, ME, NOW, claimed, end

TOWNS = ("Kiel", "Emden", "Stade", "Jever")
WIDE = [Item(f"Werft {name} baut um", f"In {name} entstehen Hallen.", name) for name in TOWNS]


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose first feed was seen once, with six entries."""
    route = Route(store, tmp_path)
    route.web.pages[FIRST] = rss([OLD, DULL, *WIDE])
    route.go()
    yield route


def publish(route: Route, *items: Item, minutes: float = 10) -> int:
    """Publish in the first feed and poll; how many entries were read of it."""
    route.web.pages[FIRST] = rss(items)
    route.parser.read.clear()
    route.go(minutes=minutes)
    return sum(route.parser.read)


def remembered(store: Store) -> int | None:
    """How many entries of the first feed are known by their bytes."""
    with store.database.read() as connection:
        found = connection.execute(select(source.c.slices).where(source.c.name == "first")).scalar_one()
    return None if found is None else len(found) // RECORD_SIZE


def test_of_a_feed_with_one_new_entry_one_is_read_and_told(route: Route) -> None:
    assert remembered(route.store) == 6
    assert publish(route, CHIPS, OLD, DULL, *WIDE) == 1
    assert about(CHIPS, route) == 1
    assert remembered(route.store) == 7
    assert publish(route, DULL, CHIPS, *WIDE) == 0


def test_entries_that_were_not_read_count_as_known(route: Route) -> None:
    publish(route, CHIPS, OLD, DULL, *WIDE)
    [first] = [one for one in route.store.coverage.since(NOW.date()) if one.feed == "first"]
    assert (first.entries, first.fresh, first.overruns) == (6 + 7, 1, 0)
    assert route.store.polls.claim(route.clock() + timedelta(hours=1), ME, LEASE, 9)[0].state.entries == 7


def test_a_feed_that_shows_nothing_new_has_not_shrunk(route: Route) -> None:
    route.web.pages[FIRST] = rss([OLD, DULL, *WIDE], name="Another title")
    reports = route.go(minutes=10)
    assert {report.outcome for report in reports} == {"unchanged"}


def test_an_entry_that_takes_back_its_edit_is_read_again(route: Route) -> None:
    edited = Item(OLD.title, OLD.text + " Der Kurs gab nach.", OLD.guid)
    assert publish(route, edited, DULL, *WIDE) == 1
    assert publish(route, OLD, DULL, *WIDE) == 1


def test_an_entry_that_left_and_comes_back_is_read_again_and_not_new(route: Route) -> None:
    publish(route, CHIPS, DULL, *WIDE)
    assert publish(route, OLD, CHIPS, DULL, *WIDE) == 1
    assert about(OLD, route) == 0


def test_a_dry_run_remembers_no_entries(route: Route) -> None:
    route.web.pages[FIRST] = rss([CHIPS, OLD, DULL, *WIDE])
    route.clock.turn(minutes=10)
    route.poll(keep=False)
    assert remembered(route.store) == 6
    route.clock.turn(minutes=10)
    assert publish(route, CHIPS, OLD, DULL, *WIDE) == 1
    assert about(CHIPS, route) == 1


def test_nothing_is_remembered_of_a_poll_that_could_not_be_stored(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("monitor.store.ingest_transaction.IngestTransaction.store_article", full)
        with pytest.raises(StoreError):
            publish(route, CHIPS, OLD, DULL, *WIDE)
    assert remembered(route.store) == 6
    assert publish(route, CHIPS, OLD, DULL, *WIDE) == 1
    assert about(CHIPS, route) == 1


def test_a_broken_answer_and_an_unchanged_one_keep_what_is_known(route: Route) -> None:
    for page in (b"<html></html>", NotModified()):
        route.web.pages[FIRST] = page
        route.go(minutes=10)
        assert remembered(route.store) == 6


def test_twice_a_day_everything_is_read_again(route: Route) -> None:
    assert publish(route, CHIPS, OLD, DULL, *WIDE, minutes=12 * 60) == 7
    assert about(CHIPS, route) == 1


def test_an_entry_whose_article_was_pruned_is_not_new(route: Route) -> None:
    route.clock.turn(days=200)
    while route.store.retention.delete_older_than(route.clock() - timedelta(days=100), route.clock()):
        pass
    publish(route, CHIPS, OLD, DULL, *WIDE)
    publish(route, OLD, CHIPS, DULL, *WIDE)
    assert (about(CHIPS, route), about(OLD, route)) == (1, 0)


def test_a_feed_that_moved_is_read_anew(store: Store) -> None:
    claim = claimed(store)
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(PollEnd(NOW, entry_records=b"r" * RECORD_SIZE))
    [claim] = store.polls.claim(NOW, ME, LEASE, 10)
    assert claim.state.entry_records == b"r" * RECORD_SIZE
    with store.polls.transaction(claim, NOW) as turn:
        turn.end_poll(end())
    assert remembered(store) == 1
    store.polls.register([Source("first", "https://elsewhere.example/feed")], NOW)
    assert remembered(store) is None
