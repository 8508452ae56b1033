"""Find numbers with a meaning in German and English text: money, percentage moves, counts of things.

Patterns are bounded and tried only at digits, so the time is linear in the length of the text. A number whose meaning
is not written beside it is skipped: a wrong figure in an alert is worse than none. The module knows no article.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from monitor.core.facts.vocabulary import (
    COUNTED_THINGS,
    FALLING_WORDS,
    HOLDING_NOUNS,
    MOVE_NOUNS,
    NUMBERED_NAMES,
    RISING_WORDS,
)
from monitor.core.model.articles import Span
from monitor.core.text import tokens

# Characters that are read as a blank and as the Swiss thousands mark; each stands for one character, so offsets stay
PLAIN_CHARACTERS = {"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "’": "'"}
NUMBER_REGEX = (  # 1.500, 1,500, 1'500, 1 500; 1,00,000; 1500.5
    r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,3})?(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,3})?(?!\d)|\d+(?:[.,]\d{1,6})?"
)
SCALE_FACTORS = {
    "hundred": 1e2, "hundert": 1e2, "thousand": 1e3, "tausend": 1e3, "tsd": 1e3, "k": 1e3, "万": 1e4, "萬": 1e4,
    "million": 1e6, "millions": 1e6, "millionen": 1e6, "mio": 1e6, "mn": 1e6, "mln": 1e6, "m": 1e6,
    "亿": 1e8, "億": 1e8, "lakh": 1e5, "crore": 1e7, "lakh crore": 1e12,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "b": 1e9, "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9,
    "billionen": 1e12, "bio": 1e12, "trillion": 1e12, "trillions": 1e12, "tn": 1e12, "trn": 1e12,
}  # fmt: skip
GERMAN_BILLION = 1e12
SCALE_WORDS = "|".join(sorted((word for word in SCALE_FACTORS if len(word) > 1), key=len, reverse=True))
SCALE_REGEX = rf"(?:[ -]?(?P<scale>(?:{SCALE_WORDS})\b\.?|[万萬亿億])|(?P<glued>[kmb])\b)"
CURRENCY_PREFIXES = {
    "$": "USD", "us$": "USD", "usd": "USD", "hk$": "HKD", "hkd": "HKD", "€": "EUR", "eur": "EUR", "£": "GBP",
    "gbp": "GBP", "¥": "JPY", "cn¥": "CNY", "rmb": "CNY", "cny": "CNY", "chf": "CHF", "jpy": "JPY", "c$": "CAD",
    "a$": "AUD", "s$": "SGD", "nt$": "TWD", "cad": "CAD", "aud": "AUD", "krw": "KRW",
    "₩": "KRW", "₹": "INR", "inr": "INR", "rs": "INR", "rs.": "INR", "sfr": "CHF", "sfr.": "CHF",
}  # fmt: skip
CURRENCY_SUFFIXES = {
    r"hong[ -]?kong[ -]dollars?": "HKD", r"us[ -]dollars?": "USD", r"dollars?": "USD", r"euros?": "EUR", r"yuan": "CNY",
    r"renminbi": "CNY", r"yen": "JPY", r"(?:schweizer )?franken": "CHF", r"swiss francs": "CHF", r"rupees?": "INR",
    r"pounds? sterling": "GBP", r"britische pfund": "GBP", r"pounds?|pfund": "GBP", r"won": "KRW",
    r"us-\$|us\$|\$": "USD", r"€": "EUR", r"£": "GBP", r"usd": "USD", r"eur": "EUR", r"gbp": "GBP", r"chf": "CHF",
    r"hkd": "HKD", r"cny": "CNY", r"rmb": "CNY", r"jpy": "JPY", r"krw": "KRW", r"港元": "HKD", r"美元": "USD",
    r"欧元": "EUR", r"日元": "JPY", r"元": "CNY",
}  # fmt: skip
AMBIGUOUS_CURRENCY = re.compile(r"(?:pounds?|pfund|won)", re.IGNORECASE)  # a currency only with a scale word
PREFIX_REGEX = "|".join(re.escape(sign) for sign in sorted(CURRENCY_PREFIXES, key=len, reverse=True))
PREFIX_BEFORE = re.compile(rf"(?:{PREFIX_REGEX}) ?\Z", re.IGNORECASE)
PREFIX_ENDS = frozenset(char for sign in CURRENCY_PREFIXES for char in (sign[-1], sign[-1].upper()))
RANGE_REGEX = rf"(?:(?P<low>{NUMBER_REGEX})(?: ?[-–] ?| to | bis | and | und ))?"
MONEY_BEFORE = re.compile(
    rf"(?<![\w$])(?P<sign>{PREFIX_REGEX}) ?{RANGE_REGEX}(?P<number>{NUMBER_REGEX})(?:{SCALE_REGEX})?(?![\d%])",
    re.IGNORECASE,
)
SUFFIX_REGEX = "|".join(
    f"(?:{word})(?!\\w)" if word[-1].isascii() and word[-1] != "$" else word for word in CURRENCY_SUFFIXES
)
MONEY_AFTER = re.compile(
    rf"(?<![A-Za-z0-9_ÄÖÜäöüß.,$€£])(?<!\d'){RANGE_REGEX}(?P<number>{NUMBER_REGEX})(?:{SCALE_REGEX})?"
    rf"[ -]?(?P<unit>{SUFFIX_REGEX})",
    re.IGNORECASE,
)
CURRENCY_CODES = tuple((re.compile(word, re.IGNORECASE), code) for word, code in CURRENCY_SUFFIXES.items())
SIGN_BEFORE = re.compile(r"[+\-−–±] ?\Z")
PERCENTAGE = re.compile(
    rf"(?:(?P<mark>(?<![\w)])[+\-−–±]) ?)?(?<![\w.,])(?<!\d')(?P<number>{NUMBER_REGEX})[ -]?"
    r"(?P<unit>%(?:[ -]?punkte?)?|percent(?:age points?)?|per cent|prozent(?:punkten?|punkte?)?|pct)(?!\w)",
    re.IGNORECASE,
)
COUNTED_NUMBER = re.compile(
    rf"(?<![\w.,$€£-])(?<!\d')(?P<number>{NUMBER_REGEX})(?:{SCALE_REGEX})?"
    rf"(?: (?:of (?:these|the|those|its|their) |der |dieser )?)"
    rf"(?:(?!(?:and|und|to|bis|for|für|in|at|the|die|das|of|von|per|pro|is|are|ist|sind|was|were|will|wird)\b)"
    rf"[\w'’&+/-]{{1,24}} ){{0,4}}?(?:[\w&+/]{{1,20}}-)?(?P<thing>{COUNTED_THINGS})(?!\w)",
    re.IGNORECASE,
)
NUMBERED_NAME_BEFORE = re.compile(rf"\b(?:{NUMBERED_NAMES})[ -]$")
YEAR_NUMBER = re.compile(r"(?:19|20)\d\d$")

RISING_WORD = re.compile(f"(?:{RISING_WORDS})", re.IGNORECASE)
FALLING_WORD = re.compile(f"(?:{FALLING_WORDS})", re.IGNORECASE)
WORD_PATTERN = re.compile(r"\w+")
UP_TO = re.compile(r" (?:to|zu)\b", re.IGNORECASE)  # after "up": a limit, no move
APPROXIMATION_WORDS = (
    "about |around |nearly |almost |only |just |more than |over |rund |etwa |knapp |fast |nur |mehr als |über |gut "
)
LEVEL_BEFORE = re.compile(
    rf"(?:\b(?:to|auf|at|bei|of|von)|\bis|\bare|=|\bist) (?:{APPROXIMATION_WORDS})?$", re.IGNORECASE
)
MAX_LEVEL_LENGTH = 20  # characters; "auf mehr als " has 13
MOVE_NOUN_BEFORE = re.compile(rf"(?:{MOVE_NOUNS}) (?:of|von|um) [\w ]{{0,12}}$", re.IGNORECASE)
COMPARISON_AFTER = re.compile(
    r" (?:lower|higher|less|fewer|below|above|up|down|höher|niedriger|tiefer|weniger)\b", re.IGNORECASE
)
HOLDING_AFTER = re.compile(rf" (?:\w+ ){{0,2}}?(?:{HOLDING_NOUNS})(?!\w)", re.IGNORECASE)
CLAUSE_END = re.compile(r"[.!?;:\n](?=\s|$)|\n")
MAX_DIRECTION_DISTANCE = 70  # characters between a percentage and its direction word


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its meaning. kind: money, move or count; unit: a currency, %, pp or the thing counted."""

    kind: str
    value: float
    unit: str
    span: Span


