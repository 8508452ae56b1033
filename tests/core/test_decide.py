"""Decisions about one article, on an archive that is a dictionary: known or new, its story, its alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core.alerts.policy import FLOOD_LIMIT, MAX_UPDATES
from monitor.core.decide import decide, needs_full_text
from monitor.core.dedupe.comparisons import MAX_LOCKED_BYTES
from monitor.core.model.alerts import Mute, PastAlert, Reason, Route
from monitor.core.model.articles import (
    Article,
    ArticleKeys,
    Candidate,
    Recognition,
    Relation,
)
from tests.analysed import open_comparisons
from tests.core.dictionary_archive import (
    MAIL,
    NOW,
    SETTINGS,
    SLACK,
    STORY,
    TEXT,
    Archive,
    analysed,
    archive_with,
    decided,
    reasons,
    sent_at,
)


def test_a_new_article_is_alerted_once_and_its_wording_is_known_from_then_on() -> None:
    archive = Archive()
    first = archive.store(decided(archive, STORY))
    assert first.story_relation.relation is Relation.NEW
    assert reasons(first) == [("H200", Reason.MATCHED, True)]
    assert decided(archive, STORY) is None
    assert decided(archive, replace(STORY, title=f" {STORY.title}!")) is None


def test_a_copy_in_another_feed_joins_the_story_and_is_not_alerted() -> None:
    archive = archive_with(STORY)
    copy = decided(archive, replace(STORY, source="second", url="https://second.example/z", guid="z"))
    assert copy is not None and copy.story_relation.relation is Relation.COPY
    assert copy.story_relation.story == 1 and not copy.forms and not copy.teaser
    assert reasons(copy) == [("H200", Reason.COPY, False)]


def test_a_copy_is_not_searched_beyond_three_days() -> None:
    archive, later = archive_with(STORY), NOW + timedelta(hours=73)
    copy = decided(archive, replace(STORY, source="second", url="https://second.example/z", guid="z"), now=later)
    assert copy is not None and copy.story_relation.relation is Relation.NEW


ORDER = replace(STORY, body="Lumetra orders 400,000 chips H200 for 12 billion dollars.", title="Lumetra: H200 order")


def test_the_same_figures_in_another_language_are_the_same_story_for_two_days() -> None:
    other = Article(
        "second", "Lumetra bestellt H200", "https://second.example/q", "q",
        body="Der Konzern kauft 400.000 Chips der Reihe H200 und zahlt dafür 12 Milliarden Dollar.",
    )  # fmt: skip

    class Unlike(Archive):
        def candidates(self, keys: ArticleKeys, since: datetime) -> list[Candidate]:
            return []  # no key in common

    archive = Unlike()
    archive.store(decided(archive, ORDER))
    relations = [
        decided(archive, other, now=NOW + timedelta(hours=hours)).story_relation.relation  # type: ignore[union-attr]
        for hours in (1, 49)
    ]
    assert relations == [Relation.SAME, Relation.NEW]


def test_the_same_figures_under_another_headline_of_the_same_language_are_news_and_the_reason_names_the_article() -> (
    None
):
    other = Article(
        "second", "H200: Lumetra signs a deal", "https://second.example/q", "q",
        body="For 12 billion dollars the group buys 400,000 chips (H200).",
    )  # fmt: skip
    relation = decided(archive_with(ORDER), other).story_relation  # type: ignore[union-attr]
    assert relation.relation is Relation.NEW and relation.reason.startswith("the figures of #1, but ")


def test_an_edit_of_a_figure_is_alerted_again_with_its_sentence() -> None:
    edit = decided(archive_with(STORY), replace(STORY, body=TEXT.replace("400.000", "40.000")))
    assert edit is not None and edit.story_relation.relation is Relation.VERSION
    assert reasons(edit) == [("H200", Reason.UPDATE, True)]
    assert edit.intents[0].revised == "update" and "40.000" in edit.intents[0].sentence


def test_a_correction_is_urgent_and_an_advertisement_is_no_news() -> None:
    correction = decided(archive_with(STORY), replace(STORY, body=f"Korrektur: {TEXT} Auf 40.000 Chips."))
    assert reasons(correction) == [("H200", Reason.CORRECTION, True)]
    price = f"{TEXT}\nDie Aktie notierte zuletzt bei 130,50 Euro."
    archive = archive_with(replace(STORY, body=price))
    assert reasons(decided(archive, replace(STORY, body=price.replace("130,50", "131,20")))) == []


def test_an_edit_of_what_was_corrected_before_is_an_update() -> None:
    corrected = f"Korrektur: {TEXT}"
    edit = decided(archive_with(replace(STORY, body=corrected)), replace(STORY, body=corrected.replace("400", "410")))
    assert edit is not None and reasons(edit) == [("H200", Reason.UPDATE, True)]
    assert edit.intents[0].revised == "update"


def blog(archive: Archive, number: int, hours: float, more: str = "") -> tuple[Reason, bool]:
    """The decision about a live blog's next figure, so many hours after its first wording."""
    at, text = NOW + timedelta(hours=hours), more + TEXT.replace("400.000", f"{41 + number}.000")
    edit = archive.store(decided(archive, replace(STORY, body=text), now=at), at)
    return edit.intents[0].reason, edit.intents[0].at is not None


