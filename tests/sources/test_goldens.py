"""Whole feeds of every format, as they are stored in data/, against what a careful reader sees in them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from monitor.core.model import Article, Page, Source
from monitor.sources import KINDS

DATA = Path(__file__).parent / "data"
FEEDS = ("rss20.xml", "rss091.xml", "atom.xml", "rdf.xml", "feed.json", "german.xml", "chinese.xml")
ZONES = {"german.xml": "Europe/Berlin", "chinese.xml": "Asia/Shanghai"}
BASES = {"rss20.xml": "https://markets.example/feed", "feed.json": "https://lab.example/feed.json"}


def read(name: str) -> list[dict[str, Any]]:
    """The articles of a stored feed, only their fields that say something."""
    source = Source(name.partition(".")[0], "https://asked.example/", timezone=ZONES.get(name, "UTC"))
    page = Page(BASES.get(name, "https://filings.example/feeds/atom"), (DATA / name).read_bytes())
    return [said(article) for article in KINDS["feed"](page, source).articles]


def said(article: Article) -> dict[str, Any]:
    """The fields of an article that say something, as JSON has them."""
    values = {field.name: getattr(article, field.name) for field in fields(article) if field.name != "source"}
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return {
        name: re.sub("\n+", "\n", value) if isinstance(value, str) else value for name, value in plain.items() if value
    }


@pytest.mark.parametrize("name", FEEDS)
def test_a_stored_feed_reads_as_its_golden_says(name: str) -> None:
    assert read(name) == json.loads((DATA / f"{name}.golden").read_text("utf-8"))
