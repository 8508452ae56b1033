"""Entries side by side in one document, each with its own guid and link: every one is an article of its own."""

from __future__ import annotations

import pytest

from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases
from tests.stories.texts import COMPANIES, NOTICES, REPORTS

SEVEN = "2026-11-23T07:00:00+00:00"
SAME_HEADLINES = (
    "Director/PDMR Shareholding",
    "Stimmrechtsmitteilung gemäß § 40 WpHG",
    "Form 8.3 - Opening Position Disclosure",
    "Déclaration des transactions sur actions propres",
    "臨時報告書",
)


def assert_all_told_once(story: Story, entries: list[Entry], feed: str = "wires") -> None:
    """Every entry is told under its own headline and link, in one poll, and never again."""
    told = story.new_alerts(feed, [*entries, OLD])
    assert told == sorted(one.title for one in entries)
    assert sorted(story.links) == sorted(one.named(feed, "").link or "" for one in entries)
    assert story.new_alerts(feed, [*reversed(entries), OLD]) == []
    assert story.new_alerts(feed, entries, hours=20) == []


@pytest.mark.parametrize("form", ["rss", "atom"])
@cases("headline", SAME_HEADLINES)
def test_one_headline_of_five_companies_in_one_minute_is_five_articles(story: Story, headline: str, form: str) -> None:
    story.feed("wires", form)
    story.begin("wires")
    assert_all_told_once(story, [Entry(headline, name=str(4711 + n), date=SEVEN) for n in range(5)])


@cases("headline", SAME_HEADLINES)
def test_one_headline_over_texts_that_differ_is_five_articles_and_no_update(story: Story, headline: str) -> None:
    story.begin("wires")
    assert_all_told_once(story, [Entry(headline, NOTICES[one], name=one[:4], date=SEVEN) for one in COMPANIES])


@cases("headline", SAME_HEADLINES)
def test_an_entry_that_a_document_lists_twice_is_told_once(story: Story, headline: str) -> None:
    story.begin("wires")
    one = Entry(headline, NOTICES["Osmara SpA"], name="twice", date=SEVEN)
    assert story.new_alerts("wires", [one, one, OLD]) == [headline]
    assert story.new_alerts("wires", [one, OLD, one]) == []


@cases("headline", SAME_HEADLINES)
def test_a_further_company_a_minute_later_is_told_and_the_listed_ones_stay_silent(story: Story, headline: str) -> None:
    story.begin("wires")
    first = [Entry(headline, name=f"a{n}", date=SEVEN) for n in range(3)]
    story.poll("wires", [*first, OLD])
    later = Entry(headline, name="b", date="2026-11-23T07:00:00+00:00")
    assert story.new_alerts("wires", [later, *first, OLD], minutes=1) == [headline]
    assert story.links[-1] == "https://wires.example/b"


HOUSE_STYLES = (
    "{} Aktie: Analysten heben das Kursziel an",
    "{}: Kaufen oder verkaufen? Das raten Experten",
    "{} stock: what investors need to know today",
    "{} – Quartalszahlen über den Erwartungen",
    "Action {} : les analystes relèvent leur objectif",
)
HOUSE_NAMES = ("Alibaba", "Tencent", "Baidu", "Lumetra", "Quorion")


@cases("style", HOUSE_STYLES)
def test_a_headline_of_the_house_with_another_company_is_another_article(story: Story, style: str) -> None:
    story.begin("wires")
    assert_all_told_once(story, [Entry(style.format(name), name=name, date=SEVEN) for name in HOUSE_NAMES])


@cases("style", HOUSE_STYLES)
def test_a_headline_of_the_house_in_a_later_poll_is_another_article(story: Story, style: str) -> None:
    story.begin("wires")
    first, second = (Entry(style.format(name), name=name, date=SEVEN) for name in HOUSE_NAMES[:2])
    assert story.new_alerts("wires", [first, OLD]) == [first.title]
    assert story.new_alerts("wires", [second, first, OLD]) == [second.title]
    assert story.new_alerts("wires", [second, first, OLD]) == []


@pytest.mark.parametrize("form", ["json", "page", "sitemap"])
@cases("headline", SAME_HEADLINES)
def test_one_headline_on_one_day_without_a_time_is_five_articles(story: Story, headline: str, form: str) -> None:
    story.feed("wires", form)
    story.begin("wires")
    assert_all_told_once(story, [Entry(headline, name=f"n{n}", date="2026-11-23") for n in range(5)])


@pytest.mark.parametrize("form", ["json", "page", "sitemap"])
@cases("style", HOUSE_STYLES[:3])
def test_a_later_article_of_one_day_without_a_time_is_told(story: Story, style: str, form: str) -> None:
    story.feed("wires", form)
    story.begin("wires")
    entries = [Entry(style.format(name), name=name, date="2026-11-23") for name in HOUSE_NAMES]
    for count in range(1, 6):
        assert story.new_alerts("wires", [*entries[:count], OLD], hours=1) == [entries[count - 1].title]


ACCESSIONS = [
    ("6-K - Report of foreign issuer", "0001193125-26-2841{:02}"),
    ("8-K - Current report", "0000950170-26-0099{:02}"),
    ("4 - Statement of changes in beneficial ownership", "0001209191-26-0312{:02}"),
    ("SC 13G/A - Tandril Rail SE (Subject)", "0000902664-26-0044{:02}"),
    ("424B5 - Prospectus", "0001104659-26-1207{:02}"),
]


