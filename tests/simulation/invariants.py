"""What must hold at every step of a simulation, and at its end. It asks the database by SQL of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from pathlib import Path

from monitor.core.model.alerts import DeliveryState
from monitor.service.daemon import STALL_TIMEOUT, WATCHDOG_INTERVAL
from tests.simulation.world import CHANNELS, World

WAITING = ("pending", "claimed", "sending", "retry", "ambiguous")
OVERDUE_SECONDS = 45.0  # that a due feed may wait in a healthy world: a search, a place, a claim
LEASE_SECONDS = 11 * 60.0  # after a fault of the database, its leases have run out
PROMPT_SECONDS = 5.0  # from the answer of a feed to the message, in a healthy world


def query(file: Path, sql: str, *given: object) -> list[tuple[object, ...]]:
    """Rows of the database, read beside the program."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        found = connection.execute(sql, given).fetchall()
    connection.close()
    return found


def check_step(world: World, file: Path, owner: str, healthy_since: float, running: Collection[str]) -> None:
    """What holds at every step, whatever fails. owner: of the running process; empty while there is none."""
    check_ledger(world, file)
    check_repeats(world)
    if not owner:
        return
    check_leases(world, file, owner)
    if world.time - world.database_until > LEASE_SECONDS or not world.database_until:
        check_own_leases(world, file, running)
    if world.time - healthy_since > OVERDUE_SECONDS + 10:
        check_overdue(world, file)
        if world.time - world.fed_at > 3 * WATCHDOG_INTERVAL:
            world.violate(f"the watchdog was not fed since {world.fed_at:.0f}, though nothing hangs")


def check_ledger(world: World, file: Path) -> None:
    """Every match has a delivery for each address, and each delivery is in one known state."""
    [(states, alone)] = query(
        file,
        "SELECT (SELECT group_concat(DISTINCT state) FROM delivery), (SELECT count(*) FROM match m WHERE NOT EXISTS"
        " (SELECT 1 FROM delivery d WHERE d.article = m.article AND d.watch = m.watch))",
    )
    unknown = set(str(states or "").split(",")) - {""} - {state.value for state in DeliveryState}
    if unknown or alone:
        world.violate(f"the ledger: {alone} matches without a delivery, unknown states {sorted(unknown)}")


def check_leases(world: World, file: Path, owner: str) -> None:
    """Nobody but the running process holds anything."""
    for table in ("source", "delivery"):
        for (found,) in query(file, f"SELECT DISTINCT lease_owner FROM {table} WHERE lease_owner IS NOT NULL"):
            if found != owner:
                world.violate(f"{table}: a lease of {found}, which has ended")


def check_own_leases(world: World, file: Path, running: Collection[str]) -> None:
    """Each lease belongs to a task that runs. running: their names. While the database fails, leases may stay."""
    leases = [
        (f"poll {name}", name) for (name,) in query(file, "SELECT name FROM source WHERE lease_until IS NOT NULL")
    ]
    rows = query(file, "SELECT DISTINCT channel, target FROM delivery WHERE lease_until IS NOT NULL")
    leases += [(f"deliver {json.dumps([channel, target])}", channel) for channel, target in rows]
    for task, name in leases:
        if task not in running:
            world.violate(f"a lease of {name} that no task holds")


def check_repeats(world: World) -> None:
    """No article is told twice at an address, but what is marked."""
    for (channel, token), kinds in world.arrived.items():
        if kinds.count("new") > 1 and "told twice" not in kinds:
            kinds.append("told twice")
            world.violate(f"{channel} was told twice of {token} without a mark")


def check_overdue(world: World, file: Path) -> None:
    """Every due feed is polled."""
    rows = query(
        file,
        "SELECT name, strftime('%s', next_poll_at) FROM source"
        " WHERE registered AND lease_owner IS NULL AND twin IS NULL",
    )
    for name, at in rows:
        late = world.now().timestamp() - float(str(at))
        if late > OVERDUE_SECONDS:
            world.violate(f"{name} is due for {late:.0f} s and nobody polls it")


def check_watchdog(world: World, last_progress: float) -> None:
    """The watchdog is fed only while work moves. To be called when it is fed."""
    still = world.time - last_progress
    if still > STALL_TIMEOUT + 2 * WATCHDOG_INTERVAL:
        world.violate(f"the watchdog was fed although nothing moved for {still:.0f} s")


def is_settled(world: World, file: Path, since: float, *, pages: bool = True) -> bool:
    """Whether every feed was read since then, and no message (pages: and no page) waits."""
    [(waiting,)] = query(file, f"SELECT count(*) FROM delivery WHERE state IN {WAITING}")
    [(wanted,)] = query(file, "SELECT count(*) FROM article WHERE page = 'wanted'") if pages else [(0,)]
    return not waiting and not wanted and all(room.served_at > since for room in world.rooms.values())


def check_probe(world: World, token: str, fetched_at: float) -> None:
    """An alert leaves as soon as it is stored: sooner than the next search for what is due."""
    for channel in CHANNELS:
        at = world.first_arrival.get((channel, token))
        if at is None or at - fetched_at > PROMPT_SECONDS:
            world.violate(f"{channel} was told of {token} at {at}, which was fetched at {fetched_at:.0f}")


def check_stopped(world: World, file: Path) -> None:
    """A process that ended by itself holds nothing."""
    found = query(file, "SELECT name FROM source WHERE lease_until IS NOT NULL")
    if found and (world.time - world.database_until > LEASE_SECONDS or not world.database_until):
        world.violate(f"the process ended and holds {found}")


def check_end(world: World, file: Path, settled: bool) -> None:
    """Nothing is lost once the world is healthy again, and nothing is held."""
    if not settled:
        rows = query(file, f"SELECT state, due_at, error FROM delivery WHERE state IN {WAITING} LIMIT 3")
        world.violate(f"something still waits, hours after the last fault: {rows}")
    for table in ("source", "delivery"):
        if found := query(file, f"SELECT lease_owner FROM {table} WHERE lease_owner IS NOT NULL"):
            world.violate(f"{table}: {len(found)} leases at the end")
    for room in world.rooms.values():
        for one in room.articles:
            for channel in CHANNELS:
                if one.named and one.number > 0 and (channel, one.token) not in world.arrived:
                    world.violate(f"{one.token} of {room.name} never reached {channel}")
