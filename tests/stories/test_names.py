"""Names that do not identify: forms that recur, one guid or link for all, posts without a title, two company feeds."""

from __future__ import annotations

import pytest

from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases
from tests.stories.texts import REPORTS

DAILY_FORMS = (
    "Rolls-Royce Holdings: Transaction in Own Shares",
    "Quorion Werke AG: Net Asset Value(s)",
    "Lumetra plc - Total Voting Rights",
    "Tandril Rail SE: Aktienrückkauf - 14. Zwischenmeldung",
    "Osmara SpA: acquisto di azioni proprie",
)


@cases("headline", DAILY_FORMS)
def test_a_form_without_text_that_comes_every_day_is_told_every_day(story: Story, headline: str) -> None:
    story.begin("wires")
    listed = [OLD]
    for day in range(5):
        listed.insert(0, Entry(headline, name=f"rns/{7000 + 31 * day}"))
        assert story.new_alerts("wires", listed[:3], days=1) == [headline], f"day {day + 1}"


@cases("headline", DAILY_FORMS)
def test_a_form_that_stays_listed_for_days_is_told_once(story: Story, headline: str) -> None:
    story.begin("wires")
    one = Entry(headline, name="rns/7000")
    for day in range(4):
        assert story.new_alerts("wires", [one, OLD], hours=20) == [headline][: day == 0]


@cases("headline", DAILY_FORMS)
def test_a_form_under_the_same_link_with_another_guid_is_told_once(story: Story, headline: str) -> None:
    story.begin("wires")
    first, again = (Entry(headline, name="rns/7000", guid=guid) for guid in ("a-1", "b-1"))
    assert story.new_alerts("wires", [first, OLD]) == [headline]
    assert story.new_alerts("wires", [again, OLD]) == []


ISSUERS = (
    "Quorion Werke Holding AG",
    "Lumetra plc",
    "Compagnie Osmara de Bretagne SA",
    "Tandril Rail Beteiligungs SE & Co. KGaA",
    "株式会社ルメトラ",
)


@cases("issuer", ISSUERS)
def test_an_issuer_as_headline_over_another_statement_a_minute_later_is_told(story: Story, issuer: str) -> None:
    story.begin("wires")
    first = Entry(issuer, "Presentation for investors: the slides of the third quarter are on our pages.", name="1")
    second = Entry(issuer, "Profit warning: the board cuts its outlook for the year and stops the dividend.", name="2")
    assert story.new_alerts("wires", [first, OLD]) == [issuer]
    assert story.new_alerts("wires", [second, first, OLD], minutes=1) == [issuer]
    assert story.links == ["https://wires.example/1", "https://wires.example/2"]


@cases("issuer", ISSUERS)
def test_an_issuer_as_headline_without_text_under_another_link_is_told(story: Story, issuer: str) -> None:
    story.begin("wires")
    first, second = Entry(issuer, name="1"), Entry(issuer, name="2")
    story.poll("wires", [first, OLD])
    assert story.new_alerts("wires", [second, first, OLD], minutes=1) == [issuer]


ONE_GUID = (
    ("Quorion Werke AG: opening", "Quorion Werke AG: resignation", "Quorion Werke AG: order of the navy"),
    ("Alibaba hebt die Preise", "Alibaba verkauft seine Logistiksparte", "Alibaba vor Gericht in Hangzhou"),
    ("Lumetra: results", "Lumetra: resignation of a director", "Lumetra: offer for Corvane"),
    ("Tandril Rail SE - Streik", "Tandril Rail SE - Fahrplan", "Tandril Rail SE - Vorstand"),
    ("Śnieżka podnosi ceny", "Śnieżka zamyka fabrykę", "Śnieżka kupuje rywala"),
)


@cases("headlines", ONE_GUID)
def test_entries_that_share_one_guid_and_a_company_name_are_each_told(story: Story, headlines: tuple[str, ...]) -> None:
    story.begin("wires")
    entries = [Entry(title, guid="company-feed", name=f"n{n}") for n, title in enumerate(headlines)]
    assert story.new_alerts("wires", entries) == sorted(headlines)
    assert story.new_alerts("wires", list(reversed(entries))) == []


@cases("headlines", ONE_GUID)
def test_an_entry_that_joins_others_under_their_guid_is_told(story: Story, headlines: tuple[str, ...]) -> None:
    story.begin("wires")
    entries = [Entry(title, guid="company-feed", name=f"n{n}") for n, title in enumerate(headlines)]
    assert story.new_alerts("wires", entries[:2]) == sorted(headlines[:2])
    assert story.new_alerts("wires", entries[1:]) == [headlines[2]]
    assert story.new_alerts("wires", entries[2:]) == []


