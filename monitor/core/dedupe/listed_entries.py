"""What a document lists: which names are in use in a feed, and which of them two entries share.

Two entries that one document lists are two articles, and a name that they share identifies neither from then on. Of
each entry a record is kept between two polls, so a document is known as a whole although entries whose bytes are known
are not parsed again. The module compares no texts, and stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from monitor.core.dedupe.keys import shareable_names, without_shared_names
from monitor.core.model.articles import Article, ArticleKeys
from monitor.core.model.polling import Listing, PollState

HASH_SIZE = 8  # bytes; the digests of feeds/entries.py have the same size
RECORD_SIZE = 3 * HASH_SIZE
MAX_SHARED_NAMES = 500  # remembered of a feed; an older one is found again where two entries still have it


class EntryRecord(NamedTuple):
    """Hashes of one entry: of its bytes, of the identity of its article, and of its headline and text."""

    digest: bytes
    identity: bytes
    wording: bytes


@dataclass(frozen=True, slots=True)
class ListedEntries:
    """The identities that a document lists, without those made of shared names."""

    identities: frozenset[bytes] = frozenset()
    shared: frozenset[str] = frozenset()  # names that identify nothing in this feed

    def lists(self, identity: str) -> bool:
        """Whether the document still lists an article of this identity."""
        return identity not in self.shared and hash_name(identity) in self.identities


NOTHING_LISTED = ListedEntries()


@dataclass(frozen=True, slots=True)
class DocumentEntries:
    """What a document says of its entries. keys: of the parsed articles, in their order, without shared names."""

    keys: tuple[ArticleKeys, ...] = ()
    listed: ListedEntries = NOTHING_LISTED
    records: bytes = b""  # to store for the next poll, see EntryRecord
    shared_names: tuple[str, ...] = ()  # of the feed, the latest last


NO_ENTRIES = DocumentEntries()


def resolve_names(
    articles: Sequence[Article], keys: Sequence[ArticleKeys], listing: Listing, state: PollState, *, partial: bool
) -> DocumentEntries:
    """Find which names the entries of a document share, and name them by the others.

    partial: the document is a part of the feed (a push, 226), and what was listed before still counts.
    """
    before = unpack_records(state.entry_records or b"")
    left_out = set(split_digests(listing.skipped))
    skipped = [record for record in before if record.digest in left_out]
    shared = find_shared_names(zip(keys, map(shareable_names, articles), strict=True), skipped)
    names = remember_shared_names(state.shared_names, shared)
    mine = tuple(without_shared_names(one, article, names) for one, article in zip(keys, articles, strict=True))
    known = {record.identity for record in (before if partial else skipped)}
    listed = ListedEntries(frozenset(known | {hash_name(one.identity) for one in mine}), frozenset(names))
    return DocumentEntries(mine, listed, pack_records(listing.slices, skipped, mine), names)


def hash_name(name: str) -> bytes:
    """A hash of HASH_SIZE bytes."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=HASH_SIZE).digest()


def wording_hash(keys: ArticleKeys) -> bytes:
    """A hash of headline and text."""
    return hash_name(f"{keys.headline}\n{keys.content}")


def unpack_records(packed: bytes) -> list[EntryRecord]:
    """Stored records of RECORD_SIZE bytes each."""
    starts = range(0, len(packed) - RECORD_SIZE + 1, RECORD_SIZE)
    return [EntryRecord(*(packed[at + part : at + part + HASH_SIZE] for part in (0, 8, 16))) for at in starts]


def entry_digests(packed: bytes) -> bytes:
    """The digests of stored records, HASH_SIZE bytes each, as the parser takes them."""
    return b"".join(record.digest for record in unpack_records(packed))


def split_digests(digests: bytes) -> list[bytes]:
    """Digests of HASH_SIZE bytes each."""
    return [digests[at : at + HASH_SIZE] for at in range(0, len(digests), HASH_SIZE)]


def find_shared_names(parsed: Iterable[tuple[ArticleKeys, Iterable[str]]], skipped: Iterable[EntryRecord]) -> set[str]:
    """The names that two entries of one document have. The same headline and text listed twice is one entry."""
    wordings: dict[str, bytes] = {}
    stored = {record.identity: record.wording for record in skipped}
    shared = set()
    for keys, names in parsed:
        mine = wording_hash(keys)
        for name in names:
            if wordings.setdefault(name, stored.get(hash_name(name), mine)) != mine:
                shared.add(name)
    return shared


def pack_records(digests: bytes, skipped: Iterable[EntryRecord], parsed: Iterable[ArticleKeys]) -> bytes:
    """The records to store: those of skipped entries, and one of each parsed article in the order of its digest."""
    before, rest = {record.digest: record for record in skipped}, iter(parsed)
    records = []
    for digest in split_digests(digests):
        record = before.get(digest)
        if record is None and (keys := next(rest, None)) is not None:
            record = EntryRecord(digest, hash_name(keys.identity), wording_hash(keys))
        if record is not None:
            records.append(record)
    return b"".join(part for record in records for part in record)


def remember_shared_names(known: Sequence[str], found: Iterable[str]) -> tuple[str, ...]:
    """The shared names of a feed, the latest last, at most MAX_SHARED_NAMES."""
    return (*known, *sorted(set(found).difference(known)))[-MAX_SHARED_NAMES:]
