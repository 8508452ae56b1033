"""The running monitor: open, start, READY, wait, finish, close, in reading order.

It owns the signals, the clock and the word to systemd. Bells only ring; each has one task that takes a turn and waits
again. It knows neither feeds, rules nor channels beyond handing them on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial

from monitor.core.errors import ListenError, MonitorError, ReplacedError, StoreError
from monitor.engine.timers import Timers
from monitor.fetch.listener import listen_for_callbacks
from monitor.pipeline.outage_log import is_known_outage
from monitor.service.reload import RulesReloader
from monitor.service.service import Service
from monitor.service.systemd import SystemdNotifier

log = logging.getLogger(__name__)

CLEANUP_INTERVAL = 3600.0
HEALTH_INTERVAL = 60.0  # seconds between two looks whether an operator must hear of something
HUB_INTERVAL = 2.0  # seconds between two looks whether a hub is to be asked
TICK_SECONDS = 0.5  # seconds between two looks at what is due
MIN_CLOCK_LEAP, CLOCK_PROBATION_SECONDS = (
    timedelta(days=1),
    CLEANUP_INTERVAL,
)  # after a step so long nothing is let go of for so many seconds
STALL_TIMEOUT = 60.0  # seconds without a finished turn after which the watchdog is no longer fed
SHUTDOWN_GRACE = 10.0  # seconds a poll in flight gets at the end; what it did not store, the next start fetches again
RETRY_INTERVAL = 5.0  # seconds between two attempts at something that must be done
DATABASE_CHECK_INTERVAL = 30.0  # seconds between two looks whether the database is still the same file
LOST_REPORT_TIMEOUT = 25.0  # seconds for operators to be told that it is not
WATCHDOG_INTERVAL = 10.0  # seconds between two words to systemd, where it names no WatchdogSec


class Daemon:
    """Takes turns until told to stop."""

    def __init__(
        self, works: Service, rules: RulesReloader, notify: SystemdNotifier, watchdog: float | None = None
    ) -> None:
        self.service = works
        self.rules = rules
        self.notify = notify
        self.beat = min(WATCHDOG_INTERVAL, watchdog / 3) if watchdog else WATCHDOG_INTERVAL
        self.stopping = asyncio.Event()
        self.alive: dict[str, float] = {}
        self.trusted = 0.0  # loop time from which on the clock is believed where something is let go of

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT, then finish what is in flight."""
        bells = Timers()
        with self.signals(), contextlib.closing(bells):
            async with asyncio.TaskGroup() as group:
                group.create_task(self.run_on_event("intake", self.poll_event(bells), self.service.start_polls))
                group.create_task(
                    self.run_on_event("outgoing", self.outbox_event(bells), self.service.start_deliveries)
                )
                oversight = bells.add("oversight", HEALTH_INTERVAL)
                group.create_task(self.run_on_event("oversight", oversight, self.service.check_health, vital=False))
                group.create_task(
                    self.run_on_event(
                        "reading", bells.add("reading", TICK_SECONDS), self.service.start_page_reads, vital=False
                    )
                )
                retention = bells.add("retention", CLEANUP_INTERVAL)
                group.create_task(self.run_on_event("retention", retention, self.delete_older_than, vital=False))
                hubs = bells.add("subscriptions", HUB_INTERVAL)
                group.create_task(
                    self.run_on_event("subscriptions", hubs, self.service.push.request_subscriptions, vital=False)
                )
                side = [
                    self.reload_rules(),
                    self.watch_clock(bells),
                    self.heartbeat(),
                    self.listen(),
                    self.watch_database(),
                ]
                tasks = [group.create_task(task) for task in side]
                bells.start()
                self.notify(READY=1, STATUS=self.status())
                log.info("watching %s", self.service.task())
                await self.stopping.wait()
                self.notify(STOPPING=1, STATUS=self.service.store.lost_reason or "finishing what is in flight")
                for task in tasks:
                    task.cancel()
            await self.service.finish(SHUTDOWN_GRACE)
        if self.service.store.lost_reason:
            raise ReplacedError(self.service.store.lost_reason)
        log.info("stopped")

    def poll_event(self, bells: Timers) -> asyncio.Event:
        """The bell of what is due; a hub that has something new rings it too."""
        self.service.poll_event = bells.add("intake", TICK_SECONDS)
        return self.service.poll_event

    def outbox_event(self, bells: Timers) -> asyncio.Event:
        """The bell of the outbox; a poll that brought something to tell rings it too."""
        self.service.outbox_event = bells.add("outgoing", TICK_SECONDS)
        return self.service.outbox_event

    async def run_on_event(
        self, name: str, bell: asyncio.Event, turn: Callable[[], Awaitable[object]], *, vital: bool = True
    ) -> None:
        """Take a turn each time the bell rings. A turn that fails is logged, and the next one is taken; an outage of
        the database is told by outages.py.

        vital: the watchdog is fed only while turns are finished.
        """
        loop = asyncio.get_running_loop()
        self.alive |= {name: loop.time()} if vital else {}
        while await self.ringing(bell):
            try:
                await turn()
            except Exception as error:
                if is_known_outage(error):
                    log.debug("the %s turn failed: %s", name, error)
                else:
                    log.exception("the %s turn failed", name)
            else:
                self.alive |= {name: loop.time()} if vital else {}

    async def ringing(self, bell: asyncio.Event) -> bool:
        """Wait for the bell; False once it is time to stop."""
        await wait_for_any(bell, self.stopping)
        bell.clear()
        return not self.stopping.is_set()

    async def listen(self) -> None:
        """Hear hubs where the rules say. A place that cannot be had costs push and nothing else: feeds are polled."""
        push, told = self.service.push, ""
        while True:
            push.moved.clear()
            try:
                if push.place:
                    async with listen_for_callbacks(push.place, push) as port:
                        log.info("hubs are heard at %s:%d", push.place[0], port)
                        with push.reachable():
                            await push.moved.wait()
                            continue
            except ListenError as error:
                if str(error) != told:
                    log.error("no feed is pushed to us: %s", error)
                told = str(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(push.moved.wait(), RETRY_INTERVAL if push.place else None)

    async def reload_rules(self) -> None:
        """Reload when the file changed or SIGHUP came; a mistake in it keeps the last good entries."""
        before, looking = self.rules.settings, asyncio.create_task(asyncio.sleep(0))
        try:
            async for change in self.rules.changes():
                self.notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
                log.info("%s", change)
                await self.attempt("put the rules into effect", self.service.apply_rules)
                self.notify(READY=1, STATUS=self.status())
                looking.cancel()
                looking = asyncio.create_task(self.service.log_backtest(before, self.rules.settings))
                before = self.rules.settings
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def watch_clock(self, bells: Timers) -> None:
        """Notice a wall clock that was set, so that nothing waits for an hour that has gone."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            step = bells.clock_step()
            if step is not None:
                log.warning("the clock was set by %+.0f s; planning anew", step.total_seconds())
                if step > MIN_CLOCK_LEAP:
                    self.trusted = asyncio.get_running_loop().time() + CLOCK_PROBATION_SECONDS
                await self.attempt("plan anew", partial(self.service.replan, step))

    async def delete_older_than(self) -> None:
        """Let go of what is old, unless the clock has only just said so: that may be its mistake."""
        if asyncio.get_running_loop().time() >= self.trusted:
            await self.service.delete_older_than()

    async def watch_database(self) -> None:
        """Stop when the database became another one; count on while it is the same."""
        store, looked, told = self.service.store, time.monotonic(), ""
        while not store.lost_reason:
            await asyncio.sleep(TICK_SECONDS)
            if store.lost_reason or not (store.suspect or time.monotonic() - looked >= DATABASE_CHECK_INTERVAL):
                continue
            looked = time.monotonic()
            try:
                await asyncio.to_thread(store.counter.check, self.service.now())
                trouble = store.counter.trouble
            except StoreError as error:
                if store.lost_reason or is_known_outage(error):  # an outage has its own two lines
                    continue
                trouble = f"the database cannot be looked at: {error}"
            if trouble not in ("", told):
                log.warning("%s", trouble)
            told = trouble
        log.critical("%s; the monitor ends, to be started again", store.lost_reason)
        self.notify(STATUS=store.lost_reason)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.report_lost_database(), LOST_REPORT_TIMEOUT)
        self.stopping.set()

    async def report_lost_database(self) -> None:
        """Tell operators, without the database."""
        works = self.service
        await works.health.lost(works.store.lost_reason, self.rules.settings, works.targets)

    async def attempt(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do something that no later turn would do again, until the database lets us."""
        failures = 0
        while True:
            try:
                await work()
            except MonitorError as error:
                if self.service.store.lost_reason:
                    return
                failures += 1
                level = logging.DEBUG if failures > 1 else logging.ERROR
                log.log(level, "could not %s, trying again every %g s: %s", what, RETRY_INTERVAL, error)
                await asyncio.sleep(RETRY_INTERVAL)
            else:
                if failures:
                    log.info("could %s after %d failed attempts", what, failures)
                return

    async def heartbeat(self) -> None:
        """Tell systemd that work is being done, not merely that the process exists."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.beat)
            late = [name for name, at in self.alive.items() if loop.time() - at > STALL_TIMEOUT]
            if late:
                log.error("no %s turn was finished for %.0f s", " and no ".join(late), STALL_TIMEOUT)
            else:
                self.notify(WATCHDOG=1, STATUS=self.status())

    def status(self) -> str:
        """One line for `systemctl status`."""
        return self.rules.trouble or self.service.summary()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop, SIGHUP reloads."""
        loop = asyncio.get_running_loop()
        wanted = {
            signal.SIGTERM: self.stopping.set,
            signal.SIGINT: self.stopping.set,
            signal.SIGHUP: self.rules.request_reload,
        }
        for number, react in wanted.items():
            loop.add_signal_handler(number, react)
        try:
            yield
        finally:
            for number in wanted:
                loop.remove_signal_handler(number)


async def wait_for_any(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
