"""Find the difference that makes news between two similar texts: a number, a negation, a name or a direction.

The words that no shared shingle (run of three words) covers are the edit between two texts. Another number in a text of
450 words leaves 99 % of the shingles equal, so the share of equal shingles cannot tell a correction from a copy. The
module does not decide which articles are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.core.dedupe.keys import compared_words
from monitor.core.text.analysis import ProseAnalysis, analyse_field, analyse_prose
from monitor.core.text.clean import folded_words
from monitor.core.text.extent import head
from monitor.core.text.prices import PRICE_MASK

PART_RATIO = 1.25  # a text longer by this factor makes the shorter one a part of it
MAX_CACHED_LENGTH = 20_000  # characters of a text that may stay in memory
MAX_EDIT_WORDS = 6  # a longer unshared stretch of the longer text was left out of the shorter one
MAX_PRICE_DISTANCE = 12  # words around a share price whose direction is no news
DIGIT_PATTERN = re.compile(r"\d")
CAPITALIZED_WORD = re.compile(r"\b[A-ZÄÖÜ]\w*")
INNER_CAPITALIZED_WORD = re.compile(r"(?<=[^\s.!?:][\s(„“\"-])[A-ZÄÖÜ]\w*")  # not the first word of a sentence


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _word_set(
    "not no never without nor neither none nobody nothing cannot deny denies denied isn aren wasn weren doesn don didn "
    "hasn haven hadn wouldn couldn shouldn nicht nichts nie niemals niemand weder ohne kein keine keinen keinem keiner "
    "keines dementiert dementieren bestreitet bestreiten 不 没 未 否"
)
RISING_WORDS = _word_set(
    "up rise rises rose risen rising gain gains gained higher above beat beats raise raises raised profit growth "
    "approve approves approved accept accepts accepted buy win wins won steigt stiegen stieg gestiegen hoeher ueber "
    "hebt erhoeht angehoben gewinn plus zuwachs genehmigt zugestimmt kauft"
)
FALLING_WORDS = _word_set(
    "down fall falls fell fallen falling lose loses lost lower below miss misses missed cut cuts loss decline "
    "reject rejects rejected refuse refuses refused sell faellt fielen fiel gefallen niedriger tiefer unter "
    "senkt gesenkt verlust minus rueckgang abgelehnt untersagt verkauft"
)
_SPELLED_NUMBERS = (  # each group is one figure
    "2 two zwei; 3 three drei; 4 four vier; 5 five fuenf; 6 six sechs; 7 seven sieben; 8 eight acht; 9 nine neun;"
    "10 ten zehn; 11 eleven elf; 12 twelve zwoelf; 100 hundred hundert; 1000 thousand tausend; half haelfte halb;"
    "million millions millionen mio mn; milliarde milliarden mrd; billion billions billionen bn;"
    "trillion trillions trillionen; first erste ersten erster erstes; second zweite zweiten zweiter zweites;"
    "third dritte dritten dritter drittes"
)
NUMBER_WORDS = {word: group.split()[0] for group in _SPELLED_NUMBERS.split(";") for word in group.split()}


Shingle = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ComparedText:
    """An article prepared for comparison: tokens and shingles without boilerplate, share prices masked."""

    title: str
    prose: str
    words: tuple[str, ...]
    runs: tuple[Shingle, ...]  # in order
    shingles: frozenset[Shingle]


def prepare_text(title: str, body: str) -> ComparedText:
    """A text prepared for comparison. The last 64 short ones are cached: the articles of a feed share candidates."""
    body = head(body)
    return _prepare_cached(title, body) if len(body) <= MAX_CACHED_LENGTH else prepare_prose(title, body_prose(body))


@lru_cache(maxsize=64)
def _prepare_cached(title: str, body: str) -> ComparedText:
    return prepare_prose(title, body_prose(body))


def forget() -> None:
    """Clear the cache, for benchmarks."""
    _prepare_cached.cache_clear()


def prepare_prose(title: str, prose: ProseAnalysis) -> ComparedText:
    """An analysed text prepared for comparison; nothing of one that only repeats its headline is compared."""
    found = tuple(compared_words(title, prose, prose.words))
    ordered = tuple(zip(found, found[1:], found[2:], strict=False)) if len(found) > 2 else pad_shingle(found)
    return ComparedText(title, prose.masked if found else "", found, ordered, frozenset(ordered))


def body_prose(body: str) -> ProseAnalysis:
    """The prose of the compared part of a stored text."""
    return analyse_prose(analyse_field(head(body)))


def pad_shingle(found: tuple[str, ...]) -> tuple[Shingle, ...]:
    """The single shingle of a text of one or two words, padded; none for a text without words."""
    one, other, third = (*found, "", "", "")[:3]
    return ((one, other, third),) if found else ()


def find_difference(mine: ComparedText, theirs: ComparedText) -> str:
    """The difference that makes a text news beside a similar older one; "" where there is none.

    Text that the newer one leaves out is no news, nor is what a teaser lacks of its article.
    """
    shorter, longer = sorted((mine, theirs), key=lambda text: len(text.words))
    part = len(longer.words) > PART_RATIO * len(shorter.words)
    one, other = (_without_cut_word(shorter, longer), longer) if part else (mine, theirs)
    left, unshared = _unshared_positions(one, other), _unshared_positions(other, one)
    right = _short_stretches(unshared)
    left_out = set(unshared).difference(right)
    kept = [at for at in range(len(other.words)) if at not in left_out]
    every = range(len(one.words))  # a shared shingle may contain a "not" by chance, so all are counted
    return (
        _headline_difference(mine, theirs)
        or _number_difference(one, other, () if part else kept)
        or _swap_difference("figures", _edited_numbers(one, left), _edited_numbers(other, right))
        or _negation_difference(one, other, left if part else every, right if part else kept, part)
        or _name_difference(one, other, left, right)
        or _direction_difference(one, other, left, right)
    )


def _without_cut_word(shorter: ComparedText, longer: ComparedText) -> ComparedText:
    """A teaser without its last word where that was cut in the middle: "40" of "400,000" is no number."""
    last = shorter.words[-1:]
    if not last or last[0] in longer.words or not any(word.startswith(last[0]) for word in longer.words):
        return shorter
    return ComparedText(shorter.title, shorter.prose, shorter.words[:-1], shorter.runs[:-1], shorter.shingles)


def _unshared_positions(text: ComparedText, other: ComparedText) -> list[int]:
    """The positions of the words that no shared shingle covers; none where no shingle is shared."""
    covered = {at + step for at, run in enumerate(text.runs) if run in other.shingles for step in range(3)}
    return [at for at in range(len(text.words)) if at not in covered] if covered else []


def _short_stretches(places: Sequence[int]) -> list[int]:
    """The positions in stretches of at most MAX_EDIT_WORDS: edited, not left out."""
    stretches: list[list[int]] = []
    for at in places:
        if stretches and stretches[-1][-1] == at - 1:
            stretches[-1].append(at)
        else:
            stretches.append([at])
    return [at for stretch in stretches if len(stretch) <= MAX_EDIT_WORDS for at in stretch]


def _headline_difference(mine: ComparedText, theirs: ComparedText) -> str:
    one, other = folded_words(mine.title), folded_words(theirs.title)
    unknown = _unknown_numbers(one, (*other, *theirs.words)) | _unknown_numbers(other, (*one, *mine.words))
    both = any(map(DIGIT_PATTERN.match, one)) and any(map(DIGIT_PATTERN.match, other))
    return f"other numbers in the headline: {join_values(unknown)}" if both and unknown else ""


def _number_difference(one: ComparedText, other: ComparedText, kept: Iterable[int]) -> str:
    numbers = _unknown_numbers(one.words, other.words) | _unknown_numbers((other.words[at] for at in kept), one.words)
    return f"other numbers: {join_values(numbers)}" if numbers else ""


def _unknown_numbers(found: Iterable[str], others: Iterable[str]) -> set[str]:
    """The numbers that the others do not have, in digits or spelt out."""
    return {word for word in found if DIGIT_PATTERN.match(word)}.difference(
        NUMBER_WORDS.get(word, word) for word in others
    )


def _edited_numbers(text: ComparedText, places: Sequence[int]) -> Counter[str]:
    edited = (text.words[at] for at in places)
    return Counter(NUMBER_WORDS.get(word, word) for word in edited if word in NUMBER_WORDS or DIGIT_PATTERN.match(word))


def _swap_difference(what: str, one: Counter[str], other: Counter[str]) -> str:
    """A difference if each side has values that the other lacks."""
    left, right = one - other, other - one
    return f"other {what}: {join_values({*left, *right})}" if left and right else ""


def _negation_difference(
    one: ComparedText, other: ComparedText, left: Iterable[int], right: Iterable[int], part: bool
) -> str:
    """A different count of negations at these positions, or a negation of a part that the whole text lacks."""
    mine = Counter(one.words[at] for at in left if _is_negation(one.words, at))
    theirs = Counter(other.words[at] for at in right if _is_negation(other.words, at))
    if mine.total() != theirs.total():
        return f"another negation: {join_values({*(mine - theirs), *(theirs - mine)})}"
    said = NEGATIONS.intersection(one.words).difference(other.words) if part else ()
    return f"another negation: {join_values(said)}" if said else ""


def _is_negation(found: Sequence[str], at: int) -> bool:
    """Whether a word negates its sentence; the token "t" does in "can't" and "won't"."""
    return found[at] in NEGATIONS or (found[at] == "t" and at > 0 and found[at - 1] in ("can", "won"))


def _name_difference(one: ComparedText, other: ComparedText, left: Sequence[int], right: Sequence[int]) -> str:
    """Different names: the subjects differ, as where one template serves two companies, or only names differ."""
    mine, theirs = Counter(one.words[at] for at in left), Counter(other.words[at] for at in right)
    subjects = _subjects(one, mine, other), _subjects(other, theirs, one)
    if all(subjects):
        return f"other names: {join_values(subjects[0] | subjects[1])}"
    if NUMBER_WORDS.keys() & {*mine, *theirs}:
        return ""
    only = mine.keys() <= _capitals(INNER_CAPITALIZED_WORD, one) and theirs.keys() <= _capitals(
        INNER_CAPITALIZED_WORD, other
    )
    return _swap_difference("names", _stems(mine), _stems(theirs)) if only else ""


def _subjects(text: ComparedText, edited: Counter[str], other: ComparedText) -> frozenset[str]:
    """The names in the edit that are in the headline or occur twice, and do not occur in the other text."""
    known = _stems(Counter((*other.words, *folded_words(other.title)))) if edited else {}
    title = frozenset(folded_words(text.title)) if edited else frozenset()
    weighty = (word for word, count in edited.items() if count > 1 or word in title)
    return frozenset(
        word for word in _capitals(CAPITALIZED_WORD, text).intersection(weighty) if _stem(word) not in known
    )


def _capitals(pattern: re.Pattern[str], text: ComparedText) -> frozenset[str]:
    return frozenset(folded_words(" ".join(pattern.findall(text.prose))))


def _stems(found: Counter[str]) -> Counter[str]:
    return Counter(_stem(word) for word in found)


def _stem(word: str) -> str:
    """A name without its genitive s."""
    return word[:-1] if word[-1:] == "s" and len(word) > 3 else word


def _direction_difference(one: ComparedText, other: ComparedText, left: Sequence[int], right: Sequence[int]) -> str:
    """Opposite directions: one text rises where the other falls."""
    mine, theirs = _direction_words(one, left), _direction_words(other, right)
    opposite = (mine <= RISING_WORDS and theirs <= FALLING_WORDS) or (mine <= FALLING_WORDS and theirs <= RISING_WORDS)
    return f"another direction: {join_values(mine | theirs)}" if mine and theirs and opposite else ""


def _direction_words(text: ComparedText, places: Sequence[int]) -> frozenset[str]:
    """The direction words in the edit, except those near a share price."""
    price = PRICE_MASK.strip()
    near = (text.words[max(0, at - MAX_PRICE_DISTANCE) : at + MAX_PRICE_DISTANCE] for at in places)
    edited = frozenset(text.words[at] for at, around in zip(places, near, strict=True) if price not in around)
    return edited & (RISING_WORDS | FALLING_WORDS)


def join_values(values: Collection[str]) -> str:
    """Up to three of the values, sorted, for a message."""
    return ", ".join(sorted(values)[:3])
