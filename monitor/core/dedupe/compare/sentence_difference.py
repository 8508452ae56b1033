"""Say how a sentence differs from its twin: words, numbers, negations, and actors or figures that changed places.

Forms of one word, a compound and its part, misspellings and rounded numbers are no difference. Names have no forms. The
module does not know which sentences are compared, nor what a difference means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.dedupe.number_forms import is_number, number_value
from monitor.core.dedupe.wording import NEGATION, Sentence
from monitor.core.dedupe.words.senses import are_synonyms, denies, senses, turns

MAX_PAIRED = 24  # unmatched words of a sentence that are compared with those of its twin
MIN_ROUNDED_DIGITS = 3  # 98.6 may be rounded to 99, but 96 is not 100
MAX_ROUNDING = 0.06  # relative
MIN_PREFIX = 4  # letters that two forms of one word share at the beginning
MIN_PREFIX_SHARE = 0.7  # of the longer form
MIN_TYPO_LENGTH = 7
MIN_PART_LENGTH, MIN_REST_LENGTH = 5, 4  # letters of a part of a compound, and of its other part
NAME_ENDINGS = frozenset(("ia", "land", "stan"))  # Niger and Nigeria
NEGATING_PARTS = frozenset(["nicht", "anti", "gegen", "counter", "unter", "ueber", "wieder"])
MAX_ACRONYM_LENGTH, SHORT_FORM_LENGTH = 5, 3  # letters of ECB, and of Fed for Federal Reserve
MAX_SWAPPED_WORDS = 3  # of an actor, or of a figure with its noun; a pair of Han characters is half a word
MAX_SWAP_GAPS = 4  # edited places of two headlines between which actors are compared
MAX_PIVOT = 10  # tokens between two swapped actors

Tokens = Sequence[str]
Equality = Callable[[str, str], bool]
Gap = tuple[list[str], str, str]  # words between two common tokens


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sentence has that its twin lacks, and the reverse."""

    added: tuple[str, ...] = ()  # words
    removed: tuple[str, ...] = ()
    added_figures: tuple[str, ...] = ()  # numbers, percentages, years and dates
    removed_figures: tuple[str, ...] = ()
    negations: int = 0  # of the new sentence minus those of the old one, words of denial included
    swapped: tuple[str, str] | None = None  # two actors or figures that changed places
    exchanged: tuple[tuple[str, str], ...] = ()  # an old word and the new one before or after the same common token
    replaced: tuple[tuple[str, str], ...] = ()  # those between the same two common tokens
    turned: tuple[str, str] | None = None  # the exchange that turns the statement

    @property
    def edits(self) -> float:
        """The number of words that differ, on the side with more; a pair of Han characters is half a word."""
        return max(word_count(self.added), word_count(self.removed)) if self.added or self.removed else 0.0


NO_DIFFERENCE = Difference()


def compare_sentences(old: Sentence, new: Sentence) -> Difference:
    """The difference of a new sentence from an old one."""
    if old.tokens == new.tokens:
        return NO_DIFFERENCE
    more, less = surplus(new.tokens, old.tokens), surplus(old.tokens, new.tokens)
    return explain_surplus(old, new, more, less, max_gaps=MAX_SWAP_GAPS)


def explain_surplus(
    old: Sentence, new: Sentence, more: Tokens, less: Tokens, *, cut: bool = False, max_gaps: int = 0
) -> Difference:
    """The difference of two sentences, given the tokens that each has more than the other.

    cut: the new one may end in the middle of a word; max_gaps: with more edited places clauses move, and no actors.
    """
    if cut and more and more[-1] == new.tokens[-1] and _is_cut(more[-1], old.tokens[:-1]):
        more = more[:-1]
    come, gone = _edited_words(old, new, more, less)
    exchanged = tuple(_exchanges(gone, come, both=False)) if gone and come else ()
    figures, old_figures = (list(filter(is_figure, side)) for side in (more, less))
    if figures and old_figures:
        _pair_off(figures, old_figures, is_rounding)
    return Difference(
        tuple([word for words, _, _ in come for word in words]),
        tuple([word for words, _, _ in gone for word in words]),
        tuple(figures),
        tuple(old_figures),
        sum(map(_negates, more)) - sum(map(_negates, less)),
        find_swap(old.tokens, new.tokens, old.names | new.names) if len(come) + len(gone) <= max_gaps else None,
        exchanged,
        tuple(_exchanges(gone, come, both=True)) if exchanged else (),
        next((pair for pair in exchanged if turns(*pair)), None),
    )


def _edited_words(old: Sentence, new: Sentence, more: Tokens, less: Tokens) -> tuple[list[Gap], list[Gap]]:
    """The words that were added and those that were removed, where they stand, without forms of one word."""
    added, removed, names = content_words(more), content_words(less), old.names | new.names
    if added and removed:
        _pair_off(added, removed, lambda one, two: _may_be_variant(one, two, names) and is_variant(one, two))
    if added and removed:
        come, gone = list(_gaps(new.tokens, added)), list(_gaps(old.tokens, removed))
        short = [(one, two) for one in come for two in gone if is_acronym(one[0], two[0]) or is_acronym(two[0], one[0])]
        for one, two in short:
            come, gone = [gap for gap in come if gap is not one], [gap for gap in gone if gap is not two]
        return come, gone
    return _one_sided(new.tokens, added), _one_sided(old.tokens, removed)


