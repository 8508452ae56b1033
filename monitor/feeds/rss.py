"""RSS 0.9 to 2.0, RDF, Atom: strictly where a document is as it should be, else through feedparser.

Both ways give the same entries (`fast.py`), and one function makes articles of them. feedparser is told to leave alone
what is done better here (`tame.py`). Its "bozo" is no error: half of all real feeds have it.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
from feedparser.mixin import _FeedParserMixin
from feedparser.parsers.strict import _StrictFeedParser

from monitor.core.dedupe.urls import host
from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import dates, decode, entries, fields, jsonfeed, metadata
from monitor.feeds import repair as prescreen
from monitor.feeds.fields import FAULTS, LONGEST, MOST_TAGS, readable
from monitor.feeds.repair import repair
from monitor.feeds.strict import strict_parser

CODES = re.compile(r"(?:.{1,40}_)?(?:isin|wkn|ticker|symbol)s?", re.IGNORECASE)  # finanznachrichten.de: fn:isin
# What nearly all entries consist of; looking each up costs less than reading its name
USUAL = frozenset(
    ("author", "authors", "content", "guidislink", "id", "link", "links", "published", "published_parsed", "source",
     "summary", "summary_detail", "tags", "title", "title_detail", "updated", "updated_parsed")
)  # fmt: skip
SEPARATED = re.compile(r"[\s,;|]+")
MAX_SECURITIES = 20  # codes of one entry


def publisher(entry: Any) -> str:
    """Who published what an aggregator lists: the name in <source>, else the host of its address."""
    source = dict.get(entry, "source") or {}
    return str(source.get("title") or "").strip() or host(str(source.get("href") or ""))


def codes(entry: Any) -> Iterator[str]:
    """The codes of securities that stand in elements named after them."""
    for name, value in entry.items():
        if name not in USUAL and isinstance(value, str) and CODES.fullmatch(name):
            yield from SEPARATED.split(value[:500].strip())[:MAX_SECURITIES]


MOST = 2000  # entries; 1.6 s of the parser's 3
_OPENING = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)

_log = logging.getLogger(__name__)


def thinned(document: str, source: Source) -> tuple[str, tuple[str, ...]]:
    """A document with no more than MOST entries, and in words what was left out of it."""
    starts = [found.start() for found in _OPENING.finditer(document)]
    if len(starts) <= MOST:
        return document, ()
    half = MOST // 2
    quirk = f"of {len(starts)} entries only the first {half} and the last {half} are read"
    _log.warning("%s: %s", source.name, quirk)
    return document[: starts[half]] + document[starts[-half] :], (quirk,)


def piecemeal(count: int, most: int, source: Source) -> str:
    """That a broken document was read entry by entry, in words, and where that was not all of it."""
    if count <= most:
        return "not well-formed: read entry by entry"
    quirk = f"not well-formed: of {count} entries only the first {most} are read, one by one"
    _log.warning("%s: %s", source.name, quirk)
    return quirk


HEADERS = {"content-type": "application/xml; charset=utf-8"}
MOST_ATTRIBUTES = 500  # XHTML has elements of twenty

Method = Callable[..., Any]


def parse_bounded(document: str) -> Any:
    """What feedparser makes of a document.

    It gets a BytesIO: given bytes or a string it opens files and fetches URLs. No sanitising and no relative links:
    they are half its time, and we show text only and join links ourselves.
    """
    return feedparser.parse(
        io.BytesIO(document.encode()), response_headers=HEADERS, sanitize_html=False, resolve_relative_uris=False
    )


def short_authors(search: Method) -> Method:
    """Looks for mail addresses in so much of an author's text as is kept of it."""

    def bounded(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if isinstance(context.get(key), str):
            context[key] = context[key][: LONGEST["author"]]
        search(self, key)

    return bounded


def few_tags(add: Method) -> Method:
    """Compares a category with those before it, while they are no more than we keep twice over."""

    def bounded(self: Any, *tag: object) -> None:
        if len(self._get_context().get("tags", ())) < 2 * MOST_TAGS:
            add(self, *tag)

    return bounded


def few_attributes(start: Method) -> Method:
    """Takes an element of very many attributes for one without any."""

    def bounded(self: Any, name: object, qname: object, attributes: Any) -> None:
        start(self, name, qname, attributes if len(attributes) <= MOST_ATTRIBUTES else AttributesNSImpl({}, {}))

    return bounded


_FeedParserMixin._sync_author_detail = short_authors(_FeedParserMixin._sync_author_detail)
_FeedParserMixin._add_tag = few_tags(_FeedParserMixin._add_tag)
_StrictFeedParser.startElementNS = few_attributes(_StrictFeedParser.startElementNS)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an entry needs to know of the feed it stands in."""

    source: Source
    base: str  # what its links are relative to
    atom: bool
    language: str | None


def parse(page: Page, source: Source) -> Listing:
    """What a feed of any format lists; raises ParseError where the page is none."""
    decoded = decode.read(page.body, page.content_type)
    if prescreen.is_json(decoded.text):
        return jsonfeed.parse(page, source)
    document = readable_text(decoded.text)
    found = strictly(document, page, source) or tolerantly(document, page, source)
    return metadata.described(found, document, decoded, page.url)


def tolerant(page: Page, source: Source) -> Listing:
    """The same through feedparser alone: what the strict way is compared with."""
    decoded = decode.read(page.body, page.content_type)
    document = readable_text(decoded.text)
    return metadata.described(tolerantly(document, page, source), document, decoded, page.url)


def readable_text(text: str) -> str:
    """The document without its prolog, repaired; raises ParseError where it is no feed."""
    return repair(prescreen.root(text))


def strictly(document: str, page: Page, source: Source, data: bytes | None = None) -> Listing | None:
    """What a document lists that is as it should be; None for every other. data: the document in UTF-8."""
    result = strict_parser.read(document, data)
    return None if result is None else Listing(tuple(_articles(result, page, source)))


def tolerantly(document: str, page: Page, source: Source) -> Listing:
    """Whatever feedparser can recover, entry by entry where it loses some of them.

    Raises ParseError where that is nothing.
    """
    document, crowded = thinned(document, source)
    result = _parsed(document)
    articles, forgiven = list(_articles(result, page, source)), ["not well-formed"] if result.get("bozo") else []
    if result.get("bozo") and len(articles) < (count := entries.count(document)):
        pieces = [article for piece in entries.split(document) for article in _articles(_parsed(piece), page, source)]
        if len(pieces) > len(articles):
            articles, forgiven = pieces, [piecemeal(count, entries.MOST, source)]
    if not articles and result.get("bozo"):
        raise ParseError(f"the feed is broken and has no readable entry: {_cause(result)}", kind="broken")
    return Listing(tuple(articles), quirks=(*crowded, *forgiven))


def _parsed(document: str) -> Any:
    """What feedparser makes of a document; nothing where it raises, as it does for a <textinput> inside an item."""
    try:
        return parse_bounded(document)
    except FAULTS as error:
        return {"bozo": True, "bozo_exception": error, "entries": []}


def _cause(result: Mapping[str, Any]) -> str:
    said = result.get("bozo_exception")
    return " ".join(str(getattr(said, "getMessage", lambda: said)()).split())[:120]


def _articles(result: Any, page: Page, source: Source) -> Iterator[Article]:
    setting = Setting(
        source=source,
        base=page.url,
        atom=str(result.get("version", "")).startswith("atom"),
        language=fields.language(dict.get(dict.get(result, "feed", {}), "language")),
    )
    return readable(dict.get(result, "entries", []), lambda entry: _article(entry, setting), source)


def _article(entry: Any, setting: Setting) -> Article:
    """dict.get throughout: feedparser's own get() answers for other keys and warns about it."""
    source = setting.source
    summary, content = _texts(entry, setting)
    heading = dict.get(entry, "title_detail") or {}
    published, updated = (_date(entry, setting, *names) for names in (("published", "created"), ("updated",)))
    name = fields.guid(dict.get(entry, "id"))
    return Article(
        source=source.name,
        title=fields.title(str(dict.get(entry, "title") or ""), literal=_literal(heading, setting)),
        url=_link(entry, setting) or fields.link(name or "", ""),
        guid=name,
        lead=fields.lead(summary),
        body=fields.body(summary, content),
        author=fields.author(_author(entry)),
        tags=fields.tags(_tags(entry)),
        language=fields.language(source.language, heading.get("language"), setting.language),
        published_at=published or updated,
        updated_at=updated,
    )


def _texts(entry: Any, setting: Setting) -> tuple[str, str]:
    """Summary and content. feedparser copies the content into a missing summary; that is none."""
    contents = [part for part in dict.get(entry, "content") or [] if _is_text(part)]
    content = max((_visible(part, setting) for part in contents), key=len, default="")
    summary = str(dict.get(entry, "summary") or "")
    if any(part.get("value") == summary for part in contents):
        return "", content
    detail = dict.get(entry, "summary_detail") or {}
    return fields.visible(summary, literal=_literal(detail, setting)), content


def _is_text(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("type") or "text/html")
    return bool(part.get("value")) and (kind.startswith("text/") or "html" in kind or kind.endswith("xml"))


def _visible(part: Mapping[str, Any], setting: Setting) -> str:
    return fields.visible(str(part.get("value") or ""), literal=_literal(part, setting))


def _literal(detail: Mapping[str, Any], setting: Setting) -> bool:
    """Atom says what is plain text and means it; RSS never says and often is not."""
    return setting.atom and detail.get("type") == "text/plain"


def _date(entry: Any, setting: Setting, *names: str) -> Any:
    for name in names:
        said = dict.get(entry, name)
        found = dates.parse(str(said), setting.source.timezone) if said else None
        if found is not None:
            return found
    return None


def _link(entry: Any, setting: Setting) -> str:
    """The page of the entry: its link, else any link that leads to it rather than to a file or back to the feed."""
    found = fields.link(str(dict.get(entry, "link") or ""), setting.base)
    others = [part for part in dict.get(entry, "links") or [] if part.get("rel") in ("alternate", "related", "via")]
    return found or next((fields.link(str(part.get("href") or ""), setting.base) for part in others), "")


def _author(entry: Any) -> str:
    names = [str(person.get("name") or "") for person in dict.get(entry, "authors") or []]
    joined = ", ".join(name for name in names if name)
    return joined or str(dict.get(entry, "author") or "") or publisher(entry)


def _tags(entry: Any) -> Iterator[str]:
    for tag in dict.get(entry, "tags") or []:
        yield from dict.fromkeys(str(tag.get(name) or "") for name in ("label", "term"))
    yield from codes(entry)
