"""RSS 0.9 to 2.0, RDF and Atom: by the strict parser where a document is well-formed, else by feedparser.

Both give the same entries (`strict`), from which one function makes articles. feedparser's sanitizing and link
resolution are switched off (`parse_bounded`). Its "bozo" is no error: half of all real feeds have it.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
from feedparser.mixin import _FeedParserMixin
from feedparser.parsers.strict import _StrictFeedParser

from monitor.core.dedupe.urls import url_host
from monitor.core.errors import ParseError
from monitor.core.model.articles import Article
from monitor.core.model.polling import Listing, Page, Source
from monitor.feeds import dates, decode, entries, fields, jsonfeed, metadata, repair
from monitor.feeds.fields import MAX_FIELD_LENGTHS, MAX_TAGS, PARSE_ERRORS, ParsedEntries, parse_entries
from monitor.feeds.strict import strict_parser

SECURITY_ELEMENT = re.compile(r"(?:.{1,40}_)?(?:isin|wkn|ticker|symbol)s?", re.IGNORECASE)  # such as fn:isin
# Keys of nearly all entries: a lookup here costs less than SECURITY_ELEMENT
COMMON_KEYS = frozenset(
    ("author", "authors", "content", "guidislink", "id", "link", "links", "published", "published_parsed", "source",
     "summary", "summary_detail", "tags", "title", "title_detail", "updated", "updated_parsed")
)  # fmt: skip
CODE_SEPARATORS = re.compile(r"[\s,;|]+")
MAX_SECURITIES = 20  # codes of one entry


def entry_publisher(entry: Any) -> str:
    """The publisher of an aggregator's entry: the name in <source>, else the host of its address."""
    source = dict.get(entry, "source") or {}
    return str(source.get("title") or "").strip() or url_host(str(source.get("href") or ""))


def security_codes(entry: Any) -> Iterator[str]:
    """The codes in elements named isin, wkn, ticker or symbol, with any prefix."""
    for name, value in entry.items():
        if name not in COMMON_KEYS and isinstance(value, str) and SECURITY_ELEMENT.fullmatch(name):
            yield from CODE_SEPARATORS.split(value[:500].strip())[:MAX_SECURITIES]


MAX_ENTRIES = 2000  # of one document; they take 1.6 s of the parser's 3

_log = logging.getLogger(__name__)


def limit_entries(document: str, source: Source) -> tuple[str, int, tuple[str, ...]]:
    """The document with at most MAX_ENTRIES entries, how many were left out, and a description of that."""
    starts = entries.entry_starts(document)
    if len(starts) <= MAX_ENTRIES:
        return document, 0, ()
    half = MAX_ENTRIES // 2
    quirk = f"of {len(starts)} entries only the first {half} and the last {half} are read"
    _log.warning("%s: %s", source.name, quirk)
    return document[: starts[half]] + document[starts[-half] :], len(starts) - MAX_ENTRIES, (quirk,)


def describe_recovery(count: int, limit: int, source: Source) -> str:
    """Describe that a broken document was parsed entry by entry, up to a limit."""
    if count <= limit:
        return "not well-formed: read entry by entry"
    quirk = f"not well-formed: of {count} entries only the first {limit} are read, one by one"
    _log.warning("%s: %s", source.name, quirk)
    return quirk


XML_HEADERS = {"content-type": "application/xml; charset=utf-8"}
MAX_ATTRIBUTES = 500  # of one element; elements of XHTML have twenty

Method = Callable[..., Any]


def parse_bounded(document: str) -> Any:
    """The result of feedparser for a document.

    It is given a BytesIO, because it opens files and fetches URLs where it gets a string. Sanitizing and link
    resolution take half its time; articles hold text only, and links are joined in `fields`.
    """
    return feedparser.parse(
        io.BytesIO(document.encode()), response_headers=XML_HEADERS, sanitize_html=False, resolve_relative_uris=False
    )


