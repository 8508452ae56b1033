"""What the parser's process is spared, and the check on what is read without it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import incremental, jsonfeed
from monitor.feeds import rss as feed
from monitor.feeds.parser import Parser
from tests.feeds.test_rss import GOOD, rss

SOURCE = Source("s", "https://feeds.example/rss")
STRANGE = GOOD.replace("Good", "A <b>good</b>")


def page(text: str) -> Page:
    return Page("https://feeds.example/rss", text.encode())


def parsed(*texts: str) -> tuple[list[Listing], bool]:
    """What a parser reads, each with what it has seen by then, and whether a process was started."""

    async def main() -> tuple[list[Listing], bool]:
        parser, found = Parser(deadline=20), [Listing()]
        try:
            for text in texts:
                found.append(await parser.parse(page(text), SOURCE, found[-1].slices))
            return found[1:], bool(parser._pool._all)
        finally:
            await parser.aclose()

    return asyncio.run(main())


def test_a_plain_feed_needs_no_process() -> None:
    read, started = parsed(rss(GOOD), '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}')
    assert (len(read[0].articles), started) == (1, False)


def test_a_page_that_is_no_feed_is_refused_without_a_process() -> None:
    with pytest.raises(ParseError, match="web page"):
        parsed("<html><title>Wall</title></html>")


def test_what_is_new_of_a_strange_feed_goes_to_the_process_alone() -> None:
    new = STRANGE.replace("good", "new")
    read, started = parsed(rss(STRANGE), rss(new, STRANGE))
    assert [(len(one.articles), one.known) for one in read] == [(1, 0), (1, 1)]
    assert started


def test_what_is_too_large_goes_to_the_process() -> None:
    read, started = parsed(rss(GOOD, f"<!-- {'x' * incremental.MAX_INLINE_BYTES} -->"))
    assert (len(read[0].articles), started) == (1, True)


def test_json_that_is_nested_too_deep_for_its_reader_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's reader raises where the stack would end; here it does at once."""

    def deep(text: str, **_: object) -> object:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("monitor.feeds.jsonfeed.json.loads", deep)
    with pytest.raises(ParseError, match="the JSON is broken") as caught:
        jsonfeed.parse_jsonfeed(page('{"items": []}'), SOURCE)
    assert caught.value.kind == "broken"


def sampled(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings of a parser that reads each document both ways."""
    monkeypatch.setattr(incremental, "SAMPLE_INTERVAL", 1)
    with caplog.at_level(logging.WARNING):
        [read], started = parsed(rss(GOOD))
    assert started and [article.title for article in read.articles] == ["Good sibling"]
    return [record.getMessage() for record in caplog.records]


def test_a_sample_is_read_both_ways(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    assert sampled(monkeypatch, caplog) == []


def test_a_sample_that_differs_is_told_and_read_tolerantly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(document: str, page: Page, source: Source, _: bytes | None) -> Listing:
        found = feed.parse_tolerant_document(document, page, source)
        return replace(found, articles=tuple(replace(one, title="Wrong") for one in found.articles))

    monkeypatch.setattr(feed, "parse_strict_document", wrong)
    [warning] = sampled(monkeypatch, caplog)
    assert warning == "s: the strict parser reads other articles than the tolerant one"


def test_one_of_a_thousand_documents_is_a_sample_and_always_the_same_one() -> None:
    documents = [page(rss(GOOD.replace("Good", str(number)))) for number in range(3000)]
    chosen = [incremental.begin_parse(one, SOURCE, b"").sampled for one in documents]
    assert 0 < sum(chosen) < 12
    assert chosen == [incremental.begin_parse(one, SOURCE, b"").sampled for one in documents]
