"""Families about addresses and servers: each tries its payloads with the real client and a canary that listens."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from monitor.config.load import load_rules
from monitor.core.errors import FetchError
from monitor.core.model.polling import Page
from monitor.fetch.guard import MAX_DNS_ANSWERS
from monitor.fetch.limits import Limits
from monitor.resolver import ResolveHost
from tests.fetch.raw_server import QUICK, Raw, Say, answer, fetch, raw, refusal, web
from tests.hostile.addresses import (
    CROOKED,
    INSIDE,
    INTERNAL,
    LOCATIONS,
    NAMES,
    NOT_WEB,
    NUMBERS,
    PUBLIC,
    PUBLIC_6,
    STRAIGHT,
)
from tests.hostile.answers import ANSWERS as ANSWERS_OF_SERVERS
from tests.hostile.answers import PATIENT, READ, TIGHT, Payload
from tests.hostile.trials import Trial, tried, unlike

FOLLOWED = 5  # redirects, as DESIGN.md has it
STATUSES = ("301 M", "302 F", "303 S", "307 T", "308 P")
SECRETS = (b"cookie", b"authorization", b"referer", b"secret")


async def outside(host: str, port: int) -> Sequence[str]:
    """A resolver like the system's: literals come back as they are, all else is on the public net."""
    return [host if ":" in host or host.replace(".", "").isdigit() else PUBLIC]


async def attempt(url: str, kinds: Sequence[str], canary: Raw, resolve: ResolveHost | None = None) -> str:
    """Fetch with nothing private allowed: refused as one of these kinds, and nobody was connected to."""
    async with web(private_networks=(), resolve=resolve) as client:
        try:
            await fetch(client, url)
        except FetchError as error:
            got = error.kind if error.kind not in kinds else ""
            return got or ("the canary was connected to" if canary.connections else "")
    return "it was fetched"


async def addresses() -> list[Trial]:
    """T1: whatever leads inside is refused before a connection; what is allowed leads to that address alone.

    Each address is tried as it is written and behind a name: the address decides and not how it was found.
    """
    async with raw({"/": answer(b"<rss/>")}) as canary:
        port = canary.url.rpartition(":")[2]
        trials = []
        for address in INTERNAL:
            url = f"http://{f'[{address}]' if ':' in address else address}:{port}/"
            trials.append(await tried(address, partial(attempt, url, ("address",), canary, outside)))
            trials.append(await tried(f"a name of {address}", partial(resolved, [address], "address", canary)))
        for name in NAMES:
            url = f"http://{name}:{port}/"
            trials.append(await tried(name, partial(attempt, url, ("address", "dns"), canary)))

        async def control(host: str) -> str:
            async def loopback(host: str, port: int) -> Sequence[str]:
                return ["127.0.0.1"]

            async with web(private_networks=["127.0.0.1/32"], resolve=loopback) as client:
                await fetch(client, f"http://{host}:{port}/")
            return ""

        for host in ("127.0.0.1", "feeds.example"):
            trials.append(await tried(f"control {host}", partial(control, host)))
        trials.append(await tried("controls connected", partial(said, unlike(canary.connections, 2))))
    return trials


async def said(failure: str) -> str:
    """A failure that is known already."""
    return failure


async def redirects() -> list[Trial]:
    """T1, T5: a redirect is guarded like the first request, carries nothing, and ends."""
    trials = []
    async with raw({"/": answer(b"secret")}) as canary:
        port = canary.url.rpartition(":")[2]
        for status in STATUSES:
            for location in LOCATIONS:
                name = f"{status[:3]} to {location!r}"
                trials.append(await tried(name, partial(hop, status, location.format(port=port), canary)))
        for before in range(1, FOLLOWED):
            trials.append(await tried(f"inside after {before} good hops", partial(later, before, port, canary)))
    for hops in (FOLLOWED, FOLLOWED + 1):
        trials.append(await tried(f"{hops} hops", partial(chain, hops)))
    trials.append(await tried("nothing is shown to a second server", shown))
    return trials


