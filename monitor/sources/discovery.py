"""The feeds that a page names: `<link rel="alternate" type="application/rss+xml" href="…">`. Pure."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
HEAD = 200_000  # characters of a page in which its feeds are named
MOST = 20


def feeds_of(markup: str, base: str) -> list[tuple[str, str]]:
    """Address and title of each feed that a page names, in its order; relative addresses joined to base."""
    reader = _Links(base)
    reader.feed(markup[:HEAD])
    return list(dict.fromkeys(reader.found))[:MOST]


class _Links(HTMLParser):
    """Collects what the head links to."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag of the page."""
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "base" and given.get("href"):
            self.base = urljoin(self.base, given["href"])
        kind = given.get("type", "").partition(";")[0].lower()
        if (
            tag == "link"
            and "alternate" in given.get("rel", "").lower().split()
            and kind in TYPES
            and given.get("href")
        ):
            self.found.append((urljoin(self.base, given["href"]), given.get("title", "")))
