"""What happens to the daemon, row by row; each row plays on a stage of its own and says what it saw."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.chaos_account import Verdict
from bench.chaos_stage import PARSER, SENDER, START, Stage
from tests.daemons import Daemon

NOTICE = 45.0  # seconds: the file is looked at every 30 s
USAGE = 78  # a status that systemd does not restart
DISK = 32  # MiB of the small one; what SQLite writes ahead takes 4 of them


class Skipped(Exception):
    """A row that cannot be played here, and why."""


@dataclass(frozen=True)
class Given:
    """How much of everything. kills: of daemons; minutes: for all of them; stop: seconds of a SIGSTOP."""

    kills: int
    minutes: float
    stop: float


Row = Callable[[Stage, Given], Verdict]


def kills(stage: Stage, given: Given) -> Verdict:
    """kill -9 at random moments, with peers that fail."""
    working = done = 0
    until = time.monotonic() + given.minutes * 60
    while done < given.kills and time.monotonic() < until:
        stage.publish()
        stage.trouble()
        before = len(stage.feeds.requests)
        with stage.daemon() as daemon:
            if stage.chance.random() > 0.1:
                daemon.wait_for("READY=1", timeout=START)
            pause = time.monotonic() + stage.chance.uniform(0, 1.5)
            stage.settled(daemon, lambda end=pause: time.monotonic() > end)  # type: ignore[misc]
            daemon.kill()
        working += len(stage.feeds.requests) > before
        done += 1
        print(f"\r{done} of {given.kills} kills", end="", file=sys.stderr, flush=True)
    print(f"\r{done} kills, {working} of them of a daemon that had begun to fetch")
    broken = [f"only {done} kills within {given.minutes:g} minutes"] * (done < given.kills)
    return ended(stage, *broken, *["no kill hit a daemon at work"] * (not working))


def children(stage: Stage, given: Given) -> Verdict:
    """kill -9 of parser and sender processes below a daemon that goes on."""
    killed: Counter[str] = Counter()
    with started(stage) as daemon:
        for turn in range(max(4, given.kills // 4)):
            stage.publish()
            stage.trouble()
            module = (PARSER, SENDER)[turn % 2]
            stage.settled(daemon, lambda module=module: bool(stage.children(daemon, module)), 15.0)  # type: ignore[misc]
            time.sleep(stage.chance.uniform(0, 1.0))
            for child in stage.children(daemon, module):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                    killed[module] += 1
        alive = daemon.process.poll() is None
    print(f"killed: {killed[PARSER]} parser processes, {killed[SENDER]} sender processes")
    missed = [f"no process of {name} was killed" for name in (PARSER, SENDER) if not killed[name]]
    return ended(stage, *missed, *["the daemon ended with its child"] * (not alive))


def stopped(stage: Stage, given: Given) -> Verdict:
    """SIGSTOP in the middle of its work, for longer than a lease, while articles come; then SIGCONT."""
    with started(stage) as daemon:
        stage.publish()
        stage.trouble()
        time.sleep(stage.chance.uniform(0.5, 2.0))
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(given.stop / 2)
        stage.publish()
        time.sleep(given.stop / 2)
        daemon.process.send_signal(signal.SIGCONT)
        came = stage.finish(daemon)
    return ended(stage, *["it did not go on"] * (not came))


def full(stage: Stage, given: Given) -> Verdict:
    """A disk without room, which gets room again."""
    ballast = stage.file.parent / "ballast"
    with started(stage) as daemon:
        before = daemon.log.stat().st_size
        fill(ballast)
        for _ in range(10):
            stage.publish()
            time.sleep(1.5)
        said = "full" in daemon.log.read_text()[before:]
        ballast.unlink()
        came = stage.finish(daemon)
    broken = ["it did not say that the disk is full"] * (not said) + ["it did not go on"] * (not came)
    return ended(stage, *broken)


def fill(ballast: Path) -> None:
    """Take all the room there is."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def deleted(stage: Stage, given: Given) -> Verdict:
    """The database is deleted under a daemon that has told everything."""

    def delete() -> None:
        for file in files(stage):
            file.unlink(missing_ok=True)

    broken = noticed(stage, delete)
    with started(stage) as daemon:  # a new database: what the feeds have is its baseline
        stage.settled(daemon, lambda: stage.scalar("select count(*) from article") > 0, 30.0)
        daemon.stop()
    return ended(stage, *broken, counted=False)


