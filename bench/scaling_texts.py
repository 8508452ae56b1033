"""Every function that takes a text, for bench/scaling.py: a text in, what is to be measured out."""

# ruff: noqa: E501  -- one line for each function
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from monitor import config, explain
from monitor.core import (
    amounts,
    boilerplate,
    coming,
    comparing,
    cousins,
    difference,
    digest,
    digits,
    events,
    evidence,
    fold,
    identity,
    inquiry,
    markup,
    outline,
    price,
    render,
    revision,
    rules,
    runs,
    skim,
    story,
    teaser,
    text,
    tokens,
)
from monitor.core.document import Document, opening
from monitor.core.errors import MonitorError
from monitor.core.model import Address, Article, Candidate, Delivery, Match, Page, Priority, Source
from monitor.core.sheet import Sheet, signs
from monitor.sources import charset, crowd, dates, discovery, fields, heading, jsonfeed, prescreen, repair, slices
from monitor.sources import unseen as reading
from monitor.store import rows

Made = TypeVar("Made")
Run = Callable[[], object]
Function = Callable[[str], Run]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = r"""
[entity.alibaba]
names = ["Alibaba", "阿里巴巴"]
tickers = ["BABA"]
[entity.arm]
ambiguous = ["Arm"]
names = ["Arm Holdings"]
context = ["chip", "Dresden"]
[watch]
Word = "Aktie"
Number = "1"
Prefix = "H20*"
Wildcard = "a?b"
Letters = "aaa*"
Phrase = "Firma 10 Stock"
Joined = "T-Head"
Symbols = "C++"
Sign = "$BABA"
Exact = "=Qwen"
Short = "U.S."
Chinese = "通义千问"
Names = "@alibaba"
Doubt = "@arm"
Many = { match = 'atleast(3, (Qwen OR H200 OR Euro OR Analyse))' }
Near = { any = "Aktie", near = { words = 5, any = ["Euro", "Vortag"] } }
Not = { any = "Euro", none = "Zürich" }
Digits = { regex = '\b\d+[.,]\d+\b' }
Words = { regex = '\b(?:Qwen|Anzeige|shares?)\b' }
Query = { match = '"H200" AND (Qwen OR Alibaba) AND NOT Zürich' }
[feeds]
bench = "https://bench.example/feed"
"""


def book() -> rules.Book:
    """Watches of every kind."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rules.toml")
        path.write_text(RULES, encoding="utf-8")
        found = config.load(path, environ={})
    assert not found.problems, [problem.message for problem in found.problems]
    return found.settings.book


BOOK = book()
SOURCE = Source("bench", "https://bench.example/feed")
ADDRESS = "https://bench.example/news/1"


def article(body: str) -> Article:
    """An article with this text."""
    return Article("bench", "Küstenwind Aktie: Qwen läuft auf H200", ADDRESS, body=body, published_at=NOW)


def stored(number: int, title: str, body: str) -> Candidate:
    """An article of the archive."""
    keys = replace(identity.keys(article(body)), sketch=())
    return Candidate(number, number, "other", keys, title, body, NOW - timedelta(hours=1))


def changed(body: str) -> str:
    """The same text with other words in its middle."""
    middle = len(body) // 2
    return f"{body[:middle]} nicht 17 Firmen Zusage {body[middle:]}"


def delivery(match: Match, title: str) -> Delivery:
    """A message to be laid out."""
    return Delivery(
        1, "key", 1, 1, match.watch, Address("slack"), Priority.NORMAL, 0, False, NOW, NOW, title, ADDRESS, "bench", NOW,
        NOW, match,
    )  # fmt: skip


def shown(body: str) -> Run:
    """A message about the text as headline and snippet."""
    one = delivery(Match("Word", (), body, ((0, 5), (10, 20))), body)
    return lambda: (render.render([one], now=NOW), digest.digest([one, replace(one, article=2)], now=NOW))


def snippet(body: str) -> Run:
    """The evidence of a term that stands everywhere in the text."""
    document = Document(article(body))
    leaves = [entry.node.places(document, ()) or () for entry in BOOK.entries]
    return lambda: [evidence.evidence("Word", document, places) for places in leaves]


def forbearing(call: Run) -> Run:
    """The call, where a refusal is an answer too."""

    def run() -> object:
        try:
            return call()
        except MonitorError as error:
            return error

    return run


def beside(one: Article, others: list[Candidate], remembered: int) -> Run:
    """The comparison of an article with stored ones, of which the outlines of the first few are remembered."""
    sheet = Sheet()
    keys = identity.keys(one, sheet)
    difference.forget()
    outline.forget()
    for other in others[:remembered]:
        outline.outline(other.title, other.body)
    return lambda: story.relate(one, keys, others, NOW, sheet, comparing.Comparisons())


def room(body: str) -> int:
    """How many characters of a text are compared under the write lock at most."""
    return comparing.ROOM * len(body) // max(1, len(body.encode("utf-8", "replace")))


def beside_one(body: str) -> Run:
    """Under the write lock: two texts as long as there is room for."""
    half = room(body) // 2
    return beside(article(body[:half]), [stored(0, "Titel", changed(body)[: half - 100])], 1)


def beside_many(body: str) -> Run:
    """Under the write lock: as many texts as are asked about, as long as there is room for."""
    short = body[: room(body) // 28]
    return beside(
        article(short), [stored(number, f"{number}", f"{number} {short} {number}") for number in range(25)], 0
    )


def beside_long(body: str) -> Run:
    """Under the write lock: as many long texts as are asked about, for which there is no room."""
    return beside(article(body), [stored(number, f"{number}", f"{number} {body}") for number in range(3)], 0)


LOCKED: dict[str, Function] = {"one": beside_one, "many": beside_many, "long": beside_long}


def page(body: str, form: str = "application/rss+xml") -> Page:
    """A document of the text."""
    return Page(SOURCE.url, body.encode("utf-8", "replace"), content_type=form)


def feed(body: str) -> str:
    """A feed with the text in its one entry."""
    return (
        f"<rss version='2.0'><channel><title>{body[:300]}</title><item><title>x</title><guid>1</guid>"
        f"<description><![CDATA[{body.replace(']]>', '')}]]></description></item></channel></rss>"
    )


def items(body: str) -> str:
    """A JSON Feed with the text in its one item."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": body}]})


