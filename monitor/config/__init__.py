"""Reads rules.toml and the environment into one frozen Settings, and reports every mistake with its place and a remedy.

No other package reads the environment. This one knows the structure and the meaning of the file; it does not know the
network, the database, the notification library or the clock.
"""
