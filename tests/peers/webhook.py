"""A webhook receiver that keeps every POST and answers as it was told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from tests.peers.ledger import Ledger
from tests.peers.server import Request, Response, Server


@dataclass(frozen=True)
class Post:
    """One POST as it arrived; json is None where the body is not JSON."""

    path: str
    headers: Message
    body: bytes
    json: Any
    answered: int | None = 200  # the status; None: the line was cut


@dataclass(frozen=True)
class _Answer:
    response: Response | None
    held: bool = False
    late: float = 0.0


class Webhook(Server):
    """Answers 200 "ok" until told otherwise; answers given by `answer` are used up one POST each."""

    def __init__(self) -> None:
        super().__init__()
        self._posts: Ledger[Post] = Ledger()
        self._gets: Ledger[Request] = Ledger()
        self._script: deque[_Answer] = deque()
        self._default = _Answer(Response(200, b"ok"))
        self._guard = threading.Lock()
        self._released = threading.Event()

    def answer(
        self,
        status: int = 200,
        body: bytes | str = b"ok",
        *,
        retry_after: str | float | None = None,
        headers: Mapping[str, str] | None = None,
        held: bool = False,
        cut: bool = False,
        late: float = 0.0,
        drip: float = 0.0,
        times: int | None = 1,
    ) -> None:
        """The answer to the next POSTs; times=None: to all from now on.

        held: only after release() (or never, if the server closes) · cut: hang up after reading · late: seconds
        · drip: seconds between the bytes of an answer that never ends.
        """
        raw = body.encode() if isinstance(body, str) else body
        extra = dict(headers or {})
        if retry_after is not None:
            extra["Retry-After"] = str(retry_after)
        answer = _Answer(None if cut else Response(status, raw, tuple(extra.items()), drip), held, late)
        with self._guard:
            if times is None:
                self._default = answer
                self._script.clear()
            else:
                self._script.extend([answer] * times)

    def release(self) -> None:
        """Lets every held answer go, those to come as well."""
        self._released.set()

    @property
    def posts(self) -> list[Post]:
        """Every POST so far, in order of arrival; one that was cut or held is among them."""
        return self._posts.all()

    @property
    def others(self) -> list[Request]:
        """Requests that were not POSTs, such as the GET that follows a redirect."""
        return self._gets.all()

    def wait(self, n: int, timeout: float = 10.0) -> list[Post]:
        """The POSTs so far, once there are n of them."""
        return self._posts.wait(n, timeout)

    @property
    def apprise_url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"

    def respond(self, request: Request) -> Response | None:
        if request.method != "POST":
            self._gets.add(request)
            return Response(200, b"ok")
        with self._guard:
            answer = self._script.popleft() if self._script else self._default
        status = answer.response.status if answer.response else None
        self._posts.add(Post(request.path, request.headers, request.body, _json(request.body), status))
        if answer.held:
            self._released.wait()
        if answer.late:
            self.closing.wait(answer.late)
        return None if self.closing.is_set() else answer.response

    def close(self) -> None:
        self.closing.set()
        self._released.set()
        super().close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
