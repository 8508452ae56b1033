"""What Slack is sent and what its answers are taken to mean, against a webhook that is really there."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.channels import slack
from monitor.core.model.alerts import Message, Priority, Target
from tests.channels.messages import TOKENS, answer, speaking
from tests.core.deliveries import HOSTILE
from tests.peers import Webhook

pytestmark = pytest.mark.anyio


async def test_slacks_own_address_and_apprises_lead_to_the_same_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    with Webhook() as hook:
        monkeypatch.setattr(slack, "WEBHOOK_URL", f"{hook.url}/services")
        async with speaking(native=True) as mouth:
            for url in (f"slack://{TOKENS}", f"https://hooks.slack.com/services/{TOKENS}"):
                await mouth.send(Target("", url), Message("H200 & <b>", "body <!channel>", "k", Priority.URGENT))
        one, other = hook.posts
    assert one.json == other.json and one.path == f"/services/{TOKENS}" == other.path
    assert one.json["text"] == "H200 &amp; &lt;b&gt;"
    assert text_of(one.json["blocks"]) == "*H200 &amp; &lt;b&gt;*"
    assert text_of(one.json["attachments"][0]["blocks"]) == "body &lt;!channel&gt;"
    assert one.json["attachments"][0]["color"] == "#d93025"


def text_of(blocks: list[dict[str, Any]]) -> str:
    """The text of the only block."""
    (block,) = blocks
    return str(block["text"]["text"])


def payload(message: Message) -> dict[str, Any]:
    """What a webhook would get."""
    post = slack.slack_request(f"slack://{TOKENS}", message)
    assert post is not None
    made: dict[str, Any] = json.loads(post.body)
    return made


async def test_a_headline_leads_to_its_article_and_every_address_shows_where_it_leads() -> None:
    address = "https://news.example/a?b=1&c=2"
    body = f"«H200» > all\n\n> quoted\nfeed · 3 s ago\n{address}\nid 1a2b3c4d"
    told = payload(Message("H200: chips *up* for_all", body, "k", link=address))
    assert text_of(told["blocks"]) == "*<https://news.example/a?b=1&amp;c=2|H200: chips ∗up∗ forˍall>*"
    shown = text_of(told["attachments"][0]["blocks"]).split("\n")
    assert shown[0] == "«H200» &gt; all" and shown[2] == "› quoted"
    assert shown[4:] == ["<https://news.example/a?b=1&amp;c=2>", "id 1a2b3c4d"]
    assert (told["text"], told["mrkdwn"], told["unfurl_links"]) == ("H200: chips ∗up∗ forˍall", False, False)


@pytest.mark.parametrize("link", ["", "(no link in the feed)", "ftp://x.example/", "https://x.example/|y", "https://"])
def test_what_is_no_address_is_no_link(link: str) -> None:
    assert text_of(payload(Message("chips", "b", "k", link=link))["blocks"]) == "*chips*"


@pytest.mark.parametrize(
    "status, said, meaning",
    [
        (200, "ok", "ok"),
        (200, "no_channel", "refused_perm"),
        (200, "<html>captive portal</html>", "refused_temp"),
        (200, '{"ok":false}', "refused_temp"),
        (404, "no_service", "refused_perm"),
        (403, "invalid_token", "refused_perm"),
        (410, "channel_is_archived", "refused_perm"),
        (429, "rate_limited", "refused_temp"),
        (500, "rollup_error", "refused_temp"),
    ],
)
async def test_slacks_answers_are_understood(
    status: int, said: str, meaning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Webhook() as hook:
        monkeypatch.setattr(slack, "WEBHOOK_URL", f"{hook.url}/services")
        hook.answer(status, said)
        async with speaking(native=True) as mouth:
            assert await answer(mouth, f"slack://{TOKENS}") == meaning


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_headline_is_active_in_slack(hostile: str) -> None:
    told = payload(Message(hostile, hostile, "k", link="https://news.example/a"))
    own = "*<https://news.example/a|"
    assert text_of(told["blocks"]).startswith(own)
    shown = [told["text"], text_of(told["blocks"]).removeprefix(own).removesuffix(">*")]
    shown += [block["text"]["text"] for block in told["attachments"][0]["blocks"]]
    assert not [text for text in shown if re.search(r"[<>`~_*]", text)]
    assert all(block["text"]["verbatim"] for block in [*told["blocks"], *told["attachments"][0]["blocks"]])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=9000))
@example("&" * 9000)
@example("https://x.example/" + "&" * 3000)
@example("<\n" * 3_000)
def test_a_message_of_any_length_is_one_that_slack_takes(body: str) -> None:
    told = payload(Message(body, body, "k", link="https://x.example/" + body))
    blocks = [*told["blocks"], *(block for one in told["attachments"] for block in one["blocks"])]
    assert len(blocks) <= 50 and all(0 < len(block["text"]["text"].strip()) <= 3000 for block in blocks)
    assert 0 < len(told["text"]) <= 3000
    assert not [block for block in blocks if re.search(r"&(?!amp;|lt;|gt;)", block["text"]["text"])]


@given(st.text(max_size=9000))
def test_nothing_of_a_message_is_lost(body: str) -> None:
    shown = "".join(slack.split_body(body))
    assert squeezed(unescape(shown)) == squeezed("\n".join(re.sub("^>", "›", one) for one in body.split("\n")))


def squeezed(text: str) -> str:
    """A text without blanks and without what marks a link."""
    return "".join(re.sub(r"[<>]", "", text.translate(slack.INERT_CHARACTERS)).split())
