"""A watch as a person writes it, and every mistake that can be in one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import islice

from monitor.core.errors import RuleError
from monitor.core.match.regex import Pattern, compile_pattern
from monitor.core.match.terms import Term, compile_term
from monitor.core.model.alerts import Priority
from monitor.core.model.articles import ARTICLE_FIELDS, Article
from monitor.core.text.boilerplate import is_isin

TICKER_PATTERN = re.compile(r"[A-Z0-9]{1,6}(?:[.-][A-Z]{1,4})?")


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
        if not TICKER_PATTERN.fullmatch(symbol):
            help = "capitals and digits, as in BABA or 9988.HK; the exchange is found by itself"
            yield RuleError(f"{symbol} is not a ticker", where="tickers", value=symbol, code="bad-ticker", help=help)
    if entity.ambiguous and not entity.context:
        help = 'for example: context = ["Softbank", "chip"]'
        yield RuleError("ambiguous names need a context", where="ambiguous", code="no-context", help=help)


NamedTerms = Mapping[str, tuple[str, ...] | Entity]  # what an @name stands for: a set of terms, or an entity
DEFAULT_NEAR_WORDS = 8  # of a near that does not say
MIN_WILDCARD_PREFIX = 3
MAX_TERM = 500  # characters; the index of all terms grows with the square of one
MAX_KNOWN = 1000  # names among which the nearest is looked for
FEW = 30  # names that are listed
KEYS_EXCLUDED_BY_MATCH = ("any", "all", "none", "near", "not_near", "regex")


@dataclass(frozen=True, slots=True)
class NearClause:
    """Within so many words of one of the watch's own terms."""

    words: int = DEFAULT_NEAR_WORDS
    any: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a watch must match, or must not."""

    title: str = ""
    lead: str = ""
    body: str = ""
    url: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of [watch]; empty fields mean title and body, empty feeds and lang mean all."""

    name: str
    any: tuple[str, ...] = ()
    all: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()
    near: NearClause | None = None
    not_near: NearClause | None = None
    regex: tuple[str, ...] = ()
    match: str | None = None
    fields: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    notify: tuple[str, ...] | None = None
    throttle: timedelta | None = None
    digest: tuple[time, ...] = ()
    hold: timedelta | None = None
    enabled: bool = True
    about: str = ""
    hits: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()


def example_article(watch: Watch, example: Example) -> Article:
    """An example as an article that the watch looks at."""
    return Article(
        source=example.feed or next(iter(watch.feeds), ""),
        title=example.title,
        url=example.url,
        lead=example.lead,
        body=example.body or example.lead,
        language=next(iter(watch.lang), None),
    )


def watch_mistakes(watch: Watch, names: NamedTerms) -> list[RuleError]:
    """Every mistake in a watch but for those in its expression, in the order of its keys."""
    found = [error for where, term in watch_terms(watch) for error in collect_mistake(where, term, term_checker(names))]
    found += [error for text in watch.regex for error in collect_mistake("regex", text, compile_checked_pattern)]
    return found + list(structure_mistakes(watch))


def watch_terms(watch: Watch) -> Iterator[tuple[str, str]]:
    """All terms with the key they stand in."""
    yield from (("any", term) for term in watch.any)
    yield from (("all", term) for group in watch.all for term in group)
    yield from (("none", term) for term in watch.none)
    yield from (("near.any", term) for term in (watch.near.any if watch.near else ()))
    yield from (("not_near.any", term) for term in (watch.not_near.any if watch.not_near else ()))


def collect_mistake(where: str, text: str, attempt: Callable[[str], object]) -> Iterator[RuleError]:
    """The mistake of one string, with the key it stands in."""
    try:
        attempt(text)
    except RuleError as error:
        error.where = where
        yield error


def term_checker(names: NamedTerms) -> Callable[[str], None]:
    """What a term must be, given the names it may use."""

    def attempt(text: str) -> None:
        if text.strip().startswith("@"):
            resolve_name(text, names)
            return
        compile_checked_term(text)

    return attempt


