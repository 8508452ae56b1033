"""Two articles with the same figures, names or words that state something else: both are told.

Each also has its silent side: the same statement of another feed is told once.
"""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

import pytest

from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases
from tests.stories.texts import BACKGROUND, BOILERPLATE, REPORTS

FEEDS = pytest.mark.parametrize("second", ["wires", "paper"], ids=["one-feed", "two-feeds"])

WAYS = pytest.mark.parametrize(
    ("second", "rest"),
    [("wires", BACKGROUND), ("paper", BACKGROUND), ("paper", "")],
    ids=["one-feed", "two-feeds", "two-feeds-short"],
)

# Headline and text of the first article, and of the one that follows
SAME_FIGURES = (
    (
        ("Nvidia may sell 400,000 chips to China", "Washington allows Nvidia to deliver 400,000 H200 chips to three "
         "customers in China. The order is worth 12 billion dollars."),
        ("Beijing blocks Nvidia", "China's regulator has forbidden the purchase of 400,000 H200 chips worth 12 "
         "billion dollars that Washington had allowed the day before."),
    ),
    (
        ("Lumetra bids for Corvane", "Lumetra offers 31 dollars a share, or 2.4 billion dollars in all, for Corvane."),
        ("Lumetra withdraws from Corvane", "Lumetra no longer wants Corvane: the offer of 31 dollars a share, or 2.4 billion dollars, "
         "lapses tonight after the due diligence."),
    ),
    (
        ("Navy orders six ships from Quorion", "The navy buys six corvettes from Quorion's yard for 3.1 billion euros."),
        ("Quorion loses its navy order in court", "A court annuls the award of six corvettes for 3.1 billion euros to "
         "Quorion's yard, because a rival was not heard."),
    ),
    (
        ("Report: Osmara owes 740 million in tax", "Osmara owes the treasury 740 million euros for seven years, the paper "
         "Il Levante writes."),
        ("Osmara denies owing tax", "Osmara calls the report false that it owes 740 million euros for seven years. The "
         "authority has closed its audit without a claim."),
    ),
    (
        ("Hespera keeps its outlook", "Hespera expects sales of 5.2 billion francs and a margin of 18 percent this year."),
        ("Hespera gives up 1,200 jobs", "The group gives up 1,200 jobs in Basel. It had named sales of 5.2 billion francs and "
         "a margin of 18 percent as its goal for the year."),
    ),
    (
        ("Tandril und Gewerkschaft einig", "Die Lokführer bekommen 7 Prozent mehr und 1.500 Euro auf einmal."),
        ("Mitglieder der Gewerkschaft lehnen bei Tandril ab", "Die Lokführer stimmen gegen 7 Prozent mehr und 1.500 Euro auf einmal; der Streik bei "
         "Tandril geht weiter."),
    ),
)  # fmt: skip


@FEEDS
@cases("first, later", SAME_FIGURES)
def test_the_same_figures_in_another_statement_are_news(
    story: Story, first: tuple[str, str], later: tuple[str, str], second: str
) -> None:
    story.begin("wires", "paper")
    old, new = Entry(*first, name="first"), Entry(*later, name="second")
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    listed = [new, old, OLD] if second == "wires" else [new, OLD]
    assert story.new_alerts(second, listed, hours=20) == [new.title]


@cases("first, later", SAME_FIGURES)
def test_the_same_statement_of_another_feed_is_told_once(
    story: Story, first: tuple[str, str], later: tuple[str, str]
) -> None:
    story.begin("wires", "paper")
    for entry in (Entry(*first, name="first"), Entry(*later, name="second")):
        assert story.new_alerts("wires", [entry, OLD], hours=2) == [entry.title]
        assert story.new_alerts("paper", [entry, OLD], minutes=10) == []


