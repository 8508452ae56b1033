"""systemd's notification protocol (sd_notify(3)): one datagram to the socket it names, nothing where it names none."""

from __future__ import annotations

import contextlib
import socket

MAX_VALUE_LENGTH = 2000  # characters; a datagram that is too large would take READY and WATCHDOG with it


class SystemdNotifier:
    """Tells systemd how the service is doing. The address is $NOTIFY_SOCKET; "@" marks an abstract one."""

    def __init__(self, address: str | None) -> None:
        self.address = "\0" + address[1:] if address and address.startswith("@") else address

    def __call__(self, **state: object) -> None:
        """Send e.g. READY=1, STATUS="…"; a service manager that went away is not our trouble."""
        if not self.address:
            return
        lines = "\n".join(f"{key}={one_line_value(str(value))}" for key, value in state.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(lines.encode(), self.address)


def one_line_value(text: str) -> str:
    """A text as one value: whatever systemd or a terminal could take for a line's end is a blank, as are surrogates,
    which no datagram can carry."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= MAX_VALUE_LENGTH else shown[: MAX_VALUE_LENGTH - 1] + "…"
