"""The table of stages is what the code does and what DESIGN.md says."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest

from monitor.config.load import load_rules
from monitor.feeds.parser import Parser
from monitor.fetch.client import WebClient
from monitor.pipeline import ingest
from monitor.pipeline.context import TurnContext
from monitor.pipeline.stages import STAGES, Stage
from monitor.store.store import open_store
from tests.databases import sqlite
from tests.fakes import Clock
from tests.peers import FeedServer
from tests.rss_documents import Item, rss
from tests.structure import modules

ROOT = Path(__file__).parent.parent
TEXT = "Die Behörde erlaubt den Kauf von 400.000 Chips für 12 Milliarden Dollar. " * 3
KNOWN = [Item(f"Nvidia liefert H200 {n}", f"Lieferung {n}.", guid=f"old-{n}") for n in range(4)]


def stages_of_the_design() -> list[tuple[str, str]]:
    """Name and file of each stage, in the order of DESIGN.md."""
    design = (ROOT / "DESIGN.md").read_text(encoding="utf-8")
    flow = design[design.index("## The data flow") : design.index("## Floors")]
    return re.findall(r"^\d+\. \*\*(\w+)\*\* `([\w/.]+)`", flow, re.MULTILINE)


def test_the_design_lists_the_stages_in_their_order() -> None:
    assert stages_of_the_design() == [(stage.name, stage.file) for stage in STAGES]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_each_stage_is_a_function_of_its_file(stage: Stage) -> None:
    [module] = [one for one in modules(ROOT) if one.path == ROOT / "monitor" / stage.file]
    assert stage.function in [function.name for function in module.functions()]


def test_each_stage_has_a_name_and_a_place_of_its_own() -> None:
    assert len({stage.name for stage in STAGES}) == len({stage[1:] for stage in STAGES}) == len(STAGES)


@contextmanager
def recorded() -> Iterator[list[Stage]]:
    """The stages in the order of their first call, in any thread."""
    called: list[Stage] = []
    places = {(str(ROOT / "monitor" / stage.file), stage.function): stage for stage in STAGES}

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            stage = places.get((frame.f_code.co_filename, frame.f_code.co_name))
            if stage and stage not in called:
                called.append(stage)

    before = sys.getprofile()
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield called
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def test_one_matched_article_passes_all_stages_in_this_order(tmp_path: Path) -> None:
    async def poll(clock: Clock, web: WebClient, parser: Parser) -> None:
        tools = TurnContext(store, web, parser, clock, lambda: 0.5)
        [claim] = store.polls.claim(clock(), "here:0:1:1", timedelta(minutes=2), 1)
        report = await ingest.poll_source(claim, settings.sources[0], settings, tools)
        assert report.outcome in ("new", "first sight"), report

    async def main() -> None:
        clock, web, parser = Clock(), WebClient(private_networks=("127.0.0.0/8",)), Parser()
        store.polls.register(settings.sources, clock())
        await poll(clock, web, parser)
        copies = [Item(f"Peking erlaubt H200 {n}", f"{TEXT} Zahl {n}.", guid=f"new-{n}") for n in range(4)]
        feeds.put("/rss", rss([*copies, *KNOWN]))
        clock.turn(minutes=10)
        called.clear()
        await poll(clock, web, parser)
        await web.aclose()
        await parser.aclose()

    # the threads of the store begin while calls are recorded
    with FeedServer() as feeds, recorded() as called, open_store(sqlite(tmp_path)) as store:
        feeds.put("/rss", rss(KNOWN))
        rules = tmp_path / "rules.toml"
        rules.write_text(
            f'[watch]\nH200 = "H200"\n[feeds]\nf = {{ url = "{feeds.url}/rss", full_text = "never" }}\n'
            '[notify]\nhook = "json://hook.example/"\n[settings]\nprivate_networks = ["127.0.0.0/8"]\n'
        )
        settings = load_rules(rules, environ={}).settings
        asyncio.run(main())
    assert [stage.name for stage in called] == [stage.name for stage in STAGES]
