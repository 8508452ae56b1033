from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from monitor.config.document import Document
from monitor.config.feeds import build_source
from monitor.config.notes import Notes
from monitor.config.shape import FeedTable
from monitor.core.model import Source

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def built(url: str, every: str = "5m", environ: dict[str, str] | None = None) -> tuple[Source | None, Notes]:
    notes = Notes(Document(f"[feeds]\nx = {{ url = '{url}', every = '{every}' }}\n"))
    table = FeedTable.model_validate({"url": url, "every": every})
    return build_source("x", table, LOOPBACK, environ or {}, notes), notes


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "//example.org/feed",
        "www.boerse-global.de/feed",
        "javascript:alert(1)",
        "https://",
        "https://[::1/feed",
        "https://example.org:99999/",
        "https://example.org/a feed",
        "https://example.org/\tfeed",
        "unix:/run/x",
    ],
)
def test_only_http_and_https_are_polled(url: str) -> None:
    source, notes = built(url)
    assert source is None
    assert [problem.code for problem in notes.problems] == ["bad-url"]


def test_an_address_without_its_scheme_gets_one_in_the_help() -> None:
    _, notes = built("www.boerse-global.de/feed")
    assert notes.problems[0].help == 'write "https://www.boerse-global.de/feed"'


@pytest.mark.parametrize(
    ("url", "every", "allowed"),
    [
        ("https://example.org/feed", "1m", True),
        ("https://example.org/feed", "59s", False),
        ("http://127.0.0.1:8000/feed", "1s", True),
        ("http://127.0.0.1:8000/feed", "2s", True),
        ("http://127.0.0.1:8000/feed", "500ms", False),
        ("http://localhost:8000/feed", "2s", True),
        ("http://[::1]:8000/feed", "2s", True),
        ("http://10.0.0.1/feed", "2s", False),
        ("http://127.0.0.1.example.org/feed", "2s", False),
    ],
)
def test_only_private_feeds_may_be_asked_more_than_once_a_minute(url: str, every: str, allowed: bool) -> None:
    source, notes = built(url, every)
    assert (source is not None) is allowed
    assert [problem.code for problem in notes.problems] == ([] if allowed else ["too-often"])


def test_a_source_carries_what_the_file_says() -> None:
    table = FeedTable.model_validate({"url": "https://e.org", "every": "2m", "lang": "de", "timezone": "Europe/Berlin"})
    source = build_source("x", table, (), {}, Notes(Document("")))
    assert source == Source(
        "x", "https://e.org", "feed", timedelta(minutes=2), "de", "Europe/Berlin", most=timedelta(minutes=2)
    )


def test_a_token_in_a_feed_address_may_be_a_secret() -> None:
    source, notes = built("https://example.org/feed?token=${TOKEN}", environ={"TOKEN": "s3cr3t"})
    assert source is not None
    assert source.url == "https://example.org/feed?token=s3cr3t"
    assert notes.secrets == {"s3cr3t"}
