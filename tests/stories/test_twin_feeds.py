"""A site's feed and a search of the same site: one alert, and where one of the two dies the other goes on."""

from __future__ import annotations

from tests.peers import FeedServer
from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases

HEADLINES = (
    "Quorion Aktie: Auftrag für zwei Fähren",
    "Lumetra Aktie: Vorstand verkauft die Kabelsparte",
    "Osmara Aktie: Prognose bleibt bestehen",
    "Tandril Aktie: Streik beginnt am Montag",
    "Hespera Aktie: Zulassung in Kanada",
)


def article(headline: str) -> Entry:
    """An entry as both feeds list it: one guid, one link."""
    page = f"https://site.example/aktien/{headline[:6].lower()}"
    return Entry(headline, f"{headline}. Mehr dazu steht auf der Seite des Hauses.", guid=page, link=page)


@cases("headline", HEADLINES)
def test_what_the_site_and_its_search_list_is_one_alert(story: Story, headline: str) -> None:
    story.begin("site", "search")
    story.poll_all({"site": [article(headline), OLD], "search": [article(headline)]})
    assert story.alerts == [headline]
    story.poll_all({"site": [article(headline), OLD], "search": [article(headline)]}, hours=1)
    assert story.alerts == [headline]


@cases("dead", ("site", "search"))
def test_where_one_of_them_dies_the_other_goes_on_and_nothing_is_alerted_twice(story: Story, dead: str) -> None:
    alive = "search" if dead == "site" else "site"
    story.begin("site", "search")
    first, second = article(HEADLINES[0]), article(HEADLINES[1])
    story.poll_all({"site": [first, OLD], "search": [first]})
    fail(story.web, dead)
    story.run([dead])
    assert story.new_alerts(alive, [second, first, OLD], hours=2) == [second.title]
    story.poll(dead, [second, first, OLD], hours=20)
    assert story.alerts == [first.title, second.title]


def fail(web: FeedServer, feed: str) -> None:
    """Let a feed answer with an error of its server."""
    web.put(f"/{feed}", b"broken", status=503)
