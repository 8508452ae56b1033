"""A delivery as the outbox would hand it out, for every test that speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.core.model.alerts import Address, Delivery, Priority
from monitor.core.model.articles import Hit, Match

SEEN = datetime(2026, 11, 24, 7, 4, 41, tzinfo=UTC)
NOW = SEEN + timedelta(seconds=3)
HEADLINE = "Alibaba bereitet Börsengang der Chip-Sparte T-Head vor"
SNIPPET = "…den Börsengang seiner Chip-Sparte T-Head vor. Analysten rechnen…"


def _span(text: str, term: str) -> tuple[int, int]:
    return text.index(term), text.index(term) + len(term)


IPO = Match(
    "T-Head IPO",
    (
        Hit("title", "T-Head", *_span(HEADLINE, "T-Head"), "T-Head"),
        Hit("title", "Börsengang", *_span(HEADLINE, "Börsengang"), "Börsengang"),
        Hit("body", "T-Head", 90, 96, "T-Head"),
    ),
    SNIPPET,
    (_span(SNIPPET, "Börsengang"), _span(SNIPPET, "T-Head")),
)
_ONE = Delivery(
    id=1,
    key="0123456789abcdef",
    story=7,
    article=9,
    watch="T-Head IPO",
    address=Address("slack"),
    priority=Priority.NORMAL,
    attempts=0,
    repeat=False,
    created_at=SEEN,
    due_at=SEEN,
    title=HEADLINE,
    article_url="https://news.example.org/t-head-ipo.html",
    source="boerse",
    published_at=SEEN - timedelta(seconds=41),
    first_seen_at=SEEN,
    match=IPO,
)


def delivery(**changes: Any) -> Delivery:
    """The example with some of its fields changed; watch changes its match's name too."""
    one = replace(_ONE, **changes)
    return replace(one, match=replace(one.match, watch=one.watch))


# How what some channel would act on begins, and headlines that begin so and mean nothing to any of them.
ACTIVE = ("<!", "<@", "<#", "</", "<h", "<s", "<a", "](", "@everyone", "@here", "@channel", "@all", "@room")
HOSTILE = [
    "<!-- a note --> of the mill",
    "<!",
    "<@ home>",
    "<# 3>",
    "<https://news.example|news>",
    "<a b>c</a> <hr> <s>",
    "[news](https://news.example)",
    "@everyone @HERE @Channel @all @room",
    "@\u200bhere <\u200b!>",
    "title\r\nsecond line\r\n\r\nthird",
    "a\x1bb\x07c",
    "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 \u202b\u05e9\u05dc\u05d5\u05dd\u202c",
    "nul\x00 \ud800 \U000e0041 \ue000",
    "z" + "\u0301" * 4,
    "[" * 301,
    "&lt;b&gt; &amp;",
    "{title} {} %s $5 ${x}",
]
