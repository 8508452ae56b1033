"""Decide what an edit of an article under its own name is: another article, an update with its evidence, or style.

What is unsure is style: a synonym, a typing error, another rendering. An update needs evidence: a figure, a negation,
actors that changed places, a word that turns the statement, another label, a new headline over a changed text. The
module does not decide whether anybody is alerted; an edit of style is stored and shown too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from monitor.core.dedupe.compare.alignment import Twin, WordingIndex
from monitor.core.dedupe.compare.sentence_difference import Difference, is_figure, is_year
from monitor.core.dedupe.compare.wording_pair import MIN_TEXT_TOKENS, PairContext, WordingPair
from monitor.core.dedupe.number_forms import is_number, number_value
from monitor.core.dedupe.objections import (
    FLASH_LABELS,
    UPDATE_LABELS,
    has_difference,
    is_label,
    join_exchange,
    join_tokens,
)
from monitor.core.dedupe.wording import Sentence, Wording

MAX_KEPT_TEXT, MAX_KEPT_HEADLINE = 0.2, 0.5  # less is another article under the same name
MAX_COUNT = 12  # a smaller number alone is no news: five reasons, two plants
MAX_EDITED_SHARE = 0.25  # of a sentence whose negation or order is compared
MAX_TURNED_EDITS = 2  # words that differ in a sentence that one of them turns: besiegt, verliert gegen
MAX_KNOWN_HEADLINE = 0.2  # of a headline that is another one
MIN_HEADLINE_TOKENS = 3
MIN_UNKNOWN_LEAD = 4  # words of a first sentence that the old wording lacks
MAX_SHOWN_WORDS = 80  # of a sentence, in which what was exchanged is searched
PUNCTUATION = ".,;:!?\"'„“”‚‘’»«()[]…"
CORRECTION_LABELS = (
    "korrektur",
    "berichtig",
    "richtigstellung",
    "correct",
    "retract",
    "widerruf",
    "更正",
    "訂正",
    "rectif",
)
NEUTRAL_LABELS = (
    *UPDATE_LABELS,
    *FLASH_LABELS,
    "wdh",
    "wiederholung",
    "exclusive",
    "exklusiv",
    "live",
    "video",
    "watch",
)


CORRECTION_NOTICE = re.compile(
    r"\b(?:korrektur|korrigierte? (?:fassung|version)|korrigiert|berichtigung|berichtigt|richtigstellung|correction|"
    r"corrected|corrects|retraction|retracted|widerruf|更正)\b",
    re.IGNORECASE,
)
MAX_NOTICE_OFFSET = 300  # characters of a text in which a correction notice counts


class EditKind(StrEnum):
    """What an edit is; the values are stored."""

    ANOTHER = "another"  # another article under the same name
    UPDATE = "update"
    CORRECTION = "correction"  # an update that takes something back
    STYLE = "style"


@dataclass(frozen=True, slots=True)
class EditDecision:
    """What an edit is, by which rule, the reason in words, and the sentences that prove it.

    new and old are offsets in the texts, or in the titles if in_headline; None where a side has none.
    """

    kind: EditKind
    rule: str
    reason: str
    new: Sentence | None = None
    old: Sentence | None = None
    in_headline: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an edit is an update: a reason in words and the pair of sentences."""

    reason: str
    new: Sentence
    old: Sentence | None


Rule = Callable[[WordingPair], Evidence | None]


def announces_correction(title: str, body: str) -> bool:
    """Whether a headline or the beginning of a text contains a correction notice."""
    return bool(CORRECTION_NOTICE.search(title) or CORRECTION_NOTICE.search(body[:MAX_NOTICE_OFFSET]))


def decide_edit(new: WordingIndex, old: WordingIndex) -> EditDecision:
    """What the new wording of an article is beside an older one."""
    pair = WordingPair(new, old, PairContext(same_feed=True))
    if reason := another_article(pair):
        return EditDecision(EditKind.ANOTHER, "another article", reason)
    for name, rule in UPDATE_RULES:
        if found := rule(pair):
            kind = EditKind.CORRECTION if rule is correction else EditKind.UPDATE
            return EditDecision(kind, name, found.reason, found.new, found.old, found.new is pair.new.headline)
    return EditDecision(EditKind.STYLE, "style", "nothing that is news was exchanged or added")


def another_article(pair: WordingPair) -> str:
    """Why this is another article under the same name: hardly anything of the old one is left; "" if it is not."""
    if not pair.old.headline.tokens and not pair.old_size:
        return "the older version was empty"
    if reason := another_party(pair):
        return reason
    kept = max(pair.headline_shared, pair.headline_covered)
    long_enough = min(pair.text.size, pair.old_size) >= MIN_TEXT_TOKENS
    said = max(pair.text.said, pair.reverse.said) if long_enough and kept < MAX_KEPT_HEADLINE else 0.0
    if kept >= MAX_KEPT_HEADLINE or said >= MAX_KEPT_TEXT:
        return ""
    if not pair.new.headline.tokens or not pair.old.headline.tokens or is_same_short_text(pair, long_enough):
        return ""
    return f"{kept:.0%} of the headline and {said:.0%} of the text are left"


