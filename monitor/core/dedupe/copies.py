"""Decide whether a new article is silent beside an old one of another name: a copy, the same story, or news.

Within one feed, what the source distinguishes is distinct. Across feeds the headline speaks for the article, and
nothing is a copy against an objection. What is unsure is news. The module decides no edit under one name; see edits.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.compare.sentence_difference import is_figure
from monitor.core.dedupe.compare.wording_pair import (
    MIN_HEADLINE_TOKENS,
    MIN_TEXT_TOKENS,
    CopyDecision,
    PairContext,
    WordingPair,
)
from monitor.core.dedupe.objections import (
    find_exchange,
    find_objection,
    fresh_news,
    has_difference,
    join_tokens,
    unsaid_statement,
)
from monitor.core.dedupe.words.senses import senses

LONG_TEXT = 40  # content tokens that tell without a headline
MIN_VERBATIM_TEXT = 24  # tokens of two texts that are the same sentences
MIN_VERBATIM_ARTICLE = 6  # tokens of a text that says more than its headline
MIN_REWRITTEN_TEXT, MIN_SHARED_WORDS = 30, 0.85  # tokens of both texts; the share of each in the other
MIN_SAID = 0.8  # of a text that is a copy
MIN_WHOLLY_SAID = 0.95
MIN_HEADLINE_SAID = 0.5
HEADLINE_WINDOW = timedelta(hours=48)
FRESH_WINDOW = timedelta(hours=3)  # in which a headline with less in common is the same story
MIN_EQUAL_HEADLINE = 0.8  # of each headline, in the other
MIN_NEAR_HEADLINE, MIN_NEAR_KNOWN = 0.7, 0.9  # in the old headline, in all of the old article
MIN_FRESH_HEADLINE, MIN_FRESH_KNOWN = 0.6, 0.8  # within FRESH_WINDOW
MIN_COSINE, MIN_COSINE_HEADLINE = 0.5, 0.6
TEASER_GROWTH = 2.5  # an article is longer than its teaser by this factor
MIN_OPENING = 0.8  # of a teaser, in the opening of its article
MIN_FIGURES, MIN_FIGURE_SHARE = 2, 0.6  # large figures that are shared, and their share of all

Rule = Callable[[WordingPair], str]


def decide_copy(new: WordingIndex, old: WordingIndex, context: PairContext) -> CopyDecision:
    """Whether a new article is silent beside an old one."""
    pair = WordingPair(new, old, context)
    if context.same_feed:
        return _decide(pair, FEED_RULES, "two entries of one feed")
    objection, reason = find_objection(pair)
    if objection:
        return CopyDecision(False, objection, reason)
    return _decide(pair, COPY_RULES, "nothing in common that tells")


def _decide(pair: WordingPair, rules: tuple[tuple[str, Rule], ...], otherwise: str) -> CopyDecision:
    for name, rule in rules:
        if reason := rule(pair):
            return CopyDecision(True, name, reason)
    return CopyDecision(False, "news", otherwise)


def same_entry(pair: WordingPair) -> str:
    """The same link and headline, and nothing in the text is new."""
    same = pair.context.same_link and pair.headlines_equal and not is_anything_new(pair)
    return "the same link, headline and text" if same and pair.new.label == pair.old.label else ""


def moved_entry(pair: WordingPair) -> str:
    """An entry under another host, when its old name is gone from the document."""
    context = pair.context
    gone = not context.same_link and not context.old_listed and not context.listed_together
    certain = context.same_path or (context.same_date and not pair.formulaic)
    same = pair.headlines_equal and not is_anything_new(pair)
    return "the entry moved to another address" if gone and certain and same else ""


def repeated_text(pair: WordingPair) -> str:
    """A long text that is wholly said, under a headline that names nothing else."""
    if pair.text.size < LONG_TEXT or is_anything_new(pair):
        return ""
    if pair.has_unknown_name or find_exchange(pair) or find_objection(pair)[0]:
        return ""
    return "a long text that is wholly said"


def is_anything_new(pair: WordingPair) -> bool:
    """Whether the new text has a sentence that the old one lacks, or one with a difference."""
    return any(twin.old is None or twin.difference.added or has_difference(twin.difference) for twin in pair.text.twins)


def same_page(pair: WordingPair) -> str:
    """The same page in another feed, with a headline or a text in common."""
    near = min(pair.headline_shared, pair.headline_covered) >= MIN_HEADLINE_SAID
    said = pair.text.size >= MIN_TEXT_TOKENS and pair.text.said >= MIN_SAID
    return "the same page in another feed" if pair.context.same_link and (near or said) else ""


def said_text(pair: WordingPair) -> str:
    """A text that the old article says: wholly, or but for a few details under a headline that it says too."""
    size, said = pair.text.size, pair.text.said
    if size < MIN_TEXT_TOKENS or said < MIN_SAID or (pair.formulaic and size < LONG_TEXT):
        return ""
    headline = not pair.formulaic and pair.headline_said >= MIN_HEADLINE_SAID and not unsaid_statement(pair)
    wholly = size >= LONG_TEXT and said >= MIN_WHOLLY_SAID
    return f"{said:.0%} of the text is said" if (wholly or headline) and not fresh_news(pair) else ""


def verbatim_text(pair: WordingPair) -> str:
    """Both texts are the same sentences, though too short to tell otherwise, and the headline exchanges nothing."""
    same = min(pair.text.literal, pair.reverse.literal) >= MIN_WHOLLY_SAID and pair.text.size >= MIN_VERBATIM_TEXT
    return (
        "the same sentences"
        if same and not pair.has_unknown_name and (pair.headlines_equal or not pair.recurring)
        else ""
    )


def verbatim_article(pair: WordingPair) -> str:
    """The same headline and the same sentences, however short, unless the headline is a form."""
    same = min(pair.text.literal, pair.reverse.literal) >= 1 and pair.text.size >= MIN_VERBATIM_ARTICLE
    return "the same headline and sentences" if same and pair.headlines_equal and not pair.recurring else ""


def same_words(pair: WordingPair) -> str:
    """A rewrite: nearly every word of each text stands in the other one."""
    if min(pair.text.size, pair.old_size) < MIN_REWRITTEN_TEXT or pair.formulaic:
        return ""
    shared = min(pair.known_share, pair.kept_share)
    silent = shared >= MIN_SHARED_WORDS and not fresh_news(pair)
    return f"{shared:.0%} of the words stand in both texts" if silent else ""


def announced_text(pair: WordingPair) -> str:
    """The article of a teaser: the old text opens one that is at least 2.5 times as long."""
    old, new = pair.old_size, pair.text.size
    if not MIN_TEXT_TOKENS <= old < LONG_TEXT or new < TEASER_GROWTH * old or pair.formulaic:
        return ""
    if pair.headline_said < MIN_HEADLINE_SAID or pair.reverse.said < MIN_OPENING:
        return ""
    return "the article that the older teaser opens" if _opens(pair) else ""


def _opens(pair: WordingPair) -> bool:
    """Whether the twins of the old text stand in the first third of the new one, a sentence more at most."""
    starts = [twin.old.start for twin in pair.reverse.twins if twin.old is not None]
    sentences = pair.new.sentences
    border = sentences[min(len(sentences) // 3 + 1, len(sentences) - 1)]
    return max(starts, default=0) <= border.start


def equal_headline(pair: WordingPair) -> str:
    """Nearly the same headline within two days, whatever the texts."""
    near = min(pair.headline_shared, pair.headline_covered) >= MIN_EQUAL_HEADLINE
    return "the same headline within two days" if near and _headline_tells(pair) else ""


def near_headline(pair: WordingPair) -> str:
    """A headline in other words that the old article knows; with time it must have more in common."""
    shared, known = pair.headline_shared, pair.headline_known
    late = shared >= MIN_NEAR_HEADLINE and known >= MIN_NEAR_KNOWN
    soon = shared >= MIN_FRESH_HEADLINE and known >= MIN_FRESH_KNOWN and abs(pair.context.age) <= FRESH_WINDOW
    silent = (late or soon) and _keeps_statement(pair) and _headline_tells(pair)
    return "a headline that the older article says" if silent else ""


def _keeps_statement(pair: WordingPair) -> bool:
    """Whether the new headline has a word of the sense of one in the old headline, or the old one has none."""
    old, new = ({sense for one in side.headline.tokens for sense in senses(one)} for side in (pair.old, pair.new))
    return not old or not old.isdisjoint(new)


def _headline_tells(pair: WordingPair) -> bool:
    long_enough = len(pair.new.headline.tokens) >= MIN_HEADLINE_TOKENS and not unsaid_statement(pair)
    return long_enough and not pair.formulaic and abs(pair.context.age) <= HEADLINE_WINDOW


def similar_text(pair: WordingPair) -> str:
    """Texts about the same subject, by the archive's weights, under a headline that the old article knows."""
    long_enough = min(pair.text.size, pair.old_size) >= MIN_TEXT_TOKENS
    near = pair.context.cosine >= MIN_COSINE and pair.headline_said >= MIN_COSINE_HEADLINE
    silent = long_enough and near and not pair.formulaic and not unsaid_statement(pair) and not fresh_news(pair)
    return f"texts with a cosine of {pair.context.cosine:.2f}" if silent else ""


