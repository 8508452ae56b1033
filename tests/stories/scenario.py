"""Scenarios through the real pipeline: feeds that change between polls, `run --once`, a clock turned by hand.

Feeds are fetched over loopback HTTP by the real client. Two edges are replaced: the channel records instead of sending,
and the parsers run without a process of their own, as a hundred scenarios would start a thousand.

    story.poll("wires", [Entry("Quorion wins"), Entry("Lumetra loses")])   # first sight: nothing is told
    story.poll("wires", [Entry("Quorion wins twice"), ...])
    assert story.alerts == ["Quorion wins twice"]
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitor.core.model.alerts import DeliveryState, Message, Target
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds.webpage.headlines import parse_headlines
from monitor.service.once import RunSummary, run_once
from monitor.service.reload import RulesReloader
from monitor.store.store import open_store
from monitor.store.views import AlertView, ArticleView
from tests.fakes import Clock, PlainParser
from tests.peers import FeedServer
from tests.stories.documents import FORM_SETTINGS, FORMS, Entry

EVERYTHING = {"regex": ["^(?s:.)"]}  # a watch that matches every article, so that each decision is seen
OLD = Entry("Wetter: Regen im Norden", "Es bleibt nass und kühl.", name="weather", date="2026-11-20T06:00:00+00:00")


class InlineParser(PlainParser):
    """The real parsers in this process."""

    async def parse(self, page: Page, source: Source, seen: bytes = b"") -> Listing:
        """What the page lists, without the entries that were seen."""
        if source.kind == "page":
            return parse_headlines(page, source)
        return await super().parse(page, source, seen)

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass
class Recorder:
    """Takes every message instead of a channel."""

    messages: list[tuple[Target, Message]] = field(default_factory=list)

    async def preload(self, targets: object = None) -> None:
        """Nothing to start."""

    async def send(self, target: Target, message: Message) -> None:
        """Take a message."""
        self.messages.append((target, message))

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass
class Story:
    """A folder with rules and a database, the web, the recorder and the clock of one scenario."""

    folder: Path
    database: str
    web: FeedServer
    recorder: Recorder
    clock: Clock = field(default_factory=Clock)
    forms: dict[str, str] = field(default_factory=dict)  # of the feeds that are not RSS
    paths: dict[str, str] = field(default_factory=dict)  # of the feeds, where it is not their name
    feed_settings: dict[str, str] = field(default_factory=dict)
    watches: dict[str, Mapping[str, Any]] = field(default_factory=lambda: {"all": EVERYTHING})
    channels: dict[str, str] = field(default_factory=lambda: {"chat": '"json://chat.example/hook"'})
    settings: dict[str, Any] = field(default_factory=dict)
    feeds: list[str] = field(default_factory=list)
    dates: dict[tuple[str, str], str] = field(default_factory=dict)  # of entries, by feed and name
    removed: set[str] = field(default_factory=set)  # feeds that are no longer in rules.toml

    def feed(self, name: str, form: str = "rss", **more: Any) -> None:
        """Set the form of a feed, and keys of its table in rules.toml."""
        self.forms[name] = form
        self.feed_settings[name] = "".join(f", {key} = {json.dumps(value)}" for key, value in more.items())

    def poll(self, feed: str, entries: Sequence[Entry], **later: float) -> RunSummary:
        """Let 10 minutes pass (or hours=, days= …), serve these entries, and poll this feed."""
        return self.poll_all({feed: entries}, **later)

    def poll_all(self, documents: Mapping[str, Sequence[Entry]], **later: float) -> RunSummary:
        """Like poll(), for several feeds in one run."""
        self.clock.turn(**(later or {"minutes": 10}))
        for feed, entries in documents.items():
            self.serve(feed, entries)
        return self.run(list(documents))

    def new_alerts(self, feed: str, entries: Sequence[Entry], **later: float) -> list[str]:
        """What this poll tells, sorted."""
        before = len(self.alerts)
        self.poll(feed, entries, **later)
        return sorted(self.alerts[before:])

    def begin(self, *feeds: str) -> None:
        """Poll feeds for the first time; they list one old entry, which later documents may leave out."""
        self.poll_all({feed: [OLD] for feed in feeds})

    def wait(self, **later: float) -> RunSummary:
        """Let time pass and send what is due."""
        self.clock.turn(**later)
        return self.run([])

    def serve(self, feed: str, entries: Sequence[Entry]) -> None:
        """Put a document in its place on the web."""
        if feed not in self.feeds:
            self.feeds.append(feed)
        write, content_type = FORMS[self.forms.get(feed, "rss")]
        filled = [one.named(feed, self.first_listed(feed, one)) for one in entries]
        self.web.put(f"/{self.paths.get(feed, feed)}", write(filled), content_type=content_type)

    def first_listed(self, feed: str, entry: Entry) -> str:
        """When an entry of that name was listed first."""
        name = entry.name or entry.guid or entry.link or entry.title
        return self.dates.setdefault((feed, name), self.clock().isoformat())

    def run(self, feeds: list[str]) -> RunSummary:
        """One run of the program, which polls these feeds and sends what is due."""
        rules = self.folder / "rules.toml"
        rules.write_text(self.rules_text())
        return asyncio.run(run_once(self.database, RulesReloader(rules), only=feeds, now=self.clock))

    def rules_text(self) -> str:
        """The rules.toml of the scenario."""
        lines = ["[feeds]"]
        for name in [one for one in self.feeds if one not in self.removed]:
            more = FORM_SETTINGS.get(self.forms.get(name, "rss"), "")
            path = self.paths.get(name, name)
            lines.append(
                f'{json.dumps(name)} = {{ url = "{self.web.url}/{path}", every = "1m", push = false, '
                f'full_text = "never"{", " + more if more else ""}{self.feed_settings.get(name, "")} }}'
            )
        lines += ["[watch]", *(f"{json.dumps(name)} = {inline(table)}" for name, table in self.watches.items())]
        lines += ["[notify]", *(f"{name} = {value}" for name, value in self.channels.items())]
        lines += ["[settings]", 'private_networks = ["127.0.0.0/8"]']
        lines += [f"{key} = {inline(value)}" for key, value in self.settings.items()]
        return "\n".join(lines) + "\n"

    @property
    def messages(self) -> list[Message]:
        """What the channels were given."""
        return [message for _, message in self.recorder.messages]

    def sent(self) -> list[AlertView]:
        """The deliveries that were sent, the first first; the same article for two watches is two."""
        with open_store(self.database) as store:
            found = store.views.alerts(limit=10_000)
        return sorted((one for one in found if one.state == DeliveryState.SENT), key=lambda one: one.id)

    @property
    def told(self) -> list[AlertView]:
        """What each address was told: an article once, however many watches matched it in one message."""
        return list({(one.article, one.reason, one.channel, one.times["sent"]): one for one in self.sent()}.values())

    @property
    def alerts(self) -> list[str]:
        """The headlines that were told, in the order told; an edit begins with `update: ` or `correction: `."""
        return [f"{one.reason}: {one.title}" if is_revision(one) else one.title for one in self.told]

    @property
    def headlines(self) -> list[str]:
        """The headlines that were told, whether as a new article or as an edit."""
        return [one.title for one in self.told]

    @property
    def links(self) -> list[str]:
        """The links that were told, in the order told."""
        return [one.url for one in self.told]

    def articles(self) -> list[ArticleView]:
        """The stored articles, the first first."""
        with open_store(self.database) as store:
            return sorted(store.views.articles(limit=10_000), key=lambda one: one.id)


def is_revision(alert: AlertView) -> bool:
    return alert.reason in ("update", "correction")


def inline(value: Any) -> str:
    """A value as TOML: JSON, but for tables."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {inline(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def cases(names: str, values: Sequence[Any]) -> pytest.MarkDecorator:
    """Parametrize by values with short names, so that a case can be named in a table and on the command line."""
    return pytest.mark.parametrize(names, values, ids=[f"{n}-{short(one)}" for n, one in enumerate(values, 1)])


def short(value: Any) -> str:
    """The first words of a case."""
    first = value[0] if isinstance(value, tuple) else value
    return "-".join(re.findall("[a-z0-9]+", str(first).lower())[:3])
