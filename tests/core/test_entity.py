"""An entity is found under all its names, and an ordinary word is not taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.match.engine import NearTerms, Watch, compile_rules
from monitor.core.match.watch import Entity, entity_mistakes
from monitor.core.model.articles import Article
from tests import reference
from tests.analysed import examine_watch, match_article

ARM = Entity("arm", ("Arm",), ("US0420682058",), ("ARM",), context=("Softbank", "chip*", "semiconductor*"))
ALIBABA = Entity(
    "alibaba", ("Alibaba", "阿里巴巴"), ("US01609W1027",), ("BABA", "9988.HK"), ("Ali",), ("Taobao", "Hangzhou")
)
NAMES = {"arm": ARM, "alibaba": ALIBABA}


def found(text: str, title: str = "", *, watch: Watch | None = None) -> list[str]:
    """What the watch points at in an article."""
    book = compile_rules([watch or Watch("w", any=("@arm", "@alibaba"))], NAMES)
    return [hit.text for one in match_article(book, Article("f", title, body=text)) for hit in one.hits]


@pytest.mark.parametrize(
    "text",
    [
        "Alibaba rises", "Alibabas Cloud", "阿里巴巴集团", "The ISIN is US01609W1027.", "Traders like $BABA today",
        "Alibaba Group (BABA)", "the group (BABA.N) said", "listed as NYSE: BABA since 2014", "NYSE:BABA",
        "BABA.US is up", "HKEX: 9988.HK", "9988.HK fell", "Ali, the owner of Taobao, grows",
    ],
)  # fmt: skip
def test_a_company_is_found_under_each_of_its_names(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Muhammad Ali won", "He broke an arm", "Arm in Arm durch Berlin", "ARM UND REICH", "BABA BLACK SHEEP",
        "baba ganoush (baba)", "$BABAR", "9988 people", "US01609W1028",
    ],
)  # fmt: skip
def test_an_ordinary_word_is_not_taken_for_a_company(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Arm designs chips for phones.",
        "Softbank holds most of Arm.",
        "Arm rose.\nLater $ARM fell again.",
        "Arm is listed under US0420682058.",
    ],
)
def test_an_ambiguous_name_counts_where_the_article_shows_what_is_meant(text: str) -> None:
    assert "Arm" in found(text)


def test_context_further_away_than_25_words_shows_nothing() -> None:
    assert found("Arm " + "x " * 25 + "Softbank")
    assert not found("Arm " + "x " * 26 + "Softbank")


def test_one_place_with_context_speaks_for_all_places_of_the_name() -> None:
    assert found("Arm, a chipmaker, grows.\n" + "word " * 60 + "\nArm said so.") == ["Arm", "Arm"]


def test_a_headline_reads_on_in_the_lead() -> None:
    assert found("The chip designer expects a strong year.", title="Arm raises its outlook") == ["Arm"]
    assert not found("word " * 30 + "chip", title="Arm raises its outlook")


def test_a_watch_of_titles_may_learn_from_the_body_what_is_meant() -> None:
    titles = Watch("w", any=("@arm",), fields=("title",))
    assert found("Softbank and Arm agree.", title="Arm agrees", watch=titles) == ["Arm"]
    assert not found("Softbank and Arm agree.", title="Agreed", watch=titles)


def test_an_entity_stands_wherever_a_term_may() -> None:
    text = "Alibaba plans the IPO of its chip unit."
    ways = [
        Watch("w", all=(("@alibaba",), ("IPO",))),
        Watch("w", any=("IPO",), near=NearTerms(5, ("@alibaba",))),
        Watch("w", match="title:x OR (@alibaba NEAR/5 IPO)"),
        Watch("w", match="atleast(1, @alibaba)"),
    ]
    assert all(found(text, watch=watch) for watch in ways)
    assert not found(text, watch=Watch("w", any=("IPO",), none=("@alibaba",)))


def test_what_is_missing_is_said_by_name() -> None:
    book = compile_rules([Watch("w", any=("@arm",)), Watch("v", all=(("@arm",),))], NAMES)
    bare = examine_watch(book, "w", Article("f", "", body="He broke an arm."))
    [said] = bare.missing
    assert said == "any: @arm: “Arm” stands without any of Softbank, chip*, semiconductor* within 25 words"
    assert examine_watch(book, "v", Article("f", "", body="No such thing.")).missing == ("all: none of @arm",)


@pytest.mark.parametrize(
    "entity, code",
    [
        (Entity("x"), "empty-watch"),
        (Entity("x", isin=("US01609W1028",)), "bad-isin"),
        (Entity("x", isin=("INTERNATION1",)), "bad-isin"),
        (Entity("x", tickers=("baba",)), "bad-ticker"),
        (Entity("x", ("Ali",), ambiguous=("Ali",)), "no-context"),
    ],
)
def test_what_cannot_be_an_entity_is_refused_with_a_way_out(entity: Entity, code: str) -> None:
    [error] = entity_mistakes(entity)
    assert error.code == code
    assert error.help or code == "empty-watch"


PIECES = ("Arm", "Ali", "Softbank", "Taobao", "chips", "x", "y z", "Alibaba", ",", ".", "\n", "arms", "Armee")


@settings(max_examples=400)
@given(st.integers(0, 3), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_an_ambiguous_name_is_meant_where_the_reference_finds_its_context(words: int, text: str) -> None:
    text = text.replace("y z", "y " * 9 * words)
    left = [place for name in ("Arm",) for place in reference.find(name, text)]
    right = [place for word in ("Softbank", "chip*", "semiconductor*") for place in reference.find(word, text)]
    meant = any(reference.distance(a, b) <= 25 for a in left for b in right)
    watch = Watch("w", any=("@arm",))
    assert bool(found(text, watch=watch)) == meant