def another_party(pair: WordingPair) -> str:
    """Why a form, over hardly any text, is of another party now: "Trading Halt: Quorion" and then "… : Lumetra"."""
    old, new = pair.old.headline.tokens, pair.new.headline.tokens
    short = max(pair.text.size, pair.old_size) < MIN_TEXT_TOKENS
    if not (short and pair.recurring and pair.headline.added and pair.headline.removed) or old[:1] != new[:1]:
        return ""
    return f"the form is of another party: {join_tokens(pair.headline.added)}"


def is_same_short_text(pair: WordingPair, long_enough: bool) -> bool:
    """Whether both texts, too short to be measured, are the same words."""
    texts = [[one.tokens for one in wording.sentences] for wording in (pair.new, pair.old)]
    return not long_enough and bool(texts[0]) and texts[0] == texts[1]


def correction(pair: WordingPair) -> Evidence | None:
    """A notice of correction that appears in the label, at an end of the headline, or in the first or last sentence."""
    if _is_corrected(pair.new) and not _is_corrected(pair.old):
        changed = next((twin for twin in pair.text.twins if _is_changed(twin)), None)
        new, old = (changed.new, changed.old) if changed else (pair.new.headline, pair.old.headline)
        return Evidence("a correction", new, old)
    return None


def _is_corrected(wording: Wording) -> bool:
    ends = (*wording.headline.tokens[:1], *wording.headline.tokens[-1:])
    texts = (token for one in (*wording.sentences[:1], *wording.sentences[-1:]) for token in one.tokens[:4])
    return any(is_label(one, CORRECTION_LABELS) for one in (wording.label, *ends, *texts))


def exchanged_figure(pair: WordingPair) -> Evidence | None:
    """Another figure in the place of an old one: no rounding, no bare year, a small count only of the same thing."""
    for twin in _twins(pair):
        new, old = ([one for one in side if not is_year(one)] for side in _figures(twin.difference))
        found = [one for one in new if any(_is_exchanged(pair, twin, one, other) for other in old)]
        if found:
            return Evidence(f"{join_tokens(old)} → {join_tokens(new)}", twin.new, twin.old)
    return None


def _is_exchanged(pair: WordingPair, twin: Twin, new: str, old: str) -> bool:
    if is_number(new) != is_number(old) or twin.old is None:
        return False
    moved = not pair.is_unknown(new) and not pair.is_dropped(old) and not twin.literal
    small = _is_count(new) and _is_count(old)
    return not moved and (not small or _counts_same(twin.new, new, twin.old, old))


def _counts_same(new: Sentence, figure: str, old: Sentence, old_figure: str) -> bool:
    """Whether two numbers stand before or after the same token."""
    mine, theirs = _neighbours(new, figure), _neighbours(old, old_figure)
    return any(one and one == other for one, other in zip(mine, theirs, strict=True))


def _neighbours(sentence: Sentence, token: str) -> tuple[str, str]:
    padded = ("", *sentence.tokens, "")
    at = padded.index(token)
    return padded[at - 1], padded[at + 1]


def _is_count(token: str) -> bool:
    """Whether a token is a small whole number."""
    return is_number(token) and not token.endswith("%") and number_value(token) <= MAX_COUNT and "." not in token


def other_negation(pair: WordingPair) -> Evidence | None:
    """A negation that comes or goes in a sentence with little else changed."""
    for twin in _twins(pair):
        if twin.difference.negations % 2 and _little_edited(twin):
            sign = "gained" if twin.difference.negations > 0 else "lost"
            return Evidence(f"a negation {sign}", twin.new, twin.old)
    return None


def other_order(pair: WordingPair) -> Evidence | None:
    """Two actors or figures that changed places in a sentence where nothing else changed."""
    for twin in _twins(pair):
        if twin.difference.swapped and not twin.difference.edits:
            return Evidence(f"changed places: {join_tokens(twin.difference.swapped)}", twin.new, twin.old)
    return None


def turned_statement(pair: WordingPair) -> Evidence | None:
    """A word that carries the statement in the place of one of another sense."""
    for twin in _twins(pair):
        if twin.difference.turned and _little_edited(twin, MAX_TURNED_EDITS):
            return Evidence(join_exchange(twin.difference.turned), twin.new, twin.old)
    return None


def other_label(pair: WordingPair) -> Evidence | None:
    """Another label before the headline: "Investigating" and then "Resolved"."""
    new, old = pair.new.label, pair.old.label
    if not new or not old or new == old or is_label(new, NEUTRAL_LABELS) or is_label(old, NEUTRAL_LABELS):
        return None
    return Evidence(f"{old} → {new}", pair.new.headline, pair.old.headline)


