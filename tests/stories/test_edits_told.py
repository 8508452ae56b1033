"""Edits under one name: news in them is told as an update, style is silent, and a wording is told once."""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

from tests.stories.documents import Entry
from tests.stories.scenario import EVERYTHING, OLD, Story, cases
from tests.stories.texts import REPORTS


def edit(story: Story, before: tuple[str, str], after: tuple[str, str]) -> list[str]:
    """Publish an article, then other words under its name; returns what the edit tells."""
    story.begin("wires")
    first = Entry(*before, name="one")
    assert story.new_alerts("wires", [first, OLD]) == [first.title]
    told = story.new_alerts("wires", [Entry(*after, name="one"), OLD], hours=1)
    assert story.new_alerts("wires", [Entry(*after, name="one")], hours=1) == []  # it is told once
    return told


LONG_HEADLINES = (
    ("Quorion cuts 300 jobs in Bergen", "Quorion cuts 3000 jobs in Bergen", "plant"),
    ("Corvane to recommend the offer", "Corvane not to recommend the offer", "merger"),
    ("Osmara: two customers hurt", "Osmara: twelve customers hurt", "recall"),
    ("Strike to last 36 hours", "Strike to last 72 hours", "strike"),
    ("Agency approves Hespera's medicine", "Agency rejects Hespera's medicine", "drug"),
)


@cases("before, after, report", LONG_HEADLINES)
def test_a_headline_that_states_something_else_over_an_unchanged_long_text_is_an_update(
    story: Story, before: str, after: str, report: str
) -> None:
    assert edit(story, (before, REPORTS[report]), (after, REPORTS[report])) == [f"update: {after}"]
    assert after in [one.title for one in story.articles()]


SHORT_EDITS = (
    ("Osmara confirms talks about a sale", "Osmara denies talks about a sale"),
    ("Minister tritt nach der Affäre zurück", "Minister tritt nach der Affäre nicht zurück"),
    ("Hespera raises its outlook for the year", "Hespera cuts its outlook for the year"),
    ("Tandril expects 40 million profit", "Tandril expects 14 million profit"),
    ("Investigating: payments fail in Europe", "Resolved: payments fail in Europe"),
)


@cases("before, after", SHORT_EDITS)
def test_a_headline_turned_round_over_a_short_text_is_an_update(story: Story, before: str, after: str) -> None:
    assert edit(story, (before, f"{before}."), (after, f"{after}.")) == [f"update: {after}"]


@cases("before, after", SHORT_EDITS)
def test_a_headline_turned_round_without_any_text_is_an_update(story: Story, before: str, after: str) -> None:
    assert edit(story, (before, ""), (after, "")) == [f"update: {after}"]


NEW_WORDS = ("Nvidia", "H200", "Qwen", "Insolvenz", "阿里巴巴")


@cases("word", NEW_WORDS)
def test_a_watched_word_that_is_new_in_the_headline_over_a_long_text_matches_and_is_told(
    story: Story, word: str
) -> None:
    story.watches = {"word": {"any": [word]}}
    story.begin("wires")
    story.poll("wires", [Entry("Quorion builds a plant", REPORTS["plant"], name="one"), OLD])
    assert story.alerts == []
    edited = Entry(f"Quorion builds a plant with {word}", REPORTS["plant"], name="one")
    story.poll("wires", [edited, OLD])
    assert story.headlines == [edited.title]
    story.poll("wires", [edited])
    assert story.headlines == [edited.title]


@cases("word", NEW_WORDS)
def test_a_watched_word_that_another_member_was_told_with_is_not_told_again(story: Story, word: str) -> None:
    story.watches = {"word": {"any": [word]}}
    story.begin("wires", "paper")
    story.poll("paper", [Entry(f"Quorion builds a plant with {word}", REPORTS["plant"], name="p"), OLD])
    assert len(story.headlines) == 1
    story.poll("wires", [Entry("Quorion builds a plant", REPORTS["plant"], name="one"), OLD])
    story.poll("wires", [Entry(f"Quorion builds a plant with {word}", REPORTS["plant"], name="one"), OLD])
    assert len(story.headlines) == 1


@cases("report", tuple(REPORTS))
def test_an_edited_headline_is_stored_even_where_it_is_no_news(story: Story, report: str) -> None:
    before, after = f"The {report}: an overview", f"The {report}: the overview"
    assert edit(story, (before, REPORTS[report]), (after, REPORTS[report])) == []
    assert after in [one.title for one in story.articles()] and before not in [one.title for one in story.articles()]


HALTS = tuple(f"{name} {kind}" for name in ("Quorion", "Lumetra", "Osmara", "Tandril") for kind in ("Ltd", "Mining"))


@cases("headline", ("Trading Halt", "Pause in Trading", "Handelsaussetzung", "Suspension de cours", "停牌公告"))
def test_eight_halts_of_eight_companies_under_one_link_and_guid_are_each_told(story: Story, headline: str) -> None:
    story.begin("wires")
    for name in HALTS:
        one = Entry(
            f"{headline}: {name}", f"{headline}. {name}: 09:31.", guid="halt", link="https://wires.example/halt"
        )
        story.poll("wires", [one, OLD], hours=1)
    assert [title.rpartition(": ")[2] for title in story.headlines] == list(HALTS)


