"""rules.toml and the environment become one frozen Settings; every mistake has its address and a way out.

The only room that reads the environment. It knows the shape and the meaning of the file; it refuses to know the
network, the database, the notification library and the clock.
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
