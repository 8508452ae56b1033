"""Sends a message to a channel, once, and reports what is known about its delivery.

Slack webhooks, JSON webhooks and mail are sent natively, all other channels through Apprise. Apprise runs in separate
processes: a send that hangs is killed at the deadline and delays no other message, and Apprise's threads do not delay
the exit of the program.

This package does not know what to send, when to retry, the database or the rules. It never shows a channel's URL or a
part of it. A channel's URL cannot set format, overflow, retry, wait or redirect: one attempt, plain text and no
redirects are what makes "sent once" true.

Apprise cannot say "connected, but no byte was sent". Where a failure is not certain, the answer is AMBIGUOUS, and the
next attempt is marked as a possible repeat.
"""
