"""A number has one form, however it is written; a number inside a name is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.number_forms import han_value, is_number, number_token, number_value, parse_digits
from monitor.core.dedupe.wording import read_wording

GERMAN = "Der Konzern teilte das mit und die Zahl ist"
ENGLISH = "The company said that the figure is"
FRENCH = "Le groupe a dit que le chiffre est de"
SPANISH = "El grupo dijo que la cifra es de"
CHINESE = "公司宣布数字达到"
INTROS = {"de": GERMAN, "en": ENGLISH, "fr": FRENCH, "es": SPANISH, "zh": CHINESE}


def numbers(text: str, language: str = "") -> list[str]:
    """The number, year and date tokens of a text; a sentence before it tells the language."""
    wording = read_wording("", f"{INTROS.get(language, '')}.\n{text}")
    assert not language or wording.language == language
    return [token for token in wording.sentences[-1].tokens if token[0] == "#"] if wording.sentences else []


ONE_AND_A_HALF_BILLION = [
    ("de", "1,5 Milliarden Euro"), ("de", "1,5 Mrd. Euro"), ("de", "1,5 Mrd Euro"), ("de", "1.500 Millionen Euro"),
    ("de", "1'500 Millionen Franken"), ("de", "1’500 Mio. Franken"), ("de", "1 500 Millionen Euro"),
    ("de", "1\u00a0500\u00a0Mio.\u00a0Euro"),
    ("de", "1\u202f500 Mio. Euro"), ("de", "1.500.000.000 Euro"), ("de", "1500 Mio Euro"),
    ("de", "ein 1,5-Milliarden-Euro-Deal"),
    ("de", "1,5Mrd Euro"), ("en", "$1.5 billion"), ("en", "$1.5bn"), ("en", "$1.5B"), ("en", "€1,500 million"),
    ("en", "1,500 million euros"),
    ("en", "a $1.5-billion deal"), ("en", "USD1.5 billion"), ("en", "EUR 1.5bn"), ("en", "1,500,000,000 dollars"),
    ("en", "$1500m"),
    ("en", "150 crore rupees"), ("en", "Rs 15,000 lakh"), ("en", "1,50,00,00,000 rupees"), ("en", "Rs. 1.5 bn"),
    ("fr", "1,5 milliard d'euros"), ("fr", "1 500 millions d'euros"), ("es", "1.500 millones de euros"),
    ("es", "1,5 mil millones de euros"),
    ("zh", "15亿元"), ("zh", "15 亿元"), ("zh", "十五亿元"), ("zh", "150,000万元"), ("zh", "15亿美元"),
]  # fmt: skip


@pytest.mark.parametrize("language, text", ONE_AND_A_HALF_BILLION)
def test_one_and_a_half_billion_is_one_token(language: str, text: str) -> None:
    assert numbers(text, language) == ["#1.5e9"]


@pytest.mark.parametrize(
    "language, text, token",
    [
        ("de", "12 Prozent", "#12%"), ("de", "12 % mehr", "#12%"), ("de", "12\u202f% mehr", "#12%"),
        ("de", "12% mehr", "#12%"), ("de", "zwölf Prozent", "#12%"),
        ("de", "12-prozentiger Anstieg", "#12%"), ("de", "12 Prozentpunkte", "#12%"), ("en", "12 percent", "#12%"),
        ("en", "12 per cent", "#12%"),
        ("en", "twelve percent", "#12%"), ("en", "a 12-percent rise", "#12%"), ("en", "12 pct", "#12%"),
        ("en", "12 percentage points", "#12%"),
        ("fr", "12 pour cent", "#12%"), ("fr", "12 % mehr", "#12%"), ("es", "12 por ciento", "#12%"),
        ("zh", "增长12%", "#12%"), ("zh", "百分之十二", "#12%"),
        ("de", "1,5 Prozent", "#1.5%"), ("en", "1.250 percent", "#1.25%"),
        ("de", "fünfundzwanzig Tote", "#25"), ("en", "twenty-five dead", "#25"), ("en", "twenty five dead", "#25"),
        ("fr", "vingt-cinq morts", "#25"),
        ("es", "veinticinco muertos", "#25"), ("es", "treinta y cinco muertos", "#35"),
        ("fr", "soixante-dix morts", "#70"),
        ("en", "ninety-nine", "#99"), ("de", "neunundneunzig", "#99"), ("de", "zwei Millionen", "#2e6"),
        ("en", "two million", "#2e6"),
        ("en", "half a million", "#500000"), ("de", "eine halbe Million", "#500000"), ("en", "a million", "#1e6"),
        ("de", "eine Milliarde", "#1e9"),
        ("en", "two dozen", "#24"), ("en", "300k users", "#300000"), ("de", "300 Tsd. Euro", "#300000"),
        ("en", "two hundred", "#200"),
        ("en", "2 lakh crore", "#2e12"), ("en", "1,00,000 rupees", "#100000"), ("de", "2 Billionen Euro", "#2e12"),
        ("en", "2 trillion", "#2e12"),
        ("zh", "三十五人死亡", "#35"), ("zh", "两万人", "#20000"), ("zh", "一千二百亿元", "#1.2e11"), ("zh",
        "1.5万亿元", "#1.5e12"),
        ("zh", "三人死亡", "#3"),
        ("de", "1.234,56 Euro", "#1234.56"), ("en", "1,234.56 dollars", "#1234.56"), ("de", "300km", "#300"),
        ("de", "10 Tote", "#10"),
        ("en", "the 20th anniversary", "#20"), ("en", "300m long", "#300"), ("en", "£300m", "#3e8"),
        ("de", "minus 3 Grad", "#3"), ("de", "im Jahr 2026", "#y2026"), ("en", "in 2026", "#y2026"),
        ("de", "2026 Euro", "#2026"), ("en", "for $2026", "#2026"),
        ("de", "am 15. Dezember", "#d12-15"), ("en", "on December 15", "#d12-15"), ("en", "on Dec. 15", "#d12-15"),
        ("en", "on 15 December", "#d12-15"),
        ("en", "the 3rd of March", "#d3-3"), ("en", "March 3rd", "#d3-3"), ("fr", "le 15 décembre", "#d12-15"),
        ("es", "el 3 de mayo", "#d5-3"), ("zh", "12月15日", "#d12-15"),
    ],
)  # fmt: skip
def test_a_number_has_one_form(language: str, text: str, token: str) -> None:
    assert numbers(text, language) == [token]


@pytest.mark.parametrize(
    "text, name",
    [
        ("the H200 chip", "h200"), ("Covid-19 cases", "covid19"), ("the T20 final", "t20"), ("G7 leaders", "g7"),
        ("a Boeing 737 crashed", "boeing737"),
        ("at Euro 2020", "euro2020"), ("a 42-ball fifty", "42ball"), ("a MiG-29 jet", "mig29"),
        ("Level 3 alert", "level3"), ("5G network", "5g"),
        ("an Airbus A320neo", "a320neo"), ("the iPhone 17", "iphone17"), ("Windows 11 update", "windows11"),
        ("Phase 3 trial", "phase3"),
        ("Q3 results", "q3"), ("GPT-5 model", "gpt5"), ("flight MH370", "mh370"), ("Article 5", "article5"),
        ("the S-400 system", "s400"),
        ("No. 10 denies", "no10"), ("COP30 summit", "cop30"), ("RTX4090 cards", "rtx4090"),
        ("the B-2 bomber", "b2"), ("DAX 40 firms", "dax40"),
    ],
)  # fmt: skip
def test_digits_inside_a_name_are_no_number(text: str, name: str) -> None:
    tokens = read_wording("", f"{ENGLISH}.\n{text}").sentences[-1].tokens
    assert name in tokens
    assert [token for token in tokens if token[0] == "#" and token != "#50"] == []


@pytest.mark.parametrize("text", ["3:1", "2-0", "10-12", "2:1"])
def test_scores_and_ranges_are_two_numbers_in_order(text: str) -> None:
    one, other = numbers(f"Quorion gewinnt {text} gegen Lumetra", "de")
    assert f"{number_value(one):g} {number_value(other):g}" == text.replace(":", " ").replace("-", " ")


@pytest.mark.parametrize("text", ["12345678901234567890", "9" * 40, "1" * 300_000])
def test_a_very_long_number_is_an_identifier(text: str) -> None:
    assert numbers(f"Aktenzeichen {text}") == []


@pytest.mark.parametrize(
    "raw, language, value",
    [
        ("1.500", "de", 1500), ("1.500", "en", 1.5), ("1,500", "en", 1500), ("1,500", "de", 1.5),
        ("1.500", "", 1500), ("1,500", "", 1500),
        ("0,500", "en", 0.5), ("1'500", "de", 1500), ("1’500’000", "", 1.5e6), ("1 500 000", "fr", 1.5e6),
        ("12,34,567", "en", 1234567),
        ("1.234.567,8", "de", 1234567.8), ("1,234,567.8", "en", 1234567.8), ("1'234.5", "de", 1234.5),
        ("1.2.3", "en", None), ("12", "", 12),
        ("192.168.0.1", "", None), ("3,5", "en", 3.5), ("٣٥", "", 35), ("１５", "zh", 15),
    ],
)  # fmt: skip
def test_digits_are_read_by_the_habits_of_the_language(raw: str, language: str, value: float | None) -> None:
    assert parse_digits(raw, language) == value


@pytest.mark.parametrize(
    "numeral, value",
    [
        ("十", 10),
        ("十二", 12),
        ("三十五", 35),
        ("一百零五", 105),
        ("两千", 2000),
        ("一万二千", 12000),
        ("三亿五千万", 3.5e8),
        ("万", 1e4),
        ("一万亿", 1e12),
    ],
)
def test_chinese_numerals_are_read(numeral: str, value: float) -> None:
    assert han_value(numeral) == value


@pytest.mark.parametrize(
    "text", ["三星电子", "百度公司", "四川地震", "三菱重工", "统一企业", "第一财经", "万科集团", "十分重要"]
)
def test_numerals_inside_chinese_names_are_none(text: str) -> None:
    assert numbers(text, "zh") == []


STYLES = {
    "de": ("{0:,.0f}", ",", ("", ".", "'", "’", " ", "\u00a0", "\u2009", "\u202f")),
    "en": ("{0:,.0f}", ",", ("", ",", "'", "’", "\u00a0", "\u202f")),
}


@given(st.integers(10_000, 999_999_999), st.sampled_from(sorted(STYLES)), st.data())
def test_any_number_in_any_style_is_one_token(value: int, language: str, data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(STYLES[language][2]))
    assert numbers(f"Quorion {value:,}".replace(",", mark), language) == [number_token(float(value))]


@given(st.floats(0, 1e13))
def test_a_token_keeps_its_value(value: float) -> None:
    token = number_token(value)
    assert is_number(token)
    assert number_value(token) == pytest.approx(value, rel=1e-10, abs=1e-6)
