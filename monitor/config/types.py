"""The forms of values in rules.toml, and what all its tables share: unknown keys are mistakes, nothing is converted.

Short forms become tables before they are validated, because a union of types reports one mistake once per branch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config.settings import Network
from monitor.config.toml.problems import nearest

DURATION = r"^[0-9]+(ms|s|m|h|d|w)$"
PACE = r"^[0-9]+(ms|s|m|h|d|w)(-[0-9]+(ms|s|m|h|d|w))?$"
CLOCK = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
PLACE = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):[0-9]{1,5}$"
HOURS = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]-([01]?[0-9]|2[0-3]):[0-5][0-9]$"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = timedelta(days=36500)


def duration(text: str) -> timedelta:
    """Read "2s", "10m", "1h" or "7d"."""
    found = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d|w)", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else -1.0
    if not 0 <= seconds <= _LONGEST.total_seconds():
        raise ValueError(f'"{text}" is not a duration; write a number and a unit: "30s", "10m", "1h", "7d"')
    return timedelta(seconds=seconds)


def pace(text: str) -> tuple[timedelta, timedelta]:
    """Read a pause such as "5m", or the bounds of one such as "2m-15m"."""
    least, dash, most = (part.strip() for part in text.partition("-"))
    bounds = duration(least), duration(most if dash else least)
    if bounds[0] > bounds[1]:
        raise ValueError(f'"{text}" is longer at its beginning than at its end; write "{most}-{least}"')
    return bounds


def clock(text: str) -> time:
    """Read a time of day such as "07:30"."""
    if re.fullmatch(CLOCK, text) is None:
        raise ValueError(f'"{text}" is not a time of day; write hours and minutes: "07:30"')
    hours, minutes = text.split(":")
    return time(int(hours), int(minutes))


def hours(text: str) -> tuple[time, time]:
    """Read a span of the day such as "22:00-06:30"; it may cross midnight."""
    start, dash, end = (part.strip() for part in text.partition("-"))
    if not dash:
        raise ValueError(f'"{text}" is not a span of the day; write "22:00-06:30"')
    if clock(start) == clock(end):
        raise ValueError(f'"{text}" begins and ends at the same minute; that would be the whole day')
    return clock(start), clock(end)


@lru_cache(maxsize=1000)
def zone(text: str) -> str:
    """Check the name of a time zone such as "Europe/Berlin"."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        guess = nearest_zone(text)
        tip = f'did you mean "{guess}"?' if guess else 'write one such as "Europe/Berlin"'
        raise ValueError(f'no time zone "{text}"; {tip}') from error
    return text


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """All time zones; to list them takes a walk through folders."""
    return tuple(sorted(available_timezones()))


def nearest_zone(text: str) -> str | None:
    """The zone that was probably meant. A capital city is compared with the zones of its letter only."""
    first = text[:1].casefold()
    return nearest(text, [name for name in zones() if name[:1].casefold() == first])


def place(text: str) -> tuple[str, int]:
    """Read where to listen: host and port, such as "127.0.0.1:8650" or "[::1]:8650"."""
    host, _, port = text.rpartition(":")
    if re.fullmatch(PLACE, text) is None or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" is not a place to listen; write host and port: "127.0.0.1:8650"')
    return host.strip("[]"), int(port)


def base(text: str) -> str:
    """Check the address of a folder on the web, such as "https://alerts.example.org/push/"; its slash is added."""
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


def said(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A reader of text as a validator: its ValueError is the sentence to show."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "text expected")
        try:
            return read(value)
        except ValueError as error:
            raise PydanticCustomError("bad-value", "{said}", {"said": str(error)}) from error

    return validate


def listed(value: Any) -> Any:
    """One text as a list of it."""
    return [value] if isinstance(value, str) else value


def keyed(key: str) -> Callable[[Any], Any]:
    """A short form as a table: `name = value` means `[name]` with one key."""
    return lambda value: {key: value} if isinstance(value, str | list) else value


def text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    """How a text that is read looks in the JSON Schema."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Text = Annotated[str, Field(min_length=1)]
ListOf = Annotated[list[str], BeforeValidator(listed, json_schema_input_type=str | list[str])]
Terms = Annotated[ListOf, Field(min_length=1)]
Duration = Annotated[timedelta, BeforeValidator(said(duration)), text_schema(DURATION, "30s", "10m", "1h", "7d")]
Pace = Annotated[tuple[timedelta, timedelta], BeforeValidator(said(pace)), text_schema(PACE, "5m", "2m-15m")]
Zone = Annotated[str, AfterValidator(said(zone)), Field(examples=["Europe/Berlin"])]
Clock = Annotated[time, BeforeValidator(said(clock)), text_schema(CLOCK, "07:30")]
Clocks = Annotated[list[Clock], BeforeValidator(listed, json_schema_input_type=str | list[str]), Field(min_length=1)]
Hours = Annotated[tuple[time, time], BeforeValidator(said(hours)), text_schema(HOURS, "22:00-06:30")]
Place = Annotated[tuple[str, int], BeforeValidator(said(place)), text_schema(PLACE, "127.0.0.1:8650")]
Base = Annotated[
    str, BeforeValidator(said(base)), text_schema(r"^https?://[^?#]+$", "https://alerts.example.org/push/")
]
Net = Annotated[Network, BeforeValidator(said(ip_network)), WithJsonSchema({"type": "string"})]
FieldName = Literal["title", "lead", "body", "url", "author", "tags"]
FieldNames = Annotated[
    list[FieldName],
    BeforeValidator(listed, json_schema_input_type=FieldName | list[FieldName]),
    Field(min_length=1),
]
Nets = Annotated[list[Net], BeforeValidator(listed, json_schema_input_type=str | list[str])]
PriorityName = Literal["low", "normal", "high", "urgent"]


class Table(BaseModel):
    """A table of the file: unknown keys are mistakes, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)
