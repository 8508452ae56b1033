"""The same figures about the same company within two days are one story; anything less is two."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.stories import fact_keys, same_facts
from monitor.core.model.articles import Article, ArticleFacts, Fact, Relation
from tests.analysed import extract_facts

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WIRE = "Regulators let Lumetra import 400,000 chips. The order is worth $12 billion, people close to it say."
AGAIN = "Die Bestellung von Lumetra hat einen Wert von 12 Milliarden Dollar und umfasst 400.000 Chips."


def found(body: str, language: str = "de") -> tuple[Fact, ...]:
    """The facts of a text."""
    return extract_facts(Article("f", "", body=body, language=language), NOW)


def cousin(body: str = WIRE, title: str = "Lumetra may buy chips") -> ArticleFacts:
    """A stored article."""
    return ArticleFacts(7, 3, title, fact_keys(found(body, "en")))


def test_a_story_that_is_told_again_in_another_language_is_recognised_by_its_figures() -> None:
    kin = same_facts("Lumetra darf Chips kaufen", found(AGAIN), [cousin()])
    assert kin is not None and (kin.relation, kin.story, kin.article) == (Relation.SAME, 3, 7)
    assert kin.reason == "the story of #7 in other words: 400000 chips, 1.2e+10 USD"


def test_another_number_another_company_or_more_news_is_another_story() -> None:
    title = "Lumetra darf Chips kaufen"
    assert same_facts(title, found(AGAIN.replace("400.000", "40.000")), [cousin()]) is None
    assert same_facts("Quorion darf Chips kaufen", found(AGAIN), [cousin(title="Lumetra may buy")]) is None
    more = AGAIN + " Zudem fallen 3.000 Stellen weg, und 900 Millionen Euro fließen nach Norwegen."
    assert same_facts(title, found(more), [cousin()]) is None


def test_a_code_and_a_coming_day_are_in_every_article_about_a_company() -> None:
    text = "Am 3. Dezember 2026 folgen Zahlen. US0378331005"
    assert same_facts("Lumetra A", found(text), [ArticleFacts(7, 3, "Lumetra B", fact_keys(found(text)))]) is None


def test_the_one_with_most_in_common_is_named() -> None:
    text = f"{AGAIN} Beteiligt sind 2.500 Mitarbeiter."
    both = [cousin(), ArticleFacts(8, 4, "Lumetra", fact_keys(found(text)))]
    kin = same_facts("Lumetra darf kaufen", found(text), both)
    assert kin is not None and kin.article == 8


@given(st.text(max_size=300), st.text(max_size=40))
def test_without_figures_nothing_is_the_same(text: str, title: str) -> None:
    body = "".join(char for char in text if not char.isdigit())
    assert same_facts(title, found(body), [cousin()]) is None
