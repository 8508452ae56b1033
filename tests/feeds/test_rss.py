"""Feeds with the faults real feeds have: what survives, and what is said where nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Page, Source
from monitor.feeds.kinds import KINDS
from tests.feeds.test_repair import POISON

SOURCE = Source("s", "https://feeds.example/rss")
GOOD = "<item><title>Good sibling</title><link>https://feeds.example/good</link></item>"


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'


def read(document: str | bytes, source: Source = SOURCE) -> list[Article]:
    body = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    return list(KINDS[source.kind](Page("https://feeds.example/rss", body), source).articles)


def title_of(markup: str) -> str:
    return read(rss(f"<item><title>{markup}</title><link>/a</link></item>"))[0].title


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("AT&T H200 & Qwen", "AT&T H200 & Qwen"),
        ("<![CDATA[AT&T H200 & Qwen]]>", "AT&T H200 & Qwen"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("B&amp;uuml;rse &amp;amp; Co. &lt;b&gt;H200&lt;/b&gt;", "Bürse & Co. H200"),
        ("H&lt;sub&gt;2&lt;/sub&gt;O", "H2O"),
        ("3 &lt; 4 &amp;&amp; a&lt;b", "3 < 4 && a<b"),
        ("C++ &amp; C#", "C++ & C#"),
        ("R&amp;amp;D ships &lt;Widget&gt;", "R&D ships <Widget>"),
        ("one\n  two", "one two"),
        ("&#150; dash &#x2013;", "– dash –"),
        ("cost&nbsp;of&euro;", "cost of€"),
    ],
)
def test_titles_are_what_a_reader_sees(markup: str, title: str) -> None:
    assert title_of(markup) == title


@pytest.mark.parametrize("poison", POISON)
def test_a_poisoned_entry_never_costs_its_sibling(poison: str) -> None:
    articles = read(rss(f"<item><title>Bad {poison} one</title><link>/bad</link></item>", GOOD))
    assert [article.url for article in articles] == ["https://feeds.example/bad", "https://feeds.example/good"]


@pytest.mark.parametrize(
    "damage",
    [
        "<item><title>Bare & sign</title></item>",
        "<item><title>Open <br> tag</title></item>",
        "<item><title>Wrong</ttle></item>",
        "<item><undeclared:x>1</undeclared:x><title>Prefix</title></item>",
        "<item><pubDate>garbage</pubDate><title>Date</title></item>",
        "<item><title>Attr</title><enclosure url=x length=></item>",
        "<item><title>\xff\xfe</title></item>",
    ],
)
def test_a_damaged_entry_never_costs_its_sibling(damage: str) -> None:
    assert "Good sibling" in [article.title for article in read(rss(damage, GOOD))]
    assert "Good sibling" in [article.title for article in read(rss(GOOD, damage))]


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    canary = tmp_path / "feed.xml"
    canary.write_text(rss(GOOD))
    with pytest.raises(ParseError):
        read(str(canary))


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss()) == []


def test_a_feed_cut_before_its_first_entry_ends_is_broken() -> None:
    with pytest.raises(ParseError) as caught:
        read("<rss><channel><title>T</title><")
    assert caught.value.kind == "broken"


def test_a_truncated_feed_gives_the_entries_that_came() -> None:
    whole = rss(GOOD, GOOD.replace("good", "second"))
    assert [article.url for article in read(whole[: whole.index("second") - 20])][:1] == ["https://feeds.example/good"]


@pytest.mark.parametrize("link", ["mailto:a@b.example", "news:x", "ftp://feeds.example/f", "//[", "mailto:a@b.c", ""])
def test_only_web_links_are_links(link: str) -> None:
    assert read(rss(f"<item><title>t</title><link>{link}</link></item>"))[0].url == ""


def test_an_entry_without_link_uses_its_name_where_that_is_one() -> None:
    article = read(rss("<item><title>t</title><guid>https://feeds.example/x</guid></item>"))[0]
    assert article.url == article.guid == "https://feeds.example/x"


def test_a_relative_name_stays_as_the_feed_wrote_it() -> None:
    """Joined to the feed's address it would change with every redirect, and each article would be new again."""
    assert read(rss("<item><title>t</title><guid>41208</guid></item>"))[0].guid == "41208"


def test_a_summary_is_not_said_twice() -> None:
    entry = (
        "<item><title>t</title><description>One &amp; two […]</description><content:encoded>{}</content:encoded></item>"
    )
    namespaced = rss(entry).replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
    repeated = read(namespaced.format("&lt;p&gt;One &amp;amp; two and three.&lt;/p&gt;"))[0]
    assert (repeated.lead, repeated.body) == ("One & two […]", "One & two and three.")
    different = read(namespaced.format("&lt;p&gt;Another text.&lt;/p&gt;"))[0]
    assert different.body == "One & two […]\n\nAnother text."


def test_content_alone_is_no_summary() -> None:
    entry = "<item><content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded></item>"
    article = read(rss(entry).replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '))[0]
    assert (article.lead, article.body) == ("", "All of it.")


def test_a_whole_article_in_the_summary_is_no_lead() -> None:
    long = "".join(f"&lt;p&gt;{'word ' * 60}&lt;/p&gt;" for _ in range(5))
    article = read(rss(f"<item><title>t</title><description>{long}</description></item>"))[0]
    assert article.lead == "" and len(article.body) > 1400


def test_what_a_person_configured_wins_over_what_a_feed_claims() -> None:
    document = rss(GOOD).replace("<channel>", "<channel><language>en-us</language>")
    assert read(document)[0].language == "en"
    assert read(document, Source("s", "https://feeds.example/rss", language="de"))[0].language == "de"


def test_no_field_is_endless() -> None:
    x = "x" * 100_000
    article = read(rss(f"<item><title>{x}</title><link>https://feeds.example/{x}</link><guid>{x}</guid></item>"))[0]
    assert len(article.title) == 2000 and article.url == "" and len(article.guid or "") < 1000


def test_direction_marks_and_controls_are_gone_from_every_field() -> None:
    marked = "a\u202b\u05d0\u202cb\u2067\u05d0\u2069c\x85\x9bd"
    article = read(
        rss(f"<item><title>{marked}</title><author>{marked}</author><description>{marked}</description></item>")
    )[0]
    for value in (article.title, article.author, article.body, article.lead):
        assert not {"\u202b", "\u202c", "\u2067", "\u2069", "\x85", "\x9b"} & set(value)


@settings(max_examples=60, deadline=2000)
@given(st.data())
def test_a_feed_cut_and_patched_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    whole = rss(GOOD, "<item><title>Größe</title><description><![CDATA[<p>x</p>]]></description></item>").encode()
    at = data.draw(st.integers(0, len(whole)))
    patch = data.draw(st.binary(max_size=6))
    try:
        articles = read(whole[:at] + patch + whole[at + data.draw(st.integers(0, 20)) :])
    except ParseError:
        return
    assert all(article.source == "s" for article in articles)


def test_an_entry_on_which_the_parser_raises_costs_only_itself() -> None:
    odd = "<item><title>Odd</title><textinput><name>q</name></textinput></item>"
    assert [article.title for article in read(rss(odd, GOOD))] == ["Good sibling"]
