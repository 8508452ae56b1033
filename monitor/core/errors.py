"""The exceptions of the project. Exceptions of libraries are wrapped once, in the package that uses the library.

Every message is a sentence for the person who reads the log; the original exception is kept as __cause__.
"""

from __future__ import annotations

from monitor.core.model.alerts import Answer


class MonitorError(Exception):
    """Base class of all errors that the project raises on purpose."""


class ConfigError(MonitorError):
    """rules.toml or the environment cannot be used as they are."""


class RuleError(MonitorError):
    """A term, regular expression or `match` expression that cannot be compiled.

    where: its key; value: the string; offset, end: characters within it, if known; help: the way out.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        value: str = "",
        offset: int | None = None,
        end: int | None = None,
        code: str = "bad-term",
        help: str = "",
    ) -> None:
        super().__init__(message)
        self.where = where
        self.value = value
        self.offset = offset
        self.end = end
        self.code = code
        self.help = help


class FetchError(MonitorError):
    """A source returned no document. kind: one word for tables and metrics; retry_after: seconds."""

    def __init__(self, message: str, *, kind: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class ParseError(MonitorError):
    """A document cannot be read as its kind: an HTML page instead of a feed, an empty body, a broken feed."""

    def __init__(self, message: str, *, kind: str = "not-a-feed") -> None:
        super().__init__(message)
        self.kind = kind


class StoreError(MonitorError):
    """The database cannot be used: locked, full, unreadable, of another version.

    outside: the cause lies outside and may pass; whoever opened the database logs it. overtaken: a poll took longer
    than its lease, and another process took over the feed.
    """

    def __init__(self, message: str, *, outside: bool = False, overtaken: bool = False) -> None:
        super().__init__(message)
        self.outside = outside
        self.overtaken = overtaken


class ReplacedError(StoreError):
    """The database is no longer the one that was opened: nothing may be written until a restart."""


class ListenError(MonitorError):
    """The address for requests of hubs cannot be bound."""


class DeliveryError(MonitorError):
    """A channel did not take a message. answer: whether a retry is allowed; retry_after: seconds."""

    def __init__(self, message: str, *, answer: Answer, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.answer = answer
        self.retry_after = retry_after

    @property
    def permanent(self) -> bool:
        """True where another attempt cannot help."""
        return self.answer is Answer.REFUSED_FOR_GOOD
