"""An article as long as a book: it is matched, it tells nobody what is known, and it holds up nobody else."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest

from monitor.cli.explain import explanation_data, format_explanation
from monitor.config.settings import Settings
from monitor.core.dedupe import comparisons
from monitor.core.errors import StoreError
from monitor.core.model.articles import Article
from monitor.core.model.polling import PollReport, Source
from monitor.core.text import extent
from monitor.pipeline import ingest, stages
from monitor.pipeline.context import PollResult, TurnContext
from monitor.pipeline.explain import explain_article as explained
from monitor.pipeline.stages import PollAnalysis
from monitor.store.store import Store
from monitor.store.views import FeedView
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, SECOND, Route
from tests.rss_documents import Item, rss

NEXT = {"minutes": 6}
OTHER = "elsewhere:0:2:2"
LETTERS = str.maketrans("0123456789", "abcdefghij")
BOOK = "".join(f"Satz {at:05} spricht davon. " for at in range(12_000)).translate(LETTERS)  # 312,000 characters
LONG = Item("Ein Buch über den H200", f"H200 am Anfang. {BOOK}", guid="long-1")
TENTH = Item(LONG.title, LONG.text[:31_200], guid="long-1")  # beside a limit of a tenth, for a tenth of the time


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Route:
    return Route(store, tmp_path)


def standing(route: Route, name: str) -> FeedView:
    """How a feed is doing."""
    return next(feed for feed in route.store.views.status(route.clock()).feeds if feed.name == name)


def nameless(title: str, text: str, note: str = "") -> bytes:
    """A feed whose one entry has neither guid nor link nor date: its words are its name."""
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title><link>https://a.example</link>{note}"
        f"<item><title>{escape(title)}</title><description>{escape(text)}</description></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize(
    "documents",
    [
        (rss([TENTH, DULL]), rss([TENTH, DULL], name="Anders")),
        (nameless(TENTH.title, TENTH.text), nameless(TENTH.title, TENTH.text, "<ttl>5</ttl>")),
    ],
    ids=["guid", "words"],
)
@pytest.mark.parametrize("baseline", [True, False])
def test_a_long_article_that_the_version_before_knew_is_told_to_nobody(
    route: Route, monkeypatch: pytest.MonkeyPatch, documents: tuple[bytes, bytes], baseline: bool
) -> None:
    monkeypatch.setattr(extent, "COMPARED", extent.COMPARED // 10)
    with monkeypatch.context() as before:
        before.setattr(extent, "COMPARED", 10**9)  # the version before read all of it
        if not baseline:
            route.go()
        route.web.pages[FIRST] = documents[0]
        route.go(**NEXT)
        told = len(route.told)
        assert told == (not baseline)
    route.web.pages[FIRST] = documents[1]
    for _ in range(3):
        reports = route.go(hours=13)  # hashes of entries are not believed any more
        assert all(report.articles == 0 and report.outcome != "failed" for report in reports)
    assert len(route.told) == told


def test_a_long_article_is_told_once_and_its_copy_is_not(route: Route) -> None:
    route.go()
    route.web.pages[FIRST] = rss([LONG, DULL])
    route.go(**NEXT)
    route.web.pages[SECOND] = rss([Item("Anderer Titel desselben Buches", f"{LONG.text} Nachwort.", guid="x"), DULL])
    route.go(**NEXT)
    assert len(route.told) == 1


def test_a_word_behind_what_is_compared_is_told(route: Route) -> None:
    route.go()
    route.web.pages[FIRST] = rss([Item("Ein Buch", f"{BOOK} Am Ende der Qwen.", guid="q"), DULL])
    route.go(**NEXT)
    assert len(route.told) == 1 and "Qwen" in route.mouth.said[0][1].body


def test_long_comparisons_are_made_while_others_may_write(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, inside = list[bool](), list[bool]()
    finish = comparisons.Comparisons.finish

    def noted(self: comparisons.Comparisons) -> None:
        with route.store.database.write():  # it would wait for ever under the lock
            locked.append(True)
        inside.append(bool(self.open))
        finish(self)

    route.go()
    route.web.pages[FIRST] = rss([LONG, DULL])
    route.go(**NEXT)
    monkeypatch.setattr(comparisons.Comparisons, "finish", noted)
    route.web.pages[SECOND] = rss([Item(LONG.title, f"{LONG.text} Nachwort.", guid="x"), DULL])
    [report] = [one for one in route.go(**NEXT) if one.source == "second"]
    assert report.articles == 1 and inside and all(inside)
    assert len(route.told) == 1


@pytest.mark.parametrize(
    "text",
    ["\n" * 300_000, "<br>" * 5_000, "<p></p>" * 5_000, "&#10;" * 5_000, "\u200b" * 100_000, "&#1;" * 9, " "],
    ids=["breaks", "tags", "paragraphs", "references", "invisible", "controls", "space"],
)
def test_entries_of_nothing_do_not_mute_their_neighbours(route: Route, text: str) -> None:
    route.go()
    empty = [
        Item(title, text, guid=guid, link=f"https://first.example/{guid}") for title, guid in (("", "a"), ("\n\n", "b"))
    ]
    route.web.pages[FIRST] = rss([empty[0], CHIPS, empty[1], DULL])
    route.go(**NEXT)
    route.web.pages[FIRST] = rss([BOTH, *empty, CHIPS, DULL])
    reports = route.go(**NEXT)
    assert [report.outcome for report in reports if report.source == "first"] == ["new"]
    assert any(CHIPS.title in told for told in route.told) and any(BOTH.title in told for told in route.told)


def overtaken(route: Route, monkeypatch: pytest.MonkeyPatch) -> list[PollReport]:
    """A poll that takes longer than its lease, while another process takes the feed over and ends its own poll."""
    work = stages.analyse_poll

    def slow(visit: PollResult, tools: TurnContext, now: object) -> PollAnalysis:
        if visit.source.name == "first":
            route.clock.turn(minutes=3)
            claims = tools.store.polls.claim(route.clock(), OTHER, timedelta(minutes=2), 10)
            assert "first" in [claim.state.source for claim in claims]
        return work(visit, tools, now)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "analyse_poll", slow)
        return route.poll()


def test_a_turn_that_another_process_took_over_is_a_failure_of_its_feed_and_is_tried_later(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    route.go()
    route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    route.clock.turn(**NEXT)
    [report] = [one for one in overtaken(route, monkeypatch) if one.source == "first"]
    assert report.outcome == "failed" and "longer than its lease" in (report.error or "")
    row = standing(route, "first")
    assert "longer than its lease" in (row.error or "") and row.failures == 1
    assert not route.told
    route.go(hours=2)
    assert [CHIPS.title in told for told in route.told] == [True]
    row = standing(route, "first")
    assert row.failures == 0 and not row.error


def test_turns_that_are_taken_over_again_and_again_back_off(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    route.go()
    pauses = []
    for at in range(4):
        route.web.pages[FIRST] = rss([Item(f"H200 zum {at}. Mal", guid=f"n{at}"), OLD, DULL])
        route.clock.turn(hours=2)
        overtaken(route, monkeypatch)
        row = standing(route, "first")
        pauses.append(row.next_poll - route.clock())
        assert row.failures == at + 1
    assert pauses == sorted(pauses) and pauses[-1] > 2 * pauses[0]


def test_a_dry_run_that_is_taken_over_stores_no_failure(route: Route) -> None:
    route.go()
    route.clock.turn(**NEXT)
    [claim, *_] = route.store.polls.claim(route.clock(), "here:0:1:1", timedelta(minutes=2), 1)
    route.store.polls.claim(route.clock() + timedelta(minutes=3), OTHER, timedelta(minutes=2), 10)
    tools = TurnContext(route.store, route.web, route.parser, route.clock, lambda: 0.5)
    report = ingest.record_failed_poll(claim, Source(claim.state.source, FIRST), StoreError("late"), tools, keep=False)
    assert report.outcome == "failed"
    assert standing(route, "first").failures == standing(route, "second").failures == 0


def test_a_lease_is_prolonged_only_while_it_is_ours(route: Route) -> None:
    [claim, *_] = route.store.polls.claim(route.clock(), "here:0:1:1", timedelta(minutes=2), 1)
    longer = route.store.polls.extend_lease(claim, route.clock() + timedelta(minutes=9))
    assert longer.until == route.clock() + timedelta(minutes=9)
    with pytest.raises(StoreError) as raised:
        route.store.polls.extend_lease(claim, route.clock() + timedelta(minutes=9))
    assert raised.value.overtaken


def large(monkeypatch: pytest.MonkeyPatch, held: threading.Event) -> None:
    """The first feed is large, and its articles are not read before the event."""
    work = stages.analyse_poll

    def slow(visit: PollResult, tools: TurnContext, now: object) -> PollAnalysis:
        if visit.source.name == "first":
            assert held.wait(30)
        return work(visit, tools, now)  # type: ignore[arg-type]

    monkeypatch.setattr(ingest, "is_large_poll", lambda visit: visit.source.name == "first")
    monkeypatch.setattr(ingest, "analyse_poll", slow)


async def polled(route: Route, name: str) -> PollReport:
    """One feed's poll."""
    tools = TurnContext(route.store, route.web, route.parser, route.clock, lambda: 0.5)
    claims = await asyncio.to_thread(
        route.store.polls.claim, route.clock(), "here:0:1:1", timedelta(minutes=2), 10, [name]
    )
    [source] = [one for one in route.settings.sources if one.name == name]
    return await ingest.poll_source(claims[0], source, route.settings, tools)


