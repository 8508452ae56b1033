"""A saved file takes effect within two seconds, whichever way an editor saves it; a mistake costs only its entry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config.toml.scanner import MAX_DEPTH
from monitor.core.errors import ConfigError, StoreError
from monitor.service.reload import RulesReloader

PATIENCE = 20.0  # seconds for a change to be noticed on a busy machine

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


async def book(path: Path, memory: Memory | None = None) -> RulesReloader:
    rules = RulesReloader(path)
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
        rules.request_reload()
        told = await asyncio.wait_for(coming, 2)
        await changes.aclose()
        return told

    assert asyncio.run(main()) == "rules.toml: -1 watch (Qwen)"


def become_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_link_to(target: str) -> Callable[[Path], None]:
    def become(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return become


def become_too_deep(path: Path) -> None:
    path.write_text(ONE + "deep = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + "\n")


def become_utf_16(path: Path) -> None:
    path.write_bytes(ONE.encode("utf-16"))


BREAKS: dict[str, Callable[[Path], object]] = {
    "pipe": become_pipe,
    "folder": become_folder,
    "device": become_link_to("/dev/zero"),
    "dangling link": become_link_to("nowhere"),
    "link to itself": become_link_to("rules.toml"),
    "missing": Path.unlink,
    "too deep": become_too_deep,
    "UTF-16": become_utf_16,
}


def repair(path: Path) -> None:
    """Put a good file in the place of whatever stands there."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    path.write_text(TWO)


@pytest.mark.parametrize("kind", BREAKS)
def test_whatever_takes_the_place_of_the_file_is_told_and_its_repair_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(ONE)

    async def main() -> list[str]:
        rules = await book(path)
        changes, told = rules.changes(), []
        saves: tuple[Callable[[], object], ...] = (lambda: BREAKS[kind](path), lambda: repair(path))
        for save in saves:
            coming = asyncio.ensure_future(anext(changes))
            await rules.watching.wait()
            save()
            told.append(await asyncio.wait_for(coming, PATIENCE))
            told.append(rules.trouble)
            assert "H200" in [watch.name for watch in rules.settings.watches]
        await changes.aclose()
        return told

    broken, trouble, repaired, rest = asyncio.run(main())
    assert "1 mistake" in broken and "the last good version stays in force" in trouble
    assert "+1 watch (Qwen)" in repaired and "all mistakes are repaired" in repaired and rest == ""


def in_folder(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "rules.toml").write_text(text)
    return folder


def swap_folder(root: Path) -> None:
    """Replace the folder of the file as a whole."""
    in_folder(root / "new", TWO)
    (root / "conf").rename(root / "old")
    (root / "new").rename(root / "conf")


def swap_data(root: Path) -> None:
    """Turn the link `..data`, as Kubernetes does with a ConfigMap."""
    in_folder(root / "conf" / "..second", TWO)
    (root / "conf" / "..tmp").symlink_to("..second")
    (root / "conf" / "..tmp").replace(root / "conf" / "..data")


@pytest.mark.parametrize("swap", [swap_folder, swap_data])
def test_a_folder_that_is_replaced_is_noticed(tmp_path: Path, swap: Callable[[Path], None]) -> None:
    if swap is swap_folder:
        in_folder(tmp_path / "conf", ONE)
    else:
        (tmp_path / "conf").mkdir()
        in_folder(tmp_path / "conf" / "..first", ONE)
        (tmp_path / "conf" / "..data").symlink_to("..first")
        (tmp_path / "conf" / "rules.toml").symlink_to("..data/rules.toml")
    told = asyncio.run(edits(tmp_path / "conf" / "rules.toml", lambda: swap(tmp_path), within=PATIENCE))
    assert told == ["rules.toml: +1 watch (Qwen)"]


@pytest.mark.parametrize("error", [RecursionError(), ValueError("odd"), MemoryError(), StoreError("the disk is full")])
def test_whatever_a_reload_raises_is_told_and_the_next_one_works(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(ONE)

    async def main() -> tuple[str, list[str], str]:
        rules, failed = await book(path), asyncio.Event()
        real = rules._read

        def broken() -> None:
            monkeypatch.setattr(rules, "_read", real)
            raise error

        monkeypatch.setattr(rules, "_read", broken)
        monkeypatch.setattr("monitor.service.reload.log.error", lambda *_, **__: failed.set())  # it is told in the log
        changes = rules.changes()
        coming = asyncio.ensure_future(anext(changes))
        await rules.watching.wait()
        rules.request_reload()
        await asyncio.wait_for(failed.wait(), PATIENCE)
        trouble, kept = rules.trouble, [watch.name for watch in rules.settings.watches]
        path.write_text(TWO)
        told = await asyncio.wait_for(coming, PATIENCE)
        await changes.aclose()
        assert rules.trouble == ""
        return trouble, kept, told

    trouble, kept, told = asyncio.run(main())
    assert trouble.startswith("rules.toml stays as it was: ") and kept == ["H200"]
    assert told == "rules.toml: +1 watch (Qwen)"