DEATHS = "The collapse of the hall in Bergen has killed {n} people, the police of the district said at noon."


@cases("label", ("Correction", "KORREKTUR", "Berichtigung", "CORRECTED", "Rectificatif"))
def test_a_correction_is_told_after_three_updates(story: Story, label: str) -> None:
    story.begin("wires")
    for number in (14, 17, 23, 31, 44):
        story.poll("wires", [Entry("Hall collapses", DEATHS.format(n=number), name="hall"), OLD], hours=1)
    assert story.alerts == ["Hall collapses", *["update: Hall collapses"] * 3]
    corrected = Entry(f"{label}: Hall collapses", DEATHS.format(n=19), name="hall")
    assert story.new_alerts("wires", [corrected, OLD], hours=1) == [f"correction: {corrected.title}"]


@cases("more", (1, 2, 3, 4, 5))
def test_another_article_and_a_next_day_are_told_after_three_updates(story: Story, more: int) -> None:
    story.begin("wires")
    for number in (14, 17, 23, 31, 44, 58):
        story.poll("wires", [Entry("Hall collapses", DEATHS.format(n=number), name="hall"), OLD], hours=1)
    other = Entry(f"Mayor number {more} resigns", "She had been warned of the roof.", name="mayor")
    assert story.new_alerts("wires", [other, OLD]) == [other.title]
    next_day = Entry("Hall collapses", DEATHS.format(n=60 + more), name="hall")
    assert story.new_alerts("wires", [next_day, OLD], hours=25) == ["update: Hall collapses"]


FEED_COUNTS = (2, 3, 4, 5, 6)


@cases("count", FEED_COUNTS)
def test_an_edit_is_told_once_however_many_feeds_carry_the_article(story: Story, count: int) -> None:
    feeds = [f"f{n}" for n in range(count)]
    story.begin(*feeds)
    before, after = (Entry("Hall collapses", DEATHS.format(n=number), name="hall") for number in (14, 41))
    for feed in feeds:
        story.poll(feed, [before, OLD])
    assert story.alerts == ["Hall collapses"]
    for feed in feeds:
        story.poll(feed, [after, OLD])
    assert story.alerts == ["Hall collapses", "update: Hall collapses"]


@cases("count", FEED_COUNTS)
def test_an_edit_that_feeds_carry_in_one_poll_is_told_once(story: Story, count: int) -> None:
    feeds = [f"f{n}" for n in range(count)]
    story.begin(*feeds)
    for number in (14, 41):
        story.poll_all({feed: [Entry("Hall collapses", DEATHS.format(n=number), name="hall")] for feed in feeds})
    assert story.alerts == ["Hall collapses", "update: Hall collapses"]


@cases("report", tuple(REPORTS))
def test_a_wording_that_returns_is_not_told_again(story: Story, report: str) -> None:
    story.begin("wires")
    one, other = (Entry(f"The {report}", f"{REPORTS[report]} {extra}", name="r") for extra in ("", "40 were hurt."))
    for entry in (one, other, one, other, one):
        story.poll("wires", [entry, OLD])
    assert story.alerts == [one.title, f"update: {one.title}"]


WATCH_CHANGES = (
    ({"all": EVERYTHING}, {"all": EVERYTHING, "plant": {"any": ["Quorion"]}}),
    ({"all": EVERYTHING}, {"every": EVERYTHING}),
    ({"plant": {"any": ["Quorion"]}}, {"works": {"any": ["Quorion"]}}),
    ({"plant": {"any": ["Quorion"]}}, {"plant": {"any": ["Quorion"]}, "norway": {"any": ["Bergen"]}}),
    ({"other": {"any": ["Lumetra"]}}, {"other": {"any": ["Lumetra", "Quorion"]}}),
)
EDITS = (" More follows.", " The board met on Sunday.", " Picture: agency.")


@cases("before, after", WATCH_CHANGES)
def test_a_new_or_renamed_watch_is_not_told_of_an_edit_of_what_was_listed_before(
    story: Story, before: dict[str, object], after: dict[str, object]
) -> None:
    story.watches = before  # type: ignore[assignment]
    old = Entry("Quorion builds a plant", REPORTS["plant"], name="plant")
    story.poll("wires", [old, OLD])  # first sight
    told = Entry("Quorion again", REPORTS["plant"].replace("Bergen", "Bergen and Bodø"), name="again")
    story.poll("wires", [told, old, OLD])
    count = len(story.alerts)
    story.watches = after  # type: ignore[assignment]
    for more in EDITS:
        edited = [Entry(one.title, one.text + more, name=one.name) for one in (told, old)]
        story.poll("wires", [*edited, OLD], hours=1)
    assert len(story.alerts) == count


