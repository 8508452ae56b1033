"""`monitor explain`: why an article was alerted or not, with every watch and every step."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from monitor.cli import match, rules_file
from monitor.cli.context import Options
from monitor.cli.output import NEGATIVE, OK, USAGE, fail, format_cell, print_envelope
from monitor.cli.replay import alerted_article_data
from monitor.config import environment, files
from monitor.config.settings import Settings
from monitor.core.alerts.render import listed
from monitor.core.errors import MonitorError
from monitor.core.model.articles import Article
from monitor.core.text.extent import COMPARED, is_long
from monitor.pipeline.explain import Explanation, explain_article, fetch_article
from monitor.store.store import database_exists, open_store
from monitor.store.views import AlertView

MAX_PIECE_LENGTH = 60  # characters of a piece that was taken out
MAX_LINES = 100  # of watches that match, of those that do not, of alerts, and of pieces that were taken out


@click.command()
@click.argument("what", required=False)
@click.option("--title", default="", help="of an article that nobody published")
@click.option("--lead", default="", help="its summary")
@click.option("--text", "body", default="", help="its text")
@click.option("--feed", default="", help="the feed it would come from")
@click.option("--watch", help="say only what this watch says")
@click.option("--json", "as_json", is_flag=True, help="the envelope with all places")
@click.pass_obj
def explain(
    options: Options, what: str | None, title: str, lead: str, body: str, feed: str, watch: str | None, as_json: bool
) -> None:
    """Why an article was alerted or not.

    WHAT is the number, address or message id of a stored article, an address that was never seen (it is fetched
    now), a FILE with an article as `monitor match` takes it (- for stdin), or nothing with --title and --text.
    Exit status 1 where no watch matches.
    """
    settings = rules_file.load_rules_or_fail(options, as_json=as_json).settings
    if watch is not None and watch not in settings.routes:
        known = f"there are {', '.join(settings.routes)}"
        fail(f"no watch {watch!r}", code="no-watch", status=USAGE, as_json=as_json, help=known)
    try:
        if what:
            answers = list(find_explanations(what, options, settings))
        elif title or lead or body:
            answers = [explain_article(Article(feed, title, lead=lead, body=body), settings)]
        else:
            fail("nothing to explain", code="usage", status=USAGE, as_json=as_json, help="see `monitor explain -h`")
    except (MonitorError, OSError, ValueError) as error:
        fail(str(error), code="not-found", status=NEGATIVE, as_json=as_json)
    if as_json:
        print_envelope([explanation_data(one, watch) for one in answers], ok=all(one.matched for one in answers))
    else:
        click.echo("\n\n".join("\n".join(format_explanation(one, settings, watch)) for one in answers))
    raise SystemExit(OK if all(one.matched for one in answers) else NEGATIVE)


def find_explanations(what: str, options: Options, settings: Settings) -> Iterator[Explanation]:
    """Explanations of what is named: an article of the archive, the articles of a file, or the page at an address."""
    url = environment.database_url(options.database)
    if database_exists(url):
        with open_store(url) as store:
            if stored := store.archive.find(what):
                yield explain_article(stored.article, settings, store, stored)
                return
    if what == "-" or Path(what).is_file():
        content = read_stdin() if what == "-" else read_text_file(Path(what))
        yield from (explain_article(article, settings) for article in parse_articles(content))
    elif what.startswith(("http://", "https://")):
        yield explain_article(asyncio.run(fetch_article(what, settings)), settings)
    else:
        raise ValueError(f"{what!r} is no article of the archive, no file and no address")


def read_stdin() -> str:
    """The text on stdin. Raises ValueError where it is longer than a file may be."""
    data = sys.stdin.buffer.read(files.MAX_FILE_BYTES + 1)
    if len(data) > files.MAX_FILE_BYTES:
        raise ValueError(
            f"stdin has more than {files.MAX_FILE_BYTES:,} bytes; `monitor match` takes any number of articles"
        )
    return data.decode("utf-8", "replace")


def read_text_file(path: Path) -> str:
    """The text of a file. Raises ValueError with a message for people."""
    data = files.read_file(path)
    if not isinstance(data, bytes):
        raise ValueError(data.message)
    return data.decode("utf-8", "replace")


def parse_articles(content: str) -> Iterator[Article]:
    """The articles of a file: JSON lines, or a text whose first line is the title."""
    if content.lstrip().startswith("{"):
        yield from (match.parse_record(line).article for line in content.splitlines() if line.strip())
        return
    title, _, body = content.lstrip().partition("\n")
    yield Article("", title.strip(), body=body.strip())


def format_explanation(one: Explanation, settings: Settings, watch: str | None) -> Iterator[str]:
    """An explanation as lines of text. watch: show only this watch."""
    article, stored = one.article, one.stored
    yield format_cell(article.title)
    origin = [article.source, article.url]
    if stored:
        origin[1:1] = [f"first seen {format_cell(stored.first_seen_at)}", f"article {stored.id}"]
    yield "  " + " · ".join(part for part in origin if part) if any(origin) else "  not in the archive"
    if stored:
        yield f"  story {stored.story}: {stored.kinship}, {stored.reason}"
        if stored.baseline:
            yield "  it was there when its feed was first seen: stored and matched, not alerted"
    if is_long(article):
        yield f"  longer than {COMPARED:,} characters: all of it is matched; keys, facts, comparisons and snippets read"
        yield f"  its first {COMPARED:,}"
    cut_out = [
        f"  not matched: {piece.family} in the {piece.field} “{shorten_line(piece.text)}”" for piece in one.removed
    ]
    yield from limit_lines(cut_out, "pieces that are not matched")
    yield ""
    asked_for = [found for found in one.watches if watch in (None, found.watch)]
    some = [one for match in (True, False) for one in asked_for if bool(one.match) is match]
    width = max((len(found.watch) for found in asked_for), default=0)
    said = [
        f"  {found.watch:<{width}}  {'yes' if found.match else 'no ':<3}  {format_cell(found.sentence())}"
        for found in some
    ]
    matching = sum(found.match is not None for found in some)
    yield from limit_lines(said[:matching], "watches that match; --watch says one of them")
    yield from limit_lines(said[matching:], "watches that do not match; --watch says one of them")
    yield ""
    yield from limit_lines(
        [f"  {describe_alert(alert)}" for alert in one.alerts], "alerts; `monitor alerts` lists them"
    )
    yield format_verdict(one, settings)


def limit_lines(found: Sequence[str], what: str) -> Iterator[str]:
    """The first MAX_LINES lines, and how many more there are."""
    yield from found[:MAX_LINES]
    if len(found) > MAX_LINES:
        yield f"  and {len(found) - MAX_LINES:,} more {what}"


def describe_alert(alert: AlertView) -> str:
    """The state of a match's delivery to one address, in one line."""
    where = " ".join(part for part in (alert.channel or "nobody", alert.target) if part)
    when = f" {format_cell(alert.times['sent'])}" if alert.times["sent"] else ""
    tries = f" after {alert.attempts} attempts" if alert.attempts > 1 else ""
    answer = f", {alert.error}" if alert.error else ""
    return f"{alert.watch} → {where}: {alert.state}{when}{tries} ({alert.reason}{answer})"


