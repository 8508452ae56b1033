"""The worker process of the parser: python -m monitor.feeds.parse_worker SECONDS.

It can be killed at any moment, because a regular expression that does not end cannot be stopped from inside. It limits
its own memory and ends by an alarm where nobody kills it.
"""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Iterator
from typing import Any

from monitor.core.errors import ParseError
from monitor.feeds.kinds import ParseFunction, call_parser, parse_page
from monitor.feeds.parse_protocol import decode_request, encode_answer
from monitor.processes.child import serve

MAX_MEMORY = 512 * 1024 * 1024  # bytes of address space; a feed of 100 kB needs 30 MiB
KILL_GRACE_SECONDS = 2  # after the deadline, for the parent to kill this process before the alarm does


def main(parse: ParseFunction = parse_page) -> None:
    """Parse pages, with every failure as a ParseError, until the parent has no more or too much memory was used."""

    def answer(about: dict[str, Any], body: bytes) -> Iterator[dict[str, Any]]:
        try:
            return encode_answer(call_parser(parse, *decode_request(about, body)))
        except ParseError as error:
            return encode_answer(error)

    serve(answer, limit_memory, alarm=math.ceil(float(sys.argv[1])) + KILL_GRACE_SECONDS)


def limit_memory() -> None:
    """Limit the address space of this process; it leaves no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