@cases("before, after", WATCH_CHANGES)
def test_a_new_watch_is_told_of_what_is_new(story: Story, before: dict[str, object], after: dict[str, object]) -> None:
    story.watches = before  # type: ignore[assignment]
    story.begin("wires")
    story.watches = after  # type: ignore[assignment]
    new = Entry("Quorion builds a plant", REPORTS["plant"], name="plant")
    assert story.new_alerts("wires", [new, OLD]) == [new.title]


OTHER_HEADLINES = (
    ("Quorion to build in Norway", "What Quorion plans in Norway", "plant"),
    ("Lumetra offers for Corvane", "Sensor makers to merge: Lumetra offers for Corvane", "merger"),
    ("Osmara calls machines back", "Scalding coffee: Osmara calls machines back", "recall"),
    ("Drivers walk out", "Drivers to walk out at midnight", "strike"),
    ("Hespera's trial succeeds", "Hope for the eye: trial of Hespera succeeds", "drug"),
)
NUMBERS_LOST = (
    ("The board met 14 times, and nobody objected to the plan of Quorion.", "The board met, and nobody objected to the plan of Quorion."),
    ("Lumetra's 31 lawyers read the contract on Sunday in Vienna.", "Lumetra's lawyers read the contract on Sunday in Vienna."),
    ("In 47 Filialen von Osmara steht eine Maschine der Reihe Ristra.", "In den Filialen von Osmara steht eine Maschine der Reihe Ristra."),
    ("Tandril hired 260 drivers from Slovenia last summer.", "Tandril hired drivers from Slovenia last summer."),
    ("Hespera sent 19 boxes of papers to the agency in May.", "Hespera sent boxes of papers to the agency in May."),
)  # fmt: skip
NAMES_WITH_DIGITS = (
    ("The clinic reports fewer cases.", "The clinic reports fewer cases of Covid-19."),
    ("The final is on Sunday in Lahore.", "The T20 final is on Sunday in Lahore."),
    ("The ministers meet in Evian in June.", "The ministers of the G7 meet in Evian in June."),
    ("The aircraft returned to Oslo after take-off.", "The aircraft, a Boeing 737, returned to Oslo after take-off."),
    ("Spain won the tournament in Vienna.", "Spain won the tournament, Euro 2020, in Vienna."),
    ("Her century came before lunch at the Oval.", "Her 42-ball century came before lunch at the Oval."),
    ("Der Prozessor kommt im Herbst auf den Markt.", "Der Prozessor A17 kommt im Herbst auf den Markt."),
)
NEGATIONS_OF_STYLE = (
    ("The parties have yet to sign the contract in Vienna.", "The parties have not yet signed the contract in Vienna."),
    ("The report is incomplete, the auditor says.", "The report is not complete, the auditor says."),
    ("Few of the drivers came to the meeting.", "Not many of the drivers came to the meeting."),
    ("Der Vorstand lehnte einen Kommentar ab.", "Der Vorstand wollte sich nicht äußern."),
    ("The company declined to comment on the offer.", "The company would not comment on the offer."),
    ("Osmara is unlikely to sell before the spring.", "Osmara is not likely to sell before the spring."),
)


@cases("before, after, report", OTHER_HEADLINES)
def test_another_headline_over_the_same_text_is_style(story: Story, before: str, after: str, report: str) -> None:
    assert edit(story, (before, REPORTS[report]), (after, REPORTS[report])) == []


@cases("before, after", NUMBERS_LOST)
def test_a_number_that_is_left_out_is_style(story: Story, before: str, after: str) -> None:
    assert edit(story, ("The week in business", before), ("The week in business", after)) == []


@cases("before, after", NAMES_WITH_DIGITS)
def test_digits_inside_a_name_are_no_figure(story: Story, before: str, after: str) -> None:
    rest = REPORTS["plant"]
    assert edit(story, ("The day", f"{before} {rest}"), ("The day", f"{after} {rest}")) == []


@cases("before, after", NEGATIONS_OF_STYLE)
def test_a_negation_that_says_the_same_is_style(story: Story, before: str, after: str) -> None:
    rest = REPORTS["recall"]
    assert edit(story, ("The day", f"{before} {rest}"), ("The day", f"{after} {rest}")) == []


FIGURES = (
    ("10", "27", "has killed {} people"),
    ("480", "840", "will cost {} million euros"),
    ("300", "3,000", "is to cost {} jobs"),
    ("4.2", "2.4", "lowers production by {} percent"),
    ("1,5", "2,5", "kostet {} Milliarden Euro"),
)


@cases("before, after, sentence", FIGURES)
def test_the_alert_of_an_update_shows_the_old_and_the_new_figure(
    story: Story, before: str, after: str, sentence: str
) -> None:
    whole = f"The accident in the hall of Quorion near Bergen {sentence}."
    told = edit(story, ("The hall", whole.format(before)), ("The hall", whole.format(after)))
    assert told == ["update: The hall"]
    shown = story.messages[-1].body.splitlines()[0]
    assert before in shown and after in shown and shown.index(before) < shown.rindex(after)
