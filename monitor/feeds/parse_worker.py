"""The parser's process: python -m monitor.feeds.parse_worker SECONDS. Pages on stdin, articles on stdout.

It can be killed at any moment, which is its whole point: a regex that runs away holds the interpreter and cannot be
stopped from inside. It limits its own memory, and ends with its parent; where the kernel cannot see to that, an alarm
ends it.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from monitor.child_process import exit_with_parent
from monitor.core.errors import ParseError
from monitor.feeds import processes
from monitor.feeds.kinds import ParseFunction, parse_page

MAX_MEMORY = 512 * 1024 * 1024  # address space; a feed of 100 kB needs 30 MiB of it
MAX_PEAK_MEMORY = 160 * 1024  # KiB of memory at its peak after which a fresh process is the better one
STATUS_FILE = Path("/proc/self/status")
KILL_GRACE_SECONDS = 2  # seconds the parent has to kill us before the alarm does


def main(read: ParseFunction = parse_page) -> None:
    """Answer questions until there are no more."""
    exit_with_parent()
    seconds = math.ceil(float(sys.argv[1])) + KILL_GRACE_SECONDS
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break into the frames
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with answers:
        _send_frame(answers, processes.encode_end(ready=True))
        while _answer_request(questions, answers, seconds, read):
            pass


def _answer_request(questions: BinaryIO, answers: BinaryIO, seconds: int, read: ParseFunction) -> bool:
    """One question; False where it was the last one."""
    known, body = processes.read_frame(questions), processes.read_frame(questions)
    if known is None or body is None:
        return False
    said: dict[str, object]
    signal.alarm(seconds)  # default action, by the kernel: it needs no interpreter to run
    try:
        listing = read(*processes.decode_request(known, body))
        for article in listing.articles:
            answers.write(processes.encode_article(article))
        said = processes.encode_listing(listing)
    except ParseError as error:
        said = {"error": str(error), "kind": error.kind}
    worn = peak_memory() > MAX_PEAK_MEMORY
    _send_frame(answers, processes.encode_end(**said, leaving=worn))
    signal.alarm(0)
    return not worn


def peak_memory(status: Path = STATUS_FILE) -> int:
    """The most memory this process had at once, in KiB.

    getrusage counts what the parent had when it started us: below a daemon of 160 MiB every process looked worn out
    after its first page, and each page cost a start of 0.2 s.
    """
    try:
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):  # no /proc here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _send_frame(answers: BinaryIO, frame: bytes) -> None:
    answers.write(frame)
    answers.flush()


if __name__ == "__main__":
    main()
