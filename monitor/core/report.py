"""What came of one poll, as a value and as a line for the log."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.alerts.render import listed
from monitor.core.model.articles import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one poll, for the log and the person."""

    source: str
    outcome: str  # new, unchanged, failed, first sight
    articles: int = 0  # new ones
    edited: int = 0
    matches: tuple[tuple[str, int], ...] = ()  # watch → articles
    intents: int = 0  # deliveries that will be sent
    error: str | None = None
    failures: int = 0
    recovered: bool = False
    findings: tuple[Finding, ...] = ()
    overrun: bool = False  # nothing that the feed showed was known: it may have shown more meanwhile
    caught: int = 0  # further documents read to catch up


def sentence(report: Report) -> str:
    """A report as one line for the log."""
    matched = listed((f"{watch} {count}" for watch, count in report.matches), room=1000) or "none"
    articles = f"{report.source}: {report.articles} new article" + ("s" if report.articles != 1 else "")
    articles += f", {report.edited} edited" if report.edited else ""
    if report.outcome == "first sight":
        told = f"{report.intents} of them told" if report.intents else "none of them told"
        return f"{articles} at first sight, {told}; would have matched: {matched}"
    caught = f"; caught up through {report.caught} older documents" if report.caught else ""
    lost = "; nothing it shows was known, so items may have been lost: poll more often" if report.overrun else ""
    return f"{articles}; matched: {matched}{caught}{lost}"
