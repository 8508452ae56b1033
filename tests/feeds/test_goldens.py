"""Whole documents of every format, as they are stored in data/, against what a careful reader sees in them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.kinds import KINDS

DATA = Path(__file__).parent / "data"
ZONES = {"german.xml": "Europe/Berlin", "chinese.xml": "Asia/Shanghai"}
BASES = {"rss20.xml": "https://markets.example/feed", "feed.json": "https://lab.example/feed.json"}
ELSEWHERE = "https://filings.example/feeds/atom"

# document → what it says of itself, beside its articles, which stand in the golden file
SAID: dict[str, dict[str, Any]] = {
    "rss090.xml": {"form": "RSS 0.90", "title": "Slate Quarry Gazette"},
    "rss091.xml": {"form": "RSS 0.91", "title": "Old Wire"},
    "rss092.xml": {
        "form": "RSS 0.92",
        "title": "Notes of a Pilot",
        "cloud": "http://cloud.pilot.example/pleaseNotify",
    },
    "rdf.xml": {"form": "RSS 1.0", "title": "Bulletin"},
    "rss20.xml": {
        "form": "RSS 2.0",
        "unreadable": 1,
        "title": "Harbour Street Markets",
        "topic": "https://markets.example/feed",
        "schedule": {"pause": 900.0},
    },
    "rss20hub.xml": {
        "form": "RSS 2.0",
        "title": "Pumpwerk & Partner",
        "topic": "https://pumpwerk.example/feed",
        "hubs": ["https://hub.pumpwerk.example/"],
        "cloud": "http://pumpwerk.example/?rsscloud=notify",
        "more": ["https://filings.example/feeds/atom?paged=2"],
        "schedule": {"pause": 1800.0, "skip_hours": [0, 1, 2], "skip_days": [5, 6]},
    },
    "german.xml": {"form": "RSS 2.0", "title": "Börsenblick"},
    "chinese.xml": {"form": "RSS 2.0", "title": "港口财经"},
    "atom03.xml": {"form": "Atom 0.3", "title": "Tide & Time"},
    "atom.xml": {"form": "Atom 1.0", "title": "Filings of the week", "topic": "https://filings.example/atom"},
    "feed10.json": {
        "form": "JSON Feed 1.0",
        "title": "Ferry Times",
        "topic": "https://ferry.example/feed.json",
        "hubs": ["https://hub.ferry.example/"],
        "more": ["https://ferry.example/feed.json?page=2"],
    },
    "feed.json": {"form": "JSON Feed 1.1", "title": "Lab Notes", "unreadable": 2},
    "news-sitemap.xml": {"form": "news sitemap"},
    "sitemap-index.xml": {
        "form": "sitemap index",
        "more": [
            "https://lighthouse.example/sitemaps/google-news.xml",
            "https://lighthouse.example/sitemaps/2026.xml.gz",
            "https://lighthouse.example/sitemaps/2025.xml.gz",
        ],
    },
}


def listing(name: str) -> Listing:
    """A stored document as it is read."""
    kind = "sitemap" if "sitemap" in name else "feed"
    source = Source(name.partition(".")[0], "https://asked.example/", kind, timezone=ZONES.get(name, "UTC"))
    return KINDS[kind](Page(BASES.get(name, ELSEWHERE), (DATA / name).read_bytes()), source)


def said(noun: Any, *but: str) -> dict[str, Any]:
    """The fields of a value that say something."""
    values = {field.name: getattr(noun, field.name) for field in fields(noun) if field.name not in but}
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return {
        name: re.sub("\n+", "\n", value) if isinstance(value, str) else value for name, value in plain.items() if value
    }


@pytest.mark.parametrize("name", SAID)
def test_a_stored_document_reads_as_its_golden_says(name: str) -> None:
    articles = [said(article, "source") for article in listing(name).articles]
    assert articles == json.loads((DATA / f"{name}.golden").read_text("utf-8"))


@pytest.mark.parametrize("name", SAID)
def test_a_stored_document_says_of_itself_what_it_says(name: str) -> None:
    found = listing(name)
    itself = said(found, "articles", "schedule", "quirks", "encoding", "slices", "skipped", "losses")
    schedule = said(found.schedule)
    assert {**itself, **({"schedule": schedule} if schedule else {})} == SAID[name]


def test_every_stored_document_is_read() -> None:
    assert {path.name for path in DATA.iterdir() if path.suffix in (".xml", ".json")} == set(SAID)
