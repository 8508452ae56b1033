"""Addresses we must not talk to, in every spelling we know, counted n of n."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.acquire import guard
from monitor.acquire.resolve import Resolve
from monitor.core.errors import FetchError
from tests.acquire.raw import answer, fetch, raw, refusal, web

INTERNAL = """
127.0.0.1 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0177.0.0.1 0x7f.0.0.1 0x7f000001 0x7f.1 2130706433 017700000001
127.0.0.1. 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 169.254.169.254
169.254.170.2 2852039166 0xa9fea9fe 0251.0376.0251.0376 100.64.0.1 100.100.100.200 100.127.255.255 168.63.129.16
192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::ffff:10.0.0.1]
[::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::]
[2002:a9fe:a9fe::] [2001:0:7f00:1::] [2001::1] [2001:db8::1] [3fff::1] [fc00::1] [fd00:ec2::254] [fe80::1]
[fe80::1%25eth0] [fec0::1] [ff02::1] [100::1] [4000::1] [5f00::1] １２７.0.0.1 127。0。0。1 ⓛocalhost ①②⑦.0.0.1
""".split()  # noqa: SIM905 - a table, not a list

NOT_WEB = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "ftp://feeds.example/f",
    "gopher://feeds.example/",
    "data:text/xml,<rss/>",
    "javascript:alert(1)",
    "unix:/run/monitor.sock",
    "//feeds.example/f",
    "feeds.example/f",
    "",
    "http:",
    "http:///etc/passwd",
    "http://",
    "feed://feeds.example/f",
    "ws://feeds.example/",
]

CROOKED = [
    "http://user:secret@feeds.example/",
    "http://127.0.0.1\\@feeds.example/",
    "http://feeds.example\\@127.0.0.1/",
    "http://feeds.example@127.0.0.1/",
    "http://feeds.example/\r\nX: y",
    "http://feeds.example/\tx",
    "http://feeds.example/ x",
    "http://feeds.example\x00.evil.example/",
    "http://feeds.example:0/",
    "http://feeds.example:65536/",
    "http://feeds.example:-1/",
    "http://[::1/",
    "http://feeds.example./",
    "http://fe%65ds.example/",
    "http://feeds..example/",
    "http://*.example/",
]


async def never_asked(host: str, port: int) -> Sequence[str]:
    """A resolver like the system's: literals come back as they are, all else is on the public net."""
    return [host if ":" in host or host.replace(".", "").isdigit() else "93.184.215.14"]


def kinds_of_refusal(urls: Sequence[str], resolve: Resolve | None = None) -> list[str]:
    async def main() -> list[str]:
        async with web(private_networks=(), resolve=resolve) as client:
            return [(await refusal(client, url)).kind for url in urls]

    return asyncio.run(main())


def test_every_internal_address_is_refused_in_every_spelling() -> None:
    urls = [f"http://{host}/latest/meta-data/" for host in INTERNAL]
    kinds = kinds_of_refusal(urls, resolve=never_asked)
    assert kinds.count("address") == len(INTERNAL) >= 58


def test_other_schemes_are_refused() -> None:
    kinds = kinds_of_refusal(NOT_WEB)
    assert [kind in ("scheme", "address") for kind in kinds].count(True) == len(NOT_WEB)


def test_crooked_urls_are_refused_before_any_name_is_looked_up() -> None:
    kinds = kinds_of_refusal(CROOKED)
    assert kinds.count("address") == len(CROOKED)


def test_names_that_resolve_inside_are_refused() -> None:
    assert kinds_of_refusal(["http://localhost:1/"]) == ["address"]


@pytest.mark.parametrize("port", [22, 25, 53, 110, 143, 587, 3306, 5432, 6379, 11211])
def test_ports_of_other_services_are_refused_on_public_addresses(port: int) -> None:
    assert kinds_of_refusal([f"http://93.184.215.14:{port}/"]) == ["address"]


def test_the_checked_address_is_the_one_connected_to() -> None:
    """A resolver that says public first and internal next fools whoever asks it twice."""
    calls: list[str] = []

    async def main() -> None:
        async with raw({"/": answer(b"<rss/>")}) as server:
            port = int(server.url.rsplit(":", 1)[1])

            async def flip(host: str, port: int) -> Sequence[str]:
                calls.append(host)
                return ["127.0.0.1"] if len(calls) == 1 else ["127.0.0.2"]

            async with web(private_networks=["127.0.0.1/32"], resolve=flip) as client:
                await fetch(client, f"http://rebind.example:{port}/")
                assert b"Host: rebind.example:%d\r\n" % port in server.asked[0]

    asyncio.run(main())
    assert calls == ["rebind.example"]


def test_one_internal_answer_among_public_ones_refuses_the_name() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", "10.0.0.7"]

    assert kinds_of_refusal(["http://mixed.example/"], resolve=mixed) == ["address"]


def test_a_refused_address_is_never_connected_to() -> None:
    async def main() -> int:
        async with raw({"/": answer(b"<rss/>")}) as canary:
            async with web(private_networks=()) as client:
                assert (await refusal(client, canary.url + "/")).kind == "address"
            return canary.connections

    assert asyncio.run(main()) == 0


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_redirects_to_the_inside_are_refused(status: str) -> None:
    async def main() -> tuple[str, int]:
        async with raw({"/": answer(b"secret")}) as canary, raw({}) as server:
            port = canary.url.rsplit(":", 1)[1]
            server.paths["/"] = answer(b"", status, Location=f"http://127.0.0.99:{port}/")
            async with web(private_networks=["127.0.0.1/32"]) as client:
                return (await refusal(client, server.url + "/")).kind, canary.connections

    assert asyncio.run(main()) == ("address", 0)


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