async def inward(host: str, port: int) -> Sequence[str]:
    """A resolver that leads one name to the canary."""
    return ["127.0.0.99"] if host == INSIDE else [host]


async def hop(status: str, location: str, canary: Raw) -> str:
    """One redirect to where it should not lead. httpx reads a Location, too: what it cannot read is a bad protocol."""
    async with raw({path: answer(b"", status, Location=location) for path in ("/", "/?")}) as server:
        async with web(private_networks=["127.0.0.1/32"], resolve=inward) as client:
            kind = (await refusal(client, server.url + "/")).kind
        wrong = kind if kind not in ("address", "scheme", "redirect", "protocol") else ""
        wrong = wrong or ("it went round and round" if len(server.asked) > QUICK.redirects + 1 else "")
    return wrong or ("the canary was connected to" if canary.connections else "")


async def later(before: int, port: str, canary: Raw) -> str:
    """Some redirects that are fine, and one to the canary: each hop is looked at."""
    paths = {f"/{n}": answer(b"", "302 F", Location=f"/{n + 1}") for n in range(before)}
    last = answer(b"", "302 F", Location=f"http://{INSIDE}:{port}/")
    async with raw({**paths, f"/{before}": last}) as server:
        async with web(private_networks=["127.0.0.1/32"], resolve=inward) as client:
            kind = (await refusal(client, server.url + "/0")).kind
        wrong = unlike((kind, len(server.asked)), ("address", before + 1))
    return wrong or ("the canary was connected to" if canary.connections else "")


async def chain(hops: int) -> str:
    """A chain of as many redirects as are followed is followed, and one of one more is not."""
    paths = {f"/{n}": answer(b"", "302 F", Location=f"/{n + 1}") for n in range(hops)}
    async with raw({**paths, f"/{hops}": answer(b"<rss/>")}) as server, web() as client:
        if hops <= FOLLOWED:
            await fetch(client, server.url + "/0")
            return unlike(len(server.asked), hops + 1)
        return unlike(((await refusal(client, server.url + "/0")).kind, len(server.asked)), ("redirect", hops))


async def shown() -> str:
    """Two servers; the first sets a cookie, asks for a login and sends on."""
    async with raw({"/": answer(b"<rss/>")}) as second, raw({}) as first, web() as client:
        first.paths["/"] = answer(b"", "302 F", Location=second.url, Set_Cookie="a=secret", WWW_Authenticate="Basic")
        for _ in range(2):
            await fetch(client, first.url + "/")
        heads = b"".join([*first.asked, *second.asked]).lower()
    return ", ".join(word.decode() for word in SECRETS if word in heads)


async def resolvers() -> list[Trial]:
    """T2: one bad answer refuses the name; the checked address is the one connected to, and nobody asks twice."""
    many = [f"{PUBLIC[:-2]}{n}" for n in range(MAX_DNS_ANSWERS)]  # as many as are looked at
    answers: dict[str, tuple[list[str], str]] = {
        "mixed": ([PUBLIC, "10.0.0.7"], "address"),
        "mixed, the private one first": (["10.0.0.7", PUBLIC], "address"),
        "mixed families": ([PUBLIC, "fd00::7"], "address"),
        "mixed families, IPv6 first": ([PUBLIC_6, "10.0.0.7"], "address"),
        "link-local with its interface": (["fe80::1%eth0"], "address"),
        "a public one with an interface": ([f"{PUBLIC_6}%eth0"], "address"),
        "none": ([], "dns"),
        "a name": (["feeds.example"], "dns"),
        "three numbers": (["93.184.215"], "dns"),
        "the last of those that are looked at": ([*many[1:], "10.0.0.7"], "address"),
    }
    trials = []
    async with raw({"/": answer(b"<rss/>")}) as canary:
        for name, (answered, kind) in answers.items():
            trials.append(await tried(name, partial(resolved, answered, kind, canary)))
    trials.append(await tried("another answer at the next question", flipped))
    return trials


