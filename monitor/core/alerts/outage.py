"""An outage of something outside as two lines: its beginning, and its end with how long it took and what it cost.

Pure: functions of (outage, now). Several things may depend on what is out (reads and writes of a database); the outage
ends when each that failed has worked again, and nothing has failed for CALM: a disk that is nearly full takes small
writes between large ones that fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.core.alerts.render import listed

CALM = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that is out, by the seconds of any clock. failing: what has not worked since it failed."""

    since: float
    last: float
    failures: int = 0
    failing: frozenset[str] = frozenset()


def failed(outage: Outage | None, part: str, now: float) -> Outage:
    """Something outside did not work."""
    before = outage or Outage(now, now)
    return replace(before, last=now, failures=before.failures + 1, failing=before.failing | {part})


def worked(outage: Outage, part: str, now: float) -> Outage | None:
    """It did; None where the outage is over."""
    after = replace(outage, failing=outage.failing - {part})
    return after if after.failing or now - outage.last < CALM else None


def ended(outage: Outage, now: float) -> str:
    """The end in words."""
    attempts = "1 failed attempt" if outage.failures == 1 else f"{outage.failures:,} failed attempts"
    return f"after {max(0.0, now - outage.since):.0f} s and {attempts}"


LINES = 5  # about single feeds within a minute; beyond it they are counted
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class OutageTally:
    """Lines of one kind within a minute: how many were said, and who is only counted."""

    since: float = float("-inf")
    said: int = 0
    names: tuple[str, ...] = ()


def one_more(tally: OutageTally, name: str, now: float) -> tuple[OutageTally, bool, str]:
    """The tally with one more; whether a line is said of it, and a line about those before that were only counted."""
    rest = rest_of(tally) if now - tally.since >= MINUTE else ""
    if now - tally.since >= MINUTE:
        tally = OutageTally(now)
    if tally.said < LINES:
        return replace(tally, said=tally.said + 1), True, rest
    return replace(tally, names=(*tally.names, name)), False, rest


def rest_of(tally: OutageTally) -> str:
    """Those that were only counted, in words; empty where there are none."""
    if not tally.names:
        return ""
    return f"{len(tally.names):,} more: {listed(tally.names)}"
