"""Dates as feeds write them, and as feeds should not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import dates

NOON = "2025-10-14 12:00"

READ = [
    # text, zone of the source, UTC
    ("Tue, 14 Oct 2025 12:00:00 GMT", "UTC", NOON),
    ("Tue, 14 Oct 2025 12:00:00 +0000", "Asia/Tokyo", NOON),
    ("Tue, 14 Oct 2025 07:00:00 -0500", "UTC", NOON),
    ("14 Oct 25 12:00 Z", "UTC", NOON),
    ("Tue, 14 Oct 2025 13:00:00 CET", "UTC", NOON),
    ("Tue, 14 Oct 2025 14:00:00 CEST", "UTC", NOON),
    ("Tue, 14 Oct 2025 13:00:00 MEZ", "UTC", NOON),
    ("Tue, 14 Oct 2025 14:00:00 MESZ", "UTC", NOON),
    ("Tue, 14 Oct 2025 20:00:00 HKT", "UTC", NOON),
    ("Tue, 14 Oct 2025 13:00:00 BST", "UTC", NOON),
    ("Tue, 14 Oct 2025 08:00:00 EDT", "UTC", NOON),
    ("Tue, 14 Oct 2025 07:00:00 EST", "UTC", NOON),
    ("Tue, 14 Oct 2025 17:30:00 IST", "UTC", NOON),
    ("Tue, 14 Oct 2025 20:00:00 GMT+8", "UTC", NOON),
    ("Tue, 14 Oct 2025 20:00:00 UTC+08:00", "UTC", NOON),
    ("Tue, 14 Oct 2025 14:00:00 Europe/Berlin", "UTC", NOON),
    ("Tue Oct 14 14:00:00 CEST 2025", "UTC", NOON),
    ("Tue Oct 14 12:00:00 2025", "UTC", NOON),
    ("2025-10-14T12:00:00Z", "UTC", NOON),
    ("2025-10-14T14:00:00.123+02:00", "UTC", NOON),
    ("2025-10-14T14:00+0200", "UTC", NOON),
    ("2025-10-14 14:00:00", "Europe/Berlin", NOON),
    ("20251014T120000Z", "UTC", NOON),
    ("20251014T1200", "UTC", NOON),
    ("1760443200", "UTC", NOON),
    ("1760443200000", "UTC", NOON),
    ("Di, 14 Okt 2025 14:00:00 MESZ", "UTC", NOON),
    ("Dienstag, 14. Oktober 2025, 14:00 Uhr", "Europe/Berlin", NOON),
    ("14.10.2025 14:00", "Europe/Berlin", NOON),
    ("14.10.2025, 14:00 Uhr MESZ", "UTC", NOON),
    ("14.10.2025 - 14:00:00", "Europe/Berlin", NOON),
    ("14:00 - 14.10.2025", "Europe/Berlin", NOON),
    ("06.02.2026 - 15:54:04", "Europe/Berlin", "2026-02-06 14:54:04"),
    ("3. März 2026 08:00 MEZ", "UTC", "2026-03-03 07:00"),
    ("3. Mrz 2026", "Europe/Berlin", "2026-03-02 23:00"),
    ("October 14, 2025 8:00 AM EDT", "UTC", NOON),
    ("Oct. 14, 2025 12:00 p.m.", "UTC", NOON),
    ("October 14th, 2025 12:00 am", "UTC", "2025-10-14 00:00"),
    ("10/14/2025 12:00", "UTC", NOON),
    ("14/10/2025 12:00", "UTC", NOON),
    ("2025/10/14 20:00", "Asia/Shanghai", NOON),
    ("2025年10月14日 20:00", "Asia/Shanghai", NOON),
    ("Tue, 14 Oct 2025 12:00:00 XYZT", "UTC", NOON),
    ("  Tue,\n14 Oct 2025\t12:00:00 GMT ", "UTC", NOON),
    ("Tue, 13 Oct 2025 24:00:00 GMT", "UTC", "2025-10-14 00:00"),
    ("Wed, 31 Dec 2025 23:59:60 GMT", "UTC", "2025-12-31 23:59:59"),
    ("2025-10-14", "UTC", "2025-10-14 00:00"),
    ("Mon, 01 Jan 2126 00:00:00 GMT", "UTC", "2126-01-01 00:00"),  # in the future: kept, shown as now
    ("2025-10-14 14:00", "No/Where", "2025-10-14 14:00"),
]

MISSING = [
    "",
    "now",
    "yesterday",
    "09:15",
    "0000-00-00",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "10000-01-01",
    "2025-13-01",
    "2025-02-30",
    "2025-10-14T25:00:00Z",
    "2025-10-14T12:75:00Z",
    "10/11/2025",  # October or November: nobody knows
    "14 Foo 2025 12:00",
    "Tue, 14 Oct 2025 12:00:00 +9900",
    "x" * 200,
    "2025-10-14\x00",
]


@pytest.mark.parametrize(("text", "zone", "expected"), READ)
def test_a_date_is_read_with_its_zone(text: str, zone: str, expected: str) -> None:
    found = dates.parse_date(text, zone)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", MISSING)
def test_a_date_that_is_none_is_missing_and_never_now(text: str) -> None:
    assert dates.parse_date(text) is None


seconds = st.integers(
    int(datetime(1991, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2199, 12, 31, tzinfo=UTC).timestamp())
)
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(seconds, offsets)
def test_rfc_822_and_iso_dates_survive_the_round_trip(second: int, zone: timezone) -> None:
    aware = datetime.fromtimestamp(second, zone)
    assert dates.parse_date(format_datetime(aware)) == aware
    assert dates.parse_date(aware.isoformat()) == aware
    assert dates.parse_date(aware.strftime("%d.%m.%Y - %H:%M:%S %z")) == aware


@given(st.text(max_size=120), st.sampled_from(["UTC", "Europe/Berlin", "../Europe/Berlin", "", "\x00"]))
def test_no_text_makes_the_reader_fail(text: str, zone: str) -> None:
    found = dates.parse_date(text, zone)
    assert found is None or found.utcoffset() == timedelta(0)
