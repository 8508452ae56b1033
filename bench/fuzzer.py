"""One target in libFuzzer's hands; fuzz.py starts it: python bench/fuzzer.py TARGET FINDS CORPUS OPTION…"""

from __future__ import annotations

import hashlib
import logging
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import atheris

with atheris.instrument_imports(include=["monitor"]):
    from bench.targets import TARGETS

SLOW = 1.0  # seconds of CPU for one input


def main(name: str, finds: Path, options: list[str]) -> None:
    """Try inputs until the time is up; libFuzzer ends the process."""
    logging.disable()
    holds = TARGETS[name].holds
    atheris.Setup([sys.argv[0], *options], lambda data: judge(holds, data, finds))
    atheris.Fuzz()


def judge(holds: Callable[[bytes], None], data: bytes, folder: Path) -> None:
    """Try one input; what does not hold is a find, told apart by where it happened."""
    start = time.process_time()
    try:
        holds(data)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        save(folder, f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}", data)
    if time.process_time() - start > SLOW:
        save(folder, f"slow-{hashlib.sha256(data).hexdigest()[:8]}", data)


def save(folder: Path, name: str, data: bytes) -> None:
    """Keep the shortest input of each kind."""
    path = folder / name
    with suppress(OSError):
        if not path.exists() or path.stat().st_size > len(data):
            path.write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
