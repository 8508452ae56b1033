"""Two feeds on one host, from the wire to the database: each article is stored under its own feed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.load import load_rules
from monitor.pipeline import ingest
from monitor.pipeline.context import TurnContext
from monitor.store.store import Store
from tests.fakes import Clock, PlainParser
from tests.fetch.raw_server import answer, raw, web
from tests.rss_documents import Item, rss

UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n'


@pytest.mark.parametrize("kind", ["twice", "late", "unchanged and more"])
def test_no_feed_stores_the_article_of_another_one_on_its_host(store: Store, tmp_path: Path, kind: str) -> None:
    own = {n: rss([Item(f"Feed {n} hat eine eigene Meldung", f"Text von {n}.", f"{n}-1")]) for n in "ab"}
    said = {"twice": answer(own["a"]) * 2, "late": answer(own["a"]), "unchanged and more": answer(own["a"])}[kind]
    writers: list[asyncio.StreamWriter] = []

    async def say(writer: asyncio.StreamWriter) -> bool:
        writers.append(writer)
        writer.write(said)
        return True

    async def main() -> None:
        async with raw({"/a": say, "/b": answer(own["b"])}) as server, web() as client:
            rules = tmp_path / "rules.toml"
            feeds = "\n".join(f'{n} = {{ url = "{server.url}/{n}", every = "5m" }}' for n in "ab")
            rules.write_text(f'private_networks = ["127.0.0.0/8"]\n[watch]\nw = "Meldung"\n[feeds]\n{feeds}\n')
            settings, clock = load_rules(rules, environ={}).settings, Clock()
            store.polls.register(settings.sources, clock())
            tools = TurnContext(store, client, PlainParser(), clock, lambda: 0.5)
            for name in "abab":
                claims = store.polls.claim(clock(), "here:0:1:1", timedelta(minutes=2), 10, only=[name])
                [source] = [one for one in settings.sources if one.name == name]
                await ingest.poll_source(claims[0], source, settings, tools, backfill=timedelta(0), keep=True)
                if kind == "late":
                    writers[-1].write(answer(own["a"]))
                if kind == "unchanged and more" and name == "a":
                    server.paths["/a"] = UNCHANGED + b"\r\n" + answer(own["a"])
                clock.turn(minutes=6)

    asyncio.run(main())
    found = store.views.articles(Clock()() - timedelta(days=1), 100)
    assert sorted((one.feed, one.title) for one in found) == [(n, f"Feed {n} hat eine eigene Meldung") for n in "ab"]
