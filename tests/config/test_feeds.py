from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from monitor.config.feeds import build_source
from monitor.config.load import load_rules
from monitor.config.schema import FeedTable
from monitor.config.settings import LoadResult
from monitor.config.toml.notes import Notes
from monitor.config.toml.toml_document import TomlDocument
from monitor.core.model.polling import Source

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def built(url: str, every: str = "5m", environ: dict[str, str] | None = None) -> tuple[Source | None, Notes]:
    notes = Notes(TomlDocument(f"[feeds]\nx = {{ url = '{url}', every = '{every}' }}\n"))
    table = FeedTable.model_validate({"url": url, "every": every})
    return build_source("x", table, LOOPBACK, environ or {}, notes), notes


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed",
        "gopher://example.org/",
        "//example.org/feed",
        "www.boerse-global.de/feed",
        "mailto:a@example.org",
        "https://",
        "https://[::1/feed",
        "https://example.org:99999/",
        "https://example.org/a feed",
        "https://example.org/\tfeed",
        "news:example.org",
        "https://me@example.org/",
        "https://example.org/a\\\\b",
        "https://example..org/",
        "https://example.org./",
        "https://[example.org]/",
        "https://[2606:2800::1%25eth0]/",
        "https://feeds.7/",
        "https://example.org.0x7/",
        "https://93.184.215/",
        "https://93.184.215.256/",
        "https://93.184.215.14.1/",
    ],
)
def test_only_http_and_https_are_polled(url: str) -> None:
    source, notes = built(url)
    assert source is None
    assert [problem.code for problem in notes.problems] == ["bad-url"]


def test_a_password_in_a_refused_address_is_masked_all_the_same() -> None:
    source, notes = built("https://me:hunter2@example.org/feed")
    assert source is None and notes.secrets == {"hunter2"}


def test_an_address_without_its_scheme_gets_one_in_the_help() -> None:
    _, notes = built("www.boerse-global.de/feed")
    assert notes.problems[0].help == 'write "https://www.boerse-global.de/feed"'


@pytest.mark.parametrize(
    ("url", "every", "allowed"),
    [
        ("https://example.org/feed", "1m", True),
        ("https://example.org/feed", "59s", False),
        ("http://127.0.0.1:8000/feed", "1s", True),
        ("http://127.0.0.1:8000/feed", "2s", True),
        ("http://127.0.0.1:8000/feed", "500ms", False),
        ("http://localhost:8000/feed", "2s", True),
        ("http://[::1]:8000/feed", "2s", True),
        ("http://10.0.0.1/feed", "2s", False),
        ("http://127.0.0.1.example.org/feed", "2s", False),
    ],
)
def test_only_private_feeds_may_be_asked_more_than_once_a_minute(url: str, every: str, allowed: bool) -> None:
    source, notes = built(url, every)
    assert (source is not None) is allowed
    assert [problem.code for problem in notes.problems] == ([] if allowed else ["too-often"])


def test_a_source_carries_what_the_file_says() -> None:
    table = FeedTable.model_validate({"url": "https://e.org", "every": "2m", "lang": "de", "timezone": "Europe/Berlin"})
    source = build_source("x", table, (), {}, Notes(TomlDocument("")))
    assert source == Source(
        "x", "https://e.org", "feed", timedelta(minutes=2), "de", "Europe/Berlin", max_every=timedelta(minutes=2)
    )


def test_a_token_in_a_feed_address_may_be_a_secret() -> None:
    source, notes = built("https://example.org/feed?token=${TOKEN}", environ={"TOKEN": "s3cr3t"})
    assert source is not None
    assert source.url == "https://example.org/feed?token=s3cr3t"
    assert notes.secrets == {"s3cr3t"}


def page(select: str, kind: str = "page") -> LoadResult:
    """Rules with one page."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(
            f'[watch]\nx = "x"\n[feeds]\np = {{ url = "https://e.org", kind = "{kind}", select = {select} }}\n'
        )
        return load_rules(path, environ={})


@pytest.mark.parametrize("select", ['"article a"', '{ item = "article a" }'])
def test_a_selector_alone_names_the_items(select: str) -> None:
    [source] = page(select).settings.sources
    assert (source.kind, source.select) == ("page", (("item", "article a"),))


def test_the_parts_of_an_article_keep_their_order_and_attributes() -> None:
    [source] = page('{ date = "time@datetime", item = "article", link = "@href" }').settings.sources
    assert source.select == (("item", "article"), ("link", "@href"), ("date", "time@datetime"))


@pytest.mark.parametrize(
    ("select", "marked", "label"),
    [
        ('"article["', "[", "expected ident or '*', got <EOF at 8>"),
        ('{ item = "div..x" }', ".", "expected ident, got <DELIM '.' at 4>"),
        ('{ item = "a", title = "h2::text" }', '"h2::text"', "pseudo-elements are not supported"),
        ('{ item = "a@href" }', '"a@href"', ""),
        ('{ item = "a", date = "b:nope@c" }', '"b:nope@c"', "the pseudo-class :nope is unknown"),
    ],
)
def test_a_selector_that_cannot_be_read_is_a_mistake_with_its_place(select: str, marked: str, label: str) -> None:
    reading = page(select)
    [problem] = reading.problems
    assert (problem.code, problem.entry, problem.label) == ("bad-selector", "feeds.p", label)
    assert problem.source_line[problem.column - 1 : problem.end_column - 1] == marked
    assert problem.help and not reading.settings.sources


def test_only_a_page_has_selectors() -> None:
    assert [problem.code for problem in page('"a"', "feed").problems] == ["select-without-page"]


def test_a_hub_named_by_hand_must_be_an_address() -> None:
    def hubbed(hub: str) -> tuple[Source | None, Notes]:
        notes = Notes(TomlDocument(f"[feeds]\nx = {{ url = 'https://e.example/', hub = '{hub}', push = false }}\n"))
        table = FeedTable.model_validate({"url": "https://e.example/", "hub": hub, "push": False})
        return build_source("x", table, LOOPBACK, {}, notes), notes

    source, notes = hubbed("https://hub.example/")
    assert source and (source.hub, source.push) == ("https://hub.example/", False) and not notes.problems
    source, notes = hubbed("hub.example")
    assert source is None and notes.problems[0].message == "a hub is an http:// or https:// address"
