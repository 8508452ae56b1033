"""A saved file takes effect within two seconds, whichever way an editor saves it; a mistake costs only its entry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.core.errors import ConfigError
from monitor.rulebook import Rulebook

FEEDS = '[feeds]\nx = "https://x.example/feed"\n'
ONE = FEEDS + '[watch]\nH200 = "H200"\n'
TWO = FEEDS + '[watch]\nH200 = "H200"\nQwen = "Qwen"\n'
BROKEN = FEEDS + '[watch]\nH200 = ["H200", ""]\nQwen = "Qwen"\n'


class Memory(dict[str, Any]):
    """A memory that a test can look into."""

    def put(self, key: str, value: Any) -> None:
        """Keep a value."""
        self[key] = value


def write(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    """Write beside it and rename, as vim and rsync do."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


def anew(path: Path, text: str) -> None:
    """Delete and create."""
    path.unlink()
    path.write_text(text)


def relink(path: Path, text: str) -> None:
    """Point a link elsewhere, as configuration managers do."""
    target = path.with_name(f"version-{os.urandom(4).hex()}.toml")
    target.write_text(text)
    link = path.with_name("link.tmp")
    link.symlink_to(target)
    link.replace(path)


async def book(path: Path, memory: Memory | None = None) -> Rulebook:
    rules = Rulebook(path)
    await rules.load(memory if memory is not None else Memory())
    return rules


async def edits(path: Path, *saves: Callable[[], None], within: float = 2.0) -> list[str]:
    """The sentences about these saves, each within the limit of its save."""
    rules = await book(path)
    changes = rules.changes()
    told = []
    for save in saves:
        coming = asyncio.ensure_future(anext(changes))
        await rules.watching.wait()
        save()
        told.append(await asyncio.wait_for(coming, within))
    await changes.aclose()
    return told


@pytest.mark.parametrize("save", [write, replace, anew, relink])
def test_every_way_of_saving_is_noticed_each_time(tmp_path: Path, save: Callable[[Path, str], None]) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(ONE)
    told = asyncio.run(
        edits(path, lambda: save(path, TWO), lambda: save(path, TWO + "# more\n"), lambda: save(path, BROKEN))
    )
    assert told[0] == "rules.toml: +1 watch (Qwen)"
    assert told[1] == "rules.toml: nothing changed"
    assert told[2] == "rules.toml: 1 mistake, see `monitor check`"


def test_a_broken_watch_keeps_its_last_good_version_across_a_restart(tmp_path: Path) -> None:
    path, memory = tmp_path / "rules.toml", Memory()
    path.write_text(ONE)
    asyncio.run(book(path, memory))
    path.write_text(BROKEN)
    rules = asyncio.run(book(path, memory))
    assert sorted(watch.name for watch in rules.settings.watches) == ["H200", "Qwen"]
    assert rules.trouble.startswith("rules.toml line 4: ")


def test_a_file_that_leaves_nothing_to_do_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[watch\n")
    with pytest.raises(ConfigError, match="monitor check"):
        asyncio.run(book(path))


def test_sighup_reads_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(TWO)

    async def main() -> str:
        rules = await book(path)
        changes = rules.changes()
        coming = asyncio.ensure_future(anext(changes))
        await rules.watching.wait()
        path.write_text(ONE)  # a watch is gone: unasked, this would wait for the file to be at rest
        rules.ask()
        told = await asyncio.wait_for(coming, 2)
        await changes.aclose()
        return told

    assert asyncio.run(main()) == "rules.toml: -1 watch (Qwen)"
