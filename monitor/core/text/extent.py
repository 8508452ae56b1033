"""Limit how much of a text is compared, so that one article costs a bounded time.

Watches are matched against the whole article. Keys, facts, comparisons and snippets use its first COMPARED characters.
The module does not know what they are used for.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model.articles import Article

COMPARED = 256_000  # characters; an annual report has 500,000, an article 3,000


def head(text: str) -> str:
    """The compared part of a text; the same object where it is short enough."""
    return text if len(text) <= COMPARED else text[:COMPARED]


def shortened(article: Article) -> Article:
    """The article with the compared parts of its texts; the same object where they are short enough."""
    if not is_long(article):
        return article
    return replace(article, title=head(article.title), lead=head(article.lead), body=head(article.body))


def is_long(article: Article) -> bool:
    """Whether a text of the article is longer than its compared part."""
    return max(len(article.title), len(article.lead), len(article.body)) > COMPARED