def _one_sided(tokens: Tokens, words: list[str]) -> list[Gap]:
    """The gaps of words for which nothing was exchanged; their places count in Chinese only."""
    return list(_gaps(tokens, words)) if any(map(is_pair, words)) else [(words, "", "")] if words else []


def _exchanges(removed: list[Gap], added: list[Gap], both: bool) -> Iterator[tuple[str, str]]:
    """Each removed word with each added one beside the same common token; both: between the same two."""
    for gone, before, after in removed:
        for come, other_before, other_after in added:
            equal = (before == other_before) + (after == other_after)
            if equal > both:
                yield from ((one, two) for one in gone for two in come)


def is_acronym(one: list[str], words: list[str]) -> bool:
    """Whether a single word is made of the initials of several, or of the first letters of the first: ECB, Fed."""
    if len(one) != 1 or not 2 <= len(one[0]) <= MAX_ACRONYM_LENGTH:
        return False
    letters = iter(one[0])
    initials = one[0][0] == words[0][0] and all(word[0] in letters for word in words)
    return len(words) > 1 and (initials or (len(one[0]) == SHORT_FORM_LENGTH and words[0].startswith(one[0])))


def _gaps(tokens: Tokens, words: Tokens) -> Iterator[Gap]:
    """The runs of these words, each with the word before and the word after it; "" at the ends."""
    left, run, before = Counter(words), list[str](), ""
    for token in (*content_words(tokens), ""):
        if left[token] > 0:
            left[token] -= 1
            run.append(token)
            continue
        if run and (inner := _without_borders(run, before, token)):
            yield inner, before, token
        run, before = [], token


def _without_borders(run: list[str], before: str, after: str) -> list[str]:
    """A run without the pairs of Han characters that only join it to the tokens around it.

    An inserted word breaks one pair of the other side, which is then no word that was removed; of two pairs around one
    character none is a border.
    """
    first = is_pair(run[0]) and before.endswith(run[0][0])
    last = is_pair(run[-1]) and after.startswith(run[-1][-1])
    if len(run) == 1:
        return [] if first and last else run
    return run if len(run) == 2 else run[first : len(run) - last]


def is_pair(token: str) -> bool:
    """Whether a token is a pair of Han characters."""
    return len(token) == 2 and token[0] >= "\u3400"


def surplus(tokens: Tokens, others: Tokens) -> list[str]:
    """The tokens that the other sentence has not, or not so often, in order."""
    left, found = Counter(others), []
    for token in tokens:
        if count := left.get(token, 0):
            left[token] = count - 1
        else:
            found.append(token)
    return found


def _negates(token: str) -> bool:
    return token == NEGATION or denies(token)


def content_words(tokens: Iterable[str]) -> list[str]:
    """The tokens that are neither figures nor negations."""
    return [one for one in tokens if one != NEGATION and one[0] != "#"]


def _is_cut(last: str, others: Tokens) -> bool:
    """Whether the last token is the beginning of one inside the other sentence."""
    if is_number(last):
        digits = f"{number_value(last):.0f}"
        return any(is_number(one) and f"{number_value(one):.0f}".startswith(digits) for one in others)
    return any(one.startswith(last) for one in others)


def _pair_off(added: list[str], removed: list[str], equal: Equality) -> None:
    """Take what is equal out of both lists, pair by pair."""
    for one in added[:MAX_PAIRED]:
        for two in removed[:MAX_PAIRED]:
            if equal(one, two):
                added.remove(one)
                removed.remove(two)
                break


def is_figure(token: str) -> bool:
    """Whether a token is a number, a percentage, a year or a date."""
    return token[:1] == "#"


def is_year(token: str) -> bool:
    """Whether a token is a bare year."""
    return token[:2] == "#y"


def is_rounding(one: str, other: str) -> bool:
    """Whether two number tokens are equal, or one is the other with fewer digits."""
    if one == other or not (is_number(one) and is_number(other)):
        return one == other
    left, right = sorted((number_value(one), number_value(other)), key=_digit_count)
    if left == right:
        return True
    digits = max(1, _digit_count(left))
    enough = _digit_count(right) >= max(MIN_ROUNDED_DIGITS, digits + 1)
    return enough and abs(left - right) <= MAX_ROUNDING * right and float(f"{right:.{digits - 1}e}") == left


def _digit_count(value: float) -> int:
    """The number of significant digits, without zeros at the end."""
    return len(f"{value:.9e}".partition("e")[0].replace(".", "").rstrip("0"))


def _may_be_variant(one: str, other: str, names: frozenset[str]) -> bool:
    """A quick necessary condition of is_variant; names have no variants."""
    if are_synonyms(one, other) or one in names or other in names:
        return are_synonyms(one, other)
    near = one[0] == other[0] or one.endswith(other) or other.endswith(one)
    return near or bool(senses(one) and senses(other))


