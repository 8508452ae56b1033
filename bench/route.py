"""How many files and functions one matched article runs through, from its parsed bytes to its sent message.

    python bench/route.py [--list] [--moves]

The real program runs: `monitor run --once` in this process, with SQLite, a feed on loopback and a webhook on loopback.
The first run is the baseline of the feed; before the second the feed gains one article that matches, and that run is
traced with `sys.setprofile` in every thread. The trace begins when `Parser.parse` returns the parsed feed and ends when
the webhook has the message. Only code of the package `monitor/` counts.

    files       different files with code that ran
    functions   different pieces of code that ran: functions, methods, lambdas, comprehensions
    moves       how often a thread goes on in another file of `monitor/`: by a call, a return or an await that is over
    calls       calls in all, of whatever piece of code

The figures differ by about 1 % from run to run, because threads run beside one another. To measure another build, run
this file with that build as PYTHONPATH.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import io
import opcode
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

if "PYTHONPATH" not in os.environ:
    sys.path.insert(0, str(Path(__file__).parents[1]))

import monitor
from monitor.cli import main as run_monitor

PACKAGE = str(Path(monitor.__file__).parent) + os.sep
BEGIN = "Parser.parse"  # returns the parsed feed
RETURN_VALUE = opcode.opmap["RETURN_VALUE"]

RULES = """
[watch]
H200 = "H200"
[feeds]
first = {{ url = "http://127.0.0.1:{feed}/first", every = "1s", full_text = "never", push = false }}
[notify]
hook = "json://127.0.0.1:{hook}/alerts"
[settings]
private_networks = ["127.0.0.0/8"]
"""
ITEM = (
    "<item><title>{0}</title><link>https://news.example/{1}</link><guid>{1}</guid><description>{2}</description></item>"
)
OLD = ITEM.format("Wetter: Regen im Norden", "old", "Es bleibt nass.")
NEW = ITEM.format(
    "Peking erlaubt den Kauf von H200-Chips", "new", "Mehrere Konzerne wollen 400.000 Chips bestellen, heißt es."
)


@dataclass
class Trace:
    """The steps inside `monitor/` in their order: thread, piece of code, and whether it was called anew."""

    steps: list[tuple[int, CodeType, bool]] = field(default_factory=list)
    begun: bool = False
    ended: bool = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """Note a call, a return or an await that is over; `sys.setprofile` calls this."""
        code = frame.f_code
        if self.ended or event not in ("call", "return") or not code.co_filename.startswith(PACKAGE):
            return
        if event == "return" and code.co_qualname == BEGIN and not self.begun and argument is not None:
            self.begun = finished(frame)
        if self.begun:
            self.steps.append((threading.get_ident(), code, event == "call" and not resumed(frame)))

    @property
    def functions(self) -> set[CodeType]:
        """Every piece of code that ran."""
        return {code for _, code, _ in self.steps}

    @property
    def moves(self) -> Counter[tuple[str, str]]:
        """The moves from file to file, of all threads."""
        moves: Counter[tuple[str, str]] = Counter()
        here: dict[int, str] = {}
        for thread, code, _ in self.steps:
            before = here.get(thread, code.co_filename)
            if before != code.co_filename:
                moves[file_name(before), file_name(code.co_filename)] += 1
            here[thread] = code.co_filename
        return moves


def resumed(frame: FrameType) -> bool:
    """Whether a generator or coroutine goes on: the argument of its RESUME instruction is 0 only at the start."""
    return frame.f_code.co_code[frame.f_lasti + 1] != 0


def finished(frame: FrameType) -> bool:
    """Whether a coroutine returns, and does not only wait."""
    return frame.f_code.co_code[frame.f_lasti] == RETURN_VALUE


def file_name(path: str) -> str:
    """A file inside the package."""
    return path.removeprefix(PACKAGE)


class Handler(http.server.BaseHTTPRequestHandler):
    """A feed under GET, a webhook under POST."""

    body = b""
    trace: Trace | None = None
    posts = 0

    def do_GET(self) -> None:
        """Serve the feed."""
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(Handler.body)))
        self.end_headers()
        self.wfile.write(Handler.body)

    def do_POST(self) -> None:
        """Take a message; the trace ends here."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if Handler.trace:
            Handler.trace.ended = True
        Handler.posts += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """A server on loopback; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def publish(*items: str) -> None:
    """Put a feed with these items on the air."""
    text = "".join(items)
    Handler.body = f"<rss version='2.0'><channel><title>First</title>{text}</channel></rss>".encode()


def run_once(folder: Path) -> str:
    """`monitor run --once` in this process; returns what it printed."""
    arguments = ["--rules", str(folder / "rules.toml"), "--database", f"sqlite:///{folder / 'monitor.db'}"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            sys.argv = ["monitor", *arguments, "run", "--once"]
            run_monitor()
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError(said.getvalue()) from ended
    return said.getvalue()


def traced() -> Trace:
    """The trace of the one article."""
    trace = Trace()
    with tempfile.TemporaryDirectory() as name, serving() as port:
        folder = Path(name)
        (folder / "rules.toml").write_text(RULES.format(feed=port, hook=port))
        publish(OLD)
        run_once(folder)
        publish(NEW, OLD)
        time.sleep(1.5)  # the feed is due again after a second
        Handler.trace = trace
        threading.setprofile(trace)
        sys.setprofile(trace)
        try:
            said = run_once(folder)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    if not trace.begun:
        raise RuntimeError(f"{BEGIN} did not return: which function returns the parsed feed now?")
    if Handler.posts != 1:
        raise RuntimeError(f"{Handler.posts} messages arrived instead of one\n{said}")
    return trace


def main() -> None:
    """Trace, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print each file with its functions")
    parser.add_argument("--moves", action="store_true", help="print each pair of files with its number of moves")
    options = parser.parse_args()
    trace = traced()
    functions, moves = trace.functions, trace.moves
    if options.list:
        for line in sorted(f"{file_name(code.co_filename)}:{code.co_qualname}" for code in functions):
            print(f"  {line}")
    if options.moves:
        for (before, after), times in moves.most_common():
            print(f"  {times:4d}  {before} -> {after}")
    files = {code.co_filename for code in functions}
    print(f"{len(files)} files, {len(functions)} functions, {moves.total()} moves from file to file")
    print(f"{sum(called for _, _, called in trace.steps)} calls")


if __name__ == "__main__":
    main()
