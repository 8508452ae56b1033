"""Who holds a lease: a name for this process that no other process, and no later one, can have.

host:boot:pid:start. A lease of a process that is gone from this host can be taken back at once, without waiting for
its end; a process of another host is given the benefit of the doubt.
"""

from __future__ import annotations

import socket
from os import getpid
from pathlib import Path

BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")


def process_owner() -> str:
    """The owner name of the running process."""
    return f"{socket.gethostname()}:{load_boot_id()}:{getpid()}:{process_start_time(getpid())}"


def is_owner_dead(owner: str) -> bool:
    """Whether an owner certainly runs no more: it is of this host, and of an earlier boot or gone."""
    try:
        host, epoch, pid, start = owner.rsplit(":", 3)
    except ValueError:
        return False
    if host != socket.gethostname():
        return False
    return epoch != load_boot_id() or process_start_time(int(pid)) != start


def load_boot_id() -> str:
    """The first part of the kernel's boot id; empty where there is no /proc."""
    return BOOT_ID_PATH.read_text().partition("-")[0] if BOOT_ID_PATH.exists() else ""


def process_start_time(pid: int) -> str:
    """A process's start time in clock ticks since boot (proc(5), stat, field 22); empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