async def resolved(answers: Sequence[str], kind: str, canary: Raw) -> str:
    """A name with these answers, at the canary's port."""
    calls: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        calls.append(host)
        return answers

    wrong = await attempt(f"http://feeds.example:{canary.url.rpartition(':')[2]}/", (kind,), canary, resolve)
    return wrong or unlike(len(calls), 1)


async def flipped() -> str:
    """The address that was looked at is the one connected to: a name is resolved once for a connection."""
    calls: list[str] = []

    async def flip(host: str, port: int) -> Sequence[str]:
        calls.append(host)
        return ["127.0.0.1"] if len(calls) == 1 else ["127.0.0.2"]

    async with raw({"/": answer(b"<rss/>")}) as server, web(private_networks=["127.0.0.1/32"], resolve=flip) as client:
        await fetch(client, f"http://feeds.example:{server.url.rpartition(':')[2]}/")
    return unlike(calls, ["feeds.example"])


async def schemes() -> list[Trial]:
    """T3: what is no web address is refused when rules are read, and when it is fetched all the same."""
    trials = []
    async with raw({}) as canary:
        for url in (*NOT_WEB, *CROOKED, *NUMBERS):
            trials.append(await tried(f"fetch {url!r}", partial(attempt, url, ("scheme", "address"), canary)))
    for url in (*NOT_WEB, *CROOKED, *NUMBERS):
        trials.append(await tried(f"rules {url!r}", partial(said, "" if refused(url) else "it was accepted")))
    for url in STRAIGHT:
        trials.append(await tried(f"rules {url!r}", partial(said, "it was refused" if refused(url) else "")))
    return trials


def refused(url: str) -> bool:
    """Whether rules with this feed are told to be wrong, and the feed is left out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(f'[watch]\nH200 = "H200"\n[feeds]\nx = {json.dumps(url)}\n', encoding="utf-8")
        loaded = load_rules(path, environ={})
    codes = {problem.code for problem in loaded.problems}
    return bool(codes & {"bad-url", "empty"}) and not (loaded.settings and loaded.settings.sources)


@contextmanager
def surroundings(proxy: str) -> Iterator[Mapping[str, str]]:
    """An environment that would send everything elsewhere, with logins for everybody."""
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / ".netrc").write_text("default login me password secret\n")
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        more = {"HOME": home, "NETRC": f"{home}/.netrc", "SSL_CERT_FILE": f"{home}/none.pem", "NO_PROXY": ""}
        with patch.dict(os.environ, {**dict.fromkeys(names, proxy), **more}):
            yield os.environ


async def environment() -> list[Trial]:
    """T4: no variable and no file of the user's sends a request elsewhere or a login along."""

    async def direct() -> str:
        async with raw({"/": answer(b"<rss/>")}) as proxy, raw({"/": answer(b"<rss/>")}) as server:
            with surroundings(proxy.url):
                async with web() as client:
                    page = await fetch(client, server.url + "/")
            leaked = [word for word in SECRETS if word in server.asked[0].lower()]
            return unlike((isinstance(page, Page), proxy.connections, leaked), (True, 0, []))

    return [await tried("proxies, a netrc and a certificate file", direct)]


async def bodies(payloads: Mapping[str, Payload] = ANSWERS_OF_SERVERS, limits: Limits = PATIENT) -> list[Trial]:
    """T6: every answer ends, in time and within its memory, and the next one is read."""
    return [await tried(name, partial(ended, say, kind, limits)) for name, (say, kind) in payloads.items()]


async def ended(say: bytes | Say, kind: str, limits: Limits) -> str:
    """One answer, refused as it must be or read, and a good one after it."""
    limits = TIGHT if kind == "timeout" else limits
    async with raw({"/": say, "/good": answer(b"<rss/>")}) as server, web(limits) as client:
        try:
            await fetch(client, server.url + "/")
            got = READ
        except FetchError as error:
            got = error.kind
        await fetch(client, server.url + "/good")
    return unlike(got, kind)
