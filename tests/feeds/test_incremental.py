"""What was read before is left out by its bytes, and nothing else is."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import entries as slices
from monitor.feeds import incremental, kinds
from monitor.feeds.entries import HASH_SIZE
from monitor.feeds.kinds import KINDS
from tests.feeds import corpus

SOURCE = Source("s", "https://feeds.example/rss", timezone="Europe/Berlin")
HEAD = "<title>N</title><language>de</language><lastBuildDate>Mon, 23 Nov 2026 09:00:00 GMT</lastBuildDate>"


def entries(*names: str) -> list[str]:
    return [f"<title>{name}</title><link>/{name}</link><description>About {name}</description>" for name in names]


def page(text: str, url: str = "https://feeds.example/rss") -> Page:
    return Page(url, text.encode())


def feed(*names: str, form: str = "rss", head: str = HEAD, root: str = "") -> str:
    return corpus.document(form, [head], entries(*names), root)


def read(text: str, seen: bytes = b"", source: Source = SOURCE, url: str = "https://feeds.example/rss") -> Listing:
    task = incremental.begin_parse(page(text, url), source, seen)
    return task.finish(task.listing or kinds.parse_page(task.page, source))


def titles(listing: Listing) -> list[str]:
    return [article.title for article in listing.articles]


@pytest.mark.parametrize("form", corpus.FORMS)
def test_an_entry_whose_bytes_were_seen_is_counted_and_not_read(form: str) -> None:
    first = read(feed("b", "a", form=form))
    assert (titles(first), first.known, len(first.slices)) == (["b", "a"], 0, 2 * HASH_SIZE)
    second = read(feed("c", "b", "a", form=form), first.slices)
    assert (titles(second), second.known, len(second.slices)) == (["c"], 2, 3 * HASH_SIZE)
    third = read(feed("c", "b", form=form), second.slices)
    assert (titles(third), third.known, third.slices) == ([], 2, second.slices[: 2 * HASH_SIZE])


def test_an_entry_with_one_other_letter_is_read() -> None:
    first = read(feed("b", "a"))
    assert titles(read(feed("b", "a").replace("About a", "About A"), first.slices)) == ["a"]


def test_the_time_in_a_head_says_nothing_of_the_entries() -> None:
    first = read(feed("b", "a"))
    later = feed("c", "b", "a").replace("09:00:00", "09:05:00").replace("<channel>", "<channel><!-- made in 0.1 s -->")
    assert titles(read(later, first.slices)) == ["c"]


def test_the_list_of_entries_in_the_head_of_rdf_says_nothing_of_them() -> None:
    def listed(*names: str) -> str:
        seq = "".join(f'<rdf:li rdf:resource="/{name}"/>' for name in names)
        return feed(*names, form="rdf", head=f"<items><rdf:Seq>{seq}</rdf:Seq></items>")

    assert titles(read(listed("c", "b", "a"), read(listed("b", "a")).slices)) == ["c"]


@pytest.mark.parametrize(
    "changed",
    [
        feed("b", "a").replace(">de<", ">en<"),
        feed("b", "a").replace("<language>de<", "<language><![CDATA[fr]]><"),
        feed("b", "a", root='xml:lang="en"'),
        feed("b", "a").replace("purl.org/dc/elements", "purl.org/other/elements"),
        feed("b", "a", head=HEAD + "<ttl>5</ttl>"),
    ],
)
def test_whatever_in_the_head_could_change_the_reading_has_all_read_again(changed: str) -> None:
    first = read(feed("b", "a"))
    assert (titles(read(changed, first.slices)), read(changed, first.slices).known) == (["b", "a"], 0)


@pytest.mark.parametrize(
    "source", [replace(SOURCE, language="en"), replace(SOURCE, timezone="Asia/Shanghai")], ids=["language", "zone"]
)
def test_a_source_that_is_told_to_read_otherwise_reads_all_again(source: Source) -> None:
    first = read(feed("b", "a"))
    assert titles(read(feed("b", "a"), first.slices, source)) == ["b", "a"]


def test_links_that_are_relative_to_another_address_are_read_again() -> None:
    first = read(feed("a"))
    assert titles(read(feed("a"), first.slices, url="https://other.example/rss")) == ["a"]


def test_another_recipe_reads_all_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(feed("b", "a"))
    monkeypatch.setattr(incremental, "HASH_RECIPE", "another")
    assert titles(read(feed("b", "a"), first.slices)) == ["b", "a"]


@pytest.mark.parametrize(
    "broken",
    [
        feed("c", "b", "a").replace("</title>", "</ttle>", 2),
        feed("c", "b", "a").replace("About c", "About <br> c"),
        feed("c", "b", "a")[:-10],
        feed("c", "b", "a").replace("About c", "<![CDATA[ About c"),
        feed("c", "b", "a", head=corpus.STRANGE_HEADS[0]),
        feed("c", "b", "a").replace("<title>c", '<x:y xmlns:x="u:1"/><z xmlns:x="u:2"/><title>c'),
        feed("c", "b", "a").replace("<link>/c", '<link xml:base="https://b.example/">/c'),
    ],
)
def test_of_a_broken_feed_everything_is_read_and_nothing_remembered(broken: str) -> None:
    seen = read(feed("c", "b", "a")).slices
    found = read(broken, seen)
    assert (found.known, found.slices) == (0, b"")
    assert found == KINDS["feed"](page(broken), SOURCE)


def test_where_an_entry_gave_no_article_nothing_is_remembered() -> None:
    found = read(corpus.document("rss", [HEAD], [*entries("a"), "<pubDate>2026-11-23</pubDate>"]))
    assert (titles(found), found.slices) == (["a"], b"")


@pytest.mark.parametrize(
    "inside",
    [
        "<description><![CDATA[<item><title>a</title></item>]]></description>",
        "<!-- <item> --><title>x</title>",
        "<?php </item> ?><title>x</title>",
    ],
)
def test_what_only_looks_like_an_entry_is_part_of_its_entry(inside: str) -> None:
    text = corpus.document("rss", [HEAD, "<!-- </item> <item> -->"], [inside, *entries("a")])
    assert slices.strip_known(text, b"", b"").unseen == 2


@pytest.mark.parametrize("inside", ["<item><title>nested</title></item>", "<item/>", "<entry>x</entry>", "</entry>"])
def test_entries_inside_entries_are_not_cut(inside: str) -> None:
    text = corpus.document("rss", [HEAD], [inside, *entries("a")])
    assert slices.strip_known(text, b"", b"") == slices.KnownEntriesRemoved(text)


def test_a_feed_for_the_tolerant_parser_is_cut_as_well() -> None:
    strange = corpus.document("rss", [HEAD], ["<title>Some <b>markup</b></title>", *entries("a")])
    task = incremental.begin_parse(page(strange), SOURCE, b"")
    assert task.listing is None
    first = read(strange)
    assert len(first.slices) == 2 * HASH_SIZE
    more = corpus.document("rss", [HEAD], [*entries("new"), "<title>Some <b>markup</b></title>", *entries("a")])
    rest = incremental.begin_parse(page(more), SOURCE, first.slices)
    assert (titles(read(more, first.slices)), rest.stripped.known) == (["new"], 2)


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_left_is_read_as_if_nothing_had_been_left_out(chance: random.Random) -> None:
    text = corpus.grown(chance.choice)
    try:
        whole = read(text)
    except ParseError:  # feedparser stumbles over a textinput in an item
        whole = Listing()
    assume(whole.slices)
    hashes = [whole.slices[at : at + HASH_SIZE] for at in range(0, len(whole.slices), HASH_SIZE)]
    seen = {one for one in hashes if chance.random() < 0.5}
    part = read(text, b"".join(seen))
    cut = incremental.begin_parse(page(text), SOURCE, b"".join(seen)).stripped
    assert cut.data == cut.document.encode()
    assert part.articles == tuple(one for one, own in zip(whole.articles, hashes, strict=True) if own not in seen)
    assert part.known + len(part.articles) == len(whole.articles) and part.slices == whole.slices


UNCLOSED = {
    "comments": "--><!--",
    "sections": "]]><![CDATA[",
    "entries": "<item>",
    "ends": "</item>",
    "entries of a long prefix": "<" + "a" * 41 + ":item>",
    "tags": "<a ",
    "languages": "language ",
}


@pytest.mark.parametrize("name", UNCLOSED)
def test_what_is_not_closed_is_left_whole(name: str) -> None:
    document = f"<rss><channel>{UNCLOSED[name] * 9}<item>x</item></channel></rss>"
    cut = slices.strip_known(document, b"", b"")
    assert cut.document == document and cut.known == 0
    again = slices.strip_known(document, b"", cut.hashes)
    assert again.document == (document.replace("<item>x</item>", "") if cut.hashes else document)
