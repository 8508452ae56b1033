"""Child processes that answer requests and can be killed, for work that may hang: parsing a page, sending with Apprise.

`pool` is the parent's half: start, ask with a deadline, kill, start again. `child` is the other half, and loads nothing
that a worker does not need; `frames` is what they exchange. This package does not know what is asked: a request is JSON
and bytes, an answer is JSON.
"""
