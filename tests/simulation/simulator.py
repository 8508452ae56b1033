"""Runs one seed: a monitor in a world that fails, is killed and recovers, with the invariants checked all the way."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from monitor.core.errors import MonitorError
from monitor.service import daemon as daemon_room
from monitor.service.daemon import Daemon
from monitor.service.reload import RulesReloader
from monitor.service.service import Service, open_service
from tests.databases import sqlite
from tests.simulation import invariants
from tests.simulation.edges import patched
from tests.simulation.world import CHANNELS, FEEDS, KILL_POINTS, PROBE_TERM, TERMS, Killed, World

RULES = "\n".join(
    [
        "[watch]", *(f'{term} = "{term}"' for term in (*TERMS, PROBE_TERM)), "[feeds]",
        *(
            f'{name} = {{ url = "https://{name}.example/rss", every = "90s", full_text = "{full}" }}'
            for name, full in zip(FEEDS, ("never", "never", "never", "auto"), strict=True)
        ),
        "[notify]", f'hook = "json://{CHANNELS[0]}/a"', f'other = "json://{CHANNELS[1]}/b"',
        f'slack = "https://{CHANNELS[2]}/services/T0/B0/x"', "",
    ]
)  # fmt: skip
FEED_MOODS = ("fails", "429", "hangs", "redirect")
CHANNEL_MOODS = ("refuses", "limits", "ambiguous", "hangs")
DATABASE_MOODS = ("locked", "full", "hangs")
STEPS = 12  # faults and news of one run, in about four minutes
TICK_SECONDS, HEALTH_SECONDS = 8.0, 300.0  # instead of 0.5 and 60: a twentieth of the queries
PATIENCE = 1800.0  # virtual seconds in which everything must have settled: twice the longest pause
PAGE_PATIENCE = 3 * 3600.0  # a page that failed is fetched again after 40 and 80 minutes
WEIGHTS = {
    "publish": 10, "edit": 2, "reorder": 1, "feed": 4, "channel": 5, "database": 3, "clock": 2, "kill": 4, "restart": 1,
    "reload": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run was like."""

    seed: int
    log: tuple[str, ...]
    violations: tuple[str, ...]
    seen: Counter[str]


