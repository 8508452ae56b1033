"""The sender processes: a few kept warm, an extra one while others hang, never more than a bound."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from monitor.notify.sender import WORKER, Lost, Sender

EXTRA = 2  # processes beyond the usual number while all of those hang
PATIENCE = 1.0  # seconds to wait for a warm process before an extra one is started
CLOSING = 2.0  # seconds


class Pool:
    """Lends out sender processes; whoever borrows one gives it back or has it killed."""

    def __init__(self, processes: int, worker: Path = WORKER) -> None:
        self._worker = worker
        self._usual = processes
        self._most = processes + EXTRA
        self._all: set[Sender] = set()
        self._starting = 0
        self._idle: list[Sender] = []
        self._freed = asyncio.Event()
        self._closed = False

    async def fill(self) -> None:
        """Starts what is missing of the usual number, all at once; Lost if one does not start."""
        missing = range(self._usual - self._count)
        failures = await asyncio.gather(*(self._add() for _ in missing), return_exceptions=True)
        for failure in filter(None, failures):
            raise failure

    async def borrow(self) -> Sender:
        """A process that is ready to send; waits while the bound is reached."""
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
                async with asyncio.timeout(PATIENCE if allowed < self._most else None):
                    await self._freed.wait()
            except TimeoutError:
                allowed = self._most
        raise Lost("the program is stopping", asked=False)

    async def give_back(self, sender: Sender) -> None:
        """Takes a process back that has answered; one too many is ended."""
        surplus = self._count > self._usual and self._idle
        if self._closed or surplus or not sender.alive:
            await self.kill(sender)
            return
        self._idle.append(sender)
        self._freed.set()

    async def kill(self, sender: Sender) -> None:
        """Ends a process that hangs, has died or is no longer needed."""
        self._all.discard(sender)
        self._freed.set()
        await sender.kill()

    async def close(self) -> None:
        """Ends every process, those in the middle of a send as well, within CLOSING seconds."""
        self._closed = True
        self._freed.set()
        self._idle.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await asyncio.gather(*(sender.kill() for sender in self._all))
        self._all.clear()

    @property
    def _count(self) -> int:
        return len(self._all) + self._starting

    async def _add(self) -> None:
        await self.give_back(await self._start())

    async def _start(self) -> Sender:
        self._starting += 1
        try:
            sender = await Sender.spawn(self._worker)
        except OSError as error:
            raise Lost("no sender process can be started", asked=False) from error
        finally:
            self._starting -= 1
        self._all.add(sender)
        try:
            await sender.ready()
        except BaseException:  # a cancellation too must leave no process behind
            await self.kill(sender)
            raise
        return sender
