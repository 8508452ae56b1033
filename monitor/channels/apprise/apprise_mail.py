"""Patches Apprise's mail plugin to encode headers by mail_headers. Only the sender process uses it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from monitor.channels import mail_headers
from monitor.core.errors import DeliveryError

# added by Apprise with values of its own
APPRISE_HEADERS = frozenset(
    ("content-type", "mime-version", "content-transfer-encoding", "message-id", "date", "cc", "reply-to", "autocrypt")
)


class UnsentMail:
    """Why the last mail was not sent, which Apprise would hide; empty where it was sent."""

    reason = ""


def header_charset(text: str | None) -> str | None:
    """The charset in which Apprise encodes a header value; None where it needs no encoding."""
    return None if not text or mail_headers.is_plain_header(text) else "utf-8"


def format_address(pair: tuple[str | bool | None, str], charset: str = "utf-8") -> str:
    """Replaces email.utils.formataddr; names that look like encoded words are encoded too."""
    return mail_headers.encode_address(str(pair[0] or ""), pair[1])


def verify_before_sending(prepare: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Wrap prepare_emails: the headers of each mail are verified before it is sent."""

    def prepared(subject: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
        UnsentMail.reason = ""
        for mail in prepare(subject, *args, **kwargs):
            try:
                mail_headers.verify_headers(
                    mail.body.encode(), intended_headers(subject, mail.recipient, **kwargs), free=APPRISE_HEADERS
                )
            except DeliveryError as error:
                UnsentMail.reason = str(error)
                raise
            yield mail

    return prepared


def intended_headers(subject: str, recipient: str, **given: Any) -> list[tuple[str, mail_headers.HeaderValue]]:
    """The header values that Apprise was given for a mail."""
    names = {address: name or "" for name, address in given["to"]}
    name, address = given["from_addr"]
    return [
        *given["headers"].items(),
        ("Subject", subject or ""),
        ("From", ((name or "", address),)),
        ("To", ((names[recipient], recipient),)),
    ]


def set_sender_name(plugin: Any, name: str) -> None:
    """Set a mail plugin's sender name to that of the URL; Apprise stores it encoded and would encode it again."""
    if name and hasattr(plugin, "from_addr"):
        plugin.from_addr = (name, plugin.from_addr[1])


def patch_mail_plugin(plugin: Any) -> None:
    """Replace the header functions of Apprise's mail plugin, which only the worker loads."""
    base: Any = sys.modules[plugin.__module__]
    if getattr(plugin.prepare_emails, "confirms", False):
        return
    prepare = verify_before_sending(plugin.prepare_emails)
    setattr(prepare, "confirms", True)  # noqa: B010 - a function has no such attribute to a type checker
    base.formataddr = format_address
    plugin._get_charset = staticmethod(header_charset)
    plugin.prepare_emails = staticmethod(prepare)
