"""The killable parser: hostile feeds cost their deadline and nothing else."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from monitor.core.errors import ParseError
from monitor.core.model import Page, Source
from monitor.sources import KINDS, Parser, frames
from monitor.sources.worker import peak
from tests.sources.test_feed import GOOD, rss

SOURCE = Source("s", "https://feeds.example/rss", language="de", timezone="Europe/Berlin")
DEADLINE = 0.7
STRANGE = GOOD.replace("Good", "A <b>good</b>")  # for the tolerant parser, which has a process

BOMB = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
HOSTILE = {
    "newlines before the root": "\n" * 60_000 + rss(GOOD),
    "entity declarations without end": "<!ENTITY x " * 12_000,
    "doctypes without end": "<!DOCTYPE x [" * 9_000 + rss(GOOD),
    "an author of forty thousand letters": rss(f"<item><author>{'a' * 40_000}</author></item>"),
    "an author with half an address": rss(f"<item><author>{'a' * 40_000}@</author></item>"),
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{BOMB}]>'
    + rss("<item><title>&l9;</title></item>"),
    "deep nesting": "<rss><channel>" + "<a>" * 200_000,
    "twenty thousand attributes": "<rss " + " ".join(f'a{n}="x"' for n in range(20_000)) + "><channel/></rss>",
    "a hundred thousand entries": rss("<item><title>t</title></item>" * 100_000),
    "unclosed markup": rss(f"<item><description>{'&lt;a ' * 50_000}</description></item>"),
}


def page(document: str | bytes) -> Page:
    return Page("https://feeds.example/rss", document if isinstance(document, bytes) else document.encode())


def using(work: Callable[[Parser], Awaitable[None]], *, processes: int = 1, deadline: float = 20.0) -> None:
    """Run work with a parser and close it."""

    async def main() -> None:
        parser = Parser(processes, deadline)
        try:
            await work(parser)
        finally:
            await parser.aclose()

    asyncio.run(main())


def children() -> int:
    """Parser processes of ours that are still there."""
    own = Path("/proc/self/task")
    pids = " ".join((task / "children").read_text() for task in own.iterdir()).split()
    return sum(b"monitor.sources.worker" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


def test_the_process_reads_exactly_what_the_function_reads() -> None:
    async def work(parser: Parser) -> None:
        for path in sorted((Path(__file__).parent / "data").glob("*.*")):
            if path.suffix in (".xml", ".json") and "sitemap" not in path.name:
                document = page(path.read_bytes())
                read = await parser._process(document, SOURCE)
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


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_ends_in_time_and_the_next_good_one_parses(name: str) -> None:
    async def work(parser: Parser) -> None:
        await parser.parse(page(rss(STRANGE)), SOURCE)  # a warm process: starting one has a limit of its own
        gap = asyncio.create_task(longest_gap())
        clock = asyncio.get_running_loop().time
        start = clock()
        try:
            await parser.parse(page(HOSTILE[name]), SOURCE)
        except ParseError as error:
            assert error.kind in ("too-slow", "broken", "not-a-feed", "too-big"), error.kind
        assert clock() - start < DEADLINE + 1.0
        gap.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gap
        assert len((await parser.parse(page(rss(STRANGE)), SOURCE)).articles) == 1

    using(work, deadline=DEADLINE)


async def longest_gap() -> None:
    """Fails where something blocks the loop; 11 ms is usual, the bound is for a machine with other work."""
    clock = asyncio.get_running_loop().time
    while True:
        before = clock()
        await asyncio.sleep(0.005)
        assert clock() - before < 0.5


def test_a_process_that_was_killed_from_outside_is_replaced() -> None:
    async def work(parser: Parser) -> None:
        await parser.parse(page(rss(STRANGE)), SOURCE)
        parser._crew.workers[0].kill()
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
        first = asyncio.create_task(parser._process(page(HOSTILE["deep nesting"]), SOURCE))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len((await parser.parse(page(rss(STRANGE, GOOD)), SOURCE)).articles) == 2

    using(work)


def test_closing_ends_every_process_and_whatever_it_was_reading() -> None:
    async def main() -> None:
        parser = Parser(2)
        await asyncio.gather(*(parser.parse(page(rss(STRANGE)), SOURCE) for _ in range(2)))
        busy = asyncio.create_task(parser.parse(page(HOSTILE["deep nesting"]), SOURCE))
        await asyncio.sleep(0)
        await parser.aclose()
        with pytest.raises(ParseError):
            await busy
        assert children() == 0

    asyncio.run(main())


def test_the_worker_runs_with_warnings_as_errors_and_ends_with_its_pipe() -> None:
    command = [sys.executable, "-W", "error", "-m", "monitor.sources.worker", "3"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=True)
    assert done.stdout.endswith(b'{"ready": true}') and done.stderr == b""


def test_a_document_that_grows_in_memory_is_refused_and_the_next_good_one_parses() -> None:
    async def work(parser: Parser) -> None:
        with pytest.raises(ParseError) as caught:
            await parser.parse(page('{"items":[' + "[[]]," * 3_000_000 + "[]]}"), SOURCE)
        assert caught.value.kind == "too-big"
        assert len((await parser.parse(page(rss(GOOD)), SOURCE)).articles) == 1

    using(work)


def test_a_process_lasts_for_many_pages_however_big_its_parent_is() -> None:
    """The kernel counts a parent's memory as its child's: then a process would leave after each page."""
    ballast = bytearray(200 * 1024 * 1024)

    async def work(parser: Parser) -> None:
        seen = set()
        for _ in range(3):
            await parser.parse(page(rss(STRANGE)), SOURCE)
            process = parser._crew.workers[0]._process
            seen.add(process and process.pid)
        assert len(seen) == 1 and None not in seen

    using(work)
    assert len(ballast)


def test_memory_is_counted_where_there_is_no_proc(tmp_path: Path) -> None:
    assert peak(tmp_path / "status") >= peak() > 1000


def test_a_worker_whose_parent_is_gone_is_ended_by_the_kernel() -> None:
    """Nobody kills it here, and it never reads its pipe again."""
    command = [sys.executable, "-m", "monitor.sources.worker", "0"]
    stuck = frames.question(page(HOSTILE["an author with half an address"]), SOURCE)
    done = subprocess.run(command, input=stuck, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGALRM
