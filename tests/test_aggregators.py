"""Google News, EDGAR, pages that are renamed, posts without headlines: each is told once, and none is lost."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

from monitor.store.store import Store
from tests.route_fixture import FIRST, SECOND, Route
from tests.rss_documents import Item, rss

MONDAY = "Mon, 23 Nov 2026 09:00:00 GMT"


@pytest.fixture
def route(store: Store, tmp_path: Path) -> Route:
    """A route whose two feeds were seen before."""
    made = Route(store, tmp_path)
    made.go()
    return made


def google(
    token: str, title: str = "Hafen rechnet auf H200", date: str = MONDAY, publisher: str = "finanzen.net"
) -> str:
    """An entry as Google News writes it; its token is all that its guid and link are made of."""
    link = f"https://news.google.com/rss/articles/CBMi{token}?oc=5"
    shown = f'<a href="{link}" target="_blank">{title}</a>&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font>'
    return (
        f"<item><title>{title} - {publisher}</title><link>{link}</link><guid isPermaLink='false'>CBMi{token}</guid>"
        f"<pubDate>{date}</pubDate><description>{escape(shown)}</description>"
        f"<source url='https://www.{publisher.lower().replace(' ', '')}'>{publisher}</source></item>"
    )


def feed(*entries: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Google News</title>{''.join(entries)}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("date", "hours"),
    [(MONDAY, 1), (MONDAY, 24 * 30), ("Mon, 23 Nov 2026 21:30:00 GMT", 13), ("Thu, 26 Nov 2026 08:00:00 GMT", 72)],
    ids=["at once", "a month later", "re-dated within the day", "re-dated by days"],
)
def test_an_article_that_google_news_lists_again_under_other_names_is_told_once(
    route: Route, date: str, hours: int
) -> None:
    route.web.pages[FIRST] = feed(google("A"))
    route.go(minutes=10)
    route.web.pages[FIRST] = feed(google("B", date=date))
    route.go(hours=hours)
    route.go(minutes=10)
    assert route.told == ["H200: Hafen rechnet auf H200 - finanzen.net"]


def test_another_story_under_the_same_headline_months_later_is_told(route: Route) -> None:
    route.web.pages[FIRST] = feed(google("A"))
    route.go(minutes=10)
    route.web.pages[FIRST] = feed(google("B", date="Mon, 25 Jan 2027 09:00:00 GMT"))
    route.go(days=63)
    assert len(route.told) == 2


def test_the_same_headline_of_another_publisher_is_the_same_story(route: Route) -> None:
    route.web.pages[FIRST] = feed(google("A"), google("B", publisher="Börse Global"))
    route.go(minutes=10)
    assert len(route.told) == 1
    kept = [one.title for one in route.store.views.articles(since=None, limit=100) if "Hafen" in one.title]
    assert sorted(kept) == ["Hafen rechnet auf H200 - Börse Global", "Hafen rechnet auf H200 - finanzen.net"]


def test_an_article_is_told_once_that_comes_from_google_news_and_from_its_publisher(route: Route) -> None:
    text = "Die Verwaltung mietet dafür Rechenzeit. " * 12
    title = "Der Hafen von Kiel rechnet seine Fahrpläne bis zum Frühjahr auf sechzehn neuen H200"
    route.web.pages[FIRST] = feed(google("A", title))
    route.go(minutes=10)
    route.web.pages[SECOND] = rss([Item(title, text, "own-1", "https://www.finanzen.example/hafen")])
    route.go(minutes=10)
    assert len(route.told) == 1


def test_what_was_stored_under_its_guid_is_known_under_its_new_name(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the day of an update: the archive has the old names, and the feeds still show the same articles."""
    numbered = Item("Qwen aus Peine", "Peine lernt.", "https://first.example/qwen-aus-peine/797298")
    numbered_feed = rss([Item(numbered.title, numbered.text, numbered.guid, numbered.guid)])
    with monkeypatch.context() as before:
        before.setattr("monitor.core.dedupe.keys.is_opaque", lambda url: False)
        before.setattr("monitor.core.dedupe.keys.page_number", lambda url: "")
        route.web.pages.update({FIRST: feed(google("A")), SECOND: numbered_feed})
        route.go(minutes=10)
    assert len(route.told) == 2
    route.web.pages.update({FIRST: feed(google("A"), google("C", "Anderes")), SECOND: numbered_feed + b"\n"})
    for report in route.go(minutes=10):
        assert report.edited == 0
    assert len(route.told) == 2


