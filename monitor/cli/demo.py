"""`monitor demo`: runs the whole program on sample feeds; nothing leaves this machine."""

from __future__ import annotations

import logging
from dataclasses import asdict

import click

from monitor.cli.output import print_envelope, print_message, print_table
from monitor.demo.play import NEAR_MISS_TITLE, DemoResult, run_demo
from monitor.service import log


@click.command()
@click.option("--json", "as_json", is_flag=True, help="the alerts and the copies as JSON")
def demo(as_json: bool) -> None:
    """Poll sample feeds on loopback, match their articles and send the alerts, in a few seconds."""
    log.start_logging(frozenset, level=logging.ERROR)
    played = run_demo(lambda line: print_message(f"… {line}"))
    if as_json:
        print_envelope(
            {"alerts": [asdict(one) for one in played.alerts], "articles": [asdict(one) for one in played.articles]}
        )
        return
    show_alerts(played)
    show_unsent(played)
    show_example(played)
    show_next_steps(played)


def show_alerts(played: DemoResult) -> None:
    """Print the sent alerts as a table."""
    sent = [alert for alert in played.alerts if alert.state == "sent"]
    copies = {alert.id: sum(one.story == alert.story for one in played.articles) - 1 for alert in sent}
    click.echo(f"\nAlerted: {len(sent)} alerts in {played.seconds:.1f} s, each once per story\n")
    rows = [(one.watch, one.feed, f"+{copies[one.id]}" if copies[one.id] else "", one.title) for one in reversed(sent)]
    print_table(["watch", "source", "copies", "headline"], rows, aligned=True)


def show_unsent(played: DemoResult) -> None:
    """Print what was not sent, and why."""
    copies = [one for one in played.articles if one.kinship == "copy"]
    click.echo(f"\nFolded: {len(copies)} articles are copies of others and were not alerted again\n")
    print_table(["source", "why", "headline"], [(one.feed, one.reason, one.title) for one in copies], aligned=True)
    waiting = sum(alert.reason == "baseline" for alert in played.alerts)
    seen = sum(report.articles for report in played.first)
    click.echo(f"\nNot alerted: {seen} articles were there at first sight; {waiting} would have matched")
    click.echo(f"Not matched: “{NEAR_MISS_TITLE}” for T-Head IPO:")
    click.echo("\n".join(f"  {reason}" for reason in played.missing))


def show_example(played: DemoResult) -> None:
    """Print one alert as its channel received it."""
    post = next(post for post in reversed(played.posts) if "T-Head IPO" in post["title"])
    click.echo("\nThis is what Slack would show for one of them:\n")
    for line in [post["title"], *post["message"].splitlines()]:
        click.echo(f"  ┃ {line}")


def show_next_steps(played: DemoResult) -> None:
    """Print the next steps."""
    click.echo(
        "\nNext:\n"
        "  $EDITOR rules.toml       your words, your feeds, your channels\n"
        "  monitor check            finds every mistake in it\n"
        "  monitor run --dry-run    what it would send, without sending\n"
        "  monitor run              watch"
    )
