"""One story under one headline, in one text or in the same words is told once across feeds."""

from __future__ import annotations

import pytest

from monitor.core.dedupe.compare.wording_pair import PairContext
from tests.core.wordings import BODY, GERMAN_BODY, HOURS, decided

SAME = {
    "equal headline with an own teaser": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Harbour Grid plans cable along the coast", "Ships, storms and stubborn fishermen: what comes next in "
                                                     "the bay."),
    ),
    "equal headline without text": (
        ("Küstennetz baut Leitung von Emden nach Torhagen", GERMAN_BODY),
        ("Küstennetz baut Leitung von Emden nach Torhagen", ""),
    ),
    "publisher behind the headline": (
        ("Küstennetz baut Leitung von Emden nach Torhagen", GERMAN_BODY),
        ("Küstennetz baut Leitung von Emden nach Torhagen - Hafenblatt", ""),
    ),
    "urgent label": (
        ("Küstennetz baut Leitung von Emden nach Torhagen", ""),
        ("EIL: Küstennetz baut Leitung von Emden nach Torhagen", ""),
    ),
    "one more word": (
        ("Harbour Grid plans 300 mile cable along the coast", BODY),
        ("Utility Harbour Grid plans 300 mile cable along the coast", "Ships and storms: what comes next."),
    ),
    "dateline and footer": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Harbour Grid plans cable along the coast", "HALIFAX (Reuters) - " + BODY + "\nReading time: 2 min\n© "
            "2026 Bay Media"),
    ),
    "German dateline, reading time, numbers of the paper": (
        ("Küstennetz baut neue Leitung", GERMAN_BODY),
        ("Netzausbau an der Küste", "EMDEN (dpa-AFX) - " + GERMAN_BODY + "\nLesedauer: 2 Min.\nWKN: "
            "716460\nTelefon 040 123456"),
    ),
    "teaser of 15 words": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Harbour Grid plans cable along coast",
         "The grid operator told investors in Halifax that the plan took four years of talks with towns …"),
    ),
    "article after its teaser": (
        ("Harbour Grid plans cable along the coast",
         "The grid operator told investors in Halifax that the plan took four years of talks with towns along "
         "the coast."),
        ("Harbour Grid plans cable along the coast", BODY),
    ),
    "cut inside a number": (
        ("Quorion bestellt Zähler", "Quorion bestellt für das neue Netz im Norden Zähler, mehr als 400.000 "
                                    "Stück. " + GERMAN_BODY),
        ("Quorion bestellt Zähler für Netz", "Quorion bestellt für das neue Netz im Norden Zähler, mehr als 400.0"),
    ),
    "same page": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Cable along the coast: Harbour Grid tells its plans", "Ships, storms and stubborn fishermen."),
    ),
    "sentences in another order": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Harbour Grid tells plans for cable along the coast",
        " ".join(reversed([one + "." for one in BODY.split(".") if one]))),
    ),
    "Chinese headline with an own teaser": (
        ("上海地铁将开通新海区18公里新线路", "上海地铁将开通通往新海区的18公里新线路，共设14座车站。"),
        ("上海地铁将开通新海区18公里新线路", "通勤时间将缩短一半。"),
    ),
    "Russian headline": (
        ("Газпром продаёт Лукойл долю в проекте", "Стороны подписали договор в Мурманске."),
        ("Газпром продаёт Лукойл долю в проекте", "Переговоры шли два года."),
    ),
    "Japanese headline": (
        ("トヨタがホンダの電池部門を買収", "愛知県の工場が対象。"), ("トヨタがホンダの電池部門を買収", "")
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAME)
def test_one_story_in_two_feeds_is_silent(kind: str) -> None:
    decision = decided(*SAME[kind], PairContext(age=HOURS, same_link=kind == "same page"))
    assert decision.silent, decision


REWRITES = [
    (
        ("Lumetra acquires Corvane for 300 million euros",
         "Lumetra has agreed to acquire its smaller competitor Corvane for 300 million euros, the chip maker said. The "
         "purchase gives Lumetra access to two plants in Norway and about 1,400 engineers. Shareholders of "
         "Corvane will "
         "vote on the offer in January. Regulators in Oslo still have to examine the transaction, which both "
         "boards support."),
        ("Chip maker buys its smaller competitor in Norway",
         "Corvane is to be acquired by chip maker Lumetra for 300 million euros. About 1,400 engineers and two "
         "plants in "
         "Norway belong to the smaller competitor. Both boards support the transaction; shareholders of Corvane "
         "vote on the "
         "offer in January, and regulators in Oslo will examine the purchase."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), REWRITES)
def test_a_rewrite_in_the_same_words_is_silent(old: tuple[str, str], new: tuple[str, str]) -> None:
    assert decided(old, new).silent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ECB raises interest rates for tenth time", "European Central Bank raises interest rates for tenth time"),
        ("Fed raises interest rates by quarter point", "Federal Reserve raises interest rates by a quarter point"),
        ("Boeing CEO Calhoun to step down in autumn", "Boeing chief Calhoun to step down in autumn"),
        ("Alibaba shares jump after earnings beat", "Alibaba stock jumps after earnings beat"),
        ("Quorion übernimmt Corvane für 2,7 Milliarden Euro", "Quorion kauft Corvane für 2,7 Milliarden Euro"),
        ("Hespera fires finance chief Anna Hollis", "Hespera ousts finance chief Anna Hollis"),
        ("Reederei Claasen streicht 4000 Stellen", "Reederei Claasen will 4000 Stellen streichen"),
        ("Bayer verliert Glyphosat-Prozess in Missouri", "Glyphosat: Bayer verliert Prozess in Missouri"),
    ],
)
def test_synonyms_and_acronyms_in_a_headline_are_the_same_story(old: str, new: str) -> None:
    for one, other in ((old, new), (new, old)):
        decision = decided((one, ""), (other, ""))
        assert decision.silent, decision


