"""`monitor match`: reads articles as NDJSON and prints their matches, found by the engine of the daemon."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import click

from monitor.cli.context import Options
from monitor.cli.output import CONFIG, NEGATIVE, fail, print_message
from monitor.config import environment
from monitor.config.load import load_rules
from monitor.core.errors import ConfigError
from monitor.core.match.engine import RuleSet, match_article
from monitor.core.model.articles import Article, Hit, Match
from monitor.core.text.analysis import analyse_fields
from monitor.core.text.html import VisibleText, visible_text

TEXT_FIELDS = ("title", "lead", "body")
MAX_RECORD_LENGTH = 10_000_000  # bytes of a line
MAX_DEPTH = 32  # levels of lists and objects in a line
JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"?|[\[\]{}]')
INPUT_FIELDS = (*TEXT_FIELDS, "url", "feed", "author", "lang")


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One article of the input. markup: by field, the visible text with the offsets of the markup it came from."""

    id: object
    article: Article
    markup: Mapping[str, VisibleText]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON line for each article, with the place of every hit")
@click.pass_obj
def match(options: Options, as_json: bool) -> None:
    """Match articles against the rules: NDJSON on stdin, one line out for each line in.

    Each line is {"id", "title", "lead", "body", "url", "feed"}, all but id optional; "html": true where title, lead
    and body are markup. Starts and ends are character offsets into the given field.
    """
    try:
        reading = load_rules(environment.rules_path(options.rules))
    except ConfigError as error:
        fail(str(error), code="config", status=CONFIG, as_json=as_json)
    if reading.problems:
        print_message(f"{len(reading.problems)} mistakes in the rules, see `monitor check`; what is right is used")
    bad = 0
    for number, data in enumerate(read_lines(sys.stdin.buffer), 1):
        if not data.strip():
            continue
        try:
            line = parse_record(decode_line(data))
        except ValueError as error:
            print_message(f"error[bad-line]: stdin:{number}: {error}")
            bad += 1
            continue
        click.echo(
            match_record(line, reading.settings.ruleset) if as_json else format_matches(line, reading.settings.ruleset)
        )
    if bad:
        raise SystemExit(NEGATIVE)


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long the first MAX_RECORD_LENGTH + 1 bytes."""
    while data := stream.readline(MAX_RECORD_LENGTH + 1):
        yield data
        while len(data) > MAX_RECORD_LENGTH and not data.endswith(b"\n"):
            data = stream.readline(MAX_RECORD_LENGTH + 1) or b"\n"


def decode_line(data: bytes) -> str:
    """The text of a line. Raises ValueError with a message for people."""
    if len(data) > MAX_RECORD_LENGTH:
        raise ValueError(f"the line is longer than {MAX_RECORD_LENGTH:,} bytes; give the article a shorter body")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the line is not UTF-8 text (byte {error.start + 1}); convert it with iconv") from error


def parse_record(text: str) -> InputRecord:
    """The article in one line of the input. Raises ValueError with a message for people."""
    if is_too_deep(text):
        raise ValueError(f"the line is nested deeper than {MAX_DEPTH} levels; an article needs two")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(data, dict) or "id" not in data:
        raise ValueError('an article is an object with an "id"')
    given = {name: data.get(name) or "" for name in INPUT_FIELDS}
    wrong = [name for name, value in given.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} must be text")
    markup = {name: visible_text(given[name]) for name in TEXT_FIELDS} if data.get("html") is True else {}
    shown = given | {name: view.text for name, view in markup.items()}
    article = Article(
        source=shown["feed"],
        title=shown["title"],
        url=shown["url"],
        lead=shown["lead"],
        body=shown["body"],
        author=shown["author"],
        tags=parse_tags(data.get("tags")),
        language=shown["lang"] or None,
    )
    return InputRecord(data["id"], article, markup)


def is_too_deep(text: str) -> bool:
    """Whether a line is nested deeper than MAX_DEPTH; Python's JSON parser recurses without a bound of its own."""
    depth = 0
    for sign in JSON_TOKEN.findall(text):
        depth += (sign in "[{") - (sign in "]}")
        if depth > MAX_DEPTH:
            return True
    return False


def parse_tags(given: object) -> tuple[str, ...]:
    """The tags of an article; empty where the value is not a list."""
    return tuple(map(str, given)) if isinstance(given, list) else ()


def match_record(record: InputRecord, rules: RuleSet) -> str:
    """The matches of one article as a JSON line."""
    found = [row for one in match_article(rules, analyse_fields(record.article, ())) for row in hit_rows(record, one)]
    return json.dumps({"id": record.id, "watches": found}, ensure_ascii=False)


def hit_rows(line: InputRecord, found: Match) -> Iterator[dict[str, Any]]:
    """One row for each hit of a match; a match without hits has one row of nulls."""
    for hit in found.hits:
        start, end = source_span(line, hit)
        yield {
            "watch": found.watch,
            "field": hit.field,
            "term": hit.term,
            "start": start,
            "end": end,
            "text": hit.text,
        }
    if not found.hits:
        yield {"watch": found.watch, "field": None, "term": None, "start": None, "end": None, "text": None}


def source_span(line: InputRecord, hit: Hit) -> tuple[int, int]:
    """Start and end of a hit as character offsets into the field as it was given."""
    view = line.markup.get(hit.field)
    return view.origin(hit.start, hit.end) if view else (hit.start, hit.end)


def format_matches(record: InputRecord, rules: RuleSet) -> str:
    """The matches of one article as a line of text: id, watches with their terms, title."""
    found = [
        f"{one.watch} ({', '.join(dict.fromkeys(hit.text for hit in one.hits))})"
        for one in match_article(rules, analyse_fields(record.article, ()))
    ]
    return f"{record.id}\t{'; '.join(found) or '-'}\t{record.article.title}"
