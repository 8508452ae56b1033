"""Log records as lines, for the journal or a terminal, with secrets masked.

It knows no event. It sets no levels but those of libraries, as Apprise and urllib3 print tokens at DEBUG.
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
    """Formats a record as one line: control characters cannot begin another line or move a terminal's cursor."""

    def __init__(self, secrets: Callable[[], Iterable[str]], *, journal: bool) -> None:
        super().__init__()
        self.secrets = secrets
        self.journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Mask secrets; a traceback follows in indented lines."""
        text = replace_control_characters(mask_secrets(record.getMessage(), self.secrets()))
        if record.exc_info:
            trace = mask_secrets(self.formatException(record.exc_info), self.secrets())
            # Indented, as a traceback may hold line ends: none of its lines looks like a record
            text += "".join(f"\n  {replace_control_characters(line)}" for line in trace.splitlines())
        if self.journal:
            return f"{JOURNAL_PRIORITIES.get(record.levelname, '')}{text}"
        stamp = datetime.fromtimestamp(record.created, UTC).astimezone()
        return f"{stamp:%H:%M:%S} {record.levelname.lower():<7} {text}"


def replace_control_characters(text: str) -> str:
    """Replace each character that is not printable by a blank."""
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
