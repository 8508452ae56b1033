"""Compute the keys by which an article is recognised, in its own feed or in another.

A hash names a version of an article. It is made of tokens without boilerplate, so a new advertisement or a moved comma
makes no new article; numbers count, so "400,000 chips" and "40,000 chips" differ. A change of the recipe raises
RECIPE_VERSION; hashes of different versions are never compared. The module compares no articles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple

from monitor.core.dedupe.shingles import sketch_of_lanes, weighted_hashes, word_hashes, word_hashes_of_lanes
from monitor.core.dedupe.urls import canonical_url, is_front_page, is_opaque, page_number, url_host
from monitor.core.model.articles import Article, ArticleKeys
from monitor.core.text.analysis import ArticleAnalysis, ProseAnalysis
from monitor.core.text.clean import folded_words
from monitor.core.text.extent import is_long, shortened
from monitor.core.text.normalize import fold_with_offsets
from monitor.core.text.prices import mask_prices

RECIPE_VERSION = "1"
LONG_RECIPE = "2"  # for texts longer than their compared part, which version 1 read whole
MIN_BODY_WORDS = 60  # a shorter body is often a standing phrase, so the headline is hashed with it
MIN_TEASER_WORDS = 12  # a teaser of this length can be found in the article it announces
MAX_RETURN_DAYS = 6  # an aggregator may list a headline again; a weekly column repeats it after seven days

_PUBLISHER_SUFFIX = re.compile(r"\s+[-–—|]\s+(?P<name>[^-–—|]{2,40})$")
_SUFFIX_SEPARATORS = (" - ", " – ", " — ", " | ")  # without one of them the pattern, 3 µs, is not tried
_PUBLISHER_NAME = re.compile(
    r"(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|der|die|and|&)(?:\s(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|&)){0,4}"
)
_COMPANY_PREFIX = re.compile(r"^(?P<company>[^:]{1,40}?)[\s-](?:Aktien?|Stock|Shares)\s*:\s*", re.IGNORECASE)
_USELESS_GUIDS = frozenset(("", "0", "1", "-1", "null", "none", "nil", "undefined", "false", "true", "guid", "id"))
_FILING_GUID = re.compile(r"urn:tag:sec\.gov,2008:accession-number=\d{10}-\d\d-\d{6}")
_ACCESSION_NUMBER = re.compile(r"(?<!\d)\d{10}-\d\d-\d{6}(?!\d)|(?<=/)\d{18}(?=/)")  # of SEC filings, or their folder
_FRAGMENT_NOISE = re.compile(r"(?:xtor|utm_|ref|echobox|comment|:~:|rss|feed)", re.IGNORECASE)


_canonical = lru_cache(maxsize=64)(canonical_url)  # guid and link of an entry are mostly one address


class Fingerprint(NamedTuple):
    """The keys of an article, and the hashes of its compared words, from which its word filter is made."""

    keys: ArticleKeys
    word_hashes: bytes


def article_keys(analysis: ArticleAnalysis) -> ArticleKeys:
    """All keys of one version of an article."""
    return fingerprint_article(analysis).keys


def fingerprint_article(analysis: ArticleAnalysis) -> Fingerprint:
    """All keys of one version of an article, and the hashes of its words."""
    whole = analysis.fields.article
    article = shortened(whole)
    recipe = RECIPE_VERSION if article is whole else LONG_RECIPE
    prose, mine = analysis.prose.text, analysis.prose.words
    text = _with_headline(article, prose, mine)
    folded = mine if text is prose else folded_words(text)
    content = _hash_words(folded, recipe)
    priceless = analysis.prose.masked if text is prose else mask_prices(fold_with_offsets(text))
    lanes = weighted_hashes(folded if text is prose else _sketched_words(mine, folded))
    masked = folded if priceless is text else folded_words(priceless)
    revision = content if masked is folded else _hash_words(masked, recipe)
    if text is not prose:
        hashes = word_hashes(compared_words(article.title, analysis.prose, mine))
    else:
        hashes = word_hashes_of_lanes(lanes) if masked is folded else word_hashes(masked)
    url = _canonical(article.url)
    title = title_key(_published_title(article))
    keys = ArticleKeys(
        identity=_identity(article, title, content),
        url="" if is_front_page(url) else url,
        title=title,
        content=content,
        revision=revision,
        sketch=sketch_of_lanes(lanes),
        published=article.published_at,
        headline=folded_headline(article.title),
        former=_former_keys(whole, analysis.whole_prose),
    )
    return Fingerprint(keys, hashes)


def _with_headline(article: Article, prose: str, mine: list[str]) -> str:
    """The prose; a short one with its headline and lead."""
    if len(prose) >= MIN_BODY_WORDS * 16 or len(mine) >= MIN_BODY_WORDS:
        return prose
    lead = article.lead if article.lead not in prose else ""
    return "\n".join(part for part in (_without_publisher(article.title), lead, prose) if part)


def _sketched_words(prose: list[str], folded: list[str]) -> list[str]:
    """The words of the sketch: of the prose, which the full article contains too; if too few, with the headline."""
    return prose if len(prose) >= MIN_TEASER_WORDS else folded


def folded_headline(title: str) -> str:
    """All words of a headline, folded."""
    return " ".join(folded_words(title))


def article_site(article: Article) -> str:
    """The publisher of an article: the host of its address, else the name of its feed."""
    return url_host(article.url) or article.source


def compared_words(title: str, prose: ProseAnalysis, words: list[str]) -> list[str]:
    """The tokens of a prose that are compared, prices masked; none if it only repeats the headline (Google News)."""
    found = words if prose.masked is prose.text else folded_words(prose.masked)
    return [] if set(found) <= set(folded_words(title)) else found


def title_key(title: str) -> str:
    """A folded headline without publisher, company prefix and punctuation."""
    return " ".join(folded_words(_without_prefix(title)))


def headline_company(title: str) -> str:
    """The folded company in front of "Aktie:" or "Stock:", or ""."""
    prefix = _COMPANY_PREFIX.match(title)
    return " ".join(folded_words(prefix["company"])) if prefix else ""


def _without_prefix(title: str) -> str:
    own = _without_publisher(title)
    bare = _COMPANY_PREFIX.sub("", own) if ":" in own else own
    return bare if bare == own or len(folded_words(bare)) >= 3 else own


def _without_publisher(title: str) -> str:
    title = " ".join(title.split())
    suffix = _PUBLISHER_SUFFIX.search(title) if any(mark in title for mark in _SUFFIX_SEPARATORS) else None
    if suffix and _PUBLISHER_NAME.fullmatch(suffix["name"].strip()) and len(folded_words(title[: suffix.start()])) >= 3:
        return title[: suffix.start()]
    return title


def is_filing(guid: str | None) -> bool:
    """Whether a guid is the number of an SEC filing, which is listed once for each party."""
    return _FILING_GUID.fullmatch((guid or "").strip()) is not None


@lru_cache(maxsize=1024)
def nearby_day_identities(identity: str) -> tuple[str, ...]:
    """The identities of an aggregator's article dated up to six days sooner or later; () for other articles."""
    if not is_aggregated(identity):
        return ()
    _, day, rest = identity.split(":", 2)
    start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    days = (start + timedelta(days=step) for step in range(-MAX_RETURN_DAYS, MAX_RETURN_DAYS + 1) if step)
    return tuple(f"news:{other:%Y-%m-%d}:{rest}" for other in days)