def test_a_live_blog_is_updated_only_a_few_times_a_day_and_again_on_the_next() -> None:
    archive = archive_with(STORY)
    first = [blog(archive, number, number + 1)[1] for number in range(MAX_UPDATES + 2)]
    assert first == [True] * MAX_UPDATES + [False] * 2
    later = [blog(archive, 10 + number, 26 + number)[1] for number in range(4)]
    assert later == [True, True, True, False]  # by then the updates of hours 1 to 3 are over a day old


def test_a_correction_is_alerted_however_many_updates_there_were_and_is_not_one_of_them() -> None:
    archive = archive_with(STORY)
    for number in range(MAX_UPDATES + 1):
        blog(archive, number, number + 1)
    assert blog(archive, 9, 9, "Korrektur: ") == (Reason.CORRECTION, True)
    assert blog(archive, 11, 10) == (Reason.ALREADY_SENT, False)
    fresh = archive_with(STORY)
    blog(fresh, 0, 1, "Korrektur: ")
    assert [blog(fresh, 20 + number, 2 + number)[1] for number in range(4)] == [True] * MAX_UPDATES + [False]


def test_a_watch_that_only_the_edit_matches_is_an_update_to_an_address_that_was_alerted() -> None:
    archive, edited = archive_with(STORY), replace(STORY, body=f"{TEXT} Qwen soll darauf laufen.")
    edit = decided(archive, edited)
    assert edit is not None and ("Qwen", Reason.UPDATE, True) in reasons(edit)
    assert [(one.revised, one.sentence) for one in edit.intents if one.watch == "Qwen"] == [("update", "")]
    elsewhere = replace(SETTINGS, routes={**SETTINGS.routes, "Qwen": Route("Qwen", (MAIL,))})
    first = decided(archive, edited, elsewhere)
    assert first is not None and ("Qwen", Reason.MATCHED, True) in reasons(first)
    assert {one.revised for one in first.intents if one.watch == "Qwen"} == {""}


def test_an_edit_of_an_article_whose_text_is_deleted_brings_nothing() -> None:
    archive = archive_with(STORY)
    archive.pruned.add(1)
    assert reasons(decided(archive, replace(STORY, body=f"{TEXT} Qwen, 12 neue Fragen."))) == []


def test_an_edit_of_what_the_first_poll_showed_is_not_alerted() -> None:
    archive = Archive()
    first = archive.store(decided(archive, STORY, replace(SETTINGS, baseline=True)))
    assert reasons(first) == [("H200", Reason.BASELINE, False)] and not first.teaser
    edit = decided(archive, replace(STORY, body=TEXT.replace("400.000", "40.000")))
    assert reasons(edit) == [("H200", Reason.ALREADY_SENT, False)]


