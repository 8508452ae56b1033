"""Ask a story once more before anything is told: does one of its wordings say all that the new one says?

Each known wording is compared for itself, never along a chain: a sentence from one and a sentence from another are not
said together. The module does not know which wordings were told; the caller hands it those that were, and those that
stood in a feed at its first sight.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.dedupe.compare.alignment import Twin, WordingIndex
from monitor.core.dedupe.compare.sentence_difference import is_figure
from monitor.core.dedupe.compare.wording_pair import CopyDecision, PairContext, WordingPair
from monitor.core.dedupe.objections import find_exchange
from monitor.core.dedupe.wording import NEGATION

MAX_UNSAID_SHARE = 0.05  # of the tokens; one word always may be unsaid
MIN_HEADLINE_KNOWN = 0.8


def says_nothing_new(new: WordingIndex, known: Iterable[WordingIndex]) -> CopyDecision | None:
    """The decision that a wording is silent because one of the known ones says it all; None if none does."""
    for number, old in enumerate(known, 1):
        if is_said(WordingPair(new, old, PairContext())):
            return CopyDecision(True, "said before", f"wording {number} of the story says it all")
    return None


def is_said(pair: WordingPair) -> bool:
    """Whether the old wording says everything that the new one says, in whatever order of sentences."""
    headline = pair.headline_twin if pair.headline_twin.old else Twin(pair.new.headline, None, pair.headline)
    if pair.headline_known < MIN_HEADLINE_KNOWN or (pair.aligned and find_exchange(pair)):
        return False
    twins = (headline, *pair.text.twins)
    if _unsaid(pair, headline) or any(_is_contrary(pair, twin) for twin in twins):
        return False
    size = pair.text.size + len(pair.new.headline.tokens)
    return sum(len(_unsaid(pair, twin)) for twin in twins) <= max(1, MAX_UNSAID_SHARE * size)


def _is_contrary(pair: WordingPair, twin: Twin) -> bool:
    """Whether a sentence says another figure, negation or order than its twin, or turns it."""
    if twin.old is None and twin.new is not pair.new.headline:
        return any(token == NEGATION or (is_figure(token) and pair.is_unknown(token)) for token in twin.new.tokens)
    difference = twin.difference
    exchanged = difference.added_figures and (
        difference.removed_figures or _are_unknown(pair, difference.added_figures)
    )
    return bool(exchanged or difference.negations % 2 or difference.swapped or difference.turned)


def _are_unknown(pair: WordingPair, tokens: tuple[str, ...]) -> bool:
    return any(pair.is_unknown(token) for token in tokens)


def _unsaid(pair: WordingPair, twin: Twin) -> list[str]:
    """The words of a sentence that its twin lacks, or of a fresh one all that stand nowhere in the old wording."""
    words = twin.difference.added if twin.old else twin.new.tokens
    return [word for word in words if pair.is_unknown(word)]