def test_while_one_feed_is_read_the_others_are_settled(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    route.go()
    route.clock.turn(**NEXT)
    held, order = threading.Event(), list[str]()
    large(monkeypatch, held)
    route.web.pages[FIRST], route.web.pages[SECOND] = rss([CHIPS, OLD, DULL]), rss([BOTH, DULL])

    async def main() -> None:
        first = asyncio.create_task(polled(route, "first"))
        for _ in range(3):  # as many turns as may come meanwhile
            order.append((await polled(route, "second")).outcome)
        held.set()
        order.append((await first).outcome)

    asyncio.run(main())
    assert order == ["new", "unchanged", "unchanged", "new"]


def test_a_feed_that_cannot_be_read_within_its_lease_has_failed_and_is_read_later(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    route.go()
    route.clock.turn(**NEXT)
    held = threading.Event()
    route.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    with monkeypatch.context() as patched:
        large(patched, held)
        patched.setattr(ingest, "POLL_LEASE", timedelta(seconds=1))

        async def main() -> PollReport:
            try:
                return await polled(route, "first")
            finally:
                held.set()

        report = asyncio.run(main())
    assert report.outcome == "failed" and "longer than its lease" in (report.error or "")
    row = standing(route, "first")
    assert row.failures == 1 and row.error == report.error
    route.go(hours=2)
    assert [CHIPS.title in told for told in route.told] == [True]


@pytest.mark.parametrize(("size", "said"), [(extent.COMPARED, False), (extent.COMPARED + 1, True)])
def test_explain_says_where_an_article_is_longer_than_what_is_compared(size: int, said: bool) -> None:
    found = explained(Article("", "Titel", body="a" * size), Settings())
    assert any("its first 256,000" in line for line in format_explanation(found, Settings(), None)) == said
    assert (explanation_data(found, None)["compared"] == extent.COMPARED) == said
