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

from monitor.channels.webhook import JSON_HEADERS, WebhookRequest, encode_json, parse_options, split_channel_url
from monitor.core.alerts.channel_urls import IGNORED_PARAMETERS
from monitor.core.model.alerts import Message, Priority

WEBHOOK_URL = "https://hooks.slack.com/services"
TOKEN_PATH = re.compile(r"/?(T[A-Z0-9]{5,})/(B[A-Z0-9]{5,})/([A-Za-z0-9]{16,})/?")
PRIORITY_COLOURS = {
    Priority.URGENT: "#d93025",
    Priority.HIGH: "#f29900",
    Priority.NORMAL: "#1a73e8",
    Priority.LOW: "#9aa0a6",
}
MAX_SECTION_LENGTH = 2900  # characters; Slack refuses a block of more than 3,000
MAX_SECTIONS = 40  # Slack refuses a message of more than 50 blocks
INERT_CHARACTERS = str.maketrans("*_~`", "∗ˍ∼ˋ")
WEB_ADDRESS = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)


def slack_request(url: str, message: Message) -> WebhookRequest | None:
    """The request for a webhook, by Slack's own address or Apprise's slack://; None for all else."""
    tokens = parse_webhook_tokens(url)
    if tokens is None:
        return None
    title = next(split_escaped(message.title, MAX_SECTION_LENGTH)) or "(no headline)"
    below = [section_block(piece) for piece in split_body(message.body)]
    bar = {"color": PRIORITY_COLOURS[message.priority], "fallback": title, "blocks": below}
    body = {
        "text": title,
        "mrkdwn": False,
        "blocks": [section_block(format_headline_link(message.title, message.link))],
        "attachments": [bar] if below else [],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return WebhookRequest("/".join((WEBHOOK_URL, *tokens)), encode_json(body), JSON_HEADERS, success_text="ok")


def parse_webhook_tokens(url: str) -> tuple[str, ...] | None:
    """The three tokens of a webhook's URL; None where Apprise knows more about it."""
    found = split_channel_url(url, "slack", "https")
    if found is None or "@" in found.netloc or found.fragment:
        return None
    handed_out = found.scheme == "https" and found.netloc.lower() == "hooks.slack.com"
    if not handed_out and found.scheme != "slack":
        return None
    path = found.path.removeprefix("/services") if handed_out else f"/{found.netloc}{found.path}"
    tokens = TOKEN_PATH.fullmatch(path)
    return (
        tokens.groups() if tokens and {key.lower() for key, _ in parse_options(found)} <= IGNORED_PARAMETERS else None
    )


def section_block(text: str) -> dict[str, Any]:
    """A block of text in which Slack finds no more than we marked."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def escape_text(text: str) -> str:
    """Text in which Slack finds neither markup nor a call."""
    return escape(text.translate(INERT_CHARACTERS), quote=False)


def format_headline_link(title: str, link: str) -> str:
    """A title in bold that leads to its article; the address itself is shown below it."""
    text = next(split_escaped(" ".join(title.split()), MAX_SECTION_LENGTH // 2)) or "(no headline)"
    return f"*<{escape(link, quote=False)}|{text}>*" if is_web_address(link) else f"*{text}*"


def is_web_address(text: str) -> bool:
    """Whether a text is a web address and nothing else, and short enough for a block."""
    return bool(WEB_ADDRESS.fullmatch(text)) and len(escape(text)) <= MAX_SECTION_LENGTH // 2


def format_lines(text: str) -> list[str]:
    """A line as Slack takes it, in pieces where it is too long; one that is an address leads there."""
    bare = text.strip()
    if is_web_address(bare):
        return [f"<{escape(bare, quote=False)}>"]
    quoted = f"›{text[1:]}" if text.startswith(">") else text  # a quotation to Slack, even escaped
    return list(split_escaped(quoted, MAX_SECTION_LENGTH))


def split_escaped(text: str, room: int) -> Iterator[str]:
    """A text escaped, in pieces of at most so many characters; no entity is cut in two."""
    piece: list[str] = []
    size = 0
    for char in map(escape_text, text):
        if size + len(char) > room:
            yield "".join(piece)
            piece, size = [], 0
        piece.append(char)
        size += len(char)
    yield "".join(piece)


def split_body(body: str) -> Iterator[str]:
    """A text in pieces that a block may hold, cut between lines where it can be; what is beyond all bounds ends in …

    A blank block is an error to Slack.
    """
    whole = [
        one for one in group_lines(piece for text in body.split("\n") for piece in format_lines(text)) if one.strip()
    ]
    yield from whole[:MAX_SECTIONS]
    if len(whole) > MAX_SECTIONS:
        yield "…"


def group_lines(lines: Iterator[str]) -> Iterator[str]:
    """Lines together, as many as fit."""
    piece: str | None = None
    for one in lines:
        if piece is not None and len(piece) + len(one) + 1 > MAX_SECTION_LENGTH:
            yield piece
            piece = one
        else:
            piece = one if piece is None else f"{piece}\n{one}"
    yield piece or ""
