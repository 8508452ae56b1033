"""The stage: one HTTP server on loopback that serves the sample feeds and takes the alerts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monitor.demo.newsroom import DemoFeed


class DemoServer(ThreadingHTTPServer):
    """Feeds at /feeds/NAME, alerts to /alerts. `turn` is the hour it plays, `posts` are the alerts that came."""

    daemon_threads = True

    def __init__(self, feeds: list[DemoFeed], now: datetime) -> None:
        super().__init__(("127.0.0.1", 0), DemoRequestHandler)
        self.feeds = {feed.name: feed for feed in feeds}
        self.posts: list[dict[str, Any]] = []
        self.switch_round(now, second=False)

    def switch_round(self, now: datetime, *, second: bool) -> None:
        """Play another hour: all feeds change at once."""
        self.pages = {name: feed.document(now, second=second) for name, feed in self.feeds.items()}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def channel(self) -> str:
        """The receiver as rules.toml names it."""
        return f"json://127.0.0.1:{self.server_address[1]}/alerts"


class DemoRequestHandler(BaseHTTPRequestHandler):
    """One request."""

    server: DemoServer

    def do_GET(self) -> None:
        """Serve a feed."""
        page = self.server.pages.get(self.path.removeprefix("/feeds/"))
        if page is None:
            self.send_error(404)
            return
        kind, body = page
        self.reply(200, kind, body)

    def do_POST(self) -> None:
        """Take an alert."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.posts.append(json.loads(raw))
        self.reply(200, "text/plain", b"ok")

    def reply(self, status: int, kind: str, body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the demo has its own words."""


@contextmanager
def serve_demo(feeds: list[DemoFeed], now: datetime) -> Iterator[DemoServer]:
    """A stage that plays until the block ends."""
    with DemoServer(feeds, now) as stage:
        thread = threading.Thread(target=stage.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield stage
        finally:
            stage.shutdown()
            thread.join()
