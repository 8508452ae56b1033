"""`monitor init DIR`: the files of an installation, ready to be edited; nothing that exists is touched."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from monitor.cli.output import NEGATIVE, emit, fail
from monitor.config import environment

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
    try:
        written, kept = write(folder)
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
    for path, content in contents(folder).items():
        if path.exists():
            kept.append(path)
        else:
            path.write_text(content, encoding="utf-8")
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
    return placed(text.replace("/usr/local/bin/monitor", program()), folder)


def placed(text: str, folder: Path) -> str:
    """A file of systemd with the folder in place of /etc/monitor."""
    return text.replace("/etc/monitor", str(folder))


def program() -> str:
    """How this installation is run: its own script, else whatever stands on the path."""
    beside = Path(sys.executable).with_name("monitor")
    return str(beside) if beside.exists() else shutil.which("monitor") or f"{sys.executable} -m monitor"


def advice(folder: Path) -> str:
    """What to do next."""
    return f"""
Next:
  $EDITOR {folder}/rules.toml        your words, feeds and channels
  monitor --rules {folder}/rules.toml check
  sudo cp {folder}/systemd/monitor.service /etc/systemd/system/
  sudo cp {folder}/systemd/monitor.sysusers /etc/sysusers.d/monitor.conf && sudo systemd-sysusers
  sudo systemctl daemon-reload && sudo systemctl enable --now monitor
  systemctl status monitor           one line says how it is doing

Secrets: {folder}/credentials/README"""
