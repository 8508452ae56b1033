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
from monitor.core import decide
from monitor.core.alerts import render
from monitor.core.dedupe import keys, shingles, stories
from monitor.core.dedupe.compare.alignment import WordingIndex
from monitor.core.dedupe.edits import announces_correction
from monitor.core.dedupe.wording import read_wording
from monitor.core.facts import amounts, extract
from monitor.core.match.article_text import opening_paragraphs
from monitor.core.text import boilerplate, clean, html, normalize, tokens
from monitor.core.text.analysis import analyse_field, analyse_fields, analyse_prose, find_keywords
from monitor.feeds import dates, decode, discovery, entries, fields, jsonfeed, metadata, repair, rss
from monitor.feeds import incremental as reading
from monitor.feeds import repair as prescreen
from monitor.pipeline import explain
from monitor.store import rows
from tests.analysed import (
    article_keys,
    article_text,
    cleared_body,
    decide_edit,
    examine_watch,
    extract_facts,
    extract_prose,
    find_duplicate,
    find_near_misses,
    is_another_article,
    mask_prices,
    match_article,
    open_comparisons,
    trace_watches,
)

# name → the text → what is measured; what stands before the last lambda is prepared
FUNCTIONS: dict[str, Function] = {
    "fold.folded": lambda t: lambda: normalize.fold_with_offsets(t),
    "fold.normal": lambda t: lambda: normalize.normalize_with_offsets(t),
    "fold.Form.origin": after(lambda t: normalize.fold_with_offsets(t), lambda t, form: [form.origin(at, at + 1) for at in range(0, len(form.text), 1000)]),
    "tokens.texts": after(lambda t: normalize.fold(t), lambda t, form: tokens.tokenize(form)),
    "tokens.Tokens.cut": after(lambda t: normalize.fold_with_offsets(t), lambda t, form: tokens.Tokens(t, form).locate()),
    "tokens.Tokens.numbers": after(lambda t: tokens.Tokens(t, normalize.fold_with_offsets(t)), lambda t, made: [made.numbers(one) for one in sorted(made.found)[:50]]),
    "text.clean": lambda t: lambda: clean.clean_text(t),
    "text.clean line": lambda t: lambda: clean.clean_text(t, line=True),
    "text.plain": lambda t: lambda: clean.html_to_text(t),
    "text.words": lambda t: lambda: clean.folded_words(t),
    "markup.visible": lambda t: lambda: html.visible_text(t),
    "markup.Visible.origin": after(lambda t: html.visible_text(t), lambda t, seen: [seen.origin(at, at + 1) for at in range(0, len(seen.text), 1000)]),
    "skim.skim": lambda t: lambda: html.simple_markup_text(t),
    "boilerplate.blocks": lambda t: lambda: boilerplate.find_boilerplate(t),
    "boilerplate.blocks learnt": lambda t: lambda: boilerplate.find_blocks_and_repeated(t, True, frozenset(boilerplate.paragraph_patterns(t[:2000]))),
    "boilerplate.prose": lambda t: lambda: extract_prose(t),
    "boilerplate.folded": lambda t: lambda: boilerplate.line_pattern(t),
    "boilerplate.forms": lambda t: lambda: boilerplate.paragraph_patterns(t),
    "sheet.signs": after(lambda t: normalize.fold_with_offsets(t), lambda t, form: find_keywords(form)),
    "sheet.Sheet.prose": lambda t: lambda: analyse_prose(analyse_field(t)).text,
    "sheet.Sheet.priceless": lambda t: lambda: analyse_prose(analyse_field(t)).masked,
    "document.clear": lambda t: lambda: cleared_body(article(t)),
    "document.opening": lambda t: lambda: opening_paragraphs(t),
    "document.raw": lambda t: lambda: article_text(article(t)).raw(()),
    "document.known": lambda t: lambda: article_text(article(t)).known(()),
    "price.masked": lambda t: lambda: mask_prices(t),
    "digits.places": lambda t: lambda: tokens.number_positions(t, False),
    "amounts.amounts": after(lambda t: numbered(t), lambda t, given: list(amounts.find_amounts(*given, german=True))),
    "coming.coming": after(lambda t: numbered(t), lambda t, given: list(extract.find_upcoming_events(given[0], date(2026, 11, 23), given[1]))),
    "coming.sentence": lambda t: lambda: [extract.sentence_span(t, at, at + 1) for at in range(0, len(t), 5000)],
    "events.facts": lambda t: lambda: extract_facts(article(t), NOW),
    "events.is_german": lambda t: lambda: extract.is_german(article(t)),
    "cousins.named": lambda t: lambda: stories.headline_names(t),
    "identity.keys": lambda t: lambda: article_keys(article(t)),
    "identity.keys title": lambda t: lambda: article_keys(replace(article(""), title=t)),
    "identity.keys lead": lambda t: lambda: article_keys(replace(article(""), lead=t)),
    "identity.keys guid": lambda t: lambda: article_keys(replace(article(""), guid=t)),
    "identity.keys url": lambda t: lambda: article_keys(replace(article(""), url="https://bench.example/" + t)),
    "identity.keys author": lambda t: lambda: article_keys(replace(article(""), author=t)),
    "identity.title_key": lambda t: lambda: keys.title_key(t),
    "identity.company": lambda t: lambda: keys.headline_company(t),
    "runs.sketch": after(lambda t: clean.folded_words(t), lambda t, found: shingles.sketch_of_lanes(shingles.weighted_hashes(found))),
    "outline.outline": lambda t: lambda: open_comparisons().filters.find("", t),
    "wording.read": lambda t: lambda: read_wording("", t),
    "wording.read headline": lambda t: lambda: read_wording(t, ""),
    "wording.index": after(lambda t: read_wording("", t), lambda t, made: WordingIndex(made)),
    "edit.decide": after(lambda t: stored(1, "Titel", changed(t)), lambda t, old: decide_edit(old, article(t))),
    "edit.decide headline": after(lambda t: stored(1, changed(t), "Text"), lambda t, old: decide_edit(old, replace(article("Text"), title=t))),
    "edit.announces": lambda t: lambda: announces_correction(t, t),
    "story.relate": after(lambda t: (article_keys(article(t)), stored(1, "Titel", changed(t))), lambda t, made: find_duplicate(article(t), made[0], [made[1]], NOW)),
    "story.another": after(lambda t: stored(1, "Titel", changed(t)), lambda t, other: is_another_article(article(t), other)),
    "teaser.wanted": lambda t: lambda: decide.needs_full_text(article(t), SOURCE.full_text),
    "rules.match": lambda t: lambda: match_article(BOOK, article(t)),
    "rules.match title": lambda t: lambda: match_article(BOOK, replace(article(""), title=t)),
    "rules.match lead": lambda t: lambda: match_article(BOOK, replace(article(""), lead=t)),
    "rules.examine": lambda t: lambda: [examine_watch(BOOK, entry.watch.name, article(t)) for entry in BOOK.entries],
    **{
        f"rules.match {entry.watch.name}": examined(entry.watch.name)
        for entry in BOOK.entries
    },
    "inquiry.inquire": lambda t: lambda: [one.sentence() for one in trace_watches(BOOK, article(t))],
    "inquiry.nearly": lambda t: lambda: find_near_misses(BOOK, article(t)),
    "evidence.evidence": snippet,
    "render.render and digest": shown,
    "render.link": lambda t: lambda: render.display_link("https://bench.example/" + t),
    "render.link host": lambda t: lambda: render.display_link(f"https://{t}/"),
    "rows.storable": lambda t: lambda: rows.storable(t),
    "explain.removed": lambda t: lambda: list(explain.find_removed_texts(analyse_fields(article(t), ()))),
    "explain.as_article": lambda t: lambda: explain.article_from_page(t, ADDRESS),
    "fields.title": lambda t: lambda: fields.clean_title(t),
    "fields.visible": lambda t: lambda: fields.clean_paragraphs(t),
    "fields.lead": lambda t: lambda: fields.lead_from_summary(t),
    "fields.body": lambda t: lambda: fields.join_body(t, changed(t)),
    "fields.link": lambda t: lambda: fields.absolute_url(t, ADDRESS),
    "fields.guid": lambda t: lambda: fields.clean_guid(t),
    "fields.author": lambda t: lambda: fields.clean_author(t),
    "fields.tags": lambda t: lambda: fields.clean_tags([t, t]),
    "fields.language": lambda t: lambda: fields.language_subtag(t),
    "dates.parse": lambda t: lambda: dates.parse_date(t),
    "charset.decode": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: decode.decode_text(data, "")),
    "charset.decode_page": after(lambda t: t.encode("utf-8", "replace"), lambda t, data: decode.decode_page(data, "")),
    "prescreen.root": lambda t: forbearing(lambda: prescreen.extract_root(t)),
    "repair.repair": lambda t: lambda: repair.repair_text(t),
    "slices.cut": lambda t: lambda: entries.strip_known(feed(t), b"", b""),
    "slices.cut text": lambda t: lambda: entries.strip_known(t, b"", b""),
    "heading.read": lambda t: lambda: metadata.parse_metadata(feed(t), ADDRESS),
    "crowd.thinned": lambda t: lambda: rss.limit_entries(t, SOURCE),
    "discovery.linked": lambda t: lambda: discovery.linked_feeds(t, ADDRESS),
    "jsonfeed.parse": after(lambda t: page(items(t), "application/json"), lambda t, document: jsonfeed.parse_jsonfeed(document, SOURCE)),
    "unseen.begin": after(lambda t: page(feed(t)), lambda t, document: reading.begin_parse(document, SOURCE, b"")),
    "frames.article": lambda t: lambda: framed(t),
}  # fmt: skip