def limit_author_search(search: Method) -> Method:
    """Wrap feedparser's search for mail addresses, which is quadratic, to cut the author's text first."""

    def bounded(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if isinstance(context.get(key), str):
            context[key] = context[key][: MAX_FIELD_LENGTHS["author"]]
        search(self, key)

    return bounded


def limit_tags(add: Method) -> Method:
    """Wrap feedparser's method that compares a category with all before it, to stop at 2 × MAX_TAGS."""

    def bounded(self: Any, *tag: object) -> None:
        if len(self._get_context().get("tags", ())) < 2 * MAX_TAGS:
            add(self, *tag)

    return bounded


def limit_attributes(start: Method) -> Method:
    """Wrap feedparser's start handler to drop the attributes of an element with more than MAX_ATTRIBUTES."""

    def bounded(self: Any, name: object, qname: object, attributes: Any) -> None:
        start(self, name, qname, attributes if len(attributes) <= MAX_ATTRIBUTES else AttributesNSImpl({}, {}))

    return bounded


_FeedParserMixin._sync_author_detail = limit_author_search(_FeedParserMixin._sync_author_detail)
_FeedParserMixin._add_tag = limit_tags(_FeedParserMixin._add_tag)
_StrictFeedParser.startElementNS = limit_attributes(_StrictFeedParser.startElementNS)


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What an entry needs of its feed."""

    source: Source
    base: str  # URL that relative links are joined to
    atom: bool
    language: str | None


def parse_feed(page: Page, source: Source) -> Listing:
    """Parse a feed of any format, JSON Feed included; raises ParseError where the page is no feed."""
    decoded = decode.decode_document(page.body, page.content_type)
    if repair.is_json(decoded.text):
        return jsonfeed.parse_jsonfeed(page, source)
    document = extract_repaired_root(decoded.text)
    found = parse_strict_document(document, page, source) or parse_tolerant_document(document, page, source)
    return metadata.add_metadata(found, document, decoded, page.url)


def parse_feed_tolerantly(page: Page, source: Source) -> Listing:
    """Parse by feedparser alone, for comparison with the strict parser."""
    decoded = decode.decode_document(page.body, page.content_type)
    document = extract_repaired_root(decoded.text)
    return metadata.add_metadata(parse_tolerant_document(document, page, source), document, decoded, page.url)


def extract_repaired_root(text: str) -> str:
    """The repaired document from its root on; raises ParseError where it is no feed."""
    return repair.repair_text(repair.extract_root(text))


def parse_strict_document(document: str, page: Page, source: Source, data: bytes | None = None) -> Listing | None:
    """The articles of a well-formed document; None for any other. data: the document in UTF-8."""
    result = strict_parser.parse_strictly(document, data)
    if result is None:
        return None
    found = _build_articles(result, page, source)
    return Listing(found.articles, unreadable=found.unreadable, losses=found.losses)


def parse_tolerant_document(document: str, page: Page, source: Source) -> Listing:
    """The articles that feedparser can recover, entry by entry where it loses some of them.

    Raises ParseError where a broken document has none.
    """
    document, refused, truncation = limit_entries(document, source)
    result = _parse_or_empty(document)
    articles, unreadable, losses = _build_articles(result, page, source)
    if not result.get("bozo"):
        return Listing(
            articles, quirks=truncation, unreadable=unreadable, refused=refused, losses=(*truncation, *losses)
        )
    fault, count = "not well-formed", len(entries.entry_starts(document))
    if len(articles) < count:
        pieces = [
            article
            for piece in entries.split_entries(document)
            for article in _build_articles(_parse_or_empty(piece), page, source).articles
        ]
        if len(pieces) > len(articles):
            articles, fault = tuple(pieces), describe_recovery(count, entries.MAX_SPLIT_ENTRIES, source)
            beyond = max(0, count - entries.MAX_SPLIT_ENTRIES)
            refused, count, truncation = refused + beyond, count - beyond, (*truncation, *((fault,) if beyond else ()))
        unreadable = max(0, count - len(articles))
        losses = fields.describe_unreadable(Counter({"not well-formed": unreadable} if unreadable else {}))
    if not articles:
        raise ParseError(f"the feed is broken and has no readable entry: {_bozo_reason(result)}", kind="broken")
    quirks = tuple(dict.fromkeys((*truncation, fault)))
    return Listing(articles, quirks=quirks, unreadable=unreadable, refused=refused, losses=(*truncation, *losses))


def _parse_or_empty(document: str) -> Any:
    """As parse_bounded; no entries where feedparser raises, as for a <textinput> inside an item."""
    try:
        return parse_bounded(document)
    except PARSE_ERRORS as error:
        return {"bozo": True, "bozo_exception": error, "entries": []}


def _bozo_reason(result: Mapping[str, Any]) -> str:
    said = result.get("bozo_exception")
    return " ".join(str(getattr(said, "getMessage", lambda: said)()).split())[:120]


def _build_articles(result: Any, page: Page, source: Source) -> ParsedEntries:
    context = FeedContext(
        source=source,
        base=page.url,
        atom=str(result.get("version", "")).startswith("atom"),
        language=fields.language_subtag(dict.get(dict.get(result, "feed", {}), "language")),
    )
    return parse_entries(dict.get(result, "entries", []), lambda entry: _build_article(entry, context))


def _build_article(entry: Any, context: FeedContext) -> Article:
    """Make an article. feedparser's own get() maps keys to others with a warning, hence dict.get."""
    source = context.source
    summary, content = _summary_and_content(entry, context)
    heading = dict.get(entry, "title_detail") or {}
    published, updated = (_entry_date(entry, context, *names) for names in (("published", "created"), ("updated",)))
    name = fields.clean_guid(dict.get(entry, "id"))
    return Article(
        source=source.name,
        title=fields.clean_title(str(dict.get(entry, "title") or ""), literal=_is_plain_text(heading, context)),
        url=_entry_link(entry, context) or fields.absolute_url(name or "", ""),
        guid=name,
        lead=fields.lead_from_summary(summary),
        body=fields.join_body(summary, content),
        author=fields.clean_author(_entry_author(entry)),
        tags=fields.clean_tags(_entry_tags(entry)),
        language=fields.language_subtag(source.language, heading.get("language"), context.language),
        published_at=published or updated,
        updated_at=updated,
    )


def _summary_and_content(entry: Any, context: FeedContext) -> tuple[str, str]:
    """Summary and content. A summary equal to the content is feedparser's copy and counts as missing."""
    contents = [part for part in dict.get(entry, "content") or [] if _is_text(part)]
    content = max((_visible_part(part, context) for part in contents), key=len, default="")
    summary = str(dict.get(entry, "summary") or "")
    if any(part.get("value") == summary for part in contents):
        return "", content
    detail = dict.get(entry, "summary_detail") or {}
    return fields.clean_paragraphs(summary, literal=_is_plain_text(detail, context)), content


def _is_text(part: Mapping[str, Any]) -> bool:
    kind = str(part.get("type") or "text/html")
    return bool(part.get("value")) and (kind.startswith("text/") or "html" in kind or kind.endswith("xml"))


def _visible_part(part: Mapping[str, Any], context: FeedContext) -> str:
    return fields.clean_paragraphs(str(part.get("value") or ""), literal=_is_plain_text(part, context))


def _is_plain_text(detail: Mapping[str, Any], context: FeedContext) -> bool:
    """Whether the text is not HTML. Only Atom declares that reliably."""
    return context.atom and detail.get("type") == "text/plain"


def _entry_date(entry: Any, context: FeedContext, *names: str) -> Any:
    for name in names:
        said = dict.get(entry, name)
        found = dates.parse_date(str(said), context.source.timezone) if said else None
        if found is not None:
            return found
    return None


def _entry_link(entry: Any, context: FeedContext) -> str:
    """The URL of the entry: its link, else one of rel alternate, related or via (not enclosure or self)."""
    found = fields.absolute_url(str(dict.get(entry, "link") or ""), context.base)
    others = [part for part in dict.get(entry, "links") or [] if part.get("rel") in ("alternate", "related", "via")]
    return found or next((fields.absolute_url(str(part.get("href") or ""), context.base) for part in others), "")


def _entry_author(entry: Any) -> str:
    names = [str(person.get("name") or "") for person in dict.get(entry, "authors") or []]
    joined = ", ".join(name for name in names if name)
    return joined or str(dict.get(entry, "author") or "") or entry_publisher(entry)


def _entry_tags(entry: Any) -> Iterator[str]:
    for tag in dict.get(entry, "tags") or []:
        yield from dict.fromkeys(str(tag.get(name) or "") for name in ("label", "term"))
    yield from security_codes(entry)
