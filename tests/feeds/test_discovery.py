"""Where a site may have its feeds: named, linked, known by its host, usual."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.discovery import (
    MAX_DISCOVERED_FEEDS,
    candidate_feeds,
    declared_feeds,
    known_host_feeds,
    linked_feeds,
    usual_feed_urls,
)

BASE = "https://blatt.example/maerkte/"


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        (
            "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
        ),
        (
            "https://www.youtube.com/playlist?list=PL12-x_",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL12-x_",
        ),
        ("https://github.com/maker/model", "https://github.com/maker/model/releases.atom"),
        ("https://github.com/maker/model/releases", "https://github.com/maker/model/releases.atom"),
        ("https://github.com/maker/model/tags", "https://github.com/maker/model/tags.atom"),
        ("https://old.reddit.com/r/Aktien/top", "https://www.reddit.com/r/Aktien/new/.rss"),
        ("https://bsky.app/profile/name.example", "https://bsky.app/profile/name.example/rss"),
        ("https://social.example/@name", "https://social.example/@name.rss"),
        ("https://medium.com/@name", "https://medium.com/feed/@name"),
        ("https://arxiv.org/list/cs.CL/recent", "https://rss.arxiv.org/rss/cs.CL"),
        ("https://news.google.com/search?q=H200&hl=de", "https://news.google.com/rss/search?q=H200&hl=de"),
    ],
)
def test_a_known_host_tells_its_feed_by_the_page_s_address(page: str, feed: str) -> None:
    assert known_host_feeds(page) == [feed]


@pytest.mark.parametrize(
    "page",
    [
        "https://www.youtube.com/@name",
        "https://github.com/maker",
        "https://github.com/maker/model/issues",
        "https://blatt.example/",
        "https://notgithub.com/maker/model",
        "https://github.com.evil.example/maker/model",
    ],
)
def test_other_pages_have_no_rule(page: str) -> None:
    assert known_host_feeds(page) == []


def test_links_that_look_like_feeds_are_found_in_the_foot_of_a_page() -> None:
    foot = """<a href="/feed">RSS</a> <A class=x HREF='news.rss'>a</A> <a href=/xml/atom.xml>b</a>
    <a href="https://feeds.other.example/blatt/rss?a=1&amp;b=2">c</a> <a href="index~rss2.xml">d</a>
    <a href="/feedback">no</a> <a href="/rss-readers-compared.html">no</a> <a href="mailto:feed@x.example">no</a>
    <a href="/sitemap.xml">no</a><a href="news:feed">no</a>"""
    assert linked_feeds("x" * 300_000 + foot, BASE) == [
        "https://blatt.example/feed",
        "https://blatt.example/maerkte/news.rss",
        "https://blatt.example/xml/atom.xml",
        "https://feeds.other.example/blatt/rss?a=1&b=2",
        "https://blatt.example/maerkte/index~rss2.xml",
    ]


def test_feeds_of_comments_come_last_and_each_address_once() -> None:
    page = """<link rel=alternate type=application/rss+xml href=/comments/feed>
    <link rel=alternate type=application/atom+xml href=/atom><a href="/atom">Atom</a><a href="/kommentare.rss">x</a>"""
    assert [urlsplit(one).path for one in candidate_feeds(page, BASE)] == ["/atom", "/comments/feed", "/kommentare.rss"]


def test_a_folder_s_own_feed_is_the_first_guess() -> None:
    assert usual_feed_urls("https://blatt.example/maerkte/")[:2] == [
        "https://blatt.example/maerkte/feed",
        "https://blatt.example/feed",
    ]
    assert usual_feed_urls("https://blatt.example")[0] == "https://blatt.example/feed"


def test_no_page_makes_the_reader_of_links_fail() -> None:
    assert declared_feeds("<link rel=alternate type=application/rss+xml>" * 9 + "<" * 500, "https://x.example") == []
    many = "".join(f'<link rel="alternate" type="application/rss+xml" href="{n}">' for n in range(99))
    assert len(declared_feeds(many, "https://x.example/")) == MAX_DISCOVERED_FEEDS
    for unclosed in ("<a ", "<a href=", '<a href="', "<a href   "):
        assert linked_feeds(unclosed * 9, BASE) == []


@given(st.text(max_size=200), st.sampled_from([BASE, "https://[::1]/", "https://x.example:80/a?b#c"]))
def test_whatever_the_page_only_web_addresses_come_out(text: str, base: str) -> None:
    for page in (
        text,
        f'<a href="{text}/feed">',
        f"<base href='{text}'><link rel=alternate type=application/rss+xml href={text}>",
    ):
        assert all(one.startswith(("http://", "https://")) for one in candidate_feeds(page, base))
