"""JSON Feeds, sitemaps and web pages at the bounds of what is read of one, as documents.py has them for feeds."""

from __future__ import annotations

import gzip
import zlib

import brotli

from monitor.feeds import jsonfeed, sitemap
from monitor.feeds.fields import MAX_FIELD_LENGTHS
from monitor.feeds.webpage import article
from tests.hostile.documents import DECLARED, Hostile, around, attributes, endured, kept, prologs, refused, shapes

ITEM = '{"id": "1", "title": "Good sibling", "url": "https://feeds.example/good"}'
PLACE = "<url><loc>https://feeds.example/good-sibling</loc><lastmod>2026-11-01</lastmod></url>"
OTHER = "<url><loc>https://x.example/a</loc></url>"
LINE = "The mill at Larkfield sold its last sack of flour. "
ARTICLE = f"<html><body><article><p>{LINE * 20}</article>"  # a good page
DIGITS = 4000  # of a number that is read as one (`jsonfeed._number`)
ODD = (
    "null", "1", '"x"', "[]", "NaN", "-Infinity", "1e999", '{"id": NaN}', '{"id": 1e400}', '{"id": []}', '{"tags": 7}',
    '{"tags": [[[]]]}', '{"authors": {"name": 1}}', '{"authors": [null, 1, {"name": {}}]}', '{"title": {"a": 1}}',
    '{"url": "http://["}', '{"id": "\\ud800", "title": "\\udfff\\u0000"}', '{"date_published": 5}',
)  # fmt: skip


def feed(*items: str, more: str = "") -> Hostile:
    """A JSON Feed, whose good entry has to survive."""
    frame = f'"version": "https://jsonfeed.org/version/1.1", {more} "items": [{", ".join((*items, ITEM))}]'
    return kept(f"{{{frame}}}", "jsonfeed")


def site(*places: str, before: str = "<urlset>") -> Hostile:
    """A sitemap, whose good page has to survive."""
    return kept(f"{before}{''.join(places)}{PLACE}</urlset>", "sitemap")


def web(inside: str) -> Hostile:
    """A web page."""
    return endured("<html><body>" + inside, "page")


def whole(markup: str) -> Hostile:
    """A web page whose article has to be read."""
    return Hostile(markup.encode(), "page", reads=True)


def json_feeds() -> dict[str, Hostile]:
    """JSON Feeds."""
    rows = {f"{n} nested lists": feed("[" * n + "]" * n) for n in (1, 2, 40)}
    for n in around(DIGITS - 1):
        rows[f"a number of {n} digits"] = feed('{"id": ' + "9" * n + "}")
    for n in around(MAX_FIELD_LENGTHS["author"]):
        rows[f"an author of {n} letters for everybody"] = feed(
            *['{"id": 1}'] * 20, more=f'"authors": [{{"name": "{"a" * n}"}}],'
        )
    for n in around(jsonfeed.MAX_HUBS):
        hub = '{"type": "WebSub", "url": "https://hub.example/"}'
        rows[f"{n} hubs"] = feed(more=f'"hubs": [{", ".join([hub] * n)}],')
    return rows | {
        "a list that is not closed": refused("[", "broken", "jsonfeed"),
        "an entry that is not closed": refused('{"items": [{"title": 1', "broken", "jsonfeed"),
        "a string that is not closed": refused('{"items": ["' + "\\u00", "broken", "jsonfeed"),
        "a number that is none": refused('{"items": [--', "broken", "jsonfeed"),
        "a list": refused("[]", "not-a-feed", "jsonfeed"),
        "lists of nothing": endured('{"items":[[[]],[[]],[]]}', "jsonfeed"),
        "odd entries": feed(*ODD),
        "duplicate keys": feed(more='"items": 7,'),
        "an odd frame": feed(more='"title": [], "authors": 7, "language": {}, "hubs": 1, "next_url": [], "author": 1,'),
        "a body of tags that are not closed": feed('{"content_html": "<b>x<b>x"}'),
        "NUL and surrogates": feed('{"id": "\\u0000", "title": "a\\u0000b\\ud83d", "content_text": "\\udc00"}'),
        "JSON as a feed": Hostile(feed().body, keeps=True),
        "two thousand entries": feed(*['{"id": 1}'] * 2_000),
    }


