"""Bytes from the world: the only HTTP to sources.

A fetch is a conditional GET within limits of time, bytes and address; it ends as a Page, as "nothing new" or as a
FetchError with a sentence. This room knows nothing of feeds, of what a body means, of the database or of the clock:
waits are measured on the event loop, dates in headers against the answer's own Date.
"""

from __future__ import annotations

from monitor.fetch.client import WebClient
from monitor.fetch.limits import Limits

__all__ = ["Limits", "WebClient"]
