"""A message for one of Slack's incoming webhooks: the headline as a link, below it the rest beside a bar in the colour
of its priority, and the headline once more as plain text for notifications.

Pure. Feed text is no markup here: & < > are escaped (docs.slack.dev, formatting), what would make it bold or code looks
alike and does nothing, and `verbatim` keeps Slack from finding names, channels and calls in it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from monitor.channels.webhook import JSON, Post, encoded, options, parts
from monitor.core.alerts.channel_urls import IDLE
from monitor.core.model.alerts import Message, Priority

HOST = "https://hooks.slack.com/services"
TOKENS = re.compile(r"/?(T[A-Z0-9]{5,})/(B[A-Z0-9]{5,})/([A-Za-z0-9]{16,})/?")
COLOURS = {Priority.URGENT: "#d93025", Priority.HIGH: "#f29900", Priority.NORMAL: "#1a73e8", Priority.LOW: "#9aa0a6"}
SECTION = 2900  # characters; Slack refuses a block of more than 3,000
SECTIONS = 40  # Slack refuses a message of more than 50 blocks
INERT = str.maketrans("*_~`", "∗ˍ∼ˋ")
ADDRESS = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)


def slack(url: str, message: Message) -> Post | None:
    """The request for a webhook, by Slack's own address or Apprise's slack://; None for all else."""
    tokens = tokens_of(url)
    if tokens is None:
        return None
    title = next(fitting(message.title, SECTION)) or "(no headline)"
    below = [section(piece) for piece in pieces(message.body)]
    bar = {"color": COLOURS[message.priority], "fallback": title, "blocks": below}
    body = {
        "text": title,
        "mrkdwn": False,
        "blocks": [section(headline(message.title, message.link))],
        "attachments": [bar] if below else [],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return Post("/".join((HOST, *tokens)), encoded(body), JSON, yes="ok")


def tokens_of(url: str) -> tuple[str, ...] | None:
    """The three tokens of a webhook's URL; None where Apprise knows more about it."""
    found = parts(url, "slack", "https")
    if found is None or "@" in found.netloc or found.fragment:
        return None
    handed_out = found.scheme == "https" and found.netloc.lower() == "hooks.slack.com"
    if not handed_out and found.scheme != "slack":
        return None
    path = found.path.removeprefix("/services") if handed_out else f"/{found.netloc}{found.path}"
    tokens = TOKENS.fullmatch(path)
    return tokens.groups() if tokens and {key.lower() for key, _ in options(found)} <= IDLE else None


def section(text: str) -> dict[str, Any]:
    """A block of text in which Slack finds no more than we marked."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def literal(text: str) -> str:
    """Text in which Slack finds neither markup nor a call."""
    return escape(text.translate(INERT), quote=False)


def headline(title: str, link: str) -> str:
    """A title in bold that leads to its article; the address itself is shown below it."""
    text = next(fitting(" ".join(title.split()), SECTION // 2)) or "(no headline)"
    return f"*<{escape(link, quote=False)}|{text}>*" if address(link) else f"*{text}*"


def address(text: str) -> bool:
    """Whether a text is a web address and nothing else, and short enough for a block."""
    return bool(ADDRESS.fullmatch(text)) and len(escape(text)) <= SECTION // 2


def line(text: str) -> list[str]:
    """A line as Slack takes it, in pieces where it is too long; one that is an address leads there."""
    bare = text.strip()
    if address(bare):
        return [f"<{escape(bare, quote=False)}>"]
    quoted = f"›{text[1:]}" if text.startswith(">") else text  # a quotation to Slack, even escaped
    return list(fitting(quoted, SECTION))


def fitting(text: str, room: int) -> Iterator[str]:
    """A text escaped, in pieces of at most so many characters; no entity is cut in two."""
    piece: list[str] = []
    size = 0
    for char in map(literal, text):
        if size + len(char) > room:
            yield "".join(piece)
            piece, size = [], 0
        piece.append(char)
        size += len(char)
    yield "".join(piece)


def pieces(body: str) -> Iterator[str]:
    """A text in pieces that a block may hold, cut between lines where it can be; what is beyond all bounds ends in …

    A blank block is an error to Slack.
    """
    whole = [one for one in grouped(piece for text in body.split("\n") for piece in line(text)) if one.strip()]
    yield from whole[:SECTIONS]
    if len(whole) > SECTIONS:
        yield "…"


def grouped(lines: Iterator[str]) -> Iterator[str]:
    """Lines together, as many as fit."""
    piece: str | None = None
    for one in lines:
        if piece is not None and len(piece) + len(one) + 1 > SECTION:
            yield piece
            piece = one
        else:
            piece = one if piece is None else f"{piece}\n{one}"
    yield piece or ""
