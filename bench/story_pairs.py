"""Pairs of articles of known kind, made of the stories in `story_texts.toml`; every third story is held back.

A pair is an old and a new article and what a reader would say of the new one: news, the same story, an update of the
article under its own name, or a change of style. The module decides nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).with_name("story_texts.toml")
HELD_BACK = 3  # every third story is not used for tuning
Wire = tuple[str, str]  # headline, text
Story = dict[str, Any]

DATELINES = {"en": "OSLO (Reuters) - ", "de": "EMDEN (dpa-AFX) - ", "zh": "新华社北京电 ", "fr": "LYON (AFP) - "}
FOOTERS = {
    "en": "\nReading time: 2 min\n© 2026 Harbour Media … 12 more stories\nPhone +49 40 1234567",
    "de": "\nLesedauer: 2 Min.\nWKN: 716460 | ISIN: DE0007164600\n© 2026 Hafen Medien\nTelefon 040 1234567",
    "zh": "\n阅读 27\n© 2026 海港传媒",
}
COUNTERS = {
    "en": ("\nPoints: 24\n27 comments\nUpdated 27 minutes ago", "\nPoints: 91\n33 comments\nUpdated 48 minutes ago"),
    "de": (
        "\nGelesen: 27 mal\n27 Kommentare\nStand: 09:27 Uhr",
        "\nGelesen: 81 mal\n33 Kommentare\nStand: 11:42 Uhr",
    ),
    "zh": ("\n阅读 27\n评论 3", "\n阅读 812\n评论 19"),
}
ROUND_UPS = {
    "en": "The week in ten stories",
    "de": "Das war die Woche",
    "zh": "本周新闻回顾",
    "ru": "Главное за неделю",
    "ja": "今週のニュースまとめ",
    "pl": "Tydzień w skrócie",
    "fr": "La semaine en bref",
}
CORRECTIONS = {"en": "Correction: ", "de": "Korrektur: ", "zh": "更正："}
FORMS = (
    ("Director/PDMR Shareholding", "{} announces that its finance director bought ordinary shares on Friday."),
    ("Transaction in Own Shares", "{} announces that it has purchased ordinary shares for cancellation today."),
    ("Holding(s) in Company", "{} was notified that an investor crossed a threshold of voting rights."),
    ("6-K - Report of foreign issuer", ""),
    ("Stimmrechtsmitteilung", ""),
    ("Vorstand, Kauf", ""),
)


@dataclass(frozen=True, slots=True)
class StoryPair:
    """An old and a new article; kind: news, same, update or style."""

    kind: str
    name: str
    language: str
    old: Wire
    new: Wire
    same_name: bool = False  # an edit under one name of one feed
    same_feed: bool = False  # two entries of one document
    held_back: bool = False


def story_pairs() -> list[StoryPair]:
    """All pairs in a fixed order."""
    with TEXTS.open("rb") as file:
        stories = tomllib.load(file)["story"]
    return [pair for number, story in enumerate(stories) for pair in _pairs_of(story, number, stories)]


def _pairs_of(story: Story, number: int, stories: list[Story]) -> Iterator[StoryPair]:
    held = number % HELD_BACK == HELD_BACK - 1
    for kind, makers in (("same", SAME), ("news", NEWS)):
        for name, make in makers.items():
            old, new = make(story)
            if "swapped" not in name or _has_two_actors(story):
                yield StoryPair(kind, name, story["language"], old, new, held_back=held)
    for kind, makers in (("update", UPDATES), ("style", STYLE)):
        for name, make in makers.items():
            old, new = make(story)
            if "swapped" not in name or _has_two_actors(story):
                yield StoryPair(kind, name, story["language"], old, new, same_name=True, same_feed=True, held_back=held)
    other = stories[(number + 1) % len(stories)]
    yield StoryPair("news", "another story", story["language"], _wire(other), _wire(story), held_back=held)
    yield _form_pair(story, number, held)


def _has_two_actors(story: Story) -> bool:
    """Whether both actors act on each other in the headline; a place does not."""
    return story["partner"] in story["headline"] and story.get("swap", True)


def _form_pair(story: Story, number: int, held: bool) -> StoryPair:
    form, text = FORMS[number % len(FORMS)]
    old, new = ((f"{story[who]}: {form}", text.format(story[who])) for who in ("actor", "other"))
    return StoryPair("news", "forms side by side", story["language"], old, new, same_feed=True, held_back=held)


def _wire(story: Story) -> Wire:
    return story["headline"], story["text"]


def _first(text: str) -> str:
    """The first sentence."""
    mark = "。" if "。" in text else ". "
    return text.partition(mark)[0] + mark.strip()


def _sentences(text: str) -> list[str]:
    mark = "。" if "。" in text else ". "
    parts = [one for one in text.split(mark) if one]
    return [one if one.endswith(mark.strip()) else one + mark.strip() for one in parts]


def _reordered(text: str) -> str:
    parts = _sentences(text)
    return ("" if "。" in text else " ").join([parts[0], *reversed(parts[1:])])


def _replaced(story: Story, slot: str) -> Wire:
    """Headline and text with the second phrases of a slot of four."""
    old, new, old_text, new_text = story[slot]
    headline = story["headline"].replace(old, new, 1)
    text = story["text"].replace(old_text, new_text, 1)
    return headline, text


def _renamed(story: Story, text: bool = True) -> Wire:
    old, new = story["actor"], story["other"]
    return story["headline"].replace(old, new), story["text"].replace(old, new) if text else ""


def _swapped(story: Story) -> Wire:
    """Both actors exchanged in headline and first sentence."""
    one, two = story["actor"], story["partner"]
    exchanged = (
        part.replace(one, "\0").replace(two, one).replace("\0", two) for part in (story["headline"], story["text"])
    )
    headline, text = exchanged
    return headline, text


def _refigured(story: Story) -> Wire:
    old, new = story["number"]
    return story["headline"].replace(old, new), story["text"].replace(old, new)


def _round_up(story: Story) -> Wire:
    return ROUND_UPS[story["language"]], f"{story['next_text']}\n{story['lead']}\n{story['text']}"


def _misspelt(text: str) -> str:
    """One long word with two letters exchanged."""
    words = text.split(" ")
    at = max(range(len(words)), key=lambda n: len(words[n]) if words[n].islower() else 0)
    word = words[at]
    words[at] = word[:3] + word[4] + word[3] + word[5:] if len(word) > 5 else word
    return " ".join(words)


def _table(texts: dict[str, Any], story: Story) -> Any:
    return texts.get(story["language"], texts["en"])


Maker = Callable[[Story], tuple[Wire, Wire]]
SAME: dict[str, Maker] = {
    "equal headline, own teaser": lambda s: (_wire(s), (s["headline"], s["lead"])),
    "equal headline, teaser first": lambda s: ((s["headline"], s["lead"]), _wire(s)),
    "equal headline, no text": lambda s: (_wire(s), (s["headline"], "")),
    "near headline, own teaser": lambda s: (_wire(s), (s["near"], s["lead"])),
    "near headline, no text": lambda s: ((s["headline"], ""), (s["near"], "")),
    "syndicated with dateline": lambda s: (
        _wire(s), (s["headline"], _table(DATELINES, s) + s["text"] + _table(FOOTERS, s))
    ),
    "syndicated, other headline": lambda s: (_wire(s), (s["headline2"], _table(DATELINES, s) + s["text"])),
    "teaser after its article": lambda s: (_wire(s), (s["near"], _first(s["text"]))),
    "article after its teaser": lambda s: ((s["near"], _first(s["text"])), _wire(s)),
    "urgent label": lambda s: (_wire(s), ("EIL: " + s["headline"], _first(s["text"]))),
    "other order": lambda s: (_wire(s), (s["near"], _reordered(s["text"]))),
    "rewrite": lambda s: (_wire(s), (s["near"], s["rewrite"])),
    "rewrite, other headline": lambda s: (_wire(s), (s["headline2"], s["rewrite"])),
}  # fmt: skip
NEWS: dict[str, Maker] = {
    "reversed verb": lambda s: (_wire(s), _replaced(s, "verb")),
    "reversed verb, no text": lambda s: ((s["headline"], ""), (_replaced(s, "verb")[0], "")),
    "reversed verb, own teaser": lambda s: (_wire(s), (_replaced(s, "verb")[0], s["lead"])),
    "exchanged name": lambda s: (_wire(s), _renamed(s)),
    "exchanged name, no text": lambda s: ((s["headline"], ""), _renamed(s, text=False)),
    "swapped actors": lambda s: (_wire(s), _swapped(s)),
    "swapped actors, no text": lambda s: ((s["headline"], ""), (_swapped(s)[0], "")),
    "another figure": lambda s: (_wire(s), _refigured(s)),
    "denial": lambda s: (_wire(s), _replaced(s, "negation")),
    "denial, no text": lambda s: ((s["headline"], ""), (_replaced(s, "negation")[0], "")),
    "next day": lambda s: (_wire(s), (s["next_headline"], s["next_text"])),
    "next day, old text below": lambda s: (_wire(s), (s["next_headline"], f"{s['next_text']}\n{s['text']}")),
    "update with old text below": lambda s: (
        _wire(s), ("UPDATE 3: " + s["next_headline"], f"{_first(s['next_text'])}\n{s['text']}")
    ),
    "round-up": lambda s: (_wire(s), _round_up(s)),
}  # fmt: skip
UPDATES: dict[str, Maker] = {
    "edit: another figure": lambda s: (_wire(s), (s["headline"], _refigured(s)[1])),
    "edit: denial": lambda s: (_wire(s), (s["headline"], _replaced(s, "negation")[1])),
    "edit: denial in the headline": lambda s: (_wire(s), (_replaced(s, "negation")[0], s["text"])),
    "edit: swapped actors": lambda s: (_wire(s), (_swapped(s)[0], s["text"])),
    "edit: reversed verb in the headline": lambda s: (_wire(s), (_replaced(s, "verb")[0], s["text"])),
    "edit: next day's news": lambda s: (_wire(s), (s["next_headline"], f"{s['next_text']}\n{s['text']}")),
    "edit: correction": lambda s: (_wire(s), (_table(CORRECTIONS, s) + s["headline"], s["text"])),
    "edit: status": lambda s: (("Investigating: " + s["headline"], s["lead"]),
        ("Resolved: " + s["headline"], s["lead"])),
}  # fmt: skip
STYLE: dict[str, Maker] = {
    "edit: synonym": lambda s: (_wire(s), (s["headline"], s["text"].replace(*s["style"]))),
    "edit: misspelt word": lambda s: ((s["headline"], _misspelt(s["text"])), _wire(s)),
    "edit: word added to headline": lambda s: (_wire(s), (s["near"], s["text"])),
    "edit: headline of the same story": lambda s: (_wire(s), (s["headline2"], s["text"])),
    "edit: sentence left out": lambda s: (_wire(s), (s["headline"], "".join(_sentences(s["text"])[:-1]))),
    "edit: footer": lambda s: (_wire(s), (s["headline"], s["text"] + _table(FOOTERS, s))),
    "edit: counters": lambda s: (
        (s["headline"], s["text"] + _table(COUNTERS, s)[0]), (s["headline"], s["text"] + _table(COUNTERS, s)[1])
    ),
    "edit: order": lambda s: (_wire(s), (s["headline"], _reordered(s["text"]))),
}  # fmt: skip
