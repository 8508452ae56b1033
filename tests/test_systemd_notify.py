"""systemd hears what it is told, on both kinds of socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from monitor.service.systemd import SystemdNotifier


@pytest.mark.parametrize("abstract", [True, False])
def test_each_state_is_one_line_of_one_datagram(tmp_path: Path, abstract: bool) -> None:
    address = "@monitor-notify-test" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if abstract else address)
        SystemdNotifier(address)(READY=1, STATUS="two\nlines")
        assert systemd.recv(200) == b"READY=1\nSTATUS=two lines"


def test_without_systemd_nothing_is_said() -> None:
    SystemdNotifier(None)(READY=1)


def test_a_service_manager_that_went_away_is_no_error(tmp_path: Path) -> None:
    SystemdNotifier(str(tmp_path / "gone"))(READY=1)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\v", "\f", "\x00", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", "\ud800"]
)
def test_no_status_says_a_second_thing(tmp_path: Path, end: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        SystemdNotifier(str(tmp_path / "notify"))(STATUS=f"a feed{end}named=1", READY=1)
        said = systemd.recv(200).decode()
    assert said == f"STATUS=a feed{' ' * len(end)}named=1\nREADY=1" and len(said.splitlines()) == 2


def test_a_long_status_does_not_keep_the_rest_from_being_heard(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        SystemdNotifier(str(tmp_path / "notify"))(STATUS="x" * 1_000_000, WATCHDOG=1)
        assert systemd.recv(10_000).decode().endswith("…\nWATCHDOG=1")
