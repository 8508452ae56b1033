"""A copy is told once, and nothing that is news is taken for a copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model.articles import Article, Candidate, Relation, StoryRelation
from tests.analysed import article_keys, find_duplicate, is_another_article
from tests.core.articles import ENGLISH, GERMAN

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

PARAGRAPHS = [
    "Der Chipkonzern Lumetra hat am Montag die Lieferung von 18.000 Beschleunigern an drei Rechenzentren bestätigt. "
    "Die Kunden sitzen in Norwegen, Kanada und Japan und wollen damit große Sprachmodelle anlernen.",
    "Nach Angaben des Vorstands reicht die Fertigung bis in den Herbst. Ein zweites Werk in Dresden soll die Lücke "
    "schließen, sobald die Behörden den Ausbau genehmigt haben, was noch einige Monate dauern dürfte.",
    "Analysten loben die Auftragslage, warnen aber vor hohen Kosten für Strom und Speicher. Die Marge könnte im "
    "laufenden Jahr unter Druck geraten, falls die Preise für Bauteile weiter anziehen sollten.",
    "An der Börse notierte die Aktie zuletzt bei 41,20 Euro und damit 2,4 Prozent höher als am Vortag.",
]
TITLE = "Lumetra liefert 18.000 Beschleuniger aus"
AD = "Anzeige\nLumetra-Aktie: Kaufen oder verkaufen?! Neue Lumetra-Analyse vom {date} liefert die Antwort:"


def article(*paragraphs: str, title: str = TITLE, source: str = "first", url: str = "") -> Article:
    return Article(source, title, url=url, body="\n\n".join(paragraphs or PARAGRAPHS))


def related(new: Article, old: Article | None = None, age: timedelta = timedelta(hours=1)) -> StoryRelation:
    old = old or article(url="https://first.example/lumetra-1")
    names = article_keys(old)
    stored = Candidate(7, 3, old.source, names, old.title, old.body, NOW - age)
    return find_duplicate(new, article_keys(new), [stored], NOW)


COPIES = {
    "another house's headline": article(title="Lumetra Aktie: Jetzt wird geliefert!", source="second"),
    "another share price": article(*PARAGRAPHS[:3], PARAGRAPHS[3].replace("41,20", "42,75").replace("2,4", "3,1")),
    "an advertisement with another date": article(*PARAGRAPHS[:2], AD.format(date="9. Februar"), *PARAGRAPHS[2:]),
    "a teaser of the first lines": article(" ".join(PARAGRAPHS[:2]), source="second"),
    "paragraphs in another order": article(PARAGRAPHS[0], PARAGRAPHS[2], PARAGRAPHS[1], PARAGRAPHS[3], source="second"),
    "the same headline without text": article("", source="second"),
    "a few words edited": article(PARAGRAPHS[0].replace("am Montag", "heute"), *PARAGRAPHS[1:], source="second"),
}
NEWS = {
    "another number": article(PARAGRAPHS[0].replace("18.000", "1.800"), *PARAGRAPHS[1:]),
    "another number in another feed": article(
        PARAGRAPHS[0].replace("18.000", "80.000"), *PARAGRAPHS[1:], source="second"
    ),
    "a denial": article(PARAGRAPHS[0].replace("bestätigt", "nicht bestätigt"), *PARAGRAPHS[1:], source="second"),
    "a denial beside another": article(
        PARAGRAPHS[0].replace("bestätigt", "nicht bestätigt"), *PARAGRAPHS[1:], "Mehr war nicht zu hören."
    ),
    "another company in the same words": article(
        *(paragraph.replace("Lumetra", "Quorion") for paragraph in PARAGRAPHS),
        title="Quorion liefert 18.000 Beschleuniger aus",
        source="second",
    ),
    "another story": article(
        "Das Wetter bleibt nass, melden die Stationen im Norden des Landes seit Tagen.", title="Regen"
    ),
    "the template with another company": article(
        "Die Aktie von Quorion notierte zuletzt fest. Anleger blicken gespannt auf die Zahlen.",
        title="Quorion im Blick",
    ),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_is_recognised_with_a_reason(change: str) -> None:
    kin = related(COPIES[change])
    assert (kin.relation, kin.story, kin.article) == (Relation.COPY, 3, 7), kin.reason
    assert kin.reason.startswith("copy of #7: ")


@pytest.mark.parametrize("change", NEWS)
def test_what_is_news_is_never_taken_for_a_copy(change: str) -> None:
    kin = related(NEWS[change])
    assert (kin.relation, kin.story) == (Relation.NEW, None), kin.reason


def test_the_number_that_makes_the_difference_is_named() -> None:
    reason = related(NEWS["another number in another feed"]).reason
    assert reason == "like #7, but another figure: 18000, 80000 (other figure)"


def test_the_twelfth_and_the_thirteenth_package_are_two_stories() -> None:
    twelfth = article("", title="EU beschließt das 12. Paket von Sanktionen")
    thirteenth = article("", title="EU beschließt das 13. Paket von Sanktionen", source="second")
    assert related(thirteenth, twelfth).relation is Relation.NEW


@pytest.mark.parametrize("body", ["", "Lesen Sie den ganzen Beitrag auf unserer Seite."])
def test_one_headline_about_two_companies_is_two_stories(body: str) -> None:
    one, other = (
        article(body, title=f"{name} Aktie: Was Anleger jetzt wissen sollten") for name in ("Lumetra", "Quorion")
    )
    assert related(other, one).relation is Relation.NEW


def test_a_headline_that_returns_after_two_days_is_new() -> None:
    title = "Die wichtigsten Termine der Woche"
    old, new = article("", title=title), article("", title=title, source="second")
    assert related(new, old, timedelta(hours=47)).relation is Relation.COPY
    assert related(new, old, timedelta(hours=49)).relation is Relation.NEW


def test_one_feed_may_use_a_headline_twice_for_two_texts() -> None:
    again = article("Heute geht es um etwas ganz anderes: die Ernte im Süden fiel üppig aus wie lange nicht mehr.")
    assert related(again).relation is Relation.NEW


def test_the_same_page_in_another_feed_is_a_copy_if_half_of_the_headline_or_the_text_is_the_same() -> None:
    def at_page(*paragraphs: str, title: str = "Neu") -> Relation:
        page = "https://first.example/lumetra-1"
        return related(article(*paragraphs, title=title, source="second", url=page)).relation

    assert at_page("", title="Lumetra liefert 18.000 Beschleuniger nach Kanada") is Relation.COPY
    assert at_page() is Relation.COPY
    assert at_page("") is Relation.NEW


def test_without_candidates_an_article_is_new() -> None:
    new = article()
    assert find_duplicate(new, article_keys(new), [], NOW) == StoryRelation(
        Relation.NEW, "nothing like it among the latest articles"
    )


def test_the_first_that_is_copied_decides() -> None:
    other, same = NEWS["another story"], article()
    rows = [
        Candidate(number, number, "second", article_keys(one), one.title, one.body, NOW)
        for number, one in ((1, other), (2, same))
    ]
    assert find_duplicate(article(), article_keys(article()), rows, NOW).article == 2


@given(st.lists(st.sampled_from(PARAGRAPHS), unique=True, min_size=1), st.sampled_from(["first", "second"]))
def test_an_article_is_a_copy_of_itself(paragraphs: list[str], source: str) -> None:
    url = "https://first.example/lumetra-1"
    one = article(*paragraphs, source=source, url=url if source == "first" else "")
    assert related(one, article(*paragraphs, url=url)).relation is Relation.COPY


def stored(old: Article) -> Candidate:
    return Candidate(7, 3, old.source, article_keys(old), old.title, old.body, NOW)


def test_an_edit_is_still_the_article() -> None:
    old = article()
    assert not is_another_article(article(*PARAGRAPHS[:2], title="Lumetra: Auslieferung begonnen"), stored(old))
    assert not is_another_article(
        article("Ganz andere Worte stehen hier nun im Text, mehr als ein Dutzend davon sind es."), stored(old)
    )
    assert not is_another_article(article("", title=TITLE + " (Korrektur)"), stored(old))


def test_another_headline_over_another_text_is_another_article_whatever_its_name() -> None:
    assert is_another_article(NEWS["another story"], stored(article()))
    assert is_another_article(article("", title="Regen im Norden"), stored(article("")))


TEXTS = {
    "Harbour Grid buys meters": ENGLISH,
    "Hafenstrom kauft Zähler": GERMAN,
}
ONE_WORD = [
    ("12 million", "12 billion", "another figure"),
    ("five years", "seven years", "another figure"),
    ("12 million", "120 million", "another figure"),
    ("have approved", "have not approved", "a negation"),
    ("does not expect", "does expect", "a negation"),
    ("can be paid", "can't be paid", "a negation"),
    ("suppliers did", "suppliers didn’t", "a negation"),
    ("Harbour Grid", "Coastal Power", "exchanged in the headline"),
    ("is Oslo", "is Bergen", "another name"),
    ("profit rose", "profit fell", "turned"),
    ("have approved", "have rejected", "a negation"),
    ("Millionen", "Milliarden", "another figure"),
    ("fünf", "sechs", "another figure"),
    ("Zählern bestätigt", "Zählern nicht bestätigt", "a negation"),
    ("Hafenstrom", "Küstennetz", "exchanged in the headline"),
    ("Gewinn stieg", "Gewinn fiel", "turned"),
]
STYLE = [
    ("said on Tuesday", "announced"),
    ("five years", "5 years"),
    ("does not expect", "doesn't expect"),
    ("Harbour Grid will", "Harbour Grid's board will"),
    ("the weather was mild", "it was warm"),
    ("12 Millionen", "12 Mio."),
    ("Der Netzbetreiber", "Netzbetreiber"),
    ("Die Aktie stieg auf 31,20 Euro", "Die Aktie fiel auf 29,85 Euro"),
]


def changed_elsewhere(old: str, new: str) -> tuple[Article, Article]:
    """An article, and one of another feed with other words in headline and text."""
    title, text = next(pair for pair in TEXTS.items() if old in pair[1])
    other = Article("second", title.replace(old, new), body=text.replace(old, new))
    return Article("first", title, body=text), other


@pytest.mark.parametrize(("old", "new", "reason"), ONE_WORD)
def test_one_word_can_be_the_news_in_either_direction(old: str, new: str, reason: str) -> None:
    one, other = changed_elsewhere(old, new)
    for pair in ((one, other), (other, one)):
        relation = related(*pair)
        assert relation.relation is Relation.NEW and relation.reason.startswith(f"like #7, but {reason}")


@pytest.mark.parametrize(("old", "new"), STYLE)
def test_another_style_is_no_news(old: str, new: str) -> None:
    one, other = changed_elsewhere(old, new)
    assert related(other, one).relation is Relation.COPY
