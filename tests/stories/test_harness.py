"""The harness itself: every form of document reaches the recorder, and what was told is shown as it was told."""

from __future__ import annotations

import pytest

from tests.stories.documents import FORMS, Entry
from tests.stories.scenario import OLD, Story


@pytest.mark.parametrize("form", FORMS)
def test_a_new_entry_of_every_form_is_told_once_with_its_link(story: Story, form: str) -> None:
    story.feed("wires", form)
    story.begin("wires")
    new = Entry("Quorion opens a plant in Norway", "It makes 40 turbines a year.", name="plant")
    assert story.poll("wires", [new, OLD]).sent == 1
    assert story.poll("wires", [new, OLD]).sent == 0
    assert (story.alerts, story.links) == ([new.title], ["https://wires.example/plant"])
    assert [message.link for message in story.messages] == story.links


def test_an_edit_is_shown_as_an_update_and_its_entry_keeps_its_date(story: Story) -> None:
    story.begin("wires")
    text = "Quorion ships 40 turbines to three customers in Norway this autumn, its board says."
    story.poll("wires", [Entry("Quorion in Norway", text, name="n"), OLD])
    story.poll("wires", [Entry("Quorion in Norway", text.replace("40", "400"), name="n"), OLD])
    assert story.alerts == ["Quorion in Norway", "update: Quorion in Norway"]
    assert len({one.published for one in story.articles()}) == 2
