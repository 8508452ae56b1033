"""What feeds of wires, exchanges, authorities and portals do, each with the right answer. All texts are invented."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.core.decide import needs_full_text
from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.kinds import KINDS

WIRE = "https://wire.example/rss"


def listing(document: str | bytes, url: str = WIRE, zone: str = "UTC", content_type: str = "") -> Listing:
    body = document.encode() if isinstance(document, str) else document
    return KINDS["feed"](Page(url, body, content_type), Source("s", url, timezone=zone))


def rss(items: str, names: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {names}>'
    return f"{head}<channel><title>W</title>{items}</channel></rss>"


def only(document: str | bytes, url: str = WIRE, zone: str = "UTC") -> Article:
    [article] = listing(document, url, zone).articles
    return article


NOON = datetime(2026, 2, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Fri, 06 Feb 2026 13:00:00 CET", "UTC"),
        ("Fri, 06 Feb 2026 14:00:00 CEST", "UTC"),
        ("Fri, 06 Feb 2026 13:00:00 MEZ", "UTC"),
        ("Fr, 06 Feb 2026 14:00:00 MESZ", "UTC"),
        ("Fri, 06 Feb 2026 20:00:00 HKT", "UTC"),
        ("Fri, 06 Feb 2026 13:00:00 BST", "UTC"),
        ("Fri, 06 Feb 2026 20:00:00 GMT+8", "UTC"),
        ("2026-02-06T13:00:00+01:00", "UTC"),
        ("2026-02-06 13:00:00", "Europe/Berlin"),  # a portal that never writes its zone
        ("20260206T120000Z", "UTC"),
        ("06.02.2026 - 13:00:00", "Europe/Berlin"),
        ("6. Februar 2026, 13:00 Uhr", "Europe/Berlin"),
        ("1770379200", "UTC"),
    ],
)
@pytest.mark.parametrize("element", ["pubDate", "dc:date"])
def test_a_date_means_the_same_moment_however_a_feed_writes_it(written: str, zone: str, element: str) -> None:
    item = f"<item><title>t</title><{element}>{written}</{element}></item>"
    assert only(rss(item, 'xmlns:dc="http://purl.org/dc/elements/1.1/"'), zone=zone).published_at == NOON


@pytest.mark.parametrize("written", ["", "0001-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "31.02.2026"])
def test_a_date_that_is_none_leaves_the_article_without_one(written: str) -> None:
    assert only(rss(f"<item><title>t</title><pubDate>{written}</pubDate></item>")).published_at is None


def test_an_ad_hoc_release_has_its_isin_as_a_tag_and_keeps_its_prefix() -> None:
    names = 'xmlns:fn="https://portal.example/ns/fn"'
    item = (
        "<item><title>EQS-Adhoc: Hafenwerk AG hebt die Prognose an</title><fn:isin>{}</fn:isin>"
        "<pubDate>2026-07-05T08:00:00+02:00</pubDate></item>"
    )
    article = only(rss(item.format("DE0007164600"), names))
    assert (article.title, article.tags) == ("EQS-Adhoc: Hafenwerk AG hebt die Prognose an", ("DE0007164600",))
    assert article.published_at == datetime(2026, 7, 5, 6, tzinfo=UTC)
    assert only(rss(item.format("US01609W1027, DE0007164600"), names)).tags == ("US01609W1027", "DE0007164600")
    assert only(rss(item.format(""), names)).tags == ()
    assert only(rss(item.format("DE0007164600"))).tags == ("DE0007164600",)  # the prefix is not declared


def test_a_release_has_isin_and_ticker_of_its_categories_as_tags() -> None:
    item = (
        '<item><title>t</title><category domain="https://wire.example/rss/ISIN">US01609W1027</category>'
        '<category domain="https://wire.example/rss/stock">NYSE:BABA</category><category>Earnings</category></item>'
    )
    assert only(rss(item)).tags == ("US01609W1027", "NYSE:BABA", "Earnings")


EDGAR = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Latest filings</title>
<link rel="alternate" href="/cgi-bin/browse-edgar?action=getcurrent"/>
<link rel="self" href="/cgi-bin/browse-edgar?action=getcurrent&amp;output=atom"/>
<entry><title>6-K - HAFENGESELLSCHAFT SÜD (0001577000) (Filer)</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/1577000/000110465926012345/0001104659-26-012345-index.htm"/>
<summary type="html"> &lt;b&gt;Filed:&lt;/b&gt; 2026-02-06 &lt;b&gt;AccNo:&lt;/b&gt; 0001104659-26-012345 &lt;b&gt;Size:&lt;/b&gt; 40 KB</summary>
<updated>2026-02-06T07:00:00-05:00</updated><category scheme="https://www.sec.gov/" label="form type" term="6-K"/>
<id>urn:tag:sec.gov,2008:accession-number=0001104659-26-012345</id></entry></feed>"""  # noqa: E501


