"""Checks of URLs and addresses: a feed must not make us connect to hosts of the private network (SSRF).

Called twice for every hop: `url_origin` on the URL before anything is resolved, `check_addresses` on every address the
name resolved to, directly before the connection is made to exactly that address. It resolves and connects nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

import httpx

from monitor.core.addresses import IPNetwork, Reach, classify_address, is_permitted, parse_address
from monitor.core.errors import FetchError

MAX_CACHED_LENGTH = 300  # characters
MAX_CACHED_URLS = 2048  # 1.5 kB each; parsing a URL again is a sixth of the cost of a 304
MAX_DNS_ANSWERS = 64  # addresses of one name; ten thousand would block the event loop for half a second

# Feeds on unusual ports are rare but legal. Refused are the ports of other protocols
# (https://fetch.spec.whatwg.org/#port-blocking), to which a GET with a chosen path would be a command.
# fmt: off
BLOCKED_PORTS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
        526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
        3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
        9200, 10080, 11211, 27017
    }
)
# fmt: on

_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL: what two requests must share to use one connection."""

    scheme: str
    host: str  # ASCII, lower case, no brackets
    port: int

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address; a name never ends in a numeric label."""
        return ":" in self.host or _NUMERIC_LABEL.fullmatch(self.host.rpartition(".")[2]) is not None

    @property
    def authority(self) -> str:
        """The value of the Host header: IPv6 in brackets, without the default port of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_url(text: str) -> httpx.URL:
    """Parse a URL that may be fetched; raises FetchError for any other."""
    if _FORBIDDEN_CHARACTERS.search(text.strip()):
        raise FetchError(f"{text!r} is not a URL: it has spaces, control characters or backslashes", kind="address")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"{text!r} is not a URL: {error}", kind="address") from error
    url_origin(url)
    return url


def parse_url_cached(text: str) -> httpx.URL:
    """parse_url with a cache; long URLs are not cached, so that hostile ones cannot fill the memory."""
    return _cached_parse_url(text) if len(text) <= MAX_CACHED_LENGTH else parse_url(text)


_cached_parse_url = lru_cache(MAX_CACHED_URLS)(parse_url)


def url_origin(url: httpx.URL) -> Origin:
    """The origin of a URL; raises FetchError where scheme, user, host or port are not acceptable."""
    if url.scheme not in DEFAULT_PORTS:
        raise FetchError(f"only http and https are fetched, not {url.scheme or 'a URL without scheme'}", kind="scheme")
    if url.userinfo:
        raise FetchError("a user name or password in a feed URL is not accepted", kind="address")
    try:
        raw_host = url.raw_host
    except UnicodeError as error:  # httpx accepts anything between brackets
        raise FetchError(f"{url.host!r} is not a host", kind="address") from error
    return _make_origin(url.scheme, raw_host, url.port)


@lru_cache(MAX_CACHED_URLS)
def _make_origin(scheme: str, raw_host: bytes, port: int | None) -> Origin:
    port = DEFAULT_PORTS[scheme] if port is None else port
    if not 0 < port < 65536:
        raise FetchError(f"{port} is not a port", kind="address")
    return Origin(scheme, _parse_host(raw_host), port)


def _parse_host(raw_host: bytes) -> str:
    host = raw_host.decode("ascii").lower()
    if ":" in host:
        return str(_parse_ipv6(host))
    if _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return str(_parse_ipv4(host))
    if len(host) > 253 or not _HOST_NAME.fullmatch(host):
        raise FetchError(f"{host!r} is not a host name", kind="address")
    return host


def _parse_ipv6(host: str) -> IPv6Address:
    try:
        address = IPv6Address(host)
    except ValueError as error:
        raise FetchError(f"[{host}] is not an IPv6 address", kind="address") from error
    if address.scope_id is not None:
        raise FetchError(f"[{host}] names an interface of this machine", kind="address")
    return address


def _parse_ipv4(host: str) -> IPv4Address:
    """Four decimal numbers only: other spellings are read differently by different libraries."""
    try:
        return IPv4Address(host)
    except ValueError as error:
        raise FetchError(f"{host!r} is not an IPv4 address as it is usually written", kind="address") from error


def check_addresses(answers: Iterable[str], port: int, private_networks: Sequence[IPNetwork]) -> list[tuple[str, bool]]:
    """Check the DNS answers of one name; returns (address, whether it is in a private network) for each.

    One forbidden address refuses all. Only the first MAX_DNS_ANSWERS are used. Raises FetchError.
    """
    different = list(dict.fromkeys(answers))[:MAX_DNS_ANSWERS]
    checked = [_check_address(answer, port, private_networks) for answer in different]
    if not checked:
        raise FetchError("the name has no address", kind="dns")
    return list(dict.fromkeys(checked))


def _check_address(answer: str, port: int, private_networks: Sequence[IPNetwork]) -> tuple[str, bool]:
    try:
        address = parse_address(answer)
    except ValueError as error:
        raise FetchError(f"the resolver answered {answer!r}, which is no address", kind="dns") from error
    if is_permitted(address, private_networks):
        return str(address), True
    if classify_address(address) is not Reach.PUBLIC:
        raise FetchError(f"{address} is not a public address; [settings] private_networks can allow it", kind="address")
    if port in BLOCKED_PORTS:
        raise FetchError(f"port {port} belongs to another service than the web", kind="address")
    return str(address), False
