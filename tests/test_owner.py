"""A lease names its holder so that a dead one is known at once."""

from __future__ import annotations

import subprocess
import sys

from monitor.service.process import dead, started, this_process


def test_the_running_process_is_not_dead() -> None:
    assert not dead(this_process())


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    host, boot, _, _ = this_process().rsplit(":", 3)
    name = f"{host}:{boot}:{child.pid}:{started(child.pid)}"
    assert not dead(name)
    child.communicate(b"\n")
    assert dead(name)


def test_another_process_that_got_the_same_number_does_not_keep_the_lease_alive() -> None:
    host, boot, pid, start = this_process().rsplit(":", 3)
    assert dead(f"{host}:{boot}:{pid}:{int(start) - 1}")


def test_a_process_of_an_earlier_boot_is_dead() -> None:
    host, _, pid, start = this_process().rsplit(":", 3)
    assert dead(f"{host}:00000000:{pid}:{start}")


def test_a_process_of_another_host_has_the_benefit_of_the_doubt() -> None:
    _, boot, pid, start = this_process().rsplit(":", 3)
    assert not dead(f"elsewhere:{boot}:{pid}:{start}")
    assert not dead("a name of another kind")
