"""A message as one HTTP POST of our own: Slack's webhooks and webhooks that take JSON, by the URL Apprise would take.

Pure. A URL with anything in it that is not understood here to the letter is left to Apprise.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from monitor.core.model import Message, Priority

SECTION = 2900  # characters; Slack refuses a block of more than 3,000
COLOURS = {Priority.URGENT: "#d93025", Priority.HIGH: "#f29900", Priority.NORMAL: "#1a73e8", Priority.LOW: "#9aa0a6"}
TOKENS = re.compile(r"/?(T[A-Z0-9]{5,})/(B[A-Z0-9]{5,})/([A-Za-z0-9]{16,})/?")
SLACK_HOST = "https://hooks.slack.com/services"
IDLE = frozenset(("footer", "image", "format"))  # options of Apprise that mean nothing here
SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Post:
    """What goes over the line; the URL is a secret."""

    url: str = field(repr=False)
    body: bytes
    headers: dict[str, str] = field(repr=False)


def slack(url: str, message: Message) -> Post | None:
    """A message for one of Slack's incoming webhooks: the headline as text, the rest below it in one coloured block.

    Feed text is escaped (docs.slack.dev, formatting): `<!channel>` and masked links are plain characters then.
    """
    parts = urlsplit(url)
    handed_out = parts.hostname == "hooks.slack.com"
    path = parts.path.removeprefix("/services") if handed_out else f"/{parts.netloc}{parts.path}"
    tokens = TOKENS.fullmatch(path)
    known = {key.lower() for key, _ in parse_qsl(parts.query)} <= IDLE
    ours = parts.scheme == "slack" or (parts.scheme == "https" and handed_out)
    if not (ours and tokens and known) or "@" in parts.netloc or parts.fragment:
        return None
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in blocks(message.body)]
    fallback = plain(message.title)
    body = {
        "text": f"*{fallback}*",
        "attachments": [{"color": COLOURS[message.priority], "fallback": fallback, "blocks": sections}],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return Post("/".join((SLACK_HOST, *tokens.groups())), encoded(body), {"Content-Type": "application/json"})


def plain(text: str) -> str:
    """Text in which Slack finds neither markup nor a call."""
    return escape(text, quote=False)


def blocks(body: str) -> Iterator[str]:
    """A text in pieces that a block may hold, cut between lines where it can be."""
    piece = ""
    for line in plain(body).split("\n"):
        while len(line) > SECTION:
            yield from ([piece] if piece else [])
            piece, line = line[:SECTION], line[SECTION:]
        if len(piece) + len(line) + 1 > SECTION:
            yield piece
            piece = line
        else:
            piece = f"{piece}\n{line}" if piece else line
    yield piece or " "


def webhook(url: str, message: Message, now: float) -> Post | None:
    """A message as JSON, as Apprise's json:// would send it, with its id, and signed where the URL has a secret.

    The signature is HMAC-SHA256 over "timestamp.body" (X-Monitor-Timestamp, X-Monitor-Signature: sha256=hex), so that a
    receiver can refuse what is old or not ours.
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    headers = {key[1:]: value for key, value in given if key[:1] in "+ "}
    passed = [(key[1:], value) for key, value in given if key[:1] == "-"]
    other = {key.lower(): value for key, value in given if key[:1] not in "+ -"}
    understood = other.keys() <= {SECRET, "verify"} and other.get("verify", "yes") == "yes"
    if parts.scheme not in ("json", "jsons") or not parts.hostname or not understood:
        return None
    body = encoded(
        {
            "version": "1.0", "title": message.title, "message": message.body, "attachments": [],
            "type": "warning" if message.priority is Priority.URGENT else "info",
            "id": message.key, "priority": message.priority.name.lower(),
        }
    )  # fmt: skip
    headers |= {"Content-Type": "application/json", **message.headers, "Idempotency-Key": message.key}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    if other.get(SECRET):
        headers |= signature(other[SECRET], body, now)
    scheme = "https" if parts.scheme == "jsons" else "http"
    query = f"?{urlencode(passed)}" if passed else ""
    return Post(f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}{query}", body, headers)


def signature(secret: str, body: bytes, now: float) -> dict[str, str]:
    """The headers that prove who sent a body, and when."""
    stamp = str(int(now))
    proof = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return {"X-Monitor-Timestamp": stamp, "X-Monitor-Signature": f"sha256={proof}"}


def encoded(value: object) -> bytes:
    """A value as JSON; half a surrogate pair is no reason to fail."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
