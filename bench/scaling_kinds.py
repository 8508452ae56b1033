"""Kinds of text for bench/scaling.py, each of any size: what feeds send, and what is hardest to read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

PROSE = (
    "Der Anlagenbauer Küstenwind hat im dritten Quartal mehr verdient als erwartet. Vorstandschefin Maren Holm verwies "
    "auf zwei große Aufträge aus Dänemark, die bis 2028 abgearbeitet sein sollen.\n\n"
    "The chip maker said on Monday that it would not sell its plant in Dresden. Analysts had expected 400,000 wafers, "
    "up 12 percent, and the company’s shares closed 3.2% higher.\n\n"
)
AD = (
    "Anzeige\n{name} Stock: Buy or Sell? New {name} Analysis from 3 March delivers the answer:\n"
    "The latest {name} figures speak for themselves: Urgent action needed for {name} investors. Is it worth buying?\n"
    "{name}: Buy or sell? Read more here.\n"
)
PRICE = "Die Aktie der Firma notiert aktuell bei {euros},40 Euro und damit 3,2 Prozent höher als am Vortag. "
HITS = "Qwen on H200 by Alibaba in Hangzhou, T-Head and AT&T buy C++ for $BABA; Arm chips. "


def repeated(piece: str) -> Callable[[int], str]:
    """One piece again and again."""
    return lambda size: (piece * (size // len(piece) + 1))[:size]


def numbered(piece: str, name: str) -> Callable[[int], str]:
    """A piece with another number each time."""

    def make(size: int) -> str:
        made, length, numbers = list[str](), 0, count(10)
        while length < size:
            made.append(piece.replace(name, f"{next(numbers)}"))
            length += len(made[-1])
        return "".join(made)[:size]

    return make


def varied(size: int) -> str:
    """Words that never come twice."""
    words = (f"w{number:x}".translate(LETTERS) for number in range(size // 6 + 1))
    return " ".join(words)[:size]


LETTERS = str.maketrans("0123456789", "ghijklmnop")


# name → a text of that many characters
KINDS: dict[str, Callable[[int], str]] = {
    "prose": repeated(PROSE),
    "one word": repeated("a"),
    "new words": varied,
    "numbers": numbered("#5,678.9 12 ", "#"),
    "one number": repeated("1"),
    "digits, dots": repeated("1.1,"),
    "newlines": repeated("\n"),
    "spaces": repeated(" "),
    "ads": numbered(AD.replace("{name}", "Firma {n}"), "{n}"),
    "one ad": repeated("Küste: Kaufen oder verkaufen? Hier weiterlesen. "),
    "prices": numbered(PRICE, "{euros}"),
    "no stop": repeated("shares at €27 "),
    "currencies": repeated("$€5"),
    "CJK": repeated("阿里巴巴集团的通义千问模型在杭州发布，股价上涨百分之三。芯片40万片！"),
    "punctuation": repeated("?!…:;,.–—()[]{}/\\|*"),
    "full stops": repeated(". "),
    "hyphens": repeated("a-"),
    "one line": repeated(PROSE.replace("\n", " ")),
    "short lines": repeated("Kurz.\nOder lang genug für eine Zeile, die etwas sagt\n\n"),
    "marks": repeated("e\u0301a\u0308\u0323\u0302\u0300"),
    "only marks": repeated("\u0301"),
    "ISINs": repeated("DE0007164600 US0378331005 "),
    "ISIN lines": repeated("Küstenwind DE0007164600\n"),
    "footers": repeated("@ example-boerse.de | DE0007164600 KÜSTE\n"),
    "capitals": repeated("AB"),
    "quotes": repeated("„Nein“, sagte sie, »ja« und 'vielleicht' \"doch\" "),
    "dates": numbered("Am 3. März 2027 um # Uhr ist die Hauptversammlung, earnings on 2027-03-04 ", "#"),
    "percentages": numbered("up #% and down 3.5 percent, ", "#"),
    "mixed": repeated("a1b2"),
    "ampersands": repeated("&amp;"),
    "references": repeated("&#228;&auml; "),
    "paragraphs": repeated("<p>Ein <b>Absatz</b> &amp; mehr</p>\n"),
    "open tags": repeated("<title><head><p "),
    "angles": repeated("<"),
    "comments": repeated("<!-- <script> "),
    "attributes": repeated("<a b='\" "),
    "emoji": repeated("👩‍👩‍👧 steigt 🚀🏳️‍🌈 "),
    "controls": repeated("x\u202e\u200b\x00y"),
    "declarations": repeated("<!x"),
    "quoted tags": repeated('<a ">"'),
    "unordered marks": repeated("e" + "\u0301\u0323" * 3000),
    "marker lines": repeated("Anzeige\n" + " " * 3000 + "\n"),
    "hits": repeated(HITS),
    "joined hits": repeated("H200"),
    "dotted I": repeated("İstanbul "),
}
