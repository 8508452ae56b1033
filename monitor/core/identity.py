"""The keys of an article: under which names it can be met again, in its own feed or in another.

Hashes are versions, not identities. They are made of words, after boilerplate, so a new advertisement or a moved comma
makes no new article; numbers count, so "400,000 chips" and "40,000 chips" differ. A change of the recipe changes
RECIPE, and hashes of different recipes are never compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b, sha256

from monitor.core.address import canonical_url as canonical_url
from monitor.core.address import host, is_front_page, is_opaque, page_number
from monitor.core.boilerplate import prose
from monitor.core.model import Article, Keys
from monitor.core.price import masked
from monitor.core.text import words

RECIPE = "1"
SHORT = 60  # words; a body below this is often a standing phrase, so the headline belongs to the text
TEASER = 12  # words; from here on a teaser can be found again inside the article it announces
SAMPLE = 16  # one of so many shingles goes into the sketch
MOST = 64  # shingles in a sketch, so that a book in a feed cannot fill the table
_WORDS = 16_384  # whose hashes are remembered: 3 MB
LEAST = 4  # shingles in a sketch, so that short texts can be found too
RETURNS = 6  # days within which an aggregator lists a headline again; a weekly column has the same one after seven

_SUFFIX = re.compile(r"\s+[-–—|]\s+(?P<name>[^-–—|]{2,40})$")
_NAME = re.compile(
    r"(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|der|die|and|&)(?:\s(?:[A-ZÄÖÜ0-9][\w.&'’-]*|of|the|und|&)){0,4}"
)
_PREFIX = re.compile(r"^(?P<company>[^:]{1,40}?)[\s-](?:Aktien?|Stock|Shares)\s*:\s*", re.IGNORECASE)
_NO_NAME = frozenset(("", "0", "1", "-1", "null", "none", "nil", "undefined", "false", "true", "guid", "id"))
_FILING = re.compile(r"urn:tag:sec\.gov,2008:accession-number=\d{10}-\d\d-\d{6}")
_FRAGMENT_NOISE = re.compile(r"(?:xtor|utm_|ref|echobox|comment|:~:|rss|feed)", re.IGNORECASE)


_canonical = lru_cache(maxsize=64)(canonical_url)  # guid and link of an entry are mostly one address


def keys(article: Article) -> Keys:
    """All names of one article version."""
    told = prose(article.body or article.lead)
    mine = words(told)
    text = _with_headline(article, told, mine)
    folded = mine if text is told else words(text)
    content = _hash(folded)
    priceless = masked(text)
    revision = content if priceless is text else _hash(words(priceless))
    url = _canonical(article.url)
    title = title_key(_published_title(article))
    return Keys(
        identity=_identity(article, title, content),
        url="" if is_front_page(url) else url,
        title=title,
        content=content,
        revision=revision,
        sketch=_sketch(runs(folded if text is told else _longest(mine, folded))),
        published=article.published_at,
    )


def _with_headline(article: Article, told: str, mine: list[str]) -> str:
    """The story, and the headline with it where it is short."""
    if len(told) >= SHORT * 16 or len(mine) >= SHORT:
        return told
    lead = article.lead if article.lead not in told else ""
    return "\n".join(part for part in (_own(article.title), lead, told) if part)


def _longest(told: list[str], folded: list[str]) -> list[str]:
    """What to find a short text by: its own words, for they stand in the full article too; else its headline."""
    return told if len(told) >= TEASER else folded


def site(article: Article) -> str:
    """Who publishes an article: the host of its address, else its feed."""
    return host(article.url) or article.source


def title_key(title: str) -> str:
    """A headline without its publisher, house prefix and punctuation."""
    return " ".join(words(_bare(title)))


def shingles(text: str) -> frozenset[int]:
    """64-bit hashes of all runs of three words; of the whole where there are fewer."""
    return frozenset(runs(words(text)))


def company(title: str) -> str:
    """The folded company in front of "Aktie:" or "Stock:", or ""."""
    prefix = _PREFIX.match(title)
    return " ".join(words(prefix["company"])) if prefix else ""


def _bare(title: str) -> str:
    """A headline without its publisher and without its house prefix."""
    own = _own(title)
    bare = _PREFIX.sub("", own)
    return bare if len(words(bare)) >= 3 else own


def _own(title: str) -> str:
    """A headline without its publisher."""
    title = " ".join(title.split())
    suffix = _SUFFIX.search(title)
    if suffix and _NAME.fullmatch(suffix["name"].strip()) and len(words(title[: suffix.start()])) >= 3:
        return title[: suffix.start()]
    return title


def is_filing(guid: str | None) -> bool:
    """Whether a guid is the number of a filing with the SEC: one document, listed once for each party to it."""
    return _FILING.fullmatch((guid or "").strip()) is not None


@lru_cache(maxsize=1024)
def other_days(identity: str) -> tuple[str, ...]:
    """The names that an aggregator's article has when it comes back some days sooner or later; () for all others."""
    if not is_aggregated(identity):
        return ()
    _, day, rest = identity.split(":", 2)
    start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    days = (start + timedelta(days=step) for step in range(-RETURNS, RETURNS + 1) if step)
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
        named = blake2b("\n".join((*words(article.author), title)).encode("utf-8", "replace"), digest_size=16)
        return f"news:{article.published_at:%Y-%m-%d}:{named.hexdigest()}"
    guid = " ".join((article.guid or "").split())
    if guid.casefold() not in _NO_NAME:
        return _named(guid) or f"guid:{guid}"
    return _named(article.url) or f"text:{_hash([title, content])}"


def _named(url: str) -> str:
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
    return f"page:{host(canonical)}/{number}" if number else f"url:{canonical}"


def _hash(parts: Iterable[str]) -> str:
    joined = " ".join(parts)
    return f"{RECIPE}:{sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()}" if joined else ""


def runs(folded: Sequence[str]) -> list[int]:
    """Every run of three words as one number: the words' hashes, weighed by place, so order counts.

    Odd multipliers keep every bit; the high half is folded down because the sketch looks at the low bits.
    """
    if not folded:
        return []
    ones, twos, threes = zip(*[_WEIGHED[word] for word in folded], strict=True)
    if len(folded) < 3:
        twos, threes = (*twos, 0, 0), (*threes, 0, 0)
        ones = (*ones, 0)[: max(1, len(folded) - 2)]
    sums = [(a + b + c) & _BITS for a, b, c in zip(ones, twos[1:], threes[2:], strict=False)]
    return [mixed ^ (mixed >> 32) for mixed in sums]


_BITS = 0xFFFFFFFFFFFFFFFF


class _Weighed(dict[str, tuple[int, int, int]]):
    """A word → its 64-bit hash times the multipliers of the three places of a run, worked out once."""

    def __missing__(self, word: str) -> tuple[int, int, int]:
        number = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        found = number * 0x9E3779B97F4A7C15, number * 0xC2B2AE3D27D4EB4F, number * 0x165667B19E3779F9
        if len(self) >= _WORDS:
            self.clear()
        self[word] = found
        return found


_WEIGHED = _Weighed()


def _sketch(numbers: Iterable[int]) -> tuple[int, ...]:
    """A sample that two near copies share, signed for SQL: the hashes divisible by SAMPLE; LEAST to MOST of them."""
    every = set(numbers)
    sample = sorted([number for number in every if number % SAMPLE == 0])[:MOST]
    if len(sample) < LEAST:
        sample = sorted(every, key=lambda number: (number % SAMPLE, number))[:LEAST]
    return tuple(number - (1 << 64) if number >> 63 else number for number in sample)
