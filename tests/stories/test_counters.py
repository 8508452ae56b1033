"""Counters, ages, clocks and reading times in a text are no news, however often they change."""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases
from tests.stories.texts import REPORTS

COUNTERS = (
    "Points: {n}", "# Comments: {n}", "{n} points and {m} comments", "{n} Kommentare", "Kommentare ({n})",
    "Gelesen: {n} mal", "{n} mal gelesen", "{n} views", "Views: {n}", "{n} Aufrufe", "{n} Likes", "{n} likes · {m} shares",
    "vor {n} Minuten", "{n} minutes ago", "il y a {n} minutes", "hace {n} minutos", "Stand: 09:{n} Uhr",
    "Updated 09:{n} GMT", "Zuletzt aktualisiert: 23.11.2026, 09:{n} Uhr", "阅读 {n}", "{n} 次浏览", "{n}分前",
    "Lesezeit: {n} Min.", "{n} min read", "{n} retweets", "Score: {n}", "{n} commentaires", "Bewertungen: {n}",
    "{n} votes", "Downloads: {n}",
)  # fmt: skip
SHORT = "Quorion opens its plant near Bergen to visitors."


def assert_silent_while_it_counts(story: Story, text: str, line: str) -> None:
    """The article is told once, whatever its counter shows."""
    story.begin("forum")
    for step, number in enumerate((24, 27, 31, 48, 57)):
        one = Entry("Quorion opens a plant", f"{text} {line.format(n=number, m=number + 9)}", name="plant")
        assert story.new_alerts("forum", [one, OLD]) == [one.title][: step == 0], line.format(n=number, m=number + 9)


@cases("line", COUNTERS)
def test_a_counter_behind_a_short_text_is_no_news(story: Story, line: str) -> None:
    assert_silent_while_it_counts(story, SHORT, line)


@cases("line", COUNTERS[::3])
def test_a_counter_behind_a_report_is_no_news(story: Story, line: str) -> None:
    assert_silent_while_it_counts(story, REPORTS["recall"], line)


@cases("line", COUNTERS[::6])
def test_a_text_that_is_nothing_but_a_counter_is_no_news(story: Story, line: str) -> None:
    assert_silent_while_it_counts(story, "", line)


HNRSS = (
    '<p>Article URL: <a href="https://blog.example/{name}">https://blog.example/{name}</a></p>'
    '<p>Comments URL: <a href="https://forum.example/item?id={id}">https://forum.example/item?id={id}</a></p>'
    "<p>Points: {n}</p><p># Comments: {m}</p>"
)


@cases(
    "title",
    ("Show HN: a chess engine in 400 lines", "Qwen 3 is out", "H200 prices fall", "Ask HN: who hires?", "GLM-5"),
)
def test_a_post_of_a_forum_with_points_and_comments_is_told_once(story: Story, title: str) -> None:
    story.begin("forum")
    for step, number in enumerate((1, 5, 24, 250, 1204)):
        text = HNRSS.format(name="post", id=41234567, n=number, m=number // 2)
        assert story.new_alerts("forum", [Entry(title, text, name="41234567"), OLD]) == [title][: step == 0]


FIGURES = (
    ("Quorion ships {n} turbines to customers in Norway, its board says.", 27, 270),
    ("Bei dem Unglück in der Werkhalle von Osmara starben {n} Menschen.", 13, 31),
    ("Lumetra pays {n} million dollars for the lens maker of Jena.", 240, 420),
    ("Der Betriebsrat zählt {n} neue Mitglieder im Werk von Tandril.", 14, 140),
    ("Hespera closes {n} of its stores in Spain before Christmas.", 24, 42),
)


@cases("sentence, before, after", FIGURES)
def test_a_figure_of_the_news_itself_is_told_beside_a_counter(
    story: Story, sentence: str, before: int, after: int
) -> None:
    story.begin("forum")
    first, second = (
        Entry("What is known so far", f"{sentence.format(n=figure)} {count} Kommentare", name="n")
        for figure, count in ((before, 24), (after, 27))
    )
    assert story.new_alerts("forum", [first, OLD]) == [first.title]
    assert story.new_alerts("forum", [second, OLD]) == [f"update: {first.title}"]
