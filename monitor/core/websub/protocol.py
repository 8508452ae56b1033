"""Messages to and from hubs: request forms, verification, signatures (W3C WebSub 5 and 7, rssCloud).

A verification cannot be distinguished from anybody else's GET (w3c/websub#47), so answers are idempotent. The module
does not know how requests are sent or received.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from monitor.core.websub import subscription
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState

HMAC_ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
MAX_SIGNATURE_DIGITS = 128  # hexadecimal digits of SHA-512
MAX_CHALLENGE_LENGTH = 4096  # characters
MAX_REASON_LENGTH = 200  # characters


@dataclass(frozen=True, slots=True)
class HubRequest:
    """A request of a hub: GET verifies, POST delivers. Header names are in lower case."""

    method: str
    token: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HubResponse:
    """The answer to a hub: status and body."""

    status: int
    text: str = ""


NOT_FOUND_RESPONSE = HubResponse(404)
GONE_RESPONSE = HubResponse(410)
ACCEPTED_RESPONSE = HubResponse(202)
OK_RESPONSE = HubResponse(200)


def subscription_form(one: Subscription) -> dict[str, str]:
    """The form that subscribes, or unsubscribes if the state is UNWANTED."""
    return _rsscloud_form(one) if one.kind == RSSCLOUD else _websub_form(one)


def _websub_form(one: Subscription) -> dict[str, str]:
    """W3C WebSub 5.1. The secret is sent to http:// hubs too: an unsigned delivery could be anybody's."""
    asked = {"hub.callback": one.callback + one.token, "hub.topic": one.topic}
    if one.state is SubscriptionState.UNWANTED:
        return {**asked, "hub.mode": "unsubscribe"}
    lease = str(int(subscription.REQUESTED_LEASE.total_seconds()))
    return {**asked, "hub.mode": "subscribe", "hub.lease_seconds": lease, "hub.secret": one.secret}


def _rsscloud_form(one: Subscription) -> dict[str, str]:
    """rssCloud's walkthrough for implementors; with a domain the cloud verifies before it registers."""
    parts = urlsplit(one.callback + one.token)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {
        "notifyProcedure": "",
        "domain": parts.hostname or "",
        "port": str(port),
        "path": parts.path,
        "protocol": "http-post",
        "url1": one.topic,
    }


def refusal_reason(one: Subscription, answer: str) -> str:
    """The refusal inside a 2xx answer, or empty: an rssCloud refuses in its XML."""
    refused = one.kind == RSSCLOUD and 'success="false"' in answer.replace("'", '"')
    return "the cloud refuses the registration" if refused else ""


def answer_verification(one: Subscription, call: HubRequest, now: datetime) -> tuple[HubResponse, Subscription]:
    """The answer to a verification of intent (W3C WebSub 5.3), and the subscription after it."""
    if one.kind == RSSCLOUD:
        return _answer_cloud_verification(one, call, now)
    topic, mode = call.query.get("hub.topic", ""), call.query.get("hub.mode", "")
    if topic != one.topic:
        return NOT_FOUND_RESPONSE, one
    if mode == "denied":
        return OK_RESPONSE, subscription.mark_denied(one, _one_line(call.query.get("hub.reason", "")), now)
    challenge = call.query.get("hub.challenge", "")
    if not 0 < len(challenge) <= MAX_CHALLENGE_LENGTH:
        return NOT_FOUND_RESPONSE, one
    if mode == "unsubscribe" and one.state is SubscriptionState.UNWANTED:
        return HubResponse(200, challenge), subscription.mark_unsubscribed(one)
    if mode == "subscribe" and _was_requested(one):
        lease = subscription.parse_lease(call.query.get("hub.lease_seconds", ""))
        return HubResponse(200, challenge), subscription.activate_lease(one, now, lease)
    return NOT_FOUND_RESPONSE, one


def _answer_cloud_verification(one: Subscription, call: HubRequest, now: datetime) -> tuple[HubResponse, Subscription]:
    challenge = call.query.get("challenge", "")
    if (
        call.query.get("url", "") != one.topic
        or not _was_requested(one)
        or not 0 < len(challenge) <= MAX_CHALLENGE_LENGTH
    ):
        return NOT_FOUND_RESPONSE, one
    return HubResponse(200, challenge), subscription.activate_lease(one, now, subscription.CLOUD_LEASE)


def _was_requested(one: Subscription) -> bool:
    """Whether we sent a request; WANTED counts too, since a late verification is no refusal."""
    return one.asked_at is not None and one.state in (
        SubscriptionState.ASKED,
        SubscriptionState.ACTIVE,
        SubscriptionState.WANTED,
    )


def is_signed_delivery(secret: str, header: str, body: bytes) -> bool:
    """Whether the signature header is an HMAC of the raw body under our secret: "sha256=" and hex (W3C WebSub 7.1)."""
    algorithm, _, said = header.strip().partition("=")
    if algorithm.lower() not in HMAC_ALGORITHMS or not said.isascii() or len(said) > MAX_SIGNATURE_DIGITS or not secret:
        return False
    ours = hmac.new(secret.encode(), body, getattr(hashlib, algorithm.lower())).hexdigest()
    return hmac.compare_digest(ours, said.strip().lower())


def _one_line(text: str) -> str:
    """Text of a hub as one printable line of at most MAX_REASON_LENGTH characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_REASON_LENGTH]
