"""Who runs a task, when, and how many at once: the interface between the service and an engine.

A task is a name and a function of one key: what a run works on (a feed's name, a delivery address, the id of a page).
No engine knows a feed, a channel or a database. Whatever engine runs it:

- A name and a key run at most once at a time, in all processes together. Kicks of a key that waits are one kick; a kick
  of a key that runs makes it run once more, because the run may have read the database before the change.
- A kick is a hint and survives no crash. The database knows what is due, and a task that runs `every` few moments kicks
  it again. So a function claims its work in the database first, and finds none if another run did it.
- An error ends one run and nothing else. The engine reports it and does not repeat the run.
- At the end no run begins any more. Those in flight get the grace of their task and are then cancelled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol


class Engine(Protocol):
    """Runs tasks. task() first, then kick() and every(), then run()."""

    def task(self, name: str, fn: Callable[[str], Awaitable[object]], *, grace: float | None = None) -> None:
        """Name a function. grace: seconds that a run in flight gets at the end; None: as long as it takes."""

    def kick(self, name: str, *keys: str) -> None:
        """Ask for one run for each key; without keys, for one run with the key "". Returns at once."""

    def every(self, period: float, name: str) -> None:
        """Kick a task, with the key "", at the start of run() and then every `period` seconds."""

    async def run(self, concurrency: Mapping[str, int], *, drain: bool = False) -> None:
        """Run the tasks named in `concurrency`, each with at most so many keys at once, until cancelled.

        Kicks of other tasks wait for a run() that names them. drain: set no timers, and return once nothing waits.
        """