def is_variant(one: str, other: str) -> bool:
    """Whether two words are forms of one word, a compound and its part, a misspelling, or of one sense."""
    mine, theirs = senses(one), senses(other)
    if one == other or (mine and theirs):
        return one == other or not mine.isdisjoint(theirs)
    if are_synonyms(one, other):
        return True
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if short[:1] != long[:1]:
        return _ends_with_part(short, long)
    prefix = _prefix_length(short, long)
    if prefix >= max(MIN_PREFIX, MIN_PREFIX_SHARE * len(long)):
        return long[len(short) :] not in NAME_ENDINGS
    if len(short) >= MIN_PART_LENGTH and len(long) - len(short) >= MIN_REST_LENGTH:
        return prefix == len(short) or _ends_with_part(short, long)
    return len(short) >= MIN_TYPO_LENGTH and _is_misspelling(short, long, prefix)


def _ends_with_part(short: str, long: str) -> bool:
    """Whether the longer word is a compound that ends in the shorter one, without a part that negates it."""
    if len(short) < MIN_PART_LENGTH or len(long) - len(short) < MIN_REST_LENGTH or not long.endswith(short):
        return False
    return long[: -len(short)] not in NEGATING_PARTS


def _is_misspelling(short: str, long: str, prefix: int) -> bool:
    """Whether one letter differs or is missing, or two neighbours are exchanged."""
    suffix = _prefix_length(short[::-1], long[::-1])
    if len(long) - len(short) > 1 or prefix + suffix >= len(long) - 1:
        return len(long) - len(short) <= 1
    middle = short[prefix : len(short) - suffix]
    return len(short) == len(long) and len(middle) == 2 and long[prefix : len(long) - suffix] == middle[::-1]


def _prefix_length(one: str, other: str) -> int:
    """The number of letters that two words share at the beginning."""
    at, size = 0, min(len(one), len(other))
    while at < size and one[at] == other[at]:
        at += 1
    return at


def find_swap(old: Tokens, new: Tokens, names: frozenset[str]) -> tuple[str, str] | None:
    """Two actors or figures that changed places while all other common tokens kept theirs.

    "A buys B" and "B buys A"; a clause that moved as a whole, or a list in another order, is none. In Japanese and
    Korean particles, which are no tokens, mark the actors, so two neighbours may have changed places too.
    """
    kept, others = set(old), set(new)
    if [one for one in old if one in others] == [one for one in new if one in kept]:
        return None
    order, tokens = _shared_order(old, new)
    first = next((at for at, place in enumerate(order) if at != place), None)
    if first is None:
        return None
    last = next(at for at in range(len(order) - 1, -1, -1) if order[at] != at)
    start, stop = order[first], order[last]  # the second block begins at start, the first one ends at stop
    later, earlier = list(range(start, last + 1)), list(range(first, stop + 1))
    pivot = list(range(stop + 1, start))
    if stop >= start or order[first : last + 1] != later + pivot + earlier:
        return None
    blocks = [tokens[at] for at in earlier], [tokens[at] for at in later]
    whole = len(order) == len(old) == len(new)
    between = [tokens[at] for at in pivot]
    if not _is_swap(*blocks, between, names, whole):
        return None
    return " ".join(blocks[0]), " ".join(blocks[1])


def _shared_order(old: Tokens, new: Tokens) -> tuple[list[int], list[str]]:
    """The common tokens in their old order, and for each of the new order its place in the old one."""
    common = Counter(old) & Counter(new)
    numbered = [[one for one in _numbered(side) if one[1] <= common[one[0]]] for side in (old, new)]
    places = {one: at for at, one in enumerate(numbered[0])}
    return [places[one] for one in numbered[1]], [token for token, _ in numbered[0]]


def _numbered(tokens: Tokens) -> Iterable[tuple[str, int]]:
    """Each token with the number of its occurrence, from 1."""
    counts: Counter[str] = Counter()
    for token in tokens:
        counts[token] += 1
        yield token, counts[token]


def _is_swap(one: Tokens, other: Tokens, pivot: Tokens, names: frozenset[str], whole: bool) -> bool:
    """Whether two blocks that changed places around a pivot are actors or figures. whole: nothing else differs."""
    figures = [any(map(is_figure, block)) for block in (one, other)]
    if figures[0] != figures[1] or max(word_count(one), word_count(other)) > MAX_SWAPPED_WORDS:
        return False
    if not pivot:
        return _has_particles(*one, *other) or (whole and figures[0] and len(one) == len(other) == 1)
    return len(pivot) <= MAX_PIVOT and (figures[0] or not names.issuperset(pivot))


def _has_particles(*tokens: str) -> bool:
    """Whether one of the tokens is katakana or Hangul."""
    return any("\u30a0" <= one[0] <= "\u30ff" or "\uac00" <= one[0] <= "\ud7af" for one in tokens)


def word_count(tokens: Tokens) -> float:
    """The number of words; a pair of Han characters is half a word."""
    return sum(0.5 if is_pair(one) else 1 for one in tokens)
