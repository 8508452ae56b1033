"""What the product knows, as pure functions and frozen values.

No network, no disk, no clock, no randomness, no logging, no asyncio: state and `now` come in as arguments, decisions
go out as values. Standard library and the matching engine only.
"""
