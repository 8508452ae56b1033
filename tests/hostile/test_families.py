"""Hostile input of every family is refused or survived, n of n, with bounded memory and a loop that goes on."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.hostile.answers import ROOM
from tests.hostile.families import LEAST, families

FAMILIES = families(deadline=0.7)


@pytest.fixture(autouse=True, scope="module")
def frozen() -> Iterator[None]:
    """What other tests have left is not looked through again before each of 700 payloads."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_payload_is_refused_or_survived(family: str) -> None:
    trials = asyncio.run(FAMILIES[family]())
    assert {trial.name: trial.failure for trial in trials if trial.failure} == {}
    assert len({trial.name for trial in trials}) == len(trials) >= LEAST.get(family, 1)
    assert max(trial.peak for trial in trials) < ROOM
    assert max(trial.gap for trial in trials) < 0.5  # 20 ms is usual, the bound is for a machine with other work
