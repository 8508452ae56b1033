"""Feeds as OPML, there and back; what somebody else's list may and may not do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import group
from monitor.cli.feeds import opml
from monitor.config.settings import LoadResult, Settings
from monitor.config.toml.edit import insert_lines
from monitor.core.dedupe.urls import canonical_url
from monitor.core.model.polling import Source

RULES = """
[watch]
H200 = "H200"
[feeds]
one = "https://one.example/feed?a=1&b=2"
"two words" = { url = "https://two.example/feed?token=${TOKEN:-geheim}", lang = "de" }
press = { url = "https://three.example/", kind = "page", select = "article" }
off = { url = "https://off.example/feed", enabled = false }
# the end
"""
NESTED = """<?xml version="1.0" encoding="iso-8859-1"?>
<opml version="1.1"><body><outline text="Ordner">
  <outline text="Börse &amp; mehr"><outline text="Börse" title="Die Börse" xmlUrl="https://a.example/feed"/></outline>
  <outline title="Nur Titel" type="rss" xmlURL=" http://b.example/feed "/></outline>
<outline text="one" xmlUrl="https://c.example/feed"/><outline text="One again" xmlUrl="http://one.example/feed?a=1&b=2"/>
<outline text="x" xmlUrl="https://off.example/feed/"/><outline text="y" xmlUrl="https://c.example/feed?utm_source=opml"/>
<outline text="z" xmlUrl="https://a.example:443/%66eed"/><outline text="q" xmlUrl="http://one.example:80/feed/?a=%31&b=2"/>
<outline text="other" xmlUrl="https://other.example/?${SLACK_WEBHOOK}"/><outline text="js" xmlUrl="mailto:a@b.example"/>
<outline text="file" xmlUrl="ftp://b.example/f"/><outline text="" xmlUrl="https://www.d.example/feed"/>
<outline text="a folder"/></body></opml>"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with rules."""
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


def run(office: Path, *words: str) -> Result:
    return CliRunner().invoke(group, ["--rules", str(office / "rules.toml"), "feeds", *words])


def test_feeds_go_out_as_the_file_has_them_without_secrets_and_pages(office: Path) -> None:
    told = run(office, "export")
    outlines = [dict(one.attrib) for one in ElementTree.fromstring(told.stdout.split("?>")[1]).iter("outline")]
    assert [one["xmlUrl"] for one in outlines] == [
        "https://one.example/feed?a=1&b=2",
        "https://two.example/feed?token=${TOKEN:-geheim}",
    ]
    assert outlines[1]["language"] == "de" and outlines[1]["title"] == "two words"
    assert "1 pages or sitemaps are left out" in told.stderr


def test_nested_lists_come_in_without_what_is_known_or_unfit_and_each_under_its_own_name(office: Path) -> None:
    (office / "in.opml").write_bytes(NESTED.encode("iso-8859-1"))
    told = run(office, "import", str(office / "in.opml"))
    assert told.stdout.splitlines() == [
        '"Börse" = "https://a.example/feed"',
        '"Nur Titel" = "http://b.example/feed"',
        '"one 2" = "https://c.example/feed"',
        'd = "https://www.d.example/feed"',
    ]
    assert "4 new, 5 watched already, 3 not fit to be polled" in told.stderr
    assert "SLACK_WEBHOOK" in told.stderr and "rules.toml" not in told.stderr
    assert (office / "rules.toml").read_text() == RULES


def test_the_lines_are_written_at_the_end_of_the_section_and_a_second_import_adds_nothing(office: Path) -> None:
    (office / "in.opml").write_bytes(NESTED.encode("iso-8859-1"))
    assert run(office, "import", str(office / "in.opml"), "--write").exit_code == 0
    text = (office / "rules.toml").read_text()
    assert text.startswith(RULES.removesuffix("# the end\n")) and text.endswith("# the end\n")
    assert tomllib.loads(text)["feeds"]["Nur Titel"] == "http://b.example/feed"
    again = run(office, "import", str(office / "in.opml"), "--write")
    assert again.stdout == "" and "0 new, 9 watched already" in again.stderr
    assert (office / "rules.toml").read_text() == text


def test_an_import_that_would_be_a_mistake_writes_nothing(office: Path) -> None:
    (office / "in.opml").write_text('<opml version="2.0"><outline text="a" xmlUrl="https://a.example:99999/"/></opml>')
    told = run(office, "import", str(office / "in.opml"), "--write")
    assert told.exit_code == 78 and "a feed is an http:// or https:// address" in told.stderr
    assert (office / "rules.toml").read_text() == RULES


@pytest.mark.parametrize("text", ["<html>no</html>", "", "<!DOCTYPE opml><opml/>", "{}", "https://x.example"])
def test_what_is_no_opml_is_refused(office: Path, text: str) -> None:
    (office / "in.opml").write_text(text)
    assert run(office, "import", str(office / "in.opml")).exit_code == 2


def test_folders_that_are_not_closed_are_read(office: Path) -> None:
    (office / "in.opml").write_text('<opml version="2.0">' + '<outline text="x">' * 40)
    assert run(office, "import", str(office / "in.opml")).exit_code == 0


NAMES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=60).filter(str.strip)
PATHS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="${}"), max_size=40)
URLS = st.builds("https://h{}.example/{}?{}".format, st.integers(0, 9), PATHS, PATHS)


@given(st.dictionaries(NAMES, URLS, min_size=1, max_size=5))
def test_what_goes_out_comes_back(feeds: dict[str, str]) -> None:
    names = {" ".join(name.split()): url for name, url in feeds.items()}
    entries = {name: url for name, url in names.items() if opml.is_importable(url)}
    once = {canonical_url(url): name for name, url in entries.items()}
    reading = LoadResult(Settings(), entries={"feeds": entries})
    text = opml.format_opml([Source(name, entries[name]) for name in once.values()], reading)
    empty = LoadResult(Settings(), entries={"feeds": {}})
    found = opml.collect_new_feeds(opml.parse_outlines(text.encode()) or [], empty)
    data, _ = insert_lines(b"", "feeds", found.lines)
    assert tomllib.loads(data.decode())["feeds"] == {name: entries[name] for name in once.values()}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/feed?token=canary", "https://a.example/feed?token=***"),
        ("https://a.example/feed?a=1&apikey=canary&b=2", "https://a.example/feed?a=1&apikey=***&b=2"),
        (
            "https://a.example/feed?token=${TOKEN:-none}&key=canary",
            "https://a.example/feed?token=${TOKEN:-none}&key=***",
        ),
        (
            "https://a.example/feed?key=canary&token=${TOKEN:-none}",
            "https://a.example/feed?key=***&token=${TOKEN:-none}",
        ),
        ("https://a.example/${PATH_OF_MINE:-x}?sig=canary", "https://a.example/${PATH_OF_MINE:-x}?sig=***"),
    ],
)
def test_a_secret_that_stands_in_the_file_is_not_exported_and_its_feed_is_named(
    tmp_path: Path, url: str, shown: str
) -> None:
    (tmp_path / "rules.toml").write_text(f'[watch]\nH200 = "H200"\n[feeds]\npress = "{url}"\n')
    told = run(tmp_path, "export")
    [outline] = ElementTree.fromstring(told.stdout.split("?>")[1]).iter("outline")
    assert outline.attrib["xmlUrl"] == shown
    assert "canary" not in told.output and "address of press" in told.stderr
