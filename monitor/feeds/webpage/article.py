"""Extract the text of the article on a web page, without menus, comments and advertisements, with trafilatura.

A page with a consent request, a paywall or too little text raises a ParseError of that kind. Also a worker module.
"""

from __future__ import annotations

import re

import trafilatura

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.core.text.clean import clean_text
from monitor.feeds.decode import decode_page
from monitor.feeds.parse_worker import main

MIN_ARTICLE_LENGTH = 300  # characters; less is a teaser, which the feed has already
MAX_NOTICE_LENGTH = 1500  # characters; a longer text about cookies is an article
MAX_PAGE_LENGTH = 3_000_000  # characters of a page
CONSENT_TEXT = re.compile(
    r"cookies? (?:akzeptieren|zustimmen|accept)|accept (?:all )?cookies|consent|zustimmung|einwilligung|"
    r"mit werbung weiterlesen|werbefrei|datenschutzeinstellungen|privacy settings|tracking",
    re.IGNORECASE,
)
PAYWALL_TEXT = re.compile(
    r"(?:jetzt|bereits|als) abonn|abonnieren und weiterlesen|weiterlesen mit|nur für abonnenten|premium-artikel|"
    r"subscribe to (?:continue|read)|to continue reading|already a subscriber|for subscribers|sign in to read",
    re.IGNORECASE,
)
PAID_CONTENT_MARKUP = re.compile(r"[\"']isAccessibleForFree[\"']\s*:\s*(?:false|[\"']false[\"'])", re.IGNORECASE)


def extract_article(page: Page, source: Source) -> Listing:
    """The article of a page, as a Listing of one. Raises ParseError that says what the page is instead."""
    markup = decode_page(page.body, page.content_type)[:MAX_PAGE_LENGTH]
    text = clean_text(trafilatura.extract(markup, include_comments=False, include_tables=True, deduplicate=False) or "")
    notice = text if len(text) < MAX_NOTICE_LENGTH else ""
    if PAYWALL_TEXT.search(notice) or (PAID_CONTENT_MARKUP.search(markup) and len(text) < MAX_NOTICE_LENGTH):
        raise ParseError("the page is behind a paywall", kind="paywall")
    if CONSENT_TEXT.search(notice):
        raise ParseError("the page asks for consent instead of showing the article", kind="consent")
    if len(text) < MIN_ARTICLE_LENGTH:
        raise ParseError("the page has no article to read", kind="thin")
    return Listing((Article(source.name, "", page.url, body=text),))


if __name__ == "__main__":
    main(extract_article)
