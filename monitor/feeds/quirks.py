"""What had to be forgiven in a document, in words for people who ask what a feed is like.

Each row looks at one thing and says it in a few words, or says nothing. Nothing is decided by what is said here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.model.articles import Article
from monitor.feeds.decode import DecodedText

MAX_PROLOG_LENGTH = 64 * 1024  # characters before the root element that are looked at
ROOT_START = re.compile(r"<[A-Za-z_][\w.:-]{0,120}")
DOCTYPE_START = re.compile(r"<!doctype", re.IGNORECASE)
ENTRY_START = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
DATE_ELEMENT = re.compile(
    r"<(?:\w{1,40}:)?(?:pubDate|published|updated|date|issued|modified|created)\b[^>]{0,200}>\s*[^<\s]"
)
# What TWICE looks for in a title, anywhere: 0.02 ms for 90 KB that take 0.1 where case is ignored
ESCAPED_REFERENCE = re.compile(r"&[aA][mM][pP];(?:#|[^\W\d_]{2,8};)")
TWICE_ESCAPED_TITLE = re.compile(
    r"<title\b[^>]{0,100}>[^<]{0,300}?&amp;(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class QuirkCase:
    """A document as it came, what stood before its root, and what was handed to the parser."""

    decoded: DecodedText
    prolog: str
    document: str


def document_quirks(decoded: DecodedText, document: str) -> tuple[str, ...]:
    """What was wrong around and between the entries of an XML feed; document: repaired, from its root on."""
    root = ROOT_START.match(document)
    start = decoded.text.find(root[0], 0, MAX_PROLOG_LENGTH) if root else -1
    case = QuirkCase(decoded, decoded.text[: max(start, 0)], document)
    return tuple(filter(None, (row(case) for row in DOCUMENT_CHECKS)))


def entry_quirks(articles: Sequence[Article], written: int) -> tuple[str, ...]:
    """What the entries lack; written: in how many of them something stands where the date should be."""
    said = [*_missing_fields(articles), *_missing_dates(articles, written), *_repeated_values(articles)]
    return tuple(said) if articles else ("it has no entries",)


def count_dated_entries(document: str) -> int:
    """In how many entries of an XML document something stands where the date should be."""
    starts = [found.start() for found in ENTRY_START.finditer(document)]
    entries = zip(starts, [*starts[1:], len(document)], strict=False)
    return sum(DATE_ELEMENT.search(document, start, end) is not None for start, end in entries)


def encoding_quirk(case: QuirkCase) -> str:
    """Header or declaration name another encoding."""
    decoded = case.decoded
    if decoded.mislabelled:
        return f"labelled {decoded.label}, written in {decoded.encoding}"
    unlabelled = not (decoded.label or decoded.encoding.startswith("utf-") or decoded.text.isascii())
    return f"without a label, written in {decoded.encoding}" if unlabelled else ""


def prolog_quirk(case: QuirkCase) -> str:
    """Something stands before the XML declaration, where nothing may."""
    before, found, _ = case.prolog.partition("<?xml")
    if found and before:
        return "text before the XML declaration" if before.strip() else "blank lines before the XML declaration"
    return "text before the feed" if not found and before.strip() and not before.lstrip().startswith("<") else ""


def doctype_quirk(case: QuirkCase) -> str:
    """A DOCTYPE, which may define entities that grow."""
    return "a DOCTYPE was dropped" if DOCTYPE_START.search(case.prolog) else ""


def ending_quirk(case: QuirkCase) -> str:
    """Something stands behind the root's end, or the root has none."""
    end, came = case.document[-200:].rstrip(), case.decoded.text[-200:].rstrip()
    name = (ROOT_START.match(case.document) or [""])[0].removeprefix("<")
    if not re.search(rf"(?:</{re.escape(name)}\s*|/)>\Z", end):
        return "cut short: its end is missing"
    return "" if came.endswith(end[-len(name) - 3 :]) else "text behind the end of the feed"


def ampersand_quirk(case: QuirkCase) -> str:
    """Each & that was no reference has become one."""
    if case.decoded.text.startswith(case.document, len(case.prolog)):
        return ""  # nothing was repaired: 0.01 ms for 90 KB that take 0.1 to count
    count = case.document.count("&amp;") - case.decoded.text.count("&amp;")
    return f"bare ampersands: {count}" if count > 0 else ""


def escaped_title_quirk(case: QuirkCase) -> str:
    """A reader of plain text would show "&uuml;"; Atom's titles may be HTML and say so."""
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
    """What some of them do not have."""
    for name, values in (
        ("id", [one.guid for one in articles]),
        ("title", [one.title for one in articles]),
        ("link", [one.url for one in articles]),
    ):
        if missing := sum(not value for value in values):
            yield f"entries without {name}: {missing} of {len(articles)}"


def _missing_dates(articles: Sequence[Article], written: int) -> Iterator[str]:
    """How many have no date, and how many one that nobody understands."""
    missing = sum(one.published_at is None for one in articles)
    strange = min(max(written - (len(articles) - missing), 0), missing)
    if strange:
        yield f"dates not understood: {strange} of {len(articles)}"
    if missing - strange:
        yield f"entries without date: {missing - strange} of {len(articles)}"


def _repeated_values(articles: Sequence[Article]) -> Iterator[str]:
    """Names that several share, and the one page that all link to."""
    names = Counter(one.guid for one in articles if one.guid)
    if shared := sum(count for count in names.values() if count > 1):
        yield f"entries that share an id: {shared} of {len(articles)}"
    if len(articles) > 1 and len({one.url for one in articles}) == 1 and articles[0].url:
        yield "all entries link to one page"


MAX_SEARCHED_LENGTH = 64 * 1024  # characters that are looked at
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
    """What a page is, in words: `a web page called "Just a moment..." that looks like a check for robots`."""
    markup = markup[:MAX_SEARCHED_LENGTH]
    title = _PAGE_TITLE.search(markup)
    called = f' called "{" ".join(title[1].split())[:80]}"' if title else ""
    wall = next((f" that looks like {words}" for pattern, words in _BLOCK_PAGE_PATTERNS if pattern.search(markup)), "")
    return f"a web page{called}{wall}"
