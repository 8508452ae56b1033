"""Headlines and texts that are decided beside one another."""

from __future__ import annotations

from datetime import timedelta

from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.compare.wording_pair import CopyDecision, PairContext
from monitor.core.dedupe.copies import decide_copy
from monitor.core.dedupe.wording import read_wording

HOURS = timedelta(hours=1)
PRICELESS = (
    " The group employs 5,400 people in nine countries and was founded by two brothers in a garage near the harbour."
)
BODY = (
    "The grid operator told investors in Halifax that the plan took four years of talks with towns along the coast. "
    "Three banks lend the money, and the first cable will be laid next autumn. Fishermen had asked for a longer route "
    "around their grounds. Engineers expect storms to delay the ships. The mayor of Larkfield praised the jobs "
    "that the "
    "work brings to the harbour."
)
GERMAN_BODY = (
    "Der Netzbetreiber verwies vor Anlegern in Emden auf vier Jahre Gespräche mit den Gemeinden an der Küste. Drei "
    "Banken geben das Geld, das erste Kabel liegt ab Herbst im Meer. Fischer hatten einen Umweg um ihre Gründe "
    "verlangt. "
    "Ingenieure rechnen mit Stürmen, die den Schiffen Zeit kosten. Die Bürgermeisterin von Torhagen lobte die "
    "Arbeit im "
    "Hafen."
)


def decided(old: tuple[str, str], new: tuple[str, str], context: PairContext | None = None) -> CopyDecision:
    """The decision about a new headline and text beside old ones of another feed, an hour apart."""
    return decide_copy(
        WordingIndex(read_wording(*new)), WordingIndex(read_wording(*old)), context or PairContext(age=HOURS)
    )
