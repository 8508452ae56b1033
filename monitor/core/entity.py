"""A company, a product or a person under all its names: what `@alibaba` stands for in a rule.

It knows how an entity is written, not which watches ask for it. A name that is also an ordinary word (Arm, Meta, Visa)
counts only where the article shows what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.errors import RuleError
from monitor.core.text.boilerplate import is_isin

TICKER = re.compile(r"[A-Z0-9]{1,6}(?:[.-][A-Z]{1,4})?")


@dataclass(frozen=True, slots=True)
class Entity:
    """One entry of [entity]; where context is given, `ambiguous` need it near, or all names where there are none."""

    name: str
    names: tuple[str, ...] = ()
    isin: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The names that count only in their context."""
        return self.ambiguous or (self.names if self.context else ())

    @property
    def terms(self) -> Iterator[tuple[str, str]]:
        """All terms with the key they stand in."""
        for key in ("names", "isin", "ambiguous", "context"):
            yield from ((key, term) for term in getattr(self, key))


def entity_mistakes(entity: Entity) -> Iterator[RuleError]:
    """What cannot be in the entry of an entity, but for the terms themselves."""
    if not (entity.names or entity.isin or entity.tickers or entity.ambiguous):
        yield RuleError("the entity has no name: give it names, isin or tickers", code="empty-watch")
    for code in entity.isin:
        if not is_isin(code):
            help = "two capitals, nine capitals or digits and a check digit, as in US0378331005"
            yield RuleError(f"{code} is not an ISIN", where="isin", value=code, code="bad-isin", help=help)
    for symbol in entity.tickers:
        if not TICKER.fullmatch(symbol):
            help = "capitals and digits, as in BABA or 9988.HK; the exchange is found by itself"
            yield RuleError(f"{symbol} is not a ticker", where="tickers", value=symbol, code="bad-ticker", help=help)
    if entity.ambiguous and not entity.context:
        help = 'for example: context = ["Softbank", "chip"]'
        yield RuleError("ambiguous names need a context", where="ambiguous", code="no-context", help=help)