def compile_checked_term(text: str) -> Term:
    """A term, compiled, that can find something and not everything. Raises RuleError."""
    if len(text) > MAX_TERM:
        message = f"the term has {len(text):,} characters; at most {MAX_TERM} are looked for"
        help = "name the few words that tell what is meant"
        raise RuleError(message, value=text, offset=MAX_TERM, end=MAX_TERM + 1, code="too-long", help=help)
    check_control_characters(text)
    if not text.strip():
        raise RuleError("the term is empty and would match everything", value=text, code="empty-term")
    check_wildcard(text)
    return compile_term(text)


def compile_checked_pattern(text: str) -> Pattern:
    """An expression, compiled. Raises RuleError."""
    check_control_characters(text)
    return compile_pattern(text)


def check_control_characters(text: str, allowed: str = "") -> None:
    """No control characters: they come from backslashes in double quotes, and never match."""
    for at, char in enumerate(text):
        if char not in allowed and (ord(char) < 32 or ord(char) == 127):
            name = {"\b": "a backspace", "\t": "a tab", "\f": "a form feed", "\n": "a line break"}.get(
                char, "a control character"
            )
            raise RuleError(
                f"contains {name}",
                value=text,
                offset=at,
                end=at + 1,
                code="control-character",
                help="a backslash means something else in \"double quotes\"; use 'single quotes'",
            )


def check_wildcard(text: str) -> None:
    """A * only at the end, and with enough before it."""
    bare = text.strip()
    at = bare.find("*")
    if at < 0:
        return
    if at < len(bare) - 1:
        raise RuleError(
            "* may only stand at the end of a term", value=text, offset=at, end=at + 1, help="use regex for more"
        )
    before = [char for char in bare.split()[-1][:-1] if char.isalnum()]
    if len(before) < MIN_WILDCARD_PREFIX:
        raise RuleError(
            f"at least {MIN_WILDCARD_PREFIX} characters must stand before *",
            value=text,
            offset=at,
            end=at + 1,
            code="wildcard-too-short",
        )


def resolve_name(text: str, names: NamedTerms) -> tuple[str, ...] | Entity:
    """What an @name stands for. Raises RuleError with the nearest name."""
    name = text.strip()[1:]
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, islice(names, MAX_KNOWN), 1) if len(name) <= MAX_TERM else []
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    known = "sets and entities in this file: " + (", ".join(islice(names, FEW)) + more or "none")
    help = f"did you mean @{near[0]}?" if near else known
    raise RuleError(f"no set or entity @{name}", value=text, offset=0, end=len(text), code="unknown-set", help=help)


def structure_mistakes(watch: Watch) -> Iterator[RuleError]:
    """Mistakes that no single string has."""
    own = bool(watch.any or watch.regex)
    beside = [key for key in KEYS_EXCLUDED_BY_MATCH if getattr(watch, key)]
    if watch.match is None and not (own or watch.all):
        yield RuleError("the watch has nothing to look for: give it any, all, regex or match", code="empty-watch")
    for key in beside if watch.match is not None else []:
        yield RuleError(f"match says it all: {key} cannot stand beside it", where=key, code="match-and-keys")
    for key, near in (("near", watch.near), ("not_near", watch.not_near)):
        if near:
            yield from near_mistakes(key, near, own or watch.match is not None)
    if () in watch.all:
        yield RuleError("an empty group can never be found", where="all", code="empty-alternative")
    for name in (name for name in watch.fields if name not in ARTICLE_FIELDS):
        said = f"no field {name!r}; fields are {', '.join(ARTICLE_FIELDS)}"
        yield RuleError(said, where="in", value=name, code="unknown-field")


def near_mistakes(key: str, near: NearClause, own: bool) -> Iterator[RuleError]:
    """Mistakes of a near or not_near."""
    if not own:
        yield RuleError(f"{key} needs any or regex to be near to", where=key, code="near-without-any")
    if not near.any:
        yield RuleError(f"{key} has no terms", where=f"{key}.any", code="empty-alternative")
    if near.words < 0:
        yield RuleError(f"{key} needs a number of words of at least 0", where=f"{key}.words", code="bad-number")
