"""What is said to hubs and what they are answered: forms, verifications, signatures. Pure; W3C WebSub 5 and 7.

Names in capitals are parameters of the protocols. A verification cannot be told from somebody else's GET
(w3c/websub#47), so answering one twice changes nothing that answering it once did not.
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
MAX_SIGNATURE_DIGITS = 128  # of the longest signature
MAX_CHALLENGE_LENGTH = 4096  # characters
MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class HubRequest:
    """A request of a hub: GET asks, POST delivers. Header names are in lower case."""

    method: str
    token: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HubResponse:
    """What it is answered."""

    status: int
    text: str = ""


NOT_FOUND_RESPONSE = HubResponse(404)
GONE_RESPONSE = HubResponse(410)
ACCEPTED_RESPONSE = HubResponse(202)
OK_RESPONSE = HubResponse(200)


def subscription_form(one: Subscription) -> dict[str, str]:
    """The form that subscribes, or unsubscribes what is not wanted any more."""
    return _rsscloud_form(one) if one.kind == RSSCLOUD else _websub_form(one)


def _websub_form(one: Subscription) -> dict[str, str]:
    """W3C WebSub 5.1. The secret is sent to http:// hubs too: a delivery that is not signed could be anybody's."""
    asked = {"hub.callback": one.callback + one.token, "hub.topic": one.topic}
    if one.state is SubscriptionState.UNWANTED:
        return {**asked, "hub.mode": "unsubscribe"}
    lease = str(int(subscription.REQUESTED_LEASE.total_seconds()))
    return {**asked, "hub.mode": "subscribe", "hub.lease_seconds": lease, "hub.secret": one.secret}


def _rsscloud_form(one: Subscription) -> dict[str, str]:
    """rssCloud's walkthrough for implementors; with a domain the cloud asks back before it registers."""
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
    """What a hub that answered 2xx objects to all the same: an rssCloud says no inside its XML."""
    refused = one.kind == RSSCLOUD and 'success="false"' in answer.replace("'", '"')
    return "the cloud refuses the registration" if refused else ""


def answer_verification(one: Subscription, call: HubRequest, now: datetime) -> tuple[HubResponse, Subscription]:
    """The answer to a hub that asks whether we meant it, and what becomes of the subscription."""
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
    """Whether we asked for it; WANTED too, since an answer that came too late is no refusal."""
    return one.asked_at is not None and one.state in (
        SubscriptionState.ASKED,
        SubscriptionState.ACTIVE,
        SubscriptionState.WANTED,
    )


def is_signed_delivery(secret: str, header: str, body: bytes) -> bool:
    """Whether a delivery carries an HMAC of its raw body under our secret (W3C WebSub 7.1): "sha256=" and hex."""
    algorithm, _, said = header.strip().partition("=")
    if algorithm.lower() not in HMAC_ALGORITHMS or not said.isascii() or len(said) > MAX_SIGNATURE_DIGITS or not secret:
        return False
    ours = hmac.new(secret.encode(), body, getattr(hashlib, algorithm.lower())).hexdigest()
    return hmac.compare_digest(ours, said.strip().lower())


def _one_line(text: str) -> str:
    """A hub's words as one short line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_REASON_LENGTH]
