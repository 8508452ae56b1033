"""A WebSub hub and an rssCloud: they take subscriptions, ask back in their own time, and push what they are given."""

from __future__ import annotations

import hmac
import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.peers.ledger import Ledger
from tests.peers.server import Request, Response, Server

CHALLENGE = "a challenge with spaces & signs: 42%"


@dataclass(frozen=True)
class Asked:
    """A form that came in: where to, and what it said."""

    path: str
    form: Mapping[str, str]
    method: str = "POST"


@dataclass(frozen=True)
class Answered:
    """What a subscriber answered to a verification or a delivery."""

    status: int
    text: str
    content_type: str


class Hub(Server):
    """Grants everything until told otherwise. Addresses: `hub` (WebSub), `cloud` (rssCloud), `moved(status)`."""

    def __init__(self) -> None:
        super().__init__()
        self.lease: str | None = None  # granted; None: what was asked for
        self.reason: str | None = None  # denies with it
        self.silent = False  # takes requests and never asks back
        self.first = False  # asks back before it answers
        self.refuses: Response | None = None
        self._asked: Ledger[Asked] = Ledger()
        self._verified: Ledger[Answered] = Ledger()
        self._threads: list[threading.Thread] = []

    @property
    def hub(self) -> str:
        return self.url + "/hub"

    @property
    def cloud(self) -> str:
        return self.url + "/cloud"

    def moved(self, status: int) -> str:
        """An address that redirects to the hub."""
        return f"{self.url}/moved/{status}"

    @property
    def asked(self) -> list[Asked]:
        """Every form so far, those that were redirected too."""
        return self._asked.all()

    def wait_asked(self, n: int, timeout: float = 10.0) -> list[Asked]:
        return self._asked.wait(n, timeout)

    def wait_verified(self, n: int, timeout: float = 10.0) -> list[Answered]:
        """The answers to verifications, once there are n; what they changed is stored by then."""
        return self._verified.wait(n, timeout)

    def respond(self, request: Request) -> Response | None:
        form = dict(parse_qsl(request.body.decode()))
        self._asked.add(Asked(request.path, form, request.method))
        if request.path.startswith("/moved/"):
            return Response(int(request.path.rpartition("/")[2]), b"", (("Location", "/hub"),))
        if self.refuses is not None:
            return self.refuses
        if request.path == "/cloud":
            return self._register(form)
        if not self.silent:
            thread = threading.Thread(target=self._ask_back, args=(form,))
            self._threads.append(thread)
            thread.start()
            if self.first:
                thread.join()
        return Response(202)

    def _ask_back(self, form: Mapping[str, str]) -> None:
        """As 5.3 of the recommendation has it, or 5.2 where the hub says no."""
        query = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"]}
        if self.reason is not None:
            query |= {"hub.mode": "denied", "hub.reason": self.reason}
        else:
            query["hub.challenge"] = CHALLENGE
            if form["hub.mode"] == "subscribe":
                query["hub.lease_seconds"] = self.lease or form["hub.lease_seconds"]
        self._verified.add(self.verify(form["hub.callback"], query))

    def _register(self, form: Mapping[str, str]) -> Response:
        """The walkthrough: a registration for another domain is asked back at once."""
        callback = f"http://{form['domain']}:{form['port']}{form['path']}"
        answered = self.verify(callback, {"url": form["url1"], "challenge": CHALLENGE})
        self._verified.add(answered)
        fine = answered.status == 200 and answered.text == CHALLENGE
        return Response(200, f'<notifyResult success="{str(fine).lower()}" msg="-" />'.encode())

    def verify(self, callback: str, query: Mapping[str, str]) -> Answered:
        """GET a callback, which may carry a query of its own."""
        joint = "&" if "?" in callback else "?"
        return call("GET", callback + joint + urlencode(query))

    def push(
        self,
        form: Mapping[str, str],
        body: bytes,
        *,
        secret: str | None = None,
        algorithm: str = "sha256",
        signed: bool = True,
        content_type: str = "application/rss+xml",
    ) -> Answered:
        """Deliver a body to whoever sent the form; secret: sign with another one than theirs."""
        headers = {"Content-Type": content_type, "Link": f'<{self.hub}>; rel="hub", <{form["hub.topic"]}>; rel="self"'}
        if signed:
            key = (secret or form["hub.secret"]).encode()
            headers["X-Hub-Signature"] = f"{algorithm}={hmac.new(key, body, algorithm).hexdigest()}"
        return call("POST", form["hub.callback"], body, headers)

    def ping(self, form: Mapping[str, str], url: str) -> Answered:
        """rssCloud's news: that something changed, and not what."""
        callback = f"http://{form['domain']}:{form['port']}{form['path']}"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return call("POST", callback, urlencode({"url": url}).encode(), kind)

    def close(self) -> None:
        super().close()
        for thread in self._threads:
            thread.join()


def call(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answered:
    """One request of its own connection."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body if method == "POST" else None, dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read().decode()
        return Answered(answer.status, text, answer.getheader("Content-Type", ""))
    finally:
        connection.close()
