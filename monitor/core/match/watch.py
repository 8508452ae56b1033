"""Watches and entities as users write them, and every mistake that they can contain.

The module does not know the syntax of rules.toml or how a watch is evaluated.
"""

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
    """One entry of [entity]. context: terms that must stand near the ambiguous names, or near all names if none is."""

    name: str
    names: tuple[str, ...] = ()
    isin: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The names that count only near a context term."""
        return self.ambiguous or (self.names if self.context else ())

    @property
    def terms(self) -> Iterator[tuple[str, str]]:
        """All terms as (key, term)."""
        for key in ("names", "isin", "ambiguous", "context"):
            yield from ((key, term) for term in getattr(self, key))


def entity_mistakes(entity: Entity) -> Iterator[RuleError]:
    """The mistakes in an entity, except those in single terms."""
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


NamedTerms = Mapping[str, tuple[str, ...] | Entity]  # @name → a set of terms, or an entity
DEFAULT_NEAR_WORDS = 8  # words, of a near without `words`
MIN_WILDCARD_PREFIX = 3  # letters and digits before *
MAX_TERM = 500  # characters; the index of all terms grows with the square of one
MAX_COMPARED_NAMES = 1000  # names among which a similar one is searched
MAX_LISTED_NAMES = 30  # names in an error message
KEYS_EXCLUDED_BY_MATCH = ("any", "all", "none", "near", "not_near", "regex")


@dataclass(frozen=True, slots=True)
class NearClause:
    """Terms that must, or must not, stand within `words` words of one of the watch's own terms."""

    words: int = DEFAULT_NEAR_WORDS
    any: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """An example article that a watch must match, or must not match."""

    title: str = ""
    lead: str = ""
    body: str = ""
    url: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One entry of [watch]. Empty fields mean title and body; empty feeds and lang mean all."""

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
    """An example as an article of a feed and language that the watch covers."""
    return Article(
        source=example.feed or next(iter(watch.feeds), ""),
        title=example.title,
        url=example.url,
        lead=example.lead,
        body=example.body or example.lead,
        language=next(iter(watch.lang), None),
    )


def watch_mistakes(watch: Watch, names: NamedTerms) -> list[RuleError]:
    """Every mistake in a watch except those in its `match` expression."""
    found = [error for where, term in watch_terms(watch) for error in collect_mistake(where, term, term_checker(names))]
    found += [error for text in watch.regex for error in collect_mistake("regex", text, compile_checked_pattern)]
    return found + list(structure_mistakes(watch))


def watch_terms(watch: Watch) -> Iterator[tuple[str, str]]:
    """All terms of a watch as (key, term)."""
    yield from (("any", term) for term in watch.any)
    yield from (("all", term) for group in watch.all for term in group)
    yield from (("none", term) for term in watch.none)
    yield from (("near.any", term) for term in (watch.near.any if watch.near else ()))
    yield from (("not_near.any", term) for term in (watch.not_near.any if watch.not_near else ()))


def collect_mistake(where: str, text: str, attempt: Callable[[str], object]) -> Iterator[RuleError]:
    """Call attempt(text); yields its RuleError, if any, with `where` as its key."""
    try:
        attempt(text)
    except RuleError as error:
        error.where = where
        yield error


def term_checker(names: NamedTerms) -> Callable[[str], None]:
    """A check for one term or @name; it raises RuleError."""

    def attempt(text: str) -> None:
        if text.strip().startswith("@"):
            resolve_name(text, names)
            return
        compile_checked_term(text)

    return attempt


def compile_checked_term(text: str) -> Term:
    """Compile a term. Raises RuleError if it is empty, too long or too short before *, or has control characters."""
    if len(text) > MAX_TERM:
        message = f"the term has {len(text):,} characters; at most {MAX_TERM} are searched for"
        help = "name the few words that tell what is meant"
        raise RuleError(message, value=text, offset=MAX_TERM, end=MAX_TERM + 1, code="too-long", help=help)
    check_control_characters(text)
    if not text.strip():
        raise RuleError("the term is empty and would match everything", value=text, code="empty-term")
    check_wildcard(text)
    return compile_term(text)


def compile_checked_pattern(text: str) -> Pattern:
    """Compile a regular expression. Raises RuleError, also for control characters."""
    check_control_characters(text)
    return compile_pattern(text)


def check_control_characters(text: str, allowed: str = "") -> None:
    """Raise RuleError for control characters: they come from backslashes in double quotes and never match."""
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
    """Raise RuleError unless * stands at the end of a term, after at least MIN_WILDCARD_PREFIX characters."""
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
    """The set or entity of an @name. Raises RuleError that suggests the most similar name."""
    name = text.strip()[1:]
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, islice(names, MAX_COMPARED_NAMES), 1) if len(name) <= MAX_TERM else []
    more = f" and {len(names) - MAX_LISTED_NAMES} more" if len(names) > MAX_LISTED_NAMES else ""
    known = "sets and entities in this file: " + (", ".join(islice(names, MAX_LISTED_NAMES)) + more or "none")
    help = f"did you mean @{near[0]}?" if near else known
    raise RuleError(f"no set or entity @{name}", value=text, offset=0, end=len(text), code="unknown-set", help=help)


def structure_mistakes(watch: Watch) -> Iterator[RuleError]:
    """The mistakes in the combination of keys of a watch."""
    own = bool(watch.any or watch.regex)
    beside = [key for key in KEYS_EXCLUDED_BY_MATCH if getattr(watch, key)]
    if watch.match is None and not (own or watch.all):
        yield RuleError("the watch has no terms: give it any, all, regex or match", code="empty-watch")
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
    """The mistakes in near or not_near; own: the watch has terms of its own."""
    if not own:
        yield RuleError(f"{key} needs any or regex to be near to", where=key, code="near-without-any")
    if not near.any:
        yield RuleError(f"{key} has no terms", where=f"{key}.any", code="empty-alternative")
    if near.words < 0:
        yield RuleError(f"{key} needs a number of words of at least 0", where=f"{key}.words", code="bad-number")
