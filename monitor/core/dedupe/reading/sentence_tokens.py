"""Read a stretch of text as content tokens with their places; numbers, units, dates and negators by their neighbours.

A stretch without numbers, units and negators needs only the table of words. The module knows no article and cuts no
sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from monitor.core.dedupe.number_forms import (
    BLANKS,
    MONEY_SCALES,
    PERCENT_SCALE,
    SCALE_SIGN,
    YEAR_SIGN,
    date_token,
    is_number,
    is_percent,
    number_token,
    number_value,
    parse_digits,
    scale_number,
    year_token,
)
from monitor.core.dedupe.reading.word_forms import (
    KATAKANA_RANGES,
    NEGATION,
    PAIRED_RANGES,
    UNIT_SIGN,
    YET,
    token_table,
)
from monitor.core.dedupe.words.neutral_words import MONTHS, NEGATION_EXCUSES, NUMBERED_HEADS
from monitor.core.text.normalize import COMBINING_MARKS, fold

_CURRENCY_GLUED = "".join(
    f"(?<!{code})"
    for code in (
        "EUR",
        "USD",
        "CHF",
        "GBP",
        "INR",
        "HKD",
        "CNY",
        "RMB",
        "JPY",
        "SEK",
        "NOK",
        "DKK",
        "CAD",
        "AUD",
        "KRW",
        "Rs",
    )
)
_NUMBER_REGEX = rf"\d{{1,2}}月\d{{1,2}}[日号]|(?:\d{{1,3}}(?:[{BLANKS}]\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*)"


def _token_regex(letter: str, other: str) -> str:
    glued = rf"(?:(?=[-‑]?\d){_CURRENCY_GLUED}[-‑]?\d(?:\d|{letter})*(?:\.\d+)*)?"
    behind = rf"(?:[{BLANKS}]?(?:[%％]|[十百千万萬亿億兆]+(?:\d[\d.,]*[十百千万萬亿億兆]*)*)|[-‑]?{letter}+)?"
    return rf"(?:[A-Z]\.){{2,}}[A-Z]?|{letter}+(?:['’&]{letter}+)*{glued}|{_NUMBER_REGEX}{behind}{other}"


# Texts of Latin, Greek and Cyrillic letters; texts of any script
PLAIN_TOKEN = re.compile(_token_regex(r"[^\W\d_]", ""))
ANY_TOKEN = re.compile(
    _token_regex(
        rf"(?:[^\W\d_\u3040-\u30ff{PAIRED_RANGES}\uff66-\uff9f]|[{COMBINING_MARKS}\u0591-\u05c7\u064b-\u065f\u0900-\u0dff])",
        rf"|[{PAIRED_RANGES}]+|[{KATAKANA_RANGES}]+|(?<!少)(?<!危)(?<!しれ)(?<!違い)(?:ない|なかっ|ません)",
    )
)
WIDE_SCRIPT = re.compile(f"[{COMBINING_MARKS}\u0591-\u065f\u0900-\u11ff\u1780-\u17ff\u3040-\U0003ffff]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CURRENCY_SIGN = re.compile(r"[$€£¥₹₩][ \u00a0]?\Z")
_NEAR_GAP = re.compile(rf"\.?[{BLANKS}\-‑]{{0,2}}")
_DATE_GAP = re.compile(r"(?:st|nd|rd|th|er|º|\.)?[ \u00a0]?(?:de |of )?")
_TEN_GAP = re.compile(r"[ \u00a0\-‑]| (?:y|et|und|and) ")
MAX_COUNT_HEAD = 9999  # a larger number behind "Level" or "Boeing" is no part of the name


PER_WORDS = ("per", "pour", "por")  # per cent, pour cent, por ciento


class PlacedToken(NamedTuple):
    """A content token and its place in the text it was read from."""

    token: str
    start: int
    end: int


class _Item(NamedTuple):
    """A raw word with what the table makes of it, perhaps nothing."""

    token: str
    start: int
    end: int
    raw: str


def place_tokens(text: str, language: str, start: int = 0, end: int | None = None) -> list[PlacedToken]:
    """The content tokens of a stretch of text with their places, in order."""
    return [_resolved(placed) for placed in place_unresolved(text, start, len(text) if end is None else end, language)]


def place_unresolved(text: str, start: int, end: int, language: str) -> list[PlacedToken]:
    """The tokens; units keep their sign."""
    table, found = token_table(language), list[PlacedToken]()
    pattern = ANY_TOKEN if WIDE_SCRIPT.search(text, start, end) else PLAIN_TOKEN
    items = [_Item(table[match[0]], *match.span(), match[0]) for match in pattern.finditer(text, start, end)]
    for at in range(len(items)):
        _add_item(text, items, at, found)
    return found


def _add_item(text: str, items: Sequence[_Item], at: int, found: list[PlacedToken]) -> None:
    item = items[at]
    kind = item.token[:1]
    if item.raw[0].isdigit() or (kind == "#" and " " not in item.token):
        _add_number(text, items, at, found)
    elif kind in (SCALE_SIGN, UNIT_SIGN):
        if not _ends_percentage(items, at, found):
            (_add_scale if kind == SCALE_SIGN else _add_unit)(text, item, found)
    elif item.token == NEGATION:
        _add_negator(items, at, found)
    elif not (found and found[-1].token[0] == "#" and _ends_date(text, item, found)):
        found += [PlacedToken(token, item.start, item.end) for token in item.token.split()]


def _resolved(placed: PlacedToken) -> PlacedToken:
    return placed._replace(token=placed.token[1:]) if placed.token[0] == UNIT_SIGN else placed


def _add_number(text: str, items: Sequence[_Item], at: int, found: list[PlacedToken]) -> None:
    item = items[at]
    before = items[at - 1] if at else None
    gap = text[before.end : item.start] if before else ""
    token = item.token
    if not token:
        return
    if before and item.raw.isdigit() and _is_head(before, gap, item.raw):
        if found and found[-1].token == NEGATION:
            found.pop()
        found.append(PlacedToken(_head_name(before, item.raw), item.start, item.end))
        return
    if before and token[1:].isdigit() and 1 <= int(token[1:]) <= 31 and _is_month(before) and len(gap) <= 2 and found:
        if found[-1].start == before.start:
            found.pop()
        found.append(PlacedToken(date_token(MONTHS[fold(before.raw)], int(token[1:])), before.start, item.end))
        return
    money = _has_currency_before(text, item, found)
    token = _letter_scale(item, token, money)
    if _completes_ten(text, item, found):
        number = found.pop()
        token = number_token(number_value(number.token) + number_value(token))
        item = item._replace(start=number.start)
    elif _has_minus(text, item, before, gap):
        found.append(PlacedToken("minus", item.start - 1, item.start))
    bare = _YEAR.fullmatch(item.raw) and not money
    found += (PlacedToken(year_token(item.raw) if bare else one, item.start, item.end) for one in token.split())


def _is_head(before: _Item, gap: str, digits: str) -> bool:
    """Whether a number belongs to the name before it: Boeing 737, Level 3, No. 10."""
    return (
        len(digits) <= 4
        and len(gap) <= 2
        and gap.strip(f"{BLANKS}-‑.") == ""
        and gap != ""
        and fold(before.raw) in NUMBERED_HEADS
        and not (_YEAR.fullmatch(digits) and before.raw.islower())
    )


def _head_name(before: _Item, digits: str) -> str:
    return f"{fold(before.raw)}{digits}"


def _is_month(item: _Item) -> bool:
    return item.raw[0].isupper() and fold(item.raw) in MONTHS


def _has_currency_before(text: str, item: _Item, found: list[PlacedToken]) -> bool:
    """Whether a currency stands directly before a number; a written one is taken out of the tokens."""
    if _CURRENCY_SIGN.search(text, max(0, item.start - 2), item.start):
        return True
    if found and found[-1].token[0] == UNIT_SIGN and item.start - found[-1].end <= 1:
        found.pop()
        return True
    return False


def _letter_scale(item: _Item, token: str, money: bool) -> str:
    """ "300m" beside a currency is 300 million, elsewhere 300 metres."""
    letter = item.raw[-1].lower()
    if letter not in MONEY_SCALES or not item.raw[0].isdigit() or token[0] == "#":
        return token
    value = parse_digits(item.raw[:-1], "") if item.raw[-2].isdigit() else None
    if value is None or (not money and letter == "b"):
        return token
    return number_token(value * MONEY_SCALES[letter] if money else value)


def _completes_ten(text: str, item: _Item, found: list[PlacedToken]) -> bool:
    """Whether a number word completes the tens before it: twenty-five, treinta y cinco."""
    number = found[-1] if found else None
    if number is None or not is_number(number.token) or not is_number(item.token):
        return False
    if not _TEN_GAP.fullmatch(text, number.end, item.start) or text[number.start].isdigit() or item.raw[0].isdigit():
        return False
    ten, unit = number_value(number.token), number_value(item.token)
    return 20 <= ten <= 90 and ten % 10 == 0 and unit < (20 if ten in (60, 80) else 10)


def _has_minus(text: str, item: _Item, before: _Item | None, gap: str) -> bool:
    """Whether a minus sign, not a dash of a range, stands before a number."""
    if (
        item.start == 0
        or text[item.start - 1] not in "-−–"
        or (before and gap.strip(f"{BLANKS}%") in ("-", "–", "−") and before.raw[0].isdigit())
    ):
        return False
    return item.start == 1 or text[item.start - 2].isspace() or text[item.start - 2] in "(:|"


def _follows_number(text: str, item: _Item, found: list[PlacedToken]) -> bool:
    return bool(
        found
        and found[-1].token[:1] == "#"
        and not is_percent(found[-1].token)
        and _NEAR_GAP.fullmatch(text, found[-1].end, item.start)
        and (is_number(found[-1].token) or found[-1].token.startswith(YEAR_SIGN))
    )


def plain_number(token: str) -> str:
    """A number token, of a year as a number."""
    return f"#{token[2:]}" if token.startswith(YEAR_SIGN) else token


def _add_scale(text: str, item: _Item, found: list[PlacedToken]) -> None:
    if item.token == PERCENT_SCALE:
        if _follows_number(text, item, found):
            last = found.pop()
            found.append(PlacedToken(percentage_token(last.token), last.start, item.end))
        return
    factor = float(item.token.strip(SCALE_SIGN))
    if _follows_number(text, item, found):
        last = found.pop()
        found.append(PlacedToken(scale_number(plain_number(last.token), factor), last.start, item.end))
    elif item.token[-1] == SCALE_SIGN:
        found.append(PlacedToken(number_word(factor), item.start, item.end))
    elif found and found[-1].token in ("half", "halb"):
        last = found.pop()
        found.append(PlacedToken(number_token(factor / 2), last.start, item.end))
    else:
        found.append(PlacedToken(number_token(factor), item.start, item.end))


def number_word(factor: float) -> str:
    """The token of a scale word that counts nothing, as in "millions of jobs"."""
    return f"scale{factor:g}".replace("+", "")


def percentage_token(token: str) -> str:
    """The percentage that a number token and a percent word make."""
    return number_token(number_value(plain_number(token)), percent=True)


def _add_unit(text: str, item: _Item, found: list[PlacedToken]) -> None:
    if _follows_number(text, item, found):
        found[-1] = found[-1]._replace(token=plain_number(found[-1].token))
    else:
        found.append(PlacedToken(item.token, item.start, item.end))


def _ends_percentage(items: Sequence[_Item], at: int, found: list[PlacedToken]) -> bool:
    """Whether a word ends a percentage of two words, which then becomes one token: 12 per cent, 12 por ciento."""
    item, last = items[at], items[at - 1] if at else None
    if not (last and fold(item.raw) in ("cent", "ciento") and fold(last.raw) in PER_WORDS):
        return False
    if not (
        found and is_number(found[-1].token) and not is_percent(found[-1].token) and last.start - found[-1].end <= 2
    ):
        return False
    found[-1] = PlacedToken(percentage_token(found[-1].token), found[-1].start, item.end)
    return True


def _add_negator(items: Sequence[_Item], at: int, found: list[PlacedToken]) -> None:
    behind = fold(items[at + 1].raw) if at + 1 < len(items) else ""
    before = fold(items[at - 1].raw) if at else ""
    item = items[at]
    if behind in NEGATION_EXCUSES or before in ("or", "oder", "ou") or (fold(item.raw) == YET and behind != "to"):
        return
    found.append(PlacedToken(NEGATION, item.start, item.end))


def _ends_date(text: str, item: _Item, found: list[PlacedToken]) -> bool:
    """Whether a month follows the number of a day, which then becomes a date: 15. Dezember, 3 de mayo."""
    last = found[-1] if found else None
    if last is None or last.token[:1] != "#" or not last.token[1:].isdigit() or item.start - last.end > 5:
        return False
    month = MONTHS.get(fold(item.raw))
    gap = _DATE_GAP.fullmatch(text, last.end, item.start)
    if (
        month is None
        or not gap
        or not 1 <= int(last.token[1:]) <= 31
        or (fold(item.raw) == "may" and item.raw.islower())
    ):
        return False
    found[-1] = PlacedToken(date_token(month, int(last.token[1:])), last.start, item.end)
    return True
