"""An edit is news where it changes a number, a denial, a headline or takes something back; a re-render is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.core.dedupe.revisions import Revision, announces_correction, has_new_headline, split_sentences
from monitor.core.model.articles import Article, Candidate
from tests.analysed import article_keys, find_revision

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TITLE = "Lumetra liefert 18.000 Beschleuniger aus"
TEXT = (
    "Lumetra hat am Montag die Lieferung von 18.000 Beschleunigern an drei Rechenzentren in Norwegen bestätigt.\n"
    "Nach Angaben des Vorstands reicht die Fertigung bis in den Herbst, danach soll ein Werk in Dresden helfen.\n"
    "Die Aktie notierte zuletzt bei 41,20 Euro und damit 2,4 Prozent höher als am Vortag."
)
AD = "\nAnzeige\nLumetra-Aktie: Kaufen oder verkaufen?! Neue Lumetra-Analyse vom {} liefert die Antwort:"


def edited(body: str, title: str = TITLE, *, before: str = TEXT) -> Revision | None:
    """What an edit changes."""
    old = Article("f", TITLE, "https://f.example/1", body=before)
    stored = Candidate(1, 1, "f", article_keys(old), old.title, old.body, NOW)
    return find_revision(stored, Article("f", title, "https://f.example/1", body=body))


@pytest.mark.parametrize(
    "old, new, shown",
    [
        ("18.000 Beschleunigern", "80.000 Beschleunigern", "80.000"),
        ("bestätigt", "nicht bestätigt", "nicht bestätigt"),
    ],
)
def test_a_changed_number_or_denial_is_news_and_its_sentence_is_shown(old: str, new: str, shown: str) -> None:
    found = edited(TEXT.replace(old, new))
    assert found is not None and not found.corrects
    assert shown in found.sentence and "Dresden" not in found.sentence


@pytest.mark.parametrize(
    "body",
    [
        TEXT.replace("41,20", "42,75").replace("2,4", "3,1"),
        TEXT + AD.format("9. Februar"),
        TEXT.replace("hat am Montag die", "hat am Montag  die"),
        TEXT.replace("Nach Angaben", "Laut Angaben"),
    ],
)
def test_a_re_render_is_no_news(body: str) -> None:
    assert edited(body) is None
    assert edited(body, before=TEXT + AD.format("6. Februar")) is None


def test_another_headline_is_news_and_a_reworded_one_is_not() -> None:
    found = edited(TEXT, "Vorstand von Lumetra tritt überraschend zurück")
    assert found is not None
    assert edited(TEXT, "Lumetra liefert jetzt 18.000 Beschleuniger aus") is None
    assert not has_new_headline("", "x")


@pytest.mark.parametrize("title", ["KORREKTUR: " + TITLE, "Corrected: " + TITLE, TITLE + " (berichtigt)"])
def test_a_correction_is_told_as_one(title: str) -> None:
    found = edited(TEXT.replace("18.000", "1.800"), title)
    assert found is not None and found.corrects and "1.800" in found.sentence
    assert announces_correction("", "Berichtigung: In einer früheren Fassung stand 18.000.")
    assert not announces_correction("Kurskorrektur an der Börse", "")


def test_a_text_is_the_sum_of_its_sentences() -> None:
    assert list(split_sentences("Am 19. Februar geht es los. Danach nicht.\nEnde")) == [
        "Am 19. Februar geht es los.", "Danach nicht.", "Ende",
    ]  # fmt: skip
    assert list(split_sentences("")) == []
