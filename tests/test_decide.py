"""A few articles are matched before the archive was asked about them; what comes of a poll is the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from monitor.pipeline import stages
from monitor.store.store import open_store
from tests.databases import sqlite
from tests.route_fixture import BOTH, CHIPS, DULL, FIRST, OLD, SECOND, Route
from tests.rss_documents import Item, rss

LEFT = ("article", "story", "match", "delivery", "source", "coverage", "version")


def editions(chance: random.Random) -> list[tuple[str, list[Item]]]:
    """What two feeds show, one after the other: new, known, edited, twice and renamed."""
    found = []
    for number in range(12):
        pool = [CHIPS, OLD, DULL, BOTH, Item(f"Qwen {number}", "Neues von Alibaba.", f"n{number}")]
        pool += [Item(one.title, one.text + " Auch H200.", one.guid) for one in (DULL, CHIPS)]
        pool += [Item(CHIPS.title, CHIPS.text, "other", date=CHIPS.date)]
        found.append((chance.choice((FIRST, SECOND)), chance.choices(pool, k=chance.randint(1, 4))))
    return found


def outcome(folder: Path, shown: Sequence[tuple[str, list[Item]]]) -> tuple[list[Any], ...]:
    """What polls of these editions report, tell and leave behind."""
    folder.mkdir()
    with open_store(sqlite(folder)) as store:
        route, reports = Route(store, folder), list[Any]()
        for url, items in shown:
            route.web.pages[url] = rss(items)
            reports.append(route.go(minutes=10))
        with store.database.read() as connection:
            rows = [connection.execute(text(f"SELECT * FROM {table}")).all() for table in LEFT]
        keyless = [[{**row._mapping, "key": ""} for row in some] for some in rows]  # keys name the installation
        return reports, route.told, keyless, store.coverage.since(date.min)


@pytest.mark.parametrize("seed", range(8))
def test_it_does_not_matter_when_the_archive_is_asked(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = editions(random.Random(seed))
    here = outcome(tmp_path / "few", shown)
    monkeypatch.setattr(stages, "MAX_UNCHECKED_ARTICLES", 0)
    assert here == outcome(tmp_path / "none", shown)
    assert here[0] and here[1]
