"""An article that changes: told where that is news, silent where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.store import Store
from tests.route_fixture import CHIPS, DULL, FIRST, OLD, RULES, SECOND, Route
from tests.rss_documents import Item, rss


@pytest.fixture
def seen(store: Store, tmp_path: Path) -> Iterator[Route]:
    """A route whose feeds have been seen once."""
    route = Route(store, tmp_path)
    route.go()
    yield route


def test_an_edited_article_is_told_only_for_watches_that_were_not_told(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    edited = Item(CHIPS.title, CHIPS.text + " Alibaba will Qwen damit trainieren.", CHIPS.guid, CHIPS.link)
    seen.web.pages[FIRST] = rss([edited, OLD, DULL])
    seen.go(minutes=10)
    assert [title.partition(":")[0] for title in seen.told] == ["H200", "Qwen"]


def test_an_article_whose_text_was_let_go_of_is_not_news_when_it_is_rendered_again(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([CHIPS, OLD, DULL])
    seen.go(minutes=10)
    seen.clock.turn(days=400)
    assert seen.store.retention.delete_older_than(seen.clock(), seen.clock()) == 4
    seen.web.pages[FIRST] = rss([Item(CHIPS.title, "Jetzt 9.000 Chips mit Qwen.", CHIPS.guid), OLD, DULL])
    seen.go(days=500)
    assert len(seen.told) == 1


WIRE = Item(
    "Nvidia darf H200 liefern", "Nvidia darf 400.000 H200-Chips liefern, der Auftrag bringt 12 Milliarden Dollar.", "w"
)
AGAIN = (
    "The order of Nvidia is worth 12 billion dollars, and three customers will get 400,000 H200 chips in the spring."
)


def test_a_story_in_another_language_with_the_same_figures_is_told_once(seen: Route) -> None:
    seen.web.pages[FIRST] = rss([WIRE, OLD, DULL])
    seen.go(minutes=10)
    seen.web.pages[SECOND] = rss([Item("Nvidia to deliver H200 chips", AGAIN, "a"), DULL])
    seen.go(minutes=10)
    assert seen.told == ["H200: Nvidia darf H200 liefern"]
    assert seen.store.views.articles()[0].reason.startswith("the story of #")
    more = Item("Nvidia to deliver more of H200", AGAIN.replace("400,000", "500,000"), "m")
    seen.web.pages[SECOND] = rss([more, DULL])
    seen.go(minutes=10)
    assert len(seen.told) == 2


@pytest.mark.parametrize("url", [FIRST, SECOND])
def test_the_same_figures_under_another_headline_of_the_same_language_are_told(seen: Route, url: str) -> None:
    seen.web.pages[FIRST] = rss([WIRE, OLD, DULL])
    seen.go(minutes=10)
    again = "Der Wert der Bestellung liegt bei 12 Milliarden Dollar. Es geht um 400.000 H200-Chips für drei Kunden."
    shown = [Item("Neues Geschäft für Nvidia", again, "a"), *([WIRE, OLD] if url == FIRST else []), DULL]
    seen.web.pages[url] = rss(shown)
    seen.go(minutes=10)
    assert seen.told == ["H200: Nvidia darf H200 liefern", "H200: Neues Geschäft für Nvidia"]


PLAIN = "Nvidia liefert im Herbst 40.000 H200-Chips an drei Rechenzentren in Norwegen, sagt der Vorstand am Montag."


def wording(seen: Route, text: str, title: str = "H200 für Norwegen") -> list[str]:
    """Publish an article in other words; the titles told because of it."""
    before = len(seen.told)
    seen.web.pages[FIRST] = rss([Item(title, text, "norway"), OLD, DULL])
    seen.go(minutes=10)
    return seen.told[before:]


def test_an_edit_that_changes_a_number_is_told_as_an_update_with_its_sentence_and_a_few_times_only(seen: Route) -> None:
    wording(seen, PLAIN)
    assert wording(seen, PLAIN.replace("40.000", "400.000")) == ["H200: update: H200 für Norwegen"]
    assert "400.000" in seen.mouth.said[-1][1].body.splitlines()[0]
    assert wording(seen, PLAIN) == []  # it was seen in these words
    told = [wording(seen, PLAIN.replace("40.000", f"{number}.000")) for number in (50, 60, 70, 80)]
    assert [len(some) for some in told] == [1, 1, 0, 0]
    assert seen.store.views.ledger().balanced


def test_a_correction_is_urgent_and_breaks_through_the_night(seen: Route) -> None:
    wording(seen, PLAIN)
    hour = seen.clock().hour
    seen.obey(f'{RULES}[settings]\nquiet_hours = "{hour:02}:00-{(hour + 5) % 24:02}:00"\n')
    told = wording(seen, PLAIN.replace("40.000", "4.000"), "KORREKTUR: H200 für Norwegen")
    assert told == ["H200: correction: KORREKTUR: H200 für Norwegen"]


def test_a_share_price_or_an_advertisement_in_an_edit_is_not_told(seen: Route) -> None:
    wording(seen, f"{PLAIN}<br>Die Aktie stieg auf 144,60 Euro.")
    assert wording(seen, f"{PLAIN}<br>Die Aktie fiel auf 139,40 Euro.") == []
    assert wording(seen, f"{PLAIN}<br>Die Aktie notiert bei 139,10 Euro.") == []
    assert (
        wording(seen, f"{PLAIN}<br>Die Aktie notiert bei 139,10 Euro.<br>Nvidia: Buy or sell? Read more here...") == []
    )


def test_a_word_that_an_edit_brings_is_an_update_and_told_once_for_all_feeds(seen: Route) -> None:
    wording(seen, PLAIN)
    seen.web.pages[SECOND] = rss([Item("H200 für Norwegen", PLAIN, "norway-2"), DULL])
    seen.go(minutes=10)
    more = f"{PLAIN} Ein Teil davon ist für Qwen bestimmt."
    assert wording(seen, more) == ["Qwen: update: H200 für Norwegen"]
    assert "«Qwen»" in seen.mouth.said[-1][1].body
    seen.web.pages[SECOND] = rss([Item("H200 für Norwegen", more, "norway-2"), DULL])
    seen.go(minutes=10)
    assert len(seen.told) == 2 and seen.store.views.ledger().balanced


def test_updates_are_possible_again_on_the_next_day_and_have_a_key_of_their_own(seen: Route) -> None:
    wording(seen, PLAIN)
    told = [wording(seen, PLAIN.replace("40.000", f"{number}.000")) for number in (50, 60, 70, 80)]
    assert [len(some) for some in told] == [1, 1, 1, 0]
    seen.clock.turn(hours=25)
    told = [wording(seen, PLAIN.replace("40.000", f"{number}.000")) for number in (90, 91, 92, 93)]
    assert [len(some) for some in told] == [1, 1, 1, 0]
    assert wording(seen, PLAIN.replace("40.000", "94.000"), "KORREKTUR: H200 für Norwegen") != []
    assert len({message.key for _, message in seen.mouth.said}) == len(seen.told)


def test_an_update_of_what_still_waits_is_in_the_first_message(seen: Route) -> None:
    seen.obey(RULES.replace('H200 = "H200"', 'H200 = { any = ["H200"], hold = "1h" }'))
    assert wording(seen, PLAIN) == wording(seen, PLAIN.replace("40.000", "400.000")) == []
    seen.go(minutes=60)
    seen.go(minutes=60)
    assert seen.told == ["H200: H200 für Norwegen"] and "400.000" in seen.mouth.said[0][1].body
