"""One message per story and address, whichever watch is due first; an urgent watch passes what defers the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story, cases
from tests.stories.texts import REPORTS

ONE = Entry("Quorion builds a plant", REPORTS["plant"], name="plant")
PLAIN = {"any": ["Quorion"]}

# What defers the second watch, and settings of rules.toml
DEFERRING: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("hold", {"hold": "5m"}, {}),
    ("hold for longer", {"hold": "1h"}, {}),
    ("throttle", {"throttle": "2h"}, {}),
    ("digest", {"digest": "08:00"}, {}),
    ("digest twice a day", {"digest": ["12:00", "18:00"]}, {}),
    ("priority low", {"priority": "low", "hold": "10m"}, {}),
)


def wait_for_everything(story: Story) -> None:
    """Send what became due until two days have passed."""
    for hours in (1, 2, 5, 16, 24):
        story.wait(hours=hours)


@cases("name, deferred, settings", DEFERRING)
@pytest.mark.parametrize("first", ["deferred", "prompt"])
def test_two_watches_with_different_timing_tell_an_address_once(
    story: Story, name: str, deferred: dict[str, Any], settings: dict[str, Any], first: str
) -> None:
    watches = {"deferred": {**PLAIN, **deferred}, "prompt": PLAIN}
    story.watches = dict(sorted(watches.items(), key=lambda one: one[0] != first))
    story.settings = settings
    story.begin("wires")
    if "throttle" in deferred:  # its last alert was a moment ago
        story.poll("wires", [Entry("Quorion opens a school", "For apprentices.", name="school"), OLD])
    before = len(story.messages)
    story.poll("wires", [ONE, OLD])
    wait_for_everything(story)
    assert [ONE.title in message.title for message in story.messages[before:]] == [True]
    assert {"deferred", "prompt"} <= set(story.messages[before].watches)


@cases("name, deferred, settings", DEFERRING)
def test_another_article_is_told_while_a_watch_is_deferred(
    story: Story, name: str, deferred: dict[str, Any], settings: dict[str, Any]
) -> None:
    story.watches = {"deferred": {**PLAIN, **deferred}}
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    other = Entry("Quorion loses its chief", "She leaves at once for reasons of health.", name="chief")
    story.poll("wires", [other, ONE, OLD])
    wait_for_everything(story)
    assert sorted(story.headlines) == sorted([ONE.title, other.title])


@cases("name, deferred, settings", DEFERRING)
def test_each_address_of_two_watches_is_told(
    story: Story, name: str, deferred: dict[str, Any], settings: dict[str, Any]
) -> None:
    story.channels = {"desk": '"json://desk.example/a"', "night": '"json://night.example/b"'}
    story.watches = {"deferred": {**PLAIN, **deferred, "notify": "night"}, "prompt": {**PLAIN, "notify": "desk"}}
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    wait_for_everything(story)
    assert sorted(one.channel for one in story.told) == ["desk", "night"]


@pytest.mark.parametrize("urgent_first", [True, False])
@cases("name, deferred, settings", DEFERRING)
def test_an_urgent_watch_passes_what_defers_its_sibling_and_tells_once(
    story: Story, name: str, deferred: dict[str, Any], settings: dict[str, Any], urgent_first: bool
) -> None:
    watches: dict[str, Mapping[str, Any]] = {
        "urgent": {**PLAIN, "priority": "urgent"},
        "deferred": {**PLAIN, **deferred},
    }
    story.watches = watches if urgent_first else dict(reversed(watches.items()))
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    assert story.headlines == [ONE.title]
    wait_for_everything(story)
    assert len(story.messages) == 1


QUIET = ("22:00-07:00", "08:00-10:00", "00:00-23:00", "09:00-09:30", "06:00-20:00")


@cases("hours", QUIET)
def test_an_urgent_watch_tells_in_quiet_hours_once_and_its_sibling_is_silent_after_them(
    story: Story, hours: str
) -> None:
    story.watches = {"calm": PLAIN, "urgent": {**PLAIN, "priority": "urgent"}}
    story.settings = {"quiet_hours": hours, "timezone": "UTC"}
    start = int(hours[:2])
    story.clock.time = story.clock.time.replace(hour=start, minute=0)
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    assert story.headlines == [ONE.title]
    wait_for_everything(story)
    assert len(story.messages) == 1


@cases("hours", QUIET)
def test_a_calm_watch_alone_waits_for_the_end_of_the_quiet_hours_and_is_told_once(story: Story, hours: str) -> None:
    story.watches = {"calm": PLAIN}
    story.settings = {"quiet_hours": hours, "timezone": "UTC"}
    story.clock.time = story.clock.time.replace(hour=int(hours[:2]), minute=0)
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    assert story.messages == []
    wait_for_everything(story)
    assert story.headlines == [ONE.title]


@pytest.mark.parametrize("kind", ["throttle", "hold", "digest"])
def test_an_urgent_watch_passes_its_own_deferral(story: Story, kind: str) -> None:
    own = {"throttle": {"throttle": "2h"}, "hold": {"hold": "1h"}, "digest": {}}[kind]
    if kind == "digest":
        story.channels = {"chat": '{ url = "json://chat.example/hook", digest = "08:00" }'}
    story.watches = {"urgent": {**PLAIN, "priority": "urgent", **own}}
    story.begin("wires")
    for number in (1, 2, 3):
        new = Entry(f"Quorion plant number {number}", f"It stands in town {number}.", name=f"p{number}")
        assert story.new_alerts("wires", [new, OLD], minutes=2) == [new.title]


def test_an_urgent_watch_passes_the_flood_of_its_sibling_and_of_itself(story: Story) -> None:
    story.watches = {"calm": PLAIN, "urgent": {**PLAIN, "priority": "urgent"}}
    story.begin("wires")
    names = ("mill", "port", "mine", "yard", "farm", "bank", "shop", "hall", "road", "dam", "lake", "tower")
    listed = [Entry(f"Quorion buys a {name}", f"The {name} lies in the east.", name=name) for name in names]
    story.poll("wires", [*listed, OLD])
    assert sorted(story.headlines) == sorted(one.title for one in listed)
    count = len(story.messages)
    wait_for_everything(story)
    assert len(story.messages) == count
