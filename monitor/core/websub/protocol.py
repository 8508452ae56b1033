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
from monitor.core.websub.subscription import RSSCLOUD, Stand, Subscription

ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
DIGITS = 128  # of the longest signature
CHALLENGE = 4096  # characters
REASON = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a hub: GET asks, POST delivers. Header names are in lower case."""

    method: str
    token: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What it is answered."""

    status: int
    text: str = ""


UNKNOWN = Reply(404)
GONE = Reply(410)
TAKEN = Reply(202)
STORED = Reply(200)


def form(one: Subscription) -> dict[str, str]:
    """The form that subscribes, or unsubscribes what is not wanted any more."""
    return _registration(one) if one.kind == RSSCLOUD else _request(one)


def _request(one: Subscription) -> dict[str, str]:
    """W3C WebSub 5.1. The secret is sent to http:// hubs too: a delivery that is not signed could be anybody's."""
    asked = {"hub.callback": one.callback + one.token, "hub.topic": one.topic}
    if one.state is Stand.UNWANTED:
        return {**asked, "hub.mode": "unsubscribe"}
    lease = str(int(subscription.LEASE.total_seconds()))
    return {**asked, "hub.mode": "subscribe", "hub.lease_seconds": lease, "hub.secret": one.secret}


def _registration(one: Subscription) -> dict[str, str]:
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


def objection(one: Subscription, answer: str) -> str:
    """What a hub that answered 2xx objects to all the same: an rssCloud says no inside its XML."""
    refused = one.kind == RSSCLOUD and 'success="false"' in answer.replace("'", '"')
    return "the cloud refuses the registration" if refused else ""


def verified(one: Subscription, call: Call, now: datetime) -> tuple[Reply, Subscription]:
    """The answer to a hub that asks whether we meant it, and what becomes of the subscription."""
    if one.kind == RSSCLOUD:
        return _cloud_verified(one, call, now)
    topic, mode = call.query.get("hub.topic", ""), call.query.get("hub.mode", "")
    if topic != one.topic:
        return UNKNOWN, one
    if mode == "denied":
        return STORED, subscription.denied(one, _line(call.query.get("hub.reason", "")), now)
    challenge = call.query.get("hub.challenge", "")
    if not 0 < len(challenge) <= CHALLENGE:
        return UNKNOWN, one
    if mode == "unsubscribe" and one.state is Stand.UNWANTED:
        return Reply(200, challenge), subscription.left(one)
    if mode == "subscribe" and _meant(one):
        lease = subscription.granted(call.query.get("hub.lease_seconds", ""))
        return Reply(200, challenge), subscription.activated(one, now, lease)
    return UNKNOWN, one


def _cloud_verified(one: Subscription, call: Call, now: datetime) -> tuple[Reply, Subscription]:
    challenge = call.query.get("challenge", "")
    if call.query.get("url", "") != one.topic or not _meant(one) or not 0 < len(challenge) <= CHALLENGE:
        return UNKNOWN, one
    return Reply(200, challenge), subscription.activated(one, now, subscription.CLOUD_LEASE)


def _meant(one: Subscription) -> bool:
    """Whether we asked for it; WANTED too, since an answer that came too late is no refusal."""
    return one.asked_at is not None and one.state in (Stand.ASKED, Stand.ACTIVE, Stand.WANTED)


def signed(secret: str, header: str, body: bytes) -> bool:
    """Whether a delivery carries an HMAC of its raw body under our secret (W3C WebSub 7.1): "sha256=" and hex."""
    algorithm, _, said = header.strip().partition("=")
    if algorithm.lower() not in ALGORITHMS or not said.isascii() or len(said) > DIGITS or not secret:
        return False
    ours = hmac.new(secret.encode(), body, getattr(hashlib, algorithm.lower())).hexdigest()
    return hmac.compare_digest(ours, said.strip().lower())


def _line(text: str) -> str:
    """A hub's words as one short line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:REASON]
