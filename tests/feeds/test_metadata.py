"""What an XML feed says of itself, in every form that says it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Schedule, Source
from monitor.feeds import metadata
from monitor.feeds.decode import DecodedText
from monitor.feeds.kinds import KINDS
from monitor.feeds.repair import repair_text

BASE = "https://feeds.example/news/rss"
ITEM = "<item><title>An article</title><link>/a</link><atom:link rel='hub' href='https://no.example/'/></item>"
NAMES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:a10="http://www.w3.org/2005/Atom" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def rss(said: str, behind: str = "", version: str = "2.0") -> str:
    return f'<rss version="{version}" {NAMES}><channel>{said}{ITEM}{behind}</channel></rss>'


def read(document: str) -> Listing:
    return metadata.parse_metadata(repair_text(document), BASE)


FORMS = [
    ('<rss version="2.0"><channel/></rss>', "RSS 2.0"),
    ('<rss version="0.91"><channel/></rss>', "RSS 0.91"),
    ('<rss version="0.92"><channel/></rss>', "RSS 0.92"),
    ("<rss><channel/></rss>", "RSS"),
    ('<rss version="two"><channel/></rss>', "RSS"),
    ('<RSS version="2.0"><channel/></RSS>', "RSS 2.0"),
    ('<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/"><channel/></rdf:RDF>', "RSS 1.0"),
    ('<rdf:RDF xmlns:rdf="r" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel/></rdf:RDF>', "RSS 0.90"),
    ('<rdf:RDF xmlns:rdf="r"><channel xmlns="http://purl.org/rss/1.0/"/></rdf:RDF>', "RSS 1.0"),
    ('<rdf:RDF xmlns:rdf="r"><channel/></rdf:RDF>', "RSS"),
    ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "Atom 1.0"),
    ('<a:feed xmlns:a="http://www.w3.org/2005/Atom"/>', "Atom 1.0"),
    ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"/>', "Atom 0.3"),
    ("<feed/>", "Atom"),
    (f'<rss version="2.0" {NAMES}><channel/></rss>', "RSS 2.0"),  # which declares Atom's namespace too
    (
        '<rdf:RDF xmlns:rdf="r" xmlns:a="http://www.w3.org/2005/Atom" xmlns="http://purl.org/rss/1.0/"><channel/></rdf:RDF>',
        "RSS 1.0",
    ),
    ("<channel><title>x</title></channel>", "RSS"),
]


@pytest.mark.parametrize(("document", "form"), FORMS)
def test_a_form_is_told_from_root_version_and_namespace(document: str, form: str) -> None:
    assert read(document).form == form


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (rss("<itunes:title>A podcast</itunes:title><title> B&amp;uuml;rse &amp; Co. </title>"), "Bürse & Co."),
        (rss("<image><title>A picture</title></image><title>A feed</title>"), "A feed"),
        (rss("<title><![CDATA[A & <b>B</b>]]></title>"), "A & B"),
        (rss("", "<title>Behind the entries</title>"), "Behind the entries"),
        (rss(""), ""),
        ('<feed xmlns="http://www.w3.org/2005/Atom"><title>a &lt;b&gt; c</title></feed>', "a <b> c"),
        ('<feed><title type="html">a &lt;b&gt;c&lt;/b&gt;</title></feed>', "a c"),
        ('<feed><title type="xhtml"><div>a <b>c</b></div></title><author><name>N</name></author></feed>', "a c"),
        ('<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title></a:feed>', "T"),
        ('<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/"><channel><title>T</title></channel></rdf:RDF>', "T"),
    ],
)
def test_a_feed_has_the_title_that_is_its_own(document: str, title: str) -> None:
    assert read(document).title == title


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("<ttl>15</ttl>", 900),
        ("<ttl> 60\n</ttl>", 3600),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>an hour</ttl>", None),
        ("<ttl>٣</ttl>", None),
        ("<ttl/>", None),
        ("<ttl>100000</ttl>", 86_400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        ("<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21_600),
        ("<updatePeriod>hourly</updatePeriod><updateFrequency>120</updateFrequency>", 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 86_400),
        ("<sy:updatePeriod>fortnightly</sy:updatePeriod>", None),
        ("<sy:updateFrequency>4</sy:updateFrequency>", None),
        ("<ttl>15</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600),  # the longest of both
        ("<ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 5400),
        ("<ttl>5</ttl><ttl>30</ttl>", 1800),
        ("<image><ttl>5</ttl></image>", None),
    ],
)
def test_a_pause_is_what_ttl_and_the_syndication_module_ask_for(said: str, pause: float | None) -> None:
    assert read(rss(said)).schedule == Schedule(pause)
    assert read(rss("", said)).schedule == Schedule(pause)


def hours(*values: object) -> str:
    return f"<skipHours>{''.join(f'<hour>{value}</hour>' for value in values)}</skipHours>"


def days(*values: str) -> str:
    return f"<skipDays>{''.join(f'<day>{value}</day>' for value in values)}</skipDays>"


@pytest.mark.parametrize(
    ("said", "schedule"),
    [
        (hours(0, 1, 23), Schedule(skip_hours=(0, 1, 23))),
        (hours(24, 3, 3, "07"), Schedule(skip_hours=(0, 3, 7))),
        (hours(25, -1, "noon", ""), Schedule()),
        (hours(*range(24)), Schedule()),  # who never wants to be asked is not understood
        (days("Saturday", "Sunday"), Schedule(skip_days=(5, 6))),
        (days("sun", "MON", "Samstag"), Schedule(skip_days=(0, 6))),
        (days("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), Schedule()),
        ("<hour>3</hour><day>Monday</day>", Schedule()),
        (hours(2) + days("Sunday"), Schedule(skip_hours=(2,), skip_days=(6,))),
    ],
)
def test_every_hour_and_day_to_skip_is_kept(said: str, schedule: Schedule) -> None:
    assert read(rss(said)).schedule == schedule
    assert read(rss("", said)).schedule == schedule


def test_hubs_and_topic_are_those_of_the_feed_and_not_of_an_entry() -> None:
    said = (
        '<atom:link rel="self" href="rss?full=1"/><a10:link rel="Hub" href="https://hub.example/"/>'
        '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="hub" href="//other.example/hub"/>'
        '<atom:link rel="hub" href="news:x"/><atom:link rel="hub"/>'
        '<image><atom:link rel="hub" href="/i"/></image>'
    )
    found = read(rss(said))
    assert found.hubs == ("https://hub.example/", "https://other.example/hub")
    assert found.topic == "https://feeds.example/news/rss?full=1"


def test_a_feed_may_name_no_more_hubs_than_anybody_would_ask() -> None:
    said = "".join(f'<atom:link rel="hub" href="https://hub.example/{n}"/>' for n in range(100))
    assert read(rss(said)).hubs == tuple(f"https://hub.example/{n}" for n in range(metadata.MAX_LINKS))


def test_a_base_moves_the_links_of_a_feed() -> None:
    document = (
        '<feed xml:base="https://base.example/x/"><link rel="self" href="me"/><link rel="next" href="?p=2"/></feed>'
    )
    assert read(document).topic == "https://base.example/x/me"
    assert read(document).more == ("https://base.example/x/?p=2",)


def test_further_pages_and_archives_are_named() -> None:
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="/p2"/><link rel="prev-archive" href="/2025"/>'
        '<link rel="previous" href="/p0"/><link rel="alternate" href="/"/></feed>'
    )
    assert read(document).more == ("https://feeds.example/p2", "https://feeds.example/2025")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (
            "domain='a.example' port='80' path='/?rsscloud=notify' protocol='http-post'",
            "http://a.example/?rsscloud=notify",
        ),
        (
            "domain='a.example' port='5337' path='pleaseNotify' protocol='HTTP-POST'",
            "http://a.example:5337/pleaseNotify",
        ),
        ("domain='a.example' port='443' path='/n' protocol='http-post'", "https://a.example/n"),
        ("domain='a.example' path='/n' protocol='http-post'", "http://a.example/n"),
        ("domain='a.example' port='80' path='/RPC2' protocol='xml-rpc'", ""),
        ("domain='a.example' port='80' path='/soap' protocol='soap'", ""),
        ("domain='x@127.0.0.1' port='80' path='/' protocol='http-post'", ""),
        ("domain='a.example' port='80/..' path='/' protocol='http-post'", ""),
        ("domain='a.example' port='99999' path='/' protocol='http-post'", ""),
        ("domain='' port='80' path='/' protocol='http-post'", ""),
        ("", ""),
    ],
)
def test_a_cloud_is_an_address_where_it_takes_posts(given: str, address: str) -> None:
    assert read(rss(f"<cloud {given}/>")).cloud == address


def test_a_fault_costs_only_what_stands_behind_it() -> None:
    found = read(
        rss("<title>T</title><ttl>15</ttl><description>a <br> b</description><atom:link rel='self' href='/'/>")
    )
    assert (found.title, found.schedule.pause, found.topic) == ("T", 900, "")
    cut = read(rss("<title>T</title><ttl>15</ttl>")[:-40])
    assert (cut.title, cut.schedule.pause) == ("T", 900)
    unbound = read('<rss version="2.0"><channel><what:ever>1</what:ever><title>T</title></channel></rss>')
    assert unbound.title == "T"


def test_a_broken_entry_costs_the_heading_nothing() -> None:
    document = rss("<title>T</title>", "<item><title>a <br> b</title></item><ttl>15</ttl>")
    assert (read(document).title, read(document).schedule.pause) == ("T", 900)


def test_a_feed_s_listing_has_its_articles_and_what_it_says_of_itself() -> None:
    document = rss("<title>T</title><ttl>15</ttl>").encode()
    found = KINDS["feed"](Page(BASE, document), Source("s", BASE))
    assert [one.title for one in found.articles] == ["An article"]
    assert replace(found, articles=(), quirks=()) == Listing(
        title="T", schedule=Schedule(900), form="RSS 2.0", encoding="utf-8"
    )


def test_what_was_found_out_about_the_entries_is_kept_beside_the_heading() -> None:
    entries = Listing((Article("s", "t"),), known=7, slices=b"12345678", quirks=("not well-formed",))
    found = metadata.add_metadata(entries, rss("<title>T</title>"), DecodedText(rss(""), "utf-8"), BASE)
    assert (found.articles, found.known, found.slices) == (entries.articles, 7, b"12345678")
    assert found.quirks[0] == "not well-formed" and found.title == "T"


PIECES = ("<", "<a>", "<a b='c'>", "<title>", "<hour>1</hour>", "<link rel='hub' href='/x'/>", "<!--", "<![CDATA[",
          "</item>", "<item ", "<item><", "\n", "]]>")  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_heading_that_repeats_itself_is_read_up_to_a_bound(piece: str) -> None:
    for opening in ("<rss><channel>", "<rss><channel><item></item>"):
        found = metadata.parse_metadata(opening + piece * (4_000 // len(piece)), BASE)
        assert len(found.hubs) <= metadata.MAX_LINKS


shards = st.sampled_from(
    ["<rss>", "<channel>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<title>", "</title>", "<ttl>9</ttl>",
     "<item>", "</item>", "<link rel='self' href='", "'/>", "<cloud domain='a' protocol='http-post' port='", "<hour>",
     "]]>", "&#0;", "</channel>", "</rss>", "<![CDATA[", "http://[", "\x00", "\ud800", " xml:base='"]
)  # fmt: skip


@given(st.lists(shards | st.text(max_size=5), max_size=14).map("".join))
def test_any_text_has_a_heading(text: str) -> None:
    for document in (text, repair_text(text)):
        found = metadata.parse_metadata(document, BASE)
        assert found.articles == ()
        assert all(address.startswith("http") for address in (*found.hubs, *found.more))
