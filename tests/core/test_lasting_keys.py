"""Names that outlive what feeds do to guids, links and headlines: page numbers, aggregators, filings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.decide import needs_full_text
from monitor.core.dedupe.keys import is_filing, nearby_day_identities
from monitor.core.model.articles import Article, Candidate
from tests.analysed import article_keys, is_another_article
from tests.core.articles import article

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOGLE = Article(
    "google",
    "Qwen läuft auf H200 im Hafen - finanzen.net",
    "https://news.google.com/rss/articles/CBMiAbcAU_yqL1?oc=5",
    "CBMiAbcAU_yqL1",
    body="Qwen läuft auf H200 im Hafen\xa0\xa0finanzen.net",
    author="finanzen.net",
    published_at=NOON,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://dw.example/de/h200-für-kiel/a-68483987", "https://dw.example/de/kiel-bekommt-h200/a-68483987"),
        ("https://boerse.example/alibaba-aktie-h200/797298", "http://www.boerse.example/h200-fuer-alibaba/797298/"),
        ("https://x.example/news/a-slug-94770042.html", "https://x.example/boerse/another-slug-94770042.html?utm_x=1"),
    ],
)
def test_a_slug_may_follow_the_headline_while_the_number_stays(one: str, other: str) -> None:
    assert article_keys(article(url=one)).identity == article_keys(article(url=other)).identity
    assert article_keys(article(guid=one)).identity == article_keys(article(guid=other)).identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.example/a/797298", "https://y.example/a/797298"),
        ("https://x.example/sap-steigt-716460", "https://x.example/sap-faellt-716460"),
        ("https://x.example/a/797298#first", "https://x.example/a/797298#second"),
        ("https://x.example/show/797298?id=1", "https://x.example/show/797298?id=2"),
    ],
)
def test_another_site_fragment_or_query_is_another_page(one: str, other: str) -> None:
    assert article_keys(article(url=one)).identity != article_keys(article(url=other)).identity


def test_a_publisher_s_numbers_are_told_apart_by_text_where_two_pages_share_one() -> None:
    stored = Candidate(1, 1, "north", article_keys(article()), "Küstenwind baut aus", "Drei Worte hier.", NOON)
    assert is_another_article(
        article("Regen am Sonntag", "Vier andere stehen da.", guid="https://x.example/a/797298"), stored
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(GOOGLE, guid="CBMiXyzAU_yqL2", url="https://news.google.com/rss/articles/CBMiXyzAU_yqL2?oc=5"),
        replace(GOOGLE, guid="52783472934"),
        replace(GOOGLE, guid=None),
        replace(GOOGLE, published_at=NOON + timedelta(hours=9)),
        replace(GOOGLE, title="QWEN läuft auf H200 im Hafen! - finanzen.net"),
        replace(GOOGLE, body=""),
    ],
    ids=["guid and link", "number", "no guid", "hour", "typography", "text"],
)
def test_an_aggregator_s_article_is_its_publisher_and_headline(changed: Article) -> None:
    assert article_keys(changed).identity == article_keys(GOOGLE).identity


@pytest.mark.parametrize(
    "changed",
    [
        replace(GOOGLE, author="Börse Global", title="Qwen läuft auf H200 im Hafen - Börse Global"),
        replace(GOOGLE, title="Qwen läuft auf H20 im Hafen - finanzen.net"),
        replace(GOOGLE, published_at=NOON + timedelta(days=60)),
    ],
    ids=["publisher", "headline", "two months later"],
)
def test_another_publisher_headline_or_season_is_another_article(changed: Article) -> None:
    assert article_keys(changed).identity != article_keys(GOOGLE).identity
    assert article_keys(changed).identity not in nearby_day_identities(article_keys(GOOGLE).identity)


@pytest.mark.parametrize(("days", "same"), [(-6, True), (6, True), (1, True), (-7, False), (7, False), (365, False)])
def test_a_headline_returns_within_six_days_and_a_weekly_column_is_another_one(days: int, same: bool) -> None:
    later = article_keys(replace(GOOGLE, published_at=NOON + timedelta(days=days))).identity
    assert (later in nearby_day_identities(article_keys(GOOGLE).identity)) is same


@pytest.mark.parametrize(
    "poorer", [replace(GOOGLE, author=""), replace(GOOGLE, published_at=None), replace(GOOGLE, title="")]
)
def test_an_aggregator_s_entry_that_does_not_say_enough_has_its_own_name(poorer: Article) -> None:
    assert article_keys(poorer).identity == "guid:CBMiAbcAU_yqL1"


def test_the_publisher_is_no_part_of_the_headline_even_where_it_looks_like_no_name() -> None:
    assert article_keys(GOOGLE).title == "qwen laeuft auf h 200 im hafen"
    assert (
        article_keys(replace(GOOGLE, url="https://x.example/a")).title == "qwen laeuft auf h 200 im hafen finanzen net"
    )


def test_the_page_behind_an_opaque_link_is_never_asked_for() -> None:
    assert not needs_full_text(GOOGLE, "always")
    assert needs_full_text(replace(GOOGLE, url="https://x.example/a"), "always")


ACCESSION = "urn:tag:sec.gov,2008:accession-number=0001104659-26-012345"
FILED = "Filed: 2026-02-06 AccNo: 0001104659-26-012345 Size: 40 KB"


def filing(party: str, cik: str) -> Article:
    url = f"https://www.sec.gov/Archives/edgar/data/{cik}/000110465926012345/0001104659-26-012345-index.htm"
    return Article("edgar", f"SC 13D - {party}", url, ACCESSION, FILED, FILED, published_at=NOON)


def test_a_filing_is_one_article_whoever_it_is_listed_for() -> None:
    subject, filer = (
        filing("HARBOUR CO (0001577552) (Subject)", "1577552"),
        filing("Nordbank AG (0001065521) (Filed by)", "1065521"),
    )
    stored = Candidate(1, 1, "edgar", article_keys(subject), subject.title, subject.body, NOON)
    assert article_keys(subject).identity == article_keys(filer).identity
    assert article_keys(subject).url == article_keys(filer).url
    assert not is_another_article(filer, stored)


def test_only_a_whole_accession_number_is_one() -> None:
    assert is_filing(f" {ACCESSION}\n")
    assert not any(is_filing(guid) for guid in (None, "", ACCESSION[:-1], f"{ACCESSION}0", "accession-number=1"))


@given(st.text(max_size=40), st.text(max_size=40), st.integers(-13_000, 60_000))
def test_every_aggregator_s_entry_has_a_name_that_knows_its_neighbours(title: str, author: str, days: int) -> None:
    made = replace(GOOGLE, title=title, author=author, published_at=NOON + timedelta(days=days))
    name = article_keys(made).identity
    neighbours = nearby_day_identities(name)
    assert len(neighbours) in (0, 12) and name not in neighbours
    assert all(name in nearby_day_identities(other) for other in neighbours)
