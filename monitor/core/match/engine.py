"""Compile watches into a RuleSet and match articles against it.

Each watch is indexed under the rarest key that every article it matches must contain (a token, a word prefix, the
literal of a regular expression), as in Luwak, Lucene's monitor. One Aho–Corasick pass (1975) finds the keys in an
article; only their watches are verified on its tokens. Nothing here knows what happens to a match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.errors import RuleError
from monitor.core.match.article_text import DEFAULT_FIELDS, ArticleText
from monitor.core.match.build import build_tree, leaf_factory
from monitor.core.match.conditions import AllNode, AnyNode, FieldsNode, Node, NotNode
from monitor.core.match.evidence import collect_evidence
from monitor.core.match.proximity import AtLeastNode, NearNode
from monitor.core.match.query import parse_expression
from monitor.core.match.watch import Example, NamedTerms, Watch, check_control_characters, watch_mistakes
from monitor.core.match.watch import NearClause as NearTerms
from monitor.core.model.articles import Article, Match
from monitor.core.text.analysis import ArticleFields

__all__ = [
    "Example",
    "MatchVerdict",
    "NearTerms",
    "RuleSet",
    "Watch",
    "check_watch",
    "compile_rules",
    "examine_watch",
    "match_article",
]

KEY_MARKERS = "*/"  # * follows a word prefix, / precedes the literal of a regular expression
RARITY_PER_LETTER = 8.0  # factor by which each further letter makes a key rarer
MAX_UNCUT_WATCHES = 16  # up to so many candidates, substrings are tested before the text is cut into tokens
MAX_DFA_KEYS = 1_000  # up to so many keys a DFA is built: 1.1 MB more, half the time (14 µs for 3 kB, not 28)
MAX_COUNTED_LETTERS = 8  # further letters do not make a key rarer
OTHER_FEEDS_TEXT = "it is limited to other feeds or languages"
NO_KEY_COUNTS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class CompiledWatch:
    """A watch, its condition tree, and sets of tokens or substrings; a matching article has one of each set."""

    watch: Watch
    node: Node
    required_tokens: tuple[tuple[str, ...], ...] = ()
    required_substrings: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Compiled watches and the index that finds the few to verify for an article."""

    entries: tuple[CompiledWatch, ...] = ()
    finder: AhoCorasick | None = None  # finds all keys in one pass over the folded text
    watches_by_key: tuple[tuple[int, ...], ...] = ()  # indexes into entries, per key of the finder
    always: tuple[int, ...] = ()  # watches without a key
    fields: tuple[str, ...] = DEFAULT_FIELDS

    @property
    def watches(self) -> tuple[Watch, ...]:
        return tuple(entry.watch for entry in self.entries)


@dataclass(frozen=True, slots=True)
class MatchVerdict:
    """Whether a watch matches an article, and what is missing where it does not."""

    match: Match | None
    missing: tuple[str, ...] = ()


def compile_rules(watches: Iterable[Watch], names: NamedTerms | None = None) -> RuleSet:
    """Compile watches. Raises RuleError on the first mistake; check_watch() finds them all."""
    trees = [(watch, build_tree(watch, names or {})) for watch in watches]
    return index_watches(
        tuple(
            CompiledWatch(watch, node, required := sorted_required_tokens(node), find_required_substrings(required))
            for watch, node in trees
        )
    )


def sorted_required_tokens(node: Node) -> tuple[tuple[str, ...], ...]:
    """The required tokens of a tree, smallest set first; tuples take a third of the memory of sets."""
    return tuple(map(tuple, sorted(node.required_tokens(), key=len)))


