"""systemd hears what it is told, on both kinds of socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from monitor.sdnotify import Notifier


@pytest.mark.parametrize("abstract", [True, False])
def test_each_state_is_one_line_of_one_datagram(tmp_path: Path, abstract: bool) -> None:
    address = "@monitor-notify-test" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if abstract else address)
        Notifier(address)(READY=1, STATUS="two\nlines")
        assert systemd.recv(200) == b"READY=1\nSTATUS=two lines"


def test_without_systemd_nothing_is_said() -> None:
    Notifier(None)(READY=1)


def test_a_service_manager_that_went_away_is_no_error(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "gone"))(READY=1)
