"""A mail server that keeps every mail and answers RCPT and DATA as it was told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP

from tests.peers.ledger import Ledger

CUT = "cut"  # hang up instead of answering
HOLD = "hold"  # never answer


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived: the envelope, the bytes, and the parsed message."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes = field(repr=False)
    message: EmailMessage
    answered: str = ""  # the reply to its DATA, or CUT

    @property
    def text(self) -> str:
        """The plain text part, with plain newlines."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class Mailbox:
    """An SMTP server without TLS or login on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        self.port = 0
        self._mails: Ledger[Mail] = Ledger()
        self._script: defaultdict[str, deque[str]] = defaultdict(deque)
        self._sessions: list[SMTP] = []
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="Mailbox")

    def reply(self, command: str, line: str, *, times: int = 1) -> None:
        """What the next RCPTs or DATAs are answered: "451 4.3.0 later", CUT or HOLD."""
        self._script[command].extend([line] * times)

    def accept(self) -> None:
        """Forget the scripted replies: everything is taken from now on."""
        self._script.clear()

    @property
    def mails(self) -> list[Mail]:
        """Every mail whose DATA was read to its end, in order of arrival, accepted or not."""
        return self._mails.all()

    def wait(self, n: int, timeout: float = 10.0) -> list[Mail]:
        """The mails so far, once there are n of them."""
        return self._mails.wait(n, timeout)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def apprise_url(self) -> str:
        return self.apprise_url_for("reader@example.org")

    def apprise_url_for(self, recipient: str) -> str:
        return f"mailto://127.0.0.1:{self.port}?mode=insecure&from=monitor@example.org&to={recipient}"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = await self._said(self._next("RCPT"), server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        line = self._next("DATA")
        self._mails.add(Mail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, parsed, line))
        return await self._said(line, server)

    def _next(self, command: str) -> str:
        return self._script[command].popleft() if self._script[command] else "250 OK"

    async def _said(self, line: str, server: SMTP) -> str:
        if line == CUT:
            _hang_up(server)
        if line in (CUT, HOLD):
            await self._stop.wait()
        return line

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _session(self) -> SMTP:
        self._sessions.append(SMTP(self, hostname="mailbox.test", loop=self._loop, enable_SMTPUTF8=True))
        return self._sessions[-1]

    async def _serve(self) -> None:
        server = await self._loop.create_server(self._session, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for session in self._sessions:
            _hang_up(session)
        await server.wait_closed()
        leftover = asyncio.all_tasks() - {asyncio.current_task()}
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)

    def close(self) -> None:
        """Cuts every session and waits for the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def _hang_up(session: SMTP) -> None:
    if session.transport is not None:
        session.transport.close()
