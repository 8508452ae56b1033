"""The daemon: give the engine its tasks, start, report READY, wait for a signal, finish.

It owns the signals, the clock and the messages to systemd. It hands feeds, rules and channels on and knows nothing of
them.
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
from monitor.engine.timers import ClockStepDetector
from monitor.fetch.listener import listen_for_callbacks
from monitor.pipeline import backtest, cleanup
from monitor.pipeline.health import HealthMonitor
from monitor.pipeline.outage_log import is_known_outage
from monitor.service.reload import RulesReloader
from monitor.service.service import Service
from monitor.service.systemd import SystemdNotifier
from monitor.service.tasks import DELIVERY, DUE_DELIVERIES, DUE_PAGES, DUE_POLLS, PAGE, POLL, ServiceTasks

log = logging.getLogger(__name__)

HEALTH, CLEANUP, SUBSCRIPTIONS = "check health", "delete expired", "request subscriptions"  # tasks without keys
CLEANUP_INTERVAL = 3600.0
HEALTH_INTERVAL = 60.0  # seconds between two checks for what an operator must know
HUB_INTERVAL = 2.0  # seconds between two requests to hubs
TICK_SECONDS = 0.5  # seconds between two searches for what is due
MIN_CLOCK_LEAP = timedelta(days=1)  # a longer step forward may be a mistake of the clock
CLOCK_PROBATION_SECONDS = CLEANUP_INTERVAL  # for which nothing is deleted after such a step
STALL_TIMEOUT = 60.0  # seconds without a finished turn after which the watchdog of systemd is no longer fed
SHUTDOWN_GRACE = 10.0  # seconds that pushes in flight get at the end; their feeds are polled at the next start
RETRY_INTERVAL = 5.0  # seconds between two attempts at something that must be done
DATABASE_CHECK_INTERVAL = 30.0  # seconds between two checks that the database is still the same file
LOST_REPORT_TIMEOUT = 25.0  # seconds to tell operators that it is not
WATCHDOG_INTERVAL = 10.0  # seconds between two messages to systemd, where it names no WatchdogSec


class Daemon:
    """Runs a service until a signal. watchdog: systemd's WatchdogSec in seconds."""

    def __init__(
        self, service: Service, rules: RulesReloader, notify: SystemdNotifier, watchdog: float | None = None
    ) -> None:
        self.service = service
        self.rules = rules
        self.notify = notify
        self.health = HealthMonitor(service.store, service.notifier, service.now, service.store.folder, service.outages)
        self.watchdog_interval = min(WATCHDOG_INTERVAL, watchdog / 3) if watchdog else WATCHDOG_INTERVAL
        self.stopping = asyncio.Event()
        self.alive: dict[str, float] = {}  # loop time of the last finished turn, by name
        self.trusted = 0.0  # loop time from which on the clock is trusted to delete by

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what is in flight. Raises ReplacedError."""
        service, tasks = self.service, ServiceTasks(self.service)
        names = self.plan(tasks)
        with self.signals():
            async with asyncio.TaskGroup() as group:
                work = [
                    tasks.run(*names),
                    self.reload_rules(),
                    self.watch_clock(service.clock),
                    self.heartbeat(),
                    self.listen(),
                    self.watch_database(),
                ]
                running = [group.create_task(one) for one in work]
                self.notify(READY=1, STATUS=self.status())
                log.info("watching %s", service.describe_work())
                await self.stopping.wait()
                self.notify(STOPPING=1, STATUS=service.store.lost_reason or "finishing what is in flight")
                for task in running:
                    task.cancel()
                await service.push.finish(SHUTDOWN_GRACE)
        if service.store.lost_reason:
            raise ReplacedError(service.store.lost_reason)
        log.info("stopped")

    def plan(self, tasks: ServiceTasks) -> list[str]:
        """Give the engine the periodic tasks; returns the names of all tasks to run."""
        engine, service = tasks.engine, self.service
        engine.task(DUE_POLLS, self.watched(DUE_POLLS, tasks.find_due_polls))
        engine.task(DUE_DELIVERIES, self.watched(DUE_DELIVERIES, tasks.find_due_deliveries))
        engine.task(HEALTH, lambda _: self.check_health())
        engine.task(CLEANUP, lambda _: self.delete_expired())
        engine.task(SUBSCRIPTIONS, lambda _: service.push.request_subscriptions())
        periods = {
            DUE_POLLS: TICK_SECONDS,
            DUE_DELIVERIES: TICK_SECONDS,
            DUE_PAGES: TICK_SECONDS,
            HEALTH: HEALTH_INTERVAL,
            CLEANUP: CLEANUP_INTERVAL,
            SUBSCRIPTIONS: HUB_INTERVAL,
        }
        for name, period in periods.items():
            engine.every(period, name)
        return [*periods, POLL, PAGE, DELIVERY]

    def watched(self, name: str, fn: Callable[[str], Awaitable[object]]) -> Callable[[str], Awaitable[object]]:
        """The function, with the time noted when it was finished: only then is the watchdog fed."""
        loop = asyncio.get_running_loop()
        self.alive[name] = loop.time()

        async def run_watched(key: str) -> None:
            await fn(key)
            self.alive[name] = loop.time()

        return run_watched

    async def check_health(self) -> None:
        """Log what was only counted, and alert operators of what is wrong."""
        self.service.outages.flush()
        await self.health.check(self.rules.settings, self.rules.trouble, self.service.targets)

    async def listen(self) -> None:
        """Listen for hubs at the address of the rules. Without it nothing is pushed, and every feed is polled."""
        push, logged = self.service.push, ""
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
                if str(error) != logged:
                    log.error("no feed is pushed to us: %s", error)
                logged = str(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(push.moved.wait(), RETRY_INTERVAL if push.place else None)

    async def reload_rules(self) -> None:
        """Reload when the file changed or SIGHUP came, and log in the background what the change would have alerted."""
        before, trial = self.rules.settings, asyncio.create_task(asyncio.sleep(0))
        try:
            async for change in self.rules.changes():
                self.notify(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
                log.info("%s", change)
                await self.attempt("put the rules into effect", self.service.apply_rules)
                self.notify(READY=1, STATUS=self.status())
                trial.cancel()
                after, now = self.rules.settings, self.service.now()
                trial = asyncio.create_task(backtest.log_backtest(self.service.store, before, after, now))
                before = after
        finally:
            trial.cancel()
            await asyncio.gather(trial, return_exceptions=True)

    async def watch_clock(self, clock: ClockStepDetector) -> None:
        """Notice that the wall clock was set, so that nothing waits for an hour that has passed."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            step = clock.clock_step()
            if step is not None:
                log.warning("the clock was set by %+.0f s; planning anew", step.total_seconds())
                if step > MIN_CLOCK_LEAP:
                    self.trusted = asyncio.get_running_loop().time() + CLOCK_PROBATION_SECONDS
                await self.attempt("plan anew", partial(self.service.replan, step))

    async def delete_expired(self) -> None:
        """Delete what has expired, unless the clock has just leapt forward: that may be its mistake."""
        if asyncio.get_running_loop().time() >= self.trusted:
            await cleanup.delete_expired(self.service.store, self.rules.settings.keep, self.service.now())

    async def watch_database(self) -> None:
        """Stop when the database file was replaced; until then keep the counter in it up to date."""
        store, loop, logged = self.service.store, asyncio.get_running_loop(), ""
        checked_at = loop.time()
        while not store.lost_reason:
            await asyncio.sleep(TICK_SECONDS)
            if store.lost_reason or not (store.suspect or loop.time() - checked_at >= DATABASE_CHECK_INTERVAL):
                continue
            checked_at = loop.time()
            try:
                await asyncio.to_thread(store.counter.check, self.service.now())
                trouble = store.counter.trouble
            except StoreError as error:
                if store.lost_reason or is_known_outage(error):  # has its own log lines
                    continue
                trouble = f"the database cannot be looked at: {error}"
            if trouble not in ("", logged):
                log.warning("%s", trouble)
            logged = trouble
        log.critical("%s; the monitor ends, to be started again", store.lost_reason)
        self.notify(STATUS=store.lost_reason)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.report_lost_database(), LOST_REPORT_TIMEOUT)
        self.stopping.set()

    async def report_lost_database(self) -> None:
        """Tell operators, without the database."""
        await self.health.lost(self.service.store.lost_reason, self.rules.settings, self.service.targets)

    async def attempt(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Repeat something that no later turn would do again until the database allows it."""
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
        """Feed the watchdog of systemd while vital turns are finished: it shall restart a daemon that hangs."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.watchdog_interval)
            late = [name for name, at in self.alive.items() if loop.time() - at > STALL_TIMEOUT]
            if late:
                log.error("no run of %s was finished for %.0f s", " and ".join(map(repr, late)), STALL_TIMEOUT)
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
