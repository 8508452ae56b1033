"""`monitor calendar` lists the days that matching articles announced, for people, programs and calendars."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import group
from monitor.cli.calendar import fold_ical_line, format_icalendar
from monitor.clock import utcnow
from monitor.core.text.clean import clean_text
from monitor.store.archive import Announcement
from monitor.store.store import open_store
from tests.analysed import extract_facts
from tests.databases import sqlite
from tests.store.samples import article, finding, intent, kept

DAY = (utcnow() + timedelta(days=20)).date()
SAID = f"Der Quartalsbericht erscheint am {DAY.isoformat()}; Kommas, ja, und \\ auch."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    """An archive where two articles of one story announce a day, and a third one nothing."""
    (tmp_path / "rules.toml").write_text('[watch]\nH200 = "H200"\n[feeds]\nx = "https://x.example/feed"\n')
    with open_store(sqlite(tmp_path)) as store:
        for name, body in (("a", SAID), ("b", f"Es bleibt dabei: {SAID}"), ("c", "Nichts.")):
            piece = article(name, body=body)
            story = None if name != "b" else 1
            kept(
                store,
                replace(finding(name, intent(), story=story), article=piece, facts=extract_facts(piece, utcnow())),
                now=utcnow(),
            )
    yield tmp_path


def run(office: Path, *words: str) -> Result:
    """The verb on the office's database."""
    database = f"sqlite:///{office}/monitor.db"
    return CliRunner().invoke(
        group, ["--rules", str(office / "rules.toml"), "--database", database, "calendar", *words]
    )


def test_a_day_is_listed_once_for_a_story(office: Path) -> None:
    told = run(office)
    assert told.exit_code == 0
    [line] = [line for line in told.stdout.splitlines() if DAY.isoformat() in line]
    assert "Quartalsbericht" in line and "H200" in line and "Titel a" in line


def test_programs_get_every_announcement_with_its_sentence(office: Path) -> None:
    first, second = json.loads(run(office, "--json").stdout)["data"]
    assert (first["day"], first["event"], first["said"]) == (DAY.isoformat(), "earnings", SAID)
    assert (second["article"], second["story"]) == (2, 1)


def test_a_watch_has_a_calendar_of_its_own(office: Path) -> None:
    assert run(office, "--watch", "H200").exit_code == 0
    assert run(office, "--watch", "Qwen").exit_code == 1


def test_what_lies_beyond_the_horizon_is_not_listed(office: Path) -> None:
    assert run(office, "--next", "7d").exit_code == 1


def test_a_calendar_program_can_read_it(office: Path) -> None:
    lines = run(office, "--ics").stdout.split("\n")
    whole = "\n".join(lines).replace("\n ", "")
    assert lines[0] == "BEGIN:VCALENDAR" and "END:VCALENDAR" in lines
    assert f"DTSTART;VALUE=DATE:{DAY:%Y%m%d}" in whole
    assert "Kommas\\, ja\\, und \\\\ auch" in whole
    assert whole.count("BEGIN:VEVENT") == 1


def test_a_long_line_is_folded_within_no_character() -> None:
    pieces = fold_ical_line("ü" * 100).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert "".join(piece.removeprefix(" ") for piece in pieces) == "ü" * 100


BREAKS = ("\r", "\n", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00", "\x1b", "\ud800")


@given(
    st.lists(
        st.sampled_from([*BREAKS, ":", ";", ",", "\\", "\\n", '"', " ", "X-NOTE:a", "ü", "通", "x" * 40]), max_size=20
    ).map("".join)
)
def test_no_headline_adds_a_line_to_a_calendar_or_loses_a_letter(title: str) -> None:
    one = Announcement(DAY, "earnings", title, 1, 1, title, title, "f", title, ("H200",))
    text = format_icalendar([one], utcnow())
    assert "\r\n".join(text.split("\r\n")) == text and not set(text.replace("\r\n", "")) & set(BREAKS)
    lines = text.replace("\r\n ", "").split("\r\n")
    assert [line.partition(":")[0].partition(";")[0] for line in lines] == [
        "BEGIN", "VERSION", "PRODID", "BEGIN", "UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "TRANSP",
        "END", "END", "",
    ]  # fmt: skip
    said = unescaped(lines[7].removeprefix("SUMMARY:"))
    assert " ".join(said.split()) == " ".join(clean_text(f"{one.word}: {title}").split())


def unescaped(text: str) -> str:
    """A value of iCalendar as its reader has it (RFC 5545, 3.3.11)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)
