"""The sender process: sends one message at a time with Apprise and answers with the evidence.

Secrets arrive only through the pipe, never in arguments or the environment, and are not part of answers. What the
evidence means is decided by the parent.
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import requests
import requests.sessions
import urllib3.exceptions
from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict
from requests.adapters import HTTPAdapter

from monitor.channels import mail_headers
from monitor.core.alerts.channel_urls import ALLOWED_SCHEMES
from monitor.core.errors import DeliveryError
from monitor.processes.child import serve

# query keys that a URL may not set, and why
REFUSED_OPTIONS = {
    "optional": "a dead channel would be reported as a success",
    "template": "it reads a file of this machine",
    "attach": "it reads a file of this machine or of its network",
    "verify": "certificates are always checked; SSL_CERT_FILE or REQUESTS_CA_BUNDLE may name an authority of yours",
}

ASSET_OPTIONS: dict[str, Any] = {
    "app_id": "Monitor",
    "app_desc": "News alerts",
    "app_url": "",
    "async_mode": False,  # send in this thread: the parent kills the process when it takes too long
    "service_timeout": 0,
    "http_redirects": False,  # a redirected POST becomes an empty GET, and its 200 a false success
    "image_url_mask": "",
    "image_url_logo": "",
    "interpret_emojis": False,
    "pgp_autogen": False,
    "pem_autogen": False,
}

# added by Apprise with values of its own
APPRISE_HEADERS = frozenset(
    ("content-type", "mime-version", "content-transfer-encoding", "message-id", "date", "cc", "reply-to", "autocrypt")
)
EVIDENCE_LOG_PREFIXES = ("Socket Exception", "SMTP recipient", "Notification Exception")


class RecordingAdapter(HTTPAdapter):
    """Records what Apprise hides of an HTTP exchange: status, Retry-After, the first 500 bytes, the kind of failure."""

    exchanges: ClassVar[list[dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send as HTTPAdapter does, and record the result."""
        try:
            response = super().send(request, *args, **kwargs)
            words = response.content[
                :500
            ]  # reads the whole body, so that a connection that breaks within it is noticed here
        except (requests.RequestException, OSError) as error:
            self.exchanges.append({"failure": classify_failure(error)})
            raise
        asked = {"retry_after": response.headers.get("Retry-After"), "date": response.headers.get("Date")}
        self.exchanges.append({"status": response.status_code, "said": words.decode("utf-8", "replace"), **asked})
        return response


FAILURE_TYPES: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("dns", (socket.gaierror, urllib3.exceptions.NameResolutionError)),
    ("tls", (ssl.SSLCertVerificationError,)),
    ("refused", (ConnectionRefusedError,)),
    ("unreachable", (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError)),
    ("proxy", (urllib3.exceptions.ProxyError,)),
    ("bad-url", (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)),
    ("silent", (urllib3.exceptions.ReadTimeoutError, TimeoutError)),
    ("cut", (urllib3.exceptions.ProtocolError, ConnectionError, ssl.SSLError, urllib3.exceptions.SSLError)),
)


def classify_failure(error: BaseException) -> str:
    """The kind of a failure, as a key of answers.FAILURE_ANSWERS; the first row of FAILURE_TYPES that fits."""
    chain = list(_causes(error))
    for word, kinds in FAILURE_TYPES:
        if any(isinstance(one, kinds) for one in chain):
            return word
    return "other"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all its causes: __cause__, __context__, .reason and errors among the arguments."""
    seen: set[int] = set()
    queue: list[Any] = [error]
    while queue:
        one = queue.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        queue += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def plugin_for(request: dict[str, Any]) -> NotifyBase | str:
    """The Apprise plugin for a request's URL, or the sentence that says why there is none."""
    scheme, colon, _ = request["url"].partition("://")
    if not colon:
        return "this is not a channel's URL"
    if (scheme := scheme.lower()) not in (*ALLOWED_SCHEMES, NATIVE_SCHEME):
        return f"{scheme[:20]}:// is not a channel this program can use"
    parts = url_to_dict(request["url"], secure_logging=True)  # type: ignore[no-untyped-call]
    if not parts or parts["schema"] not in ALLOWED_SCHEMES:
        return f"this is not a complete {scheme}:// URL"
    for key, why in REFUSED_OPTIONS.items():
        if key in parts["qsd"] and parts["qsd"][key].lower() not in _HARMLESS_VALUES[key]:
            return f"{key}= in a channel's URL is not allowed: {why}"
    _set_own_options(parts, request)
    plugin = Apprise.instantiate(parts, asset=AppriseAsset(**ASSET_OPTIONS))
    if parts["schema"].startswith("mailto"):
        set_sender_name(plugin, parts["qsd"].get("name", ""))
    return plugin or f"Apprise cannot use this {scheme}:// URL: a part of it is missing or malformed"


