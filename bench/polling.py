"""CPU and memory of whole polling cycles over many feeds on loopback, beside other programs that poll feeds.

    python bench/polling.py [--feeds 1000] [--rounds 1] [--peers reader,naive] [--path DIR:DIR] [--tls]

Cycles: cold (everything is new), warm (304 for everything) and 5 % (one new entry in every twentieth feed). The peers
are `reader` and `rss2email` from PyPI, best in an environment of their own (--path ENV/bin), `newsboat` and `sfeed`
with curl from Debian, and a naive script (polling_naive.py); what is not installed is skipped. All run in turn on the
same server, whose CPU does not count. It tells how many 200 and 304 each program got, with a "!" where that is not what
the cycle means: newsboat reads no JSON Feed and asks for each in full every time. CPU is that of the process and its
children. A program's start is measured by a run over one feed that has not changed, and taken off: a monitor starts
once and then polls for months. With --tls each poll is a new TLS connection; reader and newsboat cannot be told by the
environment whom to trust, and are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.newsstand import TWENTIETH, address, addresses
from bench.polling_peers import PEERS
from bench.tls import certificate, trusting

HERE = Path(__file__).parent
CYCLES = ("cold", "warm", "5 %")
TARGETS = {  # how many times cheaper ours is to be: cold, warm, 5 %
    "reader": (8, 3, 6), "rss2email": (12, 3, 6), "newsboat": (2.5, 15, 15), "sfeed": (2.5, 15, 15), "naive": (8, 4, 6),
}  # fmt: skip
RESIDENT, GAP = 120, 50  # MB of all processes together; ms of lateness, 99th percentile
LIMIT = 3600.0  # seconds for one cycle


@dataclass(slots=True)
class Cost:
    """CPU seconds, peak memory in MB of all processes together, seconds of wall time, what the program said, and how
    many answers of each status it got."""

    cpu: float
    memory: float
    wall: float
    said: str
    answers: dict[str, int] = field(default_factory=dict)


class Stand:
    """The server, in a process of its own."""

    def __init__(self, feeds: int, certificate: str) -> None:
        command = [sys.executable, str(HERE / "newsstand.py"), "--feeds", str(feeds), "--tls", certificate]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = int(self.said())
        self.urls = [address(port, feed, "https" if certificate else "http") for feed in range(feeds)]

    def said(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def publish(self, edition: int) -> dict[str, int]:
        """Bring an edition; how many answers of each status were given since the last call."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{edition}\n")
        self.process.stdin.flush()
        found: dict[str, int] = json.loads(self.said())
        return found


@contextlib.contextmanager
def stand(feeds: int, certificate: str = "") -> Iterator[Stand]:
    """A running server."""
    running = Stand(feeds, certificate)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def run(command: list[str]) -> Cost:
    """Run a program to its end. Raises RuntimeError where it fails."""
    begun, most = time.monotonic(), [0.0]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True)
        watching = threading.Thread(target=watch, args=(process.pid, most))
        watching.start()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watching.join()
        out.seek(0), err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {err.read()[-500:]}")
        memory = max(most[0], used.ru_maxrss / 1024)
        return Cost(used.ru_utime + used.ru_stime, memory, time.monotonic() - begun, out.read())


def watch(session: int, most: list[float]) -> None:
    """Keep the largest sum of the resident memory of a session's processes."""
    while Path(f"/proc/{session}/status").exists():
        most[0] = max(most[0], sum(resident(entry, session) for entry in os.scandir("/proc")))
        time.sleep(0.1)


def resident(entry: os.DirEntry[str], session: int) -> float:
    """MB of a process, if it belongs to the session."""
    if not entry.name.isdigit():
        return 0.0
    try:
        fields = Path(entry.path, "stat").read_text().rpartition(") ")[2].split()
    except OSError:  # it ended meanwhile
        return 0.0
    return int(fields[21]) * 4096 / 1e6 if int(fields[3]) == session else 0.0