TURNS = (
    (
        "approved",
        "blocked",
        "Brussels has {} the sale of Corvane's sensor business to Lumetra after a review of a year",
    ),
    ("lifts", "imposes", "Washington {} duties on wind turbines of Quorion and other makers from Europe on Monday"),
    ("genehmigt", "verboten", "Das Kartellamt hat die Übernahme von Corvane durch den Rivalen Lumetra {}"),
    ("startet", "stoppt", "Quorion {} die Fertigung von Rotorblättern in seinem Werk bei Bergen in Norwegen"),
    ("guilty", "innocent", "Jury finds the former treasurer of Osmara {} of taking bribes from a supplier of valves"),
    (
        "upgraded",
        "downgraded",
        "Larkfield has {} Hespera after the trial of its medicine for the eye in nine countries",
    ),
    ("resumes", "halts", "Tandril {} its trains between Vienna and Zagreb after the snow of the weekend"),
    ("rejects", "accepts", "Founder Imre Valdo {} the offer of 31 dollars a share for his stake in Corvane"),
)


def twins(words: tuple[str, str], template: str, rest: str) -> tuple[Entry, Entry]:
    """Two articles of one template; the headline is the first sentence of the text."""
    first, second = (
        Entry(template.format(word), f"{template.format(word)}. {rest}", name=f"n{n}") for n, word in enumerate(words)
    )
    return first, second


@WAYS
@cases("before, after, template", TURNS)
def test_one_word_turned_round_is_news(
    story: Story, before: str, after: str, template: str, second: str, rest: str
) -> None:
    story.begin("wires", "paper")
    old, new = twins((before, after), template, rest)
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    listed = [new, old, OLD] if second == "wires" else [new, OLD]
    assert story.new_alerts(second, listed, hours=3) == [new.title]


@cases("before, after, template", TURNS)
def test_one_word_turned_round_in_an_edit_is_told_as_an_update(
    story: Story, before: str, after: str, template: str
) -> None:
    story.begin("wires")
    old, new = (Entry(one.title, one.text, name="same") for one in twins((before, after), template, ""))
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    assert story.new_alerts("wires", [new, OLD], hours=3) == [f"update: {new.title}"]


@cases("before, after, template", TURNS)
def test_the_same_headline_and_text_of_another_feed_is_silent(
    story: Story, before: str, after: str, template: str
) -> None:
    story.begin("wires", "paper")
    old, _ = twins((before, after), template, BACKGROUND)
    story.poll("wires", [old, OLD])
    assert story.new_alerts("paper", [old, OLD], hours=1) == []


TEMPLATE_NAMES = (
    ("adidas", "zooplus", "{} steigert den Umsatz im dritten Quartal kräftig"),
    ("Éclair", "Śnieżka", "{} relève ses objectifs pour l'ensemble de l'année"),
    ("Газпром", "Лукойл", "{} увеличил чистую прибыль в третьем квартале"),
    ("阿里巴巴", "百度", "{}第三季度营收超出市场预期"),
    ("トヨタ", "ホンダ", "{}が通期の業績予想を上方修正"),
    ("삼성전자", "현대차", "{} 3분기 영업이익 시장 예상 웃돌아"),
    ("eBay", "iRobot", "{} beats expectations in the third quarter and raises its outlook"),
)


@WAYS
@cases("before, after, template", TEMPLATE_NAMES)
def test_a_name_in_any_script_makes_another_article_of_a_template(
    story: Story, before: str, after: str, template: str, second: str, rest: str
) -> None:
    story.begin("wires", "paper")
    old, new = twins((before, after), template, rest)
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    listed = [new, old, OLD] if second == "wires" else [new, OLD]
    assert story.new_alerts(second, listed, hours=1) == [new.title]


@cases("before, after, template", TEMPLATE_NAMES)
def test_a_name_in_any_script_is_told_once_though_two_feeds_have_it(
    story: Story, before: str, after: str, template: str
) -> None:
    story.begin("wires", "paper")
    one = Entry(template.format(before), f"{template.format(before)}.", name="n")
    assert story.new_alerts("wires", [one, OLD]) == [one.title]
    assert story.new_alerts("paper", [one, OLD]) == []


