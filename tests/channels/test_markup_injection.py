"""Hostile headlines all the way to the receiver: rendered, sent by Apprise, and read back there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests.sessions
from apprise.manager_plugins import NotificationManager

from monitor.channels import send_worker
from monitor.channels.answers import error_from_evidence
from monitor.core.alerts.render import render_alert
from monitor.core.model.alerts import Answer, Message, Target
from monitor.core.model.articles import Hit, Match
from tests.channels.messages import speaking
from tests.core.deliveries import ACTIVE, HOSTILE, NOW, delivery
from tests.peers import Mailbox, Webhook

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated"),  # apprise.utils.pgp, on Python 3.11 and 3.12
]

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
HEADERS = {
    "content-type", "mime-version", "content-transfer-encoding", "x-application", "x-monitor-id", "auto-submitted",
    "subject", "from", "to", "message-id", "date", "x-peer", "x-mailfrom", "x-rcptto",
}  # fmt: skip


def news(hostile: str) -> Message:
    match = Match("H200", (Hit("title", hostile, 0, 1, hostile),), hostile, ((0, 2),))
    return render_alert([delivery(title=hostile, source=hostile, watch=f"H200 {hostile}", match=match)], now=NOW)


async def test_no_headline_adds_a_header_or_a_recipient_to_a_mail() -> None:
    messages = [news(hostile) for hostile in HOSTILE]
    with Mailbox() as box:
        async with speaking() as mouth:
            for message in messages:
                await mouth.send(Target("", box.apprise_url), message)
        mails = box.mails
    assert len(mails) == len(HOSTILE)
    for mail, message in zip(mails, messages, strict=True):
        assert {name.lower() for name in mail.message} <= HEADERS
        assert (mail.recipients, len(mail.message.get_all("To", []))) == (("reader@example.org",), 1)
        assert str(mail.message["Subject"]) == message.title
        assert (mail.message.get_content_type(), mail.text.rstrip("\n")) == ("text/plain", message.body)


def plugin_for(hook: Webhook) -> Any:
    plugin: Any = send_worker.plugin_for(asked(Message("", "", "")))
    plugin.webhook_url = hook.url
    return plugin


@pytest.fixture
def slack() -> Iterator[Callable[[Webhook], Any]]:
    """Apprise's own Slack plugin in this process, as the sender process sets it up, but for its fixed host."""
    adapter = getattr(requests.sessions, "HTTPAdapter")  # noqa: B009
    send_worker.load_plugins()
    try:
        yield plugin_for
    finally:
        setattr(requests.sessions, "HTTPAdapter", adapter)  # noqa: B010
        NotificationManager().unload_modules()  # type: ignore[no-untyped-call]


def asked(message: Message, url: str = SLACK) -> dict[str, Any]:
    return {
        "url": url,
        "title": message.title,
        "body": message.body,
        "key": "k",
        "kind": "info",
        "headers": {},
        "seconds": 5.0,
    }


def test_no_headline_is_active_in_slack(slack: Callable[[Webhook], Any]) -> None:
    with Webhook() as hook:
        for hostile in HOSTILE:
            assert send_worker.notify_once(slack(hook), asked(news(hostile)))["sent"]
        payloads = [post.json for post in hook.posts]
    assert len(payloads) == len(HOSTILE)
    for payload in payloads:
        (attachment,) = payload["attachments"]
        shown = f"{attachment['title']}\n{attachment['text']}"
        assert not [active for active in ACTIVE if active in shown.lower()]
        assert (payload["mrkdwn"], set(attachment)) == (False, {"title", "text", "color"})
        assert "http" not in str({**payload, "attachments": None})  # no icon from somebody's server


def test_raw_markup_too_is_escaped_for_slack(slack: Callable[[Webhook], Any]) -> None:
    """The second wall: even what rendering might let through."""
    with Webhook() as hook:
        send_worker.notify_once(
            slack(hook), asked(Message("<!-- a --> & <b>", "<i> <https://news.example|news> & <@ home>", "k"))
        )
        (attachment,) = hook.posts[0].json["attachments"]
    assert "<" not in attachment["title"] + attachment["text"]


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, "ok", None),
        (200, "no_channel", Answer.REFUSED_FOR_GOOD),
        (200, "<html>log in</html>", Answer.REFUSED_FOR_NOW),
        (403, "invalid_token", Answer.REFUSED_FOR_GOOD),
        (404, "no_service", Answer.REFUSED_FOR_GOOD),
        (410, "channel_is_archived", Answer.REFUSED_FOR_GOOD),
        (429, "rate_limited", Answer.REFUSED_FOR_NOW),
        (500, "rollup_error", Answer.REFUSED_FOR_NOW),
    ],
)
def test_slacks_answers_are_understood(
    slack: Callable[[Webhook], Any], status: int, body: str, meaning: Answer | None
) -> None:
    with Webhook() as hook:
        hook.answer(status, body, retry_after=30)
        error = error_from_evidence(send_worker.notify_once(slack(hook), asked(Message("t", "b", "k"))), SLACK)
        assert len(hook.posts) == 1
    assert (error and error.answer, error and error.retry_after) == (meaning, meaning and 30.0)
