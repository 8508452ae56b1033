"""Bytes become articles.

KINDS holds one pure function per kind of source: a Page in, a Listing of Articles of visible text out, or a ParseError
that says what the page is instead. This room may use parsers, never the network, the clock or the database. Parser
runs the same functions in a process that can be killed, because a regex in a parser cannot.
"""

from __future__ import annotations

from monitor.feeds.kinds import KINDS
from monitor.feeds.parser import Parser

__all__ = ["KINDS", "Parser"]
