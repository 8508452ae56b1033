"""Is an article only a teaser, whose page is worth reading?"""

from __future__ import annotations

from monitor.core.dedupe.urls import host, is_opaque
from monitor.core.model.articles import Article, Source

SHORT = 600  # characters; a feed that gives more gives enough


def wanted(article: Article, source: Source) -> bool:
    """Whether the page of a new article is worth reading."""
    if source.full_text == "never" or not host(article.url) or is_opaque(article.url):
        return False
    return len(article.body or article.lead) < SHORT or source.full_text == "always"
