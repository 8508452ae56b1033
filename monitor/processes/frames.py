"""The frames that parent and child exchange: a length in four bytes, big-endian, and a payload.

A request has two frames: JSON, and a body of bytes. An answer has any number of frames of JSON; the last one has
`done`, and `leaving` where the process takes no more requests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from struct import Struct
from typing import Any, BinaryIO

LENGTH_PREFIX = Struct(">I")


def pack_frame(payload: bytes) -> bytes:
    """A frame with this payload."""
    return LENGTH_PREFIX.pack(len(payload)) + payload


def pack_json(value: Mapping[str, Any]) -> bytes:
    """A frame of JSON."""
    return pack_frame(json.dumps(value).encode())


def read_frame(stream: BinaryIO) -> bytes | None:
    """The payload of the next frame; None where the stream has ended."""
    head = stream.read(LENGTH_PREFIX.size)
    if len(head) < LENGTH_PREFIX.size:
        return None
    (length,) = LENGTH_PREFIX.unpack(head)
    payload = stream.read(length)
    return payload if len(payload) == length else None
