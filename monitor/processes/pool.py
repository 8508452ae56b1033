"""The parent's half: processes that each answer one request at a time, and are killed when they take too long.

It does not know what is asked, nor whether a failure may be repeated: ProcessFailure says how far a request went.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

from monitor.processes.frames import LENGTH_PREFIX, pack_frame, pack_json

PACKAGE_PARENT = Path(__file__).parents[2]  # there `-m monitor…` finds this package, whatever the working directory
MIB = 1024 * 1024
MAX_ANSWER_BYTES = 64 * MIB  # 15 MiB of Chinese text are 30 in JSON, relative links add to it
START_TIMEOUT = 60.0  # seconds; Apprise loads in 0.3 s on an idle machine, and in many times that on a busy one
WARM_PROCESS_TIMEOUT = 1.0  # seconds to wait for a process before an extra one is started
CLOSE_TIMEOUT = 2.0  # seconds

Decode = Callable[[dict[str, Any]], Any]  # makes of each value of an answer what the caller wants to keep


class Failure(Enum):
    """Why there is no answer. The first three happen before the process has the whole request."""

    CLOSED = "the pool is closed"
    NOT_STARTED = "the process did not start"
    DIED_BEFORE = "the process ended before the request"
    DIED = "the process ended in the middle of the request"
    TOO_SLOW = "there was no answer by the deadline"
    TOO_BIG = "the answer is too big"


class ProcessFailure(Exception):
    """A request without an answer; its process was killed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.asked = failure not in (Failure.CLOSED, Failure.NOT_STARTED, Failure.DIED_BEFORE)


def worker_command(module: str, *arguments: str, options: Iterable[str] = ()) -> list[str]:
    """The command that runs a worker module with this interpreter, and options for it."""
    return [sys.executable, *options, "-m", module, *arguments]


class ProcessPool:
    """Up to `processes` processes of one command, started when first needed; `extra` more while all of them hang.

    quiet: what they write to stderr is thrown away.
    """

    def __init__(self, command: Sequence[str], processes: int, *, extra: int = 0, quiet: bool = False) -> None:
        self._command = command
        self._usual, self._limit = processes, processes + extra
        self._stderr = DEVNULL if quiet else None
        self._all: set[WorkerProcess] = set()
        self._starting = self._ending = 0
        self._idle: list[WorkerProcess] = []  # the most recently used one last, which is used first
        self._changed = asyncio.Event()
        self._closed = False

    async def fill(self) -> None:
        """Start the missing processes concurrently. Raises ProcessFailure if one does not start."""
        missing = range(self._usual - self._count)
        failures = await asyncio.gather(*(self._add() for _ in missing), return_exceptions=True)
        for failure in filter(None, failures):
            raise failure

    async def ask(self, about: dict[str, Any], body: bytes = b"", *, deadline: float, decode: Decode) -> list[Any]:
        """The decoded values of an answer, from the next free process. deadline: seconds from the request on.

        Raises ProcessFailure. Any failure also kills the process, as a late answer would be taken for the next one.
        """
        process = await self._borrow()
        try:
            async with asyncio.timeout(deadline):
                answer = await process.ask(pack_json(about) + pack_frame(body), decode)
        except BaseException as error:  # also a cancellation
            await self._kill(process)
            if isinstance(error, TimeoutError):
                raise ProcessFailure(Failure.TOO_SLOW) from error
            raise
        await self._give_back(process)
        return answer

    async def close(self) -> None:
        """Kill every process, also those in use, and wait for their end for CLOSE_TIMEOUT seconds."""
        self._closed = True
        self._changed.set()
        idle, self._idle = self._idle, []
        for process in self._all:
            process.send_kill()  # who uses it gets no answer, and waits for its end
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await asyncio.gather(*map(self._kill, idle))
                while self._count or self._ending:
                    self._changed.clear()
                    await self._changed.wait()

    async def _borrow(self) -> WorkerProcess:
        """A process that is ready; waits while all are busy."""
        allowed = self._usual
        while not self._closed:
            while self._idle:
                if (process := self._idle.pop()).alive:
                    return process
                await self._kill(process)
            if self._count < allowed:
                return await self._start()
            self._changed.clear()
            try:
                async with asyncio.timeout(WARM_PROCESS_TIMEOUT if allowed < self._limit else None):
                    await self._changed.wait()
            except TimeoutError:
                allowed = self._limit
        raise ProcessFailure(Failure.CLOSED)

    async def _give_back(self, process: WorkerProcess) -> None:
        """Take back a process that has answered; one that leaves, or that is not needed any more, is killed."""
        surplus = self._count > self._usual and self._idle
        if self._closed or surplus or process.leaving:
            await self._kill(process)
            return
        self._idle.append(process)
        self._changed.set()

    async def _kill(self, process: WorkerProcess) -> None:
        """Kill a process and wait for its end; another may take its place at once."""
        self._all.discard(process)
        self._ending += 1
        self._changed.set()
        try:
            await process.kill()
        finally:
            self._ending -= 1
            self._changed.set()

    @property
    def _count(self) -> int:
        return len(self._all) + self._starting

    async def _add(self) -> None:
        await self._give_back(await self._start())

    async def _start(self) -> WorkerProcess:
        """Start a process and wait until it is ready."""
        self._starting += 1
        try:
            process = WorkerProcess(await self._spawn())
        except OSError as error:
            raise ProcessFailure(Failure.NOT_STARTED) from error
        finally:
            self._starting -= 1
            self._changed.set()
        self._all.add(process)
        if self._closed:
            process.send_kill()
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await process.read_answer(dict)
        except BaseException as error:  # also a cancellation: it must leave no process behind
            await self._kill(process)
            if isinstance(error, (ProcessFailure, TimeoutError)):
                raise ProcessFailure(Failure.NOT_STARTED) from error
            raise
        return process

    async def _spawn(self) -> Process:
        """In a session of its own a process does not receive ^C; nothing in the current directory is imported."""
        return await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=self._stderr, start_new_session=True, cwd=PACKAGE_PARENT
        )


