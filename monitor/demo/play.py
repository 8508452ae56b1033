"""Runs the demonstration in two rounds: the feeds as they are found first, then with new articles."""

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
from monitor.core.text.analysis import analyse_fields
from monitor.demo.newsroom import load_sample_feeds
from monitor.demo.stage import DemoServer, serve_demo
from monitor.service.once import poll_sources, send_due_deliveries
from monitor.service.reload import RulesReloader
from monitor.service.service import open_service
from monitor.service.tasks import ServiceTasks
from monitor.store.migrate import upgrade
from monitor.store.views import AlertView, ArticleView

NEAR_MISS_TITLE = "T-Head stellt neuen RISC-V-Kern vor"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The polls of both rounds, and what became of the articles."""

    seconds: float
    first: tuple[PollReport, ...]
    second: tuple[PollReport, ...]
    alerts: tuple[AlertView, ...]
    articles: tuple[ArticleView, ...]
    posts: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]  # what the near miss lacked


def run_demo(say: Callable[[str], None]) -> DemoResult:
    """Run the demonstration in a temporary folder; say receives one line of text for each step."""
    with (
        tempfile.TemporaryDirectory(prefix="monitor-demo-") as name,
        serve_demo(load_sample_feeds(), utcnow()) as server,
    ):
        folder = Path(name)
        (folder / "rules.toml").write_text(demo_rules(server), encoding="utf-8")
        database = f"sqlite:///{folder / 'monitor.db'}"
        upgrade(database, environment.bundled_path("alembic"), utcnow())
        return asyncio.run(run_rounds(server, database, RulesReloader(folder / "rules.toml"), say))


async def run_rounds(
    server: DemoServer, database: str, reloader: RulesReloader, say: Callable[[str], None]
) -> DemoResult:
    """Poll the feeds of both rounds and send the alerts."""
    started = time.monotonic()
    async with open_service(database, reloader) as service:
        await service.notifier.preload(service.targets.values())
        tasks = ServiceTasks(service)
        say(f"{len(server.feeds)} sample feeds on {server.url}, {len(reloader.settings.watches)} watches of rules.toml")
        first = await poll_sources(tasks, service.sources)
        say(f"first poll: {sum(report.articles for report in first)} articles were already there, none is alerted")
        server.switch_round(utcnow(), second=True)
        second = await poll_sources(tasks, service.sources)
        say(f"second poll: {sum(report.articles for report in second)} new articles")
        await send_due_deliveries(tasks)
        say(f"sent: {len(server.posts)} alerts")
        views = service.store.views
        return DemoResult(
            time.monotonic() - started,
            first,
            second,
            tuple(views.alerts(limit=1000)),
            tuple(views.articles(limit=1000)),
            tuple(server.posts),
            explain_near_miss(reloader.settings.ruleset),
        )


def explain_near_miss(rules: RuleSet) -> tuple[str, ...]:
    """The conditions that the article on T-Head's new chip lacks for the watch on its listing."""
    story = next(story for feed in load_sample_feeds() for story in feed.stories if story.title == NEAR_MISS_TITLE)
    return examine_watch(rules, "T-Head IPO", analyse_fields(Article("demo", story.title, body=story.text), ())).missing


def demo_rules(server: DemoServer) -> str:
    """A rules.toml with the shipped watches and the feeds and channel of the demo."""
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
        f'[feeds.{name}]\nurl = "{server.url}/feeds/{name}"\nevery = "1s"\nfull_text = "never"' for name in server.feeds
    ]
    lines += [f'[notify]\nslack = "{server.channel}"', '[settings]\nprivate_networks = ["127.0.0.0/8"]']
    return "\n".join(lines) + "\n"


def to_toml_value(item: object) -> str:
    """A value as TOML: strings and lists as in JSON, dictionaries as inline tables."""
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{key} = {to_toml_value(one)}" for key, one in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(map(to_toml_value, item)) + "]"
    return json.dumps(item, ensure_ascii=False)
