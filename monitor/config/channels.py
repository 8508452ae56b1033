"""[notify]: checks Apprise URLs and builds channels from them, and the routes from watches to channels.

URLs that could read files, reach this machine or hide a failed delivery are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from monitor.config.environment import contains_secret, expand_variables
from monitor.config.schema import NotifyTable
from monitor.config.sections import Sections
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.config.validate import ENTRY_ADAPTERS, check_printable_name, validate_entry
from monitor.core.alerts.channel_urls import (
    ALLOWED_SCHEMES,
    LOCAL_SCHEMES,
    NATIVE_DOMAINS,
    NATIVE_HOSTS,
    UNCONFIRMED_SCHEMES,
    WEBHOOK_PARAMETERS,
)
from monitor.core.match.watch import Watch
from monitor.core.model.alerts import Address, Channel, Route, Target

MAIL_SCHEMES = ("mailto", "mailtos")
WEBHOOK_SCHEMES = ("json", "jsons")
FALSE_VALUES = frozenset(("", "no", "false", "0", "off", "n", "f", "never", "disable", "disabled", "deny"))

# query key → (is this value dangerous?, why it is refused)
_REFUSED_OPTIONS: dict[str, tuple[Callable[[str], bool], str]] = {
    "attach": (bool, "it would send files of this machine"),
    "template": (bool, "it would read files of this machine"),
    "optional": (lambda value: _is_true(value), "a failed delivery would count as sent"),
    "verify": (lambda value: not _is_true(value), "anybody on the way could read along"),
    "include": (bool, "it would load another configuration"),
    "config": (bool, "it would load another configuration"),
    "plugin_paths": (bool, "it would run code"),
    "redirect": (lambda value: _is_true(value), "a message and its token could be led elsewhere"),
    "method": (
        lambda value: value.upper() not in {"POST", "PUT", "PATCH"},
        "a message is sent with POST, PUT or PATCH",
    ),
}
_REFUSED_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


def build_channels(sections: Sections, environ: Mapping[str, str]) -> dict[str, Channel]:
    """The channels that can be used, by name."""

    def build(name: str, raw: Any, notes: Notes) -> Channel | None:
        table = validate_entry(ENTRY_ADAPTERS["notify"], raw, ("notify", name), notes)
        if table is None or not check_printable_name("notify", name, notes):
            return None
        return build_channel(name, table, environ, notes)

    return sections.build_section("notify", build)


def build_channel(name: str, table: NotifyTable, environ: Mapping[str, str], notes: Notes) -> Channel | None:
    """A channel with one target per recipient; None where its URL has a mistake, which is noted."""
    path: KeyPath = ("notify", name, "url")
    if "${" not in table.url and contains_secret(table.url):
        help = (
            f'write {name} = "${{{_variable_name(name)}}}" and set that variable, or a systemd credential of that name'
        )
        notes.add_warning("literal-secret", "a secret stands in the file itself", path, help=help)
    url = expand_variables(table.url, path, environ, notes)
    if url is None:
        return None
    url = url.strip()
    notes.secrets.update(_secret_parts(url))
    if not _is_acceptable(url, path, notes):
        return None
    return Channel(name, _targets(url), tuple(table.digest or ()), holds=table.on_ambiguous == "hold")


def _is_acceptable(url: str, path: KeyPath, notes: Notes) -> bool:
    before = notes.count
    _check_scheme(url, path, notes)
    for key, value in _query(url):
        _check_option(key, value, path, notes)
    if _scheme(url) in MAIL_SCHEMES:
        _check_mail(url, path, notes)
    if _scheme(url) in WEBHOOK_SCHEMES:
        _check_signing(url, path, notes)
    return notes.count == before


def _check_scheme(url: str, path: KeyPath, notes: Notes) -> None:
    scheme = _scheme(url)
    if re.search(r"[\x00-\x20\x7f]", url):
        notes.add_mistake("bad-url", "the URL contains a space or control character", path, help="write it as %20")
    elif not scheme:
        notes.add_mistake("bad-url", "this is not an Apprise URL", path, help='such as "slack://…" or "mailtos://…"')
    elif scheme in LOCAL_SCHEMES:
        message = f"channels of the kind {scheme}:// are refused"
        notes.add_mistake("refused-url", message, path, label="speaks to this machine only")
    elif scheme in UNCONFIRMED_SCHEMES:
        message = f"channels of the kind {scheme}:// are refused"
        notes.add_mistake("refused-url", message, path, label="nobody could tell whether a message arrived")
    elif scheme in {"http", "https"}:
        if not _is_native_url(url):
            help = "for a webhook of your own write jsons:// (or json://) instead"
            notes.add_mistake("unknown-scheme", f"{scheme}:// is not a channel", path, help=help)
    elif scheme not in ALLOWED_SCHEMES:
        guess = notes.find_nearest(scheme, ALLOWED_SCHEMES)
        label = f"did you mean {guess}://?" if guess else ""
        help = "https://github.com/caronc/apprise/wiki lists them"
        notes.add_mistake("unknown-scheme", f"no kind of channel {scheme}://", path, label=label, help=help)


def _check_option(key: str, value: str, path: KeyPath, notes: Notes) -> None:
    plain = unquote(key).lower()
    dangerous, why = _REFUSED_OPTIONS.get(plain, (None, ""))
    if dangerous is not None and dangerous(unquote(value)):
        notes.add_mistake("refused-option", f"the option `{plain}={unquote(value)}` is refused", path, label=why)
    if plain[:1] in {"+", " "} and plain[1:].strip() in _REFUSED_HEADERS:
        why = "the connection sets this header itself"
        notes.add_mistake("refused-option", f"the header `{plain[1:].strip()}` is refused", path, label=why)


def _check_mail(url: str, path: KeyPath, notes: Notes) -> None:
    if any(key.lower() in {"cc", "bcc"} for key, _ in _query(url)):
        help = "list everybody in to=a@x.de,b@y.de: each gets a message of their own, and a failure costs only one"
        notes.add_mistake("refused-option", "cc and bcc are refused", path, help=help)


def _check_signing(url: str, path: KeyPath, notes: Notes) -> None:
    """Note what the sender would refuse at the first alert: an empty secret, or an option that cannot be signed."""
    given = {unquote(key).lower(): value for key, value in _query(url)}
    if "secret" not in given:
        return
    beside = [key for key in given if key[0] not in "+-: " and key not in WEBHOOK_PARAMETERS]
    if not given["secret"]:
        notes.add_mistake("bad-url", "the option `secret=` is empty", path, help="give it a value, or leave it out")
    if beside:
        message = f"the option `{beside[0]}` cannot stand beside `secret`"
        notes.add_mistake("refused-option", message, path, label="posts with it cannot be signed")


def _targets(url: str) -> tuple[Target, ...]:
    recipients = list(dict.fromkeys(_recipients(url))) if _scheme(url) in MAIL_SCHEMES else []
    if len(recipients) < 2:
        return (Target("", url),)
    address, _, query = url.partition("?")
    base = "/".join(address.split("/")[:3])
    rest = [part for part in query.split("&") if part and part.split("=")[0].lower() != "to"]
    return tuple(Target(unquote(to), f"{base}?{'&'.join([*rest, f'to={to}'])}") for to in recipients)


def _recipients(url: str) -> list[str]:
    """The recipients of a mail URL, still percent-encoded: path segments and to=, split at commas and semicolons."""
    address = url.partition("?")[0]
    given = [*address.split("/")[3:], *(value for key, value in _query(url) if key.lower() == "to")]
    return [to.strip() for text in given for to in re.split(r"%2C|%3B|[,;]", text, flags=re.IGNORECASE) if to.strip()]


def _query(url: str) -> list[tuple[str, str]]:
    query = url.partition("?")[2]
    return [(key, value) for key, _, value in (part.partition("=") for part in query.split("&")) if key]


def _scheme(url: str) -> str:
    found = re.match(r"([A-Za-z0-9][A-Za-z0-9+.-]*)://", url)
    return found[1].lower() if found else ""


def _is_native_url(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in NATIVE_HOSTS or host.endswith(NATIVE_DOMAINS)


def _is_true(value: str) -> bool:
    return value.strip().lower() not in FALSE_VALUES


def _secret_parts(url: str) -> set[str]:
    """The parts of a URL that a log must not show: password, tokens in the path, custom headers, the signing secret."""
    _, _, rest = url.partition("://")
    authority, *segments = rest.partition("?")[0].split("/")
    password = authority.rpartition("@")[0].partition(":")[2]
    tokens = (
        () if _scheme(url) in MAIL_SCHEMES else (part for part in segments if len(part) >= 8 and re.search(r"\d", part))
    )
    given = (value for key, value in _query(url) if key[:1] in "+ " or key.lower() == "secret")
    return {part for part in (password, *tokens, *given) if part}


def _variable_name(name: str) -> str:
    return re.sub(r"\W+", "_", name.upper(), flags=re.ASCII).strip("_") + "_URL"


def build_route(watch: Watch, default: Collection[str] | None, channels: Mapping[str, Channel]) -> Route:
    """Where the alerts of a watch go. default: the channels of [settings], for a watch that names none."""
    names = watch_channels(watch, default, channels)
    reached = [channels[name] for name in dict.fromkeys(names) if name in channels]
    addresses = tuple(Address(channel.name, target.name) for channel in reached for target in channel.targets)
    return Route(
        watch.name,
        addresses,
        watch.priority,
        watch.hold,
        watch.throttle,
        watch.digest,
        {channel.name: channel.digest for channel in reached if channel.digest},
    )


def watch_channels(watch: Watch, default: Collection[str] | None, channels: Collection[str]) -> Collection[str]:
    """The names of the channels of a watch: its own, else the default ones, else all."""
    return next((given for given in (watch.notify, default) if given is not None), channels)
