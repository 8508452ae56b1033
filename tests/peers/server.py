"""A threaded HTTP server on a free loopback port that closes at once, whatever its clients do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request as it came: headers look up case-insensitively."""

    method: str
    path: str
    headers: Message
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """What to answer; None instead of a Response cuts the connection without an answer."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drip: float = 0.0  # seconds between two bytes of a body that never ends


class Server:
    """Base of the HTTP peers: they say what to answer in `respond`, which runs in the request's own thread."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name=type(self).__name__)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def respond(self, request: Request) -> Response | None:
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of every client and waits for every thread."""
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.cut_clients()
        self._http.server_close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() joins them

    def __init__(self, peer: Server) -> None:
        self.peer = peer
        self._clients: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._clients.discard(request)
        super().shutdown_request(request)

    def cut_clients(self) -> None:
        with self._guard:
            for client in self._clients:
                with suppress(OSError):  # it was closed by the other side
                    client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests: nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        response = self.server.peer.respond(Request(self.command, self.path, self.headers, body))
        if response is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if (
            not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in response.headers)
            and not response.drip
        ):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        while response.drip and not self.server.peer.closing.wait(response.drip):
            self.wfile.write(b".")
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_POST = do_HEAD = do_PUT = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing."""
