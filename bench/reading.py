"""What reading an article costs: python -m bench.reading. CPU time, beside the plainest reader one could write.

Each text is read warm (the tables know its words) and cold (they know none, as for the first article of a process).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from monitor.core.dedupe.reading.chunk_tokens import chunk_table
from monitor.core.dedupe.reading.word_forms import token_table
from monitor.core.dedupe.wording import read_wording
from monitor.core.text.clean import folded_words

TEXT_BYTES = 3000
ROUNDS, REPEATS = 7, 40
PARAGRAPHS = {
    "German prose": "Der Konzern hat mit den Vertretern der Belegschaft über die Zukunft des Werks gesprochen und eine "
    "Entscheidung vertagt. Beide Seiten wollen im kommenden Monat erneut verhandeln, eine Schließung droht nicht. "
    "Die Gewerkschaft fordert Zusagen für 300 Beschäftigte.\n",
    "German figures": "Quorion hat im dritten Quartal einen Umsatz von 19,4 Milliarden Euro erzielt. Der Gewinn stieg "
    "um 12 Prozent auf 2,1 Milliarden Euro. Der Auftragseingang lag bei 24,7 Mrd. Euro nach 22,0 Mrd. Euro im Vorjahr. "
    "Die Aktie notiert bei 136,20 Euro.\n",
    "English prose": "The company said on Thursday that it had discussed the future of the plant with the workforce "
    "and put off a decision. Both sides want to meet again next month, and no closure is planned. The union asks for "
    "guarantees for 300 employees.\n",
    "Chinese": "阿里巴巴集团公布第三季度业绩，营收同比增长12%，达到2365亿元，超出分析师预期。"
    "公司将继续投资人工智能业务，未来三年投入超过3800亿元。\n",
}
WORD = re.compile(r"\w+")


def sample(paragraph: str) -> str:
    """A text of TEXT_BYTES bytes."""
    return (paragraph * TEXT_BYTES).encode()[:TEXT_BYTES].decode(errors="ignore")


def cpu_milliseconds(read: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The least mean CPU time of one call, without what is done before it."""
    best = float("inf")
    for _ in range(ROUNDS):
        spent = 0.0
        for _ in range(REPEATS):
            before()
            start = time.process_time()
            read()
            spent += time.process_time() - start
        best = min(best, spent / REPEATS)
    return best * 1000


def forget_words() -> None:
    """Empty every table of words."""
    token_table.cache_clear()
    chunk_table.cache_clear()


def main() -> None:
    """Print a line for each text."""
    print(f"{'ms for 3 kB':16} {'warm':>6} {'cold':>6} {'folded words':>13} {'words, lower':>14}")
    for name, paragraph in PARAGRAPHS.items():
        text = sample(paragraph)
        read_wording("Quorion", text)
        warm = cpu_milliseconds(lambda text=text: read_wording("Quorion", text))  # type: ignore[misc]
        cold = cpu_milliseconds(lambda text=text: read_wording("Quorion", text), forget_words)  # type: ignore[misc]
        folded = cpu_milliseconds(lambda text=text: folded_words(text))  # type: ignore[misc]
        plain = cpu_milliseconds(lambda text=text: WORD.findall(text.lower()))  # type: ignore[misc]
        print(f"{name:16} {warm:6.2f} {cold:6.2f} {folded:13.2f} {plain:14.2f}")


if __name__ == "__main__":
    main()
