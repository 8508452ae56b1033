"""Reads the environment: paths, systemd's variables, secrets and references to them; masks secrets in text.

No other module reads environment variables.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

from monitor.config import files
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.core.errors import ConfigError

MODULE_PATH = Path(__file__).resolve()
CHECKOUT_FOLDER = MODULE_PATH.parents[2]
_MAX_SECRET_BYTES = 1_000_000  # systemd's limit for a credential
BUNDLED_FOLDER = MODULE_PATH.parents[1] / "bundled"


def rules_path(option: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The path of rules.toml: the option, $MONITOR_RULES, ./rules.toml, the configuration folders, the shipped file."""
    if option is not None:
        return option
    if environ.get("MONITOR_RULES"):
        return Path(environ["MONITOR_RULES"])
    for folder in _rules_folders(environ):
        if os.path.lexists(folder / "rules.toml"):  # also one that cannot be read: that is an error, and not skipped
            return folder / "rules.toml"
    return bundled_path("rules.toml")


def database_url(option: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The database URL: the option, $MONITOR_DATABASE_URL, $STATE_DIRECTORY/monitor.db, or the user's data folder."""
    given = option or environ.get("MONITOR_DATABASE_URL")
    if given:
        return given
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]  # systemd separates several folders by colons
    folder = Path(state) if state else _data_folder(environ)
    return f"sqlite:///{folder / 'monitor.db'}"


def notify_socket(environ: Mapping[str, str] = os.environ) -> str | None:
    """The socket for sd_notify(3); None where the process does not run under systemd."""
    return environ.get("NOTIFY_SOCKET") or None


def watchdog_usec(environ: Mapping[str, str] = os.environ) -> int | None:
    """The interval of systemd's watchdog in microseconds; None without one, or where it is for another process."""
    usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    meant_for_us = not pid or pid == str(os.getpid())
    return int(usec) if usec.isdecimal() and int(usec) > 0 and meant_for_us else None


