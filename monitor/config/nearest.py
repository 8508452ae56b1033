"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

LONGEST = 100  # characters of a word that is compared
MAX_KNOWN = 1000  # words it is compared with: 10 ms


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; case does not count. None where nothing is near."""
    if len(word) > LONGEST:
        return None
    by_folded = {name.casefold(): name for name in islice(known, MAX_KNOWN) if len(name) <= LONGEST}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
