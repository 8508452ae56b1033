"""What patterns find that need a digit, without a look at every character of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.core.text.normalize import Form
from monitor.core.text.tokens import DIGITS

REACH = 12  # characters before a number, in which a match may begin

_FIRST = re.compile(r"(?<![0-9])\d")


def places(text: str, form: Form | None = None) -> Sequence[int]:
    """Where a number begins; form: of the text, which may tell that 0 to 9 are its only digits."""
    try:
        data = text.encode("latin-1", "replace" if form and form.single else "strict")
    except UnicodeEncodeError:
        return [digit.start() for digit in _FIRST.finditer(text)]
    digits, found = data.translate(DIGITS) + b" ", list[int]()
    start = digits.find(b"0")
    while start >= 0:
        found.append(start)
        start = digits.find(b"0", digits.find(b" ", start))
    return found


def found(
    pattern: re.Pattern[str], text: str, numbers: Sequence[int], lead: re.Pattern[str] | None = None
) -> Iterator[re.Match[str]]:
    """What pattern.finditer finds, where each match begins with a number or with its lead, up to REACH long.

    finditer tries a pattern that may begin with many words at every character: 0.1 to 0.5 ms for 3 kB.
    """
    end = 0
    for number in numbers:
        led = lead.search(text, max(end, number - REACH), number) if lead else None
        match = (pattern.match(text, led.start()) if led else None) or (number >= end and pattern.match(text, number))
        if match:
            yield match
            end = match.end()
