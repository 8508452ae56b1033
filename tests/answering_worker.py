"""A process that answers as a request wishes, for tests of the pool."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from monitor.processes.child import serve

HOURS = 3600.0  # seconds


def answer(about: dict[str, Any], body: bytes) -> Iterator[dict[str, Any]]:
    """What is wished, for every key of a request, in its order."""
    if "echo" in about:
        yield {"echo": about["echo"], "body": body.decode("latin-1")}
    if "print" in about:
        print(about["print"], flush=True)
    if "grow" in about:
        bytearray(about["grow"] * 1024 * 1024).count(1)
    if "many" in about:
        yield from ({"number": number} for number in range(about["many"]))
    if "spell" in about:
        os.write(int(about["to"]), bytes(about["spell"]))
    if "exit" in about:
        os._exit(about["exit"])
    if "wait" in about:
        time.sleep(HOURS)
    yield {"pid": os.getpid(), "session": os.getsid(0)}


def prepare() -> None:
    """As the command line says: come up, die or wait on the way, or hang up before the first request."""
    way = sys.argv[1] if len(sys.argv) > 1 else ""
    if way == "dies":
        raise SystemExit("no")
    if way == "waits":
        time.sleep(HOURS)
    if way == "deaf":
        os.write(3, b'\0\0\0\x0e{"done": true}')
        os.close(0)
        time.sleep(HOURS)


if __name__ == "__main__":
    serve(answer, prepare, alarm=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