class WorkerProcess:
    """A running process. leaving: it takes no more requests."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process, self._stdin, self._stdout = process, process.stdin, process.stdout
        self.leaving = self._killed = False

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def ask(self, request: bytes, decode: Decode) -> list[Any]:
        """The decoded values of the answer to a request. Raises ProcessFailure."""
        self._stdin.write(request)
        if self._stdin.is_closing():  # the pipe was already closed, and took no byte
            raise ProcessFailure(Failure.DIED_BEFORE)
        try:
            await self._stdin.drain()
        except OSError as error:
            raise ProcessFailure(Failure.DIED_BEFORE) from error
        return await self.read_answer(decode)

    async def read_answer(self, decode: Decode) -> list[Any]:
        """The values of the next answer, each decoded as it arrives. Raises ProcessFailure."""
        answer: list[Any] = []
        room = MAX_ANSWER_BYTES
        try:
            while "done" not in (value := json.loads(frame := await self._read_frame(room))):
                answer.append(decode(value))
                room -= len(frame)
        except (OSError, EOFError, ValueError) as error:
            raise ProcessFailure(Failure.DIED) from error
        self.leaving = value.get("leaving", False)
        return answer

    async def _read_frame(self, room: int) -> bytes:
        (length,) = LENGTH_PREFIX.unpack(await self._stdout.readexactly(LENGTH_PREFIX.size))
        if length > room:
            raise ProcessFailure(Failure.TOO_BIG)
        return await self._stdout.readexactly(length)

    def send_kill(self) -> None:
        """Kill the process without waiting for its end."""
        if self.alive and not self._killed:  # a second signal would reap the process before asyncio does
            self._process.kill()
        self._killed = True

    async def kill(self) -> None:
        """Kill the process and wait until it has ended and its pipes are closed."""
        self.send_kill()
        self._stdin.close()
        await self._process.communicate()  # reads to the end and so closes the pipe
