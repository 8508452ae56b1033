"""An article is read as content tokens: what it says, in one form, without what only frames it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.dedupe.number_forms import is_number
from monitor.core.dedupe.reading.chunk_tokens import chunk_table, read_tokens
from monitor.core.dedupe.reading.sentence_tokens import place_tokens
from monitor.core.dedupe.wording import NEGATION, Wording, fold_word, number_spans, read_wording
from monitor.core.text.extent import COMPARED


def tokens(text: str, language: str = "") -> tuple[str, ...]:
    """The tokens of a sentence, whose language another sentence tells."""
    intro = {
        "de": "Das ist der Satz und er ist für die Sprache. ",
        "en": "This is the sentence of that language and it is for it. ",
    }
    intro |= {
        "fr": "C'est la phrase pour la langue dans le texte et les mots. ",
        "es": "Es la frase para el idioma y los textos del mundo. ",
    }
    return tuple(
        token
        for one in read_wording("", intro.get(language, "") + "\n" + text).sentences[bool(language) :]
        for token in one.tokens
    )


@pytest.mark.parametrize(
    "title, label, statement",
    [
        ("EIL: Quorion streicht Stellen", "eil", "Quorion streicht Stellen"),
        ("UPDATE 3-Quorion cuts jobs - Reuters", "update 3", "Quorion cuts jobs"),
        ("WDH: Quorion streicht Stellen", "wdh", "Quorion streicht Stellen"),
        ("KORREKTUR: Quorion streicht Stellen", "korrektur", "Quorion streicht Stellen"),
        ("Breaking: Quorion cuts jobs", "breaking", "Quorion cuts jobs"),
        ("BREAKING – Quorion cuts jobs", "breaking", "Quorion cuts jobs"),
        ("Investigating: API errors in Europe", "investigating", "API errors in Europe"),
        ("Resolved - API errors in Europe", "resolved", "API errors in Europe"),
        ("[Resolved] API errors in Europe", "resolved", "API errors in Europe"),
        ("ROUNDUP 2: Quorion streicht Stellen", "roundup 2", "Quorion streicht Stellen"),
        ("Behoben: Störung bei Quorion", "behoben", "Störung bei Quorion"),
        ("Correction: Quorion cuts jobs", "correction", "Quorion cuts jobs"),
        ("dpa-AFX Überblick: Märkte im Plus", "dpa-afx ueberblick", "Märkte im Plus"), ("【快讯】阿里巴巴裁员",
        "快讯", "阿里巴巴裁员"),
        ("Exclusive: Quorion in talks | Bloomberg", "exclusive", "Quorion in talks"),
        ("Urgent | Quorion cuts jobs", "urgent", "Quorion cuts jobs"),
        ("Alibaba Aktie: Analysten heben das Kursziel an", "", "Alibaba Aktie: Analysten heben das Kursziel an"),
        ("EQS-DD: Tandril Werke AG: Vorstand, Kauf", "", "EQS-DD: Tandril Werke AG: Vorstand, Kauf"),
        ("Rolls-Royce Holdings: Transaction in Own Shares", "", "Rolls-Royce Holdings: Transaction in Own Shares"),
        ("Updated guidance: Quorion cuts jobs", "", "Updated guidance: Quorion cuts jobs"),
        ("Live Nation: tickets sold out", "", "Live Nation: tickets sold out"),
        ("Openreach – prices rise", "", "Openreach – prices rise"),
        ("Quorion cuts jobs in Cologne | boerse-global.de", "", "Quorion cuts jobs in Cologne"),
        ("Quorion streicht Stellen in Köln - Handelsblatt", "", "Quorion streicht Stellen in Köln"),
        ("Quorion cuts jobs in Cologne - The Wall Street Journal", "", "Quorion cuts jobs in Cologne"),
        ("Rolls-Royce Holdings | Transaction in Own Shares", "", "Rolls-Royce Holdings | Transaction in Own Shares"),
        ("Quorion buys Lumetra - and sells Tandril", "", "Quorion buys Lumetra - and sells Tandril"),
        ("Breaking:", "", "Breaking:"),
    ],
)  # fmt: skip
def test_a_headline_is_split_into_label_statement_and_publisher(title: str, label: str, statement: str) -> None:
    wording = read_wording(title, "")
    assert (wording.label, title[wording.headline.start : wording.headline.end]) == (label, statement)


@pytest.mark.parametrize(
    "language, text",
    [
        ("de", "Quorion tritt nicht zurück"), ("de", "Quorion plant keine Entlassungen"),
        ("de", "Niemand wurde verletzt"), ("de", "Er tritt nie zurück"),
        ("en", "Quorion does not resign"), ("en", "Quorion isn't resigning"), ("en", "Quorion won’t resign"),
        ("en", "No one was hurt"), ("en", "Quorion cannot pay"),
        ("en", "Quorion has yet to pay"), ("en", "They have not yet paid"), ("en", "Quorion never paid"),
        ("en", "neither side paid"),
        ("fr", "Quorion ne démissionne pas"), ("fr", "Quorion n'a jamais payé"), ("es", "Quorion no paga"),
        ("es", "Nunca pagó"),
        ("", "阿里巴巴不裁员"), ("", "阿里巴巴没有裁员"), ("", "阿里巴巴尚未裁员"), ("", "トヨタは発表しない"), ("",
        "Газпром не платит"),
    ],
)  # fmt: skip
def test_every_negator_is_one_token(language: str, text: str) -> None:
    assert tokens(text, language).count(NEGATION) == 1


@pytest.mark.parametrize(
    "language, text",
    [
        ("de", "Quorion zahlt ohne Zögern"), ("en", "Quorion pays without delay"), ("en", "Not only Quorion pays"),
        ("de", "Nicht nur Quorion zahlt"),
        ("fr", "Non seulement Quorion paie"), ("es", "No solo Quorion paga"), ("en", "No doubt Quorion pays"),
        ("en", "whether or not Quorion pays"),
        ("en", "No. 5 pays"), ("de", "nicht zuletzt Quorion zahlt"), ("en", "Quorion pays yet another fine"),
        ("en", "the non-executive board"),
        ("", "阿里巴巴未来裁员"), ("", "阿里巴巴不断裁员"), ("", "阿里巴巴不仅裁员"), ("", "沉没的船"), ("",
        "非洲裁员"), ("", "少ない人"),
    ],
)  # fmt: skip
def test_what_only_resembles_a_negator_is_none(language: str, text: str) -> None:
    assert NEGATION not in tokens(text, language)


SAME = [
    ("Quorion raises prices", "Quorion raised the price"),
    ("Quorion genehmigt den Kauf", "Quorion genehmigte Käufe".replace("Käufe", "den Kauf")),
    ("Quorion senkt die Preise", "Quorion hat Preise gesenkt".replace("hat Preise gesenkt", "senkte Preise")),
    ("Éclair kauft Śnieżka", "Eclair kauft Sniezka"),
    ("Müller kauft Lumetra", "Mueller kauft Lumetra"), ("Quorion’s profit", "Quorion's profits"),
    ("QUORION STREICHT JOBS", "Quorion streicht Jobs"),
    ("Quorion buys Lumetra, Reuters reports", "Quorion buys Lumetra"),
    ("Quorion kauft Lumetra, sagte der Sprecher am Montag", "Quorion kauft Lumetra"),
    ("The U.S. sues Quorion", "The US sues Quorion"), ("Quorion kauft rund 300 Autos", "Quorion kauft 300 Autos"),
    ("ＱＵＯＲＩＯＮ wins", "Quorion wins"),
    ("Cafe\u0301 Quorion wins", "Café Quorion wins"), ("the companies stop", "the company stopped"),
    ("Milliarden-Deal", "Milliarden Deal"),
]  # fmt: skip


@pytest.mark.parametrize("one, other", SAME)
def test_style_changes_no_token(one: str, other: str) -> None:
    assert read_wording(one, "").headline.tokens == read_wording(other, "").headline.tokens


DIFFERENT = [
    ("Quorion lifts ban", "Quorion imposes ban"), ("shares up 3%", "shares down 3%"),
    ("Umsatz unter 300", "Umsatz über 300"), ("war in Sudan", "was in Sudan"),
    ("27 die in fire", "27 live in fire"), ("adidas wins", "zooplus wins"), ("Éclair wins", "Śnieżka wins"),
    ("Газпром покупает", "Лукойл покупает"),
    ("阿里巴巴裁员", "百度裁员"), ("トヨタが買収", "ホンダが買収"), ("market rises", "Marke rises"), ("mit Vertrag",
    "ohne Vertrag"),
    ("votes for", "votes against"),
    ("삼성전자 인수", "현대차 인수"), ("Φιξ αγοράζει", "Μύθος αγοράζει"), ("Plan A wins", "Plan B wins"),
    ("X buys it", "Y buys it"), ("US sues", "UN sues"),
]  # fmt: skip


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_another_statement_has_other_tokens(one: str, other: str) -> None:
    assert read_wording(one, "").headline.tokens != read_wording(other, "").headline.tokens


def test_swapped_actors_are_seen_in_the_order() -> None:
    assert read_wording("Quorion buys Lumetra", "").headline.tokens == ("quorion", "buy", "lumetra")
    assert read_wording("Lumetra buys Quorion", "").headline.tokens == ("lumetra", "buy", "quorion")


@pytest.mark.parametrize(
    "language, text",
    [
        ("de", "Der Konzern streicht die Stellen und will das Werk nicht verkaufen."),
        ("en", "The company cuts the jobs and wants to sell its plant."),
        ("fr", "Le groupe supprime des postes dans les usines et ne vend pas."),
        ("es", "El grupo recorta los puestos y no vende las plantas del país."),
        ("zh", "阿里巴巴集团周四公布第三季度业绩。"), ("ja", "トヨタは工場を売却すると発表した。"), ("ko",
        "삼성전자가 공장을 매각한다."),
        ("ru", "Газпром продает завод."),
        ("", "Quorion Lumetra"), ("", ""),
    ],
)  # fmt: skip
def test_the_language_is_guessed_from_script_and_common_words(language: str, text: str) -> None:
    assert read_wording("", text).language == language


@pytest.mark.parametrize(
    "text, names",
    [
        ("The maker of the H200 and iPhone, said Quorion of Texas.", {"h200", "iphon", "quorion", "texa"}),
        ("トヨタとホンダは工場を売却した。", {"トヨタ", "ホンダ"}),
        ("Quorion is on the list of the firms", set()), ("Der Konzern kauft die IBM und das Werk", {"ibm"}),
        ("The Firm Buys The Plant In Texas", set()),
    ],
)  # fmt: skip
def test_names_are_told_by_their_spelling(text: str, names: set[str]) -> None:
    assert {name for one in read_wording("", text).sentences for name in one.names} == names


@pytest.mark.parametrize(
    "text, count",
    [
        ("Dr. Meier kauft Nr. 5 am 3. Mai. Er zahlt.", 2), ("Es kostet 3 Mio. Euro. Das ist viel!", 2),
        ("One. Two? Three! Four…", 4),
        ("阿里巴巴裁员。百度不裁员！", 2), ("Zeile\nZeile zwei", 2), ("He said: “Cuts.” Then left it.", 2),
        ("z. B. Köln", 1),
        ("Inc. Quorion", 1),
    ],
)  # fmt: skip
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    assert len(read_wording("", text).sentences) == count


def test_number_tokens_are_found_in_the_text() -> None:
    text = (
        "Stand: 09:27 Uhr\nQuorion streicht 300 Stellen. Der Umsatz lag bei 1,5 Mrd. Euro und damit 12 Prozent höher."
    )
    wording = read_wording("", text)
    found = [
        (one.token, text[one.start : one.end])
        for sentence in wording.sentences
        for one in number_spans(sentence, text, wording.language)
    ]
    assert found == [("#300", "300"), ("#1.5e9", "1,5 Mrd"), ("#12%", "12 Prozent")]


def test_list_words_are_folded_like_text() -> None:
    assert [fold_word(word) for word in ("approves", "Genehmigt", "der", "Euro", "not")] == [
        "approv",
        "genehmig",
        "",
        "euro",
        NEGATION,
    ]


PIECES = st.sampled_from(
    ["Quorion", "kauft", " ", "\n", ". ", "300", "1.500", "1'500", " Mio. Euro", "%", "nicht ", "not ", "only ",
    "vor 5 Minuten", "27 Kommentare", "阿里巴巴",
     "不", "三十五人", "トヨタ", "H200", "Boeing ", "737 ", "Dec. ", "15 ", "May ", "half ", "a million ", "-",
     "twenty ",
     "five ", "€", "yet ", "to ", "İ", "ß", "é",
     "\u0301", "per cent ", "y ", "EUR ", "No. ", "¬", "#5", "~euro", "*1e6", "U.S. ", "(Reuters) - ", "'", "’s ",
     "&", "：", "2026 "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join)


@settings(max_examples=300)
@given(TEXTS, TEXTS)
@example("", "¬ #5 ~euro *1e6")
def test_any_text_is_read_twice_alike_and_points_at_itself(title: str, text: str) -> None:
    wording = read_wording(title, text)
    assert wording == read_wording(title, text)
    assert 0 <= wording.headline.start <= wording.headline.end <= len(title)
    end = 0
    for sentence in wording.sentences:
        assert end <= sentence.start < sentence.end <= len(text)
        assert sentence.tokens and sentence.names <= set(sentence.tokens)
        assert all(token and " " not in token and token[0] not in "*~" for token in sentence.tokens)
        end = sentence.end
        spans = number_spans(sentence, text, wording.language)
        assert all(sentence.start <= one.start < one.end <= sentence.end for one in spans)


@settings(max_examples=500, derandomize=True)
@given(TEXTS.map(lambda text: " ".join(text.split())), st.sampled_from(["de", "en", "es", "zh", ""]))
@example("12 % of 3 May", "en")
@example("2026 ~euro", "de")
@example("5 Mio. Euro, 3 per cent", "de")
@example("737 %Quorion", "")
@example("-twenty", "de")
def test_the_table_of_chunks_reads_what_the_whole_sentence_reads(text: str, language: str) -> None:
    assert list(read_tokens(text.split(), chunk_table(language))) == [one.token for one in place_tokens(text, language)]


HOSTILE = {
    "digits": "7", "apostrophes": "'", "digit groups": "1'234 ", "full stops": ". ", "stops": ".", "colons": "12:3",
    "slashes": "/ab", "brackets": "([{",
    "han": "三", "negators": "不没", "bars": "1|", "at": "@ a", "labels": "Stand: ", "comments": "27 Kommentare ",
    "hyphens": "a-", "capitals": "A-A ",
    "initials": "A.", "links": "https://", "points": "points ", "newlines": "\n1", "currency": "$1 ",
    "heads": "Level 3 ", "combining": "a\u0301", "percent": "% ",
    "quotes": "l'", "ages": "vor 5 ", "clock": "0:", "units": "5 km ", "tel": "Tel. 0 ", "scales": "万亿",
    "thousands": "1,000", "plus": "+4",
}  # fmt: skip


def reading_time(text: str) -> float:
    """The CPU seconds of reading a text that no table knows."""
    start = time.process_time()
    read_wording("Quorion", text)
    return time.process_time() - start


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_read_to_the_end(piece: str) -> None:
    wording = read_wording("Quorion", piece * (40_000 // len(piece)))
    assert isinstance(wording, Wording)


def test_a_very_long_text_is_read_to_its_compared_part() -> None:
    text = "Quorion kauft 300 Werke. " * 160_000
    assert read_wording("", text).sentences[-1].end <= COMPARED


def test_number_tokens_are_numbers() -> None:
    assert [is_number(token) for token in ("#300", "#12%", "#y2026", "#d12-15", "h200", NEGATION)] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
