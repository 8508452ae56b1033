"""What the source itself tells apart is two articles, and a name of two entries names neither."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.keys import article_keys, entry_names, is_another_filing, shareable_names
from monitor.core.dedupe.listed_entries import (
    HASH_SIZE,
    MAX_SHARED_NAMES,
    RECORD_SIZE,
    DocumentEntries,
    entry_digests,
    remember_shared_names,
    resolve_names,
    unpack_records,
)
from monitor.core.model.articles import Article, ArticleKeys
from monitor.core.model.polling import Listing, PollState
from monitor.core.text.analysis import analyse_article
from tests.store.samples import NOW

EDGAR = "https://www.sec.example/Archives/edgar/data/{}/{}/{}-index.htm"


def entry(title: str, text: str = "", guid: str | None = None, url: str = "") -> Article:
    """An entry of the feed `wire`."""
    return Article("wire", title, url=url, guid=guid, body=text)


def keys(article: Article) -> ArticleKeys:
    """The keys of an article by itself."""
    return article_keys(analyse_article(article, ()))


def digest(number: int) -> bytes:
    """The digest of an entry."""
    return number.to_bytes(HASH_SIZE, "big")


def document(
    *articles: Article, before: DocumentEntries | None = None, skipped: tuple[int, ...] = (), partial: bool = False
) -> DocumentEntries:
    """A document of these new entries in front of skipped ones (digests from 1); before: the poll before."""
    first = 1 + (len(before.records) // RECORD_SIZE if before else 0)
    left_out = b"".join(map(digest, skipped))
    digests = b"".join(digest(first + at) for at in range(len(articles))) + left_out
    state = PollState("wire", NOW, entry_records=before.records if before else None)
    if before:
        state = PollState("wire", NOW, entry_records=before.records, shared_names=before.shared_names)
    listing = Listing(articles, slices=digests, skipped=left_out, known=len(skipped))
    return resolve_names(articles, [keys(one) for one in articles], listing, state, partial=partial)


def test_entries_with_names_of_their_own_share_none() -> None:
    found = document(entry("Director/PDMR Shareholding", guid="a"), entry("Director/PDMR Shareholding", guid="b"))
    assert (found.shared_names, [one.identity for one in found.keys]) == ((), ["guid:a", "guid:b"])
    assert all(found.listed.lists(one.identity) for one in found.keys)


def test_a_guid_of_two_entries_gives_way_to_their_links() -> None:
    first = entry("Tandril wächst", "Der Umsatz steigt.", "n7", "https://wire.example/a")
    second = entry("Tandril schrumpft", "Der Umsatz sinkt.", "n7", "https://wire.example/b")
    found = document(first, second)
    assert found.shared_names == ("guid:n7",)
    assert [one.identity for one in found.keys] == ["url:https://wire.example/a", "url:https://wire.example/b"]
    assert not found.listed.lists("guid:n7")


def test_a_link_of_two_entries_without_guid_gives_way_to_their_words() -> None:
    overview = "https://wire.example/press/overview"
    found = document(entry("Tandril wächst", url=overview), entry("Quorion wächst", url=overview))
    assert found.shared_names == (f"url:{overview}",)
    assert len({one.identity for one in found.keys}) == 2
    assert all(one.identity.startswith("text:") and one.url == "" for one in found.keys)


def test_untitled_posts_with_one_link_are_as_many_articles_as_texts() -> None:
    profile = "https://social.example/desk/profile"
    found = document(*(entry("", f"Post Nummer {n} über den Hafen", url=profile) for n in range(3)))
    assert len({one.identity for one in found.keys}) == 3


def test_one_entry_listed_twice_with_the_same_words_shares_nothing() -> None:
    twice = entry("Tandril wächst", "Der Umsatz steigt.", "n7", "https://wire.example/a")
    assert document(twice, twice).shared_names == ()


def test_a_name_is_shared_with_an_entry_that_was_skipped_by_its_bytes() -> None:
    before = document(entry("Tandril wächst", "Der Umsatz steigt.", "n7", "https://wire.example/a"))
    after = document(
        entry("Quorion wächst", "Die Werft baut.", "n7", "https://wire.example/b"), before=before, skipped=(1,)
    )
    assert after.shared_names == ("guid:n7",)
    assert after.keys[0].identity == "url:https://wire.example/b"


def test_a_skipped_entry_is_still_listed_and_one_that_left_the_document_is_not() -> None:
    before = document(entry("Eins", guid="a"), entry("Zwei", guid="b"))
    after = document(entry("Drei", guid="c"), before=before, skipped=(2,))
    assert [after.listed.lists(f"guid:{name}") for name in "abc"] == [False, True, True]


def test_a_part_of_a_feed_says_nothing_of_what_left_it() -> None:
    before = document(entry("Eins", guid="a"), entry("Zwei", guid="b"))
    after = document(entry("Drei", guid="c"), before=before, partial=True)
    assert all(after.listed.lists(f"guid:{name}") for name in "abc")


def test_a_shared_name_identifies_nothing_later_either() -> None:
    first = document(
        entry("Eins", guid="n7", url="https://w.example/a"), entry("Zwei", guid="n7", url="https://w.example/b")
    )
    later = document(entry("Drei", guid="n7", url="https://w.example/c"), before=first)
    assert later.shared_names == ("guid:n7",)
    assert later.keys[0].identity == "url:https://w.example/c"


def test_the_number_of_a_filing_is_believed_although_it_is_listed_for_each_party() -> None:
    number = "urn:tag:sec.gov,2008:accession-number=0001234567-26-000123"
    found = document(
        entry("4 - Tandril Werke (Issuer)", guid=number, url="https://sec.example/a"),
        entry("4 - Marlow Jane (Reporting)", guid=number, url="https://sec.example/b"),
    )
    assert found.shared_names == ()
    assert {one.identity for one in found.keys} == {f"guid:{number}"}


def test_two_numbers_of_filings_are_two_filings() -> None:
    first = "url:" + EDGAR.format(1, "000123456726000123", "0001234567-26-000123")
    second = "url:" + EDGAR.format(1, "000123456726000124", "0001234567-26-000124")
    assert is_another_filing(first, second)
    assert not is_another_filing(first, first)
    assert not is_another_filing(first, "url:https://wire.example/press/1")


def test_the_records_name_the_entries_in_the_order_of_their_bytes() -> None:
    before = document(entry("Eins", guid="a"), entry("Zwei", guid="b"))
    assert entry_digests(before.records) == digest(1) + digest(2)
    after = document(entry("Drei", guid="c"), before=before, skipped=(1, 2))
    assert [one.identity for one in unpack_records(after.records)][1:] == [
        one.identity for one in unpack_records(before.records)
    ]


def test_shared_names_are_bounded_and_the_latest_stay() -> None:
    many = remember_shared_names((), (f"guid:{n:04}" for n in range(MAX_SHARED_NAMES)))
    after = remember_shared_names(many, ["guid:new"])
    assert (len(after), after[-1], after[0]) == (MAX_SHARED_NAMES, "guid:new", "guid:0001")


def test_a_useless_guid_is_no_name() -> None:
    assert entry_names(entry("Eins", guid="0", url="https://w.example/a/b")) == ("url:https://w.example/a/b",)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from(["Hafen", "Werft", ""]))))
def test_two_entries_have_one_identity_only_where_a_name_or_all_words_are_theirs_alone(
    some: list[tuple[str, str, str]],
) -> None:
    articles = [
        entry(f"{word} {at % 3}", word, guid, f"https://w.example/{url}/1") for at, (guid, url, word) in enumerate(some)
    ]
    found = document(*articles)
    shared = set(found.shared_names)
    for one, article in zip(found.keys, articles, strict=True):
        assert one.identity not in shared
        others = [other for other in articles if set(shareable_names(other)) & set(shareable_names(article))]
        if any((other.title, other.body) != (article.title, article.body) for other in others):
            assert shared & set(shareable_names(article))
