"""A channel that is renamed or taken out of rules.toml while alerts wait for it: its watches' channels get them."""

from __future__ import annotations

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Target
from monitor.pipeline.health import HealthMonitor
from monitor.store.store import open_store
from tests.stories.documents import Entry
from tests.stories.scenario import OLD, Story

ONE = Entry("Quorion opens a plant near Bergen", "It makes 40 turbines a year.", name="one")
CHAT, MAIL = '"json://chat.example/hook"', '"json://mail.example/hook"'


def wait_for_a_deaf_channel(story: Story, *names: str) -> None:
    """Let an alert wait because these channels take nothing."""
    story.begin("wires")
    take = story.recorder.send

    async def refuse(target: Target, message: Message) -> None:
        if any(f"{name}.example" in target.url for name in names):
            raise DeliveryError("busy", answer=Answer.REFUSED_FOR_NOW)
        await take(target, message)

    story.recorder.send = refuse  # type: ignore[method-assign]
    story.poll("wires", [ONE, OLD])
    story.recorder.send = take  # type: ignore[method-assign]


def channels_told(story: Story) -> list[str]:
    return sorted(one.channel for one in story.sent())


def test_the_alerts_of_a_renamed_channel_go_to_its_new_name_once(story: Story) -> None:
    wait_for_a_deaf_channel(story, "chat")
    story.channels = {"talk": CHAT}
    story.wait(hours=1)
    story.wait(hours=1)
    assert channels_told(story) == ["talk"] and len(story.messages) == 1


def test_a_channel_that_has_the_alert_already_gets_no_second_one(story: Story) -> None:
    story.channels = {"chat": CHAT, "mail": MAIL}
    wait_for_a_deaf_channel(story, "chat")
    story.channels = {"mail": MAIL}
    story.wait(hours=1)
    assert channels_told(story) == ["mail"]
    with open_store(story.database) as store:
        assert sorted(one.state for one in store.views.alerts() if one.state != "suppressed") == ["dropped", "sent"]
        assert store.views.ledger().balanced


def test_two_channels_in_place_of_one_are_both_told(story: Story) -> None:
    wait_for_a_deaf_channel(story, "chat")
    story.channels = {"talk": CHAT, "mail": MAIL}
    story.wait(hours=1)
    assert channels_told(story) == ["mail", "talk"] and len(story.messages) == 2


def test_an_edit_of_the_article_tells_the_new_channel_no_second_time_of_the_first_wording(story: Story) -> None:
    wait_for_a_deaf_channel(story, "chat")
    story.channels = {"talk": CHAT}
    story.wait(hours=1)
    story.poll("wires", [Entry(ONE.title, f"{ONE.text} Picture: agency.", name="one"), OLD])
    assert len(story.messages) == 1


def test_alerts_that_wait_for_the_morning_are_not_lost_with_the_old_name(story: Story) -> None:
    story.watches = {"calm": {"any": ["Quorion"], "digest": "08:00"}}
    story.begin("wires")
    story.poll("wires", [ONE, OLD])
    story.channels = {"talk": CHAT}
    story.wait(days=1)
    assert channels_told(story) == ["talk"]


def test_alerts_of_a_watch_that_has_no_channel_any_more_wait_and_are_shown(story: Story) -> None:
    wait_for_a_deaf_channel(story, "chat")
    story.channels, story.watches = {"talk": CHAT}, {"other": {"any": ["Lumetra"]}}
    story.wait(hours=1)
    with open_store(story.database) as store:
        [waiting] = [one for one in store.views.alerts() if one.state == "retry"]
    assert "no channel chat in rules.toml" in str(waiting.error)


def test_operators_hear_at_once_of_alerts_that_no_channel_can_get(story: Story) -> None:
    wait_for_a_deaf_channel(story, "chat")
    with open_store(story.database) as store:
        assert store.outbox.waiting_by_channel({"talk"}) == {"chat": 1}
        assert store.outbox.waiting_by_channel({"chat"}) == {}
        health = HealthMonitor(store, story.recorder, story.clock)  # type: ignore[arg-type]
        health.update_alarms("", {"talk"})
        assert [notice.alarm.key for notice in store.alarms.unsent_notices()] == ["stranded chat"]
