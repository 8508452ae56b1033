"""Two entries of one feed are two articles, unless link, headline and text are equal or a long text is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.compare.wording_pair import CopyDecision, PairContext
from monitor.core.dedupe.copies import FEED_RULES, decide_copy
from monitor.core.dedupe.wording import read_wording

TOGETHER = PairContext(same_feed=True, listed_together=True)
NEXT_DAY = PairContext(same_feed=True, age=timedelta(hours=24))
FORM_TEXT = (
    "{} announces that its finance director bought ordinary shares on Friday at the price of the market, as the "
    "rules of "
    "the exchange require, and that she holds them for at least two years under the plan of the remuneration committee."
)
LONG = (
    "The grid operator told investors in Halifax that the plan took four years of talks with towns along the "
    "coast. Three "
    "banks lend the money, and the first cable will be laid next autumn. Fishermen had asked for a longer route around "
    "their grounds. Engineers expect storms to delay the ships. The mayor of Larkfield praised the jobs that the work "
    "brings to the harbour. A museum will show the old lamps of the lighthouse keepers."
)
COMPANIES = ["Lumetra plc", "Quorion Holding AG", "adidas", "阿里巴巴", "Śnieżka", "Газпром"]


def decided(old: tuple[str, str], new: tuple[str, str], context: PairContext) -> CopyDecision:
    """The decision about a new headline and text beside old ones."""
    return decide_copy(WordingIndex(read_wording(*new)), WordingIndex(read_wording(*old)), context)


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize(
    ("headline", "text"),
    [
        ("Director/PDMR Shareholding", FORM_TEXT),
        ("Director/PDMR Shareholding", ""),
        ("{}: Director/PDMR Shareholding", FORM_TEXT),
        ("{} Aktie: Analysten heben das Kursziel an", ""),
        ("{} Aktie: Analysten heben das Kursziel an", "Die Aktie bleibt gefragt. Mehr dazu im Text."),
        ("EQS-DD: {}: Vorstand, Kauf", ""),
        ("6-K - Report of foreign issuer", "Filed by {}."),
        ("{}: Transaction in Own Shares", "{} bought ordinary shares for cancellation."),
    ],
)
@pytest.mark.parametrize("context", [TOGETHER, NEXT_DAY])
def test_entries_of_two_companies_are_told_one_by_one(
    headline: str, text: str, company: str, context: PairContext
) -> None:
    old, new = ((headline.format(name), text.format(name)) for name in ("Corvane", company))
    decision = decided(old, new, context)
    assert not decision.silent, decision


@pytest.mark.parametrize(
    "entry",
    [
        ("Rolls-Royce Holdings: Transaction in Own Shares", ""),
        ("EQS-DD: Tandril Werke AG: Vorstand, Kauf", ""),
        ("Quorion Werke Holding AG", ""),
        ("Harbour Grid plans cable along the coast", ""),
        ("Harbour Grid plans cable along the coast", "A short text about the cable."),
        ("", "A note without a headline."),
    ],
)
def test_a_short_text_is_a_copy_only_if_the_link_is_equal_too(entry: tuple[str, str]) -> None:
    for context in (TOGETHER, NEXT_DAY):
        assert not decided(entry, entry, context).silent
    same = decided(entry, entry, PairContext(same_feed=True, same_link=True))
    assert same.silent is bool(entry[0]) and same.rule in ("same entry", "news")


def test_another_text_or_headline_under_one_link_is_no_copy() -> None:
    linked, entry = PairContext(same_feed=True, same_link=True), ("Harbour Grid plans cable", "Three banks lend money.")
    others = [
        ("Harbour Grid plans cable", "Five banks lend money."),
        ("Harbour Grid plans cable", "Three banks lend no money."),
        ("Harbour Grid plans cable", "Three banks lend money. The mayor is happy about it."),
        ("Harbour Grid buys cable", "Three banks lend money."),
        ("Update 2: Harbour Grid plans cable", "Three banks lend money."),
    ]
    assert [decided(entry, other, linked).silent for other in others] == [False] * len(others)


def test_a_long_text_that_is_wholly_said_is_a_copy_under_another_name() -> None:
    old = ("Harbour Grid plans cable along the coast", LONG)
    for context in (TOGETHER, NEXT_DAY):
        assert decided(old, old, context).rule == "repeated text"
        assert decided(old, ("What the cable means for the coast", LONG), context).silent
        for text in (
            LONG.replace("four", "14"),
            LONG.replace("will be", "will not be"),
            LONG + " Eleven sailors are missing.",
        ):
            assert not decided(old, ("Harbour Grid plans cable along the coast", text), context).silent


@pytest.mark.parametrize("company", COMPANIES)
def test_a_headline_about_another_company_over_the_same_long_text_is_told(company: str) -> None:
    old, new = ((f"{name} Aktie: Analysten heben das Kursziel an", LONG) for name in ("Corvane", company))
    assert not decided(old, new, TOGETHER).silent


def test_a_moved_entry_is_believed_when_its_old_name_is_gone() -> None:
    entry = ("Harbour Grid plans cable along the coast", "")
    gone = PairContext(same_feed=True, old_listed=False)
    assert decided(entry, entry, replace(gone, same_path=True)).rule == "moved entry"
    assert decided(entry, entry, replace(gone, same_date=True)).silent
    assert not decided(entry, entry, gone).silent
    assert not decided(entry, entry, PairContext(same_feed=True, same_path=True)).silent
    assert not decided(entry, entry, replace(gone, same_path=True, listed_together=True)).silent
    form = ("Rolls-Royce Holdings: Transaction in Own Shares", "")
    assert not decided(form, form, replace(gone, same_date=True)).silent


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [name for name, _ in FEED_RULES]
    assert len(set(names)) == len(names) == 3