def is_aggregated(identity: str) -> bool:
    """Whether an identity is made of publisher and headline: different ones are different articles."""
    return identity.startswith("news:")


def _published_title(article: Article) -> str:
    """The headline; an aggregator's without the publisher that it appends."""
    return article.title.removesuffix(f" - {article.author}") if is_opaque(article.url) else article.title


def _identity(article: Article, title: str, content: str) -> str:
    """Guid, else page, else words. An aggregator's guids and links change, so publisher, headline and day are used."""
    if _is_aggregators(article) and title:
        named = blake2b("\n".join((*folded_words(article.author), title)).encode("utf-8", "replace"), digest_size=16)
        return f"news:{article.published_at:%Y-%m-%d}:{named.hexdigest()}"
    return next(iter(entry_names(article)), "") or _text_identity(title, content)


def _is_aggregators(article: Article) -> bool:
    return is_opaque(article.url) and bool(article.author) and article.published_at is not None


def _text_identity(title: str, content: str) -> str:
    return f"text:{_hash_words([title, content], content.partition(':')[0] or RECIPE_VERSION)}"


def entry_names(article: Article) -> tuple[str, ...]:
    """The names that a source gives an entry, the most certain first: its guid and its page; none of an aggregator's.

    The number of a filing is a guid that is listed once for each party, so it is always believed.
    """
    guid, page = " ".join((article.guid or "").split()), _page_identity(article.url)
    if not is_filing(guid) and (number := _accession_number(guid) or _accession_number(article.url)):
        return (f"filing:{number}",)
    mine = "" if guid.casefold() in _USELESS_GUIDS else _page_identity(guid) or f"guid:{guid}"
    return tuple(dict.fromkeys(name for name in (mine, page) if name))


