"""A feed server: documents by path, strong ETags, conditional requests, and a log of who asked for what."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from tests.peers.ledger import Ledger
from tests.peers.server import Request, Response, Server


@dataclass(frozen=True)
class _Document:
    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    etag: str | None
    held: bool


class FeedServer(Server):
    """Serves what was put; every other path is a 404."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: dict[str, _Document] = {}
        self._guard = threading.Lock()
        self._log: Ledger[Request] = Ledger()
        self._released = threading.Event()

    def put(
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str = "application/rss+xml; charset=utf-8",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        etag: bool = True,
        held: bool = False,
    ) -> str:
        """Serves body under path from now on and returns its full URL; held: only after release()."""
        raw = body.encode() if isinstance(body, str) else body
        tag = f'"{hashlib.sha256(raw).hexdigest()[:20]}"' if etag and status == 200 else None
        extra = {"Content-Type": content_type, **(headers or {})}
        if tag:
            extra.setdefault("ETag", tag)
        with self._guard:
            self._documents[path] = _Document(raw, status, tuple(extra.items()), tag and extra["ETag"], held)
        return self.url + path

    def remove(self, path: str) -> None:
        with self._guard:
            self._documents.pop(path, None)

    def release(self) -> None:
        """Lets every held answer go, those to come as well."""
        self._released.set()

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in order of arrival."""
        return self._log.all()

    def wait(self, n: int, timeout: float = 10.0) -> list[Request]:
        """The requests so far, once there are n of them."""
        return self._log.wait(n, timeout)

    def respond(self, request: Request) -> Response | None:
        self._log.add(request)
        with self._guard:
            document = self._documents.get(request.path)
        if document is None:
            return Response(404, b"not here")
        if document.held:
            self._released.wait()
            if self.closing.is_set():
                return None
        if document.etag and request.headers.get("If-None-Match") == document.etag:
            return Response(304, b"", (("ETag", document.etag),))
        return Response(document.status, document.body, document.headers)

    def close(self) -> None:
        self.closing.set()
        self._released.set()
        super().close()
