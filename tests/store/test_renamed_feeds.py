"""Feeds under other names: which they are, and that everything stored of them goes along, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.renames import KnownFeed, plan_renames
from monitor.core.errors import StoreError
from monitor.core.model.polling import PollEnd, Source
from monitor.store.store import Store
from tests.store.samples import NOW, finding, intent, kept

X, Y, Z = "https://x.example/feed", "https://y.example/feed", "https://z.example/feed"


@pytest.mark.parametrize(
    ("known", "wanted", "renames"),
    [
        ({"a": X}, {"b": X}, {"a": "b"}),
        ({"a": X}, {"a": X}, {}),
        ({"a": X}, {"a": X, "b": X}, {}),
        ({"a": X, "b": X}, {"b": X, "c": X}, {"a": "c"}),
        ({"a": X, "b": Y}, {"a": Y, "b": X}, {"a": "b", "b": "a"}),
        ({"a": X, "b": Y, "c": Z}, {"a": Y, "b": Z, "c": X}, {"a": "c", "b": "a", "c": "b"}),
        ({"a": X, "b": Y}, {"b": X}, {"a": "b", "b": "b (former)"}),
        ({"a": X}, {"a": Y}, {}),
        ({"a": X}, {"a": Y, "c": X}, {"a": "c"}),
        ({"a": "http://x.example/feed"}, {"b": X + "/"}, {"a": "b"}),
        ({"a": X}, {"b": "https://X.example:443/feed"}, {"a": "b"}),
        ({"a": X, "b (former)": Z, "b": Y}, {"b": X}, {"a": "b", "b": "b (former 2)"}),
        ({"a": X + "?q=1"}, {"b": X + "?q=2"}, {}),
        ({}, {"a": X}, {}),
    ],
)
def test_a_known_url_under_another_name_is_a_rename(
    known: dict[str, str], wanted: dict[str, str], renames: dict[str, str]
) -> None:
    feeds = [KnownFeed(name, url) for name, url in known.items()]
    assert plan_renames(feeds, [Source(name, url) for name, url in wanted.items()]) == renames


def test_a_feed_that_was_moved_by_redirects_is_known_by_its_new_address_too() -> None:
    moved = KnownFeed("a", "http://old.example/rss", address=X)
    assert plan_renames([moved], [Source("b", X)]) == {"a": "b"}
    assert plan_renames([moved, KnownFeed("c", X)], [Source("b", X)]) == {"c": "b"}


def test_a_feed_in_use_is_preferred_to_one_that_was_left_out_before() -> None:
    feeds = [KnownFeed("a", X, registered=False), KnownFeed("z", X)]
    assert plan_renames(feeds, [Source("b", X)]) == {"z": "b"}


NAMES_AND_URLS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from((X, Y, Z)), max_size=5)


@given(NAMES_AND_URLS, NAMES_AND_URLS)
def test_after_a_plan_no_two_feeds_have_one_name_and_a_second_plan_changes_nothing(
    known: dict[str, str], wanted: dict[str, str]
) -> None:
    sources = [Source(name, url) for name, url in wanted.items()]
    renames = plan_renames([KnownFeed(name, url) for name, url in known.items()], sources)
    names = [renames.get(name, name) for name in known]
    assert len(set(names)) == len(names)
    after = {renames.get(name, name): url for name, url in known.items()} | wanted
    assert plan_renames([KnownFeed(name, url) for name, url in after.items()], sources) == {}


def test_everything_that_is_stored_of_a_feed_goes_along(store: Store) -> None:
    kept(store, finding("a", intent()))
    store.mutes.add("feed", "first", NOW + timedelta(hours=1), NOW)
    [before] = [one for one in store.polls.claim(NOW, "me", timedelta(minutes=2), 9, only=["first"])]
    assert store.polls.register([Source("other", "https://first.example/feed")], NOW) == {"first": "other"}
    [claim] = store.polls.claim(NOW, "you", timedelta(minutes=2), 9)
    assert claim.state.source == "other" and claim.state.baseline_at == before.state.baseline_at
    assert claim.state.etag == before.state.etag and claim.state.entries == before.state.entries
    assert {one.feed for one in store.views.articles()} == {"other"}
    assert [mute.name for mute in store.mutes.active(NOW)] == ["other"]
    assert [one.feed for one in store.coverage.since(NOW.date())] == ["other"]
    assert store.coverage.since(NOW.date())[0].polls > 0
    with pytest.raises(StoreError) as raised, store.polls.transaction(before, NOW) as turn:
        turn.end_poll(PollEnd(NOW))  # it began under the old name
    assert raised.value.overtaken


def test_two_feeds_swap_their_names_and_a_third_takes_a_name_that_is_in_the_way(store: Store) -> None:
    urls = {"first": X, "second": Y, "third": Z}
    store.polls.register([Source(name, url) for name, url in urls.items()], NOW)
    swapped = [Source("first", Y), Source("second", X), Source("third", Z)]
    assert store.polls.register(swapped, NOW) == {"first": "second", "second": "first"}
    assert store.polls.register([Source("second", Z)], NOW) == {"third": "second", "second": "second (former)"}
    [claim] = store.polls.claim(NOW, "me", timedelta(minutes=2), 9)
    assert claim.state.source == "second"
