"""Build the condition tree of a watch: terms, groups, distances, and the terms that an @name stands for.

It does not know how trees are indexed or evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from monitor.core.match.conditions import AllNode, AnyNode, FieldsNode, Node, NotNode, RegexNode, TermNode
from monitor.core.match.proximity import EntityNode, NearNode
from monitor.core.match.query import parse_expression
from monitor.core.match.regex import compile_pattern
from monitor.core.match.watch import (
    Entity,
    NamedTerms,
    Watch,
    compile_checked_pattern,
    compile_checked_term,
    resolve_name,
    structure_mistakes,
)

CONTEXT_DISTANCE = 25  # words between an ambiguous name and its context
EXCHANGES = (
    "NYSE|NASDAQ|Nasdaq|NasdaqGS|AMEX|OTC|LSE|LON|HKEX|HKG|HKSE|SEHK|SSE|SZSE|XETRA|Xetra|ETR|FRA|FWB|TSE|TYO|TSX|"
    "SIX|SWX|EPA|AMS|ASX|KRX|TWSE|BSE|NSE"
)


def build_tree(watch: Watch, names: NamedTerms) -> Node:
    """The condition tree of one watch. Raises RuleError for the first mistake."""
    for error in structure_mistakes(watch):
        raise error
    if watch.match is not None:
        node = parse_expression(watch.match, leaf_factory(names))
    else:
        parts = [own_terms_node(watch, names), *(any_term_node(terms, names, "all") for terms in watch.all)]
        parts.append(NotNode(any_term_node(watch.none, names, "none"), "none") if watch.none else None)
        kept = tuple(part for part in parts if part is not None)
        node = kept[0] if len(kept) == 1 else AllNode(kept)
    return FieldsNode(watch.fields, node) if watch.fields else node


def leaf_factory(names: NamedTerms) -> Callable[[str], Node]:
    """A function that turns a term or an @name of an expression into a node."""

    def leaf(text: str) -> Node:
        found = term_nodes([text], names)
        return found[0] if len(found) == 1 else AnyNode(tuple(found), text)

    return leaf


def own_terms_node(watch: Watch, names: NamedTerms) -> Node | None:
    """The node of `any` and `regex`, with `near` and `not_near`; None if the watch has neither."""
    if not (watch.any or watch.regex):
        return None
    expressions = [RegexNode(compile_checked_pattern(text)) for text in watch.regex]
    node: Node = AnyNode((*term_nodes(watch.any, names), *expressions), "any")
    if watch.not_near:
        others = any_term_node(watch.not_near.any, names, "not_near")
        node = NearNode(node, others, watch.not_near.words, away=True, name="not_near")
    if watch.near:
        node = NearNode(node, any_term_node(watch.near.any, names, "near"), watch.near.words, name="near")
    return node


def any_term_node(terms: Iterable[str], names: NamedTerms, name: str) -> AnyNode:
    """A node that holds where any of the terms is found; name: the key of the watch."""
    return AnyNode(tuple(term_nodes(terms, names)), name)


def term_nodes(terms: Iterable[str], names: NamedTerms) -> list[Node]:
    """A node per term; an @name becomes the terms of its set, or an entity node."""
    found: list[Node] = []
    for term in terms:
        match resolve_name(term, names) if term.strip().startswith("@") else (term,):
            case Entity() as entity:
                found.append(entity_node(entity))
            case words:
                found += [TermNode(compile_checked_term(word)) for word in words]
    return found


def entity_node(entity: Entity) -> EntityNode:
    """The condition that an article is about an entity."""
    sure = [
        *plain_term_nodes(name for name in entity.names if name not in entity.doubtful),
        *plain_term_nodes(entity.isin),
    ]
    return EntityNode(
        entity.name,
        AnyNode((*sure, *map(ticker_node, entity.tickers))),
        AnyNode(tuple(plain_term_nodes(entity.doubtful))),
        AnyNode(tuple(plain_term_nodes(entity.context))),
        CONTEXT_DISTANCE,
    )


def plain_term_nodes(terms: Iterable[str]) -> list[TermNode]:
    """A node per term; @names are not resolved."""
    return [TermNode(compile_checked_term(term)) for term in terms]


def ticker_node(symbol: str) -> RegexNode:
    """The forms in which articles write a ticker: $BABA, (BABA), (BABA.N), NYSE: BABA, BABA.US.

    The bare symbol counts only with a digit in it (9988.HK): ARM or META may be a word in capitals.
    """
    code = re.escape(symbol)
    ways = [rf"\${code}", rf"\({code}(?:[.:][A-Z]{{1,3}})?\)", rf"\b(?:{EXCHANGES})(?: ?: ?| ){code}"]
    ways.append(rf"\b{code}" if re.search(r"\d", symbol) else rf"\b{code}\.(?:US|N|O|OQ|HK|DE|L)")
    return RegexNode(compile_pattern(rf"(?-i)(?:{'|'.join(ways)})\b"), shown=f"ticker {symbol}")
