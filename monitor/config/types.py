"""Parsers and pydantic types for the values of rules.toml, and the base class of its tables.

Short forms become tables before validation, because pydantic reports a mistake in a union once for each branch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config.toml.problems import find_nearest_word
from monitor.core.model.alerts import EVERY_DAY, DigestTime

Network = IPv4Network | IPv6Network

DURATION_PATTERN = r"^[0-9]+(ms|s|m|h|d|w)$"
INTERVAL_PATTERN = r"^[0-9]+(ms|s|m|h|d|w)(-[0-9]+(ms|s|m|h|d|w))?$"
CLOCK_PATTERN = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
LISTEN_PATTERN = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):[0-9]{1,5}$"
HOURS_PATTERN = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]-([01]?[0-9]|2[0-3]):[0-5][0-9]$"
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NAMES = {name: day for day, whole in enumerate(WEEKDAYS) for name in (whole, whole[:3])}
_MAX_DURATION = timedelta(days=36500)


def parse_duration(text: str) -> timedelta:
    """Parse "2s", "10m", "1h" or "7d". Raises ValueError with a message for people."""
    found = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d|w)", text)
    seconds = int(found[1]) * _UNIT_SECONDS[found[2]] if found else -1.0
    if not 0 <= seconds <= _MAX_DURATION.total_seconds():
        raise ValueError(f'"{text}" is not a duration; write a number and a unit: "30s", "10m", "1h", "7d"')
    return timedelta(seconds=seconds)


def parse_interval(text: str) -> tuple[timedelta, timedelta]:
    """Parse an interval such as "5m", or its bounds such as "2m-15m". Raises ValueError."""
    least, dash, most = (part.strip() for part in text.partition("-"))
    bounds = parse_duration(least), parse_duration(most if dash else least)
    if bounds[0] > bounds[1]:
        raise ValueError(f'"{text}" is longer at its beginning than at its end; write "{most}-{least}"')
    return bounds


def parse_clock(text: str) -> time:
    """Parse a time of day such as "07:30". Raises ValueError."""
    if re.fullmatch(CLOCK_PATTERN, text) is None:
        raise ValueError(f'"{text}" is not a time of day; write hours and minutes: "07:30"')
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def parse_hours(text: str) -> tuple[time, time]:
    """Parse a span of the day such as "22:00-06:30"; it may cross midnight. Raises ValueError."""
    start, dash, end = (part.strip() for part in text.partition("-"))
    if not dash:
        raise ValueError(f'"{text}" is not a span of the day; write "22:00-06:30"')
    if parse_clock(start) == parse_clock(end):
        raise ValueError(f'"{text}" begins and ends at the same minute; that would be the whole day')
    return parse_clock(start), parse_clock(end)


def parse_digest_time(text: str) -> DigestTime:
    """Parse a time of day, with days of the week or without: "08:00", "mon-fri 08:00", "sat,sun 10:00".

    Raises ValueError.
    """
    days, _, clock = text.strip().rpartition(" ")
    return DigestTime(parse_clock(clock), parse_weekdays(days) if days.strip() else EVERY_DAY)


def parse_weekdays(text: str) -> frozenset[int]:
    """Parse days of the week and spans of them, which may cross Sunday: "mon-fri", "fri-mon,wed". Raises ValueError."""
    found: set[int] = set()
    for part in text.lower().split(","):
        names = [name.strip() for name in part.split("-")]
        if len(names) > 2 or not all(name in WEEKDAY_NAMES for name in names):
            raise ValueError(f'"{text}" names no days of the week; write "mon-fri 08:00" or "sat,sun 10:00"')
        first, last = (WEEKDAY_NAMES[name] for name in (names[0], names[-1]))
        found |= {day % 7 for day in range(first, first + (last - first) % 7 + 1)}
    return frozenset(found)


@lru_cache(maxsize=1000)
def check_zone(text: str) -> str:
    """Return the name of a time zone such as "Europe/Berlin". Raises ValueError for an unknown one."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        guess = find_nearest_zone(text)
        tip = f'did you mean "{guess}"?' if guess else 'write one such as "Europe/Berlin"'
        raise ValueError(f'no time zone "{text}"; {tip}') from error
    return text


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """All time zones, cached: listing them walks through folders."""
    return tuple(sorted(available_timezones()))


