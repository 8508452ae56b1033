"""How a child process ends with its parent, also where that was killed and could not end it.

On Linux the kernel kills the child (prctl(2), PR_SET_PDEATHSIG), so it does not matter that the child hangs in a send,
holds the interpreter in a regular expression, or is stopped. The kernel means the thread that started the child: that
is the thread of the event loop, and without its loop nobody could talk to the child anyway. Elsewhere a thread waits
for the end of the pipe. It knows nothing of what children do.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
ORPHAN_EXIT_STATUS = 1  # exit status of a child whose parent is gone


def set_death_signal() -> bool:
    """Ask the kernel to kill this process when its parent ends; False where it cannot."""
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except (OSError, AttributeError):  # no such library, or no such call: not Linux
        return False


def exit_with_parent(line: int = 0, ask: Callable[[], bool] = set_death_signal) -> None:
    """To be called first thing in a child. line: a pipe whose other end is held by the parent alone."""
    if not ask():
        threading.Thread(target=exit_on_hangup, args=(line,), name="parent", daemon=True).start()
    elif is_hung_up(line, 0):  # it ended before the kernel was asked, so nobody would ever be told
        os._exit(ORPHAN_EXIT_STATUS)


def exit_on_hangup(line: int) -> None:
    """Wait for the end of the pipe, then end this process at once, whatever its other threads wait for."""
    while not is_hung_up(line, None):
        pass
    os._exit(ORPHAN_EXIT_STATUS)


def is_hung_up(line: int, wait: float | None) -> bool:
    """Whether nobody holds the other end of a pipe, after so many milliseconds (None: for ever); its data stay."""
    poll = select.poll()
    poll.register(line, 0)  # only the end is reported
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(wait))
