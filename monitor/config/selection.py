"""`select` of a feed: CSS selectors for the articles of a web page. Only their syntax is checked."""

from __future__ import annotations

import re
from typing import Annotated

from cssselect import HTMLTranslator, SelectorError
from pydantic import BeforeValidator, Field

from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath, Span
from monitor.config.types import NonEmptyText, Table
from monitor.core.model import polling

_ERROR_POSITION = re.compile(r" at (\d+)\W*$")
_EXAMPLE_HELP = 'one such as "article.teaser h2 a" is wanted'


class SelectTable(Table):
    """The parts of an article on a page; `time@datetime` means an attribute instead of the text."""

    item: NonEmptyText = Field(description="What holds one article, or is the link to it.", examples=["article.teaser"])
    title: NonEmptyText | None = Field(
        None, description="The headline; without it the first heading, else the link's text.", examples=["h2"]
    )
    link: NonEmptyText | None = Field(
        None, description="The link; without it the headline's, else the first.", examples=["a.more"]
    )
    date: NonEmptyText | None = Field(
        None, description="The date; without it the first <time>.", examples=["time@datetime", "span.date"]
    )
    summary: NonEmptyText | None = Field(
        None, description="The teaser; without it the first paragraph.", examples=["p.teaser", "@data-teaser"]
    )


SelectEntry = Annotated[
    SelectTable,
    BeforeValidator(
        lambda value: {"item": value} if isinstance(value, str) else value, json_schema_input_type=str | SelectTable
    ),
]


def parse_selectors(table: SelectTable, path: KeyPath, notes: Notes) -> tuple[tuple[str, str], ...]:
    """The parts and their selectors; an invalid selector is noted."""
    given = [(part, place) for part in polling.SELECTOR_PARTS if (place := getattr(table, part)) is not None]
    for part, place in given:
        _check_selector(part, place, (*path, part), notes)
    return tuple(given)


def _check_selector(part: str, place: str, path: KeyPath, notes: Notes) -> None:
    css, attribute = polling.split_selector(place)
    if part == "item" and attribute:
        help = f'write item = "{css}", and link = "@{attribute}" for its address'
        notes.add_mistake("bad-selector", "`item` names elements, not an attribute", path, help=help)
        return
    if not css:
        return  # "@href": an attribute of the item itself
    try:
        HTMLTranslator().css_to_xpath(css)
    except SelectorError as error:
        _note_bad_selector(css, str(error), path, notes)


def _note_bad_selector(css: str, said: str, path: KeyPath, notes: Notes) -> None:
    """Note cssselect's message, with the caret at its position."""
    found = _ERROR_POSITION.search(said)
    at = min(int(found[1]), len(css) - 1) if found else None
    within: Span | None = None if at is None else (at, at + 1)
    help = (
        "texts are taken as they are, without ::text; an attribute is written a@href" if "::" in css else _EXAMPLE_HELP
    )
    label = said[:1].lower() + said[1:].rstrip(".")
    notes.add_mistake("bad-selector", f'"{css}" is not a CSS selector', path, within=within, label=label, help=help)
