"""`monitor watch`: adds a watch to rules.toml, or lists the watches."""

from __future__ import annotations

import click

from monitor.cli import edit_rules, rules_file
from monitor.cli.context import Options
from monitor.cli.output import print_envelope, print_message, print_table
from monitor.config.toml import edit


@click.group()
def watch() -> None:
    """Add a watch to rules.toml, or list the watches."""


@watch.command("list")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def list_watches(options: Options, as_json: bool) -> None:
    """The watches, with their channels and the number of their examples."""
    settings = rules_file.load_rules_or_fail(options, as_json=as_json).settings
    rows = [
        {
            "watch": one.name,
            "enabled": one.enabled,
            "priority": one.priority.name.lower(),
            "channels": sorted({address.channel for address in settings.routes[one.name].addresses}),
            "examples": len(one.hits) + len(one.misses),
            "about": one.about,
        }
        for one in settings.watches
    ]
    if as_json:
        print_envelope(rows)
        return
    print_table(["watch", "on", "priority", "tells", "examples", "about"], [list(row.values()) for row in rows])


@watch.command()
@click.argument("name")
@click.argument("terms", nargs=-1)
@click.option("--dry-run", is_flag=True, help="show the line, write nothing")
@click.option("--json", "as_json", is_flag=True, help="the envelope")
@click.pass_obj
def add(options: Options, name: str, terms: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Add the watch NAME for any of the TERMs (default: its name) as one line in rules.toml, and show the change.

    Existing lines are not changed, and a line that would be a mistake is not written (exit status 78).
    """
    path = edit_rules.writable_rules_file(options, as_json=as_json)
    change = edit_rules.apply_edit(
        path, lambda data: edit.insert_watch(data, name, terms or (name,)), dry_run=dry_run, as_json=as_json
    )
    if as_json:
        print_envelope(change.as_data())
        return
    click.echo(change.diff, nl=False)
    print_message("a running monitor takes it up within two seconds" if change.written else "nothing was written")
    print_message(f"Next: monitor replay --watch {edit.quote_string(name)}      the alerts of the last 30 days")
