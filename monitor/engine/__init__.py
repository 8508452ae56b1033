"""When work begins: timers that survive a wall clock that is set.

It knows no feed, no channel and no database, and not what is run.
"""
