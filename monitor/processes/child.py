"""The child's half: answer the parent's requests on stdin and stdout, and end with the parent, however it ends.

On Linux the kernel kills the child with its parent (prctl(2), PR_SET_PDEATHSIG) even while it hangs in a send, holds
the interpreter in a regular expression, or is stopped. The signal follows the end of the thread that started the child;
that is the thread of the event loop, without which the child is useless. Elsewhere a thread waits for the end of the
pipe. This module does not know what children do.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from monitor.processes.frames import pack_json, read_frame

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
ORPHAN_EXIT_STATUS = 1  # exit status of a child whose parent is gone
MAX_PEAK_MEMORY = 160 * 1024  # KiB at the peak, after which a process is replaced
STATUS_FILE = Path("/proc/self/status")

AnswerFunction = Callable[[dict[str, Any], bytes], Iterator[Mapping[str, Any]]]


def serve(answer: AnswerFunction, prepare: Callable[[], None], *, alarm: int = 0) -> None:
    """Answer requests until the parent closes the pipe, or until MAX_PEAK_MEMORY is exceeded.

    prepare: called before the first request. alarm: seconds after which the kernel ends this process in the middle of a
    request, should the parent not do so; 0 for never.
    """
    exit_with_parent()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not get between the frames
    prepare()
    with answers:
        _write_end(answers, leaving=False)
        leaving = False
        while not leaving and (about := read_frame(requests)) and (body := read_frame(requests)) is not None:
            signal.alarm(alarm)  # the default action is the kernel's and needs no interpreter
            for value in answer(json.loads(about), body):
                answers.write(pack_json(value))
            leaving = peak_memory() > MAX_PEAK_MEMORY
            _write_end(answers, leaving=leaving)
            signal.alarm(0)


def _write_end(answers: BinaryIO, *, leaving: bool) -> None:
    """Write the last frame of an answer; leaving: it was the last answer of this process."""
    answers.write(pack_json({"done": True, "leaving": leaving}))
    answers.flush()


def peak_memory(status: Path = STATUS_FILE) -> int:
    """The peak resident memory of this process, in KiB.

    getrusage includes the memory of the parent at the fork: below a daemon of 160 MiB every process would be replaced
    after its first request, at 0.2 s per start.
    """
    try:
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):  # no /proc here
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def set_death_signal() -> bool:
    """Ask the kernel to kill this process when its parent ends; False where it cannot."""
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except (OSError, AttributeError):  # no such library, or no such call: not Linux
        return False


def exit_with_parent(line: int = 0, ask: Callable[[], bool] = set_death_signal) -> None:
    """Call this first in a child. line: the descriptor of a pipe whose other end only the parent holds."""
    if not ask():
        threading.Thread(target=exit_on_hangup, args=(line,), name="parent", daemon=True).start()
    elif is_hung_up(line, 0):  # it ended before prctl, so no signal would ever come
        os._exit(ORPHAN_EXIT_STATUS)


def exit_on_hangup(line: int) -> None:
    """Wait for the end of the pipe, then end this process without waiting for its other threads."""
    while not is_hung_up(line, None):
        pass
    os._exit(ORPHAN_EXIT_STATUS)


def is_hung_up(line: int, wait: float | None) -> bool:
    """Whether no process holds the other end of a pipe; waits so many milliseconds (None: for ever), reads nothing."""
    poll = select.poll()
    poll.register(line, 0)  # only the end is reported
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(wait))
