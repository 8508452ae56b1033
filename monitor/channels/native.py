"""Sends to Slack webhooks, JSON webhooks and mail servers without Apprise.

Unlike Apprise it knows whether a byte had been sent when an attempt failed. A message gets one attempt.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from monitor.channels import email
from monitor.channels.answers import error_from_evidence
from monitor.channels.http import HttpExchange
from monitor.channels.slack import slack_request
from monitor.channels.webhook import WebhookRequest, webhook_request
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Target
from monitor.resolver import ResolveHost


class NativeSender:
    """Sends messages to the channels it supports; deadline: seconds for a whole message."""

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
