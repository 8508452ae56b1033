"""What is out now: the database, channels, crowds of feeds. One line at the beginning of an outage and one at its end.

Everybody who meets an outage tells it here and says no word of their own. It decides nothing and knows no reason why
anything is out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from monitor.core.alerts import outage
from monitor.core.alerts.outage import Outage, OutageTally
from monitor.core.errors import ReplacedError, StoreError

log = logging.getLogger(__name__)

DATABASE_NAME = "the database"


class Outages:
    """The outages that have begun and not ended, by what is out. Safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.open: dict[str, Outage] = {}
        self.tallies: dict[str, OutageTally] = {}
        self.lock = threading.Lock()

    def database(self, part: str, error: str | None) -> None:
        """A read or a write of the database was made, or failed with these words."""
        if error is None:
            self.record_success(DATABASE_NAME, part)
        else:
            self.record_failure(DATABASE_NAME, error, part)

    def record_failure(self, what: str, error: str, part: str = "") -> None:
        """Something does not work."""
        with self.lock:
            begins = what not in self.open
            self.open[what] = outage.failed(self.open.get(what), part, self.now())
        if begins:
            log.warning("%s cannot be used; this is said once until it ends: %s", what, error)
        else:
            log.debug("%s: %s", what, error)

    def record_success(self, what: str, part: str = "") -> None:
        """It worked. This is asked with every transaction, so the usual case costs a look at an empty table."""
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
        """One of things that may fail, or come back, by the hundred: a few lines a minute, the rest in one."""
        with self.lock:
            tally, alone, rest = outage.one_more(self.tallies.get(kind, OutageTally()), name, self.now())
            self.tallies[kind] = tally
        if rest:
            log.log(level, "%s: %s", kind, rest)
        log.log(level if alone else logging.DEBUG, "%s: %s", name, line)

    def flush(self) -> None:
        """Say what was only counted, once a minute."""
        with self.lock:
            rests = {kind: outage.rest_of(tally) for kind, tally in self.tallies.items()}
            self.tallies.clear()
        for kind, rest in rests.items():
            if rest:
                log.info("%s: %s", kind, rest)


def is_known_outage(error: BaseException | None) -> bool:
    """Whether an error is an outage that was told when it began, or the end of the database, which is told as such."""
    return isinstance(error, ReplacedError) or (isinstance(error, StoreError) and error.outside)
