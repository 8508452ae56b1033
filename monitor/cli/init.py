"""`monitor init DIR`: the files of an installation, ready to be edited; nothing that exists is touched."""

from __future__ import annotations

import errno
import re
import shlex
import shutil
import sys
from pathlib import Path

import click

from monitor.cli.output import NEGATIVE, USAGE, emit, fail
from monitor.config import environment
from monitor.config.files import create

SECRETS = """One file for each ${NAME} in rules.toml, named NAME, holding the secret and nothing else:

    umask 077; printf '%s' 'slack://…' > SLACK_WEBHOOK

The service sees them through LoadCredential, see systemd/credentials.conf.
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="the envelope")
def init(folder: Path, as_json: bool) -> None:
    """Write rules, unit and credentials folder for a new installation into DIR, and say what to do next."""
    folder = folder.absolute()
    if not f"{folder}{program()}".isprintable():
        message = "the name of the folder has a line break or another character that cannot be seen"
        fail(message, code="init", status=USAGE, as_json=as_json, help="the unit of systemd could not name it")
    try:
        written, kept = write(folder)
    except FileExistsError as error:
        message = f"{error.filename} is a link that leads nowhere, or no folder; nothing is written through it"
        fail(message, code="init", status=NEGATIVE, as_json=as_json)
    except OSError as error:
        fail(f"cannot write to {folder}: {error.strerror}", code="init", status=NEGATIVE, as_json=as_json)
    if as_json:
        emit({"written": written, "kept": kept})
        return
    for path in written:
        click.echo(f"written  {path}")
    for path in kept:
        click.echo(f"kept     {path}")
    click.echo(advice(folder))


def write(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write what is missing; the paths that were written, and those that were there."""
    written, kept = [], []
    (folder / "systemd").mkdir(parents=True, exist_ok=True)
    (folder / "credentials").mkdir(mode=0o700, exist_ok=True)
    files = contents(folder)
    for path in files:
        if path.is_symlink() and not path.exists():
            raise FileExistsError(errno.EEXIST, "a link that leads nowhere", str(path))
    for path, content in files.items():
        if path.exists():
            kept.append(path)
        else:
            create(path, content.encode())
            written.append(path)
    return written, kept


def contents(folder: Path) -> dict[Path, str]:
    """Every file of an installation."""
    units = environment.bundled("systemd")
    text = {name: environment.bundled(name).read_text(encoding="utf-8") for name in ("rules.toml", "rules.schema.json")}
    return {
        folder / "rules.toml": text["rules.toml"],
        folder / "rules.schema.json": text["rules.schema.json"],
        folder / "credentials" / "README": SECRETS,
        folder / "systemd" / "monitor.service": unit((units / "monitor.service").read_text(encoding="utf-8"), folder),
        folder / "systemd" / "monitor.sysusers": (units / "monitor.sysusers").read_text(encoding="utf-8"),
        folder / "systemd" / "credentials.conf": placed(
            (units / "credentials.conf").read_text(encoding="utf-8"), folder
        ),
    }


def unit(text: str, folder: Path) -> str:
    """The unit with this installation's program and folder in it."""
    rules = quoted(f"MONITOR_RULES={folder}/rules.toml")
    text = text.replace("MONITOR_RULES=/etc/monitor/rules.toml", rules)
    return placed(text.replace("/usr/local/bin/monitor", command()), folder)


def placed(text: str, folder: Path) -> str:
    """A file of systemd with the folder in place of /etc/monitor; % begins a specifier there (systemd.unit(5))."""
    return text.replace("/etc/monitor", str(folder).replace("%", "%%"))


def quoted(word: str) -> str:
    """A word of a line of systemd: % doubled, and in quotation marks where it has blanks, marks or backslashes."""
    word = word.replace("%", "%%")
    if not re.search(r"[\s\"'\\]", word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command() -> str:
    """The program as the first words of ExecStart, where $ begins a variable (systemd.service(5))."""
    words = [program()] if Path(program()).exists() else program().split(" ")
    return " ".join(quoted(word).replace("$", "$$") for word in words)


def program() -> str:
    """How this installation is run: its own script, else whatever stands on the path."""
    beside = Path(sys.executable).with_name("monitor")
    return str(beside) if beside.exists() else shutil.which("monitor") or f"{sys.executable} -m monitor"


def advice(place: Path) -> str:
    """What to do next."""
    folder = shlex.quote(str(place))  # as a shell takes it
    return f"""
Next:
  $EDITOR {folder}/rules.toml        your words, feeds and channels
  monitor --rules {folder}/rules.toml check
  sudo cp {folder}/systemd/monitor.service /etc/systemd/system/
  sudo cp {folder}/systemd/monitor.sysusers /etc/sysusers.d/monitor.conf && sudo systemd-sysusers
  sudo systemctl daemon-reload && sudo systemctl enable --now monitor
  systemctl status monitor           one line says how it is doing

Secrets: {folder}/credentials/README"""
