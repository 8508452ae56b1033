"""Outages in the log: one line when the database, a channel or many feeds fail, and one when they work again.

Code that meets an outage reports it here and logs nothing itself. It decides nothing and knows no reason of an outage.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from monitor.core.alerts import outage
from monitor.core.alerts.outage import Outage, OutageTally
from monitor.core.alerts.render import poll_summary
from monitor.core.errors import ReplacedError, StoreError
from monitor.core.model.polling import PollReport

log = logging.getLogger(__name__)

DATABASE_NAME = "the database"


class Outages:
    """The outages that have begun and not ended, by the name of what fails. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.open: dict[str, Outage] = {}
        self.tallies: dict[str, OutageTally] = {}
        self.lock = threading.Lock()

    def database(self, part: str, error: str | None) -> None:
        """Record a read or a write of the database; error: None where it worked."""
        if error is None:
            self.record_success(DATABASE_NAME, part)
        else:
            self.record_failure(DATABASE_NAME, error, part)

    def record_failure(self, what: str, error: str, part: str = "") -> None:
        """Record a failure; only the first one of an outage is logged above DEBUG."""
        with self.lock:
            begins = what not in self.open
            self.open[what] = outage.failed(self.open.get(what), part, self.now())
        if begins:
            log.warning("%s cannot be used; this is said once until it ends: %s", what, error)
        else:
            log.debug("%s: %s", what, error)

    def record_success(self, what: str, part: str = "") -> None:
        """Record that something worked. Called with every transaction: without an outage it costs one dict lookup."""
        if what not in self.open:
            return
        with self.lock:
            before, now = self.open.get(what), self.now()
            after = outage.worked(before, part, now) if before else None
            if before is None or after is not None:
                self.open |= {what: after} if after else {}
                return
            del self.open[what]
        log.info("%s works again, %s", what, outage.ended(before, now))

    def log_one_of_many(self, kind: str, level: int, name: str, line: str) -> None:
        """Log one of things that may fail by the hundred: a few lines a minute, then one that counts the rest."""
        with self.lock:
            tally, alone, rest = outage.one_more(self.tallies.get(kind, OutageTally()), name, self.now())
            self.tallies[kind] = tally
        if rest:
            log.log(level, "%s: %s", kind, rest)
        log.log(level if alone else logging.DEBUG, "%s: %s", name, line)

    def flush(self) -> None:
        """Log what was only counted; to be called once a minute."""
        with self.lock:
            rests = {kind: outage.rest_of(tally) for kind, tally in self.tallies.items()}
            self.tallies.clear()
        for kind, rest in rests.items():
            if rest:
                log.info("%s: %s", kind, rest)


class PollLog:
    """The results of polls in the log. failing: the feeds whose last poll failed."""

    def __init__(self, outages: Outages) -> None:
        self.outages = outages
        self.failing: set[str] = set()
        self.losses: dict[str, tuple[str, ...]] = {}  # why entries of a feed were not read, as it was logged

    def record_poll(self, report: PollReport) -> None:
        """Log new articles, a feed's first failure in a row, the first success after it, and entries not read."""
        if report.outcome == "failed" and report.source not in self.failing:
            self.failing.add(report.source)
            self.outages.log_one_of_many("feeds that fail", logging.WARNING, report.source, report.error or "it fails")
        if report.outcome != "failed" and report.source in self.failing:
            self.failing.discard(report.source)
            self.outages.log_one_of_many("feeds that answer again", logging.INFO, report.source, "answers again")
        if report.outcome in ("new", "first sight"):
            log.info("%s", poll_summary(report))
        self.record_losses(report)

    def record_losses(self, report: PollReport) -> None:
        """Log why entries were unreadable or refused, once until the reason changes: a feed lists them for days."""
        if report.losses and report.losses != self.losses.get(report.source):
            self.losses[report.source] = report.losses
            text = "; ".join(report.losses)
            self.outages.log_one_of_many("feeds with entries that are not read", logging.WARNING, report.source, text)
        elif report.listed and not report.losses:
            self.losses.pop(report.source, None)

    def record_push(self, report: PollReport) -> None:
        """Log the new articles that a hub delivered."""
        if report.outcome == "new":
            log.info("pushed: %s", poll_summary(report))
        self.record_losses(report)


def is_known_outage(error: BaseException | None) -> bool:
    """Whether an error belongs to an outage that was logged when it began, or to the loss of the database."""
    return isinstance(error, ReplacedError) or (isinstance(error, StoreError) and error.outside)
