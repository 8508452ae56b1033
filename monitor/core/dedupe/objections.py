"""Find what a new article says otherwise than an old one. Where anything objects, no likeness makes it a copy.

Objections are looked for in the headline and in each sentence that has a twin. A detail that is added is none. The
module does not decide what is a copy without an objection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from monitor.core.dedupe.compare.alignment import Twin
from monitor.core.dedupe.compare.sentence_difference import Difference, is_figure, is_year
from monitor.core.dedupe.compare.wording_pair import MIN_TEXT_TOKENS, WordingPair
from monitor.core.dedupe.wording import Sentence
from monitor.core.dedupe.words.senses import senses

MIN_VERBATIM_SHARE = 0.5  # of the tokens of a text, in sentences that are equal
MAX_EDITED_SHARE = 0.25  # words that may differ in a sentence whose negation or order is compared
MIN_LITERAL_SHARE = 0.8  # of a text that is copied nearly word by word, so that any exchanged word counts
MIN_SAID_HEADLINE = 0.5  # of a headline, in one sentence
MAX_SHORT_HEADLINE = 6  # tokens of a headline in which the places of words do not tell
MIN_REPEATED_EXCHANGES = 2  # of one word for another, which is then another name
UPDATE_LABELS = ("update", "aktualisiert", "roundup", "zusammenfassung", "wrapup", "更新", "最新")
FLASH_LABELS = (
    "eil",
    "blitz",
    "flash",
    "breaking",
    "urgent",
    "alert",
    "snap",
    "快讯",
    "突发",
    "速報",
    "срочно",
    "pilne",
)

Objection = Callable[[WordingPair], str]


def find_objection(pair: WordingPair) -> tuple[str, str]:
    """The name of the first objection and its reason; two empty texts where nothing objects."""
    return next(((name, reason) for name, test in OBJECTIONS if (reason := test(pair))), ("", ""))


def other_headline_figure(pair: WordingPair) -> str:
    """Another figure in the headline; a year only where both headlines have one."""
    new, old = pair.headline.added_figures, pair.headline.removed_figures
    unknown = [one for one in new if not is_year(one) and pair.is_unknown(one)]
    exchanged = _comparable(new, old) if pair.aligned else ()
    found = unknown or exchanged
    return f"another figure in the headline: {join_tokens((*old, *new))}" if found else ""


def headline_negation(pair: WordingPair) -> str:
    """A negation in one of the headlines only, or in the headline and not in its twin of the old text."""
    difference, twin = pair.headline, pair.headline_twin
    if pair.aligned or twin.old is None:
        comparable = pair.aligned or not pair.texts_cover
        return "a negation in one of the headlines" if comparable and difference.negations % 2 else ""
    return "a negation in the headline" if twin.difference.negations % 2 else ""


def headline_swap(pair: WordingPair) -> str:
    """Actors or figures of the headline that changed places, beside the old headline or a twin in the same words."""
    twin = pair.headline_twin.difference
    swapped = pair.headline.swapped or (None if twin.edits else twin.swapped)
    return f"changed places in the headline: {join_tokens(swapped)}" if swapped else ""


def turned_headline(pair: WordingPair) -> str:
    """A word of the headline whose exchange turns it round."""
    turned = pair.headline.turned if pair.aligned else None
    turned = turned or pair.headline_twin.difference.turned
    return f"turned in the headline: {join_exchange(turned)}" if turned else ""


def exchanged_headline_word(pair: WordingPair) -> str:
    """Another name or word in the place of one of the old headline; a word only in one language, and where the texts
    do not cover each other."""
    found = find_exchange(pair) if pair.aligned else None
    names = pair.old.headline.names | pair.new.headline.names
    if found and (pair.texts_cover or pair.translated) and not ({*found} <= names or _leads(pair, found)):
        return ""
    return f"exchanged in the headline: {join_exchange(found)}" if found else ""


def _leads(pair: WordingPair, exchanged: tuple[str, str]) -> bool:
    """Whether exchanged words begin the headlines, where a name stands that nothing marks as one: adidas, 百度."""
    first = pair.old.headline.tokens[:1], pair.new.headline.tokens[:1]
    return first == (exchanged[:1], exchanged[1:]) and pair.is_unknown(exchanged[1]) and pair.is_dropped(exchanged[0])


def unsaid_statement(pair: WordingPair) -> str:
    """A word of the headline that carries a statement, in a sense that the old article has nowhere."""
    known = pair.index.senses
    for token in pair.new.headline.tokens:
        if (found := senses(token)) and known.isdisjoint(found):
            return f"unsaid in the headline: {token}"
    return ""


def fresh_news(pair: WordingPair) -> str:
    """A word of the headline that the old article lacks and the text has; or a fresh opening over the old text as
    background, or under a headline that is not said."""
    unknown = {one for one in pair.new.headline.tokens if pair.is_unknown(one)}
    for twin in pair.text.twins if unknown else ():
        if found := unknown.intersection(twin.new.tokens):
            return f"told by the headline and the text: {join_tokens(sorted(found))}"
    background = pair.headline_said < MIN_SAID_HEADLINE or pair.reverse.said >= MIN_LITERAL_SHARE
    return "a fresh opening" if pair.opens_fresh and background else ""


def find_exchange(pair: WordingPair) -> tuple[str, str] | None:
    """A word of the old headline and the name or unknown word in its place; names, and any words of a short headline,
    wherever they stand."""
    difference, names = pair.headline, pair.old.headline.names | pair.new.headline.names
    for one, two in difference.exchanged:
        if {one, two} <= names or (pair.is_unknown(two) and pair.is_dropped(one)):
            return one, two
    added, removed = ([one for one in side if one in names] for side in (difference.added, difference.removed))
    if not (added and removed) and len(pair.new.headline.tokens) <= MAX_SHORT_HEADLINE:
        added, removed = filter_unknown(pair, difference)
    return (removed[0], added[0]) if added and removed else None


def filter_unknown(pair: WordingPair, difference: Difference) -> tuple[list[str], list[str]]:
    """The added words that the old wording lacks, and the removed ones that the new one lacks."""
    added = [one for one in difference.added if pair.is_unknown(one)]
    return added, [one for one in difference.removed if pair.is_dropped(one)]


def other_figure(pair: WordingPair) -> str:
    """An exchanged figure in a sentence; in a free rewrite only one that the old article has nowhere."""
    for twin in pair.text.edited:
        new, old = twin.difference.added_figures, twin.difference.removed_figures
        found = _comparable(new, old)
        if found and (twin.literal or (twin.mutual and any(map(pair.is_unknown, found)))):
            return f"another figure: {join_tokens((*old, *new))}"
    return ""


def other_negation(pair: WordingPair) -> str:
    """A negation gained or lost in a sentence with little else changed."""
    found = any(twin.difference.negations % 2 and _little_edited(twin) for twin in pair.text.edited)
    return "a negation in one of the texts" if found else ""


def other_order(pair: WordingPair) -> str:
    """Actors or figures that changed places, within a sentence of a text that is otherwise verbatim or between two.

    In a rewrite clauses change their places too, as in German any part of a sentence may open it.
    """
    swapped = next(
        filter(None, (twin.difference.swapped for twin in pair.text.edited if not twin.difference.edits)), None
    )
    if swapped and (pair.text.verbatim >= MIN_VERBATIM_SHARE or len(pair.text.twins) == 1):
        return f"changed places: {join_tokens(swapped)}"
    exchanges = {one for twin in pair.text.edited if twin.literal for one in twin.difference.replaced}
    crossed = next((one for one in exchanges if one[::-1] in exchanges), None)
    return f"changed places: {join_exchange(crossed)}" if crossed else ""


def turned_sentence(pair: WordingPair) -> str:
    """A word of a sentence whose exchange turns it round."""
    found = (twin.difference.turned for twin in pair.text.edited if _little_edited(twin))
    turned = next((one for one in found if one and pair.is_unknown(one[1])), None)
    return f"turned: {join_exchange(turned)}" if turned else ""


def other_name(pair: WordingPair) -> str:
    """A name in the place of another one: exchanged repeatedly, or between names; neither stands in the other text."""
    counts = Counter(one for twin in pair.text.edited if twin.mutual for one in set(twin.difference.replaced))
    counts.update(pair.headline.exchanged if pair.aligned else ())
    names = _all_names(pair)
    for exchange, count in counts.items():
        enough = count >= MIN_REPEATED_EXCHANGES or names.issuperset(exchange)
        if enough and pair.is_unknown(exchange[1]) and pair.is_dropped(exchange[0]):
            return f"another name: {join_exchange(exchange)}"
    return ""


def exchanged_word(pair: WordingPair) -> str:
    """Any exchanged word in a text that is copied nearly word by word."""
    if pair.text.literal < MIN_LITERAL_SHARE:
        return ""
    for twin in pair.text.edited:
        for one, two in twin.difference.replaced if twin.literal and twin.mutual else ():
            if pair.is_unknown(two) and pair.is_dropped(one):
                return f"exchanged in a literal copy: {join_exchange((one, two))}"
    return ""


def announced_update(pair: WordingPair) -> str:
    """The label of an update, or a flash that grew, over sentences with figures that the old article has not."""
    grown = is_label(pair.old.label, FLASH_LABELS) and not is_label(pair.new.label, FLASH_LABELS)
    if not grown and not (is_label(pair.new.label, UPDATE_LABELS) and pair.new.label != pair.old.label):
        return ""
    figures = [
        one for sentence in pair.text.fresh for one in sentence.tokens if is_figure(one) and pair.is_unknown(one)
    ]
    size = sum(len(one.tokens) for one in pair.text.fresh)
    unsaid = bool(figures) or (not grown and (size >= MIN_TEXT_TOKENS or pair.opens_fresh))
    return f"an update with other sentences: {join_tokens(figures) or size}" if unsaid else ""


# In the order in which they are asked: name, function.
OBJECTIONS: tuple[tuple[str, Objection], ...] = (
    ("other figure in the headline", other_headline_figure),
    ("negation in the headline", headline_negation),
    ("changed places in the headline", headline_swap),
    ("turned headline", turned_headline),
    ("exchanged word in the headline", exchanged_headline_word),
    ("other figure", other_figure),
    ("negation", other_negation),
    ("changed places", other_order),
    ("turned sentence", turned_sentence),
    ("other name", other_name),
    ("exchanged word in a literal copy", exchanged_word),
    ("update", announced_update),
)


def is_label(label: str, labels: tuple[str, ...]) -> bool:
    """Whether the label before a headline begins with one of these words."""
    return label.startswith(labels)


def _comparable(new: tuple[str, ...], old: tuple[str, ...]) -> tuple[str, ...]:
    """The new figures that stand for old ones of their sort: years for years, numbers for numbers."""
    years = {is_year(one) for one in old}
    return tuple(one for one in new if is_year(one) in years)


def _little_edited(twin: Twin) -> bool:
    """Whether two sentences say the same words but for a few."""
    return twin.mutual and twin.difference.edits <= max(1, MAX_EDITED_SHARE * len(twin.new.tokens))


def _all_names(pair: WordingPair) -> frozenset[str]:
    sentences: Iterator[Sentence] = iter((*pair.index.sentences, *pair.new_index.sentences))
    return frozenset().union(*(one.names for one in sentences))


def has_difference(difference: Difference) -> bool:
    """Whether anything of a difference is news in a text: figures, negations, places, exchanged words."""
    return bool(difference.added_figures or difference.negations % 2 or difference.swapped or difference.exchanged)


def join_tokens(tokens: tuple[str, ...] | list[str]) -> str:
    """Tokens for a reason in words, each once, without the signs of figures."""
    return ", ".join(dict.fromkeys(one.lstrip("#yd") if is_figure(one) else one for one in tokens))


def join_exchange(exchange: tuple[str, str]) -> str:
    """An old word and the new one in its place."""
    return f"{join_tokens([exchange[0]])} → {join_tokens([exchange[1]])}"
