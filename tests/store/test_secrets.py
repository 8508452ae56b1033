"""What the store says and writes gives no password away and lands where it was told to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from monitor.cli import group
from monitor.core.errors import StoreError
from monitor.store.migrate import backup_database
from monitor.store.schema_revision import ready
from monitor.store.store import database_exists, open_store
from tests.databases import sqlite

MISTYPED = [
    "postgresql:/me:canary@h/db",
    "postgres//me:canary@h/db",
    "me:canary@h/db",
    "canary",
    " postgresql://me:canary@h/db",
    "postgresql://me@h:canary/db",  # in the place of the port
    "postgresql://me:x@canary@h/db",  # an @ that is not escaped
    "postgresql://me:canary@[::1/db",
    "sqlite://me:canary@h/file",
    "sqlite://canary/file",
    "postgre://me:canary@h/db",
    "mysql+pymysql://me:canary@h/db",
]


@pytest.mark.parametrize("url", MISTYPED)
def test_a_mistyped_database_url_does_not_show_its_password(url: str) -> None:
    for use in (ready, open_store, database_exists):
        with pytest.raises(StoreError) as refused:
            use(url)
        assert "canary" not in str(refused.value) + str(refused.value.__cause__)
        assert "postgresql://" in str(refused.value)  # the way out


@pytest.mark.parametrize("url", [MISTYPED[0], MISTYPED[5], MISTYPED[8], "postgresql://me:canary@127.0.0.1:1/db"])
@pytest.mark.parametrize("verb", [["status"], ["status", "--json"], ["db", "upgrade"], ["db", "backup", "x"]])
def test_no_verb_shows_the_password_of_its_database(tmp_path: Path, url: str, verb: list[str]) -> None:
    said = CliRunner(env={"MONITOR_DATABASE_URL": url}).invoke(group, verb)
    assert said.exit_code == 1 and "canary" not in said.output


def test_no_value_that_was_to_be_written_shows_in_an_error(tmp_path: Path) -> None:
    with (
        open_store(sqlite(tmp_path)) as store,
        pytest.raises(StoreError) as failed,
        store.database.write() as connection,
    ):
        connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "canary"})
    assert "canary" not in f"{failed.value}{failed.value.__cause__}"


@pytest.mark.parametrize("kind", ["dangling link", "link to a file", "file", "folder"])
def test_a_backup_is_a_new_file_or_none(tmp_path: Path, kind: str) -> None:
    url, to, elsewhere = sqlite(tmp_path), tmp_path / "copy", tmp_path / "elsewhere"
    if kind == "link to a file":
        elsewhere.write_text("mine")
    if "link" in kind:
        to.symlink_to(elsewhere)
    elif kind == "file":
        to.write_text("mine")
    else:
        to.mkdir()
    with pytest.raises(StoreError, match="never overwrites"):
        backup_database(url, to)
    assert not elsewhere.exists() or elsewhere.read_text() == "mine"
    assert to.is_symlink() is ("link" in kind) and (kind != "file" or to.read_text() == "mine")


def test_a_backup_and_its_database_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        url = sqlite(tmp_path)
        made = backup_database(url, tmp_path / "copy")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("monitor.db*")} == {0o600}


def test_a_backup_into_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        backup_database(sqlite(tmp_path), tmp_path / "no" / "copy")
