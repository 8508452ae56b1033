"""Articles, documents and comparisons of any length for bench/scaling.py, and how a function of a text is prepared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from monitor.config.load import load_rules
from monitor.core.alerts import render
from monitor.core.dedupe import stories
from monitor.core.dedupe.comparisons import MAX_LOCKED_BYTES
from monitor.core.dedupe.keys import fingerprint_article
from monitor.core.dedupe.listed_entries import NOTHING_LISTED
from monitor.core.dedupe.prefilter import filter_from_hashes
from monitor.core.errors import MonitorError
from monitor.core.match import engine, evidence
from monitor.core.model.alerts import Address, Delivery, Priority
from monitor.core.model.articles import Article, Candidate, Match
from monitor.core.model.polling import Page, Source
from monitor.core.text import tokens
from monitor.core.text.analysis import analyse_article
from monitor.store import rows
from tests.analysed import article_keys, article_text, examine_watch, open_comparisons

Made = TypeVar("Made")
Run = Callable[[], object]
Function = Callable[[str], Run]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = r"""
[entity.alibaba]
names = ["Alibaba", "阿里巴巴"]
tickers = ["BABA"]
[entity.arm]
ambiguous = ["Arm"]
names = ["Arm Holdings"]
context = ["chip", "Dresden"]
[watch]
Word = "Aktie"
Number = "1"
Prefix = "H20*"
Wildcard = "a?b"
Letters = "aaa*"
Phrase = "Firma 10 Stock"
Joined = "T-Head"
Symbols = "C++"
Sign = "$BABA"
Exact = "=Qwen"
Short = "U.S."
Chinese = "通义千问"
Names = "@alibaba"
Doubt = "@arm"
Many = { match = 'atleast(3, (Qwen OR H200 OR Euro OR Analyse))' }
Near = { any = "Aktie", near = { words = 5, any = ["Euro", "Vortag"] } }
Not = { any = "Euro", none = "Zürich" }
Digits = { regex = '\b\d+[.,]\d+\b' }
Words = { regex = '\b(?:Qwen|Anzeige|shares?)\b' }
Query = { match = '"H200" AND (Qwen OR Alibaba) AND NOT Zürich' }
[feeds]
bench = "https://bench.example/feed"
"""


def book() -> engine.RuleSet:
    """Watches of every kind."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rules.toml")
        path.write_text(RULES, encoding="utf-8")
        found = load_rules(path, environ={})
    assert not found.problems, [problem.message for problem in found.problems]
    return found.settings.ruleset


BOOK = book()
SOURCE = Source("bench", "https://bench.example/feed")
ADDRESS = "https://bench.example/news/1"


def article(body: str) -> Article:
    """An article with this text."""
    return Article("bench", "Küstenwind Aktie: Qwen läuft auf H200", ADDRESS, body=body, published_at=NOW)


def stored(number: int, title: str, body: str) -> Candidate:
    """An article of the archive."""
    keys = replace(article_keys(article(body)), sketch=())
    return Candidate(number, number, "other", keys, title, body, NOW - timedelta(hours=1))


def changed(body: str) -> str:
    """The same text with other words in its middle."""
    middle = len(body) // 2
    return f"{body[:middle]} nicht 17 Firmen Zusage {body[middle:]}"


def delivery(match: Match, title: str) -> Delivery:
    """A message to be laid out."""
    return Delivery(
        1, "key", 1, 1, match.watch, Address("slack"), Priority.NORMAL, 0, False, NOW, NOW, title, ADDRESS, "bench",
        NOW, NOW, match,
    )  # fmt: skip


def shown(body: str) -> Run:
    """A message about the text as headline and snippet."""
    one = delivery(Match("Word", (), body, ((0, 5), (10, 20))), body)
    return lambda: (render.render_alert([one], now=NOW), render.render_digest([one, replace(one, article=2)], now=NOW))


def snippet(body: str) -> Run:
    """The evidence of a term that stands everywhere in the text."""
    document = article_text(article(body))
    leaves = [entry.node.places(document, ()) or () for entry in BOOK.entries]
    return lambda: [evidence.collect_evidence("Word", document, places) for places in leaves]


def forbearing(call: Run) -> Run:
    """The call, where a refusal is an answer too."""

    def run() -> object:
        try:
            return call()
        except MonitorError as error:
            return error

    return run


def beside(one: Article, others: list[Candidate], remembered: int) -> Run:
    """The comparison of an article with stored ones, of which the outlines of the first few are remembered."""
    analysis = analyse_article(one, ())
    keys, hashes = fingerprint_article(analysis)
    new = stories.ComparedArticle(one, keys, filter_from_hashes(hashes), NOTHING_LISTED)
    filters = open_comparisons().filters
    for other in others[:remembered]:
        filters.find(other.title, other.body)
    return lambda: stories.find_duplicate(new, others, NOW, open_comparisons(filters))  # no wording is cached


def room(body: str) -> int:
    """How many characters of a text are compared under the write lock at most."""
    return MAX_LOCKED_BYTES * len(body) // max(1, len(body.encode("utf-8", "replace")))


def beside_one(body: str) -> Run:
    """Under the write lock: two texts as long as there is room for."""
    half = room(body) // 2
    return beside(article(body[:half]), [stored(0, "Titel", changed(body)[: half - 100])], 1)


def beside_many(body: str) -> Run:
    """Under the write lock: as many texts as are asked about, as long as there is room for."""
    short = body[: room(body) // 28]
    return beside(
        article(short), [stored(number, f"{number}", f"{number} {short} {number}") for number in range(25)], 0
    )


def beside_long(body: str) -> Run:
    """Under the write lock: as many long texts as are asked about, for which there is no room."""
    old = stored(0, "Titel", f"0 {body}")
    return beside(article(body), [replace(old, article=number, body=f"{number} {body}") for number in range(3)], 0)


LOCKED: dict[str, Function] = {"one": beside_one, "many": beside_many, "long": beside_long}


def page(body: str, form: str = "application/rss+xml") -> Page:
    """A document of the text."""
    return Page(SOURCE.url, body.encode("utf-8", "replace"), content_type=form)


def feed(body: str) -> str:
    """A feed with the text in its one entry."""
    return (
        f"<rss version='2.0'><channel><title>{body[:300]}</title><item><title>x</title><guid>1</guid>"
        f"<description><![CDATA[{body.replace(']]>', '')}]]></description></item></channel></rss>"
    )


def items(body: str) -> str:
    """A JSON Feed with the text in its one item."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": body}]})


def after(prepare: Callable[[str], Made], use: Callable[[str, Made], object]) -> Function:
    """A function that is measured without what is prepared for it; a refusal is an answer too."""

    def function(body: str) -> Run:
        made = prepare(body)
        return forbearing(lambda: use(body, made))

    return function


def examined(watch: str) -> Function:
    """One watch on the text."""
    return lambda body: lambda: examine_watch(BOOK, watch, article(body))


def numbered(body: str) -> tuple[str, Sequence[int]]:
    """A text with the places of its numbers."""
    return body, tokens.number_positions(body, False)


def framed(body: str) -> object:
    """An article on its way from the process that read it."""
    return rows.article_values(article(body), article_keys(article("")))
