"""One error tree. Libraries' exceptions are wrapped once, at the door of the room that uses the library.

Every message is a sentence for the person who reads the log; the machine's cause is kept as __cause__.
"""

from __future__ import annotations

from monitor.core.model.alerts import Answer


class MonitorError(Exception):
    """Anything that can go wrong and that we have words for."""


class ConfigError(MonitorError):
    """rules.toml or the environment cannot be used as they are."""


class RuleError(MonitorError):
    """A term, regex or expression that cannot be compiled.

    where: the key it stands in; offset and end: characters within that string, where known; help: the way out.
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
    """A source did not give us a document. kind is one word for tables and metrics."""

    def __init__(self, message: str, *, kind: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class ParseError(MonitorError):
    """A document is not what its kind promises: an HTML wall, an empty body, a broken feed."""

    def __init__(self, message: str, *, kind: str = "not-a-feed") -> None:
        super().__init__(message)
        self.kind = kind


class StoreError(MonitorError):
    """The database cannot be used: locked, full, unreadable, of another version.

    outside: it is out of order and may come back; who opened it tells that, so nobody else has to. overtaken: a feed's
    turn took longer than its lease, and another process took the feed over.
    """

    def __init__(self, message: str, *, outside: bool = False, overtaken: bool = False) -> None:
        super().__init__(message)
        self.outside = outside
        self.overtaken = overtaken


class ReplacedError(StoreError):
    """The database is no longer the one that was opened: nothing may be written, and a new start is needed."""


class ListenError(MonitorError):
    """Hubs cannot reach us: the place to listen cannot be had."""


class DeliveryError(MonitorError):
    """A channel did not take a message; answer says whether it may be tried again."""

    def __init__(self, message: str, *, answer: Answer, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.answer = answer
        self.retry_after = retry_after

    @property
    def permanent(self) -> bool:
        """True where another attempt cannot help."""
        return self.answer is Answer.REFUSED_FOR_GOOD
