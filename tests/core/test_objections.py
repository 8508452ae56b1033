"""Across feeds nothing is a copy against an objection: turned, renamed, swapped, denied, another figure, more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.compare.wording_pair import PairContext
from monitor.core.dedupe.copies import COPY_RULES, decide_copy
from monitor.core.dedupe.objections import OBJECTIONS
from monitor.core.dedupe.wording import read_wording
from tests.core.wordings import BODY, GERMAN_BODY, HOURS, PRICELESS, decided

REVERSED = [
    ("Regulator approves purchase of Duskwell", "Regulator blocks purchase of Duskwell"),
    ("Ardmore lifts tariffs on Kestrel steel", "Ardmore imposes tariffs on Kestrel steel"),
    ("Gericht genehmigt Ausbau des Hafens Emden", "Gericht verbietet Ausbau des Hafens Emden"),
    ("Reederei startet Bau von sechs Frachtern", "Reederei stoppt Bau von sechs Frachtern"),
    ("Jury finds former banker guilty of fraud", "Jury finds former banker innocent of fraud"),
    ("Analysts upgraded Lumetra shares to buy", "Analysts downgraded Lumetra shares to buy"),
    ("Commission clears merger of two railways", "Commission rejects merger of two railways"),
    ("Minister confirms closure of northern base", "Minister denies closure of northern base"),
    ("Quorion wins patent case in Munich", "Quorion loses patent case in Munich"),
    ("Kanzlerin lobt Vorschlag der Werften", "Kanzlerin kritisiert Vorschlag der Werften"),
    ("华联银行批准东江集团贷款申请", "华联银行拒绝东江集团贷款申请"),
    ("Суд разрешил строительство порта в Мурманске", "Суд запретил строительство порта в Мурманске"),
    ("トヨタが愛知県の工場を再開", "トヨタが愛知県の工場を閉鎖"),
    ("Sąd zatwierdza plan naprawczy kopalni", "Sąd odrzuca plan naprawczy kopalni"),
    ("Le ministre confirme la fermeture du port", "Le ministre dément la fermeture du port"),
    ("Governor raises budget for coastal schools", "Governor halves budget for coastal schools"),
]
RENAMED = [
    ("adidas opens largest store in Halifax", "adidas", "zooplus"),
    ("Éclair Motors opens largest store in Halifax", "Éclair Motors", "Śnieżka Bus"),
    ("Газпром открывает крупнейший завод в Мурманске", "Газпром", "Лукойл"),
    ("阿里巴巴发布新一代大型语言模型", "阿里巴巴", "百度"),
    ("トヨタが愛知県に新しい工場を建設", "トヨタ", "ホンダ"),
    ("Łabędź otwiera największą fabrykę w Krakowie", "Łabędź", "Żubr"),
    ("eBay opens largest store in Halifax", "eBay", "iRobot"),
    ("腾讯发布新一代大型语言模型", "腾讯", "华为"),
    ("スズキが愛知県に新しい工場を建設", "スズキ", "マツダ"),
    ("Сбербанк открывает крупнейший центр в Мурманске", "Сбербанк", "Яндекс"),
    ("Alibaba Aktie: Analysten heben das Kursziel an", "Alibaba", "Tencent"),
    ("Élan ouvre un magasin à Lyon", "Élan", "Ångström"),
]
SWAPPED = [
    ("Quorion buys Lumetra after long talks", "Lumetra buys Quorion after long talks"),
    ("Tandril verklagt Duskwell wegen Patenten", "Duskwell verklagt Tandril wegen Patenten"),
    ("Senator Halvorsen accuses Minister Okoro of fraud", "Minister Okoro accuses Senator Halvorsen of fraud"),
    ("阿里巴巴收购百度云计算部门", "百度收购阿里巴巴云计算部门"),
    ("Газпром продаёт Лукойл долю в проекте", "Лукойл продаёт Газпром долю в проекте"),
    ("トヨタがホンダを買収する計画", "ホンダがトヨタを買収する計画"),
    ("Śnieżka kupuje Łabędź za gotówkę", "Łabędź kupuje Śnieżka za gotówkę"),
    ("Quorion opens 12 plants with 400 workers", "Quorion opens 400 plants with 12 workers"),
    ("FC Brandau besiegt SV Lohheim im Pokal", "SV Lohheim besiegt FC Brandau im Pokal"),
]
REVERSED += [
    ("Tandril meldet Rekordgewinn", "Tandril meldet Rekordverlust"),
    ("Minister refuses to resign after scandal", "Minister resigns after scandal"),
    ("Court upholds ban on night flights", "Court overturns ban on night flights"),
    ("特斯拉上调售价", "特斯拉下调售价"),
    ("Verdi verlangt 8 Prozent mehr Lohn", "Verdi verlangt 10,5 Prozent mehr Lohn"),
]
DENIED = [
    ("Vorstand von Lumetra tritt zurück", "Vorstand von Lumetra tritt nicht zurück"),
    ("Quorion will pay dividend this year", "Quorion will not pay dividend this year"),
    ("Union accepts offer of the railway", "Union never accepts offer of the railway"),
    ("上海地铁将开通新海区线路", "上海地铁不会开通新海区线路"),
    ("Éclair rachète son concurrent Rivage", "Éclair ne rachète pas son concurrent Rivage"),
    ("Газпром продаёт долю в проекте", "Газпром не продаёт долю в проекте"),
]
REFIGURED = [
    ("Quorion cuts 300 jobs in Larkfield", "Quorion cuts 3,000 jobs in Larkfield"),
    ("Fire in hostel of Ardmore kills 10", "Fire in hostel of Ardmore kills 17"),
    ("Umsatz von Lumetra steigt um 12 Prozent", "Umsatz von Lumetra steigt um 21 Prozent"),
    ("Bank zahlt 1'500 Millionen Franken Busse", "Bank zahlt 500 Millionen Franken Busse"),
    ("EU beschließt das 12. Paket von Sanktionen", "EU beschließt das 13. Paket von Sanktionen"),
    ("东江集团获得12亿元贷款", "东江集团获得21亿元贷款"),
]


@pytest.mark.parametrize("body", ["", BODY])
@pytest.mark.parametrize(("old", "new"), REVERSED + SWAPPED + DENIED + REFIGURED)
def test_a_headline_that_says_otherwise_is_told_whatever_the_texts(old: str, new: str, body: str) -> None:
    for one, other in ((old, new), (new, old)):
        decision = decided((one, body), (other, body))
        assert not decision.silent, decision


@pytest.mark.parametrize("body", ["", "{} expects more. Staff of {} were told at noon.", "{}: " + BODY])
@pytest.mark.parametrize(("headline", "name", "other"), RENAMED)
def test_one_template_about_two_names_is_two_articles(headline: str, name: str, other: str, body: str) -> None:
    old, new = headline, headline.replace(name, other)
    decision = decided((old, body.format(name, name)), (new, body.format(other, other)))
    assert not decision.silent, decision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Senate of Ardmore passes budget bill", "House of Ardmore passes budget bill"),
        ("Volcano erupts on Kestrel island", "Volcano erupts on Silvane island"),
        ("Quorion names new finance chief", "Quorion names new chief executive"),
        ("Niger expels ambassador of France", "Nigeria expels ambassador of France"),
        ("Siemens beruft neue Finanzchefin in Emden", "Siemens beruft neue Werksleiterin in Emden"),
        ("Tesla recalls two million cars in Ardmore", "Tesla recalls two million trucks in Ardmore"),
    ],
)
def test_any_exchanged_word_of_a_headline_objects_where_the_texts_do_not_cover_each_other(old: str, new: str) -> None:
    for one, other in ((old, new), (new, old)):
        assert not decided((one, ""), (other, "")).silent
        assert not decided((one, BODY), (other, "Nobody knows yet what comes next.")).silent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Talks of Quorion and Lumetra on merger in Oslo", "Talks of Quorion and Lumetra on merger in Oslo fail"),
        ("Harbour Grid cable along the coast of Halifax", "Harbour Grid cable along the coast of Halifax approved"),
        ("Streit um Windpark bei Emden und Torhagen", "Streit um Windpark bei Emden und Torhagen beendet"),
        ("Offer of Tandril for six ships of Duskwell", "Offer of Tandril for six ships of Duskwell rejected"),
        ("Plan für neues Stadion in Brandau und Lohheim", "Plan für neues Stadion in Brandau und Lohheim gescheitert"),
    ],
)
def test_a_headline_that_adds_a_statement_is_news(old: str, new: str) -> None:
    assert not decided((old, ""), (new, "")).silent


TURNED_SENTENCES = [
    ("The court has approved the sale of both ports.", "approved", "blocked"),
    ("Das Gericht hat den Bau der Leitung genehmigt.", "genehmigt", "verboten"),
    ("The ministry lifted the ban on night flights.", "lifted", "imposed"),
    ("The jury found the former director guilty.", "guilty", "innocent"),
    ("Die Firma hat die Förderung gestartet.", "gestartet", "gestoppt"),
    ("The union has accepted the offer.", "accepted", "rejected"),
    ("The owner will sell the northern plant.", "sell", "buy"),
    ("Prosecutors charged the former mayor.", "charged", "acquitted"),
]


@pytest.mark.parametrize("body", [BODY, GERMAN_BODY])
@pytest.mark.parametrize(("sentence", "old", "new"), TURNED_SENTENCES)
def test_one_turned_word_in_a_long_text_is_news(sentence: str, old: str, new: str, body: str) -> None:
    headline = "Harbour Grid plans cable along the coast"
    decision = decided((headline, f"{sentence} {body}"), (headline, f"{sentence.replace(old, new)} {body}"))
    assert not decision.silent, decision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Three banks lend", "Five banks lend"),
        ("four years", "14 years"),
        ("will be laid", "will not be laid"),
        ("Larkfield", "Mavenport"),
        ("praised", "criticised"),
        ("Engineers", "Politicians"),
    ],
)
def test_one_exchanged_word_in_a_literal_copy_is_news(old: str, new: str) -> None:
    headline = "Harbour Grid plans cable along the coast"
    decision = decided((headline, BODY), (headline, BODY.replace(old, new)))
    assert not decision.silent, decision


@pytest.mark.parametrize(
    ("sentence", "other"),
    [
        ("In spring Lumetra sued Corvane over patents.", "In spring Corvane sued Lumetra over patents."),
        ("Senator Halvorsen accused Minister Okoro of fraud.", "Minister Okoro accused Senator Halvorsen of fraud."),
        ("The bank lent 12 farmers 400 tractors.", "The bank lent 400 farmers 12 tractors."),
        ("Oslo lost 14 ships. Bergen lost 31 ships.", "Oslo lost 31 ships. Bergen lost 14 ships."),
        ("Im Mai verklagte Tandril den Konkurrenten Duskwell.", "Im Mai verklagte Duskwell den Konkurrenten Tandril."),
    ],
)
def test_what_changed_places_in_a_verbatim_text_is_news(sentence: str, other: str) -> None:
    headline = "Harbour Grid plans cable along the coast"
    decision = decided((headline, f"{sentence} {BODY}"), (headline, f"{other} {BODY}"))
    assert not decision.silent, decision


GERMAN_REWRITTEN = "Am Ufer schläft seit dem Frühling niemand gut. Im Turm brennen alte Lampen, und Möwen kreisen."
REWRITTEN = "Along the shore nobody sleeps well since spring. Old lamps burn in the tower. Gulls circle above the pier."


@pytest.mark.parametrize(("sentence", "old", "new"), TURNED_SENTENCES)
def test_a_turned_sentence_in_a_free_rewrite_is_news(sentence: str, old: str, new: str) -> None:
    headline = "Harbour Grid plans cable along the coast"
    german = sentence.startswith(("Das", "Die"))
    body, rewritten = (GERMAN_BODY, GERMAN_REWRITTEN) if german else (BODY, REWRITTEN)
    decision = decided((headline, f"{sentence} {body}"), (headline, f"{sentence.replace(old, new)} {rewritten}"))
    assert not decision.silent, decision


@pytest.mark.parametrize(("name", "other"), [("Corvane", "Hespera"), ("adidas", "zooplus"), ("Éclair", "Śnieżka")])
def test_another_name_in_a_template_with_a_text_of_its_own_is_news(name: str, other: str) -> None:
    headline, template = (
        "Auditors resign after dispute over books",
        "Staff of {0} were told at noon. Shares of {0} fell.",
    )
    old, new = template.format(name) + " " + BODY, template.format(other) + " " + REWRITTEN
    assert not decided((headline, old), (headline, new)).silent


ANOTHER_STATEMENT = [
    (
        ("Lumetra buys 400,000 chips for 12 billion dollars",
         "Lumetra has ordered 400,000 chips for 12 billion dollars from a Norwegian maker, people close to it said."),
        ("Regulators block chip deal of Lumetra",
         "Regulators have blocked the order of 400,000 chips for 12 billion dollars that Lumetra placed in Norway."),
    ),
    (
        ("Quorion bids 900 million euros for Corvane", "Quorion offers 900 million euros and 2,100 new jobs for "
                                                       "Corvane."),
        ("Quorion withdraws bid for Corvane", "Quorion withdraws its offer of 900 million euros and 2,100 jobs "
                                              "for Corvane."),
    ),
    (
        ("Tandril gewinnt Auftrag über 240 Millionen Euro",
         "Tandril liefert 18.000 Achsen für 240 Millionen Euro an die Bahn, teilte das Unternehmen mit."),
        ("Gericht kippt Auftrag der Bahn an Tandril",
         "Ein Gericht hat den Auftrag über 18.000 Achsen für 240 Millionen Euro aufgehoben, den Tandril "
         "erhalten hatte."),
    ),
    (
        ("Osmara in talks to sell 1,400 stores for 3 billion",
         "Osmara is in talks to sell 1,400 stores for 3 billion dollars, a newspaper reported."),
        ("Osmara denies talks about stores",
         "Osmara denied that it is in talks to sell 1,400 stores for 3 billion dollars."),
    ),
    (
        ("Veltig erwartet 2,4 Milliarden Euro Umsatz",
         "Veltig erwartet in diesem Jahr einen Umsatz von 2,4 Milliarden Euro und 310 Millionen Euro Gewinn."),
        ("Veltig streicht 1.200 Stellen",
         "Veltig streicht 1.200 Stellen. Der Umsatz soll weiter 2,4 Milliarden Euro und der Gewinn 310 "
         "Millionen erreichen."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), ANOTHER_STATEMENT)
def test_the_same_figures_in_another_statement_are_news(old: tuple[str, str], new: tuple[str, str]) -> None:
    for one, other in ((old, new), (new, old)):
        assert not decided(one, other, PairContext(age=HOURS, cosine=0.6)).silent


CONTAINING = {
    "update with a resignation": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("UPDATE 3: Harbour Grid chief resigns over cable, 3,000 jobs go",
         "The chief executive of Harbour Grid has resigned and 3,000 jobs will go. " + BODY),
    ),
    "old article as background": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("Storm sinks ship that laid cable for Harbour Grid",
         "A storm has sunk the ship that was to lay the cable. Eleven sailors are missing off the coast. " + BODY),
    ),
    "flash that grows": (
        ("EIL: Lumetra kauft Corvane", "Lumetra kauft den Konkurrenten Corvane, wie beide Unternehmen mitteilten."),
        ("Lumetra kauft Corvane", "Lumetra kauft den Konkurrenten Corvane, wie beide Unternehmen mitteilten. "
                                  "Der Preis beträgt "
         "300 Millionen Euro. Rund 1.400 Beschäftigte wechseln. Bis 2029 will Lumetra 45 Millionen Euro im Jahr "
         "sparen."),
    ),
    "short news in boilerplate": (
        ("Lumetra opens office in Oslo", "Lumetra opened an office in Oslo. About Lumetra: " + BODY + PRICELESS),
        ("Lumetra recalls converters after fires",
         "Lumetra recalls its converters after two fires. About Lumetra: " + BODY + PRICELESS),
    ),
    "short news in German boilerplate": (
        ("Veltig beruft neue Finanzchefin", "Veltig beruft Ruth Wieland. Über Veltig: " + GERMAN_BODY),
        ("Veltig erleidet Cyberangriff", "Unbekannte legten die Server lahm. Über Veltig: " + GERMAN_BODY),
    ),
    "round-up": (
        ("Harbour Grid plans cable along the coast", BODY),
        ("The week in ten stories", "A museum in Oslo reopens. Farmers expect a poor harvest of rye. A bridge "
                                    "was closed "
         "for repairs after cracks were found. " + BODY),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTAINING)
@pytest.mark.parametrize("cosine", [0.0, 0.8])
def test_a_text_that_contains_the_old_one_is_news_if_it_says_more(kind: str, cosine: float) -> None:
    decision = decided(*CONTAINING[kind], PairContext(age=HOURS, cosine=cosine))
    assert not decision.silent, decision


TEXTS = st.lists(st.sampled_from([*BODY.split(". "), *GERMAN_BODY.split(". ")]), min_size=1, max_size=6, unique=True)
TITLES = st.sampled_from([*(old for old, _ in REVERSED), "Harbour Grid plans cable along the coast", "x", ""])


@given(TITLES, TEXTS)
def test_an_article_never_objects_to_itself(title: str, sentences: list[str]) -> None:
    text = ". ".join(sentences)
    index = WordingIndex(read_wording(title, text))
    rule = decide_copy(index, index, PairContext(age=HOURS)).rule
    assert rule not in {name for name, _ in OBJECTIONS}


@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=60), st.text(max_size=200))
def test_any_two_texts_are_decided_with_a_rule_and_a_reason(title: str, text: str, other: str, body: str) -> None:
    decision = decided((title, text), (other, body))
    names = {name for name, _ in (*OBJECTIONS, *COPY_RULES)} | {"news"}
    assert decision.rule in names and decision.reason


@given(st.sampled_from(REVERSED + SWAPPED + DENIED + REFIGURED), TEXTS)
def test_objections_of_headlines_do_not_depend_on_the_direction(pair: tuple[str, str], sentences: list[str]) -> None:
    text = ". ".join(sentences)
    one, other = ((title, text) for title in pair)
    assert not decided(one, other).silent and not decided(other, one).silent
