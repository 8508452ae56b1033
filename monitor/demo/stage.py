"""An HTTP server on loopback that serves the sample feeds and receives the alerts."""

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
    """Serves feeds at /feeds/NAME and takes alerts at /alerts; `posts` are the alerts that were received."""

    daemon_threads = True

    def __init__(self, feeds: list[DemoFeed], now: datetime) -> None:
        super().__init__(("127.0.0.1", 0), DemoRequest)
        self.feeds = {feed.name: feed for feed in feeds}
        self.posts: list[dict[str, Any]] = []
        self.switch_round(now, second=False)

    def switch_round(self, now: datetime, *, second: bool) -> None:
        """Replace the documents of all feeds by those of a round."""
        self.pages = {name: feed.document(now, second=second) for name, feed in self.feeds.items()}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def channel(self) -> str:
        """The URL of the alert receiver as a channel in rules.toml."""
        return f"json://127.0.0.1:{self.server_address[1]}/alerts"


class DemoRequest(BaseHTTPRequestHandler):
    """Answers one request to the server."""

    server: DemoServer

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.removeprefix("/feeds/"))
        if page is None:
            self.send_error(404)
            return
        kind, body = page
        self.reply(200, kind, body)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.posts.append(json.loads(raw))
        self.reply(200, "text/plain", b"ok")

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the demo prints its own messages."""


@contextmanager
def serve_demo(feeds: list[DemoFeed], now: datetime) -> Iterator[DemoServer]:
    """A server that runs until the block ends."""
    with DemoServer(feeds, now) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
