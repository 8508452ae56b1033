"""What hubs are asked and answered."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.websub import protocol, subscription
from monitor.core.websub.protocol import HubRequest, HubResponse
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HERE = "https://alerts.example.org/push/"
TOPIC = "https://first.example/rss"
WANTED = Subscription("first", "https://hub.example/", TOPIC, next_at=NOW, token="token", secret="secret")
ASKED = subscription.mark_asked(WANTED, HERE, NOW)
ACTIVE = subscription.activate_lease(ASKED, NOW, timedelta(days=10))
UNWANTED = subscription.mark_unwanted(ACTIVE, NOW)
CLOUD = replace(ASKED, kind=RSSCLOUD)


def asks(mode: str = "subscribe", **changed: str) -> HubRequest:
    query = {"hub.mode": mode, "hub.topic": TOPIC, "hub.challenge": "nonce", "hub.lease_seconds": "3600"}
    query |= {name.replace("_", ".", 1): value for name, value in changed.items()}
    return HubRequest("GET", "token", query, {})


def test_a_hub_is_asked_by_the_form_of_the_recommendation() -> None:
    assert protocol.subscription_form(ASKED) == {
        "hub.mode": "subscribe",
        "hub.callback": HERE + "token",
        "hub.topic": TOPIC,
        "hub.lease_seconds": "864000",
        "hub.secret": "secret",
    }
    assert protocol.subscription_form(UNWANTED) == {
        "hub.mode": "unsubscribe",
        "hub.callback": HERE + "token",
        "hub.topic": TOPIC,
    }


@pytest.mark.parametrize(
    ("address", "domain", "port"),
    [
        (HERE, "alerts.example.org", "443"),
        ("http://alerts.example.org/push/", "alerts.example.org", "80"),
        ("http://alerts.example.org:8080/push/", "alerts.example.org", "8080"),
    ],
)
def test_a_cloud_is_asked_by_the_form_of_its_walkthrough(address: str, domain: str, port: str) -> None:
    assert protocol.subscription_form(replace(CLOUD, callback=address)) == {
        "notifyProcedure": "",
        "domain": domain,
        "port": port,
        "path": "/push/token",
        "protocol": "http-post",
        "url1": TOPIC,
    }


def test_a_cloud_says_no_inside_its_yes() -> None:
    assert protocol.refusal_reason(CLOUD, "<notifyResult success='false' msg='no'/>")
    assert not protocol.refusal_reason(CLOUD, '<notifyResult success="true" msg="Thanks"/>')
    assert not protocol.refusal_reason(ASKED, 'success="false"')


@pytest.mark.parametrize(
    "one", [ASKED, ACTIVE, subscription.mark_refused(ASKED, "too late", NOW)], ids=lambda one: one.state
)
def test_what_was_asked_for_is_confirmed_with_the_challenge_as_it_came(one: Subscription) -> None:
    reply, after = protocol.answer_verification(one, asks(hub_challenge="a b+c/ü"), NOW)
    assert reply == HubResponse(200, "a b+c/ü")
    assert (after.state, after.expires_at) == (SubscriptionState.ACTIVE, NOW + timedelta(hours=1))


def test_confirming_twice_is_confirming_once() -> None:
    _, once = protocol.answer_verification(ASKED, asks(), NOW)
    assert protocol.answer_verification(once, asks(), NOW) == (HubResponse(200, "nonce"), once)
    _, left = protocol.answer_verification(UNWANTED, asks("unsubscribe"), NOW)
    assert protocol.answer_verification(left, asks("unsubscribe"), NOW) == (HubResponse(200, "nonce"), left)


@pytest.mark.parametrize(
    ("one", "call"),
    [
        (ASKED, asks(hub_topic="https://other.example/rss")),
        (ASKED, asks(hub_topic=TOPIC + "/")),
        (ASKED, asks("publish")),
        (ASKED, asks("")),
        (ASKED, asks("denied", hub_topic="https://other.example/rss")),
        (ASKED, asks(hub_challenge="")),
        (ASKED, asks(hub_challenge="x" * 5000)),
        (ASKED, asks("unsubscribe")),
        (ACTIVE, asks("unsubscribe")),
        (WANTED, asks()),
        (UNWANTED, asks()),
        (subscription.mark_denied(ASKED, "", NOW), asks()),
        (CLOUD, asks()),
        (CLOUD, HubRequest("GET", "token", {"url": "https://other.example/", "challenge": "nonce"}, {})),
        (replace(CLOUD, asked_at=None), HubRequest("GET", "token", {"url": TOPIC, "challenge": "nonce"}, {})),
    ],
)
def test_whatever_else_a_hub_asks_is_unknown_and_changes_nothing(one: Subscription, call: HubRequest) -> None:
    assert protocol.answer_verification(one, call, NOW) == (HubResponse(404), one)


def test_a_hub_may_say_no_with_a_reason_of_one_line() -> None:
    reply, after = protocol.answer_verification(
        ACTIVE, asks("denied", hub_reason="not\n\x1b[31m here" + "x" * 500), NOW
    )
    assert reply.status == 200 and after.state is SubscriptionState.DENIED
    assert after.error and after.error.startswith("the hub says no: not [31m here") and len(after.error) < 230


def test_a_cloud_gets_its_challenge_back() -> None:
    reply, after = protocol.answer_verification(
        CLOUD, HubRequest("GET", "token", {"url": TOPIC, "challenge": "nonce"}, {}), NOW
    )
    assert reply == HubResponse(200, "nonce") and after.live(NOW)


def signature(algorithm: str, body: bytes, secret: str = "secret") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


@given(st.sampled_from(["sha1", "sha256", "sha384", "sha512"]), st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_good_for_its_very_bytes_only(algorithm: str, body: bytes, other: bytes) -> None:
    said = signature(algorithm, body)
    assert protocol.is_signed_delivery("secret", said, body)
    assert protocol.is_signed_delivery("secret", f" {said.upper()} ", body)
    assert protocol.is_signed_delivery("secret", said, other) == (body == other)
    assert not protocol.is_signed_delivery("secret", signature(algorithm, body, "another"), body)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "sha256",
        "sha256=",
        "=",
        "md5=" + hashlib.md5(b"body").hexdigest(),
        hmac.new(b"secret", b"body", "sha256").hexdigest(),
        signature("sha256", b"body")[:-1],
        signature("sha256", b"body").replace("sha256", "sha1"),
        "sha256=" + "é" * 64,
        "sha256=" + "0" * 65,
        "__class__=00",
    ],
)
def test_what_is_no_signature_of_ours_is_not_taken_for_one(said: str) -> None:
    assert not protocol.is_signed_delivery("secret", said, b"body")


def test_without_a_secret_nothing_is_signed() -> None:
    assert not protocol.is_signed_delivery("", signature("sha256", b"body", ""), b"body")


@given(st.text(), st.binary(max_size=50))
def test_no_header_breaks_the_check(said: str, body: bytes) -> None:
    assert not protocol.is_signed_delivery("secret", said, body)
