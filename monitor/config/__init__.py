"""Reads rules.toml and the environment into one frozen Settings, and reports every mistake with its place and a remedy.

No other package reads the environment. This one knows the structure and the meaning of the file; it does not know the
network, the database, the notification library or the clock.
"""

from monitor.config.environment import mask_secrets
from monitor.config.load import load_rules
from monitor.config.sealed_secrets import seal_secrets
from monitor.config.settings import LoadResult, Settings
from monitor.config.toml.problems import Problem, render_problems, summarize_problems
from monitor.config.types import Network

__all__ = [
    "LoadResult",
    "Network",
    "Problem",
    "Settings",
    "load_rules",
    "mask_secrets",
    "render_problems",
    "seal_secrets",
    "summarize_problems",
]
