"""The worker process of the parser: python -m monitor.feeds.parse_worker SECONDS. Pages on stdin, articles on stdout.

It can be killed at any moment, because a regular expression that does not end cannot be stopped from inside. It limits
its own memory and ends with its parent, or by an alarm where the kernel has no such signal.
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
from monitor.feeds.kinds import ParseFunction, call_parser, parse_page

MAX_MEMORY = 512 * 1024 * 1024  # bytes of address space; a feed of 100 kB needs 30 MiB
MAX_PEAK_MEMORY = 160 * 1024  # KiB at the peak, after which the process is replaced
STATUS_FILE = Path("/proc/self/status")
KILL_GRACE_SECONDS = 2  # after the deadline, for the parent to kill this process before the alarm does


def main(parse: ParseFunction = parse_page) -> None:
    """Parse pages, with every failure as a ParseError, until stdin ends or the process has used MAX_PEAK_MEMORY."""
    exit_with_parent()
    seconds = math.ceil(float(sys.argv[1])) + KILL_GRACE_SECONDS
    requests = sys.stdin.buffer
    responses = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not get between the frames
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with responses:
        _send_frame(responses, processes.encode_end(ready=True))
        while _answer_request(requests, responses, seconds, parse):
            pass


def _answer_request(requests: BinaryIO, responses: BinaryIO, seconds: int, parse: ParseFunction) -> bool:
    """Parse one page; False where it was the last one for this process."""
    known, body = processes.read_frame(requests), processes.read_frame(requests)
    if known is None or body is None:
        return False
    said: dict[str, object]
    signal.alarm(seconds)  # the default action is the kernel's and needs no interpreter
    try:
        listing = call_parser(parse, *processes.decode_request(known, body))
        for article in listing.articles:
            responses.write(processes.encode_article(article))
        said = processes.encode_listing(listing)
    except ParseError as error:
        said = {"error": str(error), "kind": error.kind}
    leaving = peak_memory() > MAX_PEAK_MEMORY
    _send_frame(responses, processes.encode_end(**said, leaving=leaving))
    signal.alarm(0)
    return not leaving


def peak_memory(status: Path = STATUS_FILE) -> int:
    """The peak resident memory of this process, in KiB.

    getrusage includes the memory of the parent at the fork: below a daemon of 160 MiB every process would be replaced
    after its first page, at 0.2 s per start.
    """
    try:
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):  # no /proc here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _send_frame(responses: BinaryIO, frame: bytes) -> None:
    responses.write(frame)
    responses.flush()


if __name__ == "__main__":
    main()
