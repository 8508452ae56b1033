"""The decisions of the product as pure functions on frozen values: text, matching, deduplication, alerts, schedules.

No network, disk, clock, randomness, logging or asyncio: state and `now` are arguments, decisions are return values.
DESIGN.md names the libraries that may be imported here.
"""
