from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import types


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2s", timedelta(seconds=2)),
        ("10m", timedelta(minutes=10)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("250ms", timedelta(milliseconds=250)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert types.parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "10 min", "-1m", "1.5h", "1h30m", "٣m", "999999999w", "1m\n"])
def test_anything_else_is_not_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write"):
        types.parse_duration(text)


def test_a_pause_is_a_duration_or_two_bounds() -> None:
    five, two = timedelta(minutes=5), timedelta(minutes=2)
    assert types.parse_interval("5m") == (five, five)
    assert types.parse_interval("2m-5m") == types.parse_interval("2m - 5m") == (two, five)


@pytest.mark.parametrize(
    ("text", "said"), [("5m-2m", 'write "2m-5m"'), ("-5m", "is not a duration"), ("2m-", "is not a duration")]
)
def test_bounds_that_make_no_sense_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        types.parse_interval(text)


@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_every_minute_of_the_day_can_be_written(hour: int, minute: int) -> None:
    assert types.parse_clock(f"{hour:02}:{minute:02}") == time(hour, minute)


@pytest.mark.parametrize("text", ["24:00", "7", "07:60", "7.30", "07:30:00", "07:30\n"])
def test_what_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        types.parse_clock(text)


def test_hours_may_cross_midnight() -> None:
    assert types.parse_hours("22:00-06:30") == (time(22), time(6, 30))


@pytest.mark.parametrize("text", ["22:00", "22:00-22:00", "22-6", "-"])
def test_hours_need_two_different_ends(text: str) -> None:
    with pytest.raises(ValueError):
        types.parse_hours(text)


@given(st.text(max_size=12))
def test_no_text_at_all_crashes_a_reader(text: str) -> None:
    for read in (
        types.parse_duration,
        types.parse_clock,
        types.parse_hours,
        types.check_zone,
        types.parse_listen_address,
        types.parse_base_url,
    ):
        try:
            read(text)
        except ValueError as error:
            assert str(error)


def test_a_mistyped_zone_meets_its_neighbour() -> None:
    assert types.check_zone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(ValueError, match='did you mean "Europe/Berlin"'):
        types.check_zone("Europe/Berln")
    with pytest.raises(ValueError, match="no time zone"):
        types.check_zone("../Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "place"),
    [("127.0.0.1:8650", ("127.0.0.1", 8650)), ("[::1]:80", ("::1", 80)), ("localhost:65535", ("localhost", 65535))],
)
def test_a_place_to_listen_is_host_and_port(text: str, place: tuple[str, int]) -> None:
    assert types.parse_listen_address(text) == place


@pytest.mark.parametrize("text", ["8650", ":8650", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "a b:80"])
def test_a_place_without_host_or_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a place to listen"):
        types.parse_listen_address(text)


def test_the_address_for_hubs_ends_with_a_slash() -> None:
    assert types.parse_base_url("https://alerts.example.org/push") == "https://alerts.example.org/push/"
    assert types.parse_base_url("http://alerts.example.org:8080/") == "http://alerts.example.org:8080/"


@pytest.mark.parametrize(
    "text",
    ["alerts.example.org/push/", "ftp://a.example/", "https://", "https://a.example/?x=1", "https://a.example/#x",
     "https://u:p@a.example/", "https://a.example/a b", "https://[::1/", "https://a.example:99999/"],
)  # fmt: skip
def test_an_address_that_no_hub_could_call_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address hubs could call"):
        types.parse_base_url(text)
