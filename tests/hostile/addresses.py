"""Addresses that are not public, URLs that are none, and where redirects may try to lead.

Each stands at a bound of our own guard and in its ordinary spelling. Other spellings of the same addresses are not
listed: what decides is the address that a name resolved to (`core/addresses.py`), however it was written.
"""

from __future__ import annotations

from ipaddress import ip_network

from monitor.core.addresses import IPNetwork

# The ranges again and not the guard's own table: a row that is lost there is missed here
RANGES = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/3 ::1/128 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1 fc00::/7 fe80::/10 ff00::/8
""".split()  # noqa: SIM905 - a table, not a list
PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07::1"


def ends(network: IPNetwork) -> tuple[str, str]:
    """The first and the last address of a range."""
    return str(network[0]), str(network[-1])


INTERNAL = list(dict.fromkeys(address for text in RANGES for address in ends(ip_network(text))))

NOT_WEB = [
    "ftp://feeds.example/f",
    "feed://feeds.example/f",
    "ws://feeds.example/",
    "wss://feeds.example/",
    "mailto:news@feeds.example",
    "news:feeds.example",
    "urn:isbn:9783161484100",
    "about:blank",
    "//feeds.example/f",
    "feeds.example/f",
    "/f",
    "f",
    "",
    "http:",
    "http://",
    "https:feeds.example/f",
]

LABEL = "a" * 63  # the longest there is
CROOKED = [
    "http://user:secret@feeds.example/",
    "http://feeds.example/a b",
    "http://feeds.example/a\tb",
    "http://feeds.example/a\x01b",
    "http://feeds.example/a\x1fb",
    "http://feeds.example/a\\b",
    "http://feeds.example:0/",
    "http://feeds.example:65536/",
    "http://feeds.example:-1/",
    "http://feeds.example:x/",
    "http://[2606:2800::1/",
    "http://[feeds.example]/",
    f"http://[{PUBLIC_6}%25lan]/",
    f"http://[{PUBLIC_6}:1:2:3:4]/",
    "http://feeds.example./",
    "http://feeds..example/",
    "http://*.example/",
    "http://-feeds.example/",
    "http://93.184.215.14./",
    f"http://{LABEL}a.example/",  # 64 characters
    f"http://{'.'.join([LABEL] * 3)}.{'a' * 62}/",  # 254 characters
]
# hosts that end in a number and are no IPv4 address of four
NUMBERS = [
    "http://feeds.7/",
    "http://feeds.0x7/",
    "http://93.184.215/",
    "http://93.184.215.256/",
    "http://93.184.215.14.1/",
]
# the same bounds from within
STRAIGHT = [
    "http://feeds.example/a%20b",
    "http://feeds.example:1/",
    "http://feeds.example:65535/",
    f"http://{LABEL}.example/",
    f"http://{'.'.join([LABEL] * 3)}.{'a' * 61}/",
    "http://feeds-1.example/",
    "https://b\u00fccher.example/",
]

# names that the system's own resolver may know
NAMES = ["localhost", "LOCALHOST", "localhost.localdomain"]

INSIDE = "inside.example"  # a name that the stand-in for the resolver leads to the canary
# of redirects; {port} is the canary's
LOCATIONS = [
    "http://127.0.0.99:{port}/",
    "HTTP://127.0.0.99:{port}/",
    "//127.0.0.99:{port}/",
    f"http://{INSIDE}:{{port}}/",
    f"//{INSIDE}:{{port}}/",
    "http://10.0.0.1/",
    "http://169.254.0.1/",
    "http://192.168.255.255:8080/",
    "http://[::1]:{port}/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://user:secret@127.0.0.1:{port}/",
    "ftp://127.0.0.1/",
    "feed://127.0.0.1/",
    "mailto:news@feeds.example",
    "about:blank",
    "http://",
    "http://[",
    "http://a b/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    f"http://{LABEL}a.example/",
    "",
    "/",
    "?",
    "#x",
]