def after(prepare: Callable[[str], Made], use: Callable[[str, Made], object]) -> Function:
    """A function that is measured without what is prepared for it; a refusal is an answer too."""

    def function(body: str) -> Run:
        made = prepare(body)
        return forbearing(lambda: use(body, made))

    return function


def examined(watch: str) -> Function:
    """One watch on the text."""
    return lambda body: lambda: rules.examine(BOOK, watch, article(body))


def numbered(body: str) -> tuple[str, Sequence[int]]:
    """A text with the places of its numbers."""
    return body, digits.places(body)


# name → the text → what is measured; what stands before the last lambda is prepared
FUNCTIONS: dict[str, Function] = {
    "fold.folded": lambda t: lambda: fold.folded(t),
    "fold.normal": lambda t: lambda: fold.normal(t),
    "fold.Form.origin": after(lambda t: fold.folded(t), lambda t, form: [form.origin(at, at + 1) for at in range(0, len(form.text), 1000)]),
    "tokens.texts": after(lambda t: fold.fold(t), lambda t, form: tokens.texts(form)),
    "tokens.Tokens.cut": after(lambda t: fold.folded(t), lambda t, form: tokens.Tokens(t, form).cut()),
    "tokens.Tokens.numbers": after(lambda t: tokens.Tokens(t, fold.folded(t)), lambda t, made: [made.numbers(one) for one in sorted(made.found)[:50]]),
    "text.clean": lambda t: lambda: text.clean(t),
    "text.clean line": lambda t: lambda: text.clean(t, line=True),
    "text.plain": lambda t: lambda: text.plain(t),
    "text.words": lambda t: lambda: text.words(t),
    "markup.visible": lambda t: lambda: markup.visible(t),
    "markup.Visible.origin": after(lambda t: markup.visible(t), lambda t, seen: [seen.origin(at, at + 1) for at in range(0, len(seen.text), 1000)]),
    "skim.skim": lambda t: lambda: skim.skim(t),
    "boilerplate.blocks": lambda t: lambda: boilerplate.blocks(t),
    "boilerplate.blocks learnt": lambda t: lambda: boilerplate.blocks(t, frozenset(boilerplate.forms(t[:2000]))),
    "boilerplate.remove": lambda t: lambda: boilerplate.remove(t),
    "boilerplate.prose": lambda t: lambda: boilerplate.prose(t),
    "boilerplate.folded": lambda t: lambda: boilerplate.folded(t),
    "boilerplate.forms": lambda t: lambda: boilerplate.forms(t),
    "sheet.signs": after(lambda t: fold.folded(t), lambda t, form: signs(form)),
    "sheet.Sheet.prose": lambda t: lambda: Sheet().prose(t),
    "sheet.Sheet.priceless": lambda t: lambda: Sheet().priceless(t),
    "document.clear": lambda t: lambda: Document(article(t)).cleared("body"),
    "document.opening": lambda t: lambda: opening(t),
    "document.raw": lambda t: lambda: Document(article(t)).raw(()),
    "document.known": lambda t: lambda: Document(article(t)).known(()),
    "price.masked": lambda t: lambda: price.masked(t),
    "digits.places": lambda t: lambda: digits.places(t),
    "amounts.amounts": after(lambda t: numbered(t), lambda t, given: list(amounts.amounts(*given, german=True))),
    "coming.coming": after(lambda t: numbered(t), lambda t, given: list(coming.coming(given[0], date(2026, 11, 23), given[1]))),
    "coming.sentence": lambda t: lambda: [coming.sentence(t, at, at + 1) for at in range(0, len(t), 5000)],
    "events.facts": lambda t: lambda: events.facts(article(t), NOW),
    "events.is_german": lambda t: lambda: events.is_german(article(t)),
    "cousins.named": lambda t: lambda: cousins.named(t),
    "identity.keys": lambda t: lambda: identity.keys(article(t)),
    "identity.keys title": lambda t: lambda: identity.keys(replace(article(""), title=t)),
    "identity.keys lead": lambda t: lambda: identity.keys(replace(article(""), lead=t)),
    "identity.keys guid": lambda t: lambda: identity.keys(replace(article(""), guid=t)),
    "identity.keys url": lambda t: lambda: identity.keys(replace(article(""), url="https://bench.example/" + t)),
    "identity.keys author": lambda t: lambda: identity.keys(replace(article(""), author=t)),
    "identity.title_key": lambda t: lambda: identity.title_key(t),
    "identity.company": lambda t: lambda: identity.company(t),
    "runs.sketch": after(lambda t: text.words(t), lambda t, found: runs.sketch(found)),
    "runs.runs": after(lambda t: text.words(t), lambda t, found: runs.runs(found)),
    "outline.outline": lambda t: lambda: outline.outline("", t),
    "difference.told": lambda t: lambda: difference.told("", t),
    "difference.read": lambda t: lambda: difference.read("", t),
    "difference.differing": after(lambda t: (difference.read("", t), difference.read("", changed(t))), lambda t, made: difference.differing(made[0], made[1])),
    "revision.change": after(lambda t: stored(1, "Titel", changed(t)), lambda t, old: revision.change(old, article(t))),
    "revision.fresh": after(lambda t: stored(1, "Titel", changed(t)), lambda t, old: list(revision.fresh(old, t))),
    "revision.sentences": lambda t: lambda: list(revision.sentences(t)),
    "revision.renamed": lambda t: lambda: revision.renamed(t, changed(t)),
    "story.relate": after(lambda t: (identity.keys(article(t)), stored(1, "Titel", changed(t))), lambda t, made: story.relate(article(t), made[0], [made[1]], NOW)),
    "story.another": after(lambda t: stored(1, "Titel", changed(t)), lambda t, other: story.another(article(t), other)),
    "teaser.wanted": lambda t: lambda: teaser.wanted(article(t), SOURCE),
    "rules.match": lambda t: lambda: rules.match(BOOK, article(t)),
    "rules.match title": lambda t: lambda: rules.match(BOOK, replace(article(""), title=t)),
    "rules.match lead": lambda t: lambda: rules.match(BOOK, replace(article(""), lead=t)),
    "rules.examine": lambda t: lambda: [rules.examine(BOOK, entry.watch.name, article(t)) for entry in BOOK.entries],
    **{
        f"rules.match {entry.watch.name}": examined(entry.watch.name)
        for entry in BOOK.entries
    },
    "inquiry.inquire": lambda t: lambda: [one.sentence() for one in inquiry.inquire(BOOK, article(t))],
    "inquiry.nearly": lambda t: lambda: inquiry.nearly(BOOK, article(t)),
    "evidence.evidence": snippet,
    "render.render and digest": shown,
    "render.link": lambda t: lambda: render.link("https://bench.example/" + t),
    "render.link host": lambda t: lambda: render.link(f"https://{t}/"),
    "rows.storable": lambda t: lambda: rows.storable(t),
    "explain.removed": lambda t: lambda: list(explain.removed(article(t), frozenset())),
    "explain.as_article": lambda t: lambda: explain.as_article(t, ADDRESS),
    "fields.title": lambda t: lambda: fields.title(t),
    "fields.visible": lambda t: lambda: fields.visible(t),
    "fields.lead": lambda t: lambda: fields.lead(t),
    "fields.body": lambda t: lambda: fields.body(t, changed(t)),
    "fields.link": lambda t: lambda: fields.link(t, ADDRESS),
    "fields.guid": lambda t: lambda: fields.guid(t),
    "fields.author": lambda t: lambda: fields.author(t),
    "fields.tags": lambda t: lambda: fields.tags([t, t]),
    "fields.language": lambda t: lambda: fields.language(t),
    "dates.parse": lambda t: lambda: dates.parse(t),
    "charset.decode": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: charset.decode(data, "")),
    "charset.decode_page": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: charset.decode_page(data, "")),
    "prescreen.root": lambda t: forbearing(lambda: prescreen.root(t)),
    "repair.repair": lambda t: lambda: repair.repair(t),
    "slices.cut": lambda t: lambda: slices.cut(feed(t), b"", b""),
    "slices.cut text": lambda t: lambda: slices.cut(t, b"", b""),
    "heading.read": lambda t: lambda: heading.read(feed(t), ADDRESS),
    "crowd.thinned": lambda t: lambda: crowd.thinned(t, SOURCE),
    "discovery.linked": lambda t: lambda: discovery.linked(t, ADDRESS),
    "jsonfeed.parse": after(lambda t: page(items(t), "application/json"), lambda t, document: jsonfeed.parse(document, SOURCE)),
    "unseen.begin": after(lambda t: page(feed(t)), lambda t, document: reading.begin(document, SOURCE, b"")),
    "frames.article": lambda t: lambda: framed(t),
}  # fmt: skip


def framed(body: str) -> object:
    """An article on its way from the process that read it."""
    return rows.article_values(article(body), identity.keys(article("")))