class Contest:
    """The programs, each with its folder, and what they cost."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self.names, self.folder = names, folder
        self.starts: dict[str, Cost] = {}
        self.costs: dict[tuple[str, str], list[Cost]] = {}
        self.hours = 0.0

    def prepared(self, name: str, purpose: str, urls: list[str]) -> Path:
        """A program's folder for these feeds."""
        folder = self.folder / f"{name}-{purpose}"
        folder.mkdir()
        PEERS[name].prepare(folder, urls)
        return folder

    def turn(self, name: str, folder: Path) -> Cost:
        """One cycle of one program."""
        self.hours += 0.1
        more = [f"{self.hours:.2f}"] if name == "ours" else []
        return run(PEERS[name].command(folder) + more)

    def start(self, name: str, url: str) -> None:
        """What a program costs before it polls anything."""
        folder = self.prepared(name, "start", [url])
        self.turn(name, folder)
        self.starts[name] = self.turn(name, folder)

    def play(self, served: Stand, number: int) -> None:
        """A round: all cycles of all programs, taking turns."""
        folders = {name: self.prepared(name, f"feeds-{number}", served.urls) for name in self.names}
        for edition, cycle in enumerate(CYCLES):
            served.publish(edition // 2)
            for name, folder in folders.items():
                cost = self.turn(name, folder)
                cost.answers = served.publish(edition // 2)
                self.costs.setdefault((name, cycle), []).append(cost)
                if cycle == "cold" and PEERS[name].twice:
                    self.turn(name, folder)
                    served.publish(edition // 2)
                print(f"  {cycle:5} {name:10} {cost.cpu:8.2f} s CPU  {cost.wall:8.1f} s", file=sys.stderr, flush=True)

    def cost(self, name: str, cycle: str) -> Cost:
        """That of the round in the middle."""
        costs = sorted(self.costs[name, cycle], key=lambda cost: cost.cpu)
        return costs[len(costs) // 2]

    def own(self, cycle: str) -> dict[str, Any]:
        """What our own process told of its cycle."""
        found: dict[str, Any] = json.loads(self.cost("ours", cycle).said)
        return found

    def polling(self, name: str, cycle: str) -> float:
        """CPU of a cycle without the program's start."""
        if name == "ours":
            told, started = self.own(cycle), json.loads(self.starts["ours"].said)
            return max(0.001, float(told["busy"] + told["parse"] - started["busy"]))
        return max(0.0, self.cost(name, cycle).cpu - self.starts[name].cpu)


def table(contest: Contest, feeds: int) -> None:
    """CPU, memory, answers and ratios."""
    print(
        f"\n{'':10}  {'start':>7}"
        + "".join(f"{cycle:>9}" for cycle in CYCLES)
        + "   peak MB   peer/ours, without start   answers 200+304"
    )
    for name in contest.names:
        costs = [contest.cost(name, cycle) for cycle in CYCLES]
        start = contest.starts[name].cpu
        ratios = [contest.polling(name, cycle) / contest.polling("ours", cycle) for cycle in CYCLES]
        shown = "  ".join(f"{ratio:6.1f}" for ratio in ratios) if name != "ours" else ""
        got = "  ".join(answered(cost.answers, cycle, feeds) for cost, cycle in zip(costs, CYCLES, strict=True))
        cells = "".join(f"{cost.cpu:9.2f}" for cost in costs)
        print(f"{name:10}  {start:7.2f}{cells}  {max(cost.memory for cost in costs):8.0f}   {shown:24}   {got}")


def answered(answers: dict[str, int], cycle: str, feeds: int) -> str:
    """Answers of each status, marked where they are not what the cycle means."""
    full = {"cold": feeds, "warm": 0, "5 %": len(range(0, feeds, TWENTIETH))}[cycle]
    found = answers.get("200", 0), answers.get("304", 0)
    return f"{found[0]}+{found[1]}" + ("" if found == (full, feeds - full) else "!")


def breakdown(contest: Contest, feeds: int) -> None:
    """Where our own time goes, in milliseconds per feed."""
    heads = (("fetch, loop", 12), ("parse", 8), ("keys, match", 13), ("store", 8), ("gap p99", 9), ("worst", 8))
    print(f"\n{'ours, ms/feed':14}" + "".join(f"{head:>{width}}" for head, width in heads))
    for cycle in CYCLES:
        told = contest.own(cycle)
        loop = told["busy"] - told["keys"] - told["store"]
        cells = (loop, told["parse"], told["keys"], told["store"])
        shown = "{:12.2f}{:8.2f}{:13.2f}{:8.2f}".format(*(1000 * cell / feeds for cell in cells))
        late = f"{1000 * told['gap']:6.1f} ms{1000 * told['worst']:5.0f} ms"
        print(f"{cycle:14}{shown}{late}   {told['outcomes']} {told['articles']} articles, {told['matches']} matches")


def verdicts(contest: Contest) -> None:
    """Which targets hold."""
    print("\ntargets")
    for name in (name for name in contest.names if name in TARGETS):
        for cycle, wanted in zip(CYCLES, TARGETS[name], strict=True):
            ratio = contest.polling(name, cycle) / contest.polling("ours", cycle)
            said(f"{name}, {cycle}: {wanted:g}x", f"{ratio:.1f}x", ratio >= wanted)
    memory = max(contest.cost("ours", cycle).memory for cycle in CYCLES)
    said(f"resident, all processes: {RESIDENT} MB", f"{memory:.0f} MB", memory <= RESIDENT)
    gap = max(1000 * contest.own(cycle)["gap"] for cycle in CYCLES)
    said(f"loop gap, p99: {GAP} ms", f"{gap:.1f} ms", gap <= GAP)


def slope(contest: Contest, feeds: int) -> None:
    """How our memory grows with known feeds, from a run over one of them and that over all."""
    least, most = contest.starts["ours"].memory, contest.cost("ours", "warm").memory
    grown = 1000 * (most - least) / max(1, feeds - 1)
    print(f"\nours, peak: {least:.0f} MB with one feed, {most:.0f} MB with {feeds}: {grown:+.0f} MB per 1,000 feeds")


def said(target: str, found: str, holds: bool) -> None:
    """One line of the verdict."""
    print(f"  {'holds ' if holds else 'MISSED'}  {target:34} {found}")


def installed(wanted: list[str]) -> list[str]:
    """Ours and those of the peers that are there."""
    there = [name for name in wanted if answers(PEERS[name].probe)]
    for name in (name for name in wanted if name not in there):
        print(f"{name} is not installed: skipped")
    return ["ours", *there]


def answers(command: list[str]) -> bool:
    """Whether a command is there and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1, help="the middle one counts")
    parser.add_argument("--peers", default=",".join(TARGETS), help="of " + ", ".join(TARGETS) + "; or none")
    parser.add_argument("--path", default="", help="folders of the peers' executables")
    parser.add_argument("--tls", action="store_true", help="a new TLS connection for each poll; without a verdict")
    arguments = parser.parse_args()
    os.environ["PATH"] = f"{arguments.path}:{os.environ['PATH']}"
    wanted = [name for name in arguments.peers.split(",") if name in TARGETS]
    names = installed([name for name in wanted if PEERS[name].trusts or not arguments.tls])
    with contextlib.ExitStack() as stack:
        folder, shown = stack.enter_context(tempfile.TemporaryDirectory()), ""
        if arguments.tls:
            shown = str(certificate(Path(folder), addresses(arguments.feeds)))
            os.environ.update(trusting(Path(shown)))
        served = stack.enter_context(stand(arguments.feeds, shown))
        contest = Contest(names, Path(folder))
        for name in names:
            contest.start(name, served.urls[0])
        for number in range(arguments.rounds):
            contest.play(served, number)
    table(contest, arguments.feeds)
    breakdown(contest, arguments.feeds)
    slope(contest, arguments.feeds)
    if not arguments.tls:
        verdicts(contest)


if __name__ == "__main__":
    main()
