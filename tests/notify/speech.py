"""What the tests of this room say, and how they ask for the outcome."""

from __future__ import annotations

from monitor.core.errors import DeliveryError
from monitor.core.model import Message, Target
from monitor.notify import Mouth

NEWS = Message(
    "H200: Börsengang", "«Börsengang» & <b>\nid 1a2b3c4d", key="1a2b3c4d5e", headers={"X-Monitor-Id": "1a2b"}
)


async def outcome(mouth: Mouth, url: str, message: Message = NEWS) -> DeliveryError | None:
    """The error of one send, None where there was none."""
    try:
        await mouth.send(Target("", url), message)
    except DeliveryError as error:
        return error
    return None


async def answer(mouth: Mouth, url: str) -> str:
    """The outcome as one word: "ok" or the answer of the error."""
    error = await outcome(mouth, url)
    return "ok" if error is None else error.answer.value
