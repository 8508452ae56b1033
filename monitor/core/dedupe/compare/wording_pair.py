"""Two articles side by side: what the source says of them, and their wordings compared once, when asked.

The module measures; `objections.py`, `copies.py` and `edits.py` decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from monitor.core.dedupe.compare.alignment import Alignment, Twin, WordingIndex, align, text_sentences
from monitor.core.dedupe.compare.sentence_difference import Difference, compare_sentences, is_figure, is_pair
from monitor.core.dedupe.wording import Sentence, Wording
from monitor.core.dedupe.words.forms import company_forms, form_phrases

MIN_HEADLINE_TOKENS = 3  # a shorter headline is a rubric
MIN_TEXT_TOKENS = 12  # of a shorter text neither coverage nor cosine says anything: template twins
MIN_ALIGNED_SHARE = 0.5
MIN_EQUAL_TOKENS = 0.5  # of two texts in other words, before forms of words are compared
MIN_COVERING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class PairContext:
    """What the source, not the text, says of a new article beside an old one. The caller fills it in.

    A guid or link that two entries of one document share names nothing: leave it out of same_link and old_listed. A
    rename that the caller believes (the old name is gone, the page is the same) is an edit, which edits.py decides.
    """

    age: timedelta = timedelta(0)  # between the published dates if both are known, else the first sights
    same_feed: bool = False
    listed_together: bool = False  # both stand in one document, skipped entries included
    same_link: bool = False  # equal canonical links, with amp., m. and www. removed, that name one entry each
    same_path: bool = False  # the links differ in their host only
    same_date: bool = False  # both have a published date, and it is the same instant
    old_listed: bool = True  # the old entry may still stand in the feed's document; False only if it is known whole
    formulaic: bool = False  # the headline, without its names, recurs over different links
    cosine: float = 0.0  # of both texts with the archive's idf weights; 0 where it is unknown


@dataclass(frozen=True, slots=True)
class CopyDecision:
    """Whether an article is silent beside another one, by which rule, and the reason in words."""

    silent: bool
    rule: str
    reason: str


class WordingPair:
    """A new wording beside an old one. Every measure is computed at most once."""

    def __init__(self, new: WordingIndex, old: WordingIndex, context: PairContext) -> None:
        self.new, self.old, self.context = new.wording, old.wording, context
        self.new_index, self.index = new, old

    @cached_property
    def text(self) -> Alignment:
        """The new text beside the old wording."""
        return align(self.new, self.index)

    @cached_property
    def reverse(self) -> Alignment:
        """The old text beside the new wording."""
        return align(self.old, self.new_index)

    @cached_property
    def opens_fresh(self) -> bool:
        """Whether the old wording does not say the first sentence of the new text."""
        return bool(self.text.twins) and self.text.twins[0].old is None

    @cached_property
    def old_size(self) -> int:
        """The tokens of the old text; 0 where it only repeats its headline."""
        return sum(len(one.tokens) for one in text_sentences(self.old))

    @cached_property
    def headline(self) -> Difference:
        """The difference of the new headline from the old one."""
        return compare_sentences(self.old.headline, self.new.headline)

    @cached_property
    def headline_twin(self) -> Twin:
        """The new headline with its twin in the old headline or text."""
        return self.index.twin(self.new.headline)

    @cached_property
    def headline_shared(self) -> float:
        """The share of the new headline's tokens that the old headline has."""
        return _share(self.new.headline, unmatched=_unmatched(self.headline, new=True))

    @cached_property
    def headline_covered(self) -> float:
        """The share of the old headline's tokens that the new headline has."""
        return _share(self.old.headline, unmatched=_unmatched(self.headline, new=False))

    @cached_property
    def headline_known(self) -> float:
        """The share of the new headline's tokens that stand anywhere in the old wording."""
        tokens = self.new.headline.tokens
        return sum(self.index.has(one) for one in tokens) / len(tokens) if tokens else 1.0

    @cached_property
    def headline_said(self) -> float:
        """How much of the new headline one sentence of the old wording says, its headline included."""
        twin = self.headline_twin
        if twin.old is None:
            return self.headline_shared
        return max(self.headline_shared, _share(self.new.headline, unmatched=_unmatched(twin.difference, new=True)))

    @cached_property
    def known_share(self) -> float:
        """The share of the new text's different tokens that stand anywhere in the old wording."""
        return _known_share(self.new, self.index)

    @cached_property
    def kept_share(self) -> float:
        """The share of the old text's different tokens that stand anywhere in the new wording."""
        return _known_share(self.old, self.new_index)

    @cached_property
    def headlines_equal(self) -> bool:
        """Whether both headlines are the same tokens in the same order."""
        return bool(self.new.headline.tokens) and self.new.headline.tokens == self.old.headline.tokens

    @cached_property
    def has_unknown_name(self) -> bool:
        """Whether the new headline has a name that stands nowhere in the old wording."""
        return any(self.is_unknown(one) for one in self.new.headline.tokens if one in self.new.headline.names)

    @cached_property
    def formulaic(self) -> bool:
        """Whether the new headline names no event: it recurs, is a known form, only a name, or too short."""
        return self.recurring or len(self.new.headline.tokens) < MIN_HEADLINE_TOKENS

    @cached_property
    def recurring(self) -> bool:
        """Whether the new headline stands over other articles too, or could."""
        return self.context.formulaic or is_formula(self.new.headline)

    @property
    def translated(self) -> bool:
        """Whether the two wordings are of two languages, as far as they are known."""
        return bool(self.new.language and self.old.language and self.new.language != self.old.language)

    @cached_property
    def aligned(self) -> bool:
        """Whether the headlines have half of their tokens in common, so that their other words can be exchanged."""
        return max(self.headline_shared, self.headline_covered) >= MIN_ALIGNED_SHARE

    @cached_property
    def texts_cover(self) -> bool:
        """Whether both texts are long enough to tell, and each says half of the other."""
        long_enough = min(self.text.size, self.old_size) >= MIN_TEXT_TOKENS
        return long_enough and min(self.text.said, self.reverse.said) >= MIN_COVERING_SHARE

    def is_unknown(self, token: str) -> bool:
        """Whether a token of the new wording stands nowhere in the old one."""
        return not self.index.has(token)

    def is_dropped(self, token: str) -> bool:
        """Whether a token of the old wording stands nowhere in the new one."""
        return not self.new_index.has(token)


def is_formula(headline: Sentence) -> bool:
    """Whether a headline is a form of filings, or nothing but a company's name."""
    tokens = headline.tokens
    names = {one for one in headline.names if not is_pair(one)}
    rest = [one for one in tokens if one not in names and one not in company_forms() and not is_figure(one)]
    joined = f" {' '.join(tokens)} "
    return not rest or any(f" {one} " in joined for one in form_phrases())


def _known_share(wording: Wording, other: WordingIndex) -> float:
    tokens = {token for one in text_sentences(wording) for token in one.tokens}
    equal = len(tokens & other.postings.keys())
    if equal < MIN_EQUAL_TOKENS * len(tokens) or not tokens:
        return 0.0
    return (equal + sum(map(other.has, tokens - other.postings.keys()))) / len(tokens)


def _unmatched(difference: Difference, new: bool) -> int:
    words, figures = (
        (difference.added, difference.added_figures) if new else (difference.removed, difference.removed_figures)
    )
    return len(words) + len(figures) + max(0, difference.negations if new else -difference.negations)


def _share(sentence: Sentence, unmatched: int) -> float:
    size = len(sentence.tokens)
    return (size - unmatched) / size if size else 0.0
