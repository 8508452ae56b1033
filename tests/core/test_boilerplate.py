"""What is cut from an article, and above all what is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.text import boilerplate
from monitor.core.text.analysis import analyse_field, analyse_prose
from monitor.core.text.boilerplate import (
    BoilerplateBlock,
    find_blocks_and_repeated,
    find_boilerplate,
    is_isin,
    line_pattern,
    paragraph_patterns,
)
from tests.analysed import extract_prose

STORY = (
    "Der Speicherhersteller Nordchip baut sein Werk in Dresden aus. Rund 400 Stellen sollen dort entstehen.",
    "Sollten Anleger sofort verkaufen? Oder lohnt sich doch der Einstieg bei Nordchip?",
    "Analysten halten die Kosten für hoch. Ob sich die Investition rechnet, zeigt sich frühestens 2028.",
    "Anzeige",
    "Nordchip-Aktie: Kaufen oder verkaufen?! Neue Nordchip-Analyse vom 3. März liefert die Antwort:",
    "Die neusten Nordchip-Zahlen sprechen eine klare Sprache: Dringender Handlungsbedarf für Nordchip-Aktionäre. "
    "Lohnt sich ein Einstieg? In der aktuellen Gratis-Analyse vom 3. März erfahren Sie, was jetzt zu tun ist.",
    "Nordchip: Kaufen oder verkaufen? Hier weiterlesen...",
)
ENGLISH = (
    "Harbour Grid sold its cable unit for $2.4 billion. The buyer is a pension fund from Oslo.",
    "Should investors sell immediately? Or is it worth buying Harbour Grid?",
    "Regulators have sixty days to object. Nobody expects them to.",
    "Ad",
    "Harbour Grid Stock: Buy or Sell?! New Harbour Grid Analysis from March 3 delivers the answer:",
    "The latest Harbour Grid figures speak for themselves: Urgent action needed for Harbour Grid investors. "
    "Is it worth buying or should you sell? Find out what to do now in the current free analysis from March 3.",
    "Harbour Grid: Buy or sell? Read more here...",
)


def cut(text: str) -> list[tuple[str, str]]:
    return [(block.family, text[block.start : block.end]) for block in find_boilerplate(text)]


@pytest.mark.parametrize("story", [STORY, ENGLISH])
@pytest.mark.parametrize("gap", ["\n", "\n\n", " \n"])
def test_only_the_teaser_and_the_advertisement_are_cut(story: tuple[str, ...], gap: str) -> None:
    text = gap.join(story)
    assert [piece for _, piece in cut(text)] == [story[1], *story[3:]]
    assert [line.strip() for line in extract_prose(text).split("\n")] == [story[0], story[2]]


@pytest.mark.parametrize("story", [STORY, ENGLISH])
def test_a_feed_that_flattens_its_paragraphs_is_read_as_well(story: tuple[str, ...]) -> None:
    assert extract_prose(" ".join(story)).split() == f"{story[0]} {story[2]}".split()


@pytest.mark.parametrize("story", [STORY, ENGLISH])
def test_an_article_goes_on_after_an_advertisement(story: tuple[str, ...]) -> None:
    text = "\n".join((*story[3:], *story[:3]))
    assert extract_prose(text) == f"{story[0]}\n{story[2]}"


@pytest.mark.parametrize(
    "line",
    [
        "Should investors sell immediately? Or is it worth buying Amazon.com?",
        "SHOULD INVESTORS SELL IMMEDIATELY? OR IS IT WORTH BUYING SAP?",
        "Sollten Anleger sofort verkaufen? Oder lohnt sich der Einstieg bei Münchener Rück?",
        "Kaufen oder verkaufen?! Neue Nordchip-Analyse vom 6. Februar liefert die Antwort",
        "Nordchip Stock: Buy or Sell?! New Nordchip Analysis from 6 February 2026 delivers the answer:",
        "The latest Nordchip figures speak for themselves: Urgent action needed for Nordchip investors.",
        "Dringender Handlungsbedarf für Nordchip-Aktionäre.",
        "Nordchip: Buy or sell? Read more here",
        "Nordchip: Kaufen oder verkaufen? Lesen Sie hier weiter…",
        "The post Why grids matter: a primer appeared first on Cable News Daily.",
        "Der Beitrag Netze im Umbau erschien zuerst auf Technikblatt.",
        "@ example-boerse.de | US01609W1027 NORDCHIPS",
        "@ example.com | a kicker of today",
        "Nordchip DE0007164600",
        "WKN: 716460 ISIN: DE0007164600",
        "Anzeige",
        "- Werbung -",
        "Advertisement:",
    ],
)
def test_a_line_of_a_known_family_is_cut_whole(line: str) -> None:
    before, after = "A first paragraph stands here.", "And a last one."
    assert extract_prose(f"{before}\n{line}\n{after}") == f"{before}\n{after}"


@pytest.mark.parametrize(
    "line",
    [
        "Should investors sell? Analysts are split on the matter.",
        "Kaufen oder verkaufen? Das fragen sich viele Anleger.",
        "Adidas will mehr Werbung schalten.",
        "Ad spending rose by nine percent.",
        "Die Anzeige wurde zurückgezogen.",
        "Shares of Nordchip (DE0007164600) rose by 4 percent.",
        "Nordchip DE0007164601",  # the check digit is wrong
        "Project INTERNATION1",  # a check digit that holds by chance
        "Write to press @ nordchip | we answer.",
        "The latest figures from Nordchip surprised analysts.",
        "On 06.02.2026 - 15:54:04 Frankfurt time - trading stopped.",
    ],
)
def test_an_ordinary_sentence_is_never_cut(line: str) -> None:
    text = f"{'A paragraph of a certain length stands above. ' * 12}\n{line}\nAnother one follows."
    assert find_boilerplate(text) == ()


def test_a_paragraph_after_a_bare_marker_is_kept() -> None:
    text = "Anzeige\nDer Konzern hebt die Prognose an.\nDie Aktie steigt."
    assert cut(text) == [("ad", "Anzeige")]


@pytest.mark.parametrize("line", [STORY[1], STORY[4], STORY[6], "The post Why grids matter"])
@pytest.mark.parametrize("end", [None, -1, -20])
def test_a_page_of_repeated_teasers_has_few_blocks(line: str, end: int | None) -> None:
    """What it costs is measured by bench/scaling.py: each beginning once looked as far as the end."""
    assert len(find_boilerplate(f"{line[:end]} " * 4000)) <= 24


def test_a_long_headline_in_a_footer_is_cut_with_it() -> None:
    footer = f"Der Beitrag {'Netze im Umbau und die Folgen ' * 5}erschien zuerst auf Technikblatt."
    assert cut(f"Ein Satz.\n{footer}") == [("footer", footer)]


@pytest.mark.parametrize(
    "paragraph",
    [
        "Cable growth goes on\nInvestors will find out in March whether the plan works. Nobody else will.",
        "Die Nordchip-App bleibt kostenlos, sagte der Vorstand am Montag in Dresden.",
        "Nordchip kündigt Newsletter über Quartalszahlen an\nDas Unternehmen meldet sich damit heute.",
        "Harbour Grid gives free report on grid losses to Oslo\nThe firm said so.",
        f"{ENGLISH[0]} {ENGLISH[1]} {ENGLISH[2]}",
    ],
)
def test_a_marker_without_an_advertisement_takes_no_paragraph_with_it(paragraph: str) -> None:
    text = f"Davor steht etwas.\nAnzeige\n{paragraph}\nDanach auch."
    assert (
        extract_prose(text).split() == f"Davor steht etwas.\n{paragraph}\nDanach auch.".replace(ENGLISH[1], "").split()
    )


def test_an_unknown_advertisement_is_cut_where_it_says_so() -> None:
    text = "Es geht weiter.\nAnzeige\nDrei Werte fürs Depot\nJetzt kostenlos anmelden\nHier klicken\nEnde gut."
    assert extract_prose(text) == "Es geht weiter.\nEnde gut."


def test_a_free_product_in_the_news_is_no_advertisement() -> None:
    text = "\n".join((*STORY[3:], "Die App bleibt kostenlos. Das sagte der Vorstand."))
    assert extract_prose(text) == "Die App bleibt kostenlos. Das sagte der Vorstand."


HEADED = (
    "Nordchip’s, Gamble\n\nNordchip’s Gamble: A Plant in Dresden\n\n03.03.2026 - 09:15:00\n\nNordchip DE0007164600\n\n"
)


def test_kicker_dateline_and_tag_line_are_cut_and_the_headline_is_matched() -> None:
    text = HEADED + ENGLISH[0]
    assert [family for family, _ in cut(text)] == ["kicker", "dateline", "tag line"]
    assert not any("A Plant in Dresden" in piece for _, piece in cut(text))
    assert extract_prose(text) == ENGLISH[0]


def test_a_dateline_glued_to_the_text_leaves_the_text() -> None:
    assert extract_prose(f"A Plant in Dresden\n03.03.2026 - 09:15:00{ENGLISH[0]}") == ENGLISH[0]


def test_a_flattened_head_leaves_the_text() -> None:
    assert extract_prose(" ".join((HEADED + ENGLISH[0]).split())).strip() == ENGLISH[0]


def test_a_real_first_paragraph_above_a_dateline_is_never_lost() -> None:
    text = f"{ENGLISH[0]}\n03.03.2026 - 09:15:00\n{ENGLISH[2]}"
    assert ENGLISH[0] in extract_prose(text)


def test_what_was_learnt_of_a_host_is_cut() -> None:
    line = "Hat Ihnen dieser Beitrag über Nordchip vom 3. März gefallen?"
    other = "Hat Ihnen dieser Beitrag über Siemens vom 17. April gefallen?"
    assert find_blocks_and_repeated(f"Ein.\nZwei.\n\n{other}", True, {line_pattern(line)}) == (
        BoilerplateBlock(12, 12 + len(other), "learnt"),
    )


def test_the_paragraphs_that_open_an_article_are_neither_learnt_nor_cut() -> None:
    line = "Der Streit um die Ausfuhr von Chips nach China geht in die nächste Runde."
    text = f"{line}\n{line}\nEnde."
    assert paragraph_patterns(text) == ()
    assert find_blocks_and_repeated(text, True, {line_pattern(line)}) == ()
    assert paragraph_patterns(f"Eins.\nZwei.\n{line}") == (line_pattern(line),)
    assert paragraph_patterns(f"Eins.\nZwei.\n{line * 9}") == ()


def test_a_heading_is_too_short_to_be_learnt() -> None:
    assert line_pattern("Cloud Growth Amid Profit Pressure") == ""


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("US01609W1027", True),
        ("DE0007164600", True),
        ("DE0007164601", False),
        ("INTERNATION1", False),
        ("DE000", False),
    ],
)
def test_an_isin_has_a_check_digit_and_a_digit_more(code: str, valid: bool) -> None:
    assert is_isin(code) is valid


def test_letters_that_grow_in_lower_case_do_not_move_a_span() -> None:
    text = f"İİİİ sagt nichts.\n{STORY[1]}"
    assert cut(text) == [("teaser", STORY[1])]


pieces = st.sampled_from([*STORY, *ENGLISH, HEADED, "İ", "\u00a0", "Ad", "@ a.de | X", "?", "03.03.2026 - 09:15:00"])


@settings(max_examples=150)
@given(st.lists(pieces | st.text(max_size=40), max_size=12), st.sampled_from(["\n", " ", "\n\n"]))
def test_blocks_lie_in_order_inside_the_text(parts: list[str], gap: str) -> None:
    text = gap.join(parts)
    end = 0
    for block in find_boilerplate(text):
        assert end <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip() == text[block.start : block.end]
        end = block.end


@settings(max_examples=150)
@given(st.lists(st.text("abcdefgh ÄÖü,", min_size=1, max_size=80), max_size=10))
def test_text_without_a_known_sentence_stays_as_it_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert find_boilerplate(text) == () or "ad" in {line.strip(" ,").casefold() for line in lines}


ODD = st.sampled_from(
    ["š", "→", "ı", "\u00ad", "\u212a", "\u00a0", "\u0301", "İ", "ä", " ", "\n", "Anzeige", "@ a.de | X", "&amp;"]
)


@given(st.lists(st.sampled_from([*STORY, *ENGLISH]) | ODD, max_size=6).map("".join), st.booleans())
@example("Die neusten Nordchip-Zahlen sprechen eine klare Sprache\u0301, so die Analyse vom 3. März.", False)
def test_what_is_found_does_not_depend_on_the_form(text: str, capitals: bool) -> None:
    """Where a text is known in its comparable form, one without the words of any family is not read further."""
    text = text.upper() if capitals else text
    found = analyse_field(text)
    assert found.blocks == find_boilerplate(text)
    assert analyse_prose(found).text == extract_prose(text)


def folded_plainly(line: str) -> str:
    """As its definition says."""
    dated = boilerplate._DAYS.sub("{date}", unicodedata.normalize("NFKC", line))
    words = boilerplate._ISIN.sub("{isin}", dated).split()
    parts = ["{name}" if word[:1].isupper() else word.casefold() for word in words]
    kept = [part for at, part in enumerate(parts) if part != "{name}" or at == 0 or parts[at - 1] != part]
    return " ".join(kept) if sum(part[:1] != "{" for part in kept) >= 4 else ""


DAYS = ("3. März", "March 3, 2026", "sept. 12", "12 september 2026 ", "mai 5", "31.12.2026", "2026-01-02", "absept 5")
OTHERS = ("5", " ", "\u0663", "ein ", "wort ", "Name ", "{name} ", "DE0007164600 ", "-", ".", "\n", "\u00a0", "²", "–")


@settings(max_examples=400)
@given(st.lists(st.sampled_from((*DAYS, *OTHERS)), max_size=12).map("".join))
def test_a_paragraph_is_recognised_by_the_form_it_always_had(line: str) -> None:
    assert line_pattern(f"Es gilt ein {line}") == folded_plainly(f"Es gilt ein {line}")
