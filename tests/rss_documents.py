"""A newsroom for tests: articles in, the RSS 2.0 document that carries them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Item:
    """One article as its publisher has it."""

    title: str
    text: str = ""
    guid: str = ""
    link: str = ""
    date: str = "Mon, 23 Nov 2026 09:00:00 +0000"

    def xml(self, base: str) -> str:
        """The article as an <item>; guid and link follow from the title where they are not given."""
        link = self.link or f"{base}/{crc32(self.title.encode())}"
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(link)}</link>"
            f"<guid isPermaLink='false'>{escape(self.guid or link)}</guid><pubDate>{self.date}</pubDate>"
            f"<description>{escape(self.text)}</description></item>"
        )


def rss(items: Iterable[Item], *, name: str = "Newsroom", base: str = "https://news.example") -> bytes:
    """A feed of the items, in the order given: newest first, as publishers do."""
    entries = "".join(item.xml(base) for item in items)
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(name)}</title>"
        f"<link>{base}</link><description>-</description>{entries}</channel></rss>"
    ).encode()
