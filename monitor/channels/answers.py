"""Turns the evidence of a send into a DeliveryError: an Answer and a sentence, with every secret masked. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer

FAILURE_ANSWERS: dict[str, tuple[Answer, str]] = {
    "dns": (Answer.NOT_SENT, "the server's name does not resolve"),
    "tls": (Answer.NOT_SENT, "no TLS: the server's certificate was not accepted, or it speaks none"),
    "refused": (Answer.NOT_SENT, "connection refused"),
    "unreachable": (Answer.NOT_SENT, "the server cannot be reached"),
    "proxy": (Answer.NOT_SENT, "the proxy did not connect"),
    "bad-url": (Answer.REFUSED_FOR_GOOD, "the channel's URL names no usable host"),
    "barred": (Answer.NOT_SENT, "the server's name leads to an address that is no channel's, such as a cloud's own"),
    "silent": (Answer.AMBIGUOUS, "no answer in time; the message may have arrived"),
    "cut": (Answer.AMBIGUOUS, "the connection broke before an answer; the message may have arrived"),
    "other": (Answer.AMBIGUOUS, "the sender failed in an unknown way; the message may have arrived"),
}

# Slack's answers for a dead webhook, sometimes with status 200 (docs.slack.dev, incoming webhooks)
DEAD_WEBHOOK_WORDS = re.compile(
    r"no_service|no_team|no_channel|channel_not_found|channel_is_archived|invalid_token|invalid_auth|account_inactive"
    r"|token_revoked|action_prohibited|posting_to_general_channel_denied|team_disabled"
)

# smtplib prints its errors as "(451, b'4.3.0 later')" and refused recipients as "{'a@b': (550, b'…')}".
SMTP_REPLY = re.compile(r"\((?P<code>[2-5]\d\d), (?P<quote>b?['\"])(?P<words>.*?)['\"][,)]")
SMTP_REFUSED = re.compile(r"was refused: (?P<code>[45]\d\d) (?P<quote>b?['\"])(?P<words>.*)['\"]")

SMTP_FAILURE_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("dns", re.compile(r"\[Errno -\d+\]|name resolution|Name or service")),
    ("tls", re.compile(r"CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER")),
    ("refused", re.compile(r"Connection refused")),
    ("unreachable", re.compile(r"unreachable|No route to host")),
    ("silent", re.compile(r"timed out")),
    ("cut", re.compile(r"unexpectedly closed|reset by peer|Broken pipe|not connected|EOF occurred")),
)


def error_from_evidence(evidence: Mapping[str, Any], url: str) -> DeliveryError | None:
    """The error that the evidence shows; None where the message was delivered. Parts of the url are masked."""
    if evidence["sent"]:
        return None
    if objection := evidence.get("objection"):
        return DeliveryError(objection, answer=Answer.REFUSED_FOR_GOOD)
    exchange = evidence.get("exchange")
    if exchange is None:
        return _smtp_error(evidence.get("lines", ()), url)
    if "failure" in exchange:
        return _failure_error(exchange["failure"])
    return _http_error(exchange, url)


def _failure_error(word: str) -> DeliveryError:
    answer, sentence = FAILURE_ANSWERS[word]
    return DeliveryError(sentence, answer=answer)


def _http_error(exchange: Mapping[str, Any], url: str) -> DeliveryError:
    status, said = exchange["status"], exchange["said"]
    words = mask_url_parts(said, url)
    return DeliveryError(
        f"HTTP {status}: {words}" if words else f"HTTP {status}",
        answer=_classify_status(status, said),
        retry_after=retry_after_seconds(exchange["retry_after"], exchange["date"]),
    )


def _classify_status(status: int, said: str) -> Answer:
    """2xx means here that the body was a refusal; the page of a captive portal is one too."""
    if status in (408, 425, 429) or status >= 500:
        return Answer.REFUSED_FOR_NOW
    if 200 <= status < 300 and not DEAD_WEBHOOK_WORDS.search(said):
        return Answer.REFUSED_FOR_NOW
    return Answer.REFUSED_FOR_GOOD


def _smtp_error(lines: tuple[str, ...], url: str) -> DeliveryError:
    text = "\n".join(lines)
    if reply := SMTP_REPLY.search(text) or SMTP_REFUSED.search(text):
        answer = Answer.REFUSED_FOR_GOOD if reply["code"].startswith("5") else Answer.REFUSED_FOR_NOW
        return DeliveryError(f"SMTP {reply['code']}: {mask_url_parts(reply['words'], url)}", answer=answer)
    return _failure_error(next((word for word, pattern in SMTP_FAILURE_PATTERNS if pattern.search(text)), "other"))


def retry_after_seconds(retry_after: str | None, date: str | None) -> float | None:
    """Retry-After in seconds; a date is relative to the server's own Date header. None where it cannot be parsed."""
    if retry_after is None:
        return None
    try:
        return float(retry_after)
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(retry_after) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError):  # TypeError: one of the two has no time zone
        return None


def mask_url_parts(text: str, url: str) -> str:
    """The text as one line of at most 200 characters, with every part of the channel's URL as ***."""
    line = " ".join("".join(char if char.isprintable() else " " for char in unquote(text)).split())
    for secret in sorted(_secret_url_parts(url), key=len, reverse=True):
        line = line.replace(secret, "***")
    return line if len(line) <= 200 else line[:199] + "…"


def _secret_url_parts(url: str) -> set[str]:
    """The parts of a URL that may be secret, in all spellings; parts under four characters would mask plain words."""
    written = url.partition("://")[2]
    login = unquote(written.rpartition("@")[0])
    basic = b64encode(login.encode()).decode()  # as in an Authorization header that a server quotes
    pieces = {url, written, login, basic, *_split_url(written), *_split_url(unquote(written))}
    return {part for one in pieces for part in (one, unquote(one)) if len(part) >= 4}


def _split_url(url: str) -> list[str]:
    return re.split(r"[/:@?&=#,;+]+", url)
