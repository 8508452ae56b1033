"""Is an article only a teaser, whose page is worth reading?"""

from __future__ import annotations

from urllib.parse import urlsplit

from monitor.core.model import Article, Source

SHORT = 600  # characters; a feed that gives more gives enough
OPAQUE = ("news.google.com",)  # links that lead to a script, not to the article


def wanted(article: Article, source: Source) -> bool:
    """Whether the page of a new article is worth reading."""
    if source.full_text == "never" or not article.url.startswith(("http://", "https://")):
        return False
    try:
        host = urlsplit(article.url).hostname or ""
    except ValueError:  # an IPv6 host that is not closed
        return False
    short = len(article.body or article.lead) < SHORT
    return (short or source.full_text == "always") and bool(host) and host not in OPAQUE
