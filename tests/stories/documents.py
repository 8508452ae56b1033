"""The documents that feeds of a scenario serve: one list of entries as RSS, Atom, JSON Feed, web page or sitemap."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from html import escape
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its publisher lists it.

    name: makes guid and link where they are not given ("" is none); by default the headline does. date: an ISO date or
    time, "" is none; by default the time at which the entry is listed first. media: the media:title of its picture.
    """

    title: str
    text: str = ""
    name: str = ""
    guid: str | None = None
    link: str | None = None
    date: str | None = None
    media: str = ""

    def named(self, feed: str, date: str) -> Entry:
        """The entry with guid, link and date filled in."""
        name = self.name or f"{crc32(self.title.encode()):08x}"
        link = f"https://{feed}.example/{name}" if self.link is None else self.link
        guid = f"{feed}-{name}" if self.guid is None else self.guid
        return replace(self, guid=guid, link=link, date=date if self.date is None else self.date)


def mail_date(date: str) -> str:
    """An ISO date or time as RFC 822 writes it; a date alone keeps no time."""
    if len(date) > len("2026-11-23"):
        return format_datetime(datetime.fromisoformat(date))
    return datetime.fromisoformat(date).strftime("%a, %d %b %Y")


def element(name: str, text: str | None) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def rss(entries: Sequence[Entry]) -> str:
    items = "".join(
        "<item>"
        + element("title", one.title)
        + element("link", one.link)
        + (f'<guid isPermaLink="false">{escape(one.guid)}</guid>' if one.guid else "")
        + element("pubDate", mail_date(one.date) if one.date else "")
        + element("description", one.text)
        + (
            f'<media:content url="https://pictures.example/p.jpg">{element("media:title", one.media)}</media:content>'
            if one.media
            else ""
        )
        + "</item>"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title>Feed</title><link>https://feed.example</link><description>-</description>{items}</channel></rss>"
    )


def atom(entries: Sequence[Entry]) -> str:
    items = "".join(
        "<entry>"
        + f"<title>{escape(one.title)}</title>"
        + element("id", one.guid)
        + (f'<link href="{escape(one.link)}"/>' if one.link else "")
        + element("updated", one.date)
        + element("summary", one.text)
        + "</entry>"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>'
        f"<id>urn:feed</id><updated>2026-11-23T09:00:00Z</updated>{items}</feed>"
    )


def json_feed(entries: Sequence[Entry]) -> str:
    items = [
        {
            key: value
            for key, value in {
                "id": one.guid,
                "url": one.link,
                "title": one.title,
                "content_text": one.text,
                "date_published": one.date,
            }.items()
            if value
        }
        for one in entries
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "items": items})


def page(entries: Sequence[Entry]) -> str:
    items = "".join(
        f'<article><h2><a href="{escape(one.link or "")}">{escape(one.title)}</a></h2>'
        + (f'<time datetime="{one.date}">{one.date}</time>' if one.date else "")
        + f"<p>{escape(one.text)}</p></article>"
        for one in entries
    )
    return f"<!doctype html><html><head><title>News</title></head><body>{items}</body></html>"


def sitemap(entries: Sequence[Entry]) -> str:
    items = "".join(
        f"<url><loc>{escape(one.link or '')}</loc><news:news>{element('news:publication_date', one.date)}"
        f"{element('news:title', one.title)}</news:news></url>"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{items}</urlset>'
    )


FORMS: Mapping[str, tuple[Callable[[Sequence[Entry]], str], str]] = {
    "rss": (rss, "application/rss+xml; charset=utf-8"),
    "atom": (atom, "application/atom+xml; charset=utf-8"),
    "json": (json_feed, "application/feed+json"),
    "page": (page, "text/html; charset=utf-8"),
    "sitemap": (sitemap, "application/xml"),
}
# What rules.toml says of a feed of that form, besides its URL
FORM_SETTINGS = {
    "page": 'kind = "page", select = { item = "article", title = "h2", link = "a", date = "time@datetime" }',
    "sitemap": 'kind = "sitemap"',
}