def format_verdict(one: Explanation, settings: Settings) -> str:
    """The verdict in one line, with the command that changes it where there is one."""
    if one.stored:
        sent = sorted({alert.channel for alert in one.alerts if alert.times["sent"]})
        if sent:
            return f"Alerted: {listed(sent)}."
        if one.alerts:
            return f"Not alerted: {', '.join(sorted({alert.reason for alert in one.alerts}))}."
    if not one.matched:
        return 'No watch matches.   To be alerted of such an article: monitor watch add NAME "TERM"'
    if one.stored:
        return "A watch matches now, and did not when the article came."
    channels = {address.channel for found in one.matched for address in settings.routes[found.watch].addresses}
    return f"Would be alerted: {listed(sorted(channels)) or 'nobody, for want of a channel'}."


def shorten_line(piece: str) -> str:
    """At most MAX_PIECE_LENGTH characters of a text, in one line."""
    line = format_cell(piece)
    return line if len(line) <= MAX_PIECE_LENGTH else line[: MAX_PIECE_LENGTH - 1] + "…"


def explanation_data(one: Explanation, watch: str | None) -> dict[str, Any]:
    """An explanation as JSON data. watch: include only this watch."""
    stored = one.stored
    article = alerted_article_data(stored) | {"kinship": stored.kinship, "reason": stored.reason} if stored else None
    watches = [
        {"watch": found.watch, "matched": found.match is not None, "why": found.sentence(), "near": found.near}
        | {"hits": [asdict(hit) for hit in found.match.hits] if found.match else []}
        for found in one.watches
        if watch in (None, found.watch)
    ]
    return {
        "title": one.article.title,
        "compared": COMPARED if is_long(one.article) else None,
        "url": one.article.url,
        "stored": article,
        "removed": [asdict(piece) for piece in one.removed],
        "watches": watches,
        "alerts": [asdict(alert) for alert in one.alerts],
    }
