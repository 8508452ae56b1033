"""One event is one line of the log, whatever text is in it."""

from __future__ import annotations

import logging
import sys

import pytest

from monitor.service.log import LogFormatter

ENDS = ["\n", "\r", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"]


def record(message: str, *arguments: object, fault: BaseException | None = None) -> logging.LogRecord:
    raised = None
    if fault is not None:
        try:
            raise fault
        except type(fault):
            raised = sys.exc_info()
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, arguments, raised)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("journal", [True, False])
def test_a_headline_with_a_line_end_stays_in_its_line(end: str, journal: bool) -> None:
    text = LogFormatter(frozenset, journal=journal).format(record("told %s", f"a{end}<0>b"))
    assert len(text.splitlines()) == 1 and "a <0>b" in text


@pytest.mark.parametrize("end", ENDS)
def test_no_line_of_a_traceback_begins_like_a_line_of_ours(end: str) -> None:
    text = LogFormatter(frozenset, journal=True).format(record("failed", fault=ValueError(f"a{end}<0>b\x1b[31m")))
    first, *rest = text.splitlines()
    assert first == "<3>failed" and rest and all(line.startswith("  ") for line in rest)
    assert "\x1b" not in text


def test_secrets_are_masked_in_messages_and_tracebacks() -> None:
    line = LogFormatter(lambda: ["canary-word"], journal=False)
    text = line.format(record("at %s", "postgresql://me:canary@db/x", fault=ValueError("canary-word")))
    assert "canary" not in text
