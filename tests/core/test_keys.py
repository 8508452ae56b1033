"""Under which names an article is met again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import blake2b

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.dedupe.keys import RECIPE_VERSION, title_key
from monitor.core.dedupe.shingles import (
    MAX_SKETCH_SIZE,
    MIN_SKETCH_SIZE,
    SAMPLE_MODULUS,
    sketch_of_lanes,
    weighted_hashes,
)
from monitor.core.dedupe.urls import canonical_url
from monitor.core.text.clean import folded_words
from monitor.core.text.normalize import fold
from monitor.core.text.tokens import TOKEN_PATTERN
from tests.analysed import article_keys
from tests.core.articles import BODY, PARAGRAPHS, TITLE, article

AD = "Anzeige\nKüstenwind-Aktie: Kaufen oder verkaufen?! Neue Küstenwind-Analyse vom {} liefert die Antwort:"


def test_a_hash_names_its_recipe() -> None:
    assert article_keys(article()).content.startswith(f"{RECIPE_VERSION}:")


def test_a_changed_recipe_has_a_new_number() -> None:
    """If this fails, the recipe or the folding of words changed: raise RECIPE, then note the new hash here."""
    assert article_keys(article()).content[:12] == "1:27e429ff0e"


@pytest.mark.parametrize(
    "body",
    [
        f"{BODY}\n\n{AD.format('3. März')}",
        f"Küstenwind, Quartalszahlen\n\n{TITLE}\n\n14.11.2025 - 08:30:00\n\nKüstenwind DE0007164600\n\n{BODY}",
        f"{TITLE}\n14.11.2025 - 08:30:00{BODY}",
        f"{BODY}\n\n@ example-boerse.de | DE0007164600 KÜSTENWIND",
        BODY.replace("\n\n", " "),
        BODY.replace("Quartal", "Quar\u00adtal").replace(" bei ", "\u00a0bei ").replace("-", "\u2011"),
        BODY.replace("ü", "u\u0308").upper(),
        BODY.replace(".", " . ").replace(" . 000", ".000"),
    ],
)
def test_boilerplate_case_and_punctuation_make_no_new_article(body: str) -> None:
    assert article_keys(article(body=body)).content == article_keys(article()).content


def test_a_new_price_changes_the_content_and_not_the_revision() -> None:
    before, after = (
        article_keys(article()),
        article_keys(article(body=BODY.replace("27,40", "26,95").replace("3,2", "1,7"))),
    )
    assert before.content != after.content
    assert before.revision == after.revision


@pytest.mark.parametrize(
    ("old", "new"), [("48 Mill", "84 Mill"), ("4.000", "40.000"), ("2028", "2029"), ("nicht ", "")]
)
def test_any_other_change_is_another_revision(old: str, new: str) -> None:
    assert article_keys(article()).revision != article_keys(article(body=BODY.replace(old, new))).revision


@pytest.mark.parametrize(
    "title",
    [
        "Küstenwind: Quartalszahlen über den Erwartungen",
        "Küstenwind – Quartalszahlen über den Erwartungen - Börse Global",
        "KÜSTENWIND: QUARTALSZAHLEN ÜBER DEN ERWARTUNGEN | Nordpost",
        "Nordpost Aktie: Küstenwind, Quartalszahlen über den Erwartungen",
    ],
)
def test_publisher_prefix_and_punctuation_are_no_part_of_a_headline(title: str) -> None:
    assert title_key(title) == "kuestenwind quartalszahlen ueber den erwartungen"


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Alibaba – ein Kauf", "alibaba ein kauf"),
        ("Alibaba - Reuters", "alibaba reuters"),
        ("SAP-Aktie: Wende", "sap aktie wende"),
        ("Nvidia legt Zahlen vor - Aktie springt", "nvidia legt zahlen vor aktie springt"),
        ("EU agrees 12th sanctions package", "eu agrees 12 th sanctions package"),
        ("阿里巴巴公布财报", "阿 里 巴 巴 公 布 财 报"),
        ("", ""),
    ],
)
def test_a_headline_is_not_stripped_to_nothing(title: str, key: str) -> None:
    assert title_key(title) == key


@pytest.mark.parametrize(
    ("guid", "url", "identity"),
    [
        ("tag:example.com,2026:17", "https://example.com/a", "guid:tag:example.com,2026:17"),
        (" 4711\n", "https://example.com/a", "guid:4711"),
        ("http://example.com/?p=12", "https://example.com/a", "url:https://example.com?p=12"),
        ("http://example.com/a/?utm_source=rss", "", "url:https://example.com/a"),
        (None, "http://example.com/a#comments", "url:https://example.com/a"),
        (None, "https://example.com/releases#v1.4", "url:https://example.com/releases#v1.4"),
        ("null", "https://example.com/a", "url:https://example.com/a"),
        ("", "https://example.com/a", "url:https://example.com/a"),
    ],
)
def test_an_article_is_named_by_its_guid_else_by_its_address(guid: str | None, url: str, identity: str) -> None:
    assert article_keys(replace(article(url=url), guid=guid)).identity == identity


shards = st.sampled_from(["https://", "[", "]", "::1 ", "℀", ":99999", "#", "?", " ", "example.com/", "\x00", "\ud800"])


@given(st.lists(shards, max_size=6).map("".join))
def test_a_broken_address_still_makes_an_identity(url: str) -> None:
    """A link such as "https://[" must cost its feed nothing."""
    assert article_keys(replace(article(url=url), guid=url)).identity


def test_articles_that_all_link_to_the_front_page_are_told_apart_by_their_text() -> None:
    one, other = (
        article_keys(article(url="https://example.com/", title=title)) for title in ("First story", "Second story")
    )
    assert one.url == other.url == ""
    assert one.identity != other.identity
    assert one.identity.startswith("text:")


def test_a_short_text_is_known_by_its_headline_too() -> None:
    standing = "Lesen Sie den ganzen Beitrag auf unserer Seite."
    assert article_keys(article("Wind", standing)).content != article_keys(article("Sonne", standing)).content
    assert (
        article_keys(article("Wind am Kap", "")).content == article_keys(article("Wind am Kap - Nordpost", "")).content
    )


def test_one_standing_phrase_about_two_companies_is_two_texts() -> None:
    phrase = "Was Anleger jetzt wissen sollten"
    one, other = (article_keys(article(f"{name} Aktie: {phrase}", "")) for name in ("Nordchip", "Küstenwind"))
    assert one.title == other.title
    assert one.content != other.content


def test_an_article_without_words_has_no_content_to_share() -> None:
    assert article_keys(article("", "…")).content == ""


def test_a_teaser_is_sampled_from_the_words_it_shares_with_the_article() -> None:
    whole, teaser = article_keys(article()), article_keys(article("Andere Überschrift", "\n".join(PARAGRAPHS[:2])))
    assert set(teaser.sketch) & set(whole.sketch)


@given(
    st.lists(
        st.sampled_from(("Nordlicht", "Aktie:", " - ", "Blatt", " ", "Größe", "漢字", "5.1", "ﬁ", ": ")), max_size=9
    )
)
def test_an_article_has_the_key_of_its_headline(pieces: list[str]) -> None:
    headline = "".join(pieces)
    assert article_keys(article(headline)).title == title_key(headline)


def test_the_order_of_words_counts() -> None:
    assert set(sketch_words(["a", "b", "c", "d"])).isdisjoint(sketch_words(["d", "c", "b", "a"]))
    assert len(sketch_words(["one", "two"])) == 1
    assert sketch_words([]) == ()


def sketch_words(found: list[str]) -> tuple[int, ...]:
    return sketch_of_lanes(weighted_hashes(found))


def plainly(a: str, b: str, c: str) -> int:
    """One run as a number, as its definition says."""
    one, two, three = (
        int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) if word else 0 for word in (a, b, c)
    )
    mixed = (one * 0x9E3779B97F4A7C15 + two * 0xC2B2AE3D27D4EB4F + three * 0x165667B19E3779F9) % 2**64
    return mixed ^ (mixed >> 32)


def all_plainly(found: list[str]) -> list[int]:
    full = found + [""] * (3 - len(found)) if found else []
    return [plainly(*full[at : at + 3]) for at in range(len(full) - 2)]


def sampled_plainly(found: list[str]) -> tuple[int, ...]:
    every = set(all_plainly(found))
    sample = sorted(number for number in every if number % SAMPLE_MODULUS == 0)[:MAX_SKETCH_SIZE]
    if len(sample) < MIN_SKETCH_SIZE:
        sample = sorted(every, key=lambda number: (number % SAMPLE_MODULUS, number))[:MIN_SKETCH_SIZE]
    return tuple(number - 2**64 if number >= 2**63 else number for number in sample)


LISTS = st.lists(st.text("abcäß漢1", min_size=1, max_size=3), max_size=9)


@given(st.one_of(LISTS, st.lists(st.integers(0, 99).map(str), max_size=200)), st.integers(1, 9))
def test_the_same_runs_are_sampled_as_always(found: list[str], times: int) -> None:
    assert sketch_words(found * times) == sampled_plainly(found * times)


def test_a_long_text_is_sampled_as_always() -> None:
    found = [str(number**3) for number in range(3_000)]
    assert sketch_words(found) == sampled_plainly(found)
    assert len(sketch_words(found)) == MAX_SKETCH_SIZE


@given(
    st.text(
        st.one_of(st.characters(max_codepoint=0x17F), st.characters(), st.sampled_from("19.,a ²€•漢šğя→³٣")),
        max_size=60,
    )
)
@example("ein a٣ š Euro")
@example("ein a漢 š Euro")
@example("Škoda š ğ 5 € → Erdoğan1")
def test_a_faster_way_cuts_the_same_words(text: str) -> None:
    assert folded_words(text) == TOKEN_PATTERN.findall(fold(text))


@given(st.text(max_size=200))
def test_a_sketch_fits_into_the_database(text: str) -> None:
    sketch = article_keys(article("", text)).sketch
    assert all(-(2**63) <= number < 2**63 for number in sketch)
    assert len(sketch) >= min(MIN_SKETCH_SIZE, len(set(all_plainly(folded_words(text)))))


def test_a_book_in_a_feed_has_a_sketch_like_any_article() -> None:
    assert len(article_keys(article("", " ".join(map(str, range(10_000))))).sketch) == MAX_SKETCH_SIZE


def test_a_headline_of_white_space_has_no_key() -> None:
    assert title_key(" \n" * 200_000) == ""


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
gaps = st.sampled_from(["\n", "\n\n", " \n "])


@settings(max_examples=60)
@given(days, st.decimals(1, 900, places=2), st.decimals(0, 30, places=1), gaps)
def test_a_re_render_keeps_the_revision(day: date, price: Decimal, move: Decimal, gap: str) -> None:
    body = BODY.replace("27,40", str(price).replace(".", ",")).replace("3,2 ", f"{move} ".replace(".", ","))
    rendered = f"{body}\n{AD.format(f'{day:%d.%m.%Y}')}".replace("\n\n", gap)
    assert article_keys(article(body=rendered)).revision == article_keys(article()).revision


@given(st.sampled_from(["utm_source=x", "fbclid=1", "ncid=rss", "gclid=9"]), st.sampled_from(["http", "https"]))
def test_a_tracker_never_changes_the_identity(tracker: str, scheme: str) -> None:
    url = f"{scheme}://example.com/a?id=3"
    assert article_keys(article(url=f"{url}&{tracker}")).identity == article_keys(article(url=url)).identity
    assert canonical_url(f"{url}&{tracker}") == "https://example.com/a?id=3"