def sitemaps() -> dict[str, Hostile]:
    """Sitemaps, packed ones among them."""
    whole = site().body
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    cut = packer.compress(whole) + packer.flush(zlib.Z_SYNC_FLUSH)
    rows = {f"{n} pages": site(OTHER * (n - 1)) for n in around(sitemap.MAX_PAGES)}
    for n in around(MAX_FIELD_LENGTHS["url"]):
        rows[f"an address of {n} letters"] = site(OTHER.replace("/a", "/" + "a" * (n - 18)))
    for n in around(sitemap.MAX_SITEMAPS):
        index = "".join(f"<sitemap><loc>https://x.example/{part}</loc></sitemap>" for part in range(n))
        rows[f"an index of {n}"] = endured(f"<sitemapindex>{index}</sitemapindex>", "sitemap")
    return rows | {
        "a packed sitemap": kept(gzip.compress(whole), "sitemap"),
        "a packed sitemap of the limit": kept(gzip.compress(padded(sitemap.MAX_SITEMAP_LENGTH)), "sitemap"),
        "a packed sitemap of a byte more": refused(
            gzip.compress(padded(sitemap.MAX_SITEMAP_LENGTH + 1)), "too-big", "sitemap"
        ),
        "a sitemap packed twice": refused(gzip.compress(gzip.compress(whole)), "not-a-feed", "sitemap"),
        "a packed sitemap cut short": endured(cut[: len(cut) // 2], "sitemap"),
        "a packed sitemap without its end": endured(cut, "sitemap"),
        "brotli": refused(brotli.compress(whole), "not-a-feed", "sitemap"),
        "a page that is not closed": endured("<urlset><url>", "sitemap"),
        "a page inside a page": endured(f"<urlset><url>{OTHER}</url></urlset>", "sitemap"),
        "attributes": site(before=f"<urlset {attributes(20)}>"),
        "namespaces": site(before=f"<urlset {attributes(20, 'xmlns:a')}>"),
    }


def padded(size: int) -> bytes:
    """A sitemap of so many bytes, the most of them in a comment."""
    start, end = b"<urlset><!--", b"-->" + PLACE.encode() + b"</urlset>"
    return start + b"x" * (size - len(start) - len(end)) + end


def pages() -> dict[str, Hostile]:
    """Web pages for the reader of whole texts."""
    rows = {}
    for n in around(article.MAX_PAGE_LENGTH):
        text = f"<html><body><article><p>{LINE * 20}</article><!--"
        rows[f"a page of {n} letters"] = whole(text + "x" * (n - len(text) - 3) + "-->")
    return rows | {
        "an article": whole(ARTICLE),
        "elements that are not closed": web("<div><span><ul><li>" + LINE * 20),
        "a nested table": web("<table><tr><td><table><tr><td>" + LINE * 20),
        "attributes": web(f"<p {attributes(20)}>{LINE * 20}"),
        "a script that is not closed": web("<script>"),
        "a comment that is not closed": web("<!--"),
        "a less-than sign": web("<"),
        "references": web("<p>" + "&#x41;" * 20),
        "broken references": web("<p>" + "&" * 20),
        "metadata twice": web('<meta property="og:title" content="x">' * 2),
        "NUL": endured(b"<html><body>" + bytes(20), "page"),
        "a broken schema": web(f'<script type="application/ld+json">[</script><p>{LINE * 20}'),
        "a declared name": endured(f"{DECLARED}<html><p>&mill; {LINE * 20}", "page"),
        "nothing": refused(b"", "thin", "page"),
    }


def documents(file: str, url: str) -> dict[str, dict[str, Hostile]]:
    """Every family by name; file and url are canaries."""
    return {
        "prologs": prologs(file, url),
        "shapes": shapes(),
        "json feeds": json_feeds(),
        "sitemaps": sitemaps(),
        "pages": pages(),
    }
