"""`monitor outbox`: lists, retries or drops the messages that wait to be sent or were given up."""

from __future__ import annotations

import click

from monitor.cli.context import Options
from monitor.cli.database import open_database
from monitor.cli.output import NEGATIVE, USAGE, fail, print_envelope, print_message, print_table
from monitor.clock import utcnow
from monitor.core.model.alerts import Delivery, DeliveryState, Priority

WAITING_STATES = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.RETRY,
    DeliveryState.AMBIGUOUS,
)
GIVEN_UP_STATES = (DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.DROPPED)
MIN_ID_LENGTH = 6  # hex digits; fewer could name several messages


@click.group()
def outbox() -> None:
    """List, retry or drop messages that wait or were given up. The id of a message is at its end."""


@outbox.command("list")
@click.option("--given-up", is_flag=True, help="what was refused for good, came too late or was dropped")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="at most so many")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all fields")
@click.pass_obj
def list_deliveries(options: Options, given_up: bool, limit: int, as_json: bool) -> None:
    """What waits, the longest waiting first. One that is held has no time: `monitor outbox retry` sends it."""
    with open_database(options, as_json=as_json) as store:
        found = store.outbox.listed(GIVEN_UP_STATES if given_up else WAITING_STATES, limit)
    if as_json:
        print_envelope([delivery_data(row) for row in found])
        return
    print_table(
        ["id", "state", "due", "tries", "channel", "watch", "title", "error"],
        [
            (
                row.key[:8],
                row.state,
                row.due_at or "held",
                row.attempts,
                receiver_name(row),
                row.watch,
                row.title,
                row.error,
            )
            for row in found
        ],
    )


@outbox.command("retry")
@click.argument("ids", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="the envelope with the count")
@click.pass_obj
def retry(options: Options, ids: tuple[str, ...], as_json: bool) -> None:
    """Send again, at once, also what was given up. Exit status 1 where an id names nothing."""
    change_deliveries(options, ids, "retry", "is due now", as_json)


@outbox.command("drop")
@click.argument("ids", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="the envelope with the count")
@click.pass_obj
def drop(options: Options, ids: tuple[str, ...], as_json: bool) -> None:
    """Give up what waits; it stays in `monitor alerts`. Exit status 1 where an id names nothing."""
    change_deliveries(options, ids, "drop", "is given up", as_json)


def change_deliveries(options: Options, ids: tuple[str, ...], verb: str, done: str, as_json: bool) -> None:
    """Retry or drop each named message; done: the words that report it."""
    for one in ids:
        if len(one) < MIN_ID_LENGTH or one.strip("0123456789abcdef"):
            help = "it stands at a message's end and in `monitor outbox list`"
            fail(
                f"{one!r} is no id: {MIN_ID_LENGTH} hex digits or more",
                code="no-id",
                status=USAGE,
                as_json=as_json,
                help=help,
            )
    with open_database(options, as_json=as_json) as store:
        act = store.outbox.retry if verb == "retry" else store.outbox.drop
        counts = {one: act(one, utcnow()) for one in ids}
    if as_json:
        print_envelope(counts, ok=all(counts.values()))
    else:
        for one, count in counts.items():
            print_message(f"{one} {done}" if count else f"{one} names nothing that could be sent")
    raise SystemExit(0 if all(counts.values()) else NEGATIVE)


def receiver_name(row: Delivery) -> str:
    """The channel of a delivery, with its recipient where it has several."""
    return f"{row.address.channel} ({row.address.target})" if row.address.target else row.address.channel


def delivery_data(row: Delivery) -> dict[str, object]:
    """A delivery as JSON data."""
    return {
        "id": row.key, "state": row.state, "due": row.due_at, "attempts": row.attempts, "channel": row.address.channel,
        "target": row.address.target, "watch": row.watch, "priority": Priority(row.priority).name.lower(),
        "story": row.story, "article": row.article, "title": row.title, "url": row.article_url, "error": row.error,
        "possible_repeat": row.repeat, "created": row.created_at,
    }  # fmt: skip
