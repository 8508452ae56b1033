"""What the tests of this room say, and how they ask for the outcome."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.channels.notifier import Notifier
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Message, Target

TOKENS = "T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"  # of a Slack webhook
NEWS = Message(
    "H200: Börsengang", "«Börsengang» & <b>\nid 1a2b3c4d", key="1a2b3c4d5e", headers={"X-Monitor-Id": "1a2b"}
)


@asynccontextmanager
async def speaking(processes: int = 1, deadline: float = 20.0, *, native: bool = False) -> AsyncIterator[Notifier]:
    """A mouth that is closed in the end; unless native, everything goes through Apprise."""
    mouth = Notifier(processes, deadline, native=native)
    try:
        yield mouth
    finally:
        await mouth.aclose()


async def outcome(mouth: Notifier, url: str, message: Message = NEWS) -> DeliveryError | None:
    """The error of one send, None where there was none."""
    try:
        await mouth.send(Target("", url), message)
    except DeliveryError as error:
        return error
    return None


async def answer(mouth: Notifier, url: str) -> str:
    """The outcome as one word: "ok" or the answer of the error."""
    error = await outcome(mouth, url)
    return "ok" if error is None else error.answer.value


def pids(mouth: Notifier) -> list[int]:
    """The sender processes that live now."""
    return [process._process.pid for process in mouth._pool._all]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])