def shareable_names(article: Article) -> tuple[str, ...]:
    """The names of an entry that identify nothing once two entries of a document have them."""
    names = entry_names(article)
    believed = is_filing(article.guid) or _is_aggregators(article) or (names[:1] and names[0].startswith("filing:"))
    return () if believed else names


def without_shared_names(keys: ArticleKeys, article: Article, shared: Collection[str]) -> ArticleKeys:
    """The keys of an article in whose feed these names identify nothing."""
    names = shareable_names(article)
    if not any(name in shared for name in names):
        return keys
    identity = next((name for name in names if name not in shared), "") or _text_identity(keys.headline, keys.content)
    return replace(keys, identity=identity, url="" if _page_identity(article.url) in shared else keys.url)


def _accession_number(name: str | None) -> str:
    """The accession number in a guid or URL, with hyphens; ""."""
    found = _ACCESSION_NUMBER.search(name or "")
    return found[0] if found and "-" in found[0] else ""


def is_another_filing(identity: str, other: str) -> bool:
    """Whether two identities contain different accession numbers."""
    mine, theirs = _ACCESSION_NUMBER.search(identity), _ACCESSION_NUMBER.search(other)
    return mine is not None and theirs is not None and mine[0].replace("-", "") != theirs[0].replace("-", "")


def _page_identity(url: str) -> str:
    """The identity of a page: its site and number, as the slug changes with the headline; else its address.

    A fragment may choose an entry of a long page; a tracking fragment is dropped.
    """
    canonical = _canonical(url)
    if not canonical.startswith("https://") or is_front_page(canonical):
        return ""
    fragment = "".join(url.partition("#")[2].split())
    if fragment and not _FRAGMENT_NOISE.match(fragment):
        return f"url:{canonical}#{fragment}"
    number = page_number(canonical)
    return f"page:{url_host(canonical)}/{number}" if number else f"url:{canonical}"


def _former_keys(article: Article, whole: ProseAnalysis) -> tuple[str, ...]:
    """The content hash and the identity of a long article by RECIPE_VERSION 1, which read all of it.

    An archive may know the article by these until its feed lists it again; a new recipe does not make it new.
    """
    if not is_long(article):
        return ()
    prose, mine = whole.text, whole.words
    text = _with_headline(article, prose, mine)
    content = _hash_words(mine if text is prose else folded_words(text), RECIPE_VERSION)
    return content, _identity(article, title_key(_published_title(article)), content)


def _hash_words(parts: Iterable[str], recipe: str) -> str:
    joined = " ".join(parts)
    return f"{recipe}:{sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()}" if joined else ""
