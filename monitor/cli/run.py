"""`monitor run`: the daemon, one turn of it (--once), or one turn that sends and stores nothing (--dry-run)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import click

from monitor.cli.context import Options
from monitor.cli.database import prepare_database
from monitor.cli.output import CONFIG, NEGATIVE, OK, exit_immediately, fail, print_envelope, print_message
from monitor.cli.parameters import DurationParameter
from monitor.config import environment
from monitor.config.environment import mask_secrets
from monitor.core.errors import ConfigError, MonitorError, ReplacedError
from monitor.service import log
from monitor.service.daemon import Daemon
from monitor.service.once import RunSummary, run_once
from monitor.service.reload import RulesReloader
from monitor.service.service import open_service
from monitor.service.systemd import SystemdNotifier


@click.command()
@click.option("--once", is_flag=True, help="poll and send what is due once, then exit")
@click.option("--dry-run", is_flag=True, help="one run: print the exact messages, send and store nothing")
@click.option(
    "--backfill",
    type=DurationParameter(),
    default="0s",
    metavar="24h",
    help="alert articles this young when a feed is first seen",
)
@click.option("--json", "as_json", is_flag=True, help="with --once or --dry-run: the report as JSON")
@click.pass_obj
def run(options: Options, once: bool, dry_run: bool, backfill: timedelta, as_json: bool) -> None:
    """Poll feeds and send alerts, until stopped. Saved edits of rules.toml take effect within two seconds.

    With --once each due feed is polled once and each due message sent once; exit status 1 where one failed.
    """
    rules = RulesReloader(environment.rules_path(options.rules))
    database = environment.database_url(options.database)
    log.start_logging(lambda: rules.secrets, journal=environment.logs_to_journal())
    try:
        prepare_database(database)
        if once or dry_run:
            summary = asyncio.run(run_once(database, rules, backfill=backfill, dry=dry_run))
            print_run_summary(summary, rules, as_json)
            raise SystemExit(OK if summary.succeeded else NEGATIVE)
        else:
            asyncio.run(run_daemon(database, rules, backfill))
    except ConfigError as error:
        fail(str(error), code="config", status=CONFIG, as_json=as_json)
    except ReplacedError as error:
        exit_immediately(str(error))
    except MonitorError as error:
        fail(str(error), code="failed", status=NEGATIVE, as_json=as_json)


async def run_daemon(database: str, rules: RulesReloader, backfill: timedelta) -> None:
    """Open the service and run the daemon until it is stopped."""
    async with open_service(database, rules, backfill=backfill) as service:
        await service.notifier.preload(service.targets.values())
        notifier = SystemdNotifier(environment.notify_socket())
        watchdog = environment.watchdog_usec()
        await Daemon(service, rules, notifier, watchdog / 1e6 if watchdog else None).run()


def print_run_summary(summary: RunSummary, rules: RulesReloader, as_json: bool) -> None:
    """Print the result of one run: messages on stdout, failures and counts on stderr."""
    if as_json:
        print_envelope(summary.as_data(), ok=summary.succeeded)
        return
    for message in summary.messages:
        click.echo(f"To {message.channel}\n{message.title}\n{message.body}\n")
    for line in summary.failures():
        print_message(mask_secrets(line, rules.secrets))
    print_message(summary.summary_line())