def filing(party: str, cik: str) -> str:
    """An entry as EDGAR writes it, once for each party to a filing."""
    folder = f"https://www.sec.gov/Archives/edgar/data/{cik}/000110465926012345"
    return (
        f"<entry><title>SC 13D - {party}</title><link rel='alternate' type='text/html' "
        f"href='{folder}/0001104659-26-012345-index.htm'/>"
        "<summary type='html'>&lt;b&gt;Filed:&lt;/b&gt; 2026-11-23 &lt;b&gt;Size:&lt;/b&gt; 40 KB</summary>"
        "<updated>2026-11-23T05:00:00-05:00</updated><category label='form type' term='SC 13D'/>"
        "<id>urn:tag:sec.gov,2008:accession-number=0001104659-26-012345</id></entry>"
    )


PARTIES = (
    filing("H200 HARBOUR CO (0001577552) (Subject)", "1577552"),
    filing("Nordbank on H200 AG (0001065521) (Filed by)", "1065521"),
    filing("Qwen Holding Ltd (0001065999) (Filed by)", "1065999"),
)


def edgar(*entries: str) -> bytes:
    head = (
        "<?xml version='1.0' encoding='ISO-8859-1' ?><feed xmlns='http://www.w3.org/2005/Atom'><title>Filings</title>"
    )
    return f"{head}{''.join(entries)}</feed>".encode("iso-8859-1")


@pytest.mark.parametrize("apart", [False, True], ids=["in one look", "in two"])
def test_a_filing_is_told_once_for_all_its_parties(route: Route, apart: bool) -> None:
    if apart:
        route.web.pages[FIRST] = edgar(PARTIES[0])
        route.go(minutes=10)
    route.web.pages[FIRST] = edgar(*PARTIES[:2])
    for _ in range(3):
        route.go(minutes=10)
    assert len(route.told) == 1


def test_a_party_that_only_another_watch_asks_for_is_told_to_that_watch(route: Route) -> None:
    route.web.pages[FIRST] = edgar(PARTIES[0])
    route.go(minutes=10)
    route.web.pages[FIRST] = edgar(*PARTIES)
    route.go(minutes=10)
    assert [title.partition(":")[0] for title in route.told] == ["H200", "Qwen"]


TEASER = "Der Chipkonzern liefert die ersten Rechner im Herbst nach Kiel, sagte die Chefin am Montag. Bezahlt ist es."


@pytest.mark.parametrize("text", [TEASER, "Mehr in Kürze."])
@pytest.mark.parametrize("hours", [1, 72])
def test_a_headline_inside_guid_and_link_may_be_edited_without_a_new_alert(route: Route, text: str, hours: int) -> None:
    edit_headline(route, text, hours)
    assert route.told == ["H200: H200 für Kiel"]


@pytest.mark.parametrize("hours", [1, 72])
def test_a_headline_without_a_text_that_says_more_is_an_update_of_the_same_article(route: Route, hours: int) -> None:
    edit_headline(route, "", hours)
    assert route.told == ["H200: H200 für Kiel", "H200: update: H200 für Kiel: die ersten Rechner"]


def edit_headline(route: Route, text: str, hours: int) -> None:
    """Publish an article, and then with a longer headline in its title, guid and link."""
    for title, slug in (("H200 für Kiel", "h200-kiel"), ("H200 für Kiel: die ersten Rechner", "h200-kiel-rechner")):
        page = f"https://first.example/de/{slug}/a-68483987"
        route.web.pages[FIRST] = rss([Item(title, text, page, page)])
        route.go(hours=hours)
        route.go(minutes=10)


def test_a_post_without_a_headline_is_matched_and_told_by_its_words(route: Route) -> None:
    post = (
        "<item><link>https://social.example/@hafen/1</link><guid>https://social.example/@hafen/1</guid>"
        "<description>&lt;p&gt;Heute sind die ersten H200 angekommen.&lt;/p&gt;</description></item>"
    )
    route.web.pages[FIRST] = feed(post)
    route.go(minutes=10)
    assert route.told == ["H200: Heute sind die ersten H200 angekommen."]