def test_edgar_is_read_in_its_own_encoding_with_its_form_as_a_tag() -> None:
    found = listing(EDGAR.encode("iso-8859-1"), "https://www.sec.gov/cgi-bin/browse-edgar?output=atom")
    [article] = found.articles
    assert article.title == "6-K - HAFENGESELLSCHAFT SÜD (0001577000) (Filer)"
    assert article.lead == "Filed: 2026-02-06 AccNo: 0001104659-26-012345 Size: 40 KB"
    assert article.tags == ("form type", "6-K")
    assert (article.published_at, article.guid) == (NOON, "urn:tag:sec.gov,2008:accession-number=0001104659-26-012345")
    assert found.topic == "https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent&output=atom"
    assert (found.encoding, found.quirks) == ("cp1252", ())


def test_an_rdf_feed_without_any_dates_is_read_and_said_to_have_none() -> None:
    items = "".join(f'<item rdf:about="https://asia.example/{n}"><title>T{n}</title><link>https://asia.example/{n}</link></item>'
                    for n in range(3))  # fmt: skip
    head = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    found = listing(f"{head}<channel><title>Asia</title></channel>{items}</rdf:RDF>")
    assert [(one.title, one.published_at) for one in found.articles] == [("T0", None), ("T1", None), ("T2", None)]
    assert (found.form, found.quirks) == ("RSS 1.0", ("entries without date: 3 of 3",))


@pytest.mark.parametrize(
    ("url", "content_type"),
    [
        ("https://wire.example/device/rss/rss.html", "text/html; charset=utf-8"),
        ("https://bank.example/rss/press.html", ""),
        ("https://wire.example/feed.json", "application/json"),
        ("https://wire.example/feed", "application/octet-stream"),
    ],
)
def test_a_feed_is_known_by_its_root_and_not_by_its_address_or_type(url: str, content_type: str) -> None:
    assert len(listing(rss("<item><title>t</title></item>"), url, content_type=content_type).articles) == 1


def test_an_aggregator_s_entry_has_its_publisher_as_author() -> None:
    item = "<item><title>H - {0}</title><source url='https://www.boerse.example'>{0}</source>{1}</item>"
    assert only(rss(item.format("Börse Beispiel", ""))).author == "Börse Beispiel"
    assert only(rss(item.format("", ""))).author == "boerse.example"
    assert only(rss(item.format("Börse Beispiel", "<author>Ida</author>"))).author == "Ida"


def test_a_search_engine_s_link_is_the_publisher_s_page() -> None:
    link = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&amp;tid=1&amp;url=https%3a%2f%2fwww.x.example%2fa%3fid%3d7&amp;c=9"
    article = only(rss(f"<item><title>t</title><link>{link}</link></item>"))
    assert article.url == "https://www.x.example/a?id=7"
    assert needs_full_text(article, Source("bing", WIRE).full_text)


@pytest.mark.parametrize(
    "post", ["<p>Erste H200 sind da.</p><p>Mehr morgen.</p>", "Erste H200 sind da.\n\nMehr morgen."]
)
def test_a_post_without_a_title_has_a_text(post: str) -> None:
    names = "<link>/profile/x/post/1</link><guid isPermaLink='false'>at://did/1</guid>"
    item = f"<item>{names}<description><![CDATA[{post}]]></description></item>"
    article = only(rss(item), "https://social.example/profile/x/rss")
    assert (article.title, article.body) == ("", "Erste H200 sind da.\n\nMehr morgen.")
    assert (article.url, article.guid) == ("https://social.example/profile/x/post/1", "at://did/1")


@pytest.mark.parametrize("guid", ["0f3a-11", "yahoo:finance:1", "4711"])
def test_a_guid_that_is_no_permalink_is_a_name_and_not_an_address(guid: str) -> None:
    item = f"<item><title>t</title><guid isPermaLink='false'>{guid}</guid><link>https://x.example/a</link></item>"
    article = only(rss(item))
    assert (article.guid, article.url) == (guid, "https://x.example/a")


def test_one_release_in_two_languages_is_two_articles_with_their_languages() -> None:
    item = "<item><title>{}</title><link>https://eqs.example/{}/1</link></item>"
    found = listing(rss(item.format("Hafen AG hebt an", "de") + item.format("Hafen AG raises", "en"))).articles
    assert [one.url for one in found] == ["https://eqs.example/de/1", "https://eqs.example/en/1"]


@pytest.mark.parametrize(
    "document",
    [
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Release notes</title><id>tag:git.example,2008:x</id></feed>',
        "<rss version='2.0'><channel><title>W</title><skipDays><day>Saturday</day></skipDays></channel></rss>",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": []}',
    ],
)
def test_a_valid_feed_without_entries_is_no_error(document: str) -> None:
    found = listing(document)
    assert (found.articles, found.quirks) == ((), ("it has no entries",))
    assert found.title


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the answer is empty"),
        ("   \n", "the answer is empty"),
        ("<!doctype html><html><title>Group</title><div id='app'></div>", 'a web page called "Group"'),
        ("<html><title>Just a moment...</title>", "looks like a check for robots"),
        ("<html><form action='https://consent.google.com/save'>", "looks like a question of consent"),
        ('{"error": "rate limit exceeded"}', 'an error in JSON, not a feed: "rate limit exceeded"'),
        ("Too Many Requests", "it begins with 'Too Many Requests'"),
        ("<Error><Code>AccessDenied</Code></Error>", "a <error> document"),
    ],
)
def test_what_comes_instead_of_a_feed_is_told_in_its_own_words(body: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        listing(body)
    assert said in str(caught.value)
