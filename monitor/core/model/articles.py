"""The nouns of the product, named by their moment on the route of an article.

bytes → Page → Article → Match → Intent → Delivery → Message. Everything here is a frozen value; nothing here
knows how it is fetched, stored or sent. Every instant is an aware UTC datetime, every span a half-open pair of
character offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Span = tuple[int, int]

ARTICLE_FIELDS = ("title", "lead", "body", "url", "author", "tags")


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a source, as visible text: no markup, no entities, paragraphs split by newlines."""

    source: str
    title: str
    url: str = ""
    guid: str | None = None
    lead: str = ""  # the feed's summary, or the first two paragraphs
    body: str = ""  # everything, lead included
    author: str = ""
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleKeys:
    """The names under which one article version can be recognised; hashes carry their recipe version."""

    identity: str  # the feed's own name for it: guid, else canonical URL, else title and text
    url: str  # canonical
    title: str
    content: str  # "1:hex": same words, same article
    revision: str  # the same with share prices masked: a re-render
    sketch: tuple[int, ...] = ()  # a sample of its 3-shingle hashes, signed 64 bit
    published: datetime | None = None  # by its own account
    former: tuple[str, ...] = ()  # content and identity that a long article had by the recipe before


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a term was found: offsets into the named field of the article."""

    field: str
    term: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """A watch that matches an article, with its evidence."""

    watch: str
    hits: tuple[Hit, ...]
    snippet: str = ""  # at most 240 characters of the article with the most evidence
    marks: tuple[Span, ...] = ()  # the hits inside the snippet
    more: tuple[tuple[str, int], ...] = ()  # field, and how many terms were found there besides those of the hits


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its kind, the text and where it stands; value and unit for numbers, day and unit for events."""

    kind: str
    field: str
    start: int
    end: int
    text: str
    value: float | None = None
    unit: str = ""  # a currency, %, pp, the thing counted, the kind of event; the code of an ISIN
    day: date | None = None
    word: str = ""  # what the article calls the event


@dataclass(frozen=True, slots=True)
class StoryRelation:
    """What an article is to the stories already known, and why."""

    relation: Relation
    reason: str
    story: int | None = None  # None: it opens a story of its own
    article: int | None = None  # the article it was compared with


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the archive knows under an article's keys in its own feed; both None: never seen."""

    article: int | None = None
    story: int | None = None
    changed: bool = False  # known, but these words are new


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored article that a new one may belong to."""

    article: int
    story: int
    source: str
    keys: ArticleKeys  # without its sketch
    title: str
    body: str
    first_seen_at: datetime
    pruned: bool = False  # its text is gone


class Relation(StrEnum):
    """How an article relates to those already seen."""

    NEW = "new"
    COPY = "copy"
    SAME = "same"  # the same story in other words
    VERSION = "version"  # the same article of the same feed with other words
