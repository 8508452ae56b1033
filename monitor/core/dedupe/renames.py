"""Which feeds of rules.toml are known feeds under another name: a feed is its URL, whatever it is called.

It knows the names and addresses only, and changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.core.dedupe.urls import feed_key
from monitor.core.model.polling import Source


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed that was polled before. address: the URL polled in place of `url` since it moved."""

    name: str
    url: str
    address: str | None = None
    registered: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """Its addresses in the form that feed_key() gives, that of rules.toml first."""
        return tuple(map(feed_key, filter(None, (self.url, self.address))))


def plan_renames(known: Sequence[KnownFeed], wanted: Sequence[Source]) -> dict[str, str]:
    """Old name → new name of the known feeds whose URL is wanted under another name.

    A feed whose name and URL are both wanted keeps its name, also where another entry has the same URL. A known feed
    whose name goes to another one is set aside under a name of its own.
    """
    keys = {one.name: feed_key(one.url) for one in wanted}
    staying = {one.name for one in known if keys.get(one.name) in one.keys}
    holders = holders_by_key([one for one in known if one.name not in staying])
    renames: dict[str, str] = {}
    for one in wanted:
        free = [name for name in holders.get(keys[one.name], ()) if name not in renames]
        if one.name not in staying and free:
            renames[free[0]] = one.name
    return renames | set_aside({one.name for one in known}, renames)


def holders_by_key(known: Sequence[KnownFeed]) -> Mapping[str, Sequence[str]]:
    """The names of known feeds by address: registered ones first, and those with that URL before those moved there."""
    found: dict[str, list[str]] = defaultdict(list)
    for place in (0, 1):
        for one in sorted(known, key=lambda one: (not one.registered, one.name)):
            if len(one.keys) > place:
                found[one.keys[place]].append(one.name)
    return found


def set_aside(names: set[str], renames: Mapping[str, str]) -> dict[str, str]:
    """A free name for each known feed whose name goes to another one."""
    found: dict[str, str] = {}
    for name in sorted((set(renames.values()) & names) - renames.keys()):
        taken = names | {*renames.values(), *found.values()}
        numbers = (f"{name} (former{f' {number}' if number > 1 else ''})" for number in range(1, len(taken) + 2))
        found[name] = next(free for free in numbers if free not in taken)
    return found
