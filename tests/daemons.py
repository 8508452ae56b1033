"""The real daemon as a process, with systemd's side of the notification socket played by the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent


class Daemon:
    """`monitor run` in a process of its own; `words` are the states it told systemd, in order.

    first: Python that it runs before, as to shorten a deadline.
    """

    def __init__(
        self, rules: Path, database: str, *arguments: str, watchdog: float | None = None, first: str = ""
    ) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = f"\0monitor-test-{os.getpid()}-{id(self)}"
        self.socket.bind(address)
        self.words: list[str] = []
        self.arrived = threading.Condition()
        self.log = rules.parent / f"daemon-{id(self)}.log"
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")},
            "NOTIFY_SOCKET": "@" + address[1:],
            "PYTHONPATH": str(ROOT),
            **({"WATCHDOG_USEC": str(int(watchdog * 1e6))} if watchdog else {}),
        }
        program = ["-c", f"{first}\nfrom monitor.cli import main\nmain()"] if first else ["-m", "monitor"]
        command = [sys.executable, *program, "--rules", str(rules), "--database", database, "run", *arguments]
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=rules.parent)

    def listen(self) -> None:
        """Note every word until the socket is closed."""
        while True:
            try:
                word = self.socket.recv(4096).decode()
            except OSError:
                return
            with self.arrived:
                self.words += word.splitlines()
                self.arrived.notify_all()
            if word == "bye":
                return

    def wait_for(self, word: str, *, times: int = 1, timeout: float = 20.0) -> None:
        """Wait until a word was said so many times; a daemon that ended instead is an error with its log."""
        with self.arrived:
            said = self.arrived.wait_for(lambda: self.said(word) >= times, timeout)
        assert said, f"no {word} within {timeout} s; the daemon said {self.words}\n{self.log.read_text()}"

    def said(self, word: str) -> int:
        """How often a word, or a word that begins so, was said."""
        return sum(one.startswith(word) for one in self.words)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(10)

    def hang_up(self) -> None:
        """SIGHUP: reload."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        self.process.terminate()
        return self.process.wait(20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.kill()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as goodbye:
            goodbye.sendto(b"bye", self.socket.getsockname())
        self.listener.join(5)
        self.socket.close()
