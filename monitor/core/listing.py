"""What a source shows at one look: its articles, and what the document says of itself.

Frozen values. How a document is read, and what is made of it, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.model.articles import Article
from monitor.core.model.polling import UNSAID as UNSAID
from monitor.core.model.polling import Schedule as Schedule


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles of a document, in its order, and what it says of itself. Addresses are absolute."""

    articles: tuple[Article, ...] = ()
    schedule: Schedule = UNSAID
    hubs: tuple[str, ...] = ()  # of WebSub
    topic: str = ""  # what the document calls itself (rel=self)
    cloud: str = ""  # where rssCloud takes registrations by http-post
    more: tuple[str, ...] = ()  # documents with further articles: RFC 5005, next_url, the parts of a sitemap index
    title: str = ""
    form: str = ""  # such as "RSS 2.0"
    encoding: str = ""
    quirks: tuple[str, ...] = ()  # what had to be forgiven, in words
    known: int = 0  # entries that were not read, because their bytes were seen before
    slices: bytes = b""  # 8 bytes for each entry: the hash of its own bytes; empty where it could not be cut
