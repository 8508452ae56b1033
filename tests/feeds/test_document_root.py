"""Feed or not, told from the root element; and what is cut away before a parser sees it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ParseError
from monitor.feeds import repair

FEED = '<rss version="2.0"><channel/></rss>'

NOT_FEEDS = [
    ("", "empty"),
    ("  \n\t ", "empty"),
    ("<!DOCTYPE html><html><head><title>Just a moment...</title>", "html"),
    ("<html><body>please log in</body></html>", "html"),
    ("\n<!-- wall --><HTML>", "html"),
    ("<!doctype HTML>\n<div>", "html"),
    ("<script>location='/consent'</script>", "html"),
    ("Service unavailable", "not-a-feed"),
    ("/srv/feed.xml", "not-a-feed"),
    ("http://127.0.0.1:8000/meta", "not-a-feed"),
    ('<?xml version="1.0"?><urlset><url/></urlset>', "not-a-feed"),
    ("<Error><Code>AccessDenied</Code></Error>", "not-a-feed"),
    ("<!DOCTYPE x [<!ENTITY a 'b'>", "not-a-feed"),
    ("<!-- never closed <rss>", "not-a-feed"),
]


@pytest.mark.parametrize(("text", "kind"), NOT_FEEDS)
def test_what_is_not_a_feed_is_told_by_its_kind(text: str, kind: str) -> None:
    with pytest.raises(ParseError) as caught:
        repair.extract_root(text)
    assert caught.value.kind == kind


def test_a_wall_is_called_by_its_title() -> None:
    with pytest.raises(ParseError, match='a web page called "Attention Required!", not a feed'):
        repair.extract_root("<html><head>\n<title>\n Attention Required!\n</title>")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><head><title>Just a moment...</title>", 'called "Just a moment..." that looks like a check for robots'),
        ("<html><script src='https://geo.captcha-delivery.example/c.js'></script>", "looks like a check for robots"),
        ("<html><form action='https://consent.google.com/save'>", "looks like a question of consent"),
        ("<html><h1>Bevor Sie fortfahren</h1>", "looks like a question of consent"),
        ("<html><title>Anmelden</title><form>", 'called "Anmelden" that looks like a login'),
        ("<html><h1>Access Denied</h1>", "looks like a refusal"),
        ("<html><title>404 Not Found</title>", "looks like an error page"),
        ("<html><p>Wir führen Wartungsarbeiten durch.", "looks like a notice of maintenance"),
        ("<html><title>Börse heute</title><p>DAX", 'a web page called "Börse heute", not a feed'),
        ("<urlset><url/></urlset>", 'a sitemap, not a feed; write kind = "sitemap"'),
        ("<sitemapindex/>", 'a sitemap, not a feed; write kind = "sitemap"'),
        ("", "the answer is empty"),
        ("Too many requests", "it begins with 'Too many requests'"),
    ],
)
def test_each_wall_is_called_by_its_name(page: str, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        repair.extract_root(page)
    assert said in str(caught.value)


@pytest.mark.parametrize("piece", ["<title", "<title>", "consent", "just a moment"])
def test_a_wall_that_repeats_itself_is_a_wall(piece: str) -> None:
    with pytest.raises(ParseError) as caught:
        repair.extract_root("<html>" + piece * 40)
    assert caught.value.kind == "html"


@pytest.mark.parametrize(
    "before",
    [
        "\ufeff",
        "\n \n",
        '<?xml version="1.0"?>\n<?xml-stylesheet href="x"?>',
        "<!-- generated <rss> at noon -->",
        '<!DOCTYPE rss PUBLIC "-//N//DTD" "http://x.example/r.dtd">',
        '<!DOCTYPE rss [<!ENTITY mill "The mill">]>',
        "<br />\n<b>Warning</b>: include(): failed in <b>/var/www/x.php</b> on line <b>3</b><br />\n",
        "Notice: Undefined index 3 < 4\n",
    ],
)
def test_what_stands_before_the_root_is_dropped(before: str) -> None:
    assert repair.extract_root(before + FEED) == FEED


@pytest.mark.parametrize("behind", ["", "\n", "<script>track()</script>", "<!-- 0.12 s --><p>", "</html>"])
def test_what_stands_behind_the_root_is_dropped(behind: str) -> None:
    assert repair.extract_root(FEED + behind) == FEED


def test_a_feed_cut_short_keeps_what_came() -> None:
    cut = "<rss><channel><item><title>a</title></item><item><tit"
    assert repair.extract_root(cut) == cut


@pytest.mark.parametrize("name", ["feed", "atom:feed", "rdf:RDF", "RSS", "a:rss"])
def test_every_feed_root_is_known(name: str) -> None:
    assert repair.extract_root(f"<{name}></{name}>") == f"<{name}></{name}>"


@pytest.mark.parametrize("piece", ["\n", "<", "<!", "<?", "<!--", "<!DOCTYPE a [", "<![CDATA[", "<!ENTITY ", "]", "</"])
def test_a_prolog_that_repeats_itself_is_passed_or_is_no_feed(piece: str) -> None:
    with suppress(ParseError):
        assert repair.extract_root(piece * 40 + FEED).endswith("</rss>")


@given(st.text("<>!-?[]ars/ &;", max_size=200))
def test_any_text_is_a_root_or_a_parse_error(text: str) -> None:
    try:
        assert repair.extract_root(text).startswith("<")
    except ParseError as error:
        assert str(error)


def test_a_prolog_of_declarations_is_passed() -> None:
    assert repair.extract_root("<!x>" * 40 + FEED) == FEED
    with pytest.raises(ParseError):
        repair.extract_root("<!x>" * 40)


def test_a_root_may_stand_as_late_as_the_bound_says_and_no_later() -> None:
    before = "<br/>" + "x" * (repair.MAX_ROOT_OFFSET - len("<br/><rss"))
    assert repair.extract_root(before + FEED) == FEED
    with pytest.raises(ParseError, match="<br> document"):
        repair.extract_root(before + "x" + FEED)
