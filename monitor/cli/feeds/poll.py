"""`monitor feeds poll`: polls some feeds now, due or not, as `run --once` polls those that are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime

import click

from monitor.cli import rules_file
from monitor.cli.context import Options
from monitor.cli.database import open_database, prepare_database
from monitor.cli.output import CONFIG, NEGATIVE, USAGE, exit_immediately, fail, print_envelope, print_message
from monitor.clock import utcnow
from monitor.config import environment
from monitor.config.environment import mask_secrets
from monitor.config.toml.problems import find_nearest_word
from monitor.core.alerts.render import poll_summary
from monitor.core.errors import ConfigError, MonitorError, ReplacedError
from monitor.core.model.alerts import DeliveryState
from monitor.core.model.polling import PollReport
from monitor.service import log
from monitor.service.once import RunSummary, run_once
from monitor.service.reload import RulesReloader


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--dry-run", is_flag=True, help="print the exact messages, send and store nothing")
@click.option("--json", "as_json", is_flag=True, help="the report as JSON")
@click.pass_obj
def poll(options: Options, names: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Poll the feeds NAME now, due or not (default: all), and send the alerts.

    It may be used beside a running monitor: nothing is polled or sent twice. Exit status 1 where a feed failed or
    another process was polling it, or a message was not taken.
    """
    only = select_feeds(options, names, as_json)
    rules = RulesReloader(environment.rules_path(options.rules))
    database = environment.database_url(options.database)
    log.start_logging(lambda: rules.secrets, journal=environment.logs_to_journal(), level=logging.ERROR)
    start = utcnow()
    try:
        prepare_database(database)
        summary = asyncio.run(run_once(database, rules, dry=dry_run, only=only))
    except ConfigError as error:
        fail(str(error), code="config", status=CONFIG, as_json=as_json)
    except ReplacedError as error:
        exit_immediately(str(error))
    except MonitorError as error:
        fail(str(error), code="failed", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope(summary.as_data() | {"busy": summary.busy}, ok=summary.succeeded)
    else:
        show_run_summary(summary, rules)
        for channel, title in () if dry_run else sent_messages(options, start):
            click.echo(f"sent to {channel}: {title}")
        print_message(summary.summary_line())
    raise SystemExit(0 if summary.succeeded else NEGATIVE)


def select_feeds(options: Options, names: tuple[str, ...], as_json: bool) -> list[str]:
    """The names of the feeds to poll; an unknown name ends the verb."""
    known = [one.name for one in rules_file.load_rules_or_fail(options, as_json=as_json).settings.sources]
    for name in names:
        if name not in known:
            guess = find_nearest_word(name, known)
            help = f'did you mean "{guess}"?' if guess else "`monitor feeds list` shows them"
            fail(f'no feed "{name}"', code="unknown-feed", status=USAGE, as_json=as_json, help=help)
    return list(names or known)


def show_run_summary(summary: RunSummary, rules: RulesReloader) -> None:
    """Print the result of each feed, and the messages of a dry run."""
    for report in summary.reports:
        click.echo(mask_secrets(format_poll_outcome(report), rules.secrets))
    for name in summary.busy:
        click.echo(f"{name}: another process is polling it right now")
    for line in [f"{channel}: not sent: {error}" for channel, error in summary.refusals] + list(summary.broken):
        click.echo(mask_secrets(line, rules.secrets))
    for message in summary.messages:
        click.echo(f"\nTo {message.channel}\n{message.title}\n{message.body}")


def format_poll_outcome(report: PollReport) -> str:
    """The result of one poll in one line."""
    return f"{report.source}: failed: {report.error}" if report.outcome == "failed" else poll_summary(report)


def sent_messages(options: Options, since: datetime) -> Iterator[tuple[str, str]]:
    """Channel and title of the alerts that were decided and sent since then, oldest first."""
    with open_database(options, as_json=False) as store:
        for one in reversed(store.views.alerts(since)):
            if one.state == DeliveryState.SENT:
                yield one.channel, one.title
