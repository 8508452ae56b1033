"""Find what is news in a new version of an article: a number, a denial, a name, a headline, a correction.

The module compares two versions and names the new sentence. It does not decide whether anybody is alerted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.core.dedupe.differences import find_difference, prepare_prose, prepare_text
from monitor.core.dedupe.keys import is_filing, title_key
from monitor.core.facts.extract import sentence_span
from monitor.core.model.articles import ArticleKeys, Candidate
from monitor.core.text.analysis import ArticleAnalysis
from monitor.core.text.clean import folded_words
from monitor.core.text.extent import head

CORRECTION_NOTICE = re.compile(
    r"\b(?:korrektur|korrigierte? (?:fassung|version)|korrigiert|berichtigung|berichtigt|richtigstellung|correction|"
    r"corrected|corrects|retraction|retracted|widerruf|更正)\b",
    re.IGNORECASE,
)
MAX_NOTICE_OFFSET = 300  # characters of a text in which a correction notice counts
MIN_HEADLINE_OVERLAP = 0.5  # of the words of two headlines; a publisher that tests headlines keeps more of them
MAX_SENTENCE_LENGTH = 240  # characters of the sentence that is shown


@dataclass(frozen=True, slots=True)
class Revision:
    """Why a version is news, and its new sentence; corrects: it announces a correction."""

    reason: str
    sentence: str
    corrects: bool = False


def announces_correction(title: str, body: str) -> bool:
    """Whether a headline or the beginning of a text contains a correction notice."""
    return bool(CORRECTION_NOTICE.search(title) or CORRECTION_NOTICE.search(body[:MAX_NOTICE_OFFSET]))


def find_revision(old: Candidate, keys: ArticleKeys, analysis: ArticleAnalysis) -> Revision | None:
    """What is news in the new version; None for a re-render with another share price, date or advertisement.

    The text of a filing never changes: another entry of it names another party.
    """
    new, body = analysis.fields.article, analysis.compared.text
    if is_filing(new.guid):
        return None
    sentence = next(new_sentences(old, body), "") or new.title
    if announces_correction(new.title, body) and not announces_correction(old.title, old.body):
        return Revision("a correction", shorten_sentence(sentence), corrects=True)
    if keys.revision == old.keys.revision:
        return None
    objection = find_difference(prepare_prose(new.title, analysis.prose), prepare_text(old.title, old.body))
    if objection:
        return Revision(objection, shorten_sentence(sentence))
    return Revision("another headline", shorten_sentence(new.title)) if has_new_headline(old.title, new.title) else None


def has_new_headline(old: str, new: str) -> bool:
    """Whether two headlines share less than half of the words of the shorter one."""
    one, other = set(folded_words(title_key(old))), set(folded_words(title_key(new)))
    return bool(one and other) and len(one & other) / min(len(one), len(other)) < MIN_HEADLINE_OVERLAP


def new_sentences(old: Candidate, body: str) -> Iterator[str]:
    """The sentences of a text that the old version lacks, those with a digit first."""
    known = {" ".join(folded_words(one)) for one in split_sentences(head(old.body))}
    new = [one for one in split_sentences(body) if " ".join(folded_words(one)) not in known]
    yield from sorted(new, key=lambda one: not any(char.isdigit() for char in one))


def split_sentences(text: str) -> Iterator[str]:
    """The sentences of a text, in order, without surrounding white space."""
    at = 0
    while at < len(text):
        start, end = sentence_span(text, at, at + 1)
        if piece := text[max(at, start) : end].strip():
            yield piece
        at = max(end, at + 1)


def shorten_sentence(text: str) -> str:
    """A sentence on one line, cut to 240 characters."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SENTENCE_LENGTH else line[: MAX_SENTENCE_LENGTH - 1].rstrip() + "…"
