"""A pool of sender processes: some kept warm, up to EXTRA_PROCESSES more while those hang."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

WORKER_FILE = Path(__file__).with_name("send_worker.py")
PACKAGE_PARENT = Path(__file__).parents[3]  # there `-m monitor…` finds this package, whatever the working directory
START_TIMEOUT = 60.0  # seconds; loading Apprise takes 0.3 s on an idle machine, and many times that on a busy one


class SenderLost(Exception):
    """The process died or did not answer in time; asked: it may have begun to send."""

    def __init__(self, message: str, *, asked: bool) -> None:
        super().__init__(message)
        self.may_have_sent = asked


class SenderProcess:
    """A running sender process; it sends one message at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, worker: Path = WORKER_FILE) -> SenderProcess:
        """Start a process that loads Apprise; wait_until_ready() waits for it.

        Its working directory is that of this package, so that nothing in the current directory is imported. In a
        session of its own it does not receive ^C from a terminal.
        """
        command = ["-m", "monitor.channels.apprise.send_worker"] if worker == WORKER_FILE else ["-P", str(worker)]
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,
                cwd=PACKAGE_PARENT,
            )
        )

    async def wait_until_ready(self) -> None:
        """Return when the process can send. Raises SenderLost if it does not start."""
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._read()
        except (TimeoutError, OSError, EOFError) as error:
            raise SenderLost("the sender process did not start", asked=False) from error

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def request(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The evidence of one send. After SenderLost or a cancellation the process must be killed."""
        try:
            await self._write(request)
        except OSError as error:
            raise SenderLost("the sender process died before the message", asked=False) from error
        try:
            async with asyncio.timeout(deadline):
                return await self._read()
        except TimeoutError as error:
            raise SenderLost(f"no answer within {deadline:g} s; the message may have arrived", asked=True) from error
        except (OSError, EOFError) as error:
            raise SenderLost(
                "the sender process died while sending; the message may have arrived", asked=True
            ) from error

    async def kill(self) -> None:
        """Kill the process and wait for its end."""
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


EXTRA_PROCESSES = 2  # processes beyond the usual number while all of those hang
WARM_PROCESS_TIMEOUT = 1.0  # seconds to wait for a warm process before an extra one is started
CLOSE_TIMEOUT = 2.0  # seconds


class SenderPool:
    """Lends sender processes; the borrower gives each back or kills it."""

    def __init__(self, processes: int, worker: Path = WORKER_FILE) -> None:
        self._worker = worker
        self._usual = processes
        self._limit = processes + EXTRA_PROCESSES
        self._all: set[SenderProcess] = set()
        self._starting = 0
        self._idle: list[SenderProcess] = []
        self._freed = asyncio.Event()
        self._closed = False

    async def fill(self) -> None:
        """Start the missing processes concurrently. Raises SenderLost if one does not start."""
        missing = range(self._usual - self._count)
        failures = await asyncio.gather(*(self._add() for _ in missing), return_exceptions=True)
        for failure in filter(None, failures):
            raise failure

    async def borrow(self) -> SenderProcess:
        """A process that is ready to send; waits while all are busy."""
        allowed = self._usual
        while not self._closed:
            while self._idle:
                sender = self._idle.pop()
                if sender.alive:
                    return sender
                await self.kill(sender)
            if self._count < allowed:
                return await self._start()
            self._freed.clear()
            try:
                async with asyncio.timeout(WARM_PROCESS_TIMEOUT if allowed < self._limit else None):
                    await self._freed.wait()
            except TimeoutError:
                allowed = self._limit
        raise SenderLost("the program is stopping", asked=False)

    async def give_back(self, sender: SenderProcess) -> None:
        """Take back a process that has answered; a surplus one is killed."""
        surplus = self._count > self._usual and self._idle
        if self._closed or surplus or not sender.alive:
            await self.kill(sender)
            return
        self._idle.append(sender)
        self._freed.set()

    async def kill(self, sender: SenderProcess) -> None:
        """Kill a process that hangs, has died or is no longer needed."""
        self._all.discard(sender)
        self._freed.set()
        await sender.kill()

    async def close(self) -> None:
        """Kill every process, also those that are sending, within CLOSE_TIMEOUT seconds."""
        self._closed = True
        self._freed.set()
        self._idle.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await asyncio.gather(*(sender.kill() for sender in self._all))
        self._all.clear()

    @property
    def _count(self) -> int:
        return len(self._all) + self._starting

    async def _add(self) -> None:
        await self.give_back(await self._start())

    async def _start(self) -> SenderProcess:
        self._starting += 1
        try:
            sender = await SenderProcess.spawn(self._worker)
        except OSError as error:
            raise SenderLost("no sender process can be started", asked=False) from error
        finally:
            self._starting -= 1
        self._all.add(sender)
        try:
            await sender.wait_until_ready()
        except BaseException:  # also a cancellation: it must leave no process behind
            await self.kill(sender)
            raise
        return sender
