"""Find the feeds of a site: those its page declares or links to, those known for its host, and usual paths.

It returns addresses and fetches none of them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from monitor.core.model.polling import FEED_TYPES
from monitor.feeds import fields

MAX_HEAD_LENGTH = 200_000  # characters of a page that are searched for <link>
MAX_SEARCHED_LENGTH = 1_000_000  # characters of a page that are searched for <a>
MAX_DISCOVERED_FEEDS = 20

# Paths at which sites have feeds that they do not declare, the most frequent first
COMMON_FEED_PATHS = ("/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml", "/sitemap-news.xml")

# Host and path of a page → the address of its feed
HOST_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), feed)
    for pattern, feed in (
        (
            r"(?:www\.|m\.)?youtube\.com/channel/(UC[\w-]{22})",
            "https://www.youtube.com/feeds/videos.xml?channel_id={0}",
        ),
        (
            r"(?:www\.|m\.)?youtube\.com/playlist\?(?:.*&)?list=([\w-]+)",
            "https://www.youtube.com/feeds/videos.xml?playlist_id={0}",
        ),
        (r"github\.com/([\w.-]+)/([\w.-]+)(?:/releases)?/?$", "https://github.com/{0}/{1}/releases.atom"),
        (r"github\.com/([\w.-]+)/([\w.-]+)/tags/?$", "https://github.com/{0}/{1}/tags.atom"),
        (r"(?:www\.|old\.|new\.)?reddit\.com/r/(\w+)", "https://www.reddit.com/r/{0}/new/.rss"),
        (r"bsky\.app/profile/([\w.:-]+)", "https://bsky.app/profile/{0}/rss"),
        (r"arxiv\.org/list/([\w.-]+)", "https://rss.arxiv.org/rss/{0}"),
        (r"news\.google\.com/((?:search|topics|publications)\b.*)", "https://news.google.com/rss/{0}"),
        (r"medium\.com/(@[\w.-]+)", "https://medium.com/feed/{0}"),
        (r"((?!(?:www\.|m\.)?(?:youtube|tiktok|threads)\.)[\w.-]+)/(@\w+)/?$", "https://{0}/{1}.rss"),  # Mastodon
    )
)

_ANCHOR = re.compile(r"<a\s([^<>]{1,3000})>", re.IGNORECASE)  # without "<", so that it is linear on any page
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s\"']+))", re.IGNORECASE)
_FEED_LIKE_PATH = re.compile(
    r"(?:^|/)(?:feeds?|rss|atom)(?:/?$|\.\w{2,5}$|/[\w-]+\.(?:xml|rss|json)$)|\.(?:rss|atom|rdf|rss2)$|"
    r"/[\w~-]*(?:feed|rss|atom)[\w~-]*\.(?:xml|json)$",
    re.IGNORECASE,
)
_COMMENT_FEED = re.compile(r"comment|kommentar", re.IGNORECASE)


def known_host_feeds(url: str) -> list[str]:
    """The feed of a page by HOST_RULES; empty for other hosts."""
    parts = urlsplit(url)
    place = f"{parts.hostname or ''}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return [feed.format(*found.groups()) for rule, feed in HOST_RULES if (found := rule.match(place))][:1]


def usual_feed_urls(url: str) -> list[str]:
    """Addresses where the site of a page may have a feed, the most likely first."""
    folder = urlsplit(url).path.rstrip("/")
    below = [urljoin(url, f"{folder}/feed")] if folder else []
    return below + [urljoin(url, path) for path in COMMON_FEED_PATHS]


def candidate_feeds(markup: str, base: str) -> list[str]:
    """The feeds that a page declares or links to; feeds of comments come last."""
    declared = [address for address, _ in declared_feeds(markup, base)]
    found = list(dict.fromkeys([*declared, *linked_feeds(markup, base)]))
    return sorted(found, key=lambda address: _COMMENT_FEED.search(address) is not None)[:MAX_DISCOVERED_FEEDS]


def linked_feeds(markup: str, base: str) -> list[str]:
    """The targets of links whose path is like that of a feed."""
    hrefs = (_HREF.search(anchor[1]) for anchor in _ANCHOR.finditer(markup[:MAX_SEARCHED_LENGTH]))
    addresses = (fields.absolute_url(unescape(href[1] or href[2] or href[3]), base) for href in hrefs if href)
    return list(dict.fromkeys(one for one in addresses if one and _FEED_LIKE_PATH.search(urlsplit(one).path)))[
        :MAX_DISCOVERED_FEEDS
    ]


def declared_feeds(markup: str, base: str) -> list[tuple[str, str]]:
    """(address, title) of each <link rel="alternate"> to a feed, in document order; base: the address of the page."""
    reader = _FeedLinkParser(base)
    with suppress(AssertionError):  # html.parser asserts on malformed declarations
        reader.feed(markup[:MAX_HEAD_LENGTH])
    return list(dict.fromkeys(reader.found))[:MAX_DISCOVERED_FEEDS]


class _FeedLinkParser(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read <base> and <link>."""
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "base" and given.get("href"):
            self.base = fields.absolute_url(given["href"], self.base) or self.base
        kind = given.get("type", "").partition(";")[0].lower()
        if tag == "link" and "alternate" in given.get("rel", "").lower().split() and kind in FEED_TYPES:
            address = fields.absolute_url(given["href"], self.base) if given.get("href") else ""
            self.found += [(address, given.get("title", ""))] if address else []
