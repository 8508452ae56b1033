"""What an article is to those already seen: a copy of one of them, or new. Always with a reason in words.

Copies are found by exact keys and by the sets of all runs of three words (Broder's shingles), on text without
boilerplate. What differs in a number, a negation or a name is never a copy: it is the news (see difference.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from monitor.core.dedupe.comparisons import Comparisons, unbounded, weight
from monitor.core.dedupe.differences import ComparedText, find_difference, prepare_text
from monitor.core.dedupe.keys import headline_company, is_filing
from monitor.core.dedupe.prefilter import is_outlined, word_filter
from monitor.core.model.articles import Article, ArticleKeys, Candidate, Fact, Relation, StoryRelation
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.clean import folded_words
from monitor.core.text.extent import head

MIN_JACCARD = 0.80  # NEWS-COPY and reader: re-spun wire stories lie above, other stories below
MIN_JACCARD_SAME_SOURCE = 0.90  # one publisher's template makes its own stories alike (Henzinger, SIGIR 2006)
MIN_CONTAINMENT = 0.85
MIN_SHARED_SHINGLES = 30  # shingles; fewer are a standing phrase
MIN_TITLE_WORDS = 4
TITLE_WINDOW = timedelta(hours=48)
MIN_TITLE_JACCARD = 0.5
MIN_TEXT_OVERLAP, MIN_TITLE_OVERLAP = 0.2, 0.5  # headlines share the names that a feed is about
MIN_CONCLUSIVE_WORDS = 12  # a text this short neither confirms nor denies a headline


@dataclass(frozen=True, slots=True)
class ArticlePair:
    """A new article beside a stored one."""

    keys: ArticleKeys
    text: ComparedText
    source: str
    other: Candidate
    other_text: ComparedText
    age: timedelta

    @property
    def shared(self) -> int:
        """How many runs of three words they share."""
        return len(self.text.shingles & self.other_text.shingles)

    @property
    def jaccard(self) -> float:
        """The share of all their runs that both have."""
        together = len(self.text.shingles | self.other_text.shingles)
        return self.shared / together if together else 0.0

    @property
    def contained(self) -> float:
        """The share of the shorter one's runs that the longer one has."""
        return overlap_coefficient(self.text.shingles, self.other_text.shingles) if self.shared else 0.0


def find_duplicate(
    article: Article,
    keys: ArticleKeys,
    candidates: Sequence[Candidate],
    now: datetime,
    analysis: TextAnalysis | None = None,
    comparisons: Comparisons | None = None,
) -> StoryRelation:
    """What an article is to the candidates, the likeliest first; the first that it copies decides.

    sheet: with what was worked out of the article's texts already; comparisons: where they must not take long.
    """
    mine, almost = (article.title, head(article.body or article.lead)), ""
    text, comparisons = cache(lambda: prepare_text(*mine)), comparisons or unbounded()
    for other in candidates:
        pair, size = (keys, other.article, other.keys), weight(other.body)
        seen = 0 if is_outlined(other.title, other.body) else size
        if not comparisons.made(("likely", *pair), seen, partial(likely, mine, keys, other, analysis), False):
            continue
        given = partial(compared, text, keys, article.source, other, now)
        reason, objection = comparisons.made(("copy", *pair), weight(mine[1]) + size, given, ("", ""))
        if reason and not objection:
            return StoryRelation(Relation.COPY, f"copy of #{other.article}: {reason}", other.story, other.article)
        almost = almost or (f"like #{other.article}, but {objection}" if objection else "")
    return StoryRelation(Relation.NEW, almost or "nothing like it among the latest articles")


def likely(mine: tuple[str, str], keys: ArticleKeys, other: Candidate, sheet: TextAnalysis | None) -> bool:
    """Whether two articles are worth comparing."""
    return shares_key(keys, other.keys) or may_share_shingles(mine, other, sheet)


def compared(
    text: Callable[[], ComparedText], keys: ArticleKeys, source: str, other: Candidate, now: datetime
) -> tuple[str, str]:
    """Why an article is a copy of another one, and what makes it news all the same; "" where nothing does."""
    pair = ArticlePair(keys, text(), source, other, prepare_text(other.title, other.body), now - other.first_seen_at)
    reason = next((said for test in COPY_TESTS if (said := test(pair))), "")
    return reason, reason and find_difference(pair.text, pair.other_text)


def shares_key(mine: ArticleKeys, theirs: ArticleKeys) -> bool:
    """Whether two articles have a key in common."""
    pairs = ((mine.content, theirs.content), (mine.revision, theirs.revision), (mine.url, theirs.url))
    return mine.title == theirs.title or any(one and one == other for one, other in pairs)


def may_share_shingles(mine: tuple[str, str], other: Candidate, analysis: TextAnalysis | None = None) -> bool:
    """Whether enough runs may be shared for one of COPIES to hold; most candidates share a phrase and no more."""
    also = word_filter(other.title, other.body)
    if also.runs < MIN_SHARED_SHINGLES:
        return False
    return word_filter(*mine, analysis).may_share(also, MIN_SHARED_SHINGLES, MIN_JACCARD)


def is_another_article(article: Article, other: Candidate) -> bool:
    """Whether an article under a stored one's name is another one: neither headline nor text has much of it.

    Some feeds give all their entries one guid; taken at its word, every article after the first would be an edit.
    A filing's number is believed.
    """
    if is_filing(article.guid):
        return False
    mine, theirs = prepare_text(article.title, article.body or article.lead), prepare_text(other.title, other.body)
    long_enough = min(len(mine.words), len(theirs.words)) >= MIN_CONCLUSIVE_WORDS
    texts = overlap_coefficient(mine.shingles, theirs.shingles) if long_enough else 0.0
    return (
        texts < MIN_TEXT_OVERLAP
        and overlap_coefficient(set(folded_words(mine.title)), set(folded_words(theirs.title))) < MIN_TITLE_OVERLAP
    )


