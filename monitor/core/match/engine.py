"""The one engine: watches are compiled into a Book, and a Book is matched against articles.

Each watch is filed under the rarest key that every article it matches must have (a token, a word's beginning, the
literal of an expression), as Luwak's monitor does; only the watches whose key an article has are verified on its
tokens. Nothing here knows why a watch exists or what happens to a match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.core.errors import RuleError
from monitor.core.match.article_text import DEFAULT, Document
from monitor.core.match.build import reader, tree
from monitor.core.match.conditions import All, Any, In, Node, Not
from monitor.core.match.evidence import evidence
from monitor.core.match.proximity import AtLeast, Near
from monitor.core.match.query import parse
from monitor.core.match.watch import Example, Names, Watch, control, mistakes
from monitor.core.match.watch import Near as NearTerms
from monitor.core.model.articles import Article, Match
from monitor.core.text.analysis import Sheet

__all__ = ["Book", "Example", "NearTerms", "Verdict", "Watch", "check", "compile_book", "examine", "match"]

MARKS = "*/"  # of a key: * after a word's beginning, / before the literal of an expression
RARER = 8.0  # times, with each letter more
FEW = 16  # watches, for which it is worth looking before a text is cut
TABLED = 1_000  # keys: 1.1 MB more, and half the time (14 µs for 3 kB instead of 28)
LONG = 8  # letters after which it makes no difference
NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A watch with its tree, the tokens of which a matching article has one of each set, and what to ask a text for."""

    watch: Watch
    node: Node
    gates: tuple[tuple[str, ...], ...] = ()
    hints: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """Compiled watches and the index that finds the few to verify."""

    entries: tuple[Entry, ...] = ()
    finder: AhoCorasick | None = None  # of all keys, in one pass over the folded text
    behind: tuple[tuple[int, ...], ...] = ()  # the watches behind each key
    always: tuple[int, ...] = ()
    fields: tuple[str, ...] = DEFAULT

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The watches, in the order of the file."""
        return tuple(entry.watch for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a watch matches an article, and what is missing where it does not."""

    match: Match | None
    missing: tuple[str, ...] = ()


def compile_book(watches: Iterable[Watch], names: Names | None = None) -> Book:
    """Compile watches. Raises RuleError on the first mistake; check() finds them all."""
    trees = [(watch, tree(watch, names or {})) for watch in watches]
    return filed(tuple(Entry(watch, node, gates := gated(node), hinting(gates)) for watch, node in trees))


def gated(node: Node) -> tuple[tuple[str, ...], ...]:
    """The gates of a tree, the narrowest first; as tuples, which take a third of the memory of sets."""
    return tuple(map(tuple, sorted(node.gates(), key=len)))


