"""News sitemaps and plain ones, also as .gz: a source where a site has no feed (sitemaps.org, Google's news extension).

A plain sitemap has no headlines: they are made of the address, and the page is read where full texts are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from monitor.core.errors import ParseError
from monitor.core.listing import Listing
from monitor.core.model import Article, Page, Source
from monitor.sources import charset, dates, fields

BIGGEST = 20_000_000  # characters; the protocol allows 50 MB, of which news is the newest thousand
MOST = 1000  # entries, the newest; Google's limit for news
ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[\d_-]*\d{4,}[\d_-]*")


def parse(page: Page, source: Source) -> Listing:
    """The pages a sitemap lists; raises ParseError where the page is none, with a way out for an index."""
    text = unpacked(page)
    found = ROOT.search(text[:20_000])
    if found is None:
        raise ParseError("the answer is not a sitemap", kind="not-a-feed")
    try:
        root = ElementTree.fromstring(text[found.start() :])  # without the prolog, and so without entities
    except ElementTree.ParseError as error:
        raise ParseError(f"the sitemap is broken: {error}", kind="broken") from error
    if found[1] == "sitemapindex":
        names = [loc for entry in root for loc in texts(entry, "loc")]
        newest = next((one for one in names if "news" in one), names[-1] if names else "")
        raise ParseError(
            f"this is an index of {len(names)} sitemaps: watch one of them, such as {newest}", kind="index"
        )
    entries = [article for entry in root if (article := read(entry, source)) is not None]
    entries.sort(key=lambda one: one.published_at or LONG_AGO, reverse=True)
    return Listing(tuple(entries[:MOST]))


def unpacked(page: Page) -> str:
    """The text of a sitemap, of no more than a bound."""
    if page.body[:2] != b"\x1f\x8b":
        return charset.decode(page.body[:BIGGEST], page.content_type)
    reader = zlib.decompressobj(wbits=31)
    try:
        return charset.decode(reader.decompress(page.body, BIGGEST), "text/xml")
    except zlib.error as error:
        raise ParseError("the packed sitemap is broken", kind="broken") from error


def read(entry: ElementTree.Element, source: Source) -> Article | None:
    """One page; None where it has no address."""
    address = next(texts(entry, "loc"), "")
    url = fields.link(address, source.url)
    if not url:
        return None
    title = next(texts(entry, "title"), "") or headline(url)
    dated = next(texts(entry, "publication_date"), "") or next(texts(entry, "lastmod"), "")
    language = next(texts(entry, "language"), "") or None
    return Article(
        source.name,
        fields.title(title, literal=True),
        url,
        url,
        tags=fields.tags(word for text in texts(entry, "keywords") for word in text.split(",")),
        language=fields.language(source.language, language),
        published_at=dates.parse(dated, source.timezone),
    )


def texts(entry: ElementTree.Element, name: str) -> Iterator[str]:
    """The texts of all elements of a name, whatever their namespace."""
    for element in entry.iter():
        if str(element.tag).rpartition("}")[2] == name and element.text and element.text.strip():
            yield element.text.strip()


def headline(url: str) -> str:
    """What an address says of its page: `/news/t-head-ipo-12345.html` → "t head ipo"."""
    path = [part for part in unquote(urlsplit(url).path).split("/") if part and not NUMBER.fullmatch(part)]
    name = re.sub(r"\.\w{2,5}$", "", path[-1]) if path else url
    return " ".join(NUMBER.sub(" ", name).replace("-", " ").replace("_", " ").split()) or url
