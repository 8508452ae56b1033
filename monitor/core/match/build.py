"""A watch as a tree of conditions: terms, groups, nearness, and what an @name stands for.

It knows how a watch is put together, not how trees are found or evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from monitor.core.match.conditions import All, Any, Expression, In, Leaf, Node, Not
from monitor.core.match.proximity import About, Near
from monitor.core.match.query import parse
from monitor.core.match.regex import compile_pattern
from monitor.core.match.watch import Entity, Names, Watch, named, sound_pattern, sound_term, whole

WORDS = 25  # between an ambiguous name and its context
EXCHANGES = (
    "NYSE|NASDAQ|Nasdaq|NasdaqGS|AMEX|OTC|LSE|LON|HKEX|HKG|HKSE|SEHK|SSE|SZSE|XETRA|Xetra|ETR|FRA|FWB|TSE|TYO|TSX|"
    "SIX|SWX|EPA|AMS|ASX|KRX|TWSE|BSE|NSE"
)


def tree(watch: Watch, names: Names) -> Node:
    """The condition of one watch. Raises the RuleError of the first mistake that keeps it from being built."""
    for error in whole(watch):
        raise error
    if watch.match is not None:
        node = parse(watch.match, reader(names))
    else:
        parts = [own(watch, names), *(group(terms, names, "all") for terms in watch.all)]
        parts.append(Not(group(watch.none, names, "none"), "none") if watch.none else None)
        kept = tuple(part for part in parts if part is not None)
        node = kept[0] if len(kept) == 1 else All(kept)
    return In(watch.fields, node) if watch.fields else node


def reader(names: Names) -> Callable[[str], Node]:
    """How an expression reads a term or an @name."""

    def leaf(text: str) -> Node:
        found = leaves([text], names)
        return found[0] if len(found) == 1 else Any(tuple(found), text)

    return leaf


def own(watch: Watch, names: Names) -> Node | None:
    """The watch's own terms, with what must, or must not, stand near them."""
    if not (watch.any or watch.regex):
        return None
    expressions = [Expression(sound_pattern(text)) for text in watch.regex]
    node: Node = Any((*leaves(watch.any, names), *expressions), "any")
    if watch.not_near:
        others = group(watch.not_near.any, names, "not_near")
        node = Near(node, others, watch.not_near.words, away=True, name="not_near")
    if watch.near:
        node = Near(node, group(watch.near.any, names, "near"), watch.near.words, name="near")
    return node


def group(terms: Iterable[str], names: Names, name: str) -> Any:
    """Any of the terms."""
    return Any(tuple(leaves(terms, names)), name)


def leaves(terms: Iterable[str], names: Names) -> list[Node]:
    """The terms as nodes, with sets replaced by what is in them and entities by all their names."""
    found: list[Node] = []
    for term in terms:
        match named(term, names) if term.strip().startswith("@") else (term,):
            case Entity() as entity:
                found.append(about(entity))
            case words:
                found += [Leaf(sound_term(word)) for word in words]
    return found


def about(entity: Entity) -> About:
    """What must be found for an article to be about an entity."""
    sure = [*either(name for name in entity.names if name not in entity.doubtful), *either(entity.isin)]
    return About(
        entity.name,
        Any((*sure, *map(ticker, entity.tickers))),
        Any(tuple(either(entity.doubtful))),
        Any(tuple(either(entity.context))),
        WORDS,
    )


def either(terms: Iterable[str]) -> list[Leaf]:
    """Each of the terms."""
    return [Leaf(sound_term(term)) for term in terms]


def ticker(symbol: str) -> Expression:
    """A ticker as articles write it: $BABA, (BABA), (BABA.N), NYSE: BABA, BABA.US.

    Bare only with a digit in it (9988.HK): ARM or META alone may be a shout.
    """
    code = re.escape(symbol)
    ways = [rf"\${code}", rf"\({code}(?:[.:][A-Z]{{1,3}})?\)", rf"\b(?:{EXCHANGES})(?: ?: ?| ){code}"]
    ways.append(rf"\b{code}" if re.search(r"\d", symbol) else rf"\b{code}\.(?:US|N|O|OQ|HK|DE|L)")
    return Expression(compile_pattern(rf"(?-i)(?:{'|'.join(ways)})\b"), shown=f"ticker {symbol}")