@pytest.mark.parametrize(("age", "sent"), [(1, True), (3, False), (None, True)])
def test_the_first_poll_alerts_only_what_is_recent_where_the_user_asked(age: int | None, sent: bool) -> None:
    dated = replace(STORY, published_at=NOW - timedelta(hours=age) if age else None)
    settings = replace(SETTINGS, baseline=True, backfill=timedelta(hours=2))
    [(_, reason, due)] = reasons(decided(Archive(), dated, settings))
    assert due is sent and reason is (Reason.BACKFILL if sent else Reason.BASELINE)


def test_two_articles_with_one_guid_are_separated_by_their_content() -> None:
    archive = archive_with(STORY)
    other = Article(
        "first", "Regen im Norden erwartet", guid="a",
        body="Der Wetterdienst warnt vor Sturm an der Küste und rechnet am Abend mit Böen, die Fähren fahren nicht. "
        "Auf dem Qwen-Rechner lief die Vorhersage.",
    )  # fmt: skip
    found = archive.store(decided(archive, other))
    assert found.keys.identity.startswith("guid:a#1:") and found.story_relation.relation is Relation.NEW
    assert reasons(found) == [("Qwen", Reason.MATCHED, True)]
    assert len(archive.stored) == 2 and decided(archive, other) is None


def test_the_page_of_a_teaser_alerts_only_the_watches_that_the_teaser_did_not_match() -> None:
    archive = archive_with(replace(STORY, body="", lead="Peking erlaubt den Kauf von H200."))
    page = decided(archive, replace(STORY, body=f"{TEXT} Qwen."), page_of=Recognition(1, 1, changed=True))
    assert page is not None and page.story_relation.reason == "the text of its page"
    assert reasons(page) == [("Qwen", Reason.UPDATE, True)]
    assert not archive.asked and not page.teaser and not page.forms


def test_a_page_without_a_further_watch_brings_no_alert_and_is_stored() -> None:
    archive = archive_with(STORY)
    page = archive.store(decided(archive, replace(STORY, body=TEXT * 2), page_of=Recognition(1, 1, changed=True)))
    assert page.intents == () and archive.stored[1].article.body == TEXT * 2


def test_mutes_quiet_hours_and_floods_are_asked_of_the_history() -> None:
    archive = Archive(mutes=[Mute(1, "watch", "H200", NOW + timedelta(days=1))])
    assert reasons(decided(archive, STORY)) == [("H200", Reason.MUTED, False)]
    quiet = replace(SETTINGS, zone=ZoneInfo("Europe/Berlin"), quiet=(time(13), time(15)))
    night = decided(Archive(), STORY, quiet)
    assert night is not None and night.intents[0].at == NOW + timedelta(hours=1)
    flooded = Archive(sent=[(90 + n, sent_at(NOW)) for n in range(FLOOD_LIMIT)])
    assert reasons(decided(flooded, STORY)) == [("H200", Reason.FLOOD, True)]
    old = Archive(sent=[(90 + n, sent_at(NOW - timedelta(minutes=6))) for n in range(FLOOD_LIMIT)])
    assert reasons(decided(old, STORY)) == [("H200", Reason.MATCHED, True)]


def test_a_throttle_of_a_week_is_known_of_the_history() -> None:
    settings = replace(SETTINGS, routes={"H200": Route("H200", (SLACK,), throttle=timedelta(days=7))})
    archive = Archive(sent=[(90, sent_at(NOW - timedelta(days=6)))])
    assert reasons(decided(archive, STORY, settings)) == [("H200", Reason.THROTTLED, True)]


def words(count: int, seed: int) -> str:
    return " ".join(f"Wort{number * seed % 9973}" for number in range(count))


