"""What an address has to offer: is it a feed, what does it carry, which watches would hit, what feeds are to be found.

It asks politely and little, and stores nothing. How an answer is shown, and what becomes of a feed that was found, is
not known here.
"""

from __future__ import annotations

from monitor.pipeline.probe import Hit, Probe, probe
from monitor.probe.search import Discovery, discover

__all__ = ["Discovery", "Hit", "Probe", "discover", "probe"]
