"""Give a number one form, whatever its thousands marks, decimal mark, scale word, script or spelling.

The module reads one number at a time. It knows neither sentences nor articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core.dedupe.words.neutral_words import UNITS
from monitor.core.text.normalize import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_SIGN = "#"
YEAR_SIGN, DATE_SIGN = "#y", "#d"
SCALE_SIGN = "*"  # before a factor, as in "*1e6"
PERCENT_SCALE = "*%"
MAX_DIGITS = 15  # a longer number is an identifier

COMMA_DECIMALS = frozenset(("de", "fr", "es", "it", "nl", "ru", "pt"))  # languages in which "1.500" is 1500
BLANKS = "\u0020\u00a0\u2007\u2009\u202f"
SCALES = {
    word: factor
    for words, factor in (
        ("hundred hundert cien ciento", 1e2), ("dozen dutzend douzaine docena", 12),
        ("thousand tausend tsd tsd. mille mil k tys тыс тысяч", 1e3), ("lakh lac lakhs", 1e5),
        ("million millions millionen mio mio. mln mn mill mill. millon millones млн миллионов", 1e6),
        ("crore crores", 1e7),
        ("billion billions bn bln milliarde milliarden mrd mrd. mrds md mds milliard milliards млрд миллиардов", 1e9),
        ("trillion trillions tn trn billionen bio bio.", 1e12),
    )
    for word in words.split()
}  # fmt: skip
LONG_BILLION = frozenset(("de", "fr", "es", "it", "nl"))  # languages in which "billion" is 1e12
# Plurals that count nothing without a number before them: "thousands of jobs"
VAGUE_SCALES = frozenset(
    ("millions", "millionen", "billions", "milliarden", "trillions", "millones", "milliards", "lakhs", "crores")
)
MONEY_SCALES = {"m": 1e6, "b": 1e9, "t": 1e12}  # one letter, only beside a currency
PERCENT_WORDS = _words(
    "% ％ percent prozent prozents prozentig pct pc prozentpunkt prozentpunkte prozentpunkten percentage pourcent "
    "procent процентов проц pp"
)
ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th", "er", "ème", "eme"))
_HAN_DIGITS = {
    char: value
    for value, chars in enumerate(("零〇", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九"))
    for char in chars
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_SCALES = {"万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "兆": 1e12}
_MARKS = re.compile(f"[.,'’{BLANKS}]")
_GROUPS = re.compile(rf"\d{{1,3}}(?:[.,'’{BLANKS}]\d{{3}})+|\d{{1,2}}(?:,\d{{2}})+,\d{{3}}")  # 1.500.000, 1,00,000
_LEADING_DIGITS = re.compile(rf"\d+(?:[.,'’{BLANKS}]\d+)*")
_SCALED_PART = re.compile(r"([\d.,'’]*)([十百千万萬亿億兆]+)")
_GERMAN_UNITS = ("ein", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun")
_ENGLISH_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = (
    ("zwanzig", "dreissig", "vierzig", "fuenfzig", "sechzig", "siebzig", "achtzig", "neunzig"),
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    ("vingt", "trente", "quarante", "cinquante", "soixante", "septante", "huitante", "nonante"),
    ("veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"),
)
_SMALL_WORDS = (  # from two on: "one", "ein", "un" are articles
    "zwei drei vier fuenf sechs sieben acht neun zehn elf zwoelf dreizehn vierzehn fuenfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho "
    "diecinueve",
)
# Number words that are other words in the other languages: English "once", "Sept", "Dos"; "elf" and "neuf" stay
_CONFLICTING_WORDS = {
    "once": "es",
    "sept": "fr",
    "dos": "es",
    "dix": "fr",
    "seize": "fr",
    "mil": "es",
    "mille": "fr",
    "cent": "fr",
}


def _number_words() -> Iterator[tuple[str, int]]:
    for words in _SMALL_WORDS:
        yield from ((word, value) for value, word in enumerate(words.split(), 2))
    for tens in _TENS:
        yield from ((word, value * 10) for value, word in enumerate(tens, 2))
    for ten, name in enumerate(_TENS[0], 2):
        yield from ((f"{unit}und{name}", 10 * ten + value) for value, unit in enumerate(_GERMAN_UNITS, 1))
    for ten, name in enumerate(_TENS[1], 2):
        yield from ((f"{name}{unit}", 10 * ten + value) for value, unit in enumerate(_ENGLISH_UNITS, 1))
    for value, unit in enumerate(("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"), 21):
        yield f"veinti{unit}", value
    yield from (("vingts", 20), ("veintiun", 21), ("zwo", 2))


NUMBER_WORDS = dict(_number_words())


def number_token(value: float, *, percent: bool = False) -> str:
    """The token of a value: "#300", "#0.5", from a million on "#1.5e6"; with "%" for a percentage."""
    if abs(value) >= 1e6:
        mantissa, exponent = f"{value:.11e}".split("e")
        plain = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        plain = f"{value:.6f}".rstrip("0").rstrip(".")
    return f"{NUMBER_SIGN}{plain}{'%' if percent else ''}"


def date_token(month: int, day: int) -> str:
    """The token of a day of a month: "#d12-15"."""
    return f"{DATE_SIGN}{month}-{day}"


def year_token(raw: str) -> str:
    """The token of a bare year: "#y2026"."""
    return f"{YEAR_SIGN}{int(raw)}"


def is_number(token: str) -> bool:
    """Whether a token is a number or a percentage; years ("#y…") and dates ("#d…") are not."""
    return token[:1] == NUMBER_SIGN and token[1:2].isdigit()


def is_percent(token: str) -> bool:
    """Whether a token is a percentage."""
    return is_number(token) and token[-1] == "%"


def number_value(token: str) -> float:
    """The value of a number token, of a percentage in percent."""
    return float(token[1:].rstrip("%"))


def scale_number(token: str, factor: float) -> str:
    """A number token multiplied by the factor of a scale word."""
    return number_token(number_value(token) * factor)


def spelled_value(word: str, language: str) -> int | None:
    """The value of a folded number word from two to ninety-nine; None for other words."""
    owner = _CONFLICTING_WORDS.get(word, language)
    return NUMBER_WORDS.get(word) if owner == language else None


def scale_value(word: str, language: str) -> float | None:
    """The factor of a folded scale word; None for other words. "billion" is 1e12 in German, French and Spanish."""
    if _CONFLICTING_WORDS.get(word, language) != language:
        return None
    if word == "billion" and language in LONG_BILLION:
        return 1e12
    return SCALES.get(word)


def parse_digits(raw: str, language: str, *, fraction: bool = False) -> float | None:
    """The value of digits with marks. None for an identifier: more than 15 digits, or groups that are none (1.2.3).

    fraction: a single mark is decimal, as before a percent sign.
    """
    if len(raw) > 2 * MAX_DIGITS or sum(map(str.isdigit, raw)) > MAX_DIGITS:
        return None
    marks = _MARKS.findall(raw)
    if not marks:
        return float(raw)
    last = marks[-1]
    whole, _, rest = raw.rpartition(last)
    if len(marks) == 1:
        grouped = len(rest) == 3 and raw[0] != "0" and len(whole) <= 3 and _groups_thousands(last, language, fraction)
        return float(whole + rest if grouped else f"{whole}.{rest}" if last in ".," else whole + rest)
    if _GROUPS.fullmatch(raw) and len(set(marks)) == 1:
        return float(_MARKS.sub("", raw))
    if last in ".," and last not in marks[:-1] and (len(marks) == 1 or _GROUPS.fullmatch(whole)):
        return float(f"{_MARKS.sub('', whole)}.{rest}")
    return None


def _groups_thousands(mark: str, language: str, fraction: bool) -> bool:
    """Whether a single mark before three digits groups thousands; where no language is known both do."""
    if mark not in ".,":
        return True
    return not fraction and (not language or (mark == ".") == (language in COMMA_DECIMALS))


def parse_scaled(raw: str, language: str) -> float | None:
    """The value of digits with Han scales, as in 1.5万亿 or 1万2000; None where a part is no number."""
    total, end = 0.0, 0
    for part in _SCALED_PART.finditer(raw):
        value = parse_digits(part[1], language) if part[1] else 1.0
        if value is None or part.start() != end:
            return None
        for char in part[2]:
            value *= _HAN_SCALES.get(char) or _HAN_UNITS[char]
        total, end = total + value, part.end()
    rest = parse_digits(raw[end:], language) if end < len(raw) else 0.0
    return None if rest is None else total + rest


def han_value(numeral: str) -> float:
    """The value of Chinese numerals, as in 三十五, 两万 or 一千二百亿."""
    total = section = digit = 0.0
    for char in numeral:
        if char in _HAN_DIGITS:
            digit = digit * 10 + _HAN_DIGITS[char] if digit else _HAN_DIGITS[char]
        elif char in _HAN_UNITS:
            section += (digit or 1.0) * _HAN_UNITS[char]
            digit = 0.0
        else:
            scale = _HAN_SCALES[char]
            total = (
                (total + section + digit or 1.0) * scale if scale >= 1e8 else total + (section + digit or 1.0) * scale
            )
            section = digit = 0.0
    return total + section + digit


def glued_number(raw: str, language: str) -> str:
    """The token of digits with letters behind: "300Mio" and "15-percent" are numbers, "42-ball" and "5G" are names."""
    digits = _LEADING_DIGITS.match(raw)
    if digits is None:
        return ""
    word = fold(raw[digits.end() :]).lstrip("-").strip()
    if not word:
        value = parse_digits(digits[0], language)
        return fold(raw) if value is None and len(raw) <= MAX_DIGITS else "" if value is None else number_token(value)
    if word in PERCENT_WORDS or word.startswith(("prozent", "percent")):
        value = parse_digits(digits[0], language, fraction=True)
        return "" if value is None else number_token(value, percent=True)
    if word[0] == "月":
        month, day = map(int, re.findall(r"\d+", raw))
        return date_token(month, day)
    if word[0] in _HAN_SCALES or word[0] in _HAN_UNITS:
        value = parse_scaled(raw.replace(" ", ""), language)
        return "" if value is None else number_token(value)
    factor = 1.0 if word in UNITS or word in ORDINAL_ENDINGS else scale_value(word, language)
    value = parse_digits(digits[0], language) if factor else None
    return fold(raw).replace("-", "") if factor is None or value is None else number_token(value * factor)
