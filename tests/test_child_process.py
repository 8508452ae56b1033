"""No process of ours outlives the daemon, however it ends and whatever the process is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.processes.child import ORPHAN_EXIT_STATUS
from tests.children import Known, alive, children, wait_for_children, wait_until_gone
from tests.daemons import ROOT, Daemon
from tests.peers import FeedServer, Webhook
from tests.rss_documents import Item, rss

CHIPS = Item("Peking erlaubt den Kauf von H200-Chips", "Mehrere Konzerne wollen bestellen.", guid="chips-1")
UNUSUAL = Item("H200 im Test", "Ein <b>Bericht</b> aus dem Labor.", guid="test-1")
RULES = """
[watch]
H200 = "H200"

[feeds.first]
url = "{feeds}/first"
every = "1s"
full_text = "never"

[notify]
hook = "{hook}"

[settings]
private_networks = ["127.0.0.0/8"]
"""

# A parent of one child, as the daemon is one, that says so and waits for its end
PARENT = """
import asyncio
from monitor.core.model.alerts import Message, Target
from monitor.core.model.polling import Page, Source
from monitor.channels.notifier import Notifier
from monitor.feeds.parser import Parser

async def speak(url):
    await Notifier(1, 600.0, native=False).send(Target("", url), Message("t", "b", key="k"))

async def read(module):
    await Parser(1, 600.0, module).parse(Page("https://x.example/", b"x"), Source("s", "https://x.example/"))

async def idle(module):
    await Parser(1, 600.0, module)._pool.fill()
    await asyncio.sleep(600)

asyncio.run({call})
"""
# seconds of a send, not 20
SHORT = "from monitor.channels.notifier import Notifier; Notifier.__init__.__defaults__ = (2, 8.0)"
BUSY = """
import sys, time
from monitor.feeds.parse_worker import main
print("reading", file=sys.stderr, flush=True)
main(lambda page, source: {work})
"""
WORK = {
    "holds the interpreter": "(print('begun', file=sys.stderr, flush=True), sum(range(10**15)))",
    "waits": "(print('begun', file=sys.stderr, flush=True), time.sleep(600))",
}


@contextmanager
def parent(call: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that makes one call and is killed in the end."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    command = [sys.executable, "-c", PARENT.format(call=call)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def hanging(folder: Path, first: str = "") -> Iterator[tuple[Daemon, Known, Webhook]]:
    """A daemon whose sender waits for an answer that never comes, and all children of it."""
    with FeedServer() as feeds, Webhook() as hook:
        feeds.put("/first", rss([UNUSUAL]), content_type="application/rss+xml")
        rules = folder / "rules.toml"
        rules.write_text(RULES.format(feeds=feeds.url, hook=hook.apprise_url.replace("json:", "xml:") + "?rto=60"))
        with Daemon(rules, f"sqlite:///{folder / 'monitor.db'}", first=first) as daemon:
            daemon.wait_for("READY=1", timeout=60)
            feeds.wait(3, 20)
            hook.answer(held=True, times=None)
            feeds.put("/first", rss([CHIPS, UNUSUAL]), content_type="application/rss+xml")
            hook.wait(1, 30)
            yield daemon, wait_for_children(daemon.process.pid, 2), hook


def test_kill_9_leaves_no_sender_that_waits_for_an_answer(tmp_path: Path) -> None:
    with hanging(tmp_path) as (daemon, known, _):
        daemon.kill()
        wait_until_gone(known)


def test_kill_9_leaves_no_child_that_was_stopped(tmp_path: Path) -> None:
    with hanging(tmp_path) as (daemon, known, _):
        for pid in known:
            os.kill(pid, signal.SIGSTOP)
        daemon.kill()
        wait_until_gone(known)


def test_sigterm_leaves_no_child_once_the_daemon_has_ended(tmp_path: Path) -> None:
    with hanging(tmp_path) as (daemon, known, hook):
        daemon.process.terminate()
        daemon.wait_for("STOPPING=1")
        hook.release()
        assert daemon.process.wait(40) == 0
        assert alive(known) == {}


def test_sigterm_ends_children_that_were_stopped_as_well(tmp_path: Path) -> None:
    with hanging(tmp_path, SHORT) as (daemon, known, _):
        for pid in known:
            os.kill(pid, signal.SIGSTOP)
        assert set(known) <= set(children(daemon.process.pid))
        daemon.process.terminate()
        assert daemon.process.wait(60) == 0  # the send in flight has its deadline
        assert alive(known) == {}


def test_sigabrt_leaves_no_child(tmp_path: Path) -> None:
    with hanging(tmp_path) as (daemon, known, _):
        daemon.process.send_signal(signal.SIGABRT)  # as systemd's watchdog does
        daemon.process.wait(20)
        wait_until_gone(known)


@pytest.mark.parametrize("work", WORK)
def test_kill_9_leaves_no_parser_in_a_long_document(tmp_path: Path, work: str) -> None:
    (tmp_path / "busy.py").write_text(BUSY.format(work=WORK[work]))
    with parent("read('busy')", tmp_path) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "begun\n":
            assert process.poll() is None
        known = children(process.pid)
        assert len(known) == 1
        process.kill()
        wait_until_gone(known)


@pytest.mark.parametrize(
    "module", ["monitor.feeds.parse_worker", "monitor.feeds.webpage.article", "monitor.feeds.webpage.headlines"]
)
def test_kill_9_leaves_no_parser_at_rest(tmp_path: Path, module: str) -> None:
    with parent(f"idle({module!r})", tmp_path) as process:
        known = wait_for_children(process.pid, 1)
        process.kill()
        wait_until_gone(known)


def test_kill_9_leaves_no_sender_of_a_single_call(tmp_path: Path) -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        with parent(f"speak({hook.apprise_url!r})", tmp_path) as process:
            hook.wait(1, 40)
            known = children(process.pid)
            assert len(known) == 1
            process.kill()
            wait_until_gone(known)


# A child that hangs in a read, as a sender does, after it was told to end with its parent
CHILD = """
import os, socket, sys
from monitor.processes.child import exit_with_parent
exit_with_parent(0, {ask})
here, there = socket.socketpair()
print("ready", flush=True)
here.recv(1)
"""


def child(ask: str) -> subprocess.Popen[bytes]:
    """Such a child, with this process as its parent."""
    command = [sys.executable, "-c", CHILD.format(ask=ask)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)


def test_where_the_kernel_cannot_help_the_end_of_the_pipe_is_noticed_in_the_middle_of_a_call() -> None:
    with child("lambda: False") as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"a message that waits to be read")
        process.stdin.flush()
        assert process.poll() is None  # what arrives is no end
        process.stdin.close()
        assert process.wait(30) == ORPHAN_EXIT_STATUS


def test_a_parent_that_ended_before_the_kernel_was_asked_is_noticed() -> None:
    with child("lambda: bool(sys.stdin.buffer.read() or True)") as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()  # while the child still asks
        assert process.wait(30) == ORPHAN_EXIT_STATUS
        assert process.stdout.read() == b""


def test_this_kernel_kills() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from monitor.processes.child import set_death_signal; print(set_death_signal())"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout == f"{sys.platform == 'linux'}\n"
