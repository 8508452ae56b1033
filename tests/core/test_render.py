"""The message a person reads: what stands in it, and that no headline can do anything in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts.render import (
    MAX_BODY_BYTES,
    MAX_LINK_LENGTH,
    MAX_TITLE_LENGTH,
    defang_text,
    display_link,
    format_duration,
    marked_snippet,
    render_alert,
    render_message,
)
from monitor.core.model.alerts import Address, Priority
from monitor.core.model.articles import Hit, Match
from tests.core.deliveries import ACTIVE, HEADLINE, HOSTILE, NOW, SEEN, delivery

WHOLE = """\
…den «Börsengang» seiner Chip-Sparte «T-Head» vor. Analysten rechnen…

boerse · 2026-11-24 07:04 UTC, 44 s ago · seen 41 s after publication
matched T-Head + Börsengang in title, T-Head in body
https://news.example.org/t-head-ipo.html
id 01234567"""


def test_the_whole_message_as_a_phone_shows_it() -> None:
    message = render_alert([delivery()], now=NOW)
    assert message.title == f"T-Head IPO: {HEADLINE}"
    assert message.body == WHOLE
    assert (message.key, message.headers) == ("0123456789abcdef", {"X-Monitor-Id": "0123456789abcdef"})


def test_several_watches_are_one_message_and_the_loudest_leads() -> None:
    chips = Match("H200", (Hit("lead", "H200", 0, 4, "H200"),), "H200-Chips für Alibaba", ((0, 4),))
    loud = delivery(id=2, key="ffff", watch="H200", priority=Priority.URGENT, match=chips)
    message = render_alert([delivery(), loud], now=NOW)
    assert message.title == f"H200, T-Head IPO: {HEADLINE}"
    assert message.priority is Priority.URGENT
    assert message.body.splitlines()[:2] == ["«H200»-Chips für Alibaba", WHOLE.splitlines()[0]]
    assert (
        "\nH200: matched H200 in lead\nT-Head IPO: matched T-Head + Börsengang in title, T-Head in body\n"
        in message.body
    )


def test_the_order_of_the_deliveries_does_not_matter() -> None:
    two = [delivery(), delivery(id=2, key="ffff", watch="Qwen")]
    assert render_alert(two, now=NOW) == render_alert(two[::-1], now=NOW)


def test_a_bundles_key_is_its_own_and_changes_when_one_joins() -> None:
    """Otherwise a receiver that knows the first key would refuse the message that brings the second alert."""
    one, two, three = (delivery(id=n, key=f"{n}" * 16, watch=f"w{n}") for n in (1, 2, 3))
    keys = {render_alert(some, now=NOW).key for some in ([one], [one, two], [one, two, three])}
    assert len(keys) == 3


def test_recipients_never_share_a_message() -> None:
    with pytest.raises(ValueError, match="one address"):
        render_alert([delivery(), delivery(address=Address("email", "anna@example.org"))], now=NOW)
    with pytest.raises(ValueError, match="one story"):
        render_alert([delivery(), delivery(story=8)], now=NOW)
    with pytest.raises(ValueError, match="one address"):
        render_alert([], now=NOW)


def test_a_message_that_may_have_arrived_says_so() -> None:
    assert "possible repeat" not in render_alert([delivery()], now=NOW).body
    twice = render_alert([delivery(), delivery(id=2, key="f", watch="Qwen", repeat=True)], now=NOW)
    assert twice.body.endswith("\npossible repeat: an earlier attempt may have arrived")


def test_another_article_of_the_story_is_named() -> None:
    body = render_alert(
        [delivery(), delivery(id=2, key="f", article=10, source="dpa", title="T-Head vor IPO")], now=NOW
    ).body
    assert "\nalso dpa: T-Head vor IPO\n" in body


def test_two_articles_of_one_story_are_one_message_and_one_entry_of_a_digest() -> None:
    two = [delivery(), delivery(id=2, key="2" * 16, article=10, watch="Qwen", source="second")]
    alert = render_message(two, now=NOW)
    assert alert.title.startswith("T-Head IPO, Qwen: ") and "also second" in alert.body
    digest = render_message([*two, delivery(id=3, key="3" * 16, article=11, story=8)], now=NOW)
    assert digest.title.startswith("2 stories: ") and digest.body.count("•") == 2
    assert "T-Head IPO, Qwen: " in digest.body


def test_a_message_is_an_update_only_where_the_first_alert_is_not_in_it() -> None:
    first, update = delivery(), delivery(id=2, key="2" * 16, revised="update", priority=Priority.HIGH)
    correction = delivery(id=3, key="3" * 16, revised="correction", priority=Priority.URGENT)
    titles = [render_alert(some, now=NOW).title for some in ([first, update], [update], [first, correction])]
    assert ["update: " in title for title in titles] == [False, True, False]
    assert "correction: " in titles[2]


def test_many_of_anything_are_counted_not_listed() -> None:
    many = [delivery(id=n, key=f"{n:04}", article=n, watch=f"watch {n:02}") for n in range(1, 31)]
    message = render_alert(many, now=NOW)
    assert message.title.endswith(HEADLINE) and len(message.title) <= MAX_TITLE_LENGTH
    assert "and 20 more watches" in message.body and "and 26 more articles" in message.body


def test_what_does_not_fit_is_left_out_but_never_the_link_or_the_id() -> None:
    match = Match("x", (Hit("title", "阿里巴巴" * 50, 0, 1, ""),), "平头哥上市" * 48)
    many = [delivery(id=n, key=f"{n:08}", watch=f"{n}" + "平头哥" * 70, match=match) for n in range(1, 20)]
    lines = render_alert(many, now=NOW).body.splitlines()
    assert MAX_BODY_BYTES - 700 < len("\n".join(lines).encode()) <= MAX_BODY_BYTES
    assert lines[0] == "平头哥上市" * 48 and lines[-2:] == ["https://news.example.org/t-head-ipo.html", "id 00000001"]


ORIGINS = [
    (SEEN - timedelta(hours=5), "2026-11-24 02:04 UTC, 5 h ago · seen 5 h after publication"),
    (SEEN - timedelta(days=400), "2025-10-20 07:04 UTC, 400 d ago · seen 400 d after publication"),
    (SEEN + timedelta(seconds=90), "2026-11-24 07:06 UTC, 0 s ago · seen 0 s after publication"),
    (SEEN + timedelta(days=9), "seen 2026-11-24 07:04 UTC, 3 s ago · the feed dates it 2026-12-03 07:04 UTC"),
    (datetime(9999, 12, 31, tzinfo=UTC), "3 s ago · the feed dates it 9999-12-31 00:00 UTC"),
    (None, "seen 2026-11-24 07:04 UTC, 3 s ago · no date in the feed"),
]


@pytest.mark.parametrize(("published", "told"), ORIGINS)
def test_dates_are_told_as_far_as_they_can_be_believed(published: datetime | None, told: str) -> None:
    assert told in render_alert([delivery(published_at=published)], now=NOW).body


def test_a_clock_that_went_back_gives_no_negative_age() -> None:
    assert " 0 s ago " in render_alert([delivery()], now=SEEN - timedelta(days=1)).body


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "0 s"), (0.9, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172800, "2 d")],
)
def test_a_duration_has_one_unit(seconds: float, told: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == told


def test_a_match_without_hits_still_says_why() -> None:
    assert "\nmatched by its rule as a whole\n" in render_alert([delivery(match=Match("x", ()))], now=NOW).body


def test_without_a_snippet_the_facts_come_first() -> None:
    assert render_alert([delivery(match=Match("x", ()))], now=NOW).body.startswith("boerse · ")


def test_a_headline_that_is_not_there_is_said_to_be_missing() -> None:
    without = delivery(title=" \u200e\n", match=Match("x", ()))
    assert render_alert([without], now=NOW).title == "T-Head IPO: (no headline)"


def test_a_post_without_a_headline_is_shown_by_its_words() -> None:
    post = delivery(title="", match=Match("x", (), "Heute sind die ersten H200 angekommen, @everyone! " * 4))
    title = render_alert([post], now=NOW).title
    assert title.startswith("T-Head IPO: Heute sind die ersten H200 angekommen, ＠everyone!") and title.endswith("…")
    assert len(title) <= len("T-Head IPO: ") + 80


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        (((0, 3), (0, 3)), "«Abc» def"),
        (((4, 7), (0, 3)), "«Abc» «def»"),
        (((0, 3), (2, 5)), "«Abc» def"),
        (((5, 99), (3, 3), (-2, 1)), "Abc def"),
    ],
)
def test_marks_that_do_not_fit_are_ignored(marks: tuple[tuple[int, int], ...], shown: str) -> None:
    assert marked_snippet(Match("x", (), "Abc def", marks)) == shown


LINKS = [
    ("https://example.org/a(b)?c=d&e=%20#f", "https://example.org/a%28b%29?c=d&e=%20#f"),
    ("http://example.org:8080/ä/中", "http://example.org:8080/%C3%A4/%E4%B8%AD"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://Weiß.example/", "https://xn--wei-7ka.example/"),  # and not weiss.example, another site
    ("https://bücher。example/", "https://xn--bcher-kva.example/"),
    ("https://жук.example/", "https://xn--f1ai0a.example/"),
    ("https://reader@news.example/x", "https://news.example/x"),
    ("https://e.org/x|a>b<c>", "https://e.org/x%7Ca%3Eb%3Cc%3E"),
    ("https://e.org/](a)", "https://e.org/%5D%28a%29"),
    ("https://e.org/@everyone", "https://e.org/%40everyone"),
    ("https://e.org/a\r\nb", "https://e.org/a%20b"),
    ("https://[::1]:8080/x", "https://[::1]:8080/x"),
    ("https://e.org/\u200ea", "https://e.org/a"),
    ("", "(no link in the feed)"),
    ("mailto:a@e.org", "(the feed's link is not a web address)"),
    ("news:x", "(the feed's link is not a web address)"),
    ("//example.org/x", "(the feed's link is not a web address)"),
    ("https:///x", "(the feed's link is not a web address)"),
    ("https://[::1/x", "(the feed's link cannot be read)"),
    ("https://a b|c/", "(the feed's link cannot be read)"),
    (f"https://{'a' * 64}.example/", "(the feed's link cannot be read)"),
    ("https://e.org/" + "x" * MAX_LINK_LENGTH, "(a link of 1014 characters to e.org)"),
]


@pytest.mark.parametrize(("url", "shown"), LINKS)
def test_a_link_shows_its_true_host_or_nothing(url: str, shown: str) -> None:
    assert display_link(url) == shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_inert_wherever_it_stands(hostile: str) -> None:
    match = Match("x", (Hit("title", hostile, 0, 1, hostile),), hostile, ((0, 2),))
    fields = {"title": hostile, "source": hostile, "watch": hostile, "article_url": f"https://e.org/{hostile}"}
    message = render_alert([delivery(**fields, match=match)], now=NOW)
    everything = f"{message.title}\n{message.body}"
    assert [active for active in ACTIVE if active in everything.lower()] == []
    assert "\n" not in message.title and all(char.isprintable() or char == "\n" for char in everything)
    assert len(message.title) <= MAX_TITLE_LENGTH and len(message.body.encode()) <= MAX_BODY_BYTES


def test_honest_angle_brackets_and_addresses_stay() -> None:
    for honest in ("margin <5 % & > 3 %", "a < b", "press@allianz.example", "R&D [1] (2)", "{title} stays"):
        assert defang_text(honest) == honest


words = st.text(st.characters(), max_size=400) | st.sampled_from(HOSTILE)


@given(
    title=words,
    source=words,
    url=words | words.map("https://e.org/{}".format),
    snippet=words,
    marks=st.lists(st.tuples(st.integers(-1, 50), st.integers(-1, 50)), max_size=4),
    watches=st.lists(words, min_size=1, max_size=12),
    published=st.none() | st.datetimes(timezones=st.just(UTC)),
    repeat=st.booleans(),
)
def test_no_feed_can_make_a_message_too_long_or_active(
    title: str,
    source: str,
    url: str,
    snippet: str,
    marks: list[tuple[int, int]],
    watches: list[str],
    published: datetime | None,
    repeat: bool,
) -> None:
    hits = tuple(Hit(field, term, 0, 1, term) for field in ("title", "body") for term in (title, source, snippet))
    match = Match("x", hits, snippet, tuple(marks))
    facts = {"title": title, "source": source, "article_url": url, "match": match, "published_at": published}
    some = [delivery(id=n, key=f"{n}", article=n, watch=w, repeat=repeat, **facts) for n, w in enumerate(watches)]
    message = render_alert(some, now=NOW)
    assert len(message.title) <= MAX_TITLE_LENGTH and len(message.body.encode()) <= MAX_BODY_BYTES
    assert not [active for active in ACTIVE if active in f"{message.title}\n{message.body}".lower()]
    assert f"\nid {some[0].key[:8]}" in message.body and ("possible repeat" in message.body) == repeat


def test_the_facts_of_an_article_stand_below_its_snippet_and_can_do_no_harm() -> None:
    told = render_alert([delivery(facts=("earnings 2026-12-03", "400,000 chips", "<!channel> $5"))], now=NOW).body
    lines = told.splitlines()
    assert "earnings 2026-12-03 · 400,000 chips · ‹!channel> $5" in lines
    assert lines.index("earnings 2026-12-03 · 400,000 chips · ‹!channel> $5") < lines.index("")
