"""Builds the request for a Slack incoming webhook.

The headline is a link; the body follows beside a bar in the colour of the priority; the headline is repeated as plain
text for notifications. Pure. Feed text is never markup: & < > are escaped (docs.slack.dev, formatting), characters for
bold and code are replaced by similar ones, and `verbatim` stops Slack from linking names, channels and mentions.
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
MAX_SECTION_LENGTH = 2900  # characters; Slack rejects a block of more than 3,000
MAX_SECTIONS = 40  # Slack rejects a message of more than 50 blocks
INERT_CHARACTERS = str.maketrans("*_~`", "∗ˍ∼ˋ")
WEB_ADDRESS = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)


def slack_request(url: str, message: Message) -> WebhookRequest | None:
    """The request for a webhook, given Slack's own URL or Apprise's slack:// URL; None for other URLs."""
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
    """The three tokens of a webhook's URL; None where the URL must be left to Apprise."""
    found = split_channel_url(url, "slack", "https")
    if found is None or "@" in found.netloc or found.fragment:
        return None
    is_slack_url = found.scheme == "https" and found.netloc.lower() == "hooks.slack.com"
    if not is_slack_url and found.scheme != "slack":
        return None
    path = found.path.removeprefix("/services") if is_slack_url else f"/{found.netloc}{found.path}"
    tokens = TOKEN_PATH.fullmatch(path)
    return (
        tokens.groups() if tokens and {key.lower() for key, _ in parse_options(found)} <= IGNORED_PARAMETERS else None
    )


def section_block(text: str) -> dict[str, Any]:
    """A section block whose text Slack does not link by itself."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def escape_text(text: str) -> str:
    """Text without markup and mentions for Slack."""
    return escape(text.translate(INERT_CHARACTERS), quote=False)


def format_headline_link(title: str, link: str) -> str:
    """A title in bold, linked to its article where the link is a web address."""
    text = next(split_escaped(" ".join(title.split()), MAX_SECTION_LENGTH // 2)) or "(no headline)"
    return f"*<{escape(link, quote=False)}|{text}>*" if is_web_address(link) else f"*{text}*"


def is_web_address(text: str) -> bool:
    """Whether a text is exactly one web address, short enough for a block."""
    return bool(WEB_ADDRESS.fullmatch(text)) and len(escape(text)) <= MAX_SECTION_LENGTH // 2


def format_lines(text: str) -> list[str]:
    """A line for Slack, in pieces where it is too long; a web address becomes a link."""
    bare = text.strip()
    if is_web_address(bare):
        return [f"<{escape(bare, quote=False)}>"]
    quoted = f"›{text[1:]}" if text.startswith(">") else text  # Slack reads it as a quotation, even escaped
    return list(split_escaped(quoted, MAX_SECTION_LENGTH))


def split_escaped(text: str, room: int) -> Iterator[str]:
    """The escaped text in pieces of at most `room` characters; no entity is split."""
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
    """The body in pieces that fit a block, split between lines where possible; at most MAX_SECTIONS, then "…".

    Blank pieces are left out, because Slack rejects a blank block.
    """
    whole = [
        one for one in group_lines(piece for text in body.split("\n") for piece in format_lines(text)) if one.strip()
    ]
    yield from whole[:MAX_SECTIONS]
    if len(whole) > MAX_SECTIONS:
        yield "…"


def group_lines(lines: Iterator[str]) -> Iterator[str]:
    """Lines joined into pieces of at most MAX_SECTION_LENGTH characters."""
    piece: str | None = None
    for one in lines:
        if piece is not None and len(piece) + len(one) + 1 > MAX_SECTION_LENGTH:
            yield piece
            piece = one
        else:
            piece = one if piece is None else f"{piece}\n{one}"
    yield piece or ""
