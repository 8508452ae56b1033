"""The play in two acts: the feeds as they are found, and the news that follows."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.clock import utcnow
from monitor.config import environment
from monitor.core.match.engine import RuleSet, examine_watch
from monitor.core.model.articles import Article
from monitor.core.model.polling import PollReport
from monitor.demo.newsroom import load_sample_feeds
from monitor.demo.stage import DemoServer, serve_demo
from monitor.service.reload import RulesReloader
from monitor.service.service import Service, open_service
from monitor.store.migrate import upgrade
from monitor.store.views import AlertView, ArticleView

NEAR_MISS_TITLE = "T-Head stellt neuen RISC-V-Kern vor"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What happened, for the person who watches."""

    seconds: float
    first: tuple[PollReport, ...]
    second: tuple[PollReport, ...]
    alerts: tuple[AlertView, ...]
    articles: tuple[ArticleView, ...]
    posts: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]  # what the near miss lacked


def run_demo(say: Callable[[str], None]) -> DemoResult:
    """Run the demonstration in a temporary folder; say gets one line for each step."""
    with (
        tempfile.TemporaryDirectory(prefix="monitor-demo-") as name,
        serve_demo(load_sample_feeds(), utcnow()) as stage,
    ):
        folder = Path(name)
        (folder / "rules.toml").write_text(demo_rules(stage), encoding="utf-8")
        database = f"sqlite:///{folder / 'monitor.db'}"
        upgrade(database, environment.bundled_path("alembic"), utcnow())
        return asyncio.run(run_rounds(stage, database, RulesReloader(folder / "rules.toml"), say))


async def run_rounds(
    stage: DemoServer, database: str, reloader: RulesReloader, say: Callable[[str], None]
) -> DemoResult:
    """Both acts on open works."""
    started = time.monotonic()
    async with open_service(database, reloader) as works:
        await works.notifier.preload(works.targets.values())
        say(f"{len(stage.feeds)} sample feeds on {stage.url}, {len(reloader.settings.watches)} watches of rules.toml")
        first = await poll_all_sources(works)
        say(f"first look: {sum(report.articles for report in first)} articles were already there, none is told")
        stage.switch_round(utcnow(), second=True)
        second = await poll_all_sources(works)
        say(f"the news comes in: {sum(report.articles for report in second)} new articles")
        now = works.now()
        while await works.start_deliveries(now):
            await asyncio.gather(*works.sends)
        say(f"sent: {len(stage.posts)} alerts")
        views = works.store.views
        return DemoResult(
            time.monotonic() - started,
            first,
            second,
            tuple(views.alerts(limit=1000)),
            tuple(views.articles(limit=1000)),
            tuple(stage.posts),
            explain_near_miss(reloader.settings.ruleset),
        )


async def poll_all_sources(works: Service) -> tuple[PollReport, ...]:
    """Poll every source once more."""
    reports: list[PollReport] = []
    left = set(works.sources)
    while left and (tasks := await works.start_polls(left)):
        found = await asyncio.gather(*tasks)
        left -= {report.source for report in found}
        reports += found
    return tuple(reports)


def explain_near_miss(rules: RuleSet) -> tuple[str, ...]:
    """Why the article about a chip of T-Head is no alert about its listing."""
    story = next(story for feed in load_sample_feeds() for story in feed.stories if story.title == NEAR_MISS_TITLE)
    return examine_watch(rules, "T-Head IPO", Article("demo", story.title, body=story.text)).missing


def demo_rules(stage: DemoServer) -> str:
    """The shipped watches with the demo's own feeds and channel."""
    shipped = tomllib.loads(environment.bundled_path("rules.toml").read_text(encoding="utf-8"))
    lines = ["[watch]"]
    tables = {name: entry for name, entry in shipped["watch"].items() if isinstance(entry, dict)}
    lines += [f"{json.dumps(n)} = {to_toml_value(e)}" for n, e in shipped["watch"].items() if n not in tables]
    for name, entry in tables.items():
        keys = [f"{key} = {to_toml_value(item)}" for key, item in entry.items() if key not in ("notify", "feeds")]
        lines += [f"[watch.{json.dumps(name)}]", *keys]
    for section in ("sets", "entity"):
        lines += [
            f"[{section}]",
            *(f"{json.dumps(n)} = {to_toml_value(e)}" for n, e in shipped.get(section, {}).items()),
        ]
    lines += [
        f'[feeds.{name}]\nurl = "{stage.url}/feeds/{name}"\nevery = "1s"\nfull_text = "never"' for name in stage.feeds
    ]
    lines += [f'[notify]\nslack = "{stage.channel}"', '[settings]\nprivate_networks = ["127.0.0.0/8"]']
    return "\n".join(lines) + "\n"


def to_toml_value(item: object) -> str:
    """A value as TOML: JSON's strings and lists are TOML's too, its objects become inline tables."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{key} = {to_toml_value(one)}" for key, one in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(map(to_toml_value, item)) + "]"
    return json.dumps(item, ensure_ascii=False)
