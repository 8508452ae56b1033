"""RSS 0.9 to 2.0, RDF, Atom: strictly where a document is as it should be, else through feedparser.

Both ways give the same entries (`fast.py`), and one function makes articles of them. feedparser is told to leave alone
what is done better here (`tame.py`). Its "bozo" is no error: half of all real feeds have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.core.errors import ParseError
from monitor.core.model.articles import Article, Page, Source
from monitor.core.model.polling import Listing
from monitor.feeds import dates, decode, entries, fields, jsonfeed, metadata
from monitor.feeds import repair as prescreen
from monitor.feeds.strict import strict_parser
from monitor.sources import crowd, extras, tame
from monitor.sources.faults import FAULTS, readable
from monitor.sources.repair import repair


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
    document, crowded = crowd.thinned(document, source)
    result = _parsed(document)
    articles, forgiven = list(_articles(result, page, source)), ["not well-formed"] if result.get("bozo") else []
    if result.get("bozo") and len(articles) < (count := entries.count(document)):
        pieces = [article for piece in entries.split(document) for article in _articles(_parsed(piece), page, source)]
        if len(pieces) > len(articles):
            articles, forgiven = pieces, [crowd.piecemeal(count, entries.MOST, source)]
    if not articles and result.get("bozo"):
        raise ParseError(f"the feed is broken and has no readable entry: {_cause(result)}", kind="broken")
    return Listing(tuple(articles), quirks=(*crowded, *forgiven))


def _parsed(document: str) -> Any:
    """What feedparser makes of a document; nothing where it raises, as it does for a <textinput> inside an item."""
    try:
        return tame.parse_bounded(document)
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
    return joined or str(dict.get(entry, "author") or "") or extras.publisher(entry)


def _tags(entry: Any) -> Iterator[str]:
    for tag in dict.get(entry, "tags") or []:
        yield from dict.fromkeys(str(tag.get(name) or "") for name in ("label", "term"))
    yield from extras.codes(entry)
