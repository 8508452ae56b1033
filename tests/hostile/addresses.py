"""Addresses that lead inside, URLs that are none, and where redirects may try to lead."""

from __future__ import annotations

INTERNAL = """
127.0.0.1 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0177.0.0.1 0x7f.0.0.1 0x7f000001 0x7f.1 2130706433 017700000001
127.0.0.1. 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 169.254.169.254
169.254.170.2 2852039166 0xa9fea9fe 0251.0376.0251.0376 100.64.0.1 100.100.100.200 100.127.255.255 168.63.129.16
192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::ffff:10.0.0.1]
[::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::]
[2002:a9fe:a9fe::] [2001:0:7f00:1::] [2001::1] [2001:db8::1] [3fff::1] [fc00::1] [fd00:ec2::254] [fe80::1]
[fe80::1%25eth0] [fec0::1] [ff02::1] [100::1] [4000::1] [5f00::1] [fd20:ce::254] [64:ff9b:1:ffff::7f00:1]
[2001:0:4136:e378:8000:63bf:3fff:fdd2] [::ffff:0:169.254.169.254] [0:0:0:0:0:ffff:100.100.100.200] [::1%25lo] [::%31]
127.00.00.01 127.0.0.0x1 0x7F.0x0.0x0.0x1 00000177.1 127.0.0.256 4294967297 0x100000001 1.2.3 1.2.3.4.5 127..1
１２７.0.0.1 127。0。0。1 127．0．0．1 127｡0｡0｡1 ⓛocalhost ①②⑦.0.0.1 ０x7f.1 127.0.0.1%00.example 127%2e0.0.1
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
    "view-source:http://feeds.example/",
    "jar:http://feeds.example/a!/b",
    "http+unix://%2Frun%2Fmonitor.sock/",
    "https:feeds.example/f",
    "\\\\feeds.example\\f",
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
    "http://feeds.example%00/",
    "http://feeds.example%0d%0aX:y/",
    "http://-feeds.example/",
    "http://[feeds.example]/",
    "http://[::ffff:1\u0662\u0667.0.0.1]/",
    "http://[v1.fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http:\\\\feeds.example/",
    f"http://{'a' * 64}.example/",
    f"http://{'a.' * 130}example/",
]

# names that this machine, or a resolver on it, may know
NAMES = ["localhost", "LOCALHOST", "localhost.localdomain", "ip6-localhost", "a.localhost", "ip6-loopback"]

# of redirects; {port} is the canary's
LOCATIONS = [
    "http://127.0.0.99:{port}/",
    "//127.0.0.99:{port}/",
    "http://[::ffff:127.0.0.99]:{port}/",
    "http://2130706531:{port}/",
    "http://127.0.0.1@127.0.0.99:{port}/",
    "http://127.0.0.1\\@127.0.0.99:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://127.0.0.99:{port}\t/",
    "\thttp://127.0.0.99:{port}/",
    "/\t/127.0.0.99:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:{port}/_",
    "data:text/xml,<rss/>",
    "javascript:alert(1)",
    "http://",
    "http://[",
    "http://a b/",
    "http://[::ffff:1\xc52.0.0.1]/",
    "",
    "/",
    "?",
    "#x",
]
