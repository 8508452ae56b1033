"""Inserts lines into the bytes of a rules file and leaves all other text as it is.

Whether the new lines are correct is checked by the caller.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from monitor.config import files
from monitor.config.toml.problems import Problem
from monitor.config.toml.scanner import split_statements
from monitor.core.errors import ConfigError

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def insert_watch(data: bytes, name: str, terms: Sequence[str]) -> tuple[bytes, int]:
    """The file's bytes with one more watch, and its line number; see insert_lines()."""
    return insert_lines(data, "watch", [f"{format_key(name)} = {format_terms(terms)}"])


def insert_lines(data: bytes, section: str, lines: Sequence[str]) -> tuple[bytes, int]:
    """The file's bytes with lines added to a section, and the number of the first; a new section is appended.

    Raises ConfigError for what is not UTF-8.
    """
    text = files.decode_utf8(data)
    if isinstance(text, Problem):
        raise ConfigError(f"line {text.line}: {text.message}; {text.help}")
    block = "\n".join(lines)
    at = _end_of_section(text, section)
    if at is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        new = f"{text}{gap}\n[{section}]\n{block}\n"
        at = len(new) - len(block) - 2
    else:
        new = f"{text[:at]}\n{block}{text[at:]}"
    return _restore_line_ends(data, new), new.count("\n", 0, at + 1) + 1


def format_feed_line(name: str, url: str, *, every: str = "", kind: str = "feed", select: str = "") -> str:
    """A feed as one line of [feeds]: the address alone where no other key is needed."""
    more = {"every": every, "kind": kind if kind != "feed" else "", "select": select}
    given = [f"{one} = {quote_string(said)}" for one, said in more.items() if said]
    return f"{format_key(name)} = " + (
        f"{{ {', '.join([f'url = {quote_string(url)}', *given])} }}" if given else quote_string(url)
    )


def format_key(name: str) -> str:
    """A name as a TOML key."""
    return name if _BARE_KEY.fullmatch(name) else quote_string(name)


def format_terms(terms: Sequence[str]) -> str:
    """Terms as a TOML value: one string, or a list."""
    shown = [quote_string(term) for term in terms]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def quote_string(text: str) -> str:
    """A TOML string. TOML has JSON's escapes, but DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _end_of_section(text: str, section: str) -> int | None:
    """The offset at which the last line of a section ends; None without that section."""
    end, wanted = None, re.compile(rf"\[[ \t]*{section}[ \t]*\]")
    for statement in split_statements(text):
        words = text[statement.start : statement.end]
        if statement.header and end is not None:
            return end
        if end is not None or (statement.header and wanted.match(words)):
            line_end = text.find("\n", statement.start if statement.header else statement.end - 1)
            end = len(text) if line_end < 0 else line_end
    return end


def _restore_line_ends(data: bytes, text: str) -> bytes:
    """The text with the byte order mark and the line ends of the file."""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    body = text.encode()
    return mark + (body.replace(b"\n", b"\r\n") if b"\r\n" in data else body)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file's content atomically and keep its mode; a link stays a link. Raises ConfigError."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
