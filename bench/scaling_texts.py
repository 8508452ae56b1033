"""Every function that takes a text, for bench/scaling.py: a text in, what is to be measured out."""

# ruff: noqa: E501  -- one line for each function
from __future__ import annotations

from dataclasses import replace
from datetime import date

from bench.scaling_cases import (
    ADDRESS,
    BOOK,
    NOW,
    SOURCE,
    Function,
    after,
    article,
    changed,
    examined,
    feed,
    forbearing,
    framed,
    items,
    numbered,
    page,
    shown,
    snippet,
    stored,
)
from monitor.core.alerts import render
from monitor.core.dedupe import differences, keys, prefilter, revisions, shingles, stories
from monitor.core.facts import amounts, extract
from monitor.core.match import engine, match_trace
from monitor.core.match.article_text import Document, opening
from monitor.core.text import boilerplate, clean, html, normalize, prices, tokens
from monitor.core.text.analysis import Sheet, signs
from monitor.feeds import dates, decode, discovery, entries, fields, jsonfeed, metadata, repair, rss
from monitor.feeds import incremental as reading
from monitor.feeds import repair as prescreen
from monitor.pipeline import decide, explain
from monitor.store import rows

# name → the text → what is measured; what stands before the last lambda is prepared
FUNCTIONS: dict[str, Function] = {
    "fold.folded": lambda t: lambda: normalize.folded(t),
    "fold.normal": lambda t: lambda: normalize.normal(t),
    "fold.Form.origin": after(lambda t: normalize.folded(t), lambda t, form: [form.origin(at, at + 1) for at in range(0, len(form.text), 1000)]),
    "tokens.texts": after(lambda t: normalize.fold(t), lambda t, form: tokens.texts(form)),
    "tokens.Tokens.cut": after(lambda t: normalize.folded(t), lambda t, form: tokens.Tokens(t, form).cut()),
    "tokens.Tokens.numbers": after(lambda t: tokens.Tokens(t, normalize.folded(t)), lambda t, made: [made.numbers(one) for one in sorted(made.found)[:50]]),
    "text.clean": lambda t: lambda: clean.clean(t),
    "text.clean line": lambda t: lambda: clean.clean(t, line=True),
    "text.plain": lambda t: lambda: clean.plain(t),
    "text.words": lambda t: lambda: clean.words(t),
    "markup.visible": lambda t: lambda: html.visible(t),
    "markup.Visible.origin": after(lambda t: html.visible(t), lambda t, seen: [seen.origin(at, at + 1) for at in range(0, len(seen.text), 1000)]),
    "skim.skim": lambda t: lambda: html.skim(t),
    "boilerplate.blocks": lambda t: lambda: boilerplate.blocks(t),
    "boilerplate.blocks learnt": lambda t: lambda: boilerplate.blocks(t, frozenset(boilerplate.forms(t[:2000]))),
    "boilerplate.remove": lambda t: lambda: boilerplate.remove(t),
    "boilerplate.prose": lambda t: lambda: boilerplate.prose(t),
    "boilerplate.folded": lambda t: lambda: boilerplate.folded(t),
    "boilerplate.forms": lambda t: lambda: boilerplate.forms(t),
    "sheet.signs": after(lambda t: normalize.folded(t), lambda t, form: signs(form)),
    "sheet.Sheet.prose": lambda t: lambda: Sheet().prose(t),
    "sheet.Sheet.priceless": lambda t: lambda: Sheet().priceless(t),
    "document.clear": lambda t: lambda: Document(article(t)).cleared("body"),
    "document.opening": lambda t: lambda: opening(t),
    "document.raw": lambda t: lambda: Document(article(t)).raw(()),
    "document.known": lambda t: lambda: Document(article(t)).known(()),
    "price.masked": lambda t: lambda: prices.masked(t),
    "digits.places": lambda t: lambda: tokens.places(t),
    "amounts.amounts": after(lambda t: numbered(t), lambda t, given: list(amounts.amounts(*given, german=True))),
    "coming.coming": after(lambda t: numbered(t), lambda t, given: list(extract.coming(given[0], date(2026, 11, 23), given[1]))),
    "coming.sentence": lambda t: lambda: [extract.sentence(t, at, at + 1) for at in range(0, len(t), 5000)],
    "events.facts": lambda t: lambda: extract.facts(article(t), NOW),
    "events.is_german": lambda t: lambda: extract.is_german(article(t)),
    "cousins.named": lambda t: lambda: stories.named(t),
    "identity.keys": lambda t: lambda: keys.keys(article(t)),
    "identity.keys title": lambda t: lambda: keys.keys(replace(article(""), title=t)),
    "identity.keys lead": lambda t: lambda: keys.keys(replace(article(""), lead=t)),
    "identity.keys guid": lambda t: lambda: keys.keys(replace(article(""), guid=t)),
    "identity.keys url": lambda t: lambda: keys.keys(replace(article(""), url="https://bench.example/" + t)),
    "identity.keys author": lambda t: lambda: keys.keys(replace(article(""), author=t)),
    "identity.title_key": lambda t: lambda: keys.title_key(t),
    "identity.company": lambda t: lambda: keys.company(t),
    "runs.sketch": after(lambda t: clean.words(t), lambda t, found: shingles.sketch(found)),
    "runs.runs": after(lambda t: clean.words(t), lambda t, found: shingles.runs(found)),
    "outline.outline": lambda t: lambda: prefilter.outline("", t),
    "difference.told": lambda t: lambda: differences.told("", t),
    "difference.read": lambda t: lambda: differences.read("", t),
    "difference.differing": after(lambda t: (differences.read("", t), differences.read("", changed(t))), lambda t, made: differences.differing(made[0], made[1])),
    "revision.change": after(lambda t: stored(1, "Titel", changed(t)), lambda t, old: revisions.change(old, article(t))),
    "revision.fresh": after(lambda t: stored(1, "Titel", changed(t)), lambda t, old: list(revisions.fresh(old, t))),
    "revision.sentences": lambda t: lambda: list(revisions.sentences(t)),
    "revision.renamed": lambda t: lambda: revisions.renamed(t, changed(t)),
    "story.relate": after(lambda t: (keys.keys(article(t)), stored(1, "Titel", changed(t))), lambda t, made: stories.relate(article(t), made[0], [made[1]], NOW)),
    "story.another": after(lambda t: stored(1, "Titel", changed(t)), lambda t, other: stories.another(article(t), other)),
    "teaser.wanted": lambda t: lambda: decide.wants_full_text(article(t), SOURCE),
    "rules.match": lambda t: lambda: engine.match(BOOK, article(t)),
    "rules.match title": lambda t: lambda: engine.match(BOOK, replace(article(""), title=t)),
    "rules.match lead": lambda t: lambda: engine.match(BOOK, replace(article(""), lead=t)),
    "rules.examine": lambda t: lambda: [engine.examine(BOOK, entry.watch.name, article(t)) for entry in BOOK.entries],
    **{
        f"rules.match {entry.watch.name}": examined(entry.watch.name)
        for entry in BOOK.entries
    },
    "inquiry.inquire": lambda t: lambda: [one.sentence() for one in match_trace.inquire(BOOK, article(t))],
    "inquiry.nearly": lambda t: lambda: match_trace.nearly(BOOK, article(t)),
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
    "charset.decode": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: decode.decode(data, "")),
    "charset.decode_page": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: decode.decode_page(data, "")),
    "prescreen.root": lambda t: forbearing(lambda: prescreen.root(t)),
    "repair.repair": lambda t: lambda: repair.repair(t),
    "slices.cut": lambda t: lambda: entries.cut(feed(t), b"", b""),
    "slices.cut text": lambda t: lambda: entries.cut(t, b"", b""),
    "heading.read": lambda t: lambda: metadata.read(feed(t), ADDRESS),
    "crowd.thinned": lambda t: lambda: rss.thinned(t, SOURCE),
    "discovery.linked": lambda t: lambda: discovery.linked(t, ADDRESS),
    "jsonfeed.parse": after(lambda t: page(items(t), "application/json"), lambda t, document: jsonfeed.parse(document, SOURCE)),
    "unseen.begin": after(lambda t: page(feed(t)), lambda t, document: reading.begin(document, SOURCE, b"")),
    "frames.article": lambda t: lambda: framed(t),
}  # fmt: skip
