"""`monitor init DIR`: writes the files of an installation. Existing files are never changed."""

from __future__ import annotations

import errno
import re
import shlex
import shutil
import sys
from pathlib import Path

import click

from monitor.cli.output import NEGATIVE, USAGE, fail, print_envelope
from monitor.config import environment
from monitor.config.files import create_file

CREDENTIALS_README = """One file for each ${NAME} in rules.toml, named NAME, holding the secret and nothing else:

    umask 077; printf '%s' 'slack://…' > SLACK_WEBHOOK

The service sees them through LoadCredential, see systemd/credentials.conf.
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="the envelope")
def init(folder: Path, as_json: bool) -> None:
    """Write rules, unit and credentials folder for a new installation into DIR, and print the next steps."""
    folder = folder.absolute()
    if not f"{folder}{program_words()}".isprintable():
        message = "the name of the folder has a line break or another character that cannot be seen"
        fail(message, code="init", status=USAGE, as_json=as_json, help="the unit of systemd could not name it")
    try:
        written, kept = write_installation(folder)
    except FileExistsError as error:
        message = f"{error.filename} is a link that leads nowhere, or no folder; nothing is written through it"
        fail(message, code="init", status=NEGATIVE, as_json=as_json)
    except OSError as error:
        fail(f"cannot write to {folder}: {error.strerror}", code="init", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope({"written": written, "kept": kept})
        return
    for path in written:
        click.echo(f"written  {path}")
    for path in kept:
        click.echo(f"kept     {path}")
    click.echo(installation_steps(folder))


def write_installation(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the missing files. Returns the paths that were written and those that existed."""
    written, kept = [], []
    (folder / "systemd").mkdir(parents=True, exist_ok=True)
    (folder / "credentials").mkdir(mode=0o700, exist_ok=True)
    files = installation_files(folder)
    for path in files:
        if path.is_symlink() and not path.exists():
            raise FileExistsError(errno.EEXIST, "a link that leads nowhere", str(path))
    for path, content in files.items():
        if path.exists():
            kept.append(path)
        else:
            create_file(path, content.encode())
            written.append(path)
    return written, kept


def installation_files(folder: Path) -> dict[Path, str]:
    """The path and content of every file of an installation."""
    units = environment.bundled_path("systemd")
    text = {
        name: environment.bundled_path(name).read_text(encoding="utf-8") for name in ("rules.toml", "rules.schema.json")
    }
    return {
        folder / "rules.toml": text["rules.toml"],
        folder / "rules.schema.json": text["rules.schema.json"],
        folder / "credentials" / "README": CREDENTIALS_README,
        folder / "systemd" / "monitor.service": render_unit(
            (units / "monitor.service").read_text(encoding="utf-8"), folder
        ),
        folder / "systemd" / "monitor.sysusers": (units / "monitor.sysusers").read_text(encoding="utf-8"),
        folder / "systemd" / "credentials.conf": replace_folder(
            (units / "credentials.conf").read_text(encoding="utf-8"), folder
        ),
    }


def render_unit(text: str, folder: Path) -> str:
    """The systemd unit with this installation's program and folder."""
    rules = quote_unit_word(f"MONITOR_RULES={folder}/rules.toml")
    text = text.replace("MONITOR_RULES=/etc/monitor/rules.toml", rules)
    return replace_folder(text.replace("/usr/local/bin/monitor", exec_start_command()), folder)


def replace_folder(text: str, folder: Path) -> str:
    """A systemd file with the folder in place of /etc/monitor, and % doubled (systemd.unit(5), specifiers)."""
    return text.replace("/etc/monitor", str(folder).replace("%", "%%"))


def quote_unit_word(word: str) -> str:
    """A word for a systemd file: % doubled, and quoted where it has blanks, quotes or backslashes."""
    word = word.replace("%", "%%")
    if not re.search(r"[\s\"'\\]", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def exec_start_command() -> str:
    """The program for ExecStart, with $ doubled, for it begins a variable (systemd.service(5))."""
    words = [program_words()] if Path(program_words()).exists() else program_words().split(" ")
    return " ".join(quote_unit_word(word).replace("$", "$$") for word in words)


def program_words() -> str:
    """The command of this installation: the script beside the interpreter, else the one on $PATH, else `python -m`."""
    beside = Path(sys.executable).with_name("monitor")
    return str(beside) if beside.exists() else shutil.which("monitor") or f"{sys.executable} -m monitor"


def installation_steps(path: Path) -> str:
    """The next steps for the person, as text."""
    folder = shlex.quote(str(path))
    return f"""
Next:
  $EDITOR {folder}/rules.toml        your words, feeds and channels
  monitor --rules {folder}/rules.toml check
  sudo cp {folder}/systemd/monitor.service /etc/systemd/system/
  sudo cp {folder}/systemd/monitor.sysusers /etc/sysusers.d/monitor.conf && sudo systemd-sysusers
  sudo systemctl daemon-reload && sudo systemctl enable --now monitor
  systemctl status monitor           one line says how it is doing

Secrets: {folder}/credentials/README"""
