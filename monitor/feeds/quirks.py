"""Descriptions of the faults in a document that were repaired or tolerated, for display.

Each check returns a short text or "". Nothing in the program depends on these texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.model.articles import Article
from monitor.feeds.decode import DecodedText

MAX_PROLOG_LENGTH = 64 * 1024  # characters that are searched for the root element
ROOT_START = re.compile(r"<[A-Za-z_][\w.:-]{0,120}")
DOCTYPE_START = re.compile(r"<!doctype", re.IGNORECASE)
ENTRY_START = re.compile(r"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))(?=[\s/>])", re.IGNORECASE)
DATE_ELEMENT = re.compile(
    r"<(?:\w{1,40}:)?(?:pubDate|published|updated|date|issued|modified|created)\b[^>]{0,200}>\s*[^<\s]"
)
# A quick test for TWICE_ESCAPED_TITLE: 0.02 ms for 90 kB, which takes 0.1 ms where case is ignored
ESCAPED_REFERENCE = re.compile(r"&[aA][mM][pP];(?:#|[^\W\d_]{2,8};)")
TWICE_ESCAPED_TITLE = re.compile(
    r"<title\b[^>]{0,100}>[^<]{0,300}?&amp;(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuirkCase:
    """A document as received, the text before its root, and the repaired text that was parsed."""

    decoded: DecodedText
    prolog: str
    document: str


def document_quirks(decoded: DecodedText, document: str) -> tuple[str, ...]:
    """Faults around and between the entries of an XML feed; document: the repaired text from its root on."""
    root = ROOT_START.match(document)
    start = decoded.text.find(root[0], 0, MAX_PROLOG_LENGTH) if root else -1
    case = QuirkCase(decoded, decoded.text[: max(start, 0)], document)
    return tuple(filter(None, (row(case) for row in DOCUMENT_CHECKS)))


def entry_quirks(articles: Sequence[Article], written: int) -> tuple[str, ...]:
    """Fields that entries lack or share; written: how many entries have any text in a date element."""
    found = [*_missing_fields(articles), *_missing_dates(articles, written), *_repeated_values(articles)]
    return tuple(found) if articles else ("it has no entries",)


def count_dated_entries(document: str) -> int:
    """The number of entries of an XML document that have any text in a date element."""
    starts = [found.start() for found in ENTRY_START.finditer(document)]
    entries = zip(starts, [*starts[1:], len(document)], strict=False)
    return sum(DATE_ELEMENT.search(document, start, end) is not None for start, end in entries)


def encoding_quirk(case: QuirkCase) -> str:
    """The HTTP header or XML declaration names another encoding, or none."""
    decoded = case.decoded
    if decoded.mislabelled:
        return f"labelled {decoded.label}, written in {decoded.encoding}"
    unlabelled = not (decoded.label or decoded.encoding.startswith("utf-") or decoded.text.isascii())
    return f"without a label, written in {decoded.encoding}" if unlabelled else ""


def prolog_quirk(case: QuirkCase) -> str:
    """Text or blank lines before the XML declaration or the root."""
    before, found, _ = case.prolog.partition("<?xml")
    if found and before:
        return "text before the XML declaration" if before.strip() else "blank lines before the XML declaration"
    return "text before the feed" if not found and before.strip() and not before.lstrip().startswith("<") else ""


def doctype_quirk(case: QuirkCase) -> str:
    """A DOCTYPE, which is dropped because it may define entities."""
    return "a DOCTYPE was dropped" if DOCTYPE_START.search(case.prolog) else ""


def ending_quirk(case: QuirkCase) -> str:
    """Text after the end of the root, or a root without an end."""
    end, came = case.document[-200:].rstrip(), case.decoded.text[-200:].rstrip()
    name = (ROOT_START.match(case.document) or [""])[0].removeprefix("<")
    if not re.search(rf"(?:</{re.escape(name)}\s*|/)>\Z", end):
        return "cut short: its end is missing"
    return "" if came.endswith(end[-len(name) - 3 :]) else "text behind the end of the feed"


def ampersand_quirk(case: QuirkCase) -> str:
    """The number of "&" that had to be escaped."""
    if case.decoded.text.startswith(case.document, len(case.prolog)):
        return ""  # not repaired: 0.01 ms for 90 kB, which takes 0.1 ms to count
    count = case.document.count("&amp;") - case.decoded.text.count("&amp;")
    return f"bare ampersands: {count}" if count > 0 else ""


def escaped_title_quirk(case: QuirkCase) -> str:
    """Titles with references such as "&amp;uuml;". Atom is excepted: its titles may be declared as HTML."""
    rss = not case.document[:200].lower().startswith(("<feed", "<atom:feed"))
    perhaps = rss and ESCAPED_REFERENCE.search(case.document)
    return "titles escaped twice" if perhaps and TWICE_ESCAPED_TITLE.search(case.document) else ""


DOCUMENT_CHECKS: tuple[Callable[[QuirkCase], str], ...] = (
    encoding_quirk,
    prolog_quirk,
    doctype_quirk,
    ending_quirk,
    ampersand_quirk,
    escaped_title_quirk,
)


def _missing_fields(articles: Sequence[Article]) -> Iterator[str]:
    for name, values in (
        ("id", [one.guid for one in articles]),
        ("title", [one.title for one in articles]),
        ("link", [one.url for one in articles]),
    ):
        if missing := sum(not value for value in values):
            yield f"entries without {name}: {missing} of {len(articles)}"


def _missing_dates(articles: Sequence[Article], written: int) -> Iterator[str]:
    """The number of entries without a date, and with one that cannot be parsed."""
    missing = sum(one.published_at is None for one in articles)
    strange = min(max(written - (len(articles) - missing), 0), missing)
    if strange:
        yield f"dates not understood: {strange} of {len(articles)}"
    if missing - strange:
        yield f"entries without date: {missing - strange} of {len(articles)}"


def _repeated_values(articles: Sequence[Article]) -> Iterator[str]:
    """Entries that share an id, and one link for all entries."""
    names = Counter(one.guid for one in articles if one.guid)
    if shared := sum(count for count in names.values() if count > 1):
        yield f"entries that share an id: {shared} of {len(articles)}"
    if len(articles) > 1 and len({one.url for one in articles}) == 1 and articles[0].url:
        yield "all entries link to one page"


MAX_SEARCHED_LENGTH = 64 * 1024  # characters of a web page
BLOCK_PAGES = (
    (
        r"just a moment\.\.\.|cf-chl-|challenge-platform|_incapsula_|px-captcha|datadome|captcha|are you a robot|"
        r"verify (?:that )?you are (?:a )?human|attention required! \| cloudflare|bist du ein mensch|kein roboter",
        "a check for robots",
    ),
    (
        r"consent\.(?:google|youtube|yahoo)\.|before you continue|bevor sie fortfahren|guce\.|sp_message|"
        r"cookies? (?:akzeptieren|zustimmen)|accept (?:all )?cookies|einwilligung",
        "a question of consent",
    ),
    (r"<title[^>]{0,100}>[^<]{0,100}(?:log ?in|sign ?in|anmelde)", "a login"),
    (r"access denied|zugriff verweigert|403 forbidden|request blocked|unusual traffic", "a refusal"),
    (r"404 not found|page not found|seite nicht gefunden", "an error page"),
    (r"wartungsarbeiten|under maintenance|temporarily unavailable|503 service", "a notice of maintenance"),
)
_BLOCK_PAGE_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in BLOCK_PAGES)
_PAGE_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,200})", re.IGNORECASE)


def describe_page(markup: str) -> str:
    """Describe a web page in words: `a web page called "Just a moment..." that looks like a check for robots`."""
    markup = markup[:MAX_SEARCHED_LENGTH]
    title = _PAGE_TITLE.search(markup)
    called = f' called "{" ".join(title[1].split())[:80]}"' if title else ""
    cause = next((f" that looks like {words}" for pattern, words in _BLOCK_PAGE_PATTERNS if pattern.search(markup)), "")
    return f"a web page{called}{cause}"