SWAPS = (
    ("Quorion buys Lumetra for 400 million dollars", "Lumetra buys Quorion for 400 million dollars"),
    ("Osmara sues Tandril over a patent for valves", "Tandril sues Osmara over a patent for valves"),
    ("Gewinn steigt auf 12 Mio. Euro, Umsatz auf 80 Mio.", "Gewinn steigt auf 80 Mio. Euro, Umsatz auf 12 Mio."),
    ("Larkfield: upgrade for Hespera, downgrade for Corvane", "Larkfield: upgrade for Corvane, downgrade for Hespera"),
    ("Vienna beats Zagreb 3:1 in the race for the works", "Zagreb beats Vienna 3:1 in the race for the works"),
)


@WAYS
@cases("first, later", SWAPS)
def test_swapped_actors_or_figures_are_news(story: Story, first: str, later: str, second: str, rest: str) -> None:
    story.begin("wires", "paper")
    old, new = Entry(first, f"{first}. {rest}", name="1"), Entry(later, f"{later}. {rest}", name="2")
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    assert story.new_alerts(second, [new, OLD], hours=1) == [new.title]


@cases("first, later", SWAPS)
def test_swapped_actors_or_figures_in_an_edit_are_told_as_an_update(story: Story, first: str, later: str) -> None:
    story.begin("wires")
    old, new = Entry(first, f"{first}.", name="1"), Entry(later, f"{later}.", name="1")
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    assert story.new_alerts("wires", [new, OLD], hours=1) == [f"update: {new.title}"]


SUMS = (
    ("1'500 Millionen Franken", "1'900 Millionen Franken"),
    ("CHF 2'500 Mio.", "CHF 3'500 Mio."),
    ("1’250 Millionen Franken", "9’250 Millionen Franken"),
    ("12'400'000 Franken", "18'400'000 Franken"),
    ("4'750'000 CHF", "5'750'000 CHF"),
)


@FEEDS
@cases("before, after", SUMS)
def test_sums_written_the_swiss_way_are_read_whole(story: Story, before: str, after: str, second: str) -> None:
    story.begin("wires", "paper")
    old, new = (
        Entry("Hespera kauft zu", f"Hespera zahlt {one} für ein Werk in Basel. {BACKGROUND}", name=f"n{n}")
        for n, one in enumerate((before, after))
    )
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    assert story.new_alerts(second, [new, OLD], hours=1) == [new.title]
    assert story.new_alerts("wires" if second == "paper" else "paper", [new, OLD], minutes=5) == []


@cases("before, after", SUMS)
def test_the_alert_shows_a_sum_written_the_swiss_way_in_full(story: Story, before: str, after: str) -> None:
    story.begin("wires")
    story.poll("wires", [Entry("Hespera kauft", f"Der Preis beträgt {before} für das Werk.", name="n"), OLD])
    facts = story.messages[0].body.splitlines()[1]  # the figures stand alone in the second line
    assert before in facts


CONTAINING = (
    ("UPDATE 3-Quorion chief resigns over the plant", "The chief executive resigned at noon, and 3,000 jobs will go.",
     "plant", "before"),
    ("Corvane's founder turns against the offer", "Imre Valdo will not sell after all, he told workers on Friday.",
     "merger", "before"),
    ("Osmara stops the line of Ristra machines", "The line stands still until spring, and 240 people are sent home.",
     "recall", "before"),
    ("Tandril: mediator named", "The former judge Ana Kovač will mediate; the union calls the second strike off.",
     "strike", "before"),
    ("Hespera: death in the trial of its medicine", "One patient has died, and the agency halts the trial at once. "
     "Investigators will travel to Basel. The share lost 22 percent.", "drug", "after"),
)  # fmt: skip


