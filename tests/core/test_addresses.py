"""One list of addresses for feeds and channels: each judges every address of this table as the other does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.http import ForbiddenAddress, HttpExchange
from monitor.core.addresses import Reach, classify_address, is_permitted, parse_address, parse_networks
from monitor.core.errors import FetchError
from monitor.fetch import guard
from tests.hostile.addresses import PUBLIC, PUBLIC_6, RANGES, ends

# The ranges again and not the program's own table: a row that is lost there is missed here
FORBIDDEN = """
0.0.0.0/32 169.254.0.0/16 224.0.0.0/4 100.100.100.200/32 168.63.129.16/32
::/128 fe80::/10 ff00::/8 fd00:ec2::254/128
64:ff9b::a9fe:0/112 64:ff9b::a83f:8110/128 64:ff9b::e000:0/100 2002::/48 2002:a9fe::/32 2002:6464:64c8::/48
""".split()  # noqa: SIM905 - a table, not a list
SPELLED = ["::ffff:169.254.0.1", "::ffff:100.100.100.200", "::ffff:0.0.0.0", "::ffff:224.0.0.1", "fe80::1%lan"]
BESIDE_FORBIDDEN = ["0.0.0.1", "100.100.100.199", "100.100.100.201", "::1", "fd00:ec2::253", "fd00:ec2::255", "fec0::"]
EVERYTHING = parse_networks(["0.0.0.0/0", "::/0"])
TABLE = {
    **{address: Reach.PRIVATE for text in RANGES for address in ends(ip_network(text))},
    **dict.fromkeys(BESIDE_FORBIDDEN, Reach.PRIVATE),
    **dict.fromkeys(
        ["::ffff:10.0.0.1", "64:ff9b::a00:1", f"64:ff9b::{PUBLIC}", "2002:a00:1::", "fd00::1"], Reach.PRIVATE
    ),
    **{address: Reach.FORBIDDEN for text in FORBIDDEN for address in ends(ip_network(text))},
    **dict.fromkeys(SPELLED, Reach.FORBIDDEN),
    **dict.fromkeys([PUBLIC, PUBLIC_6, f"::ffff:{PUBLIC}", "168.63.129.15", "168.63.129.17", "1.1.1.1"], Reach.PUBLIC),
}


def feed_may(address: str, networks: Sequence[str] = ()) -> bool:
    try:
        guard.check_addresses([address], 80, parse_networks(networks))
    except FetchError as error:
        assert error.kind == "address"
        return False
    return True


def channel_may(*answers: str) -> bool:
    async def main() -> bool:
        async def resolve(host: str, port: int) -> Sequence[str]:
            return answers

        exchange = HttpExchange(5.0, resolve=resolve)
        try:
            return await exchange._addresses(httpx.URL("https://hook.example/")) == list(answers)
        except ForbiddenAddress:
            return False
        finally:
            await exchange.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize(("address", "reach"), TABLE.items(), ids=TABLE)
def test_feeds_and_channels_judge_an_address_alike(address: str, reach: Reach) -> None:
    assert classify_address(parse_address(address)) is reach
    assert feed_may(address) is (reach is Reach.PUBLIC)
    assert feed_may(address, ["0.0.0.0/0", "::/0"]) is channel_may(address) is (reach is not Reach.FORBIDDEN)


def test_one_forbidden_answer_of_many_refuses_a_name_on_both_sides() -> None:
    assert channel_may(PUBLIC, "10.0.0.1") and not channel_may(PUBLIC, "10.0.0.1", "169.254.0.1")
    with pytest.raises(FetchError):
        guard.check_addresses([PUBLIC, "10.0.0.1", "169.254.0.1"], 80, EVERYTHING)


@pytest.mark.parametrize("network", ["169.254.0.0/16", "169.254.7.0/24", "fe80::/10", "100.100.100.200/32"])
def test_a_network_of_forbidden_addresses_alone_was_meant_and_is_permitted(network: str) -> None:
    for address in ends(ip_network(network)):
        assert feed_may(address, [network]) and not feed_may(address, ["100.64.0.0/10", "0.0.0.0/0", "::/0"])


def test_an_answer_that_is_no_address_is_a_failed_lookup_on_both_sides() -> None:
    with pytest.raises(FetchError) as caught:
        guard.check_addresses(["somewhere"], 80, ())
    assert caught.value.kind == "dns"

    async def main() -> str:
        async def resolve(host: str, port: int) -> Sequence[str]:
            return ["somewhere"]

        exchange = HttpExchange(5.0, resolve=resolve)
        trace = await exchange.send_request("POST", "http://hook.example/")
        await exchange.aclose()
        assert not trace.request_started
        return trace.failure

    assert asyncio.run(main()) == "unreachable"


@given(st.ip_addresses())
def test_what_the_standard_library_calls_link_local_or_multicast_is_forbidden(
    address: IPv4Address | IPv6Address,
) -> None:
    parsed = parse_address(str(address))
    if parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified:
        assert classify_address(parsed) is Reach.FORBIDDEN
        assert not is_permitted(parsed, EVERYTHING)
    if classify_address(parsed) is Reach.PUBLIC:
        assert parsed.is_global


@given(st.ip_addresses(v=4))
def test_a_gateway_s_spelling_of_a_forbidden_address_is_forbidden(address: IPv4Address) -> None:
    forbidden = classify_address(address) is Reach.FORBIDDEN
    nat64, sixtofour = (int(ip_address("64:ff9b::")) | int(address)), (0x2002 << 112) | (int(address) << 80)
    for number in (nat64, sixtofour):
        assert (classify_address(IPv6Address(number)) is Reach.FORBIDDEN) is forbidden
    assert parse_address(f"::ffff:{address}") == address