def find_amounts(text: str, numbers: Sequence[int], *, german: bool) -> Iterator[Amount]:
    """The amounts of a text, without overlaps; money before moves before counts. numbers: offsets of the numbers."""
    text = plain_characters(text)
    taken: list[Span] = []  # sorted, without overlaps
    for found in (
        *find_money(text, german, numbers),
        *find_moves(text, german, numbers),
        *find_counts(text, german, numbers),
    ):
        start, end = found.span
        at = bisect_left(taken, end, key=itemgetter(0))  # those before it begin before this one ends
        if not at or taken[at - 1][1] <= start:
            taken.insert(at, found.span)
            yield found


def plain_characters(text: str) -> str:
    """The text with plain blanks and apostrophes, of the same length; the same object where there are no others."""
    for char, plain in PLAIN_CHARACTERS.items():
        if char in text:
            text = text.replace(char, plain)
    return text


def find_money(text: str, german: bool, numbers: Sequence[int]) -> Iterator[Amount]:
    """Sums of money with a currency, before or after the number."""
    for match in tokens.find_at_numbers(MONEY_BEFORE, text, numbers_after_currency(text, numbers), PREFIX_BEFORE):
        yield from money_amounts(match, CURRENCY_PREFIXES[match["sign"].lower()], german)
    for match in tokens.find_at_numbers(MONEY_AFTER, text, numbers):
        unit = match["unit"]
        scaled = match["scale"] or match["glued"]
        if AMBIGUOUS_CURRENCY.fullmatch(unit) and not scaled:
            continue
        if YEAR_NUMBER.match(match["number"]) and not scaled and unit[0].isupper() and not unit.isupper():
            continue  # "im Jahr 2026 Euro", "Euro" as the next sentence's subject
        yield from money_amounts(match, currency_code(unit), german)


