"""Families about what stands in an entry: read by the real parser, rendered, and looked at as a channel gets it."""

from __future__ import annotations

import json
import unicodedata
from functools import partial
from html import escape

from monitor.channels.slack import slack_request
from monitor.core.alerts.render import MAX_LINK_LENGTH, display_link, render_alert
from monitor.core.errors import ParseError
from monitor.core.model.articles import Article, Hit, Match
from monitor.core.model.polling import Page, Source
from monitor.feeds.fields import MAX_FIELD_LENGTHS
from monitor.feeds.kinds import parse_page
from tests.core.deliveries import ACTIVE, HOSTILE, NOW, delivery
from tests.hostile.documents import GOOD, rss
from tests.hostile.trials import Trial, tried, unlike

BASE = "https://feeds.example/rss"
WEBHOOK = "https://hooks.slack.com/services/T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
POISON = [
    "&#xD7FF;", "&#xD800;", "&#xDFFF;", "&#xE000;", "&#x10FFFF;", "&#x110000;", "&#99999999999999999999;", "&#0;",
    "&#8;", "&#9;", "&#x1F;", "&#xFFFD;", "&#xFFFE;", "&#xFFFF;", "&#;", "&#x;", "&undefined;", "&",
    "\x00", "\x08", "\x0b", "\x1b", "\x1f", "\x7f", "\ufffe", "\ud800",
]  # fmt: skip
# one of each kind that is not shown, where an honest text may have it
INVISIBLE = [
    "\u2067\u05e9\u05dc\u05d5\u05dd\u2069", "\u202b\u05e9\u05dc\u05d5\u05dd\u202c", "\u200e\u200f", "\u061c",
    "\u200b\ufeff\u2060", "\u00ad", "\U000e0041", "\u2028\u2029\x85", "\x9b", "\ue000", "\U0010ffff",
    "\u034f" * 4, "e" + "\u0301" * 4, "\ufff9x\ufffa\ufffb",
]  # fmt: skip
PLACES = ("title", "description", "author", "category", "guid", "link")
# address in a feed → what of it is shown; "" where it must not be shown as an address
LINKS = {
    "https://xn--bcher-kva.example/": "https://xn--bcher-kva.example/",
    "https://b\u00fccher.example/": "https://xn--bcher-kva.example/",
    "https://wei\u00df.example/": "https://xn--wei-7ka.example/",
    "https://b\u00fccher\u3002example/": "https://xn--bcher-kva.example/",
    "https://\u0436\u0443\u043a.example/": "https://xn--f1ai0a.example/",
    "https://reader@news.example/": "https://news.example/",
    "https://reader:word@news.example/": "https://news.example/",
    "https://news.example/a|b": "https://news.example/a%7Cb",
    "https://news.example/<a>": "https://news.example/%3Ca%3E",
    "https://news.example/[a](b)": "https://news.example/%5Ba%5D%28b%29",
    "https://news.example/@desk": "https://news.example/@desk",
    "https://news.example/@room": "https://news.example/%40room",
    "https://news.example/a\u200eb": "https://news.example/ab",
    "ftp://news.example/": "",
    "FTP://news.example/": "",
    "mailto:news@news.example": "",
    "news:alt.news": "",
    "https://[news": "",
    f"https://{'a' * 64}.example/": "",
    f"https://{'a' * 70}\u00fc.example/": "",
    f"https://news.example/{'a' * (MAX_LINK_LENGTH - 21)}": f"https://news.example/{'a' * (MAX_LINK_LENGTH - 21)}",
    f"https://news.example/{'a' * (MAX_LINK_LENGTH - 20)}": "",
    f"https://news.example/{'a' * (MAX_FIELD_LENGTHS['url'] - 20)}": "",
}


def articles(*items: str) -> list[Article]:
    """What a feed of these entries gives."""
    document = rss(*items).encode("utf-8", "surrogatepass")
    return list(parse_page(Page(BASE, document), Source("s", BASE)).articles)


def fields(article: Article) -> list[str]:
    """Every text of an article."""
    return [article.title, article.lead, article.body, article.url, article.author, article.guid or "", *article.tags]


def unseen(text: str) -> str:
    """What of a text nobody sees, or a database or a mail would refuse."""
    bad = [
        char
        for char in text
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in "\n\t\u200c\u200d"
    ]
    return " ".join(f"U+{ord(char):04X}" for char in bad)


async def references() -> list[Trial]:
    """T8: no reference and no character costs an entry or its sibling."""
    return [
        await tried(f"{poison!a} in {place}", partial(poisoned, poison, place)) for poison in POISON for place in PLACES
    ]


async def poisoned(poison: str, place: str) -> str:
    """A bad entry and a good one."""
    bad = f"<item><title>Bad</title><{place}>one {poison} two</{place}></item>"
    try:
        read = articles(bad, GOOD)
    except ParseError as error:
        return str(error)
    return unlike(len(read), 2) or unseen("".join(text for one in read for text in fields(one)))


async def headlines() -> list[Trial]:
    """T10 to T12: whatever a headline holds, what arrives is visible text that no channel acts on."""
    return [await tried(f"{text[:60]!a} of {len(text)}", partial(inert, text)) for text in (*HOSTILE, *INVISIBLE)]


async def inert(text: str) -> str:
    """One text in every field, escaped once, from the feed to the message."""
    inner = escape(text, quote=False)
    entry = "".join(f"<{place}>{inner} H200</{place}>" for place in PLACES)
    [article] = articles(f"<item>{entry}</item>")
    hidden = unseen("".join(fields(article)))
    match = Match("H200", (Hit("title", text, 0, 1, article.title),), article.title, ((0, 2),))
    message = render_alert(
        [delivery(title=article.title, source=text, watch=text, article_url=article.url, match=match)], now=NOW
    )
    shown = message.title + "\n" + message.body
    active = [one for one in ACTIVE if one in shown.lower()]
    post = slack_request(WEBHOOK, message)
    said = json.dumps(json.loads(post.body)) if post else "<!"
    called = [one for one in ("<!", "<@", "<#") if one in said]
    return ", ".join([*filter(None, [hidden, unseen(shown)]), *active, *called])


async def links() -> list[Trial]:
    """T12: a link shows where it leads, in ASCII, or it is not shown as one."""
    return [await tried(f"{url[:60]!a} of {len(url)}", partial(seen, url, wanted)) for url, wanted in LINKS.items()]


async def seen(url: str, wanted: str) -> str:
    """One address, through the feed and straight to the message."""
    [article] = articles(f"<item><title>t</title><link>{escape(url)}</link></item>")
    for shown in (display_link(article.url), display_link(url)):
        if not wanted and shown.startswith("("):
            continue
        if shown != wanted:
            return unlike(shown, wanted)
    return ""
