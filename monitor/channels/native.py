"""The three promised ways without Apprise: Slack's webhooks, JSON webhooks, mail over SMTP.

What Apprise cannot say is known here: whether a byte had left when it failed. One message gets one attempt.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from monitor.channels import email
from monitor.channels.answers import error_from_evidence
from monitor.channels.http import HttpExchange, ResolveAddresses
from monitor.channels.slack import slack_request
from monitor.channels.webhook import WebhookRequest, webhook_request
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Target


class NativeSender:
    """Speaks where it can; deadline: seconds for a whole message."""

    def __init__(
        self,
        deadline: float,
        now: Callable[[], float] = time.time,
        *,
        resolve: ResolveAddresses | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._deadline = deadline
        self._now = now
        self._line = HttpExchange(deadline, resolve=resolve, context=context)

    def build_request(self, target: Target, message: Message) -> WebhookRequest | email.MailServer | None:
        """How a message would go; None: Apprise has to speak. DeliveryError for a URL nobody could use."""
        url = target.url
        return slack_request(url, message) or webhook_request(url, message, self._now()) or email.parse_mail_url(url)

    def supports(self, target: Target) -> bool:
        """Whether Apprise is not needed for a target; nor is it for a URL that nobody could use."""
        try:
            return self.build_request(target, Message("", "", "")) is not None
        except DeliveryError:
            return True

    async def send(self, target: Target, message: Message, request: WebhookRequest | email.MailServer) -> None:
        """Returns once the channel said yes; otherwise a DeliveryError whose answer says what is known."""
        if isinstance(request, email.MailServer):
            await email.send_mail(request, message, self._deadline, target.url)
            return
        seen = await self._line.send_request(request.method, request.url, request.body, request.headers)
        taken = seen.success and request.success_text in (None, seen.body.decode("utf-8", "replace").strip())
        if (error := error_from_evidence({"sent": taken, "exchange": seen.as_evidence()}, target.url)) is not None:
            raise error

    async def ping(self, url: str) -> None:
        """A GET whose answer must be a yes."""
        seen = await self._line.send_request("GET", url)
        if seen.status is None:
            raise DeliveryError("no answer", answer=Answer.NOT_SENT)
        if not 200 <= seen.status < 300:
            raise DeliveryError(f"HTTP {seen.status}", answer=Answer.REFUSED_FOR_NOW)

    async def aclose(self) -> None:
        """Close the line."""
        await self._line.aclose()