def replaced(stage: Stage, given: Given) -> Verdict:
    """An older copy is written over the open file (cp keeps the inode) under a daemon that has told more since."""
    saved = backup(stage)
    broken = noticed(stage, lambda: put_back(stage, saved))
    return ended(stage, *broken, counted=False)


def restored(stage: Stage, given: Given) -> Verdict:
    """An older copy is put in place between two runs; what was told since comes again, with a mark."""
    saved = backup(stage)
    with started(stage) as daemon:
        stage.publish()
        stage.finish(daemon)
        daemon.stop()
    put_back(stage, saved)
    return ended(stage, counted=False)


def twice(stage: Stage, given: Given) -> Verdict:
    """Two daemons on one database: the second refuses, or the two share the work."""
    with started(stage) as first, stage.daemon() as second:
        for _ in range(4):
            stage.publish()
            stage.trouble()
            time.sleep(2.0)
        stage.finish(first)
        print(f"status of the second: {second.process.poll()}")
        broken = ["the first one ended"] * (first.process.poll() is not None)
        for daemon in (second, first):
            if daemon.process.poll() is None:
                daemon.stop()
    return ended(stage, *broken)


# name → what happens; what is promised of each beside "nothing lost, every repeat marked" stands in chaos.py
ROWS: dict[str, Row] = {
    "kills": kills,
    "children": children,
    "stopped": stopped,
    "full": full,
    "deleted": deleted,
    "replaced": replaced,
    "restored": restored,
    "twice": twice,
}


@contextmanager
def started(stage: Stage) -> Iterator[Daemon]:
    """A daemon that is ready."""
    with stage.daemon() as daemon:
        daemon.wait_for("READY=1", timeout=START)
        yield daemon


def noticed(stage: Stage, change: Callable[[], None]) -> list[str]:
    """Tell some articles, change the database under the daemon, wait for it to end; what it did not do, in words."""
    with started(stage) as daemon:
        stage.publish()
        stage.finish(daemon)
        change()
        before = daemon.log.stat().st_size
        stage.settled(daemon, lambda: False, NOTICE)
        status = daemon.process.poll()
        said = "the monitor ends, to be started again" in daemon.log.read_text()[before:]
        if status is None:
            daemon.stop()
    print(f"status: {'it went on' if status is None else status}; it {'says' if said else 'does not say'} so")
    broken = [] if said else ["it did not say that the database is another"]
    if status is None:
        return [*broken, f"it did not end within {NOTICE:g} s"]
    return broken + [f"it ended with {status}, which nobody restarts"] * (status in (0, USAGE))


def ended(stage: Stage, *broken: str, counted: bool = True) -> Verdict:
    """Publish once more, let a daemon finish in peace, and count. counted: whether the database saw it all."""
    stage.publish()
    unable: list[str] = []
    try:
        with started(stage) as daemon:
            if not stage.finish(daemon):
                unable = [f"{stage.left()} deliveries still wait at the end"]
            if daemon.process.poll() is None:
                daemon.stop()
            else:
                unable += [f"at the end it stopped with {daemon.process.poll()}"]
    except AssertionError:  # it never was ready
        unable = ["at the end it did not start"]
    unable += ["no process of Apprise was seen"] * (not stage.sent_by)
    paths = {one.path for one in stage.gotify.posts}
    unable += [f"something else than Apprise spoke: {sorted(paths)}"] * (paths != {"/message"})
    return Verdict(stage.tallies(), stage.counted() if counted else None, (*broken, *unable))


def files(stage: Stage) -> list[Path]:
    """The database with what SQLite keeps beside it."""
    return [stage.file.with_name(stage.file.name + ending) for ending in ("", "-wal", "-shm")]


def backup(stage: Stage) -> Path:
    """A copy of the database as it is now."""
    saved = stage.folder / "saved.db"
    with closing(sqlite3.connect(stage.file)) as live, closing(sqlite3.connect(saved)) as copy:
        live.backup(copy)
    return saved


def put_back(stage: Stage, saved: Path) -> None:
    """Write a copy over the database, as cp does it."""
    for file in files(stage)[1:]:
        file.unlink(missing_ok=True)
    shutil.copyfile(saved, stage.file)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of a few MiB; Skipped where nobody may mount one."""
    place = folder / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(place)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"no small disk: {done.stderr.strip() or 'mount failed'}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
