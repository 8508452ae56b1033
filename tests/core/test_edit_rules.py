"""An edit under one name is an update by evidence only; what is unsure is style."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.edits import EditDecision, EditKind, decide_edit, show_change
from monitor.core.dedupe.wording import read_wording

TITLE = "Harbour Grid plans cable along the coast"
TEXT = (
    "The grid operator told investors in Halifax that the plan took four years of talks with towns along the coast. "
    "Three banks lend 240 million dollars, and the first cable will be laid next autumn. Fishermen had asked "
    "for a longer "
    "route around their grounds. Engineers expect storms to delay the ships. The mayor of Larkfield praised the jobs."
)


def decided(old: tuple[str, str], new: tuple[str, str]) -> EditDecision:
    """The decision about a new headline and text in the place of old ones."""
    return decide_edit(WordingIndex(read_wording(*new)), WordingIndex(read_wording(*old)))


HEADLINES = {  # over an unchanged body
    "ten times the jobs": ("Quorion cuts 300 jobs in Larkfield", "Quorion cuts 3000 jobs in Larkfield"),
    "fewer dead": ("10 dead after fire in hostel", "7 dead after fire in hostel"),
    "another percentage": ("Umsatz von Veltig wächst um 12 Prozent", "Umsatz von Veltig wächst um 21 Prozent"),
    "another day": ("Trial of banker opens on 15 December", "Trial of banker opens on 22 December"),
    "another sum in Chinese": ("东江集团获得12亿元贷款", "东江集团获得21亿元贷款"),
    "confirms and denies": ("Quorion confirms talks with Lumetra", "Quorion denies talks with Lumetra"),
    "resigns not": ("Vorstand von Lumetra tritt zurück", "Vorstand von Lumetra tritt nicht zurück"),
    "raises and cuts": ("Bank of Ardmore raises key rate", "Bank of Ardmore cuts key rate"),
    "genehmigt und verboten": ("Windpark bei Emden genehmigt", "Windpark bei Emden verboten"),
    "charged and convicted": ("Former mayor charged with fraud", "Former mayor convicted of fraud"),
    "批准 and 否决": ("监管机构批准东江集团合并计划", "监管机构否决东江集团合并计划"),
    "разрешил and запретил": ("Суд разрешил стройку порта", "Суд запретил стройку порта"),
    "買収 and 売却": ("トヨタが電池部門を買収", "トヨタが電池部門を売却"),
    "zatwierdza and odrzuca": ("Sąd zatwierdza plan kopalni", "Sąd odrzuca plan kopalni"),
    "confirme and dément": ("Le ministre confirme la fermeture", "Le ministre dément la fermeture"),
    "no longer": ("Éclair rachète son rival Rivage", "Éclair ne rachète pas son rival Rivage"),
    "swapped actors": ("Quorion buys Lumetra", "Lumetra buys Quorion"),
    "swapped clubs": ("FC Brandau besiegt SV Lohheim", "SV Lohheim besiegt FC Brandau"),
    "status": ("Investigating: Slow answers in Frankfurt", "Resolved: Slow answers in Frankfurt"),
    "status in German": ("Störung: Server in Emden", "Behoben: Server in Emden"),
    "correction": ("Quorion cuts jobs in Larkfield", "Correction: Quorion cuts jobs in Larkfield"),
    "Korrektur": ("Quorion streicht Stellen in Emden", "Quorion streicht Stellen in Emden (Korrektur)"),
}


@pytest.mark.parametrize("body", ["", TEXT])
@pytest.mark.parametrize("kind", HEADLINES)
def test_a_headline_with_evidence_is_an_update_though_the_body_stays(kind: str, body: str) -> None:
    old, new = HEADLINES[kind]
    decision = decided((old, body), (new, body))
    assert decision.kind in (EditKind.UPDATE, EditKind.CORRECTION), decision
    assert decision.in_headline and decision.reason
    assert decision.kind is EditKind.CORRECTION if "orre" in kind else decision.kind is EditKind.UPDATE


SENTENCES = [
    ("Three banks lend 240 million", "Three banks lend 420 million", "exchanged figure"),
    ("four years of talks", "14 years of talks", "exchanged figure"),
    ("Three banks", "Five banks", "exchanged figure"),
    ("will be laid", "will not be laid", "negation"),
    ("storms to delay the ships.", "storms to delay the ships. At least 31 people are missing.", "added figure"),
    ("praised the jobs.", "praised the 1,900 jobs.", "added figure"),
    ("praised", "criticised", "turned statement"),
]


@pytest.mark.parametrize(("old", "new", "rule"), SENTENCES)
def test_a_sentence_with_evidence_is_an_update_and_is_shown(old: str, new: str, rule: str) -> None:
    text = TEXT.replace(old, new)
    decision = decided((TITLE, TEXT), (TITLE, text))
    assert (decision.kind, decision.rule) == (EditKind.UPDATE, rule)
    assert decision.new and not decision.in_headline
    assert new.split()[-1].strip(".") in text[decision.new.start : decision.new.end]


def test_the_evidence_names_the_old_and_the_new_value() -> None:
    assert decided(("10 dead after fire in hostel", ""), ("7 dead after fire in hostel", "")).reason == "10 → 7"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("10 dead after fire in hostel", "7 dead after fire in hostel", "10 → 7 dead"),
        (
            "Quorion cuts 300 jobs in Larkfield",
            "Quorion slashes 3,000 jobs in Larkfield",
            "cuts 300 → slashes 3,000 jobs",
        ),
        ("Bank of Ardmore raises key rate", "Bank of Ardmore cuts key rate", "raises → cuts key"),
        ("Windpark bei Emden: Richter genehmigt", "Windpark bei Emden: Richter verboten", "genehmigt → verboten"),
        ("Umsatz wächst um 12 Prozent in Emden", "Umsatz wächst um 21 Prozent in Emden", "12 → 21 Prozent"),
    ],
)
def test_a_change_is_shown_as_it_is_written(old: str, new: str, shown: str) -> None:
    for one, other in (((old, ""), (new, "")), ((TITLE, f"{TEXT} {old}."), (TITLE, f"{TEXT} {new}."))):
        decision = decided(one, other)
        assert show_change(decision, one, other) == shown


def test_what_is_only_added_has_no_old_value() -> None:
    one, other = (TITLE, TEXT), (TITLE, f"{TEXT} At least 31 people are missing.")
    assert show_change(decided(one, other), one, other) == ""


STYLE = {
    "synonym": (TEXT, TEXT.replace("told investors", "informed investors")),
    "two synonyms": (TEXT, TEXT.replace("grounds", "waters").replace("longer", "wider")),
    "misspelling": (TEXT, TEXT.replace("Engineers", "Enginers")),
    "number lost": (TEXT, TEXT.replace(" 240 million dollars", " the money")),
    "sentence lost": (TEXT, TEXT.replace(" Engineers expect storms to delay the ships.", "")),
    "sentences moved": (TEXT, " ".join(reversed([one + "." for one in TEXT.split(".") if one]))),
    "rounded": (TEXT.replace("240 million", "239.8 million"), TEXT),
    "spelt out": (TEXT.replace("Three banks", "3 banks"), TEXT),
    "bare year": (TEXT, TEXT.replace("next autumn", "next autumn, in 2027")),
    "small count added": (TEXT, TEXT.replace("jobs.", "jobs in 5 ways.")),
    "yet to": (TEXT + " They have yet to order ships.", TEXT + " They have not yet ordered ships."),
    "contraction": (TEXT + " It does not hurt.", TEXT + " It doesn't hurt."),
    "age": ("27 minutes ago\n" + TEXT, "3 hours ago\n" + TEXT),
    "comments": (TEXT + "\n27 comments", TEXT + "\n81 comments"),
    "points": (TEXT + "\nPoints: 24", TEXT + "\nPoints: 310"),
    "read": (TEXT + "\nGelesen: 27 mal", TEXT + "\nGelesen: 84 mal"),
    "stand": (TEXT + "\nStand: 09:27 Uhr", TEXT + "\nStand: 11:40 Uhr"),
    "阅读": (TEXT + "\n阅读 27", TEXT + "\n阅读 99"),
    "views": (TEXT + "\n1,027 views", TEXT + "\n3,944 views"),
}


@pytest.mark.parametrize("kind", STYLE)
def test_style_is_silent(kind: str) -> None:
    old, new = STYLE[kind]
    decision = decided((TITLE, old), (TITLE, new))
    assert decision.kind is EditKind.STYLE, decision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Harbour Grid plans cable along the coast", "Harbour Grid plans a new cable along the coast"),
        ("Harbour Grid plans cable along the coast", "Harbour Grid plots cable along the coast"),
        ("Halifax cable: Harbour Grid plans for the coast", "Harbour Grid plans cable along the coast"),
        ("Harbour Grid plans cable", "Harbour Grid plans cable after four years of talks"),
        ("Covid-19: cable workers at Harbour Grid fall ill", "Cable workers at Harbour Grid fall ill with Covid-19"),
        ("Boeing 737 brings cable to Harbour Grid", "Boeing 737 carries cable to Harbour Grid"),
        ("EIL: Harbour Grid plans cable along the coast", "UPDATE 1: Harbour Grid plans cable along the coast"),
    ],
)
def test_another_headline_in_the_same_words_over_an_unchanged_text_is_style(old: str, new: str) -> None:
    decision = decided((old, TEXT), (new, TEXT))
    assert decision.kind is EditKind.STYLE, decision


def test_a_new_word_in_the_headline_counts_when_the_text_changed_too_or_there_is_none() -> None:
    title, text = "Harbour Grid plans cable along the coast despite lawsuit", "A town went to court over it. " + TEXT
    assert decided((TITLE, TEXT), (title, text)).rule == "new headline"
    assert decided((TITLE, ""), (title, "")).rule == "new headline"
    assert decided((TITLE, TEXT), (title, TEXT)).kind is EditKind.STYLE


def test_a_fresh_opening_under_another_headline_is_an_update_and_a_headline_that_nobody_knows_is_one() -> None:
    opening = "Angry fishermen sailed into the bay at dawn and anchored their boats."
    assert decided((TITLE, TEXT), ("Harbour Grid plans cable", f"{opening} {TEXT}")).rule == "new lead"
    assert decided((TITLE, TEXT), (TITLE, f"{opening} {TEXT}")).kind is EditKind.STYLE
    assert decided((TITLE, TEXT), ("Winter arrives early this November", TEXT)).rule == "unknown headline"


def test_another_story_under_one_name_is_another_article() -> None:
    old = (
        "Senator accuses minister of hiding report",
        "The report on floods was kept secret for months, she said in parliament.",
    )
    assert decided(old, (TITLE, TEXT)).kind is EditKind.ANOTHER
    assert decided((TITLE, ""), ("Rain in the north", "")).kind is EditKind.ANOTHER
    assert decided(("", ""), (TITLE, TEXT)).kind is EditKind.ANOTHER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            (TITLE, TEXT),
            (TITLE, "Quite other words stand here now, more than a dozen of them, about the rain in spring."),
        ),
        ((TITLE, ""), (TITLE, TEXT)),
        ((TITLE, TEXT), (TITLE, "")),
        ((TITLE, TEXT), ("Utility tells of its plans", TEXT)),
        ((TITLE, "Untitled note."), ("Note", "Untitled note.")),
    ],
)
def test_what_keeps_its_headline_or_its_text_is_still_the_article(old: tuple[str, str], new: tuple[str, str]) -> None:
    assert decided(old, new).kind is not EditKind.ANOTHER


PARTS = [one.strip() + "." for one in TEXT.split(". ")]


@given(st.permutations(PARTS), st.sampled_from([TITLE, "", "x"]))
def test_the_order_of_sentences_is_style(parts: list[str], title: str) -> None:
    assert decided((title, TEXT), (title, " ".join(parts))).kind is EditKind.STYLE


@given(st.text(max_size=60), st.text(max_size=300))
def test_an_article_is_no_edit_of_itself(title: str, text: str) -> None:
    empty = not WordingIndex(read_wording(title, text)).wording.headline.tokens
    assert decided((title, text), (title, text)).kind is EditKind.STYLE or empty


@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=60), st.text(max_size=200))
def test_any_edit_is_decided_with_a_reason(title: str, text: str, other: str, body: str) -> None:
    assert decided((title, text), (other, body)).reason