@cache
def template() -> Path:
    """A migrated database that every run copies."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-simulation-"))
    sqlite(folder)
    return folder


@contextmanager
def folder_of_a_run() -> Iterator[Path]:
    """A folder with a database and rules; in memory where the system has such a disk."""
    disk = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="monitor-run-", dir=disk if disk.is_dir() else None) as name:
        folder = Path(name)
        shutil.copytree(template(), folder, dirs_exist_ok=True)
        (folder / "rules.toml").write_text(RULES)
        yield folder


class Simulation:
    """One seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.world, self.folder, self.file = World(seed), folder, folder / "monitor.db"
        self.service: Service | None = None
        self.daemon: Daemon | None = None
        self.process: asyncio.Task[None] | None = None
        self.trouble_until = 0.0
        self.steps = 0
        self.done = self.settled = False
        self.world.loop.set_exception_handler(self.note_unhandled)

    async def run_process(self) -> None:
        """The process, from its start to its end. One whose database does not open is started again, as by systemd."""
        while True:
            rules = RulesReloader(self.folder / "rules.toml")
            try:
                async with open_service(f"sqlite:///{self.file}", rules, now=self.world.now) as self.service:
                    self.daemon = Daemon(self.service, rules, self.notify)  # type: ignore[arg-type]
                    await self.daemon.run()
                return
            except MonitorError as error:
                self.world.note("start failed", str(error)[:60])
                await asyncio.sleep(5)
            finally:
                self.service = self.daemon = None

    def note_unhandled(self, _: object, context: dict[str, Any]) -> None:
        """An error that nobody awaited; those of a killed process do not count."""
        error = context.get("exception")
        if not isinstance(error, Killed) and not self.world.loop.dead:
            self.world.violate(f"unhandled: {context.get('message')}: {error!r}")

    def notify(self, **state: object) -> None:
        """Pass on what systemd is told."""
        self.world.notify(**state)
        if "WATCHDOG" in state:
            invariants.check_watchdog(self.world, self.world.job_ended_at)

    async def live(self) -> None:
        """Run the process and the world until a kill or the end."""
        world = self.world
        self.process = world.loop.create_task(self.run_process())
        world.start_process()
        if not self.steps:
            await self.begin()
        while self.steps < STEPS:
            self.steps += 1
            await asyncio.sleep(world.random.uniform(1, 35))
            self.step()
            await self.restart_if_ended()
        await self.heal()
        await self.stop()
        self.done = True

    async def begin(self) -> None:
        """The first polls, which alert nothing, in a healthy world."""
        for room in self.world.rooms.values():
            for _ in range(2):
                self.world.publish(room).number *= -1  # not to be told
        await asyncio.sleep(20)

    def step(self) -> None:
        """Let one thing happen, and check what must hold."""
        world = self.world
        action = world.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        getattr(self, f"do_{action}")(world)
        self.check()

    def check(self) -> None:
        """The invariants of a step."""
        up = self.service and self.daemon and not self.daemon.stopping.is_set()
        owner = self.service.owner if self.service and up else ""
        running = {task.get_name() for task in asyncio.all_tasks()}
        invariants.check_step(self.world, self.file, owner, self.trouble_until, running)

    def do_publish(self, world: World) -> None:
        """An article or three."""
        for _ in range(world.random.choice((1, 1, 1, 3))):
            world.publish(world.rooms[world.random.choice(FEEDS)])

    def do_edit(self, world: World) -> None:
        """An edit."""
        world.edit(world.rooms[world.random.choice(FEEDS)])

    def do_reorder(self, world: World) -> None:
        """A feed in another order."""
        world.reorder(world.rooms[world.random.choice(FEEDS)])

    def do_feed(self, world: World) -> None:
        """A server that fails for a while."""
        room, mood = world.rooms[world.random.choice(FEEDS)], world.random.choice(FEED_MOODS)
        room.mood = mood
        world.note("feed", f"{room.name} {mood}")
        world.at(world.random.uniform(20, 200), lambda: setattr(room, "mood", "ok"))

    def do_channel(self, world: World) -> None:
        """A channel that fails for a while."""
        name, mood = world.random.choice(CHANNELS), world.random.choice(CHANNEL_MOODS)
        world.moods[name] = mood
        world.note("channel", f"{name} {mood}")
        world.at(world.random.uniform(10, 150), lambda: world.moods.update({name: "ok"}))

    def do_database(self, world: World) -> None:
        """A database that is locked, full or hangs for a while."""
        self.trouble_database(world.random.choice(DATABASE_MOODS), world.random.uniform(3, 160))

    def hang_database(self, length: float) -> None:
        """A database that does not answer for so many seconds."""
        self.trouble_database("hangs", length)

    def trouble_database(self, mood: str, length: float) -> None:
        """A database in this mood for so many seconds."""
        world = self.world
        world.database = mood
        world.database_until = max(world.database_until, world.time + length)
        self.trouble_until = max(self.trouble_until, world.database_until)
        world.note("database", f"{world.database} for {length:.0f} s")
        world.at(world.database_until - world.time, world.end_database_trouble)

    def do_clock(self, world: World) -> None:
        """The wall clock is set."""
        step = timedelta(seconds=world.random.choice((-7200, -3600, -900, 600, 3600, 7200)))
        world.lead += step
        self.trouble_until = max(self.trouble_until, world.time + 10)
        world.pauses.clear()
        world.note("clock", f"{step.total_seconds():+.0f}")

    def do_kill(self, world: World) -> None:
        """kill -9, now or at one of the next moments of a kind."""
        point = world.random.choice(KILL_POINTS)
        if point == "at a moment":
            world.kill(point)
        world.armed = (point, world.random.randint(0, 3))
        world.note("arm", f"{point} {world.armed[1]}")

    def do_restart(self, world: World) -> None:
        """SIGTERM; it is started again at the next step."""
        world.note("SIGTERM")
        if self.daemon:
            self.daemon.stopping.set()

    def do_reload(self, world: World) -> None:
        """SIGHUP."""
        world.note("SIGHUP")
        if self.daemon:
            self.daemon.rules.request_reload()

    async def restart_if_ended(self) -> None:
        """What systemd does."""
        assert self.process is not None
        if self.process.done():
            self.process.result()
            invariants.check_stopped(self.world, self.file)
            self.trouble_until = max(self.trouble_until, self.world.time)
            self.world.note("start")
            self.world.start_process()
            self.process = self.world.loop.create_task(self.run_process())

    async def heal(self) -> None:
        """All faults end; wait until everything has settled."""
        world = self.world
        world.armed, world.database = None, "ok"
        world.moods = dict.fromkeys(CHANNELS, "ok")
        for room in world.rooms.values():
            room.mood = "ok"
        world.note("heal")
        since, self.trouble_until = world.time, max(self.trouble_until, world.time)
        await self.wait_until_settled(since, PATIENCE, pages=False)
        await self.wait_until_settled(since, PAGE_PATIENCE, pages=True)
        await self.probe()
        self.settled = invariants.is_settled(world, self.file, since)

    async def wait_until_settled(self, since: float, patience: float, *, pages: bool) -> None:
        """Wait until nothing waits, and check meanwhile."""
        world = self.world
        while not invariants.is_settled(world, self.file, since, pages=pages):
            if world.time > since + patience:
                world.violate(f"something still waits {patience:.0f} s after the last fault")
                return
            await asyncio.sleep(30)
            await self.restart_if_ended()
            self.check()

    async def probe(self) -> None:
        """Time the way of one more article. The other feeds are polled once more too, and must repeat nothing."""
        room = self.world.rooms[FEEDS[0]]
        one, before = self.world.publish(room, PROBE_TERM), room.served_at
        for _ in range(int(PATIENCE)):
            if room.served_at != before:
                break
            await asyncio.sleep(1)
        fetched_at = room.served_at
        await asyncio.sleep(100)
        invariants.check_probe(self.world, one.token, fetched_at)

    async def stop(self) -> None:
        """SIGTERM, and the end of the process."""
        assert self.process is not None
        if self.daemon:
            self.daemon.stopping.set()
        await self.process
        invariants.check_repeats(self.world)
        invariants.check_end(self.world, self.file, self.settled)

    def drop(self) -> None:
        """Forget everything that was in memory. Jobs of threads do nothing any more, and no edge is reached."""
        loop, service = self.world.loop, self.service
        loop.life += 1
        loop.dead, self.world.armed = True, None
        while left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.dead = False
        if service:
            service.store.database.engine.dispose()
        self.trouble_until = max(self.trouble_until, self.world.time)

    def end(self) -> None:
        """Close the loop."""
        loop = self.world.loop
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()

    def run(self) -> Outcome:
        """Run to the end."""
        world = self.world
        while not self.done:
            try:
                world.loop.run_until_complete(self.live())
            except Killed:
                self.drop()
        return Outcome(world.seed, tuple(world.log), tuple(world.violations), world.seen)


def simulate(seed: int, kind: type[Simulation] | None = None) -> Outcome:
    """One run of a seed."""
    with (
        folder_of_a_run() as folder,
        patch.multiple(daemon_room, TICK_SECONDS=TICK_SECONDS, HEALTH_INTERVAL=HEALTH_SECONDS),
        quiet_log(),
    ):
        simulation = (kind or Simulation)(seed, folder)
        asyncio.set_event_loop(simulation.world.loop)
        try:
            with patched(simulation.world):
                return simulation.run()
        finally:
            simulation.end()


@contextmanager
def quiet_log() -> Iterator[None]:
    """No log lines: the event log says what happens."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
