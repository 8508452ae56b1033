"""Which hubs a feed has, and what becomes of its subscriptions when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from monitor.core.model.polling import Listing, NotModified, Page, Source
from monitor.core.websub import hubs, subscription
from monitor.core.websub.hubs import Offer, changed_subscriptions, offered_hubs
from monitor.core.websub.subscription import RSSCLOUD, Subscription, SubscriptionState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
URL, TOPIC = "https://first.example/rss", "https://first.example/canonical"
HUB, OTHER, CLOUD = "https://hub.example/", "https://other.example/", "http://cloud.example/notify"
SOURCE = Source("first", URL)
BARE = Page(URL, b"")
NAMED = Page(URL, b"", hubs=(HUB,), topic=TOPIC)


@pytest.mark.parametrize(
    ("answer", "listing", "found"),
    [
        (NAMED, None, (Offer(HUB, TOPIC),)),
        (NAMED, Listing(hubs=(OTHER,), topic=URL), (Offer(HUB, TOPIC),)),
        (BARE, Listing(hubs=(OTHER, HUB, OTHER), topic=TOPIC), (Offer(OTHER, TOPIC), Offer(HUB, TOPIC))),
        (BARE, Listing(hubs=(HUB,)), (Offer(HUB, URL),)),
        (BARE, Listing(hubs=(HUB,), topic="ftp://first.example/"), (Offer(HUB, URL),)),
        (BARE, Listing(hubs=("news:x", "http://u:p@hub.example/", "https:///x", HUB)), (Offer(HUB, URL),)),
        (BARE, Listing(cloud=CLOUD, topic=TOPIC), (Offer(CLOUD, TOPIC, RSSCLOUD),)),
        (BARE, Listing(cloud=CLOUD, hubs=(HUB,)), (Offer(HUB, URL),)),
        (BARE, Listing(), ()),
        (BARE, None, None),
        (NotModified(), None, None),
        (NotModified(hubs=(HUB,)), None, None),
        (NotModified(hubs=(HUB,), topic=TOPIC), None, (Offer(HUB, TOPIC),)),
    ],
)
def test_headers_beat_the_body_and_silence_is_no_answer(
    answer: Page | NotModified, listing: Listing | None, found: tuple[Offer, ...] | None
) -> None:
    assert offered_hubs(SOURCE, answer, listing) == found


def test_a_document_cannot_make_us_call_a_hundred_addresses() -> None:
    named = tuple(f"https://h{number}.example/" for number in range(100))
    found = offered_hubs(SOURCE, BARE, Listing(hubs=named))
    assert found and [offer.hub for offer in found] == list(named[:3])


def test_a_feed_may_refuse_push_and_name_a_hub_by_hand() -> None:
    assert offered_hubs(replace(SOURCE, push=False), NAMED, Listing(hubs=(HUB,))) == ()
    by_hand = replace(SOURCE, hub=OTHER)
    assert offered_hubs(by_hand, NAMED, Listing(topic=URL)) == (Offer(OTHER, TOPIC),)
    assert offered_hubs(by_hand, BARE, Listing()) == (Offer(OTHER, URL),)
    assert offered_hubs(by_hand, NotModified(), None) is None


def test_the_hub_of_youtube_is_known() -> None:
    channel = Source("tube", "https://www.youtube.com/feeds/videos.xml?channel_id=UC_x&a=b")
    topic = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC_x"
    assert offered_hubs(channel, NotModified(), None) == (Offer("https://pubsubhubbub.appspot.com/", topic),)
    assert offered_hubs(replace(channel, url=channel.url.split("?")[0]), BARE, Listing()) == ()


@pytest.mark.parametrize(
    "url",
    ["", "hub", "//hub.example/", "ftp://h.example/", "http://", "http://[::1/", "http://h.example:99999/",
     "http://h.example/a b", "http://h.example/a\nb", "http://h.example/ü", "http://h.example/" + "x" * 2048],
)  # fmt: skip
def test_an_address_that_is_none_is_not_used(url: str) -> None:
    assert not hubs.is_usable_hub_url(url)


def tokens() -> Iterator[str]:
    return (f"token-{number}" for number in count())


def heard(known: list[Subscription], *found: Offer) -> list[Subscription]:
    made = tokens()
    return changed_subscriptions("first", known, found, lambda: next(made), NOW)


def test_a_new_hub_is_wanted_at_once_under_a_token_and_a_secret_of_its_own() -> None:
    first, second = heard([], Offer(HUB, TOPIC), Offer(OTHER, TOPIC))
    assert (first.hub, first.rank, first.state, first.next_at) == (HUB, 0, SubscriptionState.WANTED, NOW)
    assert (second.hub, second.rank) == (OTHER, 1)
    assert len({first.token, first.secret, second.token, second.secret}) == 4


def test_what_is_named_again_is_left_as_it_is() -> None:
    known = [subscription.mark_asked(one, "https://here.example/", NOW) for one in heard([], Offer(HUB, TOPIC))]
    assert heard(known, Offer(HUB, TOPIC)) == []


def test_a_hub_that_is_not_named_any_more_is_not_wanted_and_one_that_returns_is() -> None:
    [one] = heard([], Offer(HUB, TOPIC))
    asked = subscription.mark_asked(one, "https://here.example/", NOW)
    new, old = heard([asked], Offer(OTHER, TOPIC))
    assert (new.hub, old.hub) == (OTHER, HUB)
    assert (old.state, old.offered, old.next_at) == (SubscriptionState.UNWANTED, False, NOW)
    assert [one.hub for one in heard([old, new], Offer(HUB, TOPIC), Offer(OTHER, TOPIC))] == [HUB, OTHER]
    [back, _] = heard([old, new], Offer(HUB, TOPIC), Offer(OTHER, TOPIC))
    assert (back.state, back.offered, back.token) == (SubscriptionState.WANTED, True, one.token)


def test_another_topic_at_the_same_hub_is_another_subscription() -> None:
    [one] = heard([], Offer(HUB, TOPIC))
    asked = replace(subscription.mark_asked(one, "https://here.example/", NOW), token="old", secret="old")
    [other] = heard([asked], Offer(HUB, URL))
    assert (other.topic, other.state, other.asked_at) == (URL, SubscriptionState.WANTED, None)
    assert other.token != "old" and other.secret != "old"
