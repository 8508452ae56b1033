"""Worker processes that parse pages, with a deadline after which they are killed, and the frames they exchange.

It does not know what a page holds: the worker module is a parameter.
"""

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
    """A frame: four bytes of length, big-endian, and the payload."""
    return LENGTH_PREFIX.pack(len(payload)) + payload


def read_frame(stream: BinaryIO) -> bytes | None:
    """The payload of the next frame; None where the stream has ended."""
    head = stream.read(LENGTH_PREFIX.size)
    if len(head) < LENGTH_PREFIX.size:
        return None
    (length,) = LENGTH_PREFIX.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def encode_request(page: Page, source: Source) -> bytes:
    """A request in two frames: JSON about page and source, and the body of the page."""
    about = {
        "url": page.url,
        "content_type": page.content_type,
        "source": {**_field_values(source), "every": source.every.total_seconds(), "max_every": None},
    }
    return pack_frame(json.dumps(about).encode()) + pack_frame(page.body)


def decode_request(about: bytes, body: bytes) -> tuple[Page, Source]:
    """The page and source of a request's two frames."""
    value = json.loads(about)
    source = value["source"]
    return (
        Page(value["url"], body, value["content_type"], limits=ServerLimits()),
        Source(
            **{
                **source,
                "every": timedelta(seconds=source["every"]),
                "select": tuple((part, place) for part, place in source["select"]),
            }
        ),
    )


def encode_article(article: Article) -> bytes:
    """The frame of one article of a response."""
    value = _field_values(article)
    value.update((name, value[name].isoformat()) for name in DATETIME_FIELDS if value[name] is not None)
    return pack_frame(json.dumps({"article": value}).encode())


def encode_end(**said: Any) -> bytes:
    """The last frame of a response: a listing without articles, or `error` and `kind`."""
    return pack_frame(json.dumps(said).encode())


def decode_article(value: Mapping[str, Any]) -> Article:
    """The article of a frame's `article`."""
    instants = {name: datetime.fromisoformat(value[name]) for name in DATETIME_FIELDS if value[name] is not None}
    return Article(**{**value, **instants, "tags": tuple(value["tags"])})


def encode_listing(found: Listing) -> dict[str, Any]:
    """The fields of a listing without its articles, for encode_end."""
    said = {name: value for name, value in _field_values(found).items() if name != "articles"}
    return {"listing": {**said, "schedule": _field_values(found.schedule), "slices": found.slices.hex()}}


def decode_listing(said: Mapping[str, Any], articles: Sequence[Article]) -> Listing:
    """The listing from the last frame and the articles of the frames before it."""
    value = _lists_to_tuples(said["listing"])
    schedule, slices = Schedule(**_lists_to_tuples(value.pop("schedule"))), bytes.fromhex(value.pop("slices"))
    return Listing(tuple(articles), schedule, slices=slices, **value)


def _lists_to_tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}


def _field_values(instance: Any) -> dict[str, Any]:
    return {field.name: getattr(instance, field.name) for field in fields(instance)}


WORKER_MODULE = "monitor.feeds.parse_worker"
PROJECT_ROOT = Path(__file__).parents[2]  # where `-m monitor…` finds this package, whatever the working directory
MIB = 1024 * 1024
MAX_ANSWER_BYTES = 64 * MIB  # of one document; 15 MiB of Chinese text are 30 in JSON, relative links add to it
START_TIMEOUT = 30.0  # seconds for a new process to become ready, also on a loaded machine


class ParserPool:
    """Processes of one worker module; each parses one page at a time."""

    def __init__(self, processes: int, deadline: float, module: str) -> None:
        self.workers = [ParserProcess(deadline, module) for _ in range(processes)]
        self._idle: asyncio.LifoQueue[ParserProcess] = (
            asyncio.LifoQueue()
        )  # last in, first out: the most recently used first
        for worker in self.workers:
            self._idle.put_nowait(worker)
        self._closed = False

    async def parse(self, page: Page, source: Source) -> Listing:
        """The listing of a page, from the next free process. Raises ParseError."""
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
        """Kill all processes without waiting."""
        self._closed = True
        for worker in self.workers:
            worker.kill()

    async def stop(self) -> None:
        """Wait until no process is in use, and end each."""
        for _ in self.workers:
            await (await self._idle.get()).stop()


class ParserProcess:
    """One worker process, started at its first page and again after it was killed."""

    def __init__(self, deadline: float, module: str = WORKER_MODULE) -> None:
        self._deadline = deadline
        self._module = module
        self._process: Process | None = None

    async def parse(self, page: Page, source: Source) -> Listing:
        """The listing of a page. Any failure also ends the process, as a late response would answer the next page."""
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
        except BaseException:  # a cancellation, or a malformed response
            await self.stop()
            raise

    def kill(self) -> None:
        """Kill the process without waiting; a parse() in progress fails because its pipe is closed."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """Kill the process and wait until it has ended and its pipes are closed."""
        self.kill()
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            await process.communicate()  # reads to the end and so closes the pipe

    async def _ensure_started(self) -> Process:
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
    """The payload of the next frame; raises BufferError where it exceeds `room` bytes."""
    assert process.stdout is not None
    (length,) = LENGTH_PREFIX.unpack(await process.stdout.readexactly(LENGTH_PREFIX.size))
    if length > room:
        raise BufferError(length)
    return await process.stdout.readexactly(length)
