"""Builds the request for a JSON webhook from an Apprise json:// or jsons:// URL. Pure.

A URL with an option that is not supported here is left to Apprise, except for one with a secret: its message is signed
or not sent at all.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from monitor.core.alerts.channel_urls import WEBHOOK_PARAMETERS
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Priority


def split_channel_url(url: str, *schemes: str) -> SplitResult | None:
    """The parts of a URL with one of these schemes; None for others. Raises DeliveryError where it has no host."""
    if url.partition("://")[0].lower() not in schemes:
        return None
    try:
        found = urlsplit(url)
        if found.hostname and found.port != 0:
            return found
    except ValueError:  # an unclosed bracket, a port beyond 65535
        pass
    raise unusable_url_error("the channel's URL names no usable host")


def unusable_url_error(sentence: str) -> DeliveryError:
    """The error for a channel URL that can never work."""
    return DeliveryError(sentence, answer=Answer.REFUSED_FOR_GOOD)


def parse_options(found: SplitResult) -> list[tuple[str, str]]:
    """The query options in order. "+" is not a blank: tokens, passwords and mail addresses contain it."""
    pairs = [pair.partition("=") for pair in re.split("[&;]", found.query)]
    return [(unquote(key), unquote(value).strip()) for key, _, value in pairs if key]


SECRET_OPTION = "secret"
ALLOWED_METHODS = ("POST", "PUT", "PATCH")
JSON_HEADERS = {"Content-Type": "application/json"}
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")  # Latin-1, as Apprise sends it


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """An HTTP request; its URL is a secret. success_text: the body that confirms arrival; None: any body of a 2xx."""

    url: str = field(repr=False)
    body: bytes
    headers: dict[str, str] = field(repr=False)
    method: str = "POST"
    success_text: str | None = None


def webhook_request(url: str, message: Message, now: float) -> WebhookRequest | None:
    """A message as JSON, as Apprise's json:// sends it, with its id; signed where the URL has a secret.

    The signature is HMAC-SHA256 over "timestamp.body" (X-Monitor-Timestamp, X-Monitor-Signature: sha256=hex), so that a
    receiver can reject old and forged requests. now: Unix time. None: the URL is for Apprise.
    """
    found = split_channel_url(url, "json", "jsons")
    if found is None:
        return None
    given = parse_options(found)
    plain = {key.lower(): value for key, value in given if key[0] not in "+-:"}
    method = (plain.pop("method", "") or "POST").upper()
    secret = plain.pop(SECRET_OPTION, None)
    if not has_known_options(found, method, plain):
        if secret is not None:
            raise unusable_url_error("the channel's URL has a secret= and beside it something that cannot be signed")
        return None
    body = encode_json(
        rename_fields(message_payload(message), [(key[1:], value) for key, value in given if key[0] == ":"])
    )
    ours = {
        **authorization_header(found),
        **message.headers,
        "Idempotency-Key": message.key,
        **signature_headers(secret, body, now),
    }
    theirs = check_headers({key[1:]: value for key, value in given if key[0] == "+"})
    passed = urlencode([(key[1:], value) for key, value in given if key[0] == "-"])
    place = f"{found.netloc.rpartition('@')[2]}{found.path or '/'}{'?' if passed else ''}{passed}"
    scheme = "https" if found.scheme == "jsons" else "http"
    return WebhookRequest(f"{scheme}://{place}", body, merge_headers(merge_headers(JSON_HEADERS, theirs), ours), method)


def has_known_options(found: SplitResult, method: str, plain: dict[str, str]) -> bool:
    """Whether a URL has only options that are supported here."""
    checked = plain.get("verify", "yes").lower() in ("yes", "true", "1")
    known = plain.keys() <= WEBHOOK_PARAMETERS and method in ALLOWED_METHODS
    return not found.fragment and checked and known


def authorization_header(found: SplitResult) -> dict[str, str]:
    """The Basic Authorization header for the user name and password of a URL; empty without them."""
    if not found.username:
        return {}
    pair = f"{unquote(found.username)}:{unquote(found.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def message_payload(message: Message) -> dict[str, object]:
    """The fields of the JSON body: those of Apprise, then our own."""
    return {
        "version": "1.0", "title": message.title, "message": message.body, "attachments": [],
        "type": "warning" if message.priority is Priority.URGENT else "info",
        "id": message.key, "priority": message.priority.name.lower(), "url": message.link,
        "watches": list(message.watches), "watch_count": message.watch_count,
    }  # fmt: skip


def rename_fields(fields: dict[str, object], wishes: list[tuple[str, str]]) -> dict[str, object]:
    """Fields changed as Apprise does: `:title=subject` renames one, `:title=` removes it, `:room=7` adds one."""
    for key, value in wishes:
        if key not in fields:
            fields[key] = value
        elif value:
            fields[value] = fields.pop(key)
        else:
            del fields[key]
    return fields


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """The headers of the URL. Raises DeliveryError for one that HTTP cannot carry (RFC 9110, 5.5)."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise unusable_url_error(f"the channel's URL has a header that cannot be sent: {name[:40]!r}")
    return headers


def merge_headers(lower: dict[str, str], upper: dict[str, str]) -> dict[str, str]:
    """The headers of both; `upper` wins where the names differ only in case."""
    taken = {name.lower() for name in upper}
    return {name: value for name, value in lower.items() if name.lower() not in taken} | upper


def signature_headers(secret: str | None, body: bytes, now: float) -> dict[str, str]:
    """The timestamp and signature headers of a body; none without a secret."""
    if secret is None:
        return {}
    if not secret:
        raise unusable_url_error("the secret= in the channel's URL is empty")
    stamp = str(int(now))
    proof = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return {"X-Monitor-Timestamp": stamp, "X-Monitor-Signature": f"sha256={proof}"}


def encode_json(value: object) -> bytes:
    """A value as UTF-8 JSON; lone surrogates become "?"."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