def equal_figures(pair: WordingPair) -> str:
    """The same large figures about the same names: in another language, or under a headline that is said."""
    mine, theirs = pair.new_index.figures, pair.index.figures
    shared = mine & theirs
    if len(shared) < MIN_FIGURES or len(shared) < MIN_FIGURE_SHARE * len(mine | theirs):
        return ""
    if abs(pair.context.age) > HEADLINE_WINDOW or pair.formulaic or unsaid_statement(pair):
        return ""
    names = any(one in pair.old.headline.tokens for one in pair.new.headline.tokens if not is_figure(one))
    said = pair.headline_said >= MIN_EQUAL_HEADLINE or (pair.translated and names)
    return f"the same figures: {join_tokens(sorted(shared))}" if said else ""


# In order of certainty: name, function. A rule returns the reason why the new article is silent, or "".
FEED_RULES: tuple[tuple[str, Rule], ...] = (
    ("same entry", same_entry),
    ("moved entry", moved_entry),
    ("repeated text", repeated_text),
)
COPY_RULES: tuple[tuple[str, Rule], ...] = (
    ("same page", same_page),
    ("said text", said_text),
    ("verbatim text", verbatim_text),
    ("verbatim article", verbatim_article),
    ("same words", same_words),
    ("announced text", announced_text),
    ("equal headline", equal_headline),
    ("near headline", near_headline),
    ("similar text", similar_text),
    ("equal figures", equal_figures),
)
