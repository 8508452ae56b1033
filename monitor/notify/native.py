"""The three promised ways without Apprise: Slack's webhooks, JSON webhooks, mail over SMTP.

What Apprise cannot say is known here: whether a byte had left when it failed. Nothing is followed, nothing is kept
open between messages, and one message gets one attempt.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpx

from monitor.core.errors import DeliveryError
from monitor.core.model import Answer, Message, Target
from monitor.notify import mail, posts
from monitor.notify.verdict import judge

LONGEST = 64 * 1024  # bytes of an answer that are read
BEGUN = ("send_request_headers.started", "send_request_body.started")


class Native:
    """Speaks where it can; deadline: seconds for a whole message."""

    def __init__(self, deadline: float, now: Callable[[], float] = time.time) -> None:
        self._deadline = deadline
        self._now = now
        self._client: httpx.AsyncClient | None = None

    def way(self, target: Target, message: Message) -> posts.Post | mail.Letterbox | None:
        """How a message would go; None: Apprise has to speak."""
        url = target.url
        return posts.slack(url, message) or posts.webhook(url, message, self._now()) or mail.letterbox(url)

    async def send(self, target: Target, message: Message, way: posts.Post | mail.Letterbox) -> None:
        """Returns once the channel said yes; otherwise a DeliveryError whose answer says what is known."""
        if isinstance(way, mail.Letterbox):
            await mail.post(way, message, self._deadline, target.url)
            return
        if (error := judge(await self._exchange(way), target.url)) is not None:
            raise error

    async def ping(self, url: str) -> None:
        """A GET whose answer must be a yes."""
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._ready().get(url)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError("no answer", answer=Answer.NOT_SENT) from error
        if not answer.is_success:
            raise DeliveryError(f"HTTP {answer.status_code}", answer=Answer.REFUSED_FOR_NOW)

    async def aclose(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()

    async def _exchange(self, post: posts.Post) -> dict[str, Any]:
        """The evidence of one POST, as verdict.judge takes it."""
        begun = asyncio.Event()

        async def trace(event: str, info: object) -> None:
            if event.endswith(BEGUN):
                begun.set()

        try:
            async with asyncio.timeout(self._deadline):
                return await self._ask(post, trace)
        except TimeoutError:
            return {"sent": False, "exchange": {"failure": "silent" if begun.is_set() else "unreachable"}}
        except httpx.InvalidURL:
            return {"sent": False, "exchange": {"failure": "bad-url"}}
        except httpx.HTTPError as error:
            return {"sent": False, "exchange": {"failure": "cut" if begun.is_set() else unbegun(error)}}

    async def _ask(self, post: posts.Post, trace: Callable[..., Any]) -> dict[str, Any]:
        asked = self._ready().stream(
            "POST", post.url, content=post.body, headers=post.headers, extensions={"trace": trace}
        )
        async with asked as answer:
            said = b""
            async for piece in answer.aiter_raw():
                said = (said + piece)[:LONGEST]
        words = said.decode("utf-8", "replace")
        slack = post.url.startswith(posts.SLACK_HOST)
        exchange = {
            "status": answer.status_code,
            "said": words[:500],
            "retry_after": answer.headers.get("Retry-After"),
            "date": answer.headers.get("Date"),
        }
        return {"sent": answer.is_success and (not slack or words.strip() == "ok"), "exchange": exchange}

    def _ready(self) -> httpx.AsyncClient:
        """One client, because a TLS context costs 40 ms; no line is kept, because a stale one fails in doubt."""
        if self._client is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            headers = {"User-Agent": "Monitor", "Accept-Encoding": "identity"}
            self._client = httpx.AsyncClient(
                limits=limits, headers=headers, timeout=self._deadline * 0.75, follow_redirects=False
            )
        return self._client


def unbegun(error: BaseException) -> str:
    """Why a connection never was, in one of the words that verdict knows."""
    one: BaseException | None = error
    while one is not None:
        for kind, word in ((socket.gaierror, "dns"), (ssl.SSLError, "tls"), (ConnectionRefusedError, "refused")):
            if isinstance(one, kind):
                return word
        one = one.__cause__ or one.__context__
    return "unreachable"
