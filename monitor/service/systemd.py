"""systemd's notification protocol (sd_notify(3)): one datagram to the socket that systemd names.

It does not know what the states mean, nor where the address comes from.
"""

from __future__ import annotations

import contextlib
import socket

MAX_VALUE_LENGTH = 2000  # characters; a datagram that is too large would take READY and WATCHDOG with it


class SystemdNotifier:
    """Sends states to systemd. address: $NOTIFY_SOCKET, where "@" marks an abstract socket; None sends nothing."""

    def __init__(self, address: str | None) -> None:
        self.address = "\0" + address[1:] if address and address.startswith("@") else address

    def __call__(self, **state: object) -> None:
        """Send states such as READY=1, STATUS="…"; errors are ignored, as systemd may have gone away."""
        if not self.address:
            return
        lines = "\n".join(f"{key}={one_line_value(str(value))}" for key, value in state.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(lines.encode(), self.address)


def one_line_value(text: str) -> str:
    """A text as one value of at most MAX_VALUE_LENGTH characters; line ends, control characters and lone surrogates
    (which UTF-8 cannot encode) become blanks."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= MAX_VALUE_LENGTH else shown[: MAX_VALUE_LENGTH - 1] + "…"
