"""The killable parser: hostile feeds cost their deadline and nothing else."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from subprocess import PIPE

import pytest

from monitor.core.errors import ParseError
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.kinds import KINDS
from monitor.feeds.parse_protocol import encode_request
from monitor.feeds.parse_worker import MAX_MEMORY
from monitor.feeds.parser import Parser
from monitor.processes.child import peak_memory
from monitor.processes.frames import pack_frame, pack_json
from tests.feeds import waiting_worker as waiting
from tests.feeds.test_rss import GOOD, rss

SOURCE = Source("s", "https://feeds.example/rss", language="de", timezone="Europe/Berlin")
STRANGE = GOOD.replace("Good", "A <b>good</b>")  # for the tolerant parser, which has a process
SLOW = rss(f"<item><title>A {waiting.WAIT.decode()}</title></item>")  # takes longer than anybody waits
LARGE = rss(f"<item><title>A {waiting.LARGE.decode()}</title></item>")  # takes more memory than a process has


def page(document: str | bytes) -> Page:
    return Page("https://feeds.example/rss", document if isinstance(document, bytes) else document.encode())


def using(work: Callable[[Parser], Awaitable[None]], *, processes: int = 1, deadline: float = 20.0) -> None:
    """Run work with a parser and close it."""

    async def main() -> None:
        parser = patient(processes, deadline)
        try:
            await work(parser)
        finally:
            await parser.aclose()

    asyncio.run(main())


def patient(processes: int, deadline: float) -> Parser:
    """A parser whose processes wait where a document says so."""
    parser = Parser(processes, deadline)
    parser._pool._command = waiting.command(deadline)
    return parser


def children() -> int:
    """Parser processes of ours that are still there."""
    own = Path("/proc/self/task")
    pids = " ".join((task / "children").read_text() for task in own.iterdir()).split()
    return sum(b"tests.feeds.waiting_worker" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


def test_the_process_reads_exactly_what_the_function_reads() -> None:
    async def work(parser: Parser) -> None:
        for path in sorted((Path(__file__).parent / "data").glob("*.*")):
            if path.suffix in (".xml", ".json") and "sitemap" not in path.name:
                document = page(path.read_bytes())
                read = await parser._parse_in_process(document, SOURCE)
                assert read == KINDS["feed"](document, SOURCE)
                assert read.articles == (await parser.parse(document, SOURCE)).articles

    using(work)


def test_what_the_function_refuses_the_process_refuses_with_the_same_words() -> None:
    async def work(parser: Parser) -> None:
        for document in ("", "<html><title>Wall</title>", "<rss><"):
            with pytest.raises(ParseError) as here:
                KINDS["feed"](page(document), SOURCE)
            with pytest.raises(ParseError) as there:
                await parser.parse(page(document), SOURCE)
            assert (str(here.value), here.value.kind) == (str(there.value), there.value.kind)

    using(work)


def test_a_process_that_was_killed_from_outside_is_replaced() -> None:
    async def work(parser: Parser) -> None:
        await parser.parse(page(rss(STRANGE)), SOURCE)
        next(iter(parser._pool._all)).send_kill()
        with_a_corpse = [await _outcome(parser) for _ in range(2)]
        assert with_a_corpse[-1] == 1

    using(work)


async def _outcome(parser: Parser) -> int | str:
    try:
        return len((await parser.parse(page(rss(STRANGE)), SOURCE)).articles)
    except ParseError as error:
        return error.kind


def test_several_pages_at_once_wait_for_a_free_process() -> None:
    async def work(parser: Parser) -> None:
        read = await asyncio.gather(*(parser.parse(page(rss(STRANGE * n)), SOURCE) for n in range(1, 9)))
        assert [len(listing.articles) for listing in read] == list(range(1, 9))
        assert children() <= 2

    using(work, processes=2)


def test_a_cancelled_parse_leaves_no_answer_for_the_next_one() -> None:
    async def work(parser: Parser) -> None:
        await parser.parse(page(rss(STRANGE)), SOURCE)
        first = asyncio.create_task(parser._parse_in_process(page(SLOW), SOURCE))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len((await parser.parse(page(rss(STRANGE, GOOD)), SOURCE)).articles) == 2

    using(work)


def test_closing_ends_every_process_and_whatever_it_was_reading() -> None:
    async def main() -> None:
        parser = patient(2, 3.0)
        await asyncio.gather(*(parser.parse(page(rss(STRANGE)), SOURCE) for _ in range(2)))
        busy = asyncio.create_task(parser.parse(page(SLOW), SOURCE))
        await asyncio.sleep(0)
        await parser.aclose()
        with pytest.raises(ParseError):
            await busy
        assert children() == 0

    asyncio.run(main())


def test_the_worker_runs_with_warnings_as_errors_and_ends_with_its_pipe() -> None:
    command = [sys.executable, "-W", "error", "-m", "monitor.feeds.parse_worker", "3"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as worker:
        assert worker.stdin and worker.stdout and worker.stdout.read(len(pack_json({"done": True, "leaving": False})))
        worker.stdin.close()
        assert worker.wait(timeout=60) == 0 and worker.stderr and worker.stderr.read() == b""


def test_a_document_that_grows_in_memory_is_refused_and_the_next_good_one_parses() -> None:
    async def work(parser: Parser) -> None:
        with pytest.raises(ParseError) as caught:
            await parser.parse(page(LARGE), SOURCE)
        assert caught.value.kind == "too-big"
        assert len((await parser.parse(page(rss(GOOD)), SOURCE)).articles) == 1

    using(work, deadline=90.0)


def limits_of(pid: int) -> str:
    return Path(f"/proc/{pid}/limits").read_text()


@pytest.mark.parametrize("module", ["monitor.feeds.parse_worker", "monitor.feeds.webpage.article"])
def test_a_process_has_a_bound_for_its_memory_and_leaves_no_core(module: str) -> None:
    async def main() -> str:
        parser = Parser(1, 20.0, module)
        try:
            with pytest.raises(ParseError):
                await parser.parse(page("<html><p>no feed and no article"), SOURCE)
            [process] = parser._pool._all
            return limits_of(process._process.pid)
        finally:
            await parser.aclose()

    limits = {line[:26].strip(): line[26:].split()[:2] for line in asyncio.run(main()).splitlines()}
    assert (limits["Max address space"], limits["Max core file size"]) == ([str(MAX_MEMORY)] * 2, ["0", "0"])


def test_a_feed_that_gets_its_process_killed_costs_nobody_else() -> None:
    async def work(parser: Parser) -> None:
        pages = [page(rss(GOOD)), page(SLOW), page(rss(GOOD, GOOD))]
        read = await asyncio.gather(*(parser.parse(one, SOURCE) for one in pages), return_exceptions=True)
        first, killed, last = read
        assert isinstance(killed, ParseError) and killed.kind == "too-slow"
        assert [len(one.articles) for one in (first, last) if isinstance(one, Listing)] == [1, 2]

    using(work, deadline=1.5)


def test_a_process_lasts_for_many_pages_however_big_its_parent_is() -> None:
    """The kernel counts a parent's memory as its child's: then a process would leave after each page."""
    ballast = bytearray(200 * 1024 * 1024)

    async def work(parser: Parser) -> None:
        seen: set[int] = set()
        for _ in range(3):
            await parser.parse(page(rss(STRANGE)), SOURCE)
            seen.update(process._process.pid for process in parser._pool._all)
        assert len(seen) == 1

    using(work)
    assert len(ballast)


def test_memory_is_counted_where_there_is_no_proc(tmp_path: Path) -> None:
    assert peak_memory(tmp_path / "status") > 0.9 * peak_memory() > 1000  # the kernel counts pages in batches


def test_a_worker_that_nobody_kills_is_ended_by_an_alarm_of_the_kernel() -> None:
    """It never reads its pipe again."""
    with subprocess.Popen(waiting.command(0), stdin=PIPE, stdout=PIPE) as worker:
        assert worker.stdin
        slow = page(SLOW)
        worker.stdin.write(pack_json(encode_request(slow, SOURCE)) + pack_frame(slow.body))
        worker.stdin.flush()
        assert worker.wait(timeout=60) == -signal.SIGALRM
