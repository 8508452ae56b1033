"""Reads and creates files for the user; errors are Problems with a remedy.

Only a regular file is opened: a pipe would block, a device may never end, and opening one may have side effects.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from monitor.config.toml.problems import Problem

MAX_FILE_BYTES = 4_000_000  # bytes; 10,000 watches need about one
MAX_READ_ATTEMPTS = 3  # for a file that changes while it is read

_FILE_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_file(path: Path, largest: int = MAX_FILE_BYTES) -> bytes | Problem:
    """The bytes of a regular file of at most `largest` bytes, else a Problem. Never blocks on a pipe or a device."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = _FILE_KINDS.get(stat.S_IFMT(status.st_mode), "no ordinary file")
            return Problem("no-file", f"{path} is {kind}", help="put an ordinary file in its place, or name another")
        return _read_unchanged(path, largest)
    except FileNotFoundError:
        help = "`monitor init DIR` writes one; --rules names another"
        if path.is_symlink():
            return Problem("no-file", f"{path} is a link to {path.readlink()}, which is not there", help=help)
        return Problem("no-file", f"there is no file {path}", help=help)
    except PermissionError:
        help = "give this user the right to read the file and to enter its folder: chmod, chown"
        return Problem("no-file", f"{path} cannot be read: permission denied", help=help)
    except (OSError, ValueError) as error:  # a loop of links, a name with a NUL
        words = getattr(error, "strerror", None) or str(error)
        return Problem("no-file", f"{path} cannot be read: {words}", help="name a file that can be read")


def _read_unchanged(path: Path, largest: int) -> bytes | Problem:
    """The bytes of a file that did not change while it was read; opened without blocking."""
    for _ in range(MAX_READ_ATTEMPTS):
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                return Problem("no-file", f"{path} is no ordinary file", help="put an ordinary file in its place")
            if before.st_size > largest:
                help = "take out what is no rule, or give the feeds and watches to a second monitor"
                return Problem(
                    "too-large", f"{path} has {before.st_size:,} bytes; at most {largest:,} are read", help=help
                )
            data = file.read(largest + 1)
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and len(data) <= largest:
            return data
    return Problem("changing", f"{path} changes while it is read", help="try again when it is written")


def create_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file. Raises FileExistsError where the name exists, also as a dangling link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def decode_utf8(data: bytes) -> str | Problem:
    """The text with \\n line ends and without a byte order mark; else a Problem at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        start = error.start + 3 * data.startswith(b"\xef\xbb\xbf")
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            help = "save it as UTF-8 (in the editor), or: iconv -f utf-16 -t utf-8 rules.toml"
            return Problem("not-utf-8", "the file is UTF-16 text, not UTF-8", 1, 1, 2, "", "", help)
        return _not_utf8(data, start)


def _not_utf8(data: bytes, start: int) -> Problem:
    line = data.count(b"\n", 0, start) + 1
    line_start = data.rfind(b"\n", 0, start) + 1
    line_end = data.find(b"\n", start) % (len(data) + 1)
    column = len(data[line_start:start].decode("utf-8", "replace")) + 1
    shown = data[line_start:line_end].decode("latin-1").rstrip("\r") if line_end - line_start <= 2000 else ""
    probably = data[start : start + 1].decode("latin-1")
    return Problem(
        "not-utf-8",
        "the file is not UTF-8 text",
        line,
        column,
        column + 1,
        shown,
        f'probably "{probably}" in Latin-1' if probably.isprintable() else "here",
        "save it as UTF-8 (in the editor), or: iconv -f latin1 -t utf-8 rules.toml",
    )
