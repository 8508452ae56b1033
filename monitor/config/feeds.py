"""[feeds]: checks the addresses and intervals of feeds and builds sources from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from monitor.config.environment import expand_variables
from monitor.config.schema import FeedTable
from monitor.config.sections import Sections
from monitor.config.selection import parse_selectors
from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.config.types import Network
from monitor.config.validate import ENTRY_ADAPTERS, check_printable_name, validate_entry
from monitor.core.model.polling import Source

MIN_INTERVAL = timedelta(minutes=1)
MIN_PRIVATE_INTERVAL = timedelta(seconds=1)
HOST_PATTERN = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*", re.IGNORECASE)
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")


def build_sources(
    sections: Sections, networks: Iterable[Network], environ: Mapping[str, str]
) -> dict[str, tuple[Source, ...]]:
    """The sources by the name of their feed; a disabled feed has none."""

    def build(name: str, raw: Any, notes: Notes) -> tuple[Source, ...] | None:
        table = validate_entry(ENTRY_ADAPTERS["feeds"], raw, ("feeds", name), notes)
        if table is None or not check_printable_name("feeds", name, notes):
            return None
        source = build_source(name, table, networks, environ, notes)
        if source is None:
            return None
        return (source,) if table.enabled else ()

    return sections.build_section("feeds", build)


def build_source(
    name: str, table: FeedTable, networks: Iterable[Network], environ: Mapping[str, str], notes: Notes
) -> Source | None:
    """A source to poll; None where the entry has a mistake, which is noted."""
    path: KeyPath = ("feeds", name, "url")
    url = expand_variables(table.url, path, environ, notes)
    if url is None:
        return None
    before = notes.count
    parts = _check_url(url, path, notes)
    private = parts is not None and _is_private(parts.hostname or "", networks)
    floor, words = (MIN_PRIVATE_INTERVAL, "1s") if private else (MIN_INTERVAL, "1m")
    least, most = table.every
    if least < floor:
        _note_short_interval(name, words, private, notes)
    select = _build_selectors(table, name, notes)
    if parts is None or notes.count > before:
        return None
    if table.hub and _check_url(table.hub, ("feeds", name, "hub"), notes, "a hub") is None:
        return None
    return Source(
        name, url, table.kind, least, table.lang, table.timezone, table.full_text, most, select,
        push=table.push, hub=table.hub or "",
    )  # fmt: skip


def _build_selectors(table: FeedTable, name: str, notes: Notes) -> tuple[tuple[str, str], ...]:
    """The selectors of a web page; a mistake where the feed is of another kind."""
    path: KeyPath = ("feeds", name, "select")
    if table.select is None:
        return ()
    if table.kind != "page":
        help = 'write kind = "page" beside it, or leave it out'
        notes.add_mistake("select-without-page", "`select` is for web pages", path, name=True, help=help)
    return parse_selectors(table.select, path, notes)


def _check_url(url: str, path: KeyPath, notes: Notes, what: str = "a feed") -> SplitResult | None:
    """The parts of an address; None, and a mistake, for one that fetch/ would always refuse."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        message = "the address contains a space, a backslash or a control character"
        notes.add_mistake("bad-url", message, path, help="write a space as %20")
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        parts, valid = urlsplit(""), False
    if "@" in parts.netloc:
        notes.secrets.update({parts.password} if parts.password else ())
        notes.add_mistake("bad-url", "the address of a feed has no user name or password", path, label="with the @")
        return None
    if valid:
        return parts
    help = f'write "https://{url.lstrip("/")}"' if "://" not in url and "." in url else ""
    notes.add_mistake("bad-url", f"{what} is an http:// or https:// address", path, label="this is not one", help=help)
    return None


def _is_host(host: str) -> bool:
    """Whether a host can be resolved; other than ASCII is left to IDNA. ValueError for an invalid IPv6 address."""
    if ":" in host:
        return "%" not in host and ip_address(host).version == 6
    if NUMBER.fullmatch(host.rpartition(".")[2]):  # an IPv4 address or invalid, as in fetch/guard.py
        return ip_address(host).version == 4
    return bool(host) and len(host) <= 253 and (not host.isascii() or HOST_PATTERN.fullmatch(host) is not None)


def _is_private(host: str, networks: Iterable[Network]) -> bool:
    addresses = _LOOPBACK_ADDRESSES if host == "localhost" else (host,)
    try:
        return any(ip_address(address) in network for address in addresses for network in networks)
    except ValueError:  # a name, which may resolve to any address
        return False


def _note_short_interval(name: str, floor: str, private: bool, notes: Notes) -> None:
    help = "" if private else "shorter only where the host is an address inside [settings] private_networks"
    message = f"a feed is asked at most once in {floor}"
    notes.add_mistake("too-often", message, ("feeds", name, "every"), label=f'at least "{floor}"', help=help)