NATIVE_SCHEME = "https"  # addresses as Slack, Discord and others give them; Apprise recognises the service
_HARMLESS_VALUES = {"optional": ("no", "false", "0"), "template": (), "attach": (), "verify": ("yes", "true", "1")}


def _set_own_options(parts: dict[str, Any], request: dict[str, Any]) -> None:
    """Set the options that a URL cannot choose: one attempt, plain text, no redirects, no splitting, timeouts."""
    for key in ("format", "wait", "emojis"):
        parts.pop(key, None)
    parts.update(overflow="upstream", redirect=False, retry=0, optional=False)
    parts.setdefault("rto", request["seconds"])
    parts.setdefault("cto", min(10.0, request["seconds"]))
    parts.update({key: False for key in ("include_image", "include_footer", "include_timestamp") if key in parts})
    if isinstance(parts.get("headers"), dict):
        mail = parts["schema"].startswith("mailto")
        ours = {"Auto-Submitted": "auto-generated"} if mail else {"Idempotency-Key": request["key"]}
        parts["headers"] = {**parts["headers"], **request["headers"], **ours}


def notify_once(plugin: NotifyBase, request: dict[str, Any]) -> dict[str, Any]:
    """One attempt through a new Apprise object: Apprise throttles an object that is used again."""
    RecordingAdapter.exchanges.clear()
    UnsentMail.reason = ""
    apprise = Apprise()
    apprise.add(plugin)
    result = apprise.notify(
        request["body"],
        title=request["title"],
        notify_type=NotifyType(request["kind"]),
        body_format=NotifyFormat.TEXT,
        log_level=logging.DEBUG,
    )
    if UnsentMail.reason:
        return {"sent": False, "objection": UnsentMail.reason}
    lines = [
        entry.message[:500] for one in result for entry in one.logs() if entry.message.startswith(EVIDENCE_LOG_PREFIXES)
    ]
    return {
        "sent": bool(result),
        "exchange": RecordingAdapter.exchanges[-1] if RecordingAdapter.exchanges else None,
        "lines": lines[-3:],
    }


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
    """Replace the header functions of Apprise's mail plugin, so that they encode by mail_headers."""
    base: Any = sys.modules[plugin.__module__]
    if getattr(plugin.prepare_emails, "confirms", False):
        return
    prepare = verify_before_sending(plugin.prepare_emails)
    setattr(prepare, "confirms", True)  # noqa: B010 - a function has no such attribute to a type checker
    base.formataddr = format_address
    plugin._get_charset = staticmethod(header_charset)
    plugin.prepare_emails = staticmethod(prepare)


def load_plugins() -> None:
    """Load the allowed Apprise plugins and install RecordingAdapter."""
    log = logging.getLogger("apprise")
    log.setLevel(
        logging.DEBUG
    )  # SMTP reply codes are logged only at DEBUG; EVIDENCE_LOG_PREFIXES selects three kinds of line
    log.addHandler(logging.NullHandler())
    NotificationManager().enable_only(*ALLOWED_SCHEMES)  # type: ignore[no-untyped-call]
    patch_mail_plugin(NotificationManager()["mailto"])  # type: ignore[no-untyped-call]
    setattr(requests.sessions, "HTTPAdapter", RecordingAdapter)  # noqa: B010 - where every Session takes its adapter from


def answer(request: dict[str, Any], _: bytes) -> Iterator[dict[str, Any]]:
    """Send one message; gives the evidence."""
    plugin = plugin_for(request)
    yield {"sent": False, "objection": plugin} if isinstance(plugin, str) else notify_once(plugin, request)


if __name__ == "__main__":
    serve(answer, load_plugins)
