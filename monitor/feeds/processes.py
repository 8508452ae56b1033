"""Processes that read pages and can be killed, with a deadline nothing can outlive."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Schedule, ServerLimits, Source

LENGTH_PREFIX = Struct(">I")
DATETIME_FIELDS = ("published_at", "updated_at")


def pack_frame(payload: bytes) -> bytes:
    """One frame."""
    return LENGTH_PREFIX.pack(len(payload)) + payload


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None where the other side has gone."""
    head = stream.read(LENGTH_PREFIX.size)
    if len(head) < LENGTH_PREFIX.size:
        return None
    (length,) = LENGTH_PREFIX.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def encode_request(page: Page, source: Source) -> bytes:
    """A page to parse: two frames, what is known of it and its bytes."""
    known = {
        "url": page.url,
        "content_type": page.content_type,
        "source": {**_field_values(source), "every": source.every.total_seconds(), "most": None},
    }
    return pack_frame(json.dumps(known).encode()) + pack_frame(page.body)


def decode_request(known: bytes, body: bytes) -> tuple[Page, Source]:
    """The two frames of a question, read back."""
    value = json.loads(known)
    source = value["source"]
    return (
        Page(value["url"], body, value["content_type"], manners=ServerLimits()),
        Source(
            **{
                **source,
                "every": timedelta(seconds=source["every"]),
                "select": tuple((part, place) for part, place in source["select"]),
            }
        ),
    )


def encode_article(article: Article) -> bytes:
    """One article of an answer."""
    value = _field_values(article)
    value.update((name, value[name].isoformat()) for name in DATETIME_FIELDS if value[name] is not None)
    return pack_frame(json.dumps({"article": value}).encode())


def encode_end(**said: Any) -> bytes:
    """The last frame of an answer: nothing, or error and kind."""
    return pack_frame(json.dumps(said).encode())


def decode_article(value: Mapping[str, Any]) -> Article:
    """An article from its frame."""
    instants = {name: datetime.fromisoformat(value[name]) for name in DATETIME_FIELDS if value[name] is not None}
    return Article(**{**value, **instants, "tags": tuple(value["tags"])})


def encode_listing(found: Listing) -> dict[str, Any]:
    """What a listing says besides its articles, for the last frame."""
    said = {name: value for name, value in _field_values(found).items() if name != "articles"}
    return {"listing": {**said, "schedule": _field_values(found.schedule), "slices": found.slices.hex()}}


def decode_listing(said: Mapping[str, Any], articles: Sequence[Article]) -> Listing:
    """A listing from its last frame and the articles before it."""
    value = _lists_to_tuples(said["listing"])
    schedule, slices = Schedule(**_lists_to_tuples(value.pop("schedule"))), bytes.fromhex(value.pop("slices"))
    return Listing(tuple(articles), schedule, slices=slices, **value)


def _lists_to_tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def _field_values(noun: Any) -> dict[str, Any]:
    return {field.name: getattr(noun, field.name) for field in fields(noun)}


WORKER_MODULE = "monitor.feeds.parse_worker"
PROJECT_ROOT = Path(__file__).parents[2]  # where `-m monitor…` finds this very package, whatever our working directory
MIB = 1024 * 1024
MAX_ANSWER_BYTES = (
    64 * MIB
)  # of one document; fifteen of Chinese text are thirty in JSON, more is made of relative links
START_TIMEOUT = 30.0  # seconds for a fresh process to say that it is ready; a loaded machine is not a hostile feed


class ParserPool:
    """Workers of one module, of which each reads one page at a time."""

    def __init__(self, processes: int, deadline: float, module: str) -> None:
        self.workers = [ParserProcess(deadline, module) for _ in range(processes)]
        self._idle: asyncio.LifoQueue[ParserProcess] = asyncio.LifoQueue()  # the warm one first
        for worker in self.workers:
            self._idle.put_nowait(worker)
        self._closed = False

    async def parse(self, page: Page, source: Source) -> Listing:
        """What the page lists, by the next free worker."""
        if self._closed:
            raise ParseError("the parser is closed", kind="crashed")
        worker = await self._idle.get()
        try:
            if self._closed:
                raise ParseError("the parser is closed", kind="crashed")
            return await worker.parse(page, source)
        finally:
            self._idle.put_nowait(worker)

    def kill(self) -> None:
        """End every process at once."""
        self._closed = True
        for worker in self.workers:
            worker.kill()

    async def stop(self) -> None:
        """Wait for the end of every process."""
        for _ in self.workers:
            await (await self._idle.get()).stop()


class ParserProcess:
    """One process and its pipes."""

    def __init__(self, deadline: float, module: str = WORKER_MODULE) -> None:
        self._deadline = deadline
        self._module = module
        self._process: Process | None = None

    async def parse(self, page: Page, source: Source) -> Listing:
        """Ask the process; whatever ends this early also ends the process, which would answer the wrong question."""
        try:
            process = await self._ensure_started()
            async with asyncio.timeout(self._deadline):
                return await self._request(process, page, source)
        except ParseError:
            raise
        except TimeoutError as error:
            await self.stop()
            raise ParseError(f"the document was not read within {self._deadline:g} s", kind="too-slow") from error
        except BufferError as error:
            await self.stop()
            raise ParseError(f"the document says more than {MAX_ANSWER_BYTES // MIB} MiB", kind="too-big") from error
        except (OSError, EOFError, ValueError) as error:
            await self.stop()
            raise ParseError("the parser ended in the middle of the document", kind="crashed") from error
        except BaseException:  # a cancellation, or an answer of another shape: what is left of it answers nobody
            await self.stop()
            raise

    def kill(self) -> None:
        """End the process at once; whoever waits for its answer learns it from the closed pipe."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """Kill the process and wait until it and its pipes are gone."""
        self.kill()
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            await process.communicate()  # reads to the end: the pipe is closed when it returns

    async def _ensure_started(self) -> Process:
        """The process, ready for a question."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.stop()
        self._process = await asyncio.create_subprocess_exec(
            *self._command(), stdin=PIPE, stdout=PIPE, cwd=PROJECT_ROOT
        )
        async with asyncio.timeout(START_TIMEOUT):
            await _receive_frame(self._process, MAX_ANSWER_BYTES)
        return self._process

    def _command(self) -> list[str]:
        warnings = [f"-W{option}" for option in sys.warnoptions]
        return [sys.executable, *warnings, "-m", self._module, str(self._deadline)]

    async def _request(self, process: Process, page: Page, source: Source) -> Listing:
        assert process.stdin is not None
        process.stdin.write(encode_request(page, source))
        await process.stdin.drain()
        articles: list[Article] = []
        room = MAX_ANSWER_BYTES
        while "article" in (said := json.loads(frame := await _receive_frame(process, room))):
            articles.append(decode_article(said["article"]))
            room -= len(frame)
        if said.get("leaving"):
            await self.stop()
        if "error" in said:
            raise ParseError(said["error"], kind=said["kind"])
        return decode_listing(said, articles)


async def _receive_frame(process: Process, room: int) -> bytes:
    """The next frame; BufferError where it is bigger than the room that is left."""
    assert process.stdout is not None
    (length,) = LENGTH_PREFIX.unpack(await process.stdout.readexactly(LENGTH_PREFIX.size))
    if length > room:
        raise BufferError(length)
    return await process.stdout.readexactly(length)