def test_a_headline_loses_its_weight_with_time() -> None:
    old, new = ("Harbour Grid plans cable along the coast", BODY), ("Harbour Grid plans cable along the coast", "")
    assert decided(old, new, PairContext(age=47 * HOURS)).silent
    assert not decided(old, new, PairContext(age=49 * HOURS)).silent
    assert decided(old, old, PairContext(age=49 * HOURS)).silent


@pytest.mark.parametrize(
    "headline",
    [
        "Rolls-Royce Holdings: Transaction in Own Shares",
        "Tandril Werke AG: Stimmrechtsmitteilung",
        "6-K - Report of foreign issuer",
        "Larkfield plc: Director/PDMR Shareholding",
        "Duskwell: Holding(s) in Company",
        "Veltig AG: Eigengeschäfte von Führungskräften",
    ],
)
def test_a_known_form_is_no_evidence(headline: str) -> None:
    assert not decided((headline, ""), (headline, "")).silent
    assert decided((headline, BODY), (headline, BODY)).silent


@pytest.mark.parametrize("headline", ["Die wichtigsten Termine der Woche", "Harbour news at nine in the morning"])
def test_a_headline_that_recurs_over_other_links_is_no_evidence(headline: str) -> None:
    assert not decided((headline, ""), (headline, ""), PairContext(age=HOURS, formulaic=True)).silent
    assert decided((headline, ""), (headline, "")).silent


def test_a_rule_of_its_own_holds_each_kind_of_copy() -> None:
    shorter, rest = BODY.split(". ")[0] + ".", "Nobody in the harbour wants to wait so long, and the ships are old. "
    teaser = ("Harbour Grid plans cable by coast", shorter)
    article = ("Harbour Grid plans long cable", f"{BODY} {rest * 3}")
    assert decided(teaser, article, PairContext(age=60 * HOURS)).rule == "announced text"
    other = (
        "Harbour Grid plans long cable",
        "Fishermen are angry about the plan, and the mayor of the old town hopes for "
        "many new jobs in the port, on board of the ships and in two schools.",
    )
    assert decided(("Harbour Grid plans cable along coast", BODY), other, PairContext(age=60 * HOURS)).rule == "news"
    similar = PairContext(age=60 * HOURS, cosine=0.6)
    assert decided(("Harbour Grid plans cable along coast", BODY), other, similar).rule == "similar text"
    assert decided(("Harbour Grid plans cable along coast", BODY), (other[0], "Angry."), similar).rule == "news"
    wire = ("Lumetra orders 400,000 chips", "Lumetra spends 12 billion dollars on 400,000 chips from Norway.")
    german = (
        "Lumetra bestellt 400.000 Chips",
        "Das Unternehmen zahlt dafür 12 Milliarden Dollar an den Hersteller und die Bank.",
    )
    assert decided(wire, german, PairContext(age=HOURS)).silent


SUED = (
    "Tandril has sued Duskwell over battery patents that it says its rival copied in its newest charger. The "
    "complaint, filed on Monday in Munich, asks for 70 million euros and a halt of all sales in Germany. Duskwell "
    "called the claims baseless and pointed to its own research from years before. Both makers supply the same three "
    "carmakers. A first hearing is planned for the summer."
)
SUED_AGAIN = (
    "Battery maker Tandril has sued its rival Duskwell in Munich. Patents were copied in the newest charger, the "
    "complaint says, which asks for 70 million euros and a halt of all sales in Germany. Duskwell called the claims "
    "baseless and pointed to its own research. A first hearing is planned for the summer; both makers supply the same "
    "three carmakers."
)


def test_a_text_that_is_said_or_rewritten_is_known_by_its_words() -> None:
    late, title = PairContext(age=60 * HOURS), "Harbour Grid plans cable along the coast"
    assert (
        decided((title, BODY), ("Harbour Grid tells of a cable along the coast", BODY[:280]), late).rule == "said text"
    )
    rewrite = decided(
        ("Tandril sues Duskwell over patents", SUED), ("Legal fight over fast charging begins", SUED_AGAIN)
    )
    assert rewrite.rule == "same words"


def test_equal_figures_count_across_languages_only() -> None:
    old = (
        "Lumetra buys 400,000 chips",
        "The order of 400,000 chips is worth 12 billion dollars, Lumetra said in Oslo.",
    )
    german = (
        "Lumetra kauft Chips in Norwegen",
        "Die 400.000 Chips sind 12 Milliarden Dollar wert, sagte die Firma der Presse.",
    )
    english = ("Lumetra opens a museum of chips", "With 400,000 visitors it may earn 12 billion dollars for the town.")
    assert not decided(old, english).silent
    assert not decided(old, ("Lumetra verliert Chips in Norwegen", german[1])).silent


@pytest.mark.parametrize("link", [True, False])
def test_the_same_page_is_silent_after_days_too(link: bool) -> None:
    context = PairContext(age=60 * HOURS, same_link=link)
    old, new = (
        ("Harbour Grid plans cable along the coast", ""),
        ("Harbour Grid plans a cable along the rocky coast of Halifax", ""),
    )
    assert decided(old, new, context).silent is link
