"""Who runs a turn, and when: timers that survive a clock that is set.

It decides only when a turn begins. It knows no feed, no channel and no database.
"""
