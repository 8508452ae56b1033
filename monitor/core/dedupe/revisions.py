"""What a new wording of an article changes, where that is news: a number, a denial, a name, a headline, a correction.

It compares two wordings and says which sentence is new. Whether anybody is told is not its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.dedupe.differences import differing, read
from monitor.core.dedupe.keys import is_filing, keys, title_key
from monitor.core.facts.extract import sentence
from monitor.core.model.articles import Article, Candidate
from monitor.core.text.clean import words
from monitor.core.text.extent import head

CORRECTED = re.compile(
    r"\b(?:korrektur|korrigierte? (?:fassung|version)|korrigiert|berichtigung|berichtigt|richtigstellung|correction|"
    r"corrected|corrects|retraction|retracted|widerruf|更正)\b",
    re.IGNORECASE,
)
HEAD = 300  # characters of a text in which a correction is announced
UNLIKE = 0.5  # of the words of two headlines; a publisher that tries headlines keeps more of them
LONGEST = 240  # characters of the sentence that is shown


@dataclass(frozen=True, slots=True)
class Change:
    """Why a wording is news, and the sentence that is new; corrects: it takes something back."""

    reason: str
    sentence: str
    corrects: bool = False


def corrects(title: str, body: str) -> bool:
    """Whether a text says of itself that it corrects another."""
    return bool(CORRECTED.search(title) or CORRECTED.search(body[:HEAD]))


def change(old: Candidate, new: Article) -> Change | None:
    """What is news in the new wording; None where it is a re-render: a share price, a date, an advertisement.

    A filing has one text for ever: another entry of it names another party.
    """
    if is_filing(new.guid):
        return None
    body = head(new.body or new.lead)
    told = next(fresh(old, body), "") or new.title
    if corrects(new.title, body) and not corrects(old.title, old.body):
        return Change("a correction", cut(told), corrects=True)
    if keys(new).revision == old.keys.revision:
        return None
    objection = differing(read(new.title, body), read(old.title, old.body))
    if objection:
        return Change(objection, cut(told))
    return Change("another headline", cut(new.title)) if renamed(old.title, new.title) else None


def renamed(old: str, new: str) -> bool:
    """Whether a headline says something else, and not the same in a few other words."""
    one, other = set(words(title_key(old))), set(words(title_key(new)))
    return bool(one and other) and len(one & other) / min(len(one), len(other)) < UNLIKE


def fresh(old: Candidate, body: str) -> Iterator[str]:
    """The sentences of a text that the old one does not have, those with a figure first."""
    known = {" ".join(words(one)) for one in sentences(head(old.body))}
    new = [one for one in sentences(body) if " ".join(words(one)) not in known]
    yield from sorted(new, key=lambda one: not any(char.isdigit() for char in one))


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text."""
    at = 0
    while at < len(text):
        start, end = sentence(text, at, at + 1)
        if piece := text[max(at, start) : end].strip():
            yield piece
        at = max(end, at + 1)


def cut(text: str) -> str:
    """A sentence of a length to be shown."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
