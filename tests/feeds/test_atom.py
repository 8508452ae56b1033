"""Atom as it is written: text that is text, markup inline, bases, several links, media."""

from __future__ import annotations

import pytest

from monitor.core.model.articles import Article
from monitor.core.model.polling import Page, Source
from monitor.feeds.kinds import KINDS

BASE = "https://feeds.example/forum/new.rss"  # Atom under the name of another format


def only(entry: str, feed: str = "") -> Article:
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" {feed}><title>T</title>'
    document = f"{head}<entry><id>urn:x:a</id>{entry}</entry></feed>"
    [article] = KINDS["feed"](Page(BASE, document.encode()), Source("s", BASE)).articles
    return article


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("<title>a &lt;b&gt; c &amp;amp; d</title>", "a <b> c &amp; d"),
        ('<title type="text">B&amp;uuml;rse &lt;b&gt;H200&lt;/b&gt;</title>', "B&uuml;rse <b>H200</b>"),
        ('<title type="html">B&amp;uuml;rse &lt;b&gt;H200&lt;/b&gt;</title>', "Bürse H200"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>bold</b> H200</div></title>',
            "A bold H200",
        ),
        ("<title><![CDATA[AT&T & H200]]></title>", "AT&T & H200"),
        ("<title>AT&T H200 & Qwen</title>", "AT&T H200 & Qwen"),
    ],
)
def test_atom_s_plain_text_is_taken_at_its_word_and_its_markup_is_read(title: str, seen: str) -> None:
    assert only(title).title == seen


def test_xhtml_content_becomes_paragraphs() -> None:
    content = '<div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>H200</b>.</p><p>Two.</p></div>'
    assert only(f'<content type="xhtml">{content}</content>').body == "One H200.\n\nTwo."


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link href="/a"/>', "https://feeds.example/a"),
        (
            '<link rel="self" href="/s"/><link rel="enclosure" href="/e.mp3"/><link href="/a"/>',
            "https://feeds.example/a",
        ),
        ('<link rel="alternate" href="/a"/><link rel="replies" href="/c"/>', "https://feeds.example/a"),
        ('<link type="text/html" href="/a"/><link type="application/pdf" href="/a.pdf"/>', "https://feeds.example/a"),
        ('<link rel="related" href="/r"/>', "https://feeds.example/r"),
        ('<link rel="self" href="/self"/>', ""),
    ],
)
def test_of_several_links_the_page_is_taken(links: str, url: str) -> None:
    assert only(f"<title>t</title>{links}").url == url


@pytest.mark.parametrize(
    ("feed", "entry", "url"),
    [
        ('xml:base="https://base.example/x/"', '<link href="a/b"/>', "https://base.example/x/a/b"),
        ('xml:base="/x/"', '<link href="a"/>', "https://feeds.example/x/a"),
        ('xml:base="https://base.example/x/"', '<link xml:base="y/" href="a"/>', "https://base.example/x/y/a"),
        ("", '<link href="../a?b=%20c"/>', "https://feeds.example/a?b=%20c"),
        ("", '<link href="//other.example/a"/>', "https://other.example/a"),
    ],
)
def test_relative_links_are_joined_to_the_nearest_base(feed: str, entry: str, url: str) -> None:
    assert only(entry, feed).url == url


def test_a_video_s_description_is_its_text() -> None:
    media = (
        '<title>Video</title><link rel="alternate" href="https://video.example/watch?v=a"/><media:group>'
        "<media:title>M</media:title><media:description>The description says H200.</media:description></media:group>"
    )
    article = only(media, 'xmlns:media="http://search.yahoo.com/mrss/"')
    assert (article.title, article.body) == ("Video", "The description says H200.")


def test_a_forum_s_post_is_read_without_its_comments_and_markup() -> None:
    content = (
        '&lt;!-- SC_OFF --&gt;&lt;div class="md"&gt;&lt;p&gt;Text zu H200&lt;/p&gt;&lt;/div&gt;&lt;!-- SC_ON --&gt; '
        "&amp;#32; eingereicht von"
    )
    article = only(
        f'<title>Post</title><author><name>/u/ida</name></author><category term="Aktien" label="r/Aktien"/>'
        f'<content type="html">{content}</content><link href="https://forum.example/r/Aktien/1"/>'
    )
    assert (article.body, article.author) == ("Text zu H200\n\neingereicht von", "/u/ida")
    assert article.tags == ("r/Aktien", "Aktien")


def test_a_source_names_the_feed_that_an_entry_was_taken_from() -> None:
    source = "<source><title>Own feed</title><id>urn:x:own</id><link rel='hub' href='https://no.example/'/></source>"
    assert only(f"<title>t</title>{source}").author == "Own feed"
    assert only(f"<title>t</title><author><name>Ida</name></author>{source}").author == "Ida"