def added_figure(pair: WordingPair) -> Evidence | None:
    """A figure that the old wording has nowhere, in a twin or in a fresh sentence; no year and no small count."""
    for twin in _twins(pair, fresh=True):
        figures = twin.difference.added_figures if twin.old else filter(is_figure, twin.new.tokens)
        found = [one for one in figures if is_number(one) and not _is_count(one) and pair.is_unknown(one)]
        if found:
            return Evidence(f"added: {join_tokens(found)}", twin.new, twin.old)
    return None


def new_headline(pair: WordingPair) -> Evidence | None:
    """A headline that gains a word the old wording lacks, over a text that changed too or without a text."""
    gained = [one for one in (*pair.headline.added, *pair.headline.added_figures) if pair.is_unknown(one)]
    changed = any(map(_is_changed, pair.text.twins)) or not (pair.text.size or pair.old_size)
    return _headline(pair, f"new in the headline: {join_tokens(gained)}") if gained and changed else None


def new_lead(pair: WordingPair) -> Evidence | None:
    """Another headline over a fresh first sentence of which the old wording lacks most words."""
    first = pair.text.twins[0] if pair.text.twins else None
    if first is None or first.old or not pair.old_size or pair.headline_covered >= 1:
        return None
    unknown = sum(map(pair.is_unknown, first.new.tokens))
    return Evidence("another opening", first.new, None) if unknown >= MIN_UNKNOWN_LEAD else None


def unknown_headline(pair: WordingPair) -> Evidence | None:
    """A headline of which the old wording knows at most a fifth."""
    unknown = pair.headline_known <= MAX_KNOWN_HEADLINE and len(pair.new.headline.tokens) >= MIN_HEADLINE_TOKENS
    return _headline(pair, "another headline") if unknown and pair.old.headline.tokens else None


def _headline(pair: WordingPair, reason: str) -> Evidence:
    return Evidence(reason, pair.new.headline, pair.old.headline)


def _twins(pair: WordingPair, fresh: bool = False) -> Iterator[Twin]:
    """The headlines, if they have half in common, and the sentences of the text; fresh: those without a twin too."""
    if pair.aligned:
        yield Twin(pair.new.headline, pair.old.headline, pair.headline, mutual=True, literal=True)
    yield from pair.text.edited
    yield from (twin for twin in pair.text.twins if fresh and twin.old is None)


def _figures(difference: Difference) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return difference.added_figures, difference.removed_figures


def _little_edited(twin: Twin, words: int = 1) -> bool:
    """Whether few words of a sentence were edited: so many, or a quarter of it."""
    return twin.mutual and twin.difference.edits <= max(words, MAX_EDITED_SHARE * len(twin.new.tokens))


def _is_changed(twin: Twin) -> bool:
    """Whether a sentence is fresh or has a word that its twin lacks."""
    return twin.old is None or bool(twin.difference.added) or has_difference(twin.difference)


# In the order in which they are asked: name, function.
UPDATE_RULES: tuple[tuple[str, Rule], ...] = (
    ("correction", correction),
    ("exchanged figure", exchanged_figure),
    ("negation", other_negation),
    ("changed places", other_order),
    ("turned statement", turned_statement),
    ("other label", other_label),
    ("added figure", added_figure),
    ("new headline", new_headline),
    ("new lead", new_lead),
    ("unknown headline", unknown_headline),
)


def show_change(decision: EditDecision, old: tuple[str, str], new: tuple[str, str]) -> str:
    """What was exchanged, as it is written: "10 → 7 dead"; "" where nothing stands in the place of something.

    old, new: title and text of both versions.
    """
    if decision.new is None or decision.old is None:
        return ""
    part = 0 if decision.in_headline else 1
    words = [text[part][one.start : one.end].split() for text, one in ((old, decision.old), (new, decision.new))]
    shown = list(_exchanged_phrases(words[0][:MAX_SHOWN_WORDS], words[1][:MAX_SHOWN_WORDS]))
    shown.sort(key=lambda phrase: not (any(map(str.isdigit, phrase)) and decision.rule == "exchanged figure"))
    return shown[0] if shown else ""


def _exchanged_phrases(old: list[str], new: list[str]) -> Iterator[str]:
    """Each exchanged phrase with the word behind it."""
    left, right = ([word.strip(PUNCTUATION).casefold() for word in words] for words in (old, new))
    for kind, start, stop, begin, end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "replace":
            phrases = [" ".join(words).strip(PUNCTUATION) for words in (old[start:stop], new[begin:end])]
            follows = new[end].strip(PUNCTUATION) if end < len(new) and new[end - 1][-1:] not in PUNCTUATION else ""
            yield f"{phrases[0]} → {phrases[1]} {follows}".rstrip()
