"""Align the sentences of a new text with those of an old wording.

Each new sentence has its best twin in the old wording: the sentence, or two neighbours, that holds most of its tokens.
At least 60 % of its words make it said, perhaps edited; else it is fresh. Numbers and negations do not count for the
likeness, so that a sentence with another number finds its twin. The module decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from monitor.core.dedupe.compare.sentence_difference import (
    MIN_PREFIX,
    NO_DIFFERENCE,
    Difference,
    content_words,
    explain_surplus,
    is_figure,
    is_rounding,
    is_variant,
    surplus,
)
from monitor.core.dedupe.number_forms import is_number, number_value
from monitor.core.dedupe.wording import Sentence, Wording
from monitor.core.dedupe.words.senses import senses

MIN_SAID_SHARE = 0.6  # of the words of a sentence, in its twin
MIN_SHORT_SHARE = 0.5  # of the twin's words, in a sentence of fewer than MIN_SENTENCE_WORDS words
MIN_SENTENCE_WORDS = 4
MIN_FIGURE_VALUE = 100.0  # smaller ones are too common: 3 percent, 2 plants
MAX_LITERAL_EDITS = 0.15  # words that differ, as a share of a sentence; one always may
MAX_POSTINGS = 48  # sentences with one token; a token of more sentences finds no twin, so that cost stays linear


@dataclass(frozen=True, slots=True)
class Twin:
    """A new sentence with its twin in the old wording; old None: it is fresh."""

    new: Sentence
    old: Sentence | None
    difference: Difference
    mutual: bool = False  # at least MIN_SAID_SHARE of the twin's words are in the new sentence too
    literal: bool = False  # nearly word by word


class WordingIndex:
    """A wording, indexed by token when it is first asked. The headline is one of its sentences.

    Keep it with the article: the index costs a third of a decision.
    """

    def __init__(self, wording: Wording) -> None:
        self.wording = wording
        self.sentences = (wording.headline, *wording.sentences)

    @cached_property
    def equals(self) -> dict[tuple[str, ...], Sentence]:
        """The sentences by their tokens."""
        return {one.tokens: one for one in reversed(self.sentences)}

    @cached_property
    def postings(self) -> dict[str, list[int]]:
        """Token → the numbers of the sentences that have it."""
        found: dict[str, list[int]] = {}
        for at, sentence in enumerate(self.sentences):
            for token in set(sentence.tokens):
                found.setdefault(token, []).append(at)
        return found

    @cached_property
    def senses(self) -> frozenset[int]:
        """The senses of all words that carry a statement."""
        return frozenset[int]().union(*map(senses, self.postings))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The first letters of all words, by which forms of one word are found."""
        return frozenset(token[:MIN_PREFIX] for token in self.postings if len(token) >= MIN_PREFIX)

    def has(self, token: str) -> bool:
        """Whether a token, or a form of it, stands anywhere in the wording."""
        if token in self.postings:
            return True
        if is_figure(token):
            return is_number(token) and any(is_rounding(token, other) for other in self.numbers)
        return token[:MIN_PREFIX] in self.stems and any(
            is_variant(token, other) for other in self.postings if other[:MIN_PREFIX] == token[:MIN_PREFIX]
        )

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """All numbers of the wording."""
        return tuple(token for token in self.postings if is_number(token))

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers that are large enough to identify a story."""
        return frozenset(token for token in self.numbers if number_value(token) >= MIN_FIGURE_VALUE)

    def twin(self, new: Sentence, cut: bool = False) -> Twin:
        """The best twin of a sentence. cut: it may end in the middle of a word."""
        if (equal := self.equals.get(new.tokens)) is not None:
            return Twin(new, equal, NO_DIFFERENCE, True, True)
        at, shared = self._nearest(new)
        if not shared:
            return Twin(new, None, NO_DIFFERENCE)
        old = self.sentences[at]
        more = surplus(new.tokens, old.tokens)
        if not _is_said(new.tokens, more, old.tokens):
            joined = self._joined(at, shared, new)
            if joined is None:
                return Twin(new, None, NO_DIFFERENCE)
            old, more = joined, surplus(new.tokens, joined.tokens)
        return _compare_twins(new, old, more, cut)

    def _nearest(self, new: Sentence) -> tuple[int, Counter[int]]:
        """The sentence with most of the tokens, of several the one with fewest others; and the tokens that each has.

        Nothing where no sentence, with a neighbour, has enough of them.
        """
        places, tokens, postings = list[int](), set(new.tokens), self.postings
        for token in tokens:
            found = postings.get(token)
            if found is not None and len(found) <= MAX_POSTINGS:
                places += found
        shared = Counter(places)
        most = max(shared.values(), default=0)
        if 2 * most < MIN_SAID_SHARE * len(tokens) - 1:
            return 0, Counter()
        at = min(
            [(len(self.sentences[at].tokens), at) for at, count in shared.items() if count == most], default=(0, 0)
        )
        return at[1], shared

    def _joined(self, at: int, shared: Counter[int], new: Sentence) -> Sentence | None:
        """The sentence and one neighbour as one sentence, if they say the new one together."""
        size = len(new.tokens)
        for one, two in ((at, at + 1), (at - 1, at)):
            if one > 0 and two < len(self.sentences) and shared[one] + shared[two] >= MIN_SAID_SHARE * size - 1:
                both = _join(self.sentences[one], self.sentences[two])
                if size >= MIN_SENTENCE_WORDS and _is_said(new.tokens, surplus(new.tokens, both.tokens), both.tokens):
                    return both
        return None


@dataclass(frozen=True, slots=True)
class Alignment:
    """The sentences of a new text with their twins, without those that only repeat the headline."""

    twins: tuple[Twin, ...]
    size: int  # tokens
    said: float  # share of the tokens in sentences that have a twin, without words that the old wording lacks
    literal: float  # share of the tokens in sentences that stand there nearly word by word
    verbatim: float  # share of the tokens in sentences that are equal

    edited: tuple[Twin, ...] = ()  # the twins that differ

    @property
    def fresh(self) -> Iterator[Sentence]:
        """The sentences without a twin."""
        return (twin.new for twin in self.twins if twin.old is None)


def text_sentences(wording: Wording) -> tuple[Sentence, ...]:
    """The sentences of the text without the headline itself; () for a text that says no more than its headline."""
    headline = frozenset(wording.headline.tokens)
    if all(headline.issuperset(one.tokens) for one in wording.sentences):
        return ()
    return tuple(one for one in wording.sentences if one.tokens != wording.headline.tokens)


def align(new: Wording, old: WordingIndex) -> Alignment:
    """The sentences of a new text beside an old wording."""
    sentences = text_sentences(new)
    last = len(sentences) - 1
    twins = tuple(old.twin(one, cut=at == last) for at, one in enumerate(sentences))
    edited = tuple([twin for twin in twins if twin.difference is not NO_DIFFERENCE])
    size = sum([len(one.tokens) for one in sentences])
    fresh = sum([len(twin.new.tokens) for twin in twins if twin.old is None])
    unsaid = sum([not old.has(one) for twin in edited for one in twin.difference.added])
    free = sum([len(twin.new.tokens) for twin in edited if not twin.literal])
    other = sum([len(twin.new.tokens) for twin in edited])
    said, literal, equal = ((size - fresh - missing) / (size or 1) for missing in (unsaid, free, other))
    return Alignment(twins, size, said, literal, equal, edited)


def _compare_twins(new: Sentence, old: Sentence, more: list[str], cut: bool) -> Twin:
    less = surplus(old.tokens, new.tokens)
    difference = explain_surplus(old, new, more, less, cut=cut)
    size = max(1, min(len(new.tokens), len(old.tokens)))
    literal = difference.edits <= max(1, MAX_LITERAL_EDITS * size)
    return Twin(new, old, difference, _is_said(old.tokens, less, new.tokens), literal)


def _join(one: Sentence, two: Sentence) -> Sentence:
    return Sentence(one.tokens + two.tokens, one.start, two.end, one.names | two.names)


def _is_said(tokens: tuple[str, ...], more: list[str], others: tuple[str, ...]) -> bool:
    """Whether the other sentence has enough of the words. more: the tokens that it has not."""
    size = len(content_words(tokens))
    shared = size - len(content_words(more))
    if size < MIN_SENTENCE_WORDS and shared < MIN_SHORT_SHARE * len(content_words(others)):
        return False
    return shared > 0 and shared >= MIN_SAID_SHARE * size
