"""News sitemaps and plain ones, also as .gz: a source where a site has no feed (sitemaps.org, Google's news extension).

A plain sitemap has no headlines: they are made of the address, and the page is read where full texts are. An index has
no articles: it names the sitemaps that are to be looked at.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import dates, decode, fields, quirks
from monitor.feeds.decode import Decoded

BIGGEST = 20_000_000  # characters; the protocol allows 50 MB, of which news is the newest thousand
MOST = 1000  # entries, the newest; Google's limit for news
MOST_PARTS = 3  # sitemaps of an index; each is one more request at every look
NEWS = re.compile(r"news|nachrichten|aktuell|latest|recent")
NO_NEWS = re.compile(r"image|video|author|categor|kategori|tag[s_-]|schlagw|archiv|static|product|page-sitemap")
ROOT = re.compile(r"<(?:\w+:)?(urlset|sitemapindex)\b")
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[\d_-]+")  # with four digits in a row, looked for apart: in one expression it is cubic
FOUR = re.compile(r"\d{4}")


def parse(page: Page, source: Source) -> Listing:
    """The pages a sitemap lists, or of an index the sitemaps to look at; raises ParseError where it is neither."""
    decoded = unpacked(page)
    found = ROOT.search(decoded.text[:20_000])
    if found is None:
        raise ParseError("the answer is not a sitemap", kind="not-a-feed")
    try:
        root = ElementTree.fromstring(decoded.text[found.start() :])  # without the prolog, and so without entities
    except ElementTree.ParseError as error:
        raise ParseError(f"the sitemap is broken: {error}", kind="broken") from error
    if found[1] == "sitemapindex":
        return Listing(more=newest(root, page.url), form="sitemap index", encoding=decoded.encoding)
    entries = [article for entry in root if (article := read(entry, source)) is not None]
    entries.sort(key=lambda one: one.published_at or LONG_AGO, reverse=True)
    news = any(local(element) == "news" for entry in root for element in entry)
    form = "news sitemap" if news else "sitemap"
    crowded = (f"of {len(entries)} pages only the newest {MOST} are read",) if len(entries) > MOST else ()
    forgiven = (*crowded, *quirks.of_entries(entries, dated(root)))
    return Listing(tuple(entries[:MOST]), form=form, encoding=decoded.encoding, quirks=forgiven)


def dated(root: ElementTree.Element) -> int:
    """How many entries have something where the date should be."""
    return sum(any(local(one) in ("publication_date", "lastmod") for one in entry.iter()) for entry in root)


def newest(index: ElementTree.Element, base: str) -> tuple[str, ...]:
    """The sitemaps of an index that new articles will be in: those of news first, the newest, at most MOST_PARTS.

    Where no dates are given the later ones come first: parts are numbered as they are filled.
    """
    parts = []
    for at, entry in enumerate(index):
        url = fields.link(next(texts(entry, "loc"), ""), base)
        changed = dates.parse(next(texts(entry, "lastmod"), "")) or LONG_AGO
        path = urlsplit(url).path.lower()
        if url and url != base:
            parts.append((bool(NEWS.search(path)), not NO_NEWS.search(path), changed, at, url))
    return tuple(dict.fromkeys(part[-1] for part in sorted(parts, reverse=True)))[:MOST_PARTS]


def unpacked(page: Page) -> Decoded:
    """The text of a sitemap, of no more than a bound."""
    if page.body[:2] != b"\x1f\x8b":
        return decode.read(page.body[:BIGGEST], page.content_type)
    reader = zlib.decompressobj(wbits=31)
    try:
        found = decode.read(reader.decompress(page.body, BIGGEST), "text/xml")
    except zlib.error as error:
        raise ParseError("the packed sitemap is broken", kind="broken") from error
    if reader.unconsumed_tail:
        raise ParseError(f"the sitemap has more than {BIGGEST // 1_000_000} MB once unpacked", kind="too-big")
    return found


def read(entry: ElementTree.Element, source: Source) -> Article | None:
    """One page; None where it has no address."""
    address = next((one.text or "" for one in entry if local(one) == "loc"), "")
    url = fields.link(address, source.url)
    if not url:
        return None
    news = next((one for one in entry if local(one) == "news"), entry)  # pictures have titles too
    title = next(texts(news, "title"), "") or headline(url)
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
        if local(element) == name and element.text and element.text.strip():
            yield element.text.strip()


def local(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def headline(url: str) -> str:
    """What an address says of its page: `/news/t-head-ipo-12345.html` → "t head ipo"."""
    path = [part for part in unquote(urlsplit(url).path).split("/") if NUMBER.sub(unnumbered, part).strip()]
    name = re.sub(r"\.\w{2,5}$", "", path[-1]) if path else url
    return " ".join(NUMBER.sub(unnumbered, name).replace("-", " ").replace("_", " ").split()) or url


def unnumbered(found: re.Match[str]) -> str:
    """A blank for the number of an article; a year's part or a version stays."""
    return " " if FOUR.search(found[0]) else found[0]