def find_nearest_zone(text: str) -> str | None:
    """The zone that was probably meant, among those with the same first letter."""
    first = text[:1].casefold()
    return find_nearest_word(text, [name for name in time_zones() if name[:1].casefold() == first])


def parse_listen_address(text: str) -> tuple[str, int]:
    """Parse host and port, such as "127.0.0.1:8650" or "[::1]:8650". Raises ValueError."""
    host, _, port = text.rpartition(":")
    if re.fullmatch(LISTEN_PATTERN, text) is None or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" is not a place to listen; write host and port: "127.0.0.1:8650"')
    return host.strip("[]"), int(port)


def parse_base_url(text: str) -> str:
    """A base URL such as "https://alerts.example.org/push/"; a missing last slash is added. Raises ValueError."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, fine = urlsplit(""), False
    if not fine or parts.query or parts.fragment or parts.username is not None or re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError(
            f'"{text}" is no address hubs could call; write one such as "https://alerts.example.org/push/"'
        )
    return text if text.endswith("/") else text + "/"


def text_validator(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A parser of text as a pydantic validator; the message of its ValueError is shown."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "text expected")
        try:
            return read(value)
        except ValueError as error:
            raise PydanticCustomError("bad-value", "{said}", {"said": str(error)}) from error

    return validate


def wrap_in_list(value: Any) -> Any:
    """A string as a list with one item; other values unchanged."""
    return [value] if isinstance(value, str) else value


def expand_short_form(key: str) -> Callable[[Any], Any]:
    """A short form as a table: `name = value` means `[name]` with one key."""
    return lambda value: {key: value} if isinstance(value, str | list) else value


def text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    """The JSON Schema of a string that is parsed."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


NonEmptyText = Annotated[str, Field(min_length=1)]
TextList = Annotated[list[str], BeforeValidator(wrap_in_list, json_schema_input_type=str | list[str])]
Terms = Annotated[TextList, Field(min_length=1)]
Duration = Annotated[
    timedelta, BeforeValidator(text_validator(parse_duration)), text_schema(DURATION_PATTERN, "30s", "10m", "1h", "7d")
]
PollInterval = Annotated[
    tuple[timedelta, timedelta],
    BeforeValidator(text_validator(parse_interval)),
    text_schema(INTERVAL_PATTERN, "5m", "2m-15m"),
]
TimeZoneName = Annotated[str, AfterValidator(text_validator(check_zone)), Field(examples=["Europe/Berlin"])]
ClockTime = Annotated[time, BeforeValidator(text_validator(parse_clock)), text_schema(CLOCK_PATTERN, "07:30")]
DigestTimeText = Annotated[
    DigestTime, BeforeValidator(text_validator(parse_digest_time)), WithJsonSchema({"type": "string"})
]
DigestTimes = Annotated[
    list[DigestTimeText], BeforeValidator(wrap_in_list, json_schema_input_type=str | list[str]), Field(min_length=1)
]
HoursRange = Annotated[
    tuple[time, time], BeforeValidator(text_validator(parse_hours)), text_schema(HOURS_PATTERN, "22:00-06:30")
]
ListenAddress = Annotated[
    tuple[str, int],
    BeforeValidator(text_validator(parse_listen_address)),
    text_schema(LISTEN_PATTERN, "127.0.0.1:8650"),
]
BaseUrl = Annotated[
    str,
    BeforeValidator(text_validator(parse_base_url)),
    text_schema(r"^https?://[^?#]+$", "https://alerts.example.org/push/"),
]
NetworkText = Annotated[Network, BeforeValidator(text_validator(ip_network)), WithJsonSchema({"type": "string"})]
FieldName = Literal["title", "lead", "body", "url", "author", "tags"]
FieldNames = Annotated[
    list[FieldName],
    BeforeValidator(wrap_in_list, json_schema_input_type=FieldName | list[FieldName]),
    Field(min_length=1),
]
NetworkList = Annotated[list[NetworkText], BeforeValidator(wrap_in_list, json_schema_input_type=str | list[str])]
PriorityName = Literal["low", "normal", "high", "urgent"]


class Table(BaseModel):
    """A table of the file: unknown keys are mistakes, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)
