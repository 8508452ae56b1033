"""Is an article a copy? Precision and recall on pairs of known kind, and CPU per article in a full window.

    python bench/stories.py [--bases 40] [--window 50000]

Each base article of about 300 words is changed in the ways that publishers change theirs (a copy all the same) and in
the ways that make news (never a copy); half of the pairs are of one publisher, half of two. Texts are made of words
that look like German and English, by Zipf's law. A translation is nobody's copy here: no lexical method can tell.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.matching import vocabulary
from monitor.core.model.articles import Article, Candidate, Recognition, Relation, StoryRelation
from monitor.core.model.polling import ArticleDecision, PollEnd, Source
from monitor.store.migrate import upgrade
from monitor.store.store import open_store
from tests.analysed import article_keys, find_duplicate

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SCRIPTS = Path(__file__).parents[1] / "alembic"
COMPANIES = "Lumetra Quorion Brenner Larkfield Osmara Veltig Tandril Hespera Corvane Duskwell".split()  # noqa: SIM905
Change = Callable[[Article, random.Random], Article]


class Writer:
    """Writes articles that share no more than the language."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.words = vocabulary(chance, 20_000)
        self.weights = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def sentence(self, company: str) -> str:
        """Some words with a name and a figure among them."""
        words = self.chance.choices(self.words, cum_weights=self.weights, k=self.chance.randint(10, 18))
        words.insert(self.chance.randint(0, 4), company)
        words.insert(self.chance.randint(5, 9), f"{self.chance.randint(11, 980)}.000")
        return " ".join(words).capitalize() + "."

    def article(self, number: int, source: str = "first") -> Article:
        """Five paragraphs of four sentences, and one about the share."""
        company = COMPANIES[number % len(COMPANIES)]
        body = [" ".join(self.sentence(company) for _ in range(4)) for _ in range(5)]
        body.append(f"An der Börse notierte die Aktie zuletzt bei {self.chance.randint(20, 300)},20 Euro.")
        title = f"{company} {' '.join(self.chance.sample(self.words, 6))}"
        return Article(source, title, f"https://{source}.example/{number}", f"g{number}", body="\n".join(body))


def edited(one: Article, body: str, title: str = "") -> Article:
    """The article with another text, as another publisher might have it."""
    return Article(one.source, title or one.title, "", None, body=body)


def skin(one: Article, chance: random.Random) -> Article:
    """The other rendering of a house: kicker, dateline, tag line, foot."""
    company = one.title.split()[0]
    head = f"{company}, Aktie\n{one.title}\n24.11.2026 - 09:15:04\n{company} DE0007164600"
    return edited(one, f"{head}\n{one.body}\n@ {one.source}.example | DE0007164600 {company.upper()}")


def advertised(one: Article, chance: random.Random) -> Article:
    """With a teaser in the middle."""
    company, lines, day = one.title.split()[0], one.body.split("\n"), chance.randint(1, 28)
    lines.insert(3, f"Should investors sell immediately? Or is it worth buying {company}?")
    lines += [
        "Ad",
        f"{company} Stock: Buy or Sell?! New {company} Analysis from February {day} delivers the answer:",
    ]
    return edited(one, "\n".join(lines))


def repriced(one: Article, chance: random.Random) -> Article:
    """Another share price."""
    return edited(one, re.sub(r"\d+,20 Euro", f"{chance.randint(20, 300)},85 Euro", one.body))


def shuffled(one: Article, chance: random.Random) -> Article:
    """Paragraphs in another order."""
    lines = one.body.split("\n")
    return edited(one, "\n".join([lines[0], *chance.sample(lines[1:], len(lines) - 1)]))


def reworded(one: Article, chance: random.Random) -> Article:
    """A few words edited."""
    words = one.body.split(" ")
    for at in chance.sample([n for n, word in enumerate(words) if word.isalpha() and word.islower()], 3):
        words[at] = words[at] + "en"
    return edited(one, " ".join(words))


def flipped(one: Article, chance: random.Random) -> Article:
    """One figure is ten times larger."""
    figure = chance.choice(re.findall(r"\b\d+\.000", one.body))
    return edited(one, one.body.replace(figure, figure.replace(".000", "0.000"), 1))


def denied(one: Article, chance: random.Random) -> Article:
    """One sentence is denied."""
    words = one.body.split(" ")
    words.insert(chance.randint(20, 60), "nicht")
    return edited(one, " ".join(words))


def renamed(one: Article, chance: random.Random) -> Article:
    """The template with another company."""
    name = one.title.split()[0]
    other = chance.choice([company for company in COMPANIES if company != name])
    return edited(one, one.body.replace(name, other).replace(name.lower(), other), one.title.replace(name, other))