@FEEDS
@cases("title, news, report, place", CONTAINING)
def test_a_new_article_that_contains_an_old_one_is_news(
    story: Story, title: str, news: str, report: str, place: str, second: str
) -> None:
    story.begin("wires", "paper")
    old = Entry(f"The {report} so far", REPORTS[report], name="old")
    text = f"{news} {REPORTS[report]}" if place == "before" else f"{REPORTS[report]} {news}"
    assert story.new_alerts("wires", [old, OLD]) == [old.title]
    assert story.new_alerts(second, [Entry(title, text, name="new"), OLD], hours=4) == [title]


@cases("title, news, report, place", CONTAINING)
def test_a_flash_that_grows_by_paragraphs_with_figures_is_told_as_an_update(
    story: Story, title: str, news: str, report: str, place: str
) -> None:
    story.begin("wires")
    flash = Entry(title, REPORTS[report].split(". ")[0] + ".", name="flash")
    assert story.new_alerts("wires", [flash, OLD]) == [title]
    assert story.new_alerts("wires", [Entry(title, REPORTS[report], name="flash"), OLD]) == [f"update: {title}"]
    assert story.new_alerts("wires", [Entry(title, REPORTS[report], name="flash")]) == []


@cases("report", tuple(REPORTS))
def test_a_teaser_of_an_article_that_was_told_is_silent(story: Story, report: str) -> None:
    story.begin("wires", "paper")
    headline = REPORTS[report].split(". ")[0]
    story.poll("wires", [Entry(headline, REPORTS[report], name="whole"), OLD])
    teaser = Entry(headline, REPORTS[report][:240].rsplit(" ", 1)[0] + " …", name="teaser")
    assert story.new_alerts("paper", [teaser, OLD], hours=1) == []


SHORT_NEWS = (
    ("Chief executive leaves", "Signe Aalto leaves the company at the end of the month."),
    ("Outlook cut", "The management now expects a loss of 40 million euros for the year."),
    ("Dividend", "Shareholders are to receive 1.20 euros a share, 20 cents more than a year ago."),
    ("Order from the navy", "The navy has ordered six corvettes from the yard in Kiel."),
    ("Site closes", "The works in Jena closes in June; 310 employees are affected."),
)


@cases("title, sentence", SHORT_NEWS)
def test_short_news_in_long_boilerplate_is_told_each_time(story: Story, title: str, sentence: str) -> None:
    story.begin("wires", "paper")
    first = Entry("Results of the third quarter", f"Sales rose to 880 million euros. {BOILERPLATE}", name="q3")
    assert story.new_alerts("wires", [first, OLD]) == [first.title]
    new = Entry(title, f"{sentence} {BOILERPLATE}", name="new")
    assert story.new_alerts("wires", [new, first, OLD], hours=2) == [title]
    assert story.new_alerts("paper", [new, OLD], hours=2) == []


@cases("report", tuple(REPORTS))
def test_the_other_items_of_a_round_up_are_told(story: Story, report: str) -> None:
    story.begin("wires", "paper")
    story.poll("wires", [Entry(f"The {report}", REPORTS[report], name="one"), OLD])
    others = [text for name, text in REPORTS.items() if name != report][:2]
    round_up = Entry("The weekend in brief", " ".join([others[0], REPORTS[report], others[1]]), name="brief")
    assert story.new_alerts("paper", [round_up, OLD], hours=6) == [round_up.title]


@cases("report", tuple(REPORTS))
def test_a_round_up_whose_items_were_all_told_is_silent_in_the_feed_that_told_them(story: Story, report: str) -> None:
    story.begin("wires")
    one = Entry(f"The {report} and nothing else", REPORTS[report], name="one")
    story.poll("wires", [one, OLD])
    again = Entry(one.title, REPORTS[report], name="one", guid="wires-renamed")
    assert story.new_alerts("wires", [again, OLD], hours=6) == []