def numbers_after_currency(text: str, numbers: Sequence[int]) -> list[int]:
    """The numbers that may follow a currency sign: mostly none of twenty, and the full pattern takes 3 µs each."""
    return [
        number for number in numbers if number and text[max(0, number - 2) : number].rstrip(" ")[-1:] in PREFIX_ENDS
    ]


def money_amounts(match: re.Match[str], code: str, german: bool) -> Iterator[Amount]:
    """One sum, or the two ends of a range."""
    scale = scale_factor(match, german)
    for name in ("low", "number"):
        if match[name]:
            start = match.start() if name == "low" or not match["low"] else match.start(name)
            end = match.end(name) if name == "low" else match.end()
            yield Amount("money", round(parse_number(match[name], german) * scale, 6), code, (start, end))


def currency_code(unit: str) -> str:
    """The code of a currency as it is written after a number."""
    return next(code for pattern, code in CURRENCY_CODES if pattern.fullmatch(unit))


def scale_factor(match: re.Match[str], german: bool) -> float:
    """The factor of a scale word; 1.0 without one. "billion" is 1e12 in German."""
    word = (match["scale"] or match["glued"] or "").lower().rstrip(".")
    if word == "billion" and german:
        return GERMAN_BILLION
    return SCALE_FACTORS.get(word, 1.0)


def find_moves(text: str, german: bool, numbers: Sequence[int]) -> Iterator[Amount]:
    """Percentages that rise or fall, not shares, rates or levels."""
    for match in tokens.find_at_numbers(PERCENTAGE, text, numbers, SIGN_BEFORE):
        sign = move_direction(text, match)
        if sign:
            unit = "pp" if "punkt" in match["unit"].lower() or "point" in match["unit"].lower() else "%"
            value = parse_number(match["number"], german, fraction=True)
            yield Amount("move", sign * value, unit, (match.start(), match.end()))


