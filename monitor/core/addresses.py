"""Which IP addresses are public, private or forbidden: one list for feeds and channels. It resolves no name.

Feeds may be at public addresses and in the private networks of the configuration; channels, which the operator names,
at any address that is not forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPNetwork = IPv4Network | IPv6Network
IPAddress = IPv4Address | IPv6Address


class Reach(Enum):
    """Where an address is. FORBIDDEN: link-local, multicast, unspecified, or the metadata service of a cloud."""

    PUBLIC = "public"
    PRIVATE = "private"
    FORBIDDEN = "forbidden"


FORBIDDEN_NETWORKS: tuple[IPNetwork, ...] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/32", "169.254.0.0/16", "224.0.0.0/4", "::/128", "fe80::/10", "ff00::/8"),
        # metadata services outside the link-local networks: Alibaba, Azure (at a public address), AWS
        *("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128"),
    )
)
# IANA special-purpose registry
PRIVATE_IPV4 = (
    *map(IPv4Network, ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24")),
    *map(IPv4Network, ("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24")),
    *map(IPv4Network, ("203.0.113.0/24", "240.0.0.0/4")),
)
# An allow list of what IANA assigns: is_global of ipaddress accepts some embedded IPv4 addresses
PUBLIC_IPV6 = IPv6Network("2000::/3")
NON_PUBLIC_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")))
NAT64_PREFIX = IPv6Network("64:ff9b::/96")  # RFC 6052; the last 32 bits are an IPv4 address


def parse_address(text: str) -> IPAddress:
    """Parse an address; an IPv4-mapped one such as ::ffff:10.0.0.1 is its IPv4 address. Raises ValueError."""
    address = ip_address(text)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def classify_address(address: IPAddress) -> Reach:
    """The reach of an address that parse_address returned."""
    if any(one in network for one in (address, _translated(address)) for network in FORBIDDEN_NETWORKS):
        return Reach.FORBIDDEN
    if isinstance(address, IPv4Address):
        return Reach.PRIVATE if any(address in network for network in PRIVATE_IPV4) else Reach.PUBLIC
    assigned = address in PUBLIC_IPV6 and not any(address in network for network in NON_PUBLIC_IPV6)
    return Reach.PUBLIC if assigned and address.scope_id is None else Reach.PRIVATE


def _translated(address: IPAddress) -> IPAddress:
    """The IPv4 address that a gateway makes of an IPv6 address (6to4, NAT64); others are returned as they are."""
    if isinstance(address, IPv4Address):
        return address
    return address.sixtofour or (IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64_PREFIX else address)


def is_permitted(address: IPAddress, private_networks: Iterable[IPNetwork]) -> bool:
    """Whether one of these networks permits an address; a forbidden one only if all addresses of the network are."""
    forbidden = classify_address(address) is Reach.FORBIDDEN
    return any(address in network and (not forbidden or _is_forbidden(network)) for network in private_networks)


def _is_forbidden(network: IPNetwork) -> bool:
    return any(network[0] in forbidden and network[-1] in forbidden for forbidden in FORBIDDEN_NETWORKS)


def parse_networks(values: Iterable[str | IPNetwork]) -> tuple[IPNetwork, ...]:
    """Parse networks in CIDR notation; an IPv4-mapped one becomes its IPv4 network. Raises ValueError."""
    return tuple(_unmap_network(ip_network(value) if isinstance(value, str) else value) for value in values)


def _unmap_network(network: IPNetwork) -> IPNetwork:
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return IPv4Network((mapped, network.prefixlen - 96))
