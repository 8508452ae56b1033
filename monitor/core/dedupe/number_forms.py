"""Give a number one form, whatever its thousands marks, decimal mark, scale word or spelling.

The module knows neither sentences nor articles.
"""

from __future__ import annotations

import re

NUMBER_SIGN = "#"
MAX_DIGITS = 15  # a longer number is an identifier
_SEPARATORS = re.compile("['’\\s]")
_MARKS = re.compile("[.,]")


def number_token(value: float, percent: bool = False) -> str:
    """The token of a value: "#300", "#0.5", from a million on "#1.5e6"; with "%" for a percentage."""
    if abs(value) >= 1e6:
        mantissa, exponent = f"{value:.11e}".split("e")
        plain = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        plain = f"{value:.6f}".rstrip("0").rstrip(".")
    return f"{NUMBER_SIGN}{plain}{'%' if percent else ''}"


def is_number(token: str) -> bool:
    """Whether a token is a number or a percentage; years ("#y…") and dates ("#d…") are not."""
    return token[:1] == NUMBER_SIGN and token[1:2].isdigit()


def number_value(token: str) -> float:
    """The value of a number token, of a percentage in percent."""
    return float(token[1:].rstrip("%"))


def parse_digits(raw: str, comma_decimal: bool) -> float | None:
    """The value of digits with marks; None for more than 15 digits. comma_decimal: "1.500" is 1500, not 1.5."""
    if len(raw) > 2 * MAX_DIGITS:
        return None
    raw = _SEPARATORS.sub("", raw)
    marks = _MARKS.findall(raw)
    if not marks:
        return float(raw) if len(raw) <= MAX_DIGITS else None
    last = marks[-1]
    whole, _, rest = raw.rpartition(last)
    if len(set(marks)) == 2 and last not in whole:
        return float(f"{_MARKS.sub('', whole)}.{rest}")
    grouped = len(rest) == 3 and raw[0] != "0" and (len(marks) > 1 or (last == ".") == comma_decimal)
    return float(_MARKS.sub("", raw)) if len(marks) > 1 or grouped else float(f"{whole}.{rest}")
