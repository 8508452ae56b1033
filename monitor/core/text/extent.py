"""How much of a text is compared: its beginning, which is all of it but for texts of the length of a novel.

Watches are matched against the whole of an article. Its keys, facts, comparisons and snippets are made of so much that
one article costs a bounded time, whatever a feed puts into it.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core.model.articles import Article

COMPARED = 256_000  # characters; an annual report has 500,000, an article 3,000


def head(text: str) -> str:
    """What is compared of a text; itself where that is all."""
    return text if len(text) <= COMPARED else text[:COMPARED]


def shortened(article: Article) -> Article:
    """The article with what is compared of its texts; itself where that is all."""
    if not is_long(article):
        return article
    return replace(article, title=head(article.title), lead=head(article.lead), body=head(article.body))


def is_long(article: Article) -> bool:
    """Whether a text of the article is longer than what is compared."""
    return max(len(article.title), len(article.lead), len(article.body)) > COMPARED
