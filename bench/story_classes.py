"""Which pairs of `story_pairs.py` are decided as a reader would? Each class printed, with simple baselines beside it.

    python bench/story_classes.py [--held-back] [--wrong]

News and updates must be told; the same story and changes of style must be silent. Baselines are silent where the
headlines are equal, where the 3-gram Jaccard index of headline and text is at least .5, or their TF-IDF cosine.
--held-back: the pairs that were not read while the rules were made. --wrong: print the pairs that were decided wrongly.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.story_pairs import StoryPair, Wire, story_pairs
from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.compare.wording_pair import PairContext
from monitor.core.dedupe.copies import decide_copy
from monitor.core.dedupe.edits import EditKind, decide_edit
from monitor.core.dedupe.wording import read_wording
from monitor.core.text.clean import folded_words

AGE = timedelta(hours=5)
MIN_JACCARD, MIN_COSINE = 0.5, 0.5
Weights = dict[str, float]


def decide(pair: StoryPair, cosine: float) -> tuple[bool, str]:
    """Whether the rules are silent about the new article of a pair, and the rule."""
    return decide_wordings(pair, indexed(*pair.new), indexed(*pair.old), cosine)


def indexed(title: str, text: str) -> WordingIndex:
    """The indexed wording of a headline and a text."""
    return WordingIndex(read_wording(title, text))


def decide_wordings(pair: StoryPair, new: WordingIndex, old: WordingIndex, cosine: float) -> tuple[bool, str]:
    """The same for texts that are read already."""
    if pair.same_name:
        edit = decide_edit(new, old)
        return edit.kind is EditKind.STYLE, f"{edit.rule}: {edit.reason}"
    context = PairContext(AGE, pair.same_feed, pair.same_feed, cosine=cosine)
    copy = decide_copy(new, old, context)
    return copy.silent, f"{copy.rule}: {copy.reason}"


def tokens(wire: Wire) -> list[str]:
    """All words of headline and text."""
    return folded_words(" ".join(wire))


def document_weights(pairs: Sequence[StoryPair]) -> Weights:
    """The inverse document frequency of each word."""
    wires = {wire for pair in pairs for wire in (pair.old, pair.new)}
    counts = Counter(word for wire in wires for word in set(tokens(wire)))
    return {word: math.log(len(wires) / count) for word, count in counts.items()}


def cosine(one: Wire, other: Wire, weights: Weights) -> float:
    """The TF-IDF cosine of two articles."""
    left, right = ({word: n * weights[word] for word, n in Counter(tokens(wire)).items()} for wire in (one, other))
    product = sum(value * right[word] for word, value in left.items() if word in right)
    norms = [math.sqrt(sum(value * value for value in side.values())) for side in (left, right)]
    return product / (norms[0] * norms[1]) if all(norms) else 0.0


def jaccard(one: Wire, other: Wire) -> float:
    """The Jaccard index of the three-word runs."""
    left, right = (set(zip(words, words[1:], words[2:], strict=False)) for words in (tokens(one), tokens(other)))
    return len(left & right) / len(left | right) if left | right else 0.0


def measure(pairs: Sequence[StoryPair], wrong: bool) -> None:
    """Print the share of each class that is decided rightly, by the rules and by the baselines."""
    weights = document_weights(pairs)
    methods: dict[str, Callable[[StoryPair], bool]] = {
        "headline": lambda pair: pair.old[0] == pair.new[0],
        "3-grams": lambda pair: jaccard(pair.old, pair.new) >= MIN_JACCARD,
        "cosine": lambda pair: cosine(pair.old, pair.new, weights) >= MIN_COSINE,
    }
    right: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    total: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        name = pair.kind, pair.name
        total[name] += 1
        wanted = pair.kind in ("same", "style")
        silent, rule = decide(pair, cosine(pair.old, pair.new, weights))
        right[name]["rules"] += silent is wanted
        for method, is_silent in methods.items():
            right[name][method] += is_silent(pair) is wanted
        if wrong and silent is not wanted:
            print(f"{pair.kind} {pair.name} [{pair.language}]: {rule}\n    {pair.old}\n    {pair.new}")
    print_table(total, right, ("rules", *methods))


def print_table(
    total: Counter[tuple[str, str]], right: dict[tuple[str, str], Counter[str]], columns: Sequence[str]
) -> None:
    """Print a line for each class and a sum for each kind."""
    print(f"{'':7}{'':36}{'pairs':>6}" + "".join(f"{column:>10}" for column in columns))
    for kind in ("same", "news", "update", "style"):
        names = [name for name in total if name[0] == kind]
        for name in names:
            shares = "".join(f"{right[name][column] / total[name]:10.2f}" for column in columns)
            print(f"{kind:7}{name[1]:36}{total[name]:6}{shares}")
        size = sum(total[name] for name in names)
        sums = "".join(f"{sum(right[name][column] for name in names) / size:10.3f}" for column in columns)
        print(f"{kind:7}{'all ' + ('told' if kind in ('news', 'update') else 'silent'):36}{size:6}{sums}\n")


def measure_cost(pairs: Sequence[StoryPair]) -> None:
    """Print the CPU of one decision on texts of 3 kB that are read already."""
    long = [pair for pair in pairs if pair.language in ("de", "en") and not pair.same_name and pair.name == "rewrite"]
    body = "\n".join(pair.old[1] for pair in long[:5])[:2500]
    read = [
        (pair, indexed(pair.new[0], f"{pair.new[1]}\n{body}"), indexed(pair.old[0], f"{pair.old[1]}\n{body}"))
        for pair in long
    ]
    started = time.process_time()
    rounds = 20
    for _ in range(rounds):
        for pair, new, old in read:
            decide_wordings(pair, new, old, 0.0)
    each = (time.process_time() - started) / rounds / len(read) * 1e3
    size = sum(len(sentence.tokens) for sentence in read[0][1].wording.sentences)
    print(f"{each:.2f} ms of CPU a decision on two texts of 3 kB ({size} content tokens, indexed)")


def main() -> None:
    """Print the table and the cost."""
    options = argparse.ArgumentParser()
    options.add_argument("--held-back", action="store_true")
    options.add_argument("--wrong", action="store_true")
    given = options.parse_args()
    pairs = story_pairs()
    measure([pair for pair in pairs if pair.held_back is given.held_back], given.wrong)
    measure_cost(pairs)


if __name__ == "__main__":
    main()
