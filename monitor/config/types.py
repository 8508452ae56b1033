"""The forms of values in rules.toml, and what all its tables share: unknown keys are mistakes, nothing is converted.

Short forms become tables before they are validated, because a union of types reports one mistake once per branch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config import values
from monitor.config.settings import Network


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
Duration = Annotated[
    timedelta, BeforeValidator(said(values.duration)), text_schema(values.DURATION, "30s", "10m", "1h", "7d")
]
Pace = Annotated[
    tuple[timedelta, timedelta], BeforeValidator(said(values.pace)), text_schema(values.PACE, "5m", "2m-15m")
]
Zone = Annotated[str, AfterValidator(said(values.zone)), Field(examples=["Europe/Berlin"])]
Clock = Annotated[time, BeforeValidator(said(values.clock)), text_schema(values.CLOCK, "07:30")]
Clocks = Annotated[list[Clock], BeforeValidator(listed, json_schema_input_type=str | list[str]), Field(min_length=1)]
Hours = Annotated[tuple[time, time], BeforeValidator(said(values.hours)), text_schema(values.HOURS, "22:00-06:30")]
Place = Annotated[tuple[str, int], BeforeValidator(said(values.place)), text_schema(values.PLACE, "127.0.0.1:8650")]
Base = Annotated[
    str, BeforeValidator(said(values.base)), text_schema(r"^https?://[^?#]+$", "https://alerts.example.org/push/")
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
