"""Feeds that rename, rewrite, re-date and repeat their articles: nothing is told twice, and nothing new is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.store.store import Store
from tests.route_fixture import FIRST, SECOND, Route
from tests.rss_documents import Item, rss

TOWNS = "Hamburg Bremen Kiel Lübeck Rostock Emden Stade Husum".split()  # noqa: SIM905
TEXT = (
    "Das Werk in {0} bekommt im Herbst neue Rechner mit H200 und rechnet damit vor allem Wetter und Verkehr für {0}. "
    "Die Stadt {0} zahlt dafür {1} Millionen Euro, der Rest kommt vom Land und von drei Firmen aus der Umgebung. "
    "Nach Angaben des Betreibers in {0} sollen {1} Menschen dort arbeiten, die meisten davon in der Nacht."
)


def items(guid: str = "g{}", link: str = "https://first.example/{}", date: str = "", count: int = 8) -> list[Item]:
    """So many long articles with names of this form."""
    return [
        Item(f"H200 für {town}", TEXT.format(town, n + 20), guid.format(n), link=link.format(n), date=date)
        for n, town in enumerate(TOWNS[:count])
    ]


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route that has told of eight articles."""
    route = Route(store, tmp_path)
    route.go()
    route.web.pages[FIRST] = rss(items())
    route.go(minutes=10)
    route.go(minutes=10)
    assert len(route.told) == 8
    yield route


@pytest.mark.parametrize("days", [0, 10])
@pytest.mark.parametrize(
    "changed",
    [
        items(guid="new-{}"),
        items(guid="new-{}", link="https://first.example/{}?utm_source=rss"),
        items(guid="new-{}", link="https://www.first.example/moved/{}.html"),
        items(link="http://first.example/{}"),
        items(guid="https://first.example/{}?p=1"),
        items(date="Mon, 30 Nov 2026 08:00:00 +0000"),
    ],
    ids=["guids", "guids and trackers", "guids and addresses", "http", "guids as links", "dates"],
)
def test_a_feed_that_renames_or_re_dates_all_it_has_tells_nothing_again(
    told: Route, changed: list[Item], days: int
) -> None:
    told.web.pages[FIRST] = rss(changed)
    told.go(days=days, minutes=10)
    told.go(minutes=10)
    assert len(told.told) == 8
    told.web.pages[FIRST] = rss([Item("H200 für Celle", "Celle baut.", "fresh"), *changed])
    told.go(minutes=10)
    assert [title for title in told.told[8:]] == ["H200: H200 für Celle"]
    assert told.store.views.ledger().balanced


def test_a_body_that_flips_between_two_wordings_is_told_once(told: Route) -> None:
    other = [replace(one, text=one.text.replace("vor allem", "zumeist")) for one in items()]
    for turn in range(6):
        told.web.pages[FIRST] = rss(other if turn % 2 else items())
        told.go(minutes=10)
    assert len(told.told) == 8


BACKGROUND = (
    " Der Betreiber von {0} hatte sich um die Förderung beworben und den Zuschlag nach langer Prüfung erhalten. "
    "Anwohner aus {0} klagen über Lärm und fordern eine Mauer am Kanal."
)


@pytest.mark.parametrize(("background", "count"), [(BACKGROUND, 8), ("", 16)], ids=["long", "short"])
def test_a_long_text_twice_in_one_feed_in_two_skins_is_told_once_and_two_short_entries_are_two(
    told: Route, background: str, count: int
) -> None:
    shown = [replace(one, text=one.text + background.format(town)) for one, town in zip(items(), TOWNS, strict=True)]
    told.web.pages[FIRST] = rss(shown)
    told.go(minutes=10)
    assert len(told.told) == 8
    skin = [
        replace(one, guid=f"skin-{one.guid}", link=f"{one.link}-amp", text=f"{one.title}<br>{one.text}")
        for one in shown
    ]
    told.web.pages[FIRST] = rss([*skin, *shown])
    told.go(minutes=10)
    assert len(told.told) == count


def test_two_articles_under_one_guid_are_both_told(told: Route) -> None:
    for name, text in (("H200 für Celle", "Celle baut eine Halle."), ("Qwen aus Peine", "Peine lernt Sprachen.")):
        told.web.pages[FIRST] = rss([Item(name, text, "always-the-same"), *items()])
        told.go(minutes=10)
    assert told.told[8:] == ["H200: H200 für Celle", "Qwen: Qwen aus Peine"]


def test_articles_that_all_link_to_one_page_are_each_told(told: Route) -> None:
    page = "https://first.example/ticker"
    for name, text in (("H200 für Celle", "Celle baut eine Halle."), ("Qwen aus Peine", "Peine lernt Sprachen.")):
        told.web.pages[FIRST] = rss([Item(name, text, name, link=page), *items()])
        told.go(minutes=10)
    assert told.told[8:] == ["H200: H200 für Celle", "Qwen: Qwen aus Peine"]


def test_a_headline_that_returns_months_later_is_told_again(told: Route) -> None:
    title = "Die Termine der Woche mit Qwen"
    for guid, date in (("week-1", "Mon, 23 Nov 2026 09:00:00 +0000"), ("week-2", "Mon, 25 Jan 2027 09:00:00 +0000")):
        told.web.pages[FIRST] = rss([Item(title, "", guid, f"https://first.example/{guid}", date), *items()])
        told.go(days=60)
    assert len(told.told) == 10


def test_the_twelfth_and_the_thirteenth_package_are_both_told(told: Route) -> None:
    for number in (12, 13):
        title = f"EU beschließt das {number}. Paket gegen Qwen"
        told.web.pages[SECOND] = rss([Item(title, "", f"p{number}", link=f"https://second.example/{number}")])
        told.go(minutes=10)
    assert len(told.told) == 10
