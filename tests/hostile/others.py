"""JSON Feeds, sitemaps and web pages that eat time, memory or trust, as documents.py has them for feeds."""

from __future__ import annotations

import gzip
import zlib

import brotli

from tests.hostile.documents import LAUGHS, Hostile, attributes, endured, kept, prologs, shapes

ITEM = '{"id": "1", "title": "Good sibling", "url": "https://feeds.example/good"}'
PLACE = "<url><loc>https://feeds.example/good-sibling</loc><lastmod>2026-11-01</lastmod></url>"
OTHER = "<url><loc>https://x.example/a</loc></url>"
LINE = "The mill at Larkfield sold its last sack of flour. "
ARTICLE = f"<html><body><article><p>{LINE * 20}</article>"  # a good page
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


def json_feeds() -> dict[str, Hostile]:
    """JSON Feeds."""
    return {
        "nested lists": endured("[" * 1_000_000, "jsonfeed"),
        "nested objects": endured('{"items":' * 300_000, "jsonfeed"),
        "a nested entry": endured('{"items": [' + '{"title": ' * 100_000 + "1" + "}" * 100_000 + "]}", "jsonfeed"),
        "a number of a million digits": feed('{"id": ' + "9" * 1_000_000 + "}"),
        "a number of 5000 digits": feed('{"id": ' + "9" * 5_000 + "}"),
        "a broken number": endured('{"items": [' + "-" * 100_000, "jsonfeed"),
        "odd entries": feed(*ODD),
        "duplicate keys": feed(more='"items": 7,'),
        "an odd frame": feed(more='"title": [], "authors": 7, "language": {}, "hubs": 1, "next_url": [], "author": 1,'),
        "lists of nothing": endured('{"items":[' + "[[]]," * 2_000_000 + "[]]}", "jsonfeed"),
        "a string without end": endured('{"items": ["' + "\\u00" * 500_000, "jsonfeed"),
        "a body of tags": feed('{"content_html": "' + "<b>x" * 100_000 + '"}'),
        "an author for everybody": feed(*['{"id": 1}'] * 5_000, more=f'"authors": [{{"name": "{"a" * 60_000}"}}],'),
        "NUL and surrogates": feed('{"id": "\\u0000", "title": "a\\u0000b\\ud83d", "content_text": "\\udc00"}'),
        "JSON as a feed": Hostile(feed().body, keeps=True),
        "twenty thousand entries": feed(*['{"id": 1}'] * 20_000),
    }


def sitemaps() -> dict[str, Hostile]:
    """Sitemaps, packed ones among them."""
    whole = site().body
    bomb = gzip.compress(b"<urlset>" + bytes(100_000_000))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    cut = packer.compress(whole) + packer.flush(zlib.Z_SYNC_FLUSH)
    index = "<sitemap><loc>https://x.example/</loc></sitemap>"
    return {
        "a packed sitemap": kept(gzip.compress(whole), "sitemap"),
        "a gzip bomb": endured(bomb, "sitemap"),
        "a gzip bomb of blanks": endured(gzip.compress(b"<urlset>" + b" " * 100_000_000 + b"</urlset>"), "sitemap"),
        "a double gzip bomb": endured(gzip.compress(bomb), "sitemap"),
        "a packed sitemap cut short": endured(cut[: len(cut) // 2], "sitemap"),
        "a packed sitemap without its end": endured(cut, "sitemap"),
        "brotli": endured(brotli.compress(whole), "sitemap"),
        "three hundred thousand pages": endured(f"<urlset>{OTHER * 300_000}</urlset>", "sitemap"),
        "twenty thousand pages": site(OTHER * 20_000),
        "nested elements": endured("<urlset>" + "<url>" * 200_000, "sitemap"),
        "nested pages": endured(f"<urlset>{OTHER[:-6] * 3_000}{'</url>' * 3_000}</urlset>", "sitemap"),
        "an address of a megabyte": site(OTHER.replace("/a", "/a" * 500_000)),
        "an address of digits": site(OTHER.replace("/a", f"/{'1' * 3_000}a")),
        "an address of dashes": site(OTHER.replace("/a", f"/{'-_' * 1_900}a")),
        "an index of two hundred thousand": endured(f"<sitemapindex>{index * 200_000}</sitemapindex>", "sitemap"),
        "twenty thousand attributes": site(before=f"<urlset {attributes(20_000)}>"),
        "twenty thousand namespaces": site(before=f"<urlset {attributes(20_000, 'xmlns:a')}>"),
    }


def pages() -> dict[str, Hostile]:
    """Web pages for the reader of whole texts."""
    schema = f'<script type="application/ld+json">{"[" * 100_000}</script>'
    return {
        "ten megabytes in one line": web(f"<p>{LINE * 200_000}"),
        "nested elements": web("<div>" * 100_000 + LINE * 20),
        "nested spans": web("<span>" * 50_000 + LINE * 20),
        "nested lists": web("<ul><li>" * 20_000 + LINE * 20),
        "nested tables": web("<table><tr><td>" * 5_000 + LINE * 20),
        "paragraphs": web("<p>x</p>" * 300_000),
        "links": web(f"<a href='/x'>{LINE}</a>" * 20_000),
        "a hundred thousand attributes": web(f"<p {attributes(100_000)}>{LINE * 20}"),
        "scripts without end": web("<script>" * 100_000),
        "comments without end": web("<!--" * 300_000),
        "less-than signs": web("<" * 1_000_000),
        "references": web("<p>" + "&#x41;" * 300_000),
        "broken references": web("<p>" + "&" * 500_000),
        "metadata": web('<meta property="og:title" content="x">' * 50_000),
        "NUL": endured(b"<html><body>" + bytes(1_000_000), "page"),
        "a broken schema": web(f"{schema}<p>{LINE * 20}"),
        "a bomb of entities": endured(f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><html><p>&l9; {LINE * 20}', "page"),
        "nothing": endured(b"", "page"),
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