@cases("headlines", ONE_GUID)
def test_entries_without_guid_that_share_one_link_are_each_told(story: Story, headlines: tuple[str, ...]) -> None:
    story.begin("overview")
    entries = [
        Entry(title, f"{title}. {text}", guid="", link="https://overview.example/press", name=f"n{n}")
        for n, (title, text) in enumerate(zip(headlines, REPORTS.values(), strict=False))
    ]
    assert story.new_alerts("overview", [*entries[:2], OLD]) == sorted(headlines[:2])
    assert story.new_alerts("overview", [*entries[::-1], OLD]) == [headlines[2]]
    assert story.new_alerts("overview", entries) == []


@cases("headlines", ONE_GUID)
def test_a_search_page_with_one_link_tells_every_article_for_days(story: Story, headlines: tuple[str, ...]) -> None:
    story.begin("overview")
    titles = [*headlines, *(f"{title.split()[0]} No. {n}" for n, title in enumerate(headlines, 11))]
    listed = [Entry(title, guid="", link="https://overview.example/search?q=all", name=title) for title in titles]
    for count in range(2, len(listed) + 1):
        story.poll("overview", listed[count - 2 : count], hours=3)
    assert sorted(story.headlines) == sorted(titles)
    assert not [one for one in story.alerts if one.startswith("update")]


@pytest.mark.parametrize("form", ["rss", "json", "atom"])
def test_posts_without_a_title_under_one_link_are_each_told_and_none_is_written_over_another(
    story: Story, form: str
) -> None:
    story.feed("posts", form)
    texts = list(REPORTS.values())
    posts = [
        Entry("", text, guid=f"post-{n}" if form == "atom" else "", link="https://posts.example/", name=f"p{n}")
        for n, text in enumerate(texts)
    ]
    story.poll("posts", [posts[0], OLD])
    story.poll("posts", [*posts[1:4], posts[0], OLD])
    assert len(story.told) == 3 and len(story.articles()) == 5
    story.poll("posts", [posts[4], *posts[1:4]])
    assert len(story.told) == 4 and len(story.articles()) == 6
    story.poll("posts", posts)
    assert len(story.told) == 4
    assert not [one for one in story.alerts if one.startswith("update")]


TWO_COMPANIES = (
    ("6-K - Report of foreign issuer", "Filed: 2026-11-23 Size: 41 KB"),
    ("Transaction in Own Shares", ""),
    ("Notice of AGM", "The notice of the annual general meeting was sent to shareholders today."),
    ("Stimmrechtsmitteilung", "Veröffentlichung gemäß § 40 Abs. 1 WpHG mit dem Ziel der europaweiten Verbreitung"),
    ("Rapport financier semestriel", "Le rapport est disponible sur le site de la société."),
)


@cases("headline, text", TWO_COMPANIES)
def test_the_same_form_in_two_company_feeds_is_told_for_both(story: Story, headline: str, text: str) -> None:
    story.begin("quorion", "lumetra")
    assert story.new_alerts("quorion", [Entry(headline, text, name="q1"), OLD]) == [headline]
    assert story.new_alerts("lumetra", [Entry(headline, text, name="l1"), OLD]) == [headline]
    assert story.links == ["https://quorion.example/q1", "https://lumetra.example/l1"]


@cases("headline, text", TWO_COMPANIES)
def test_a_form_that_two_feeds_list_under_one_link_is_told_once(story: Story, headline: str, text: str) -> None:
    story.begin("quorion", "mirror")
    link = "https://quorion.example/filings/2026-1123.html"
    assert story.new_alerts("quorion", [Entry(headline, text, guid="a", link=link), OLD]) == [headline]
    assert story.new_alerts("mirror", [Entry(headline, text, guid="b", link=link), OLD]) == []


ROLLING = (
    ("Quorion opens a yard in Emden", "Lumetra names a new chief executive", "Corvane halts the trial of its vaccine"),
    (
        "Werft in Jever bekommt Auftrag",
        "Osmara kündigt den Vertrag mit Hespera",
        "Streik bei Tandril beginnt",
    ),
    ("Tandril: grève à partir de lundi", "Hespera nomme une nouvelle présidente", "Osmara ferme son usine de Brest"),
    ("阿里巴巴发布新芯片", "百度裁员三千人", "台风登陆福建沿海"),
    ("Лукойл сменил главу совета", "Банк России поднял ставку", "Авария на шахте в Кузбассе"),
)


@cases("headlines", ROLLING)
@pytest.mark.parametrize("text", ["", "{}."], ids=["headline only", "short text"])
def test_one_entry_after_another_under_one_guid_is_told_each_time(
    story: Story, headlines: tuple[str, ...], text: str
) -> None:
    story.begin("flashes")
    for number, title in enumerate(headlines):
        entry = Entry(title, text.format(title), guid="latest", link=f"https://flashes.example/{number}")
        assert story.new_alerts("flashes", [entry]) == [title]
        assert story.new_alerts("flashes", [entry]) == []