def overlap_coefficient(one: Set[object], other: Set[object]) -> float:
    """The share of the smaller set that the larger one has; two of which one is empty are alike."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 1.0


def same_words(pair: ArticlePair) -> str:
    """The same text but for what is boilerplate."""
    same = pair.keys.content and pair.keys.content == pair.other.keys.content
    return "the same words" if same and not is_returning_headline(pair) else ""


def same_but_price(pair: ArticlePair) -> str:
    """The same text with another share price."""
    same = pair.keys.revision and pair.keys.revision == pair.other.keys.revision
    return "the same words but for the share price" if same and not is_returning_headline(pair) else ""


def same_page(pair: ArticlePair) -> str:
    """The same page, listed by another feed; another text there would be another article."""
    if not pair.keys.url or pair.keys.url != pair.other.keys.url or pair.source == pair.other.source:
        return ""
    likely = is_too_short(pair) or pair.contained >= MIN_TITLE_JACCARD or pair.keys.title == pair.other.keys.title
    return "the same page in another feed" if likely else ""


def same_shingles(pair: ArticlePair) -> str:
    """Nearly all runs of three words in both."""
    limit = MIN_JACCARD_SAME_SOURCE if pair.source == pair.other.source else MIN_JACCARD
    enough = pair.shared >= MIN_SHARED_SHINGLES and pair.jaccard >= limit
    return f"{pair.jaccard:.0%} of all three-word runs in both" if enough else ""


def part_of(pair: ArticlePair) -> str:
    """A teaser, or the article that a teaser announced."""
    enough = pair.shared >= MIN_SHARED_SHINGLES and pair.contained >= MIN_CONTAINMENT
    return f"{pair.contained:.0%} of the shorter text is part of the longer" if enough else ""


def same_headline(pair: ArticlePair) -> str:
    """The same headline within two days, where the texts do not tell two stories."""
    title = pair.keys.title
    if title != pair.other.keys.title or len(title.split()) < MIN_TITLE_WORDS or pair.age > TITLE_WINDOW:
        return ""
    if (pair.source == pair.other.source and not is_too_short(pair)) or names_another_company(pair):
        return ""
    alike_enough = is_too_short(pair) or pair.jaccard >= MIN_TITLE_JACCARD or pair.contained >= MIN_CONTAINMENT
    return "the same headline within two days" if alike_enough else ""


def names_another_company(pair: ArticlePair) -> bool:
    """Whether the part "<Company> Aktie:", which is no part of a title key, names two companies."""
    one, other = headline_company(pair.text.title), headline_company(pair.other_text.title)
    return bool(one and other and one != other)


# In the order of certainty; each answers why the pair is one article, or nothing.
COPY_TESTS: tuple[Callable[[ArticlePair], str], ...] = (
    same_words, same_but_price, same_page, same_shingles, part_of, same_headline,
)  # fmt: skip


def is_returning_headline(pair: ArticlePair) -> bool:
    """Whether a headline that says all there is comes back after two days."""
    return len(pair.text.words) < MIN_CONCLUSIVE_WORDS and pair.age > TITLE_WINDOW


def is_too_short(pair: ArticlePair) -> bool:
    """Whether one of the texts is too short to tell."""
    return min(len(pair.text.words), len(pair.other_text.words)) < MIN_CONCLUSIVE_WORDS


MIN_SHARED_FACTS, MIN_FACT_OVERLAP = 2, 0.6  # figures that both have; their share of all that either has
NAME_PATTERN = re.compile(r"\b[A-ZÄÖÜ][\w-]{2,}|[\u4e00-\u9fff]{2,}")
MIN_FACT_VALUE = 100.0  # a number below is too common to tell stories apart: 3 percent, 2 plants
FactKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """A stored article of the last days with its facts."""

    article: int
    story: int
    title: str
    facts: frozenset[FactKey]


def fact_key(kind: str, value: float | None, unit: str) -> FactKey | None:
    """What a fact can be compared by; None for one that proves nothing."""
    if kind not in ("money", "count") or value is None or abs(value) < MIN_FACT_VALUE:
        return None
    return kind, unit, f"{value:g}"


def fact_keys(facts: Iterable[Fact]) -> frozenset[FactKey]:
    """What the facts of an article can be compared by."""
    found = (fact_key(one.kind, one.value, one.unit) for one in facts)
    return frozenset(one for one in found if one)


def same_facts(title: str, facts: Iterable[Fact], others: Sequence[ArticleFacts]) -> StoryRelation | None:
    """The story that an article tells again in other words; the one with most in common."""
    mine, names = fact_keys(facts), headline_names(title)
    best: tuple[int, ArticleFacts] | None = None
    for other in others:
        shared = mine & other.facts
        if (
            len(shared) < MIN_SHARED_FACTS
            or len(shared) < MIN_FACT_OVERLAP * len(mine | other.facts)
            or not names & headline_names(other.title)
        ):
            continue
        if best is None or len(shared) > best[0]:
            best = len(shared), other
    if best is None:
        return None
    told = ", ".join(f"{value} {unit}".strip() for _, unit, value in sorted(mine & best[1].facts))
    return StoryRelation(
        Relation.SAME, f"the story of #{best[1].article} in other words: {told}", best[1].story, best[1].article
    )


def headline_names(title: str) -> frozenset[str]:
    """The names in a headline; in German every noun looks like one, so they are only one condition of several."""
    return frozenset(word.casefold() for word in NAME_PATTERN.findall(title))
