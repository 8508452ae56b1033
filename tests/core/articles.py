"""Articles to recognise again, written for the tests."""

from __future__ import annotations

from monitor.core.model.articles import Article

PARAGRAPHS = (
    "Der Anlagenbauer Küstenwind hat im dritten Quartal mehr verdient als erwartet. Das Ergebnis stieg auf 48 "
    "Millionen Euro, nachdem im Vorjahr noch 31 Millionen Euro in den Büchern standen.",
    "Vorstandschefin Maren Holm verwies auf zwei große Aufträge aus Dänemark. Beide sollen bis zum Jahr 2028 "
    "abgearbeitet sein und das Werk in Emden voll auslasten.",
    "Kritischer sehen Beobachter die Lage bei den Zulieferern. Dort fehlen nach Angaben des Verbandes rund 4.000 "
    "Fachkräfte, und die Preise für Stahl bleiben hoch.",
    "Die Aktie von Küstenwind notiert aktuell bei 27,40 Euro und damit 3,2 Prozent höher als am Vortag.",
    "Im kommenden Jahr will der Konzern nicht weiter zukaufen, sondern zunächst seine Schulden abbauen. Einen Termin "
    "für den Verkauf der Kabelsparte nannte Holm auf Nachfrage ausdrücklich nicht.",
)
BODY = "\n\n".join(PARAGRAPHS)
TITLE = "Küstenwind Aktie: Quartalszahlen über den Erwartungen"


def article(title: str = TITLE, body: str = BODY, **facts: str) -> Article:
    """An article of the feed `north`, at an address of its own."""
    return Article(**{"source": "north", "title": title, "body": body, **facts})  # type: ignore[arg-type]


ENGLISH = (
    "The grid operator Harbour Grid said on Tuesday that regulators have approved the purchase of 12 million meters. "
    "Harbour Grid will install them within five years, and the first district to be served is Oslo. Its profit rose "
    "in the last quarter because the weather was mild. The company does not expect a delay, although suppliers did "
    "warn of one. Analysts asked whether the plan can be paid for without new debt."
)
GERMAN = (
    "Der Netzbetreiber Hafenstrom hat den Kauf von 12 Millionen Zählern bestätigt. Hafenstrom will sie binnen fünf "
    "Jahren einbauen, zuerst in Emden. Der Gewinn stieg zuletzt deutlich, weil das Wetter mild blieb. Eine Verzögerung "
    "erwartet der Vorstand nicht, obwohl Lieferanten davor warnten. Fachleute fragen, ob sich das ohne Schulden "
    "bezahlen lässt. Die Aktie stieg auf 31,20 Euro."
)
