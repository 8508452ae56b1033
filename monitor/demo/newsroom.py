"""The sample articles, and the feed documents that four publishers would serve at a given time."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from zlib import crc32

ARTICLES_FILE = Path(__file__).with_name("articles.toml")
GERMAN_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905 -- shorter as words


@dataclass(frozen=True, slots=True)
class Story:
    """One article in one feed."""

    feed: str
    company: str
    isin: str
    title: str
    text: str
    new: bool

    @property
    def number(self) -> int:
        """The publisher's id of the article, six digits."""
        return crc32(f"{self.feed} {self.title}".encode()) % 900_000 + 100_000

    @property
    def link(self) -> str:
        return f"https://{self.feed}.example/news/{self.number}"

    @property
    def paragraphs(self) -> list[str]:
        """The text without boilerplate, by paragraph."""
        return self.text.strip().splitlines()


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """A feed with all its articles, those of the second round included."""

    name: str
    format: str
    language: str
    stories: tuple[Story, ...]

    def document(self, now: datetime, *, second: bool) -> tuple[str, bytes]:
        """Content type and body of the feed, newest first; in the second round its advertisements are a day later."""
        shown = [story for story in self.stories if second or not story.new]
        shown.sort(key=lambda story: not story.new)
        dated = [(story, publication_time(story, now, place)) for place, story in enumerate(shown)]
        kind, render = FEED_FORMATS[self.format]
        return kind, render(self, dated, now + timedelta(days=1) if second else now).encode()


DatedStories = Sequence[tuple[Story, datetime]]


def publication_time(story: Story, now: datetime, place: int) -> datetime:
    """When a story was published: new ones within the last minute, others in the hours before."""
    return now - (timedelta(seconds=20 + 3 * place) if story.new else timedelta(minutes=40 * (place + 1)))


def load_sample_feeds() -> list[DemoFeed]:
    """The four sample feeds; a syndicated article is in each of its feeds, with the headline used there."""
    sections = tomllib.loads(ARTICLES_FILE.read_text(encoding="utf-8"))["feeds"]
    stories: dict[str, list[Story]] = {name: [] for name in sections}
    for name, section in sections.items():
        for entry in section["articles"]:
            headlines: Mapping[str, str] = {name: entry["title"], **entry.get("also", {})}
            for feed, title in headlines.items():
                facts = entry["company"], entry["isin"], title, entry["text"], entry.get("new", False)
                stories[feed].append(Story(feed, *facts))
    return [DemoFeed(name, one["format"], one["language"], tuple(stories[name])) for name, one in sections.items()]


def format_german_date(now: datetime) -> str:
    """A date as German advertisements write it."""
    return f"{now.day}. {GERMAN_MONTHS[now.month - 1]}"


def add_boilerplate(story: Story, now: datetime) -> list[str]:
    """A German article with boilerplate: kicker, teaser in the middle, share price, dated advertisement, footer."""
    first, *rest = story.paragraphs
    name = story.company
    price = crc32(f"{name}{now:%H%M%S}".encode()) % 9000 / 100 + 20
    return [
        f"{name} {story.isin}",
        first,
        f"Sollten Anleger sofort verkaufen? Oder lohnt sich doch der Einstieg bei {name}?",
        *rest,
        f"Die Aktie notierte zuletzt bei {price:.2f} Euro.".replace(".", ",", 1),
        "Anzeige",
        f"{name}-Aktie: Kaufen oder verkaufen?! Neue {name}-Analyse vom {format_german_date(now)} liefert die Antwort:",
        f"Die neusten {name}-Zahlen sprechen eine klare Sprache: Dringender Handlungsbedarf für {name}-Aktionäre. "
        f"Lohnt sich ein Einstieg oder sollten Sie lieber verkaufen? In der aktuellen Gratis-Analyse vom "
        f"{format_german_date(now)} erfahren Sie was jetzt zu tun ist.",
        f"{name}: Kaufen oder verkaufen? Hier weiterlesen...",
        f"@ {story.feed}.example | {story.isin} {name.upper()}",
    ]


def paragraphs_to_html(paragraphs: Sequence[str]) -> str:
    """Paragraphs as HTML."""
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def render_rss(feed: DemoFeed, dated: DatedStories, now: datetime) -> str:
    """RSS 2.0 with a teaser and the whole text."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{story.link}</link>"
        f"<guid isPermaLink='false'>{story.number}</guid><pubDate>{format_datetime(at)}</pubDate>"
        f"<description>{escape(story.paragraphs[0])}</description>"
        f"<content:encoded><![CDATA[{paragraphs_to_html(add_boilerplate(story, now))}]]></content:encoded></item>"
        for story, at in dated
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        f"<channel><title>{feed.name}</title><link>https://{feed.name}.example/</link>"
        f"<description>-</description><language>{feed.language}</language>{items}</channel></rss>"
    )


def render_atom(feed: DemoFeed, dated: DatedStories, now: datetime) -> str:
    """Atom 1.0; the dateline is joined to the text without a blank, as some publishers do."""
    entries = "".join(
        f"<entry><title>{escape(story.title)}</title><link href='{story.link}'/><id>urn:{feed.name}:{story.number}</id>"
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
        f"<content type='html'>{escape(paragraphs_to_html([f'{at:%d.%m.%Y - %H:%M:%S}{first}', *rest]))}"
        "</content></entry>"
        for story, at in dated
        for _, first, *rest in [add_boilerplate(story, now)]
    )
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='{feed.language}'><title>{feed.name}</title>"
        f"<id>urn:{feed.name}</id><updated>{now.isoformat()}</updated>{entries}</feed>"
    )


def render_rdf(feed: DemoFeed, dated: DatedStories, now: datetime) -> str:
    """RSS 1.0."""
    items = "".join(
        f"<item rdf:about='{story.link}'><title>{escape(story.title)}</title><link>{story.link}</link>"
        f"<dc:date>{at.isoformat()}</dc:date><description>{escape(' '.join(story.paragraphs))}</description></item>"
        for story, at in dated
    )
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel rdf:about='https://{feed.name}.example/'><title>{feed.name}</title>"
        f"<link>https://{feed.name}.example/</link><description>-</description></channel>{items}</rdf:RDF>"
    )


def render_json_feed(feed: DemoFeed, dated: DatedStories, now: datetime) -> str:
    """JSON Feed 1.1, with numbers for ids."""
    items = [
        {
            "id": story.number,
            "url": story.link,
            "title": story.title,
            "content_html": paragraphs_to_html(story.paragraphs),
            "date_published": at.isoformat(),
        }
        for story, at in dated
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": feed.name, "items": items})


FEED_FORMATS: dict[str, tuple[str, Callable[[DemoFeed, DatedStories, datetime], str]]] = {
    "rss": ("application/rss+xml", render_rss),
    "atom": ("application/atom+xml", render_atom),
    "rdf": ("application/rdf+xml", render_rdf),
    "json": ("application/feed+json", render_json_feed),
}
