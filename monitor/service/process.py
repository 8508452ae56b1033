"""The owner of a lease: a name (host:boot:pid:start) that no other and no later process can have.

A lease of a process that has ended on this host can be taken over at once. A process of another host counts as running
until its lease ends. This module knows nothing of what is leased.
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
    """Whether an owner has certainly ended: it is of this host, and of an earlier boot or gone."""
    try:
        host, epoch, pid, start = owner.rsplit(":", 3)
    except ValueError:
        return False
    if host != socket.gethostname():
        return False
    return epoch != load_boot_id() or process_start_time(int(pid)) != start


def load_boot_id() -> str:
    """The first part of the kernel's boot id; empty without /proc."""
    return BOOT_ID_PATH.read_text().partition("-")[0] if BOOT_ID_PATH.exists() else ""


def process_start_time(pid: int) -> str:
    """A process's start in clock ticks since boot (proc(5), stat, field 22); empty where it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
