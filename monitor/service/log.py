"""One event, one line: logfmt for the journal, plain for a terminal, secrets masked in both.

It knows no event by name and decides nothing about levels except for libraries that would leak: Apprise and urllib3
print tokens at DEBUG.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from monitor.config.environment import mask_secrets

QUIET_LOGGERS = (
    "apprise",
    "urllib3",
    "requests",
    "httpx",
    "httpcore",
    "apscheduler",
    "watchfiles",
    "asyncio",
    "alembic",
)

# sd-daemon(3): journald takes a leading <N> as the line's priority
JOURNAL_PRIORITIES = {"DEBUG": "<7>", "INFO": "<6>", "WARNING": "<4>", "ERROR": "<3>", "CRITICAL": "<2>"}


class LogFormatter(logging.Formatter):
    """A record as one line; control characters in it cannot start a second one or move a terminal's cursor."""

    def __init__(self, secrets: Callable[[], Iterable[str]], *, journal: bool) -> None:
        super().__init__()
        self.secrets = secrets
        self.journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, without its end."""
        text = replace_control_characters(mask_secrets(record.getMessage(), self.secrets()))
        if record.exc_info:
            trace = mask_secrets(self.formatException(record.exc_info), self.secrets())
            # Indented, because an exception's own words may hold line ends: no line begins like one of ours
            text += "".join(f"\n  {replace_control_characters(line)}" for line in trace.splitlines())
        if self.journal:
            return f"{JOURNAL_PRIORITIES.get(record.levelname, '')}{text}"
        stamp = datetime.fromtimestamp(record.created, UTC).astimezone()
        return f"{stamp:%H:%M:%S} {record.levelname.lower():<7} {text}"


def replace_control_characters(text: str) -> str:
    """A text with a blank in place of each control character."""
    return "".join(char if char.isprintable() else " " for char in text)


def start_logging(secrets: Callable[[], Iterable[str]], *, journal: bool = False, level: int = logging.INFO) -> None:
    """Send all log records of this process to stderr; secrets() is asked at each line, as a reload may change it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(secrets, journal=journal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full log disk must not stop the alerts
    for library in QUIET_LOGGERS:
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
