"""How much of one document is read, and what is said of the rest."""

from __future__ import annotations

import asyncio
import gzip
import sys
from pathlib import Path

import pytest

from monitor.core.errors import ParseError
from monitor.core.model.polling import Page, Source
from monitor.feeds import entries, sitemap
from monitor.feeds import rss as crowd
from monitor.feeds.discovery import declared_feeds
from monitor.feeds.fields import MAX_FIELD_LENGTHS, absolute_url
from monitor.feeds.kinds import parse_page
from monitor.feeds.parser import Parser
from monitor.feeds.rss import parse_feed_tolerantly
from tests.hostile.documents import beside, rss

SOURCE = Source("s", "https://feeds.example/rss")


def items(first: int, last: int) -> str:
    return "".join(f"<item><title>n{n}</title></item>" for n in range(first, last))


def test_a_feed_of_very_many_entries_is_read_from_both_ends_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    most = crowd.MAX_ENTRIES
    found = parse_feed_tolerantly(Page(SOURCE.url, rss(items(0, most + 7)).encode()), SOURCE)
    titles = [article.title for article in found.articles]
    assert titles == [f"n{n}" for n in [*range(most // 2), *range(most // 2 + 7, most + 7)]]
    assert found.quirks[0] == "of 2007 entries only the first 1000 and the last 1000 are read"
    assert caplog.messages == [f"s: {found.quirks[0]}"]


def test_a_plain_feed_of_as_many_is_read_whole() -> None:
    found = parse_page(Page(SOURCE.url, rss(items(0, crowd.MAX_ENTRIES + 7)).encode()), SOURCE)
    assert len(found.articles) == crowd.MAX_ENTRIES + 7


def test_a_feed_of_as_many_entries_as_can_be_read_is_left_alone() -> None:
    document = rss(items(0, crowd.MAX_ENTRIES))
    assert crowd.limit_entries(document, SOURCE) == (document, 0, ())


def test_a_broken_feed_of_more_entries_than_are_read_one_by_one_says_so(caplog: pytest.LogCaptureFixture) -> None:
    broken = "<item><title><![CDATA[Wrong</title></item>" + items(0, entries.MAX_SPLIT_ENTRIES + 4)
    found = parse_feed_tolerantly(Page(SOURCE.url, rss(broken).encode()), SOURCE)
    assert len(found.articles) == entries.MAX_SPLIT_ENTRIES - 1  # the first is the broken one
    assert found.quirks[0] == "not well-formed: of 505 entries only the first 500 are read, one by one"
    assert caplog.messages == [f"s: {found.quirks[0]}"]


def test_a_sitemap_says_how_many_of_its_pages_are_read() -> None:
    pages = "".join(f"<url><loc>https://x.example/a-{n}</loc></url>" for n in range(sitemap.MAX_PAGES + 5))
    found = sitemap.parse_sitemap(Page(SOURCE.url, f"<urlset>{pages}</urlset>".encode()), SOURCE)
    assert found.quirks[0] == "of 1005 pages only the newest 1000 are read"


def test_a_packed_sitemap_is_unpacked_up_to_a_bound() -> None:
    with pytest.raises(ParseError, match="more than 20 MB once unpacked") as caught:
        sitemap.parse_sitemap(Page(SOURCE.url, gzip.compress(bytes(sitemap.MAX_SITEMAP_LENGTH + 1))), SOURCE)
    assert caught.value.kind == "too-big"


def test_a_link_is_not_longer_than_it_may_be_whatever_it_is_joined_to() -> None:
    """A page behind a redirect to a long address would multiply that address by its entries."""
    base = "https://feeds.example/" + "a" * MAX_FIELD_LENGTHS["url"] + "/rss"
    assert absolute_url("x", base) == "" and absolute_url("/x", base) == "https://feeds.example/x"


@pytest.mark.parametrize("name", ["author", "dc:creator", "managingEditor", "itunes:author", "webMaster"])
@pytest.mark.parametrize("length", [MAX_FIELD_LENGTHS["author"], MAX_FIELD_LENGTHS["author"] + 1])
def test_of_an_author_no_more_is_kept_than_there_is_room(name: str, length: int) -> None:
    found = parse_page(Page(SOURCE.url, beside(f"<title>t</title><{name}>{'a' * length}</{name}>").body), SOURCE)
    assert [len(article.author) for article in found.articles] in ([MAX_FIELD_LENGTHS["author"], 0], [0, 0])


def test_an_answer_of_the_parser_is_bounded_too(tmp_path: Path) -> None:
    """Whatever a parser process says, the daemon keeps no more of it than a document can be."""
    (tmp_path / "flood.py").write_text(
        "import sys, json\n"
        "frame = lambda said: sys.stdout.buffer.write(len(said).to_bytes(4, 'big') + said)\n"
        "frame(b'{\"done\": true}')\n"
        "sys.stdout.flush()\n"
        "article = dict.fromkeys(['published_at', 'updated_at', 'guid', 'language'])\n"
        "article |= {'source': 's', 'title': 'x' * 10_000_000, 'tags': []}\n"
        "while True: frame(json.dumps({'article': article}).encode())\n"
    )

    async def main() -> str:
        parser = Parser(deadline=20.0)
        flooding = [sys.executable, str(tmp_path / "flood.py")]
        parser._pool._command = flooding
        try:
            with pytest.raises(ParseError) as caught:
                await parser.parse(Page(SOURCE.url, b"<rss/>"), SOURCE)
            return caught.value.kind
        finally:
            await parser.aclose()

    assert asyncio.run(main()) == "too-big"


def test_an_answer_of_another_shape_leaves_nothing_for_the_next_question(tmp_path: Path) -> None:
    """What follows it in the pipe would be taken for the answer about the next page."""
    (tmp_path / "odd.py").write_text(
        "import sys, json\n"
        "frame = lambda said: sys.stdout.buffer.write(len(said).to_bytes(4, 'big') + said)\n"
        "frame(b'{\"done\": true}')\n"
        "frame(json.dumps({'article': {'words': 1}}).encode())\n"
        "frame(json.dumps({'error': 'of the page before', 'kind': 'left-over'}).encode())\n"
        "sys.stdout.flush()\n"
        "sys.stdin.buffer.read()\n"
    )

    async def main() -> list[type[Exception]]:
        parser = Parser(deadline=20.0)
        odd = [sys.executable, str(tmp_path / "odd.py")]
        parser._pool._command = odd
        try:
            kinds = []
            for _ in range(2):
                with pytest.raises(Exception) as caught:
                    await parser.parse(Page(SOURCE.url, b"<rss/>"), SOURCE)
                kinds.append(caught.type)
            return kinds
        finally:
            await parser.aclose()

    assert asyncio.run(main()) == [KeyError, KeyError]


@pytest.mark.parametrize("broken", ["<![", "<![CD}A", "<!ELEMENT br EMPTY>", '<base href="http://[">'])
def test_a_page_with_broken_markup_still_names_the_feeds_before_it(broken: str) -> None:
    named = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    assert declared_feeds(named + broken + "<p>", "https://x.example/") == [("https://x.example/rss", "")]
    assert declared_feeds(named.replace('/rss"', 'http://["'), "https://x.example/") == []
