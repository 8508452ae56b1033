"""A source's turn: look → recognise → match → relate → decide → store, at once.

It calls the rooms in order and decides nothing itself: identity, story, rules and policy do, from values. It does not
know when a source is due, what a channel is, or how anything is stored.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from monitor.config import Settings
from monitor.core import (
    boilerplate,
    cadence,
    cousins,
    events,
    generation,
    hubs,
    identity,
    policy,
    revision,
    rules,
    story,
    teaser,
    websub,
)
from monitor.core.errors import FetchError, ParseError, StoreError
from monitor.core.model import (
    Article,
    Claim,
    Finding,
    Intent,
    Keys,
    Kin,
    Kinship,
    Manners,
    Match,
    PollEnd,
    Sighting,
    Source,
)
from monitor.core.outcome import outcome
from monitor.core.report import Report as Report
from monitor.core.report import sentence as sentence
from monitor.core.sheet import Sheet
from monitor.core.websub import Subscription
from monitor.desk import Tools as Tools
from monitor.desk import around
from monitor.look import look
from monitor.store import Store, Turn
from monitor.visit import Unseen as Unseen
from monitor.visit import Visit as Visit

# Copies of a story are looked for among the articles of this long: no wire story is known to be re-spun later
WINDOW = timedelta(hours=72)
FEW = 3  # articles: to match one takes 0.14 ms, to ask what is known of them 0.45
STORY = timedelta(hours=48)  # in which the same figures are the same story


async def poll(
    claim: Claim,
    source: Source,
    settings: Settings,
    tools: Tools,
    *,
    backfill: timedelta = timedelta(0),
    keep: bool = True,
    settled: Settle | None = None,
) -> Report:
    """Take one source's turn and store what came of it; keep=False (a dry run) stores nothing.

    settled: who stores it; as a rule a thread.
    """
    try:
        seen = await look(source, claim.state, tools)
    except (FetchError, ParseError) as error:
        return await asyncio.to_thread(fail, claim, source, error, tools, keep=keep)
    backfill = max(backfill, generation.gap(tools.store.restored, tools.now()))
    visit = Visit(claim, source, settings, seen, backfill, keep, hubs.offers(source, seen.answer, seen.listing))
    return await (settled or apart)(visit, tools)


async def apart(visit: Visit, tools: Tools) -> Report:
    """Settle one visit in a thread for turns."""
    return await asyncio.get_running_loop().run_in_executor(tools.store.turns, settle, visit, tools)


def fail(claim: Claim, source: Source, error: Exception, tools: Tools, *, keep: bool) -> Report:
    """Record a poll that brought nothing; validators stay, so a bad answer cannot cost the next good one."""
    now = tools.now()
    manners = Manners(retry_after=getattr(error, "retry_after", None))
    gone = getattr(error, "kind", "") == "gone"
    at = cadence.next_poll(source, claim.state, now, ok=False, manners=manners, jitter=tools.jitter(), gone=gone)
    with tools.store.polls.turn(claim, now) as turn:
        turn.end(PollEnd(next_poll_at=at, error=str(error) or type(error).__name__, gone=gone))
        if not keep:
            turn.abandon()
    return Report(source.name, "failed", error=str(error), failures=claim.state.failures + 1)


def broke(claim: Claim, source: Source, error: Exception, tools: Tools, *, keep: bool) -> Report:
    """Record a poll that ended in an error nobody foresaw. Where not even that can be stored, the lease ends."""
    try:
        return fail(claim, source, error, tools, keep=keep)
    except StoreError:
        return Report(source.name, "failed", error=str(error), failures=claim.state.failures + 1)


def unstored(claim: Claim, source: Source, error: Exception) -> Report:
    """The report of a poll whose database is out: that is no failure of the feed, which is due when its lease ends."""
    return Report(source.name, "failed", error=str(error), failures=claim.state.failures)


Settle = Callable[[Visit, Tools], Awaitable[Report]]


def settle(visit: Visit, tools: Tools) -> Report:
    """Store what is new of a visit, with all that was decided about it, in one transaction."""
    now = tools.now()
    unseen, known = fresh(visit, tools.store)
    with tools.store.polls.turn(visit.claim, now) as turn:
        findings = judged(turn, visit, unseen, now)
        end = ended(visit, tools, now, known + turn.known)
        turn.end(slowed(turn, visit, end, findings, tools))
        if not visit.keep:
            turn.abandon()
    return summary(visit, end, findings)


def ended(visit: Visit, tools: Tools, now: datetime, known: int) -> PollEnd:
    """How the poll ends, as far as the visit alone tells; known: entries that the archive had before."""
    return outcome(
        visit.seen, visit.claim.state, visit.source, now, known=known, jitter=tools.jitter(), merges=visit.merges
    )


def judged(turn: Turn, visit: Visit, unseen: Sequence[Unseen], now: datetime) -> list[Finding]:
    """Add the articles that are new under the write lock too, with what was decided about each."""
    findings = []
    if unseen:
        turn.prepare([one.keys for one in unseen], now - WINDOW)
    for one in unseen:
        finding = judge(turn, visit, one, now)
        if finding and turn.add(finding, now) is not None:
            findings.append(finding)
    return findings


def slowed(turn: Turn, visit: Visit, end: PollEnd, findings: Sequence[Finding], tools: Tools) -> PollEnd:
    """A feed whose pushes have proven themselves is polled seldom, as long as polls find nothing of their own."""
    subscriptions = tools.store.subscriptions
    if visit.offers is not None:
        subscriptions.heed(turn, visit.offers, tools.token)
    proven = subscriptions.proven(turn) if visit.settings.callback else None  # a third of what a 304 costs
    unpushed = [finding.article.published_at for finding in findings if finding.sighting.article is None]
    if proven and websub.missed(unpushed, turn.now):
        subscriptions.doubt(turn, proven)
        proven = None
    return relied(visit, end, proven, turn.now)


def relied(visit: Visit, end: PollEnd, proven: Subscription | None, now: datetime) -> PollEnd:
    """The end of a poll of a feed that relies on these pushes."""
    floor = websub.pause(proven, visit.source.every, now)
    return replace(end, next_poll_at=max(end.next_poll_at, now + floor))


def fresh(visit: Visit, store: Store) -> tuple[list[Unseen], int]:
    """The articles the archive may not know in these words, with their matches, oldest first; how many are left out.

    Feeds list the newest first. Matching happens here, before the write lock is taken. A few are matched, known or not:
    what an entry among others that were seen brings is new as a rule, and the turn asks anyway.
    """
    articles = visit.articles
    if not articles:
        return [], visit.known
    sheets = [Sheet() for _ in articles]
    keys = list(map(identity.keys, articles, sheets))
    learnt = cache(store.blocks.learnt)
    many = len(articles) > FEW
    sightings = store.polls.recognise(visit.source.name, keys) if many else [Sighting() for _ in articles]
    unseen = [
        Unseen(article, key, rules.match(visit.settings.book, article, learnt(identity.site(article)), sheet), sheet)
        for article, key, sighting, sheet in reversed(list(zip(articles, keys, sightings, sheets, strict=True)))
        if sighting.article is None or sighting.changed
    ]
    return unseen, visit.known + len(articles) - len(unseen)


def judge(turn: Turn, visit: Visit, one: Unseen, now: datetime) -> Finding | None:
    """All decisions about one article, asked again under the write lock; None if it became known meanwhile."""
    article, keys, matches, sheet = one
    sighting = turn.recognise([keys])[0]
    if sighting.changed and sighting.article is not None and story.another(article, turn.stored(sighting.article)):
        keys = replace(keys, identity=f"{keys.identity}#{keys.content}")  # one name for two: the text tells them apart
        sighting = turn.recognise([keys], strictly=True)[0]
    if sighting.article is not None and not sighting.changed:
        return None
    kin = kinship(turn, article, keys, sheet, sighting, now)
    facts = events.facts(article, now, sheet=sheet) if matches else ()
    if kin.kinship is Kinship.NEW and facts:
        others = turn.cousins([found.watch for found in matches], now - STORY)
        kin = cousins.same_story(article.title, facts, others) or kin
    intents = decide(turn, visit, article, kin, matches, now)
    new = kin.kinship is Kinship.NEW
    forms, read = boilerplate.forms(article.body) if new else (), new and not visit.baseline
    wanted = read and teaser.wanted(article, visit.source)
    return Finding(article, keys, sighting, kin, matches, intents, facts, wanted, forms)


def kinship(turn: Turn, article: Article, keys: Keys, sheet: Sheet, sighting: Sighting, now: datetime) -> Kin:
    """What the article is to the known stories."""
    if sighting.article is not None:
        reason = f"article #{sighting.article} with other words"
        return Kin(Kinship.VERSION, reason, story=sighting.story, article=sighting.article)
    return story.relate(article, keys, turn.candidates(keys, now - WINDOW), now, sheet)


def decide(
    turn: Turn, visit: Visit, article: Article, kin: Kin, matches: tuple[Match, ...], now: datetime
) -> tuple[Intent, ...]:
    """Whom to tell of the matches, given what was told before.

    A watch that matched an earlier wording was decided about then: an edit that changes a price or an advertisement
    must not tell of it, not even where it was not told at first sight of the feed.
    """
    if not matches:
        return ()
    fresh, older, changed = matches, list[Match](), None
    if kin.kinship is Kinship.VERSION and kin.article is not None:
        old = turn.stored(kin.article)
        if old.pruned:
            return ()  # an old article is rendered again: nobody can say what changed, and it is no news
        known = turn.matched(kin.article)
        fresh = tuple(found for found in matches if found.watch not in known)
        older = [found for found in matches if found.watch in known]
        changed = revision.change(old, article) if len(fresh) < len(matches) else None
    seen = replace(
        around(turn, visit.settings, article, kin, [found.watch for found in matches], now),
        baseline=visit.baseline,
        backfill=visit.backfill > timedelta(0) and (article.published_at or now) >= now - visit.backfill,
    )
    told = policy.decide(fresh, visit.settings.routes, seen)
    if changed is None:
        return told
    later = replace(seen, changed=True, corrects=changed.corrects, times=turn.times(kin.story))
    again = policy.decide(older, visit.settings.routes, later)
    word = "correction" if changed.corrects else "update"
    return told + tuple(replace(one, revised=word, sentence=changed.sentence) for one in again)


def summary(visit: Visit, end: PollEnd, findings: Sequence[Finding]) -> Report:
    """The report of a visit that succeeded.

    With its articles only where they are kept nowhere else: of a thousand new feeds they are 100 MB.
    """
    outcome = "first sight" if visit.baseline else "new" if findings else "unchanged"
    counts = Counter(match.watch for finding in findings for match in finding.matches)
    due = sum(intent.at is not None for finding in findings for intent in finding.intents)
    return Report(
        visit.source.name,
        outcome,
        articles=sum(finding.sighting.article is None for finding in findings),
        edited=sum(finding.sighting.article is not None for finding in findings),
        matches=tuple(sorted(counts.items())),
        intents=due,
        recovered=visit.claim.state.failures > 0,
        findings=() if visit.keep else tuple(findings),
        overrun=end.overrun,
        caught=end.caught,
    )
