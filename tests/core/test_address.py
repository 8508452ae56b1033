"""One address for one page, and two for two."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.address import canonical_url, host, is_front_page

PAGE = "https://www.example.com/news/797298"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.com/news/797298",
        "https://WWW.Example.COM/news/797298",
        "https://www.example.com:443/news/797298/",
        "http://www.example.com:80/news/797298",
        "https://www.example.com./news/797298#comments",
        "https://www.example.com/news/797298?utm_source=rss&utm_medium=feed",
        "https://www.example.com/news/797298?UTM_Source=rss&fbclid=a1",
        "https://www.example.com/news/797298?ncid=rss",
        "https://www.example.com/news/797298?ref=rss",
        "https://www.example.com/news/797298?mod=rss_markets_main",
        "https://www.example.com/news/797298?at_medium=RSS&at_campaign=KARANGA&wt_mc=x",
        "https://www.example.com/news/797298;jsessionid=8A2F.internet001",
        "  https://www.example.com/news/797298?&\n",
        "https://user:word@www.example.com/news/797298",
        "https://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fwww.example.com%2fnews%2f797298&c=1",
        "https://www.google.com/url?rct=j&sa=t&url=https://www.example.com/news/797298&ct=ga",
    ],
)
def test_what_means_nothing_is_taken_off(url: str) -> None:
    assert canonical_url(url) == PAGE


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com/a?id=3&utm_source=x&page=2", "https://example.com/a?id=3&page=2"),
        ("https://example.com/a?ref=main", "https://example.com/a?ref=main"),
        ("https://example.com/a?source=dpa", "https://example.com/a?source=dpa"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com/feed?t%5b0%5d=a&", "https://example.com/feed?t%5B0%5D=a"),
        ("https://example.com/Case/Matters", "https://example.com/Case/Matters"),
        ("https://example.com/", "https://example.com"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("https://boersen-zeitung.de/börse", "https://boersen-zeitung.de/börse"),
        ("https://www.google.com/url?url=mailto:a@b", "https://www.google.com/url?url=mailto:a@b"),
        ("urn:tag:sec.gov,2008:accession-number=1", "urn:tag:sec.gov,2008:accession-number=1"),
        ("https://example.com:port/a", "https://example.com:port/a"),
        ("http://[::1", "http://[::1"),
        ("", ""),
    ],
)
def test_what_may_choose_a_page_stays(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_a_link_to_a_whole_site_names_no_article() -> None:
    assert is_front_page(canonical_url("http://example.com/#top"))
    assert not is_front_page(canonical_url("http://example.com/?p=12"))


@pytest.mark.parametrize(
    ("url", "name"), [(PAGE, "example.com"), ("http://A.b:8080/x", "a.b:8080"), ("urn:x", ""), ("", "")]
)
def test_a_host_is_named_without_www(url: str, name: str) -> None:
    assert host(url) == name


parts = st.sampled_from(
    ["http://", "https://", "a.de", "www.google.com", "/url?", "url=", "utm_a=1", "&", "?", "#x", "/", "%3a", ";sid=1"]
)


@settings(max_examples=300)
@given(st.lists(parts | st.text(max_size=6), max_size=10).map("".join))
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