def move_direction(text: str, match: re.Match[str]) -> int:
    """+1 for a rise, -1 for a fall, 0 where no sign or word gives a direction."""
    if match["mark"]:
        ranged = character_before(text, match.start()).isdigit()
        return 1 if match["mark"] == "+" else 0 if ranged or match["mark"] == "±" else -1
    start = match.start("number")
    before = text[max(0, start - MAX_DIRECTION_DISTANCE) : start]
    after = text[match.end() : match.end() + MAX_DIRECTION_DISTANCE]
    level = LEVEL_BEFORE.search(before, max(0, len(before) - MAX_LEVEL_LENGTH))
    if (level and not MOVE_NOUN_BEFORE.search(before) and not COMPARISON_AFTER.match(after)) or HOLDING_AFTER.match(
        after
    ):
        return 0
    stops = list(CLAUSE_END.finditer(before))
    before = before[stops[-1].end() :] if stops else before
    stop = CLAUSE_END.search(after)
    after = after[: stop.start()] if stop else after
    return nearest_direction(before, after)


def character_before(text: str, at: int) -> str:
    """The last character before an offset that is not white space; "" where there is none."""
    while at and text[at - 1].isspace():
        at -= 1
    return text[at - 1 : at] if at else ""


def nearest_direction(before: str, after: str) -> int:
    """The direction (+1, -1 or 0) of the direction word nearest to a number between two parts of its sentence."""
    found = [
        (len(before) - word.end(), way)
        for word, way in first_direction_word(before, reversed([*WORD_PATTERN.finditer(before)]))
    ]
    found += [(word.start(), way) for word, way in first_direction_word(after, WORD_PATTERN.finditer(after))]
    return min(found, key=itemgetter(0), default=(0, 0))[1]


def first_direction_word(text: str, words: Iterable[re.Match[str]]) -> list[tuple[re.Match[str], int]]:
    """The first word that gives a direction, with +1 or -1; an empty list without one."""
    for word in words:
        up, down = word_directions(word[0])
        way = 1 if up and not UP_TO.match(text, word.end()) else -1 if down else 0
        if way:
            return [(word, way)]
    return []


@lru_cache(maxsize=2048)
def word_directions(word: str) -> tuple[bool, bool]:
    """Whether a word means a rise, and whether it means a fall. Cached: there are 170 patterns."""
    return RISING_WORD.fullmatch(word) is not None, FALLING_WORD.fullmatch(word) is not None


def find_counts(text: str, german: bool, numbers: Sequence[int]) -> Iterator[Amount]:
    """Counts of the things in COUNTED_THINGS, without years and numbered names."""
    for match in tokens.find_at_numbers(COUNTED_NUMBER, text, numbers):
        bare = match["number"].isdigit() and not match["scale"]
        if bare and (
            YEAR_NUMBER.match(match["number"])
            or NUMBERED_NAME_BEFORE.search(text, max(0, match.start() - 16), match.start())
        ):
            continue
        if match["glued"]:
            continue
        value = parse_number(match["number"], german, whole=True) * scale_factor(match, german)
        yield Amount("count", value, match["thing"].lower(), (match.start(), match.end()))


def parse_number(text: str, german: bool, *, fraction: bool = False, whole: bool = False) -> float:
    """The value of a number. fraction: a single separator is decimal; whole: one before three digits groups them."""
    text = text.replace(" ", "").replace("'", "")
    marks = [char for char in text if char in ".,"]
    if not marks:
        return float(text)
    last = marks[-1]
    if len(set(marks)) == 2:
        return float(text.replace("." if last == "," else ",", "").replace(",", "."))
    grouped = len(text) - text.rindex(last) - 1 == 3 and text[0] != "0"
    thousands = len(marks) > 1 or (grouped and not fraction and (whole or last == ("." if german else ",")))
    return float(text.replace(last, "")) if thousands else float(text.replace(",", "."))
