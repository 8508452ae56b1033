"""A child process ends with its parent, also where the parent was killed.

On Linux the kernel kills the child (prctl(2), PR_SET_PDEATHSIG) even while it hangs in a send, holds the interpreter in
a regular expression, or is stopped. The signal follows the end of the thread that started the child; that is the thread
of the event loop, without which the child is useless. Elsewhere a thread waits for the end of the pipe. This module
does not know what children do.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
ORPHAN_EXIT_STATUS = 1  # exit status of a child whose parent is gone


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