LONG = f"H200. {words(2000, 7)}"


@pytest.mark.parametrize(
    ("change", "relation"),
    [
        ({"source": "second", "guid": "z", "url": "https://second.example/z"}, Relation.COPY),  # a copy
        ({"body": LONG.replace("Wort7 ", "Wort7 12 ")}, Relation.VERSION),  # an edit
        ({"body": f"Qwen. {words(2000, 11)}", "title": "Ganz anders"}, Relation.NEW),  # another article with its guid
    ],
)
def test_long_texts_are_compared_outside_and_the_second_turn_has_the_answer(
    change: dict[str, str], relation: Relation
) -> None:
    old = replace(STORY, body=LONG)
    archive, new = archive_with(old), analysed(replace(old, **change))  # type: ignore[arg-type]
    assert len(LONG) * 2 > MAX_LOCKED_BYTES
    comparisons = open_comparisons()
    decide(new, archive, SETTINGS, comparisons, NOW)
    rounds = 0
    while comparisons.open:
        comparisons.finish()
        rounds += 1
        final = decide(new, archive, SETTINGS, comparisons, NOW)
    assert rounds and final is not None and final.story_relation.relation is relation


def test_each_article_of_a_poll_has_room_for_comparisons_of_its_own() -> None:
    olds = [
        replace(STORY, guid=name, url=f"https://first.example/{name}", body=words(450, 7 + n))
        for n, name in enumerate("abc")
    ]
    archive, comparisons = archive_with(*olds), open_comparisons()
    assert MAX_LOCKED_BYTES > 4.2 * len(olds[0].body) > MAX_LOCKED_BYTES / 2  # two comparisons of two texts
    for old in olds:
        edit = decide(analysed(replace(old, body=f"H200 {old.body} 12")), archive, SETTINGS, comparisons, NOW)
        assert edit is not None and not comparisons.open


@pytest.mark.parametrize(
    ("mode", "length", "wanted"),
    [("auto", 10, True), ("auto", 700, False), ("always", 700, True), ("never", 10, False)],
)
def test_the_page_of_a_new_teaser_is_wanted(mode: str, length: int, wanted: bool) -> None:
    article = replace(STORY, body="H200 " + "x" * length)
    found = decided(Archive(), article, replace(SETTINGS, full_text=mode))
    assert found is not None and found.teaser is wanted is needs_full_text(article, mode)
    assert not needs_full_text(replace(article, url=""), mode)


def test_what_no_watch_matches_is_stored_without_a_question_about_alerts() -> None:
    class Silent(Archive):
        def alerts_of_story(self, number: int) -> Sequence[PastAlert]:
            raise AssertionError

        def active_mutes(self, now: datetime) -> Collection[Mute]:
            raise AssertionError

    found = decided(Silent(), Article("first", "Wetter", guid="w", body="Es bleibt nass."))
    assert found is not None and found.intents == () == found.facts and found.forms == ("a form",)


LONGER = (
    f"{TEXT} Der Konzern aus Dresden will mit den neuen Rechnern ein Sprachmodell trainieren und in Leipzig eine Halle "
    "bauen. Die Stadt stellt dafür ein Grundstück neben dem Flughafen bereit."
)


@pytest.mark.parametrize(
    ("source", "body", "sent"),
    [("second", TEXT, [True, False]), ("first", LONGER, [True, False]), ("first", TEXT, [True, True])],
    ids=["another feed", "a long text in one feed", "two short entries of one feed"],
)
def test_the_order_of_two_copies_in_one_poll_decides_which_is_alerted(source: str, body: str, sent: list[bool]) -> None:
    archive, story = Archive(), replace(STORY, body=body)
    pair: Iterable[Article] = (story, replace(story, source=source, guid="b", url=f"https://{source}.example/b"))
    found = [archive.store(decided(archive, one)) for one in pair]
    assert [reasons(one)[0][2] for one in found] == sent
