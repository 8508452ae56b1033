"""The bytes of rules.toml, and their text; whatever stops us has words."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.config.problems import Problem

LARGEST = 4_000_000  # bytes; 10,000 watches need about one


def read(path: Path) -> bytes | Problem:
    """The file's bytes, or why there are none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Problem(
            "no-file", f"there is no file {path}", help="`monitor init DIR` writes one; --rules names another"
        )
    except OSError as error:
        return Problem("no-file", f"{path} cannot be read: {error.strerror}")
    if len(data) > LARGEST:
        return Problem("too-large", f"{path} has {len(data):,} bytes; at most {LARGEST:,} are read")
    return data


def create(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file. Raises FileExistsError where anything has that name, also a link that leads nowhere."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def decode(data: bytes) -> str | Problem:
    """The text with plain line ends and without a byte order mark, or where it stops being UTF-8."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        start = error.start + 3 * data.startswith(b"\xef\xbb\xbf")
        return _not_utf8(data, start)


def _not_utf8(data: bytes, start: int) -> Problem:
    line = data.count(b"\n", 0, start) + 1
    line_start = data.rfind(b"\n", 0, start) + 1
    line_end = data.find(b"\n", start) % (len(data) + 1)
    column = len(data[line_start:start].decode("utf-8", "replace")) + 1
    shown = data[line_start:line_end].decode("latin-1").rstrip("\r")
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