def logs_to_journal(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether output goes to the journal, which accepts a priority at the start of a line (sd-daemon(3))."""
    return bool(environ.get("JOURNAL_STREAM"))


def bundled_path(name: str) -> Path:
    """A file or folder shipped with the product: beside the package in a checkout, inside it in a wheel.

    Raises ConfigError where it is missing from both.
    """
    in_checkout = CHECKOUT_FOLDER / name
    if (CHECKOUT_FOLDER / "pyproject.toml").is_file() and in_checkout.exists():
        return in_checkout
    if (BUNDLED_FOLDER / name).exists():
        return BUNDLED_FOLDER / name
    raise ConfigError(f"{name} is missing from this installation; reinstall news-alert-monitor")


def load_credential(name: str, environ: Mapping[str, str]) -> str | None:
    """The value of a secret: the variable, else the file $CREDENTIALS_DIRECTORY/name; None where neither is set."""
    value = environ.get(name)
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if value is None and folder:
        value = _secret_file(Path(folder) / name)
    return value or None


def wants_colour(terminal: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to print in colour: on a terminal, unless $NO_COLOR is set (no-color.org) or $TERM is dumb."""
    return terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def process_environment() -> Mapping[str, str]:
    """All variables, as a live mapping."""
    return os.environ


def _secret_file(path: Path) -> str | None:
    data = files.read_file(path, _MAX_SECRET_BYTES)
    try:
        text = data.decode() if isinstance(data, bytes) else ""
    except UnicodeDecodeError:
        return None
    if not text:
        return None
    return text.removesuffix("\n").removesuffix("\r")


def _rules_folders(environ: Mapping[str, str]) -> list[Path]:
    folders = [Path()]
    if environ.get("CONFIGURATION_DIRECTORY"):
        folders.append(Path(environ["CONFIGURATION_DIRECTORY"].split(":")[0]))
    config_home = environ.get("XDG_CONFIG_HOME")
    folders.append((Path(config_home) if config_home else Path.home() / ".config") / "monitor")
    return folders


def _data_folder(environ: Mapping[str, str]) -> Path:
    if environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"]) / "monitor"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "monitor"
    return Path.home() / ".local" / "share" / "monitor"


MASK_TEXT = "***"
_MIN_SECRET_LENGTH = 4  # characters; masking a shorter one would mask ordinary words

_URL_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,40}://)[^\s/@\"'<>]+@", re.IGNORECASE)
_BARE_HOST = re.compile(r"^\s*[a-z][a-z0-9+.-]{0,40}://(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?=\?)", re.IGNORECASE)
_WEBHOOK_TOKEN = re.compile(
    r"""(?P<keep>https?://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)
        |(?:\w+\.)?discord(?:app)?\.com/api/webhooks|[\w.-]+\.webhook\.office\.com/\w+
        |chat\.googleapis\.com/v1/spaces|api\.telegram\.org/bot)/?)[^\s"'<>]+""",
    re.IGNORECASE | re.VERBOSE,
)
_CHANNEL_TOKEN = re.compile(
    r"(?P<keep>\b(?:slack|discord|tgram|msteams|workflows?|mmosts?|gchat|pover|pbul|gotifys?|matrixs?|rockets?|signals?"
    r"|ntfys?|opsgenie|pagerduty|sendgrid|mailgun|twilio|webex|zulip|ifttt|prowl)://)[^\s\"'<>]+",
    re.IGNORECASE,
)
_QUERY_SECRET = re.compile(
    r"(?P<keep>[?&](?:pass|password|token|key|apikey|api_key|secret|auth|sig)=)[^\s&\"'<>]+", re.IGNORECASE
)


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with every known secret, URL password and webhook token replaced by ***."""
    return make_masker(secrets)(text)


def make_masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """mask_secrets() for many texts: the secrets are sorted once."""
    known = sorted(_secret_spellings(secrets), key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in known if len(text) >= _MIN_SECRET_LENGTH else ():
            text = text.replace(secret, MASK_TEXT)
        return mask_url_secrets(text)

    return mask


def mask_url_secrets(text: str) -> str:
    """The text with logins, webhook tokens and secret query values of URLs replaced by ***."""
    text = _URL_USERINFO.sub(rf"\g<scheme>{MASK_TEXT}@", text)
    for pattern in (_WEBHOOK_TOKEN, _CHANNEL_TOKEN, _QUERY_SECRET):
        text = pattern.sub(rf"\g<keep>{MASK_TEXT}", text)
    return text


def contains_secret(text: str) -> bool:
    """True where mask_url_secrets() would mask a part of the text.

    An @ after a host's "?" belongs to a recipient (?to=a@b.example) and not to a login.
    """
    text = _BARE_HOST.sub(r"\g<0>/", text)
    return mask_url_secrets(text) != text


def _secret_spellings(secrets: Iterable[str]) -> set[str]:
    """Every secret as it is and percent-encoded."""
    known = {secret for secret in secrets if len(secret) >= _MIN_SECRET_LENGTH}
    return {form for secret in known for form in (secret, quote(secret, safe=""), quote_plus(secret), unquote(secret))}


_VARIABLE_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<or>:-(?P<default>[^{}]*))?\}")


def expand_variables(text: str, path: KeyPath, environ: Mapping[str, str], notes: Notes) -> str | None:
    """The text with its ${NAME} references replaced; None where one is not set, which is noted."""
    values: dict[str, str] = {}
    complete = True
    for found in _VARIABLE_REFERENCE.finditer(text):
        value = load_credential(found["name"], environ)
        if value is not None:
            notes.secrets.add(value)
        elif found["or"] is None:
            _note_unset_variable(found, path, environ, notes)
            complete = False
        values[found[0]] = value if value is not None else found["default"] or ""
    rest = _VARIABLE_REFERENCE.sub("", text)
    if "${" in rest:
        at = text.index("${", text.rfind(rest[rest.index("${") :]))
        help = "a reference is ${NAME} or ${NAME:-default}, with letters, digits and _ in the name"
        notes.add_mistake(
            "bad-reference", "this reference is not closed or not named", path, within=(at, at + 2), help=help
        )
        return None
    return _VARIABLE_REFERENCE.sub(lambda found: values[found[0]], text) if complete else None


def _note_unset_variable(found: re.Match[str], path: KeyPath, environ: Mapping[str, str], notes: Notes) -> None:
    name = found["name"]
    guess = notes.find_nearest(name, (known for known in environ if known.isupper()))
    label = f"not set; did you mean ${{{guess}}}?" if guess else "not set"
    help = f"set it: export {name}=…; in the service: systemd-creds encrypt - /etc/credstore.encrypted/{name}"
    message = f"the secret {name} is not set"
    notes.add_mistake("missing-secret", message, path, within=found.span(), label=label, help=help)
