"""Sitemaps with and without the news extension, also as .gz (sitemaps.org, Google's news sitemaps).

A plain sitemap has no headlines: they are made from the URLs. A sitemap index gives no articles but the URLs of the
sitemaps to fetch, in `Listing.more`.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import dates, decode, fields, quirks
from monitor.feeds.decode import DecodedText

MAX_SITEMAP_LENGTH = 20_000_000  # characters; the protocol allows 50 MB
MAX_PAGES = 1000  # the newest entries; Google's limit for news
MAX_SITEMAPS = 3  # of an index; each is one more request in every poll
NEWS_PATH = re.compile(r"news|nachrichten|aktuell|latest|recent")
OTHER_CONTENT_PATH = re.compile(
    r"image|video|author|categor|kategori|tag[s_-]|schlagw|archiv|static|product|page-sitemap"
)
SITEMAP_ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b")
MISSING_DATE = datetime(1, 1, 1, tzinfo=UTC)
DIGIT_RUN = re.compile(r"[\d_-]+")  # FOUR_DIGITS is apart because one expression for both is cubic
FOUR_DIGITS = re.compile(r"\d{4}")


def parse_sitemap(page: Page, source: Source) -> Listing:
    """The pages of a sitemap, or the sitemaps of an index in `more`; raises ParseError for anything else."""
    decoded = decode_sitemap(page)
    found = SITEMAP_ROOT.search(decoded.text[:20_000])
    if found is None:
        raise ParseError("the answer is not a sitemap", kind="not-a-feed")
    try:
        root = ElementTree.fromstring(decoded.text[found.start() :])  # without the prolog, and so without entities
    except ElementTree.ParseError as error:
        raise ParseError(f"the sitemap is broken: {error}", kind="broken") from error
    if found[1] == "sitemapindex":
        return Listing(more=select_sitemaps(root, page.url), form="sitemap index", encoding=decoded.encoding)
    pages = [entry for entry in root if local_name(entry) == "url"]
    entries = [article for entry in pages if (article := parse_sitemap_entry(entry, source)) is not None]
    unreadable = Counter({"no usable address": len(pages) - len(entries)} if len(pages) > len(entries) else {})
    entries.sort(key=lambda one: one.published_at or MISSING_DATE, reverse=True)
    news = any(local_name(element) == "news" for entry in root for element in entry)
    form = "news sitemap" if news else "sitemap"
    truncation = (f"of {len(entries)} pages only the newest {MAX_PAGES} are read",) if len(entries) > MAX_PAGES else ()
    faults = (*truncation, *quirks.entry_quirks(entries, count_dated_pages(root)))
    return Listing(
        tuple(entries[:MAX_PAGES]),
        form=form,
        encoding=decoded.encoding,
        quirks=faults,
        unreadable=unreadable.total(),
        refused=max(0, len(entries) - MAX_PAGES),
        losses=(*truncation, *fields.describe_unreadable(unreadable)),
    )


def count_dated_pages(root: ElementTree.Element) -> int:
    """The number of entries that have a date element, whatever it holds."""
    return sum(any(local_name(one) in ("publication_date", "lastmod") for one in entry.iter()) for entry in root)


def select_sitemaps(index: ElementTree.Element, base: str) -> tuple[str, ...]:
    """The URLs of an index that are likely to list new articles, at most MAX_SITEMAPS: news first, then the newest.

    Without dates the last in the document come first, as sitemaps are numbered in the order they are filled.
    """
    parts = []
    for at, entry in enumerate(index):
        url = fields.absolute_url(next(element_texts(entry, "loc"), ""), base)
        changed = dates.parse_date(next(element_texts(entry, "lastmod"), "")) or MISSING_DATE
        path = urlsplit(url).path.lower()
        if url and url != base:
            parts.append((bool(NEWS_PATH.search(path)), not OTHER_CONTENT_PATH.search(path), changed, at, url))
    return tuple(dict.fromkeys(part[-1] for part in sorted(parts, reverse=True)))[:MAX_SITEMAPS]


def decode_sitemap(page: Page) -> DecodedText:
    """Decode a sitemap, unpacked if it is gzip; raises ParseError where it is broken or too big."""
    if page.body[:2] != b"\x1f\x8b":
        return decode.decode_document(page.body[:MAX_SITEMAP_LENGTH], page.content_type)
    reader = zlib.decompressobj(wbits=31)
    try:
        found = decode.decode_document(reader.decompress(page.body, MAX_SITEMAP_LENGTH), "text/xml")
    except zlib.error as error:
        raise ParseError("the packed sitemap is broken", kind="broken") from error
    if reader.unconsumed_tail:
        raise ParseError(
            f"the sitemap has more than {MAX_SITEMAP_LENGTH // 1_000_000} MB once unpacked", kind="too-big"
        )
    return found


def parse_sitemap_entry(entry: ElementTree.Element, source: Source) -> Article | None:
    """The article of one <url>; None where it has no address."""
    address = next((one.text or "" for one in entry if local_name(one) == "loc"), "")
    url = fields.absolute_url(address, source.url)
    if not url:
        return None
    news = next((one for one in entry if local_name(one) == "news"), entry)  # images have titles too
    title = next(element_texts(news, "title"), "") or headline_from_url(url)
    dated = next(element_texts(entry, "publication_date"), "") or next(element_texts(entry, "lastmod"), "")
    language = next(element_texts(entry, "language"), "") or None
    return Article(
        source.name,
        fields.clean_title(title, literal=True),
        url,
        url,
        tags=fields.clean_tags(word for text in element_texts(entry, "keywords") for word in text.split(",")),
        language=fields.language_subtag(source.language, language),
        published_at=dates.parse_date(dated, source.timezone),
    )


def element_texts(entry: ElementTree.Element, name: str) -> Iterator[str]:
    """The stripped texts of all descendants with a local name, without empty ones."""
    for element in entry.iter():
        if local_name(element) == name and element.text and element.text.strip():
            yield element.text.strip()


def local_name(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def headline_from_url(url: str) -> str:
    """A headline from the last part of a path: `/news/t-head-ipo-12345.html` → "t head ipo"."""
    path = [part for part in unquote(urlsplit(url).path).split("/") if DIGIT_RUN.sub(replace_number, part).strip()]
    name = re.sub(r"\.\w{2,5}$", "", path[-1]) if path else url
    return " ".join(DIGIT_RUN.sub(replace_number, name).replace("-", " ").replace("_", " ").split()) or url


def replace_number(found: re.Match[str]) -> str:
    """Replace a number of four or more digits, which is an article's id, by a space; keep shorter ones."""
    return " " if FOUR_DIGITS.search(found[0]) else found[0]
