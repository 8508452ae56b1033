"""A lease names its holder so that a dead one is known at once."""

from __future__ import annotations

import subprocess
import sys

from monitor.service.process import is_owner_dead, process_owner, process_start_time


def test_the_running_process_is_not_dead() -> None:
    assert not is_owner_dead(process_owner())


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    host, boot, _, _ = process_owner().rsplit(":", 3)
    name = f"{host}:{boot}:{child.pid}:{process_start_time(child.pid)}"
    assert not is_owner_dead(name)
    child.communicate(b"\n")
    assert is_owner_dead(name)


def test_another_process_that_got_the_same_number_does_not_keep_the_lease_alive() -> None:
    host, boot, pid, start = process_owner().rsplit(":", 3)
    assert is_owner_dead(f"{host}:{boot}:{pid}:{int(start) - 1}")


def test_a_process_of_an_earlier_boot_is_dead() -> None:
    host, _, pid, start = process_owner().rsplit(":", 3)
    assert is_owner_dead(f"{host}:00000000:{pid}:{start}")


def test_a_process_of_another_host_has_the_benefit_of_the_doubt() -> None:
    _, boot, pid, start = process_owner().rsplit(":", 3)
    assert not is_owner_dead(f"elsewhere:{boot}:{pid}:{start}")
    assert not is_owner_dead("a name of another kind")
