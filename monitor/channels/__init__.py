"""Says a Message to a Target, and says truthfully how that went.

Slack webhooks, JSON webhooks and mail go out natively, all other channels through Apprise.

Apprise runs in processes of its own: a send that hangs is killed at the deadline and delays nobody else, and Apprise's
threads never hold up our exit. This room refuses to know what is worth telling, when to try again, and what was told
before; it knows neither the database nor the rules. It never shows a channel's URL or a part of it.

A channel's URL may not set format, overflow, retry, wait or redirect: one attempt, plain text and no redirects are
part of the promise that a message is sent once.

What Apprise hides: it has no way to say "connected, but no byte was sent". Where a refused name, certificate or
connection is not certain, the answer is AMBIGUOUS, which makes the next attempt a marked possible repeat.
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
    """The one way out, `deadline` seconds for each message: native where it can be, else through Apprise, up to
    `processes` at a time and two more while those hang."""

    def __init__(self, processes: int = 2, deadline: float = 20.0, *, native: bool = True) -> None:
        self._pool = SenderPool(processes)
        self._deadline = deadline
        self._native = NativeSender(deadline) if native else None

    async def preload(self, targets: Iterable[Target] | None = None) -> None:
        """Starts the sender processes, so that the first alert does not wait for Apprise to load.

        Nothing is started where all of these targets are spoken to natively: a process is 40 MB.
        """
        if targets is not None and self._native and all(map(self._native.supports, targets)):
            return
        try:
            await self._pool.fill()
        except SenderLost as lost:
            raise DeliveryError(str(lost), answer=Answer.NOT_SENT) from lost

    async def send(self, target: Target, message: Message) -> None:
        """Returns once the channel has said yes; otherwise a DeliveryError whose answer says what is known."""
        if self._native and (way := self._native.build_request(target, message)) is not None:
            await self._native.send(target, message, way)
            return
        try:
            evidence = await self._ask(_request(target, message, self._deadline))
        except SenderLost as lost:
            answer = Answer.AMBIGUOUS if lost.may_have_sent else Answer.NOT_SENT
            raise DeliveryError(str(lost), answer=answer) from lost
        if (error := error_from_evidence(evidence, target.url)) is not None:
            raise error

    async def ping(self, url: str) -> None:
        """Asks for an address, for whoever waits for that; DeliveryError where it does not answer with 2xx."""
        if self._native:
            await self._native.ping(url)

    async def aclose(self) -> None:
        """Ends every sender process within two seconds; a send in progress ends as AMBIGUOUS."""
        await self._pool.close()
        if self._native:
            await self._native.aclose()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        sender = await self._pool.borrow()
        try:
            evidence = await sender.request(request, self._deadline)
        except BaseException:  # a cancellation too: nobody would read the answer of this process
            await self._pool.kill(sender)
            raise
        await self._pool.give_back(sender)
        return evidence


def _request(target: Target, message: Message, deadline: float) -> dict[str, Any]:
    return {
        "url": target.url,
        "title": clean_header_line(message.title),  # a header in a mail, and at some services
        "body": message.body,
        "key": message.key,
        "kind": "warning" if message.priority is Priority.URGENT else "info",
        "headers": {name: clean_header_line(value) for name, value in message.headers.items()},
        "seconds": deadline * 0.75,  # the network's own limits come first: they say more than a kill
    }