def followed(one: Article, chance: random.Random) -> Article:
    """A new story that ends in the old one's background."""
    writer = Writer(random.Random(chance.random()))
    fresh, lines = writer.article(0), one.body.split("\n")
    return edited(one, "\n".join([*fresh.body.split("\n")[:4], *lines[3:5]]), fresh.title)


def translated(one: Article, chance: random.Random) -> Article:
    """The same names and figures, all other words other ones."""
    words = one.body.split(" ")
    other = [word[::-1] if word.isalpha() and word not in COMPANIES else word for word in words]
    return edited(one, " ".join(other), "The report in another language today")


COPIES: dict[str, Change] = {
    "re-render": lambda one, chance: edited(one, one.body.replace("\n", "\n\n")),
    "share price": lambda one, chance: repriced(one, chance),
    "advertisement": advertised,
    "truncation": lambda one, chance: edited(one, one.body[: len(one.body) * 2 // 5]),
    "teaser": lambda one, chance: edited(one, " ".join(one.body.split(" ")[:40])),
    "new headline": lambda one, chance: edited(one, one.body, f"{one.title.split()[0]} Aktie: Das muss man wissen"),
    "paragraph order": shuffled,
    "two skins": skin,
    "few words": reworded,
}  # fmt: skip
NEWS: dict[str, Change] = {
    "number flip": flipped,
    "denial": denied,
    "template twin": renamed,
    "follow-up": followed,
    "translation": translated,
}


def called_copy(old: Article, new: Article) -> bool:
    """Whether the program takes an article for a copy of another."""
    names = article_keys(old)
    stored = Candidate(1, 1, old.source, names, old.title, old.body, NOW - timedelta(hours=2))
    return find_duplicate(new, article_keys(new), [stored], NOW).relation is Relation.COPY


def pairs(bases: int, chance: random.Random) -> None:
    """Print the share of each kind that is told rightly."""
    writer, called, made = Writer(chance), Counter[str](), Counter[str]()
    for number in range(bases):
        old = writer.article(number)
        for name, change in (COPIES | NEWS).items():
            new = change(old, chance)
            source = "first" if (number + len(name)) % 2 else "second"
            new = Article(source, new.title, f"https://{source}.example/new{number}", f"n{number}", body=new.body)
            made[name] += 1
            called[name] += called_copy(old, new)
    right = sum(called[name] for name in COPIES)
    wrong = sum(called[name] for name in NEWS)
    print(
        f"{made.total()} pairs; of {right + wrong} called copies {right} are: precision {right / (right + wrong):.3f}"
    )
    for name in made:
        share = called[name] / made[name] if name in COPIES else 1 - called[name] / made[name]
        kind = "copies found" if name in COPIES else "kept apart"
        print(f"  {name:16} {kind:12} {share:.3f}  of {made[name]}")


def window(size: int, chance: random.Random) -> None:
    """Print the CPU that one more article costs in a full window."""
    writer = Writer(chance)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/monitor.db"
        upgrade(url, SCRIPTS, NOW)
        with open_store(url) as store:
            store.polls.register([Source("first", "https://first.example/feed")], NOW)
            for start in range(0, size, 1000):
                keep(store, [writer.article(start + n) for n in range(min(1000, size - start))], NOW)
            fresh = [writer.article(size + n) for n in range(150)]
            fresh += [edited(one, one.body[:700]) for one in fresh[:50]]
            before = time.process_time()
            keep(store, fresh, NOW + timedelta(hours=1), related=True)
            each = (time.process_time() - before) / len(fresh) * 1e3
    print(f"\n{size} articles in the window: {each:.2f} ms of CPU per article (keys, candidates, comparison, storing)")


def keep(store: object, some: Sequence[Article], now: datetime, *, related: bool = False) -> None:
    """Store articles as a poll would."""
    polls = store.polls  # type: ignore[attr-defined]
    [claim] = polls.claim(now, "bench", timedelta(minutes=10), 1)
    with polls.turn(claim, now) as turn:
        for one in some:
            keys = article_keys(one)
            kin = StoryRelation(Relation.NEW, "new")
            if related:
                kin = find_duplicate(one, keys, turn.candidates(keys, now - timedelta(hours=72)), now)
            turn.add(ArticleDecision(one, keys, Recognition(), kin), now)
        turn.end(PollEnd(now))


def main() -> None:
    """Print both."""
    options = argparse.ArgumentParser()
    options.add_argument("--bases", type=int, default=40)
    options.add_argument("--window", type=int, default=50_000)
    given = options.parse_args()
    pairs(given.bases, random.Random(3))
    if given.window:
        window(given.window, random.Random(5))


if __name__ == "__main__":
    main()
