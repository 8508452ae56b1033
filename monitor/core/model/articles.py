"""The values that describe an article, its keys, matches, facts and relation to stories.

bytes → Page → Article → Match → Intent → Delivery → Message. All values are frozen and know nothing of fetching,
storage or delivery. Every instant is an aware UTC datetime, every span a half-open pair of character offsets.
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
    """The keys by which a version of an article is recognised; hashes begin with their recipe version."""

    identity: str  # guid, else canonical URL, else title and text
    url: str  # canonical
    title: str
    content: str  # "1:hex", a hash of the words
    revision: str  # the same with share prices masked, equal for a re-render
    sketch: tuple[int, ...] = ()  # a sample of its shingle hashes, signed 64 bit
    published: datetime | None = None  # as the feed says
    headline: str = ""  # all of its words, folded; not stored
    former: tuple[str, ...] = ()  # content and identity of a long article by recipe version 1


@dataclass(frozen=True, slots=True)
class Hit:
    """One occurrence of a term: offsets into the named field of the article."""

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
    more: tuple[tuple[str, int], ...] = ()  # field, number of further terms found there


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its kind, text and offsets; value and unit for numbers, day and unit for events."""

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
    """The relation of an article to known stories, and the reason in words."""

    relation: Relation
    reason: str
    story: int | None = None  # None: a new story
    article: int | None = None  # the article it was compared with


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is stored under the keys of an article in its own feed; article and story None: never seen."""

    article: int | None = None
    story: int | None = None
    changed: bool = False  # known, with other words


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
    pruned: bool = False  # its text was deleted


FactKey = tuple[str, str, str]  # kind, unit, value


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """A recent stored article with its comparable facts."""

    article: int
    story: int
    title: str
    facts: frozenset[FactKey]


class Relation(StrEnum):
    """How an article relates to the stored ones; the values are stored."""

    NEW = "new"
    COPY = "copy"
    SAME = "same"  # the same story in other words
    VERSION = "version"  # the same article of the same feed with other words