def find_required_substrings(required: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Required substrings for a text that is not cut into tokens yet."""
    return tuple(tuple(minimal_texts(frozenset(tokens))) for tokens in required)


def minimal_texts(texts: Collection[str]) -> list[str]:
    """The texts that contain no other of them: a text without "varenta" has neither "varentas" nor "varentagroup"."""
    sizes = {len(text) for text in texts}
    return [text for text in texts if not any(piece in texts for piece in iter_substrings(text, sizes))]


def iter_substrings(text: str, sizes: Iterable[int]) -> Iterator[str]:
    """All substrings of these sizes that are shorter than the text."""
    return (text[at : at + size] for size in sizes if size < len(text) for at in range(len(text) - size + 1))


def check_watch(watch: Watch, names: NamedTerms) -> list[RuleError]:
    """Every mistake in a watch, in the order of its keys."""
    found = watch_mistakes(watch, names)
    if watch.match is not None:
        try:
            check_control_characters(watch.match, allowed="\n\t\r")
            parse_expression(watch.match, leaf_factory(names))
        except RuleError as error:
            error.where = "match"
            found.append(error)
    return found


def index_watches(entries: tuple[CompiledWatch, ...]) -> RuleSet:
    """Build the index over compiled watches: each under the key that is likely to be the rarest."""
    wanted = Counter(key for entry in entries for key in entry.node.index_keys(key_likelihood) or ())
    keys: dict[str, list[int]] = {}
    always: list[int] = []
    for number, entry in enumerate(entries):
        if entry.watch.enabled:
            index_keys = entry.node.index_keys(lambda some: key_likelihood(some, wanted))
            for key in minimal_texts({key.strip(KEY_MARKERS) for key in index_keys or ()}):
                keys.setdefault(key, []).append(number)
            if index_keys is None:
                always.append(number)
    return RuleSet(
        entries,
        finder=build_key_finder(list(keys)) if keys else None,
        watches_by_key=tuple(map(tuple, keys.values())),
        always=tuple(always),
        fields=searched_fields(entries),
    )


def build_key_finder(keys: Sequence[str]) -> AhoCorasick:
    """An Aho–Corasick automaton over all keys; a DFA where it is small."""
    return AhoCorasick(keys, implementation=Implementation.DFA if len(keys) <= MAX_DFA_KEYS else None)


def key_likelihood(keys: Iterable[str], wanted: Mapping[str, int] = NO_KEY_COUNTS) -> float:
    """A weight for the chance that a text has one of the keys: higher for short keys and for keys of many watches."""
    return sum(
        (wanted.get(key, 0) + 1) * RARITY_PER_LETTER ** -min(key_length(key), MAX_COUNTED_LETTERS) for key in keys
    )


def key_length(key: str) -> int:
    """The length of a key in letters; a character of a script without spaces counts as three."""
    bare = key.strip(KEY_MARKERS)
    return len(bare) * (3 if bare >= "\u2e80" else 1)


def searched_fields(entries: Sequence[CompiledWatch]) -> tuple[str, ...]:
    """Every field that any watch searches: candidates are found in their text."""
    extra = {name for entry in entries for name in node_fields(entry.node)}
    return (*DEFAULT_FIELDS, *sorted(extra - set(DEFAULT_FIELDS)))


def node_fields(node: Node) -> set[str]:
    """The fields to which a tree restricts conditions."""
    match node:
        case FieldsNode(fields, child):
            return {*fields, *node_fields(child)}
        case AnyNode(children) | AllNode(children):
            return {name for child in children for name in node_fields(child)}
        case NearNode(left, right):
            return node_fields(left) | node_fields(right)
        case NotNode(child) | AtLeastNode(_, child):
            return node_fields(child)
    return set()


def match_article(rules: RuleSet, fields: ArticleFields) -> tuple[Match, ...]:
    """The watches that match an article, in the order of the file, with their evidence. Boilerplate is not matched."""
    document = ArticleText(fields)
    found = []
    for number in candidate_watches(rules, document):
        entry = rules.entries[number]
        places = entry.node.places(document, ())
        if places is not None:
            found.append(collect_evidence(entry.watch.name, document, places))
    return tuple(found)


def candidate_watches(rules: RuleSet, document: ArticleText) -> list[int]:
    """The indexes of the watches to verify. Most articles have no key, and are not cut into tokens."""
    found = set(rules.always)
    text = document.raw(rules.fields)
    if rules.finder:
        hits = {hit for hit, _, _ in rules.finder.find_matches_as_indexes(text, overlapping=True)}
        found.update(number for hit in hits for number in rules.watches_by_key[hit])
    asked = sorted(number for number in found if applies_to(rules.entries[number].watch, document.article))
    if len(asked) <= MAX_UNCUT_WATCHES:
        return [number for number in asked if has_required_substrings(rules.entries[number], text)]
    known = document.known(rules.fields)
    return [number for number in asked if has_required_tokens(rules.entries[number], known)]


def has_required_substrings(entry: CompiledWatch, text: str) -> bool:
    """Whether a folded text contains the tokens that a watch requires, be it as parts of words."""
    return all(any(token in text for token in tokens) for tokens in entry.required_substrings)


def has_required_tokens(entry: CompiledWatch, known: frozenset[str]) -> bool:
    """Whether an article with these tokens can match at all: cheaper than finding their places."""
    return not any(map(known.isdisjoint, entry.required_tokens))


def applies_to(watch: Watch, article: Article) -> bool:
    """Whether a watch covers the feed and language of an article; an article without a language passes."""
    if watch.feeds and article.source not in watch.feeds:
        return False
    return not (watch.lang and article.language) or primary_language(article.language) in {
        primary_language(tag) for tag in watch.lang
    }


def primary_language(tag: str) -> str:
    """The primary subtag of a language tag: de for de-AT (BCP 47)."""
    return tag.replace("_", "-").partition("-")[0].casefold()


def examine_watch(rules: RuleSet, watch: str, fields: ArticleFields) -> MatchVerdict:
    """Whether the named watch matches, and which parts are missing if not. Raises KeyError for an unknown name."""
    entry = next((entry for entry in rules.entries if entry.watch.name == watch), None)
    if entry is None:
        raise KeyError(watch)
    return verdict(entry, fields)


def verdict(entry: CompiledWatch, fields: ArticleFields) -> MatchVerdict:
    """Whether a compiled watch matches, and which parts are missing if not."""
    document = ArticleText(fields)
    if not applies_to(entry.watch, fields.article):
        return MatchVerdict(None, (OTHER_FEEDS_TEXT,))
    places = entry.node.places(document, ())
    if places is None:
        return MatchVerdict(None, tuple(dict.fromkeys(entry.node.missing(document, ()))))
    return MatchVerdict(collect_evidence(entry.watch.name, document, places))
