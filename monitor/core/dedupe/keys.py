"""The keys of an article: under which names it can be met again, in its own feed or in another.

Hashes are versions, not identities. They are made of words, after boilerplate, so a new advertisement or a moved comma
makes no new article; numbers count, so "400,000 chips" and "40,000 chips" differ. A change of the recipe changes
RECIPE, and hashes of different recipes are never compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256

from monitor.core.dedupe.shingles import sketch_of_lanes, weighted_hashes, word_hashes, word_hashes_of_lanes
from monitor.core.dedupe.urls import canonical_url, is_front_page, is_opaque, page_number, url_host
from monitor.core.model.articles import Article, ArticleKeys
from monitor.core.text.analysis import TextAnalysis
from monitor.core.text.clean import folded_words
from monitor.core.text.extent import is_long, shortened

RECIPE_VERSION = "1"
LONG_RECIPE = "2"  # of what is longer than what is compared of it; the first recipe read all of it
MIN_BODY_WORDS = 60  # words; a body below this is often a standing phrase, so the headline belongs to the text
MIN_TEASER_WORDS = 12  # words; from here on a teaser can be found again inside the article it announces
MAX_RETURN_DAYS = (
    6  # days within which an aggregator lists a headline again; a weekly column has the same one after seven
)

_PUBLISHER_SUFFIX = re.compile(r"\s+[-–—|]\s+(?P<name>[^-–—|]{2,40})$")
_SUFFIX_SEPARATORS = (" - ", " – ", " — ", " | ")  # one of them, and the expression is worth its 3 µs
_PUBLISHER_NAME = re.compile(
    r"(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|der|die|and|&)(?:\s(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|&)){0,4}"
)
_COMPANY_PREFIX = re.compile(r"^(?P<company>[^:]{1,40}?)[\s-](?:Aktien?|Stock|Shares)\s*:\s*", re.IGNORECASE)
_USELESS_GUIDS = frozenset(("", "0", "1", "-1", "null", "none", "nil", "undefined", "false", "true", "guid", "id"))
_FILING_GUID = re.compile(r"urn:tag:sec\.gov,2008:accession-number=\d{10}-\d\d-\d{6}")
_FRAGMENT_NOISE = re.compile(r"(?:xtor|utm_|ref|echobox|comment|:~:|rss|feed)", re.IGNORECASE)


_canonical = lru_cache(maxsize=64)(canonical_url)  # guid and link of an entry are mostly one address


def article_keys(article: Article, analysis: TextAnalysis | None = None) -> ArticleKeys:
    """All names of one article version; sheet: an empty one, to be filled for the engine."""
    analysis = analysis or TextAnalysis()
    whole, article = article, shortened(article)
    recipe = RECIPE_VERSION if article is whole else LONG_RECIPE
    told = analysis.prose(article.body or article.lead)
    mine = analysis.words(told)
    text = _with_headline(article, told, mine)
    folded = mine if text is told else analysis.words(text)
    content = _hash_words(folded, recipe)
    priceless = analysis.mask_prices(text)
    lanes = weighted_hashes(folded if text is told else _sketched_words(mine, folded))
    masked = None if priceless is text else folded_words(priceless)
    revision = content if masked is None else _hash_words(masked, recipe)
    if text is told:
        analysis.word_hashes[article.body or article.lead] = (
            word_hashes_of_lanes(lanes) if masked is None else word_hashes(masked)
        )
    url = _canonical(article.url)
    title = title_key(_published_title(article), analysis)
    return ArticleKeys(
        identity=_identity(article, title, content),
        url="" if is_front_page(url) else url,
        title=title,
        content=content,
        revision=revision,
        sketch=sketch_of_lanes(lanes),
        published=article.published_at,
        former=former(whole, analysis),
    )


def _with_headline(article: Article, told: str, mine: list[str]) -> str:
    """The story, and the headline with it where it is short."""
    if len(told) >= MIN_BODY_WORDS * 16 or len(mine) >= MIN_BODY_WORDS:
        return told
    lead = article.lead if article.lead not in told else ""
    return "\n".join(part for part in (_without_publisher(article.title), lead, told) if part)


def _sketched_words(told: list[str], folded: list[str]) -> list[str]:
    """What to find a short text by: its own words, for they stand in the full article too; else its headline."""
    return told if len(told) >= MIN_TEASER_WORDS else folded


def article_site(article: Article) -> str:
    """Who publishes an article: the host of its address, else its feed."""
    return url_host(article.url) or article.source


def title_key(title: str, analysis: TextAnalysis | None = None) -> str:
    """A headline without its publisher, house prefix and punctuation; sheet: for the engine, which folds it too."""
    return " ".join((analysis or TextAnalysis()).words(_without_prefix(title)))


def headline_company(title: str) -> str:
    """The folded company in front of "Aktie:" or "Stock:", or ""."""
    prefix = _COMPANY_PREFIX.match(title)
    return " ".join(folded_words(prefix["company"])) if prefix else ""


def _without_prefix(title: str) -> str:
    """A headline without its publisher and without its house prefix."""
    own = _without_publisher(title)
    bare = _COMPANY_PREFIX.sub("", own) if ":" in own else own
    return bare if bare == own or len(folded_words(bare)) >= 3 else own


def _without_publisher(title: str) -> str:
    """A headline without its publisher."""
    title = " ".join(title.split())
    suffix = _PUBLISHER_SUFFIX.search(title) if any(mark in title for mark in _SUFFIX_SEPARATORS) else None
    if suffix and _PUBLISHER_NAME.fullmatch(suffix["name"].strip()) and len(folded_words(title[: suffix.start()])) >= 3:
        return title[: suffix.start()]
    return title


def is_filing(guid: str | None) -> bool:
    """Whether a guid is the number of a filing with the SEC: one document, listed once for each party to it."""
    return _FILING_GUID.fullmatch((guid or "").strip()) is not None


@lru_cache(maxsize=1024)
def nearby_day_identities(identity: str) -> tuple[str, ...]:
    """The names that an aggregator's article has when it comes back some days sooner or later; () for all others."""
    if not is_aggregated(identity):
        return ()
    _, day, rest = identity.split(":", 2)
    start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    days = (start + timedelta(days=step) for step in range(-MAX_RETURN_DAYS, MAX_RETURN_DAYS + 1) if step)
    return tuple(f"news:{other:%Y-%m-%d}:{rest}" for other in days)


