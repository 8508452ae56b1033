"""The sentences that publishers repeat under every article, as data.

Two slots: {company} is a name of up to 60 characters on one line, {date} a day in any German or English spelling.
A template is compared without regard to case, runs of spaces, and the number of `?`, `!` and closing dots. To add a
family, add a row: the name is what `explain` shows, the template must be one sentence (or a few that always stand
together) and long enough that no journalist would write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEMPLATES = (
    ("teaser", "Should investors sell immediately? Or is it worth buying {company}?"),
    ("teaser", "Sollten Anleger sofort verkaufen? Oder lohnt sich doch der Einstieg bei {company}?"),
    ("teaser", "Sollten Anleger sofort verkaufen? Oder lohnt sich der Einstieg bei {company}?"),
    ("ad", "{company} Stock: Buy or Sell? New {company} Analysis from {date} delivers the answer:"),
    ("ad", "{company}: Kaufen oder verkaufen? Neue {company}Analyse vom {date} liefert die Antwort:"),
    ("ad", "Kaufen oder verkaufen? Neue {company}Analyse vom {date} liefert die Antwort:"),
    ("ad", "The latest {company} figures speak for themselves:{more}analysis from {date}."),
    ("ad", "The latest {company} figures speak for themselves: Urgent action needed for {company} investors."),
    ("ad", "Die neuesten {company}Zahlen sprechen eine klare Sprache:{more}Analyse vom {date}{clause}."),
    ("ad", "Die neusten {company}Zahlen sprechen eine klare Sprache:{more}Analyse vom {date}{clause}."),
    ("ad", "Dringender Handlungsbedarf für {company}Aktionäre."),
    ("ad", "Find out what to do now in the current free analysis from {date}."),
    ("ad", "In der aktuellen Gratis-Analyse vom {date} erfahren Sie{clause}."),
    ("ad", "{company}: Buy or sell? Read more here."),
    ("ad", "{company}: Kaufen oder verkaufen? Hier weiterlesen."),
    ("ad", "{company}: Kaufen oder verkaufen? Lesen Sie hier weiter."),
    ("footer", "The post {title} appeared first on {site}."),
    ("footer", "Der Beitrag {title} erschien zuerst auf {site}."),
)

_MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|mrz|apr(?:il)?|may|mai|june?|juni?|july?|juli?|"
    "aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
DATE = (
    rf"(?:\d{{1,2}}\.?\s?(?:{_MONTHS})\.?(?:,?\s\d{{4}})?|(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?"
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4})?|\d{4}-\d\d-\d\d)"
)
ISIN = r"[A-Z]{2}[A-Z0-9]{9}[0-9]"

# A name in front of a sentence: what stands between it and the end of the sentence before, or, where a feed has
# flattened its paragraphs, a run of capitalised words.
_REST = r"[\w&'’-]*(?:\.\w[\w&'’-]*)*"
_NAME_FIRST = (
    r"(?:(?:(?<![^\n])|(?<=[.!?:…]\s))(?:[^\n.!?:]|\.(?=\S)){1,60}?"
    rf"|(?-i:\b[A-ZÄÖÜ0-9]{_REST}(?: [A-ZÄÖÜ0-9&]{_REST}){{0,4}}?))"
)
_SLOTS = {
    "{company}": r"(?:[^\n.!?:]|\.(?=\S)){0,60}?",
    "{date}": DATE,
    "{more}": r"[^\n]{0,320}?",
    "{clause}": r"[^\n.]{0,80}?",
    "{title}": r"[^\n]{1,300}?",
    "{site}": r"[^\n]{1,60}?",
}
_WIDTHS = {"{company}": 61, "{date}": 24, "{more}": 320, "{clause}": 80, "{title}": 300, "{site}": 60}
_FIRM = frozenset(("{date}",))
_LOOSE = {" ": r"\s+", "?": "[?!]+", "!": "[?!]+", ".": r"(?:[.…]+|(?=\s|$))", ":": ":?"}


@dataclass(frozen=True, slots=True)
class Family:
    """key: a lower-case piece of the sentence that must be there before the pattern is tried, and how many characters
    of the sentence may stand before and after its beginning."""

    name: str
    key: str
    pattern: re.Pattern[str]
    before: int
    after: int


def _pattern(template: str) -> str:
    pieces = re.split(r"(\{\w+\})", template)
    if pieces[:2] == ["", "{company}"]:
        pieces[:2] = [_NAME_FIRST]
    else:
        pieces[0] = _literal(pieces[0])
    if pieces[-1] == "." and pieces[-2] not in _FIRM:
        pieces[-1] = r"[.…]+"  # nothing else tells where a lazy slot ends
    else:
        pieces[-1] = _literal(pieces[-1])
    return pieces[0] + "".join(_SLOTS.get(piece) or _literal(piece) for piece in pieces[1:-1]) + pieces[-1]


def _literal(piece: str) -> str:
    return "".join(_LOOSE.get(part[:1], re.escape(part)) for part in re.split(r"(\s+|[?!]+|[.:]$)", piece) if part)


def _key(template: str) -> str:
    return max(re.split(r"\{\w+\}|[?!.:]", template), key=len).strip().lower()


def _family(name: str, template: str) -> Family:
    before, key, after = template.lower().partition(_key(template))
    pattern = re.compile(_pattern(template), re.IGNORECASE)
    return Family(name, key, pattern, _width(before), _width(key + after))


def _width(piece: str) -> int:
    """The most characters that a piece of a template may take, with some room for spaces and marks."""
    return 16 + sum(_WIDTHS.get(part, len(part)) for part in re.split(r"(\{\w+\})", piece))


FAMILIES = tuple(_family(name, template) for name, template in _TEMPLATES)
KEYS = tuple(dict.fromkeys(family.key for family in FAMILIES))

# What an advertisement says that is in no table; only asked about lines between one such as "Ad" or
# "Anzeige" and one that ends an advertisement.
AD_WORDS = re.compile(
    r"free (?:analysis|report)|gratis|kostenlos|read more|weiterlesen|click here|hier klicken|find out|"
    r"erfahren sie|sichern sie sich|newsletter|sign up|jetzt lesen|jetzt anmelden",
    re.IGNORECASE,
)
AD_END = re.compile(
    r"(?:read more|learn more|click|weiterlesen|mehr erfahren|jetzt lesen|hier klicken)(?:\s+(?:here|hier))?\W*$",
    re.IGNORECASE,
)
