"""A lease outlasts the work that is done under it, else a second process does the work again; and limits fit together.

What a limit does is tested where it is used, with small values; here those of the program are held to their bounds.
"""

from __future__ import annotations

from datetime import timedelta

from monitor.channels import http
from monitor.core import decide
from monitor.core.schedule import next_poll
from monitor.fetch import listener
from monitor.fetch.limits import Limits
from monitor.pipeline import cleanup, health, ingest, poll, push
from monitor.service import service
from monitor.store import outbox, page_queue
from monitor.store.database import BUSY_SECONDS

DATABASE_LOCK = timedelta(seconds=BUSY_SECONDS)
FETCH = timedelta(seconds=Limits().total)


def test_a_poll_with_its_older_documents_ends_within_its_lease() -> None:
    assert FETCH + poll.CATCH_UP_TIMEOUT + 2 * DATABASE_LOCK <= ingest.POLL_LEASE <= timedelta(minutes=5)


def test_a_poll_reads_few_older_documents() -> None:
    assert 1 <= poll.MAX_FURTHER_DOCUMENTS <= 10


def test_a_push_is_stored_within_its_lease_and_answered_before_hubs_give_up() -> None:
    assert timedelta(seconds=10) + DATABASE_LOCK <= push.PUSH_LEASE <= timedelta(minutes=5)
    assert push.STORE_TIMEOUT <= 10


def test_a_page_is_read_within_its_lease() -> None:
    work = FETCH + timedelta(seconds=service.PAGE_PARSE_TIMEOUT) + DATABASE_LOCK
    assert work * 2 <= page_queue.PAGE_LEASE <= timedelta(minutes=15)


def test_thirty_messages_are_sent_within_the_lease_of_a_claim() -> None:
    assert 30 * timedelta(seconds=20) <= outbox.DELIVERY_LEASE <= timedelta(minutes=30)


def test_the_last_alert_is_searched_for_longer_than_the_longest_throttle() -> None:
    assert timedelta(days=7) < decide.LAST_ALERT_WINDOW <= timedelta(days=14)


def test_copies_are_searched_for_three_days_and_equal_figures_for_two() -> None:
    assert timedelta(days=2) <= decide.SAME_FACTS_WINDOW < timedelta(days=3) <= decide.DUPLICATE_WINDOW
    assert timedelta(days=5) > decide.DUPLICATE_WINDOW


def test_hubs_are_not_asked_all_at_once() -> None:
    assert 1 <= push.MAX_HUB_REQUESTS <= 16


def test_a_fetch_has_time_for_two_addresses_and_is_polite() -> None:
    limits = Limits()
    assert 2 * limits.connect < limits.total and 3 <= limits.redirects <= 10 and limits.spacing >= 1.0


def test_a_page_that_fails_for_now_is_left_alone_for_a_while() -> None:
    assert timedelta(minutes=10) <= page_queue.RETRY_DELAY <= timedelta(hours=1)


def test_a_listener_drops_whoever_is_slow_and_limits_how_many_come_at_once() -> None:
    assert listener.HEAD_TIMEOUT < listener.REQUEST_TIMEOUT <= 30 and listener.MAX_CONNECTIONS <= 256


def test_addresses_of_one_host_are_tried_within_the_deadline_of_a_sender() -> None:
    assert 2 <= http.MAX_TRIED_ADDRESSES <= 5


def test_a_feed_that_is_gone_is_asked_for_three_days() -> None:
    assert next_poll.MAX_GONE_ANSWERS == 3


def test_a_paragraph_is_remembered_for_longer_than_a_weekly_column_needs() -> None:
    assert timedelta(days=7) < cleanup.RARE_PARAGRAPH_AGE <= timedelta(days=30)


def test_a_heartbeat_planned_by_a_wrong_clock_is_not_waited_for() -> None:
    assert timedelta(days=1) < health.MAX_HEARTBEAT_WAIT <= timedelta(days=3)


def test_operators_get_five_alarms_one_by_one_and_more_in_one_message() -> None:
    assert health.MAX_SINGLE_ALARMS == 5
