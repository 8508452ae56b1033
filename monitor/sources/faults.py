"""What parsers raise on input nobody thought of; feedparser alone raises four of these on character references."""

from __future__ import annotations

FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