@cases("headline, number", ACCESSIONS)
def test_two_filings_of_one_second_with_two_accession_numbers_are_two(story: Story, headline: str, number: str) -> None:
    story.feed("filings", "atom")
    story.begin("filings")
    entries = [
        Entry(
            headline,
            f"Filed: 2026-11-23 AccNo: {number.format(n)} Size: 211 KB",
            guid=f"urn:tag:sec.example,2008:accession-number={number.format(n)}",
            link=f"https://sec.example/Archives/edgar/data/77/{number.format(n)}-index.htm",
            date="2026-11-23T16:05:11-05:00",
        )
        for n in (1, 2)
    ]
    assert_all_told_once(story, entries, "filings")


@cases("headline, number", ACCESSIONS)
def test_one_accession_number_under_another_guid_and_link_is_the_same_filing(
    story: Story, headline: str, number: str
) -> None:
    story.feed("filings", "atom")
    story.begin("filings")
    accession = number.format(3)
    text = f"Filed: 2026-11-23 AccNo: {accession} Size: 211 KB"
    first = Entry(headline, text, guid=f"urn:a:accession-number={accession}", link=f"https://sec.example/a/{accession}")
    again = Entry(headline, text, guid=f"urn:b:accession-number={accession}", link=f"https://sec.example/b/{accession}")
    assert story.new_alerts("filings", [first, OLD]) == [headline]
    assert story.new_alerts("filings", [again, OLD]) == []


NUMBERED_FORMS = (
    "EQS-DD: Tandril Werke AG: Vorstand, Kauf",
    "EQS-PVR: Quorion Werke AG: Release of a voting rights announcement",
    "DGAP-DD: Hespera Pharma SA: Verkauf",
    "AFR: Osmara SpA: Vorabbekanntmachung über Finanzberichte",
    "Lumetra plc: Holding(s) in Company",
)


@cases("headline", NUMBERED_FORMS)
def test_a_form_twice_with_two_numbered_links_and_no_text_is_two_articles(story: Story, headline: str) -> None:
    story.begin("wires")
    assert_all_told_once(story, [Entry(headline, name=f"dd/{n}") for n in (99871, 99872)])


@cases("headline", NUMBERED_FORMS)
def test_a_form_that_comes_again_hours_later_under_another_number_is_told(story: Story, headline: str) -> None:
    story.begin("wires")
    first, second = Entry(headline, name="dd/99871"), Entry(headline, name="dd/99902")
    assert story.new_alerts("wires", [first, OLD]) == [headline]
    assert story.new_alerts("wires", [second, first, OLD], hours=5) == [headline]


TEMPLATES = (
    "{} has requested that trading of its shares be halted until an announcement is made. Code: HALT. Time: 09:31.",
    "Moody's places the ratings of {} under review for upgrade. The review follows the company's results.",
    "{} lädt zur ordentlichen Hauptversammlung ein. Die Unterlagen sind auf der Internetseite abrufbar.",
    "The committee admitted the shares of {} to trading on the main market with effect from Monday.",
    "Warning: heavy rain is expected in the district of {} this afternoon. Avoid low roads and stay informed.",
)


@cases("template", TEMPLATES)
def test_one_guid_with_two_links_and_texts_of_one_template_is_two_articles(story: Story, template: str) -> None:
    story.begin("wires")
    entries = [
        Entry(f"Notice: {name}", template.format(name), guid="notice", link=f"https://wires.example/{name}")
        for name in ("Quorion", "Lumetra", "Osmara")
    ]
    assert_all_told_once(story, entries)


@cases("template", TEMPLATES)
def test_one_guid_that_only_the_newest_entry_has_at_each_poll_names_another_article_each_time(
    story: Story, template: str
) -> None:
    story.begin("wires")
    entries = [
        Entry(f"{name}: notice", template.format(name), guid="latest", link=f"https://wires.example/{name}")
        for name in ("Quorion", "Lumetra", "Osmara")
    ]
    for one in entries:
        story.poll("wires", [one, OLD])
    assert story.headlines == [one.title for one in entries]


PICTURES = ("Photo", "Symbolbild", "Reuters/Illustration", "Logo of the exchange", "Archivfoto: dpa")


@cases("caption", PICTURES)
def test_items_without_a_title_whose_pictures_have_one_title_are_each_told(story: Story, caption: str) -> None:
    story.begin("posts")
    texts = list(REPORTS.values())[:3]
    entries = [Entry("", text, name=f"p{n}", media=caption) for n, text in enumerate(texts)]
    story.poll("posts", [*entries, OLD])
    assert sorted(story.links) == [f"https://posts.example/p{n}" for n in range(3)]
    assert story.new_alerts("posts", [*entries, OLD]) == []
    assert len(story.links) == 3


@cases("caption", PICTURES)
def test_an_item_without_a_title_that_is_listed_again_is_told_once(story: Story, caption: str) -> None:
    story.begin("posts")
    one = Entry("", REPORTS["recall"], name="r", media=caption)
    story.poll("posts", [one, OLD])
    story.poll("posts", [OLD, one])
    assert story.links == ["https://posts.example/r"]