def hinting(gates: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The gates for a text that is not cut yet."""
    return tuple(tuple(shortest(frozenset(gate))) for gate in gates)


def shortest(texts: Collection[str]) -> list[str]:
    """Those that have no other of them in it: where "varenta" is not, there is no "varentas" and no "varentagroup"."""
    sizes = {len(text) for text in texts}
    return [text for text in texts if not any(piece in texts for piece in pieces(text, sizes))]


def pieces(text: str, sizes: Iterable[int]) -> Iterator[str]:
    """Everything that stands in a text and is shorter, of these sizes."""
    return (text[at : at + size] for size in sizes if size < len(text) for at in range(len(text) - size + 1))


def check(watch: Watch, names: Names) -> list[RuleError]:
    """Every mistake in a watch, in the order of its keys."""
    found = mistakes(watch, names)
    if watch.match is not None:
        try:
            control(watch.match, allowed="\n\t\r")
            parse(watch.match, reader(names))
        except RuleError as error:
            error.where = "match"
            found.append(error)
    return found


def filed(entries: tuple[Entry, ...]) -> Book:
    """The index over compiled watches: each under the key that fewest of them share."""
    wanted = Counter(key for entry in entries for key in entry.node.anchors(likelihood) or ())
    keys: dict[str, list[int]] = {}
    always: list[int] = []
    for number, entry in enumerate(entries):
        if entry.watch.enabled:
            anchors = entry.node.anchors(lambda some: likelihood(some, wanted))
            for key in shortest({key.strip(MARKS) for key in anchors or ()}):
                keys.setdefault(key, []).append(number)
            if anchors is None:
                always.append(number)
    return Book(
        entries,
        finder=finder(list(keys)) if keys else None,
        behind=tuple(map(tuple, keys.values())),
        always=tuple(always),
        fields=scope_of_all(entries),
    )


def finder(keys: Sequence[str]) -> AhoCorasick:
    """All keys in one pass, as a table of all transitions where it is small."""
    return AhoCorasick(keys, implementation=Implementation.DFA if len(keys) <= TABLED else None)


def likelihood(keys: Iterable[str], wanted: Mapping[str, int] = NONE) -> float:
    """How likely one of several keys stands in a text: the shorter, and the more watches want it, the likelier."""
    return sum((wanted.get(key, 0) + 1) * RARER ** -min(weight(key), LONG) for key in keys)


def weight(key: str) -> int:
    """The length of a key in letters; a character of a script without spaces says as much as a syllable."""
    bare = key.strip(MARKS)
    return len(bare) * (3 if bare >= "\u2e80" else 1)


def scope_of_all(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Every field that any watch looks at: the index must know their tokens."""
    extra = {name for entry in entries for name in fields_of(entry.node)}
    return (*DEFAULT, *sorted(extra - set(DEFAULT)))


def fields_of(node: Node) -> set[str]:
    """The fields that a tree names."""
    match node:
        case In(fields, child):
            return {*fields, *fields_of(child)}
        case Any(children) | All(children):
            return {name for child in children for name in fields_of(child)}
        case Near(left, right):
            return fields_of(left) | fields_of(right)
        case Not(child) | AtLeast(_, child):
            return fields_of(child)
    return set()


def match(book: Book, article: Article, learnt: Collection[str] = (), sheet: Sheet | None = None) -> tuple[Match, ...]:
    """The watches that match an article, in the order of the file, with their evidence. Boilerplate is not matched.

    sheet: of the article, where its keys were made.
    """
    document = Document(article, learnt, sheet=sheet or Sheet())
    found = []
    for number in candidates(book, document):
        entry = book.entries[number]
        places = entry.node.places(document, ())
        if places is not None:
            found.append(evidence(entry.watch.name, document, places))
    return tuple(found)


def candidates(book: Book, document: Document) -> list[int]:
    """The watches whose key the article has. Most articles have none, and then nothing is cut into tokens."""
    found = set(book.always)
    text = document.raw(book.fields)
    if book.finder:
        hits = {hit for hit, _, _ in book.finder.find_matches_as_indexes(text, overlapping=True)}
        found.update(number for hit in hits for number in book.behind[hit])
    asked = sorted(number for number in found if concerns(book.entries[number].watch, document.article))
    if len(asked) <= FEW:
        return [number for number in asked if hinted(book.entries[number], text)]
    known = document.known(book.fields)
    return [number for number in asked if open_to(book.entries[number], known)]


def hinted(entry: Entry, text: str) -> bool:
    """Whether a text has the tokens that a watch needs at least as parts of words, before it is cut into any."""
    return all(any(token in text for token in gate) for gate in entry.hints)


def open_to(entry: Entry, known: frozenset[str]) -> bool:
    """Whether an article with these tokens can match at all: cheaper than looking where they stand."""
    return not any(map(known.isdisjoint, entry.gates))


def concerns(watch: Watch, article: Article) -> bool:
    """Whether a watch looks at articles of this feed and language; an article without a language concerns all."""
    if watch.feeds and article.source not in watch.feeds:
        return False
    return not (watch.lang and article.language) or spoken(article.language) in {spoken(tag) for tag in watch.lang}


def spoken(tag: str) -> str:
    """The language of a tag such as de-AT."""
    return tag.replace("_", "-").partition("-")[0].casefold()


def examine(book: Book, watch: str, article: Article) -> Verdict:
    """Whether one watch matches, and if not which of its groups is missing. Raises KeyError for an unknown name."""
    entry = next((entry for entry in book.entries if entry.watch.name == watch), None)
    if entry is None:
        raise KeyError(watch)
    return verdict(entry, article)


def verdict(entry: Entry, article: Article) -> Verdict:
    """Whether a compiled watch matches, and if not which of its groups is missing."""
    document = Document(article)
    if not concerns(entry.watch, article):
        return Verdict(None, ("it looks at other feeds or languages",))
    places = entry.node.places(document, ())
    if places is None:
        return Verdict(None, tuple(dict.fromkeys(entry.node.missing(document, ()))))
    return Verdict(evidence(entry.watch.name, document, places))
