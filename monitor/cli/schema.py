"""monitor schema: the JSON Schema of rules.toml, for editors."""

from __future__ import annotations

import click

from monitor.config.json_schema import schema_text


@click.command()
def schema() -> None:
    """Print the JSON Schema of rules.toml; editors find it by the file's first line."""
    click.echo(schema_text(), nl=False)
