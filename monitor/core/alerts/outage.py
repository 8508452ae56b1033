"""Track outages of external resources, so that each is logged as two lines: its start, and its end with its cost.

Several operations may depend on the resource (reads and writes of a database). The outage ends when each that failed
has worked again and nothing has failed for CALM seconds: a nearly full disk takes small writes between large ones that
fail. The module does not know what the resource is and writes no log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.core.alerts.render import listed

CALM = 3.0  # seconds without a failure, after which an outage is over


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage; times are seconds of any clock. failing: operations that have not worked since they failed."""

    since: float
    last: float
    failures: int = 0
    failing: frozenset[str] = frozenset()


def failed(outage: Outage | None, part: str, now: float) -> Outage:
    """The outage after a failed operation."""
    before = outage or Outage(now, now)
    return replace(before, last=now, failures=before.failures + 1, failing=before.failing | {part})


def worked(outage: Outage, part: str, now: float) -> Outage | None:
    """The outage after an operation that worked; None if the outage is over."""
    after = replace(outage, failing=outage.failing - {part})
    return after if after.failing or now - outage.last < CALM else None


def ended(outage: Outage, now: float) -> str:
    """The cost of an outage as text: `after 12 s and 3 failed attempts`."""
    attempts = "1 failed attempt" if outage.failures == 1 else f"{outage.failures:,} failed attempts"
    return f"after {max(0.0, now - outage.since):.0f} s and {attempts}"


LINES = 5  # logged per minute; further ones are counted
MINUTE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class OutageTally:
    """Lines of one kind within a minute. said: how many were logged; names: subjects that are only counted."""

    since: float = float("-inf")
    said: int = 0
    names: tuple[str, ...] = ()


def one_more(tally: OutageTally, name: str, now: float) -> tuple[OutageTally, bool, str]:
    """Count a line: (tally, whether to log it, a line about earlier ones that were only counted, or empty)."""
    rest = rest_of(tally) if now - tally.since >= MINUTE else ""
    if now - tally.since >= MINUTE:
        tally = OutageTally(now)
    if tally.said < LINES:
        return replace(tally, said=tally.said + 1), True, rest
    return replace(tally, names=(*tally.names, name)), False, rest


def rest_of(tally: OutageTally) -> str:
    """A line about the subjects that were only counted; empty if there are none."""
    if not tally.names:
        return ""
    return f"{len(tally.names):,} more: {listed(tally.names)}"
