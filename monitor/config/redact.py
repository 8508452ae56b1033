"""Secrets out of text that people will read: logs, errors, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote

STARS = "***"
_SHORTEST = 4  # a shorter "secret" would turn ordinary words into stars

_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,40}://)[^\s/@\"'<>]+@", re.IGNORECASE)
_WEBHOOK = re.compile(
    r"""(?P<keep>https?://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)
        |(?:\w+\.)?discord(?:app)?\.com/api/webhooks|[\w.-]+\.webhook\.office\.com/\w+
        |chat\.googleapis\.com/v1/spaces|api\.telegram\.org/bot)/?)[^\s"'<>]+""",
    re.IGNORECASE | re.VERBOSE,
)
_CHANNEL = re.compile(
    r"(?P<keep>\b(?:slack|discord|tgram|msteams|workflows?|mmosts?|gchat|pover|pbul|gotifys?|matrixs?|rockets?|signals?"
    r"|ntfys?|opsgenie|pagerduty|sendgrid|mailgun|twilio|webex|zulip|ifttt|prowl)://)[^\s\"'<>]+",
    re.IGNORECASE,
)
_QUERY = re.compile(
    r"(?P<keep>[?&](?:pass|password|token|key|apikey|api_key|secret|auth|sig)=)[^\s&\"'<>]+", re.IGNORECASE
)


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with every known secret, URL password and webhook token as ***."""
    return masker(secrets)(text)


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """masked() for many texts: the secrets are put in order once."""
    known = sorted(_spellings(secrets), key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in known if len(text) >= _SHORTEST else ():
            text = text.replace(secret, STARS)
        return unpassworded(text)

    return mask


def unpassworded(text: str) -> str:
    """The text without what looks like a secret by its place in an address."""
    text = _USERINFO.sub(rf"\g<scheme>{STARS}@", text)
    for pattern in (_WEBHOOK, _CHANNEL, _QUERY):
        text = pattern.sub(rf"\g<keep>{STARS}", text)
    return text


def looks_secret(text: str) -> bool:
    """True where masked() would hide a part of the text without being told of any secret."""
    return masked(text, ()) != text


def _spellings(secrets: Iterable[str]) -> set[str]:
    """Every secret as it is and as a URL would carry it."""
    known = {secret for secret in secrets if len(secret) >= _SHORTEST}
    return {form for secret in known for form in (secret, quote(secret, safe=""), quote_plus(secret), unquote(secret))}
