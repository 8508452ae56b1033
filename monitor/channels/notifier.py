"""Sends a message natively where possible, else through the processes of Apprise.

It maps how far a request to such a process went to what is known about the delivery.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

from monitor.channels import email
from monitor.channels.answers import error_from_evidence
from monitor.channels.http import HttpExchange
from monitor.channels.slack import slack_request
from monitor.channels.webhook import WebhookRequest, webhook_request
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Priority, Target
from monitor.processes.pool import Failure, ProcessFailure, ProcessPool, worker_command
from monitor.resolver import ResolveHost

WORKER_MODULE = "monitor.channels.send_worker"
EXTRA_PROCESSES = 2  # processes beyond the usual number while all of those hang


class NativeSender:
    """Sends to Slack webhooks, JSON webhooks and mail servers; deadline: seconds for a whole message, in one attempt.

    Unlike Apprise it knows whether a byte had been sent when an attempt failed.
    """

    def __init__(
        self,
        deadline: float,
        now: Callable[[], float] = time.time,
        *,
        resolve: ResolveHost | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._deadline = deadline
        self._now = now
        self._http = HttpExchange(deadline, resolve=resolve, context=context)

    def build_request(self, target: Target, message: Message) -> WebhookRequest | email.MailServer | None:
        """The request for a message; None where Apprise must send it. Raises DeliveryError for an unusable URL."""
        url = target.url
        return slack_request(url, message) or webhook_request(url, message, self._now()) or email.parse_mail_url(url)

    def supports(self, target: Target) -> bool:
        """Whether a target needs no Apprise; an unusable URL needs none either."""
        try:
            return self.build_request(target, Message("", "", "")) is not None
        except DeliveryError:
            return True

    async def send(self, target: Target, message: Message, request: WebhookRequest | email.MailServer) -> None:
        """Return when the channel has accepted the message. Raises DeliveryError, whose answer says what is known."""
        if isinstance(request, email.MailServer):
            await email.send_mail(request, message, self._deadline, target.url)
            return
        trace = await self._http.send_request(request.method, request.url, request.body, request.headers)
        accepted = trace.success and request.success_text in (None, trace.body.decode("utf-8", "replace").strip())
        if (error := error_from_evidence({"sent": accepted, "exchange": trace.as_evidence()}, target.url)) is not None:
            raise error

    async def ping(self, url: str) -> None:
        """Send a GET request. Raises DeliveryError where the answer is not 2xx."""
        trace = await self._http.send_request("GET", url)
        if trace.status is None:
            raise DeliveryError("no answer", answer=Answer.NOT_SENT)
        if not 200 <= trace.status < 300:
            raise DeliveryError(f"HTTP {trace.status}", answer=Answer.REFUSED_FOR_NOW)

    async def aclose(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()


class Notifier:
    """Sends messages, each within `deadline` seconds: natively where possible, else through Apprise.

    Up to `processes` Apprise processes run at a time, and two more while those hang.
    """

    def __init__(self, processes: int = 2, deadline: float = 20.0, *, native: bool = True) -> None:
        self._pool = ProcessPool(worker_command(WORKER_MODULE), processes, extra=EXTRA_PROCESSES, quiet=True)
        self._deadline = deadline
        self._native = NativeSender(deadline) if native else None

    async def preload(self, targets: Iterable[Target] | None = None) -> None:
        """Start the sender processes, so that the first alert does not wait for Apprise to load.

        None is started where all targets are native: a process takes 46 MB.
        """
        if targets is not None and self._native and all(map(self._native.supports, targets)):
            return
        try:
            await self._pool.fill()
        except ProcessFailure as error:
            raise self._delivery_error(error) from error

    async def send(self, target: Target, message: Message) -> None:
        """Return when the channel has accepted the message. Raises DeliveryError, whose answer says what is known."""
        if self._native and (request := self._native.build_request(target, message)) is not None:
            await self._native.send(target, message, request)
            return
        try:
            [evidence] = await self._pool.ask(
                _request(target, message, self._deadline), deadline=self._deadline, decode=dict
            )
        except ProcessFailure as error:
            raise self._delivery_error(error) from error
        if (refusal := error_from_evidence(evidence, target.url)) is not None:
            raise refusal

    async def ping(self, url: str) -> None:
        """Send a GET request to a monitoring service. Raises DeliveryError where the answer is not 2xx."""
        if self._native:
            await self._native.ping(url)

    async def aclose(self) -> None:
        """End every sender process within two seconds; a send in progress ends as AMBIGUOUS."""
        await self._pool.close()
        if self._native:
            await self._native.aclose()

    def _delivery_error(self, error: ProcessFailure) -> DeliveryError:
        """A message that a process had begun to send may have arrived."""
        late = f"no answer within {self._deadline:g} s" if error.failure is Failure.TOO_SLOW else ""
        said = late or f"no answer from the sender: {error}"
        if error.asked:
            return DeliveryError(f"{said}; the message may have arrived", answer=Answer.AMBIGUOUS)
        return DeliveryError(said, answer=Answer.NOT_SENT)


def _request(target: Target, message: Message, deadline: float) -> dict[str, Any]:
    return {
        "url": target.url,
        "title": email.clean_header_line(message.title),  # a header in mail and at some services
        "body": message.body,
        "key": message.key,
        "kind": "warning" if message.priority is Priority.URGENT else "info",
        "headers": {name: email.clean_header_line(value) for name, value in message.headers.items()},
        "seconds": deadline * 0.75,  # network timeouts expire before the kill, because they say more
    }
