"""Sends a message to a channel, once, and reports what is known about its delivery.

Slack webhooks, JSON webhooks and mail are sent natively, all other channels through Apprise. Apprise runs in separate
processes: a send that hangs is killed at the deadline and delays no other message, and Apprise's threads do not delay
the exit of the program.

This package does not know what to send, when to retry, the database or the rules. It never shows a channel's URL or a
part of it. A channel's URL cannot set format, overflow, retry, wait or redirect: one attempt, plain text and no
redirects are what makes "sent once" true.

Apprise cannot say "connected, but no byte was sent". Where a failure is not certain, the answer is AMBIGUOUS, and the
next attempt is marked as a possible repeat.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from monitor.channels.answers import error_from_evidence
from monitor.channels.apprise.pool import SenderLost, SenderPool
from monitor.channels.email import clean_header_line
from monitor.channels.native import NativeSender
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Priority, Target

__all__ = ["Notifier"]


class Notifier:
    """Sends messages, each within `deadline` seconds: natively where possible, else through Apprise.

    Up to `processes` Apprise processes run at a time, and two more while those hang.
    """

    def __init__(self, processes: int = 2, deadline: float = 20.0, *, native: bool = True) -> None:
        self._pool = SenderPool(processes)
        self._deadline = deadline
        self._native = NativeSender(deadline) if native else None

    async def preload(self, targets: Iterable[Target] | None = None) -> None:
        """Start the sender processes, so that the first alert does not wait for Apprise to load.

        None is started where all targets are native: a process takes 40 MB.
        """
        if targets is not None and self._native and all(map(self._native.supports, targets)):
            return
        try:
            await self._pool.fill()
        except SenderLost as lost:
            raise DeliveryError(str(lost), answer=Answer.NOT_SENT) from lost

    async def send(self, target: Target, message: Message) -> None:
        """Return when the channel has accepted the message. Raises DeliveryError, whose answer says what is known."""
        if self._native and (request := self._native.build_request(target, message)) is not None:
            await self._native.send(target, message, request)
            return
        try:
            evidence = await self._send_with_apprise(_request(target, message, self._deadline))
        except SenderLost as lost:
            answer = Answer.AMBIGUOUS if lost.may_have_sent else Answer.NOT_SENT
            raise DeliveryError(str(lost), answer=answer) from lost
        if (error := error_from_evidence(evidence, target.url)) is not None:
            raise error

    async def ping(self, url: str) -> None:
        """Send a GET request to a monitoring service. Raises DeliveryError where the answer is not 2xx."""
        if self._native:
            await self._native.ping(url)

    async def aclose(self) -> None:
        """End every sender process within two seconds; a send in progress ends as AMBIGUOUS."""
        await self._pool.close()
        if self._native:
            await self._native.aclose()

    async def _send_with_apprise(self, request: dict[str, Any]) -> dict[str, Any]:
        sender = await self._pool.borrow()
        try:
            evidence = await sender.request(request, self._deadline)
        except BaseException:  # also a cancellation: nobody would read the answer of this process
            await self._pool.kill(sender)
            raise
        await self._pool.give_back(sender)
        return evidence


def _request(target: Target, message: Message, deadline: float) -> dict[str, Any]:
    return {
        "url": target.url,
        "title": clean_header_line(message.title),  # a header in mail and at some services
        "body": message.body,
        "key": message.key,
        "kind": "warning" if message.priority is Priority.URGENT else "info",
        "headers": {name: clean_header_line(value) for name, value in message.headers.items()},
        "seconds": deadline * 0.75,  # network timeouts expire before the kill, because they say more
    }
