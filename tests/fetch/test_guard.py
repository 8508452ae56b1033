"""Addresses we must not talk to, range by range; tests/hostile tries them with the real client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.addresses import Reach, classify_address, parse_networks
from monitor.core.errors import FetchError
from monitor.fetch import guard
from monitor.resolver import ResolveHost
from tests.fetch.raw_server import refusal, web
from tests.hostile.addresses import INTERNAL, RANGES, ends


def kinds_of_refusal(urls: Sequence[str], resolve: ResolveHost | None = None) -> list[str]:
    async def main() -> list[str]:
        async with web(private_networks=(), resolve=resolve) as client:
            return [(await refusal(client, url)).kind for url in urls]

    return asyncio.run(main())


@pytest.mark.parametrize("port", [22, 25, 53, 110, 143, 587, 3306, 5432, 6379, 11211])
def test_ports_of_other_services_are_refused_on_public_addresses(port: int) -> None:
    assert kinds_of_refusal([f"http://93.184.215.14:{port}/"]) == ["address"]


def test_an_allowed_network_is_allowed_in_its_mapped_spelling_too() -> None:
    inside = parse_networks(["93.184.0.0/16"])
    assert guard.check_addresses(["::ffff:93.184.215.14"], 6379, inside) == [("93.184.215.14", True)]
    mapped = parse_networks(["::ffff:93.184.0.0/112"])
    assert guard.check_addresses(["93.184.215.14"], 80, mapped) == [("93.184.215.14", True)]


def test_a_mapped_address_is_judged_and_connected_to_as_the_one_it_means() -> None:
    assert guard.check_addresses(["::ffff:93.184.215.14"], 80, ()) == [("93.184.215.14", False)]


NEIGHBOURS = sorted(
    {
        str(ip_address(int(network[at]) + step))
        for network in map(ip_network, RANGES)
        for at, step in ((0, -1), (-1, 1))
        if 0 <= int(network[at]) + step < 2**network.max_prefixlen
        and ip_address(int(network[at]) + step).version == network.version
    }
    - set(INTERNAL)
)  # what lies in another range is no neighbour
NEIGHBOURS = [one for one in NEIGHBOURS if not any(ip_address(one) in ip_network(text) for text in RANGES)]


@pytest.mark.parametrize("text", RANGES)
def test_a_range_is_refused_at_both_its_ends(text: str) -> None:
    for address in ends(ip_network(text)):
        with pytest.raises(FetchError, match="not a public address"):
            guard.check_addresses([address], 80, ())


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_an_address_beside_a_range_is_public(address: str) -> None:
    assert guard.check_addresses([address], 80, ()) == [(address, False)]


@pytest.mark.parametrize("network", ["10.0.0.0/8", "192.168.7.0/24", "fd00::/8", "127.0.0.1/32"])
def test_an_allowed_network_ends_where_it_says(network: str) -> None:
    allowed = parse_networks([network])
    for address in ends(ip_network(network)):
        assert guard.check_addresses([address], 80, allowed) == [(address, True)]
    beside = [ip_address(int(ip_network(network)[0]) - 1), ip_address(int(ip_network(network)[-1]) + 1)]
    for address in map(str, beside):
        try:
            assert guard.check_addresses([address], 80, allowed) == [(address, False)]
        except FetchError as error:
            assert error.kind == "address"


def test_as_many_answers_of_a_name_are_looked_at_as_are_connected_to() -> None:
    many = [f"93.184.{n}.1" for n in range(guard.MAX_DNS_ANSWERS)]
    assert len(guard.check_addresses(many, 80, ())) == guard.MAX_DNS_ANSWERS
    assert len(guard.check_addresses([*many, "10.0.0.1"], 80, ())) == guard.MAX_DNS_ANSWERS
    with pytest.raises(FetchError):
        guard.check_addresses([*many[1:], "10.0.0.1"], 80, ())


@pytest.mark.parametrize("code", [*range(33), 127, ord("\\")])
def test_a_character_that_no_url_has_is_refused_inside_of_one(code: int) -> None:
    with pytest.raises(FetchError, match="not a URL"):
        guard.parse_url(f"http://feeds.example/a{chr(code)}b")


def test_public_addresses_may_be_fetched_on_any_web_port() -> None:
    assert guard.check_addresses(["93.184.215.14", "2606:2800:21f:cb07::1"], 8000, ()) == [
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07::1", False),
    ]


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_that_the_standard_library_calls_private(address: IPv4Address) -> None:
    if classify_address(address) is Reach.PUBLIC:
        assert address.is_global and not address.is_multicast and not address.is_reserved


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_passes_outside_the_global_unicast_block(address: IPv6Address) -> None:
    if classify_address(address) is Reach.PUBLIC:
        assert address.is_global and int(address) >> 125 == 1
        assert address.sixtofour is None and address.teredo is None


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_fetch_error(text: str) -> None:
    for candidate in (text, f"http://{text}", f"http://feeds.example/{text}"):
        try:
            url = guard.parse_url(candidate)
        except FetchError:
            continue
        assert not set("\r\n\t ") & set(str(url)) and guard.url_origin(url).host


@given(st.sampled_from(["http", "https", "ftp"]), st.text("aA0.:[]@-_ü%2", max_size=12), st.integers(-1, 70_000))
def test_a_remembered_origin_is_that_of_the_url(scheme: str, host: str, port: int) -> None:
    def told(text: str) -> object:
        try:
            return guard.url_origin(guard.parse_url_cached(text)), guard.url_origin(httpx.URL(text))
        except (FetchError, httpx.InvalidURL) as error:
            return type(error), str(error)

    text = f"{scheme}://{host}" + (f":{port}" if port >= 0 else "") + "/feed"
    first = told(text)
    guard._make_origin.cache_clear()
    guard._cached_parse_url.cache_clear()
    assert told(text) == first == told(text)


def test_a_long_address_is_not_remembered() -> None:
    guard._cached_parse_url.cache_clear()
    for number in range(3):
        assert guard.parse_url_cached(f"https://long.example/{'x' * 60_000}{number}").host == "long.example"
    assert guard._cached_parse_url.cache_info().currsize == 0
    assert guard.parse_url_cached("https://short.example/") is guard.parse_url_cached("https://short.example/")
