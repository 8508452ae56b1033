"""The stages of an article, in order, from the page that lists it to its row in the archive.

STAGES is the list that DESIGN.md shows. `analyse_poll` runs those before the write lock: the work grows with the length
of what a feed sends. `decide_articles` runs the others under the lock. What a stage does stands in its own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from monitor.core.decide import DUPLICATE_WINDOW, AnalysedArticle, decide
from monitor.core.dedupe.comparisons import Comparisons
from monitor.core.dedupe.keys import Fingerprint, article_site, fingerprint_article
from monitor.core.dedupe.listed_entries import NO_ENTRIES, DocumentEntries, resolve_names
from monitor.core.dedupe.prefilter import filter_from_hashes
from monitor.core.facts.extract import extract_facts
from monitor.core.match.engine import RuleSet, match_article
from monitor.core.model.articles import ArticleKeys, Recognition
from monitor.core.model.polling import ArticleDecision
from monitor.core.text.analysis import ArticleAnalysis, analyse_article, hide_repeated
from monitor.core.text.boilerplate import paragraph_patterns
from monitor.core.text.extent import is_long
from monitor.pipeline.context import PollResult, TurnContext
from monitor.store.ingest_transaction import IngestTransaction

MAX_UNCHECKED_ARTICLES = 3  # articles: to match one takes 0.14 ms, to ask what is known of them 0.45
MAX_SHARED_TURN_LENGTH = 500_000  # characters of all articles of a poll: a second of CPU


class Stage(NamedTuple):
    """One stage: its name, its file below `monitor`, and the function that is called there."""

    name: str
    file: str
    function: str


STAGES = (
    Stage("fetch", "fetch/client.py", "fetch"),
    Stage("parse", "feeds/parser.py", "parse"),
    Stage("analyse", "core/text/analysis.py", "analyse_article"),
    Stage("fingerprint", "core/dedupe/keys.py", "fingerprint_article"),
    Stage("name", "core/dedupe/listed_entries.py", "resolve_names"),
    Stage("recognise", "store/lookup.py", "recognise_articles"),  # asked again under the lock
    Stage("match", "core/match/engine.py", "match_article"),
    Stage("extract", "core/facts/extract.py", "extract_facts"),  # of articles that match
    # from here on under the write lock
    Stage("decide", "core/decide.py", "decide"),
    Stage("relate", "core/dedupe/stories.py", "find_duplicate"),
    Stage("alert", "core/alerts/policy.py", "decide_intents"),
    Stage("store", "store/ingest_transaction.py", "store_article"),
)


class PollAnalysis(NamedTuple):
    """What was derived from a poll before the write lock; known_count: entries left out because they are known."""

    now: datetime
    new_articles: Sequence[AnalysedArticle]
    known_count: int
    comparisons: Comparisons
    entries: DocumentEntries = NO_ENTRIES


def is_large_poll(result: PollResult) -> bool:
    """Whether the analysis takes so long that the polls of other feeds must not wait for it."""
    return sum(len(one.body) + len(one.lead) for one in result.articles) > MAX_SHARED_TURN_LENGTH


def analyse_poll(result: PollResult, tools: TurnContext, now: datetime) -> PollAnalysis:
    """Analyse the articles whose wording the archive may not know, oldest first (feeds list the newest first).

    Up to MAX_UNCHECKED_ARTICLES are matched without asking the archive: next to entries that were removed as known,
    the others are new as a rule, and the archive is asked again under the write lock anyway.
    """
    articles, store, comparisons = result.articles, tools.store, Comparisons(tools.filters)
    if result.fetched.listing is None:
        return PollAnalysis(now, [], result.known, comparisons)
    analyses = [analyse_article(article, ()) for article in articles]
    prints = list(map(fingerprint_article, analyses))
    entries = document_entries(result, [one.keys for one in prints])
    prints = [one._replace(keys=keys) for one, keys in zip(prints, entries.keys, strict=True)]
    ask = len(articles) > MAX_UNCHECKED_ARTICLES
    recognitions = (
        store.polls.recognise(result.source.name, entries.keys, entries.listed)
        if ask
        else [Recognition()] * len(prints)
    )
    repeated = cache(store.repeated_paragraphs.repeated_forms)
    new = [
        derive_article(hide_repeated(analysis, repeated(article_site(article))), found, result.settings.ruleset, now)
        for article, analysis, found, recognition in reversed(
            list(zip(articles, analyses, prints, recognitions, strict=True))
        )
        if recognition.article is None or recognition.changed
    ]
    for one in new:
        if is_long(one.article):
            tools.filters.add(one.article.title, one.analysis.compared.text, filter_from_hashes(one.word_hashes))
    return PollAnalysis(now, new, result.known + len(articles) - len(new), comparisons, entries)


def document_entries(result: PollResult, keys: Sequence[ArticleKeys]) -> DocumentEntries:
    """What the document of a poll says of its entries; nothing where the answer was "not modified"."""
    listing, state = result.fetched.listing, result.claim.state
    if listing is None:
        return NO_ENTRIES
    return resolve_names(listing.articles, keys, listing, state, partial=result.partial)


def derive_article(analysis: ArticleAnalysis, found: Fingerprint, ruleset: RuleSet, now: datetime) -> AnalysedArticle:
    """Match an article, and derive what else the decisions about it need."""
    matches = match_article(ruleset, analysis.fields)
    facts = extract_facts(analysis, now) if matches else ()
    forms = paragraph_patterns(analysis.fields.article.body)
    return AnalysedArticle(found.keys, analysis, found.word_hashes, matches, facts, forms)


class ComparisonsPending(Exception):
    """Long texts must be compared outside the lock first. Of the transaction only its analysis is kept."""

    def __init__(self, analysis: PollAnalysis) -> None:
        super().__init__("long texts are to be compared first")
        self.analysis = analysis


def decide_articles(turn: IngestTransaction, result: PollResult, analysis: PollAnalysis) -> list[ArticleDecision]:
    """Decide about and add the articles that are new under the lock too. Raises ComparisonsPending."""
    decisions, settings = [], result.decision_settings
    if analysis.new_articles:
        since = analysis.now - DUPLICATE_WINDOW
        turn.prepare([new.keys for new in analysis.new_articles], since, analysis.entries.listed)
    for new in analysis.new_articles:
        decision = decide(new, turn, settings, analysis.comparisons, analysis.now)
        if decision and turn.store_article(decision, analysis.now) is not None:
            decisions.append(decision)
    if analysis.comparisons.open:
        raise ComparisonsPending(analysis)
    return decisions
