from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.environment import contains_secret, mask_secrets


@given(before=st.text("ab =\n"), secret=st.text("0123456789", min_size=4), after=st.text("ab =\n"), again=st.booleans())
def test_a_known_secret_never_gets_through(before: str, secret: str, after: str, again: bool) -> None:
    text = before + secret + after + secret * again
    assert mask_secrets(text, {secret}) == before + "***" + after + "***" * again


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mailtos://me:hunter2@smtp.example.org?to=a@b.de", "mailtos://***@smtp.example.org?to=a@b.de"),
        ("POST https://hooks.slack.com/services/T0/B0/abc 404", "POST https://hooks.slack.com/services/*** 404"),
        ("slack://TokenA/TokenB/TokenC failed", "slack://*** failed"),
        ("https://discord.com/api/webhooks/1/abc", "https://discord.com/api/webhooks/***"),
        ("json://example.org/x?token=abc&y=1", "json://example.org/x?token=***&y=1"),
        ("https://example.org/feed?q=H200", "https://example.org/feed?q=H200"),
        ("see https://www.boerse-global.de/feed", "see https://www.boerse-global.de/feed"),
    ],
)
def test_passwords_and_tokens_in_urls_become_stars(text: str, clean: str) -> None:
    assert mask_secrets(text, ()) == clean


def test_a_secret_is_found_in_the_spelling_of_a_url() -> None:
    assert mask_secrets("GET /?k=p%40ss%2Fword", {"p@ss/word"}) == "GET /?k=***"
    assert mask_secrets("GET /?k=p@ss/word", {"p%40ss%2Fword"}) == "GET /?k=***"


def test_a_very_short_secret_does_not_star_ordinary_words() -> None:
    assert mask_secrets("an article", {"a"}) == "an article"


def test_a_pasted_webhook_looks_secret_and_a_reference_does_not() -> None:
    assert contains_secret("https://hooks.slack.com/services/T0/B0/abc")
    assert contains_secret("mailto://me:pw@example.org")
    assert not contains_secret("json://localhost:8080/hook")


@pytest.mark.parametrize(
    "url",
    [
        "mailto://mail.example.org?to=a@x.example",
        "mailtos://mail.example.org:587?from=me@x.example&to=a@x.example",
        "mailto://mail.example.org/?mode=insecure&to=a@x.example",
        " mailto://[2001:db8::1]?to=a@x.example",
        "json://h.example?+X-Desk=news@x.example",
    ],
)
def test_an_address_among_the_options_is_no_secret(url: str) -> None:
    assert not contains_secret(url)


@pytest.mark.parametrize(
    "url",
    [
        "mailto://me:p?w@mail.example.org",
        "mailtos://me@x.example:word@mail.example.org?to=a@x.example",
        "mailto://mail.example.org?to=a@x.example&password=word",
        "json://user:word@h.example?to=a@x.example",
        "gotify://h.example?token=abc",
    ],
)
def test_a_login_or_a_token_beside_such_an_address_is_one(url: str) -> None:
    assert contains_secret(url)
