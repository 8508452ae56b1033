"""One sender process as the parent sees it: start, ask, kill."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[2]
START_LIMIT = 60.0  # seconds; loading Apprise takes 0.3 s on an idle machine and many times that on a starved one


class Lost(Exception):
    """The process died or fell silent; asked: it may have begun to send."""

    def __init__(self, message: str, *, asked: bool) -> None:
        super().__init__(message)
        self.asked = asked


class Sender:
    """A running sender process; it takes one message at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, worker: Path = WORKER) -> Sender:
        """A process that begins to load Apprise; `ready` waits until it has.

        It runs in the folder of this very package, so nothing in the current one is imported; a session of its own
        keeps ^C in a terminal from it.
        """
        command = ["-m", "monitor.channels.apprise.send_worker"] if worker == WORKER else ["-P", str(worker)]
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, cwd=ROOT
            )
        )

    async def ready(self) -> None:
        """Returns once it can send; Lost if it does not come up."""
        try:
            async with asyncio.timeout(START_LIMIT):
                await self._read()
        except (TimeoutError, OSError, EOFError) as error:
            raise Lost("the sender process did not start", asked=False) from error

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The evidence of one send. After a Lost or a cancellation the process must be killed."""
        try:
            await self._write(request)
        except OSError as error:
            raise Lost("the sender process died before the message", asked=False) from error
        try:
            async with asyncio.timeout(deadline):
                return await self._read()
        except TimeoutError as error:
            raise Lost(f"no answer within {deadline:g} s; the message may have arrived", asked=True) from error
        except (OSError, EOFError) as error:
            raise Lost("the sender process died while sending; the message may have arrived", asked=True) from error

    async def kill(self) -> None:
        """Ends the process and leaves nothing of it behind."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _write(self, frame: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps(frame).encode()
        self._process.stdin.write(struct.pack(">I", len(body)) + body)
        await self._process.stdin.drain()

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        (length,) = struct.unpack(">I", await self._process.stdout.readexactly(4))
        frame: dict[str, Any] = json.loads(await self._process.stdout.readexactly(length))
        return frame