def is_aggregated(identity: str) -> bool:
    """Whether a name is made of publisher and headline: two of them that differ are two articles."""
    return identity.startswith("news:")


def _published_title(article: Article) -> str:
    """A headline; an aggregator's without the publisher, whose name is known."""
    return article.title.removesuffix(f" - {article.author}") if is_opaque(article.url) else article.title


def _identity(article: Article, title: str, content: str) -> str:
    """Guid, else page, else words. An aggregator's guids and links change: publisher, headline and day stay."""
    if is_opaque(article.url) and article.author and title and article.published_at:
        named = blake2b("\n".join((*folded_words(article.author), title)).encode("utf-8", "replace"), digest_size=16)
        return f"news:{article.published_at:%Y-%m-%d}:{named.hexdigest()}"
    guid = " ".join((article.guid or "").split())
    if guid.casefold() not in _USELESS_GUIDS:
        return _page_identity(guid) or f"guid:{guid}"
    return (
        _page_identity(article.url)
        or f"text:{_hash_words([title, content], content.partition(':')[0] or RECIPE_VERSION)}"
    )


def _page_identity(url: str) -> str:
    """A page's name: its site and number, for the slug follows the headline, else its address.

    A fragment may choose an entry of a long page; one that only counts readers is dropped.
    """
    canonical = _canonical(url)
    if not canonical.startswith("https://") or is_front_page(canonical):
        return ""
    fragment = "".join(url.partition("#")[2].split())
    if fragment and not _FRAGMENT_NOISE.match(fragment):
        return f"url:{canonical}#{fragment}"
    number = page_number(canonical)
    return f"page:{url_host(canonical)}/{number}" if number else f"url:{canonical}"


def former(article: Article, sheet: TextAnalysis) -> tuple[str, ...]:
    """The content hash, and the name where it has no other, that a long article had when all of it was read.

    An archive knows it under these until its feed lists it again, and it is not new because of a recipe.
    """
    if not is_long(article):
        return ()
    told = sheet.prose(article.body or article.lead)
    mine = sheet.words(told)
    text = _with_headline(article, told, mine)
    content = _hash_words(mine if text is told else sheet.words(text), RECIPE_VERSION)
    return content, _identity(article, title_key(_published_title(article)), content)


def _hash_words(parts: Iterable[str], recipe: str) -> str:
    joined = " ".join(parts)
    return f"{recipe}:{sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()}" if joined else ""
