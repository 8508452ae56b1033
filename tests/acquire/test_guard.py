"""Addresses we must not talk to; every spelling we know of them is a family of tests/hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acquire import guard
from monitor.acquire.resolve import Resolve
from monitor.core.errors import FetchError
from tests.acquire.raw import refusal, web


def kinds_of_refusal(urls: Sequence[str], resolve: Resolve | None = None) -> list[str]:
    async def main() -> list[str]:
        async with web(private_networks=(), resolve=resolve) as client:
            return [(await refusal(client, url)).kind for url in urls]

    return asyncio.run(main())


@pytest.mark.parametrize("port", [22, 25, 53, 110, 143, 587, 3306, 5432, 6379, 11211])
def test_ports_of_other_services_are_refused_on_public_addresses(port: int) -> None:
    assert kinds_of_refusal([f"http://93.184.215.14:{port}/"]) == ["address"]


def test_an_allowed_network_is_allowed_in_its_mapped_spelling_too() -> None:
    inside = guard.networks(["10.0.0.0/8"])
    assert guard.permitted(["::ffff:10.1.2.3"], 6379, inside) == [("10.1.2.3", True)]
    mapped = guard.networks(["::ffff:10.0.0.0/104"])
    assert guard.permitted(["10.1.2.3"], 80, mapped) == [("10.1.2.3", True)]
    with pytest.raises(FetchError):
        guard.permitted(["::ffff:11.1.2.3", "::ffff:192.168.0.1"], 80, inside)


def test_public_addresses_may_be_fetched_on_any_web_port() -> None:
    assert guard.permitted(["93.184.215.14", "2606:2800:21f:cb07::1"], 8000, ()) == [
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07::1", False),
    ]


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_that_the_standard_library_calls_private(address: IPv4Address) -> None:
    if guard.public(address):
        assert address.is_global and not address.is_multicast and not address.is_reserved


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_passes_outside_the_global_unicast_block(address: IPv6Address) -> None:
    if guard.public(address):
        assert address.is_global and int(address) >> 125 == 1
        assert address.sixtofour is None and address.teredo is None


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_fetch_error(text: str) -> None:
    for candidate in (text, f"http://{text}", f"http://feeds.example/{text}"):
        try:
            url = guard.read(candidate)
        except FetchError:
            continue
        assert not set("\r\n\t ") & set(str(url)) and guard.origin(url).host


@given(st.sampled_from(["http", "https", "ftp"]), st.text("aA0.:[]@-_ü%2", max_size=12), st.integers(-1, 70_000))
def test_a_remembered_origin_is_that_of_the_url(scheme: str, host: str, port: int) -> None:
    def told(text: str) -> object:
        try:
            return guard.origin(guard.known(text)), guard.origin(httpx.URL(text))
        except (FetchError, httpx.InvalidURL) as error:
            return type(error), str(error)

    text = f"{scheme}://{host}" + (f":{port}" if port >= 0 else "") + "/feed"
    first = told(text)
    guard._origin.cache_clear()
    guard._remembered.cache_clear()
    assert told(text) == first == told(text)


def test_a_long_address_is_not_remembered() -> None:
    guard._remembered.cache_clear()
    for number in range(3):
        assert guard.known(f"https://long.example/{'x' * 60_000}{number}").host == "long.example"
    assert guard._remembered.cache_info().currsize == 0
    assert guard.known("https://short.example/") is guard.known("https://short.example/")
