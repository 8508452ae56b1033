"""Every channel that Apprise speaks and this package does not: a process that can be killed, and its pool."""
