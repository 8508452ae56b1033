"""rules.toml and the environment become one frozen Settings; every mistake has its address and a way out.

The only room that reads the environment. It knows the shape and the meaning of the file; it refuses to know the
network, the database, the notification library and the clock.
"""

from monitor.config.environment import masked
from monitor.config.load import load
from monitor.config.sealed_secrets import sealed
from monitor.config.settings import Network, Reading, Settings
from monitor.config.toml.problems import Problem, render, summary

__all__ = ["Network", "Problem", "Reading", "Settings", "load", "masked", "render", "sealed", "summary"]
