"""The ways of our own against real peers: what is sent, and what each answer is taken to mean."""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import DeliveryError
from monitor.core.model import Answer, Message, Priority, Target
from monitor.notify import mail, posts
from monitor.notify.verdict import DEAD_WORDS
from tests.core.deliveries import HOSTILE
from tests.notify.speech import NEWS, answer, closed_port, outcome, pids, speaking
from tests.peers import Mailbox, Webhook
from tests.peers.mailbox import CUT, HOLD

pytestmark = pytest.mark.anyio
TOKENS = "T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7"


def expected(status: int) -> str:
    """The class of a status (reliability: every code from 100 to 599 has one)."""
    if 200 <= status < 300:
        return "ok"
    return "refused_temp" if status in (408, 425, 429) or status >= 500 else "refused_perm"


async def test_every_status_has_its_class_and_is_asked_once_without_another_process() -> None:
    statuses = [status for status in range(200, 600) if status not in (204, 304)]
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            for status in statuses:
                hook.answer(status, headers={"Location": f"{hook.url}/elsewhere"})
                assert await answer(mouth, hook.apprise_url) == expected(status), status
            assert pids(mouth) == []
        assert (len(hook.posts), hook.others) == (len(statuses), [])


async def test_a_json_webhook_gets_what_it_always_got_and_the_messages_id() -> None:
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            url = f"json://anna:w%40rd@127.0.0.1:{hook.port}/hook?+X-Team=news&-room=7"
            await mouth.send(Target("", url), NEWS)
        (post,) = hook.posts
    assert (post.json["title"], post.json["message"], post.json["type"]) == (NEWS.title, NEWS.body, "info")
    assert (post.json["id"], post.headers["Idempotency-Key"]) == (NEWS.key, NEWS.key)
    assert (post.path, post.headers["X-Team"], post.headers["X-Monitor-Id"]) == ("/hook?room=7", "news", "1a2b")
    assert post.headers["Authorization"] == "Basic YW5uYTp3QHJk"


async def test_a_receiver_can_prove_who_sent_a_post() -> None:
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            await mouth.send(Target("", f"{hook.apprise_url}?secret=shared"), NEWS)
        (post,) = hook.posts
    signed = f"{post.headers['X-Monitor-Timestamp']}.".encode() + post.body
    proof = hmac.new(b"shared", signed, sha256).hexdigest()
    assert post.headers["X-Monitor-Signature"] == f"sha256={proof}" and "shared" not in post.path


async def test_where_no_byte_left_nothing_can_arrive_twice_and_where_one_did_it_may() -> None:
    with Webhook() as hook:
        hook.answer(cut=True)
        hook.answer(held=True)
        hook.answer(200, "ok", headers={"Content-Length": "100"})
        hook.answer(drip=0.05)
        async with speaking(deadline=0.5, native=True) as mouth:
            assert await answer(mouth, f"json://127.0.0.1:{closed_port()}/x") == "not_sent"
            assert await answer(mouth, f"jsons://127.0.0.1:{hook.port}/x") == "not_sent"
            assert await answer(mouth, "json://no-such-host.invalid/x") == "not_sent"
            assert [await answer(mouth, hook.apprise_url) for _ in range(4)] == ["ambiguous"] * 4
        assert len(hook.posts) == 4


async def test_retry_after_and_the_servers_words_are_told() -> None:
    with Webhook() as hook:
        hook.answer(429, "slow\r\n\x1b[31mdown", retry_after=7)
        async with speaking(native=True) as mouth:
            error = await outcome(mouth, hook.apprise_url)
    assert error is not None
    assert (str(error), error.retry_after) == ("HTTP 429: slow [31mdown", 7.0)


async def test_slacks_own_address_and_apprises_lead_to_the_same_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    with Webhook() as hook:
        monkeypatch.setattr(posts, "SLACK_HOST", f"{hook.url}/services")
        async with speaking(native=True) as mouth:
            for url in (f"slack://{TOKENS}", f"https://hooks.slack.com/services/{TOKENS}"):
                await mouth.send(Target("", url), Message("H200 & <b>", "body <!channel>", "k", Priority.URGENT))
        one, other = hook.posts
    assert one.json == other.json and one.path == f"/services/{TOKENS}" == other.path
    assert one.json["text"] == "*H200 &amp; &lt;b&gt;*"
    assert one.json["attachments"][0]["blocks"][0]["text"]["text"] == "body &lt;!channel&gt;"
    assert one.json["attachments"][0]["color"] == "#d93025"


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
        monkeypatch.setattr(posts, "SLACK_HOST", f"{hook.url}/services")
        hook.answer(status, said)
        async with speaking(native=True) as mouth:
            assert await answer(mouth, f"slack://{TOKENS}") == meaning


def texts(value: Any) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(value, dict | list):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_headline_is_active_in_slack(hostile: str) -> None:
    post = posts.slack(f"slack://{TOKENS}", Message(hostile, hostile, "k"))
    assert post is not None
    assert not [text for text in texts(json.loads(post.body)) if re.search(r"<(?!/?\Z)", text)]


@given(st.text(max_size=9000))
def test_a_message_of_any_length_fits_slacks_blocks_and_nothing_of_it_is_lost(body: str) -> None:
    pieces = list(posts.blocks(body))
    assert all(0 < len(piece) <= 3000 for piece in pieces)
    assert "".join(pieces).replace("\n", "").strip() == posts.plain(body).replace("\n", "").strip()


@pytest.mark.parametrize(
    "url",
    [
        f"slack://{TOKENS}/#news", f"slack://bot@{TOKENS}", "slack://xoxb-1-2-3/#x", f"slack://{TOKENS}?template=x",
        "json://127.0.0.1/x?method=put", "json://127.0.0.1/x?:key=value", "jsons://127.0.0.1/x?verify=no",
        "mailto://user:word@gmail.com", "mailtos://u:p@x.example?smtp=m.x.example&to=a@x.example,b@x.example",
        "mailto://x.example?mode=insecure&to=a@x.example/path?cc=b@x.example", "discord://1/2", "xml://127.0.0.1/x",
    ],
)  # fmt: skip
def test_what_is_not_understood_to_the_letter_is_left_to_apprise(url: str) -> None:
    assert posts.slack(url, NEWS) is None and posts.webhook(url, NEWS, 0.0) is None and mail.letterbox(url) is None


async def test_a_mail_carries_the_messages_id_the_same_at_every_attempt() -> None:
    with Mailbox() as box:
        async with speaking(native=True) as mouth:
            for _ in range(2):
                await mouth.send(Target("", box.apprise_url + "&name=Börsen%20Wache"), NEWS)
            assert pids(mouth) == []
        first, second = box.mails
    assert first.message["Message-ID"] == second.message["Message-ID"] == f"<{NEWS.key}@example.org>"
    assert (str(first.message["Subject"]), first.text.rstrip("\n")) == (NEWS.title, NEWS.body)
    assert str(first.message["From"]) == "Börsen Wache <monitor@example.org>"
    assert (first.message["X-Monitor-Id"], first.message["Auto-Submitted"]) == ("1a2b", "auto-generated")
    assert first.recipients == ("reader@example.org",)


@pytest.mark.parametrize(
    "command, line, meaning",
    [
        ("RCPT", "550 5.1.1 no such user", "refused_perm"),
        ("RCPT", "451 4.7.1 greylisted", "refused_temp"),
        ("RCPT", CUT, "not_sent"),
        ("RCPT", HOLD, "not_sent"),
        ("DATA", "552 5.2.2 mailbox full", "refused_perm"),
        ("DATA", "452 4.3.1 no space", "refused_temp"),
        ("DATA", CUT, "ambiguous"),
        ("DATA", HOLD, "ambiguous"),
    ],
)
async def test_a_mail_servers_answers_are_told_apart_by_the_step_they_come_in(
    command: str, line: str, meaning: str
) -> None:
    with Mailbox() as box:
        box.reply(command, line)
        async with speaking(deadline=1.0, native=True) as mouth:
            error = await outcome(mouth, box.apprise_url)
            assert error is not None and error.answer.value == meaning
            assert not line[0].isdigit() or str(error) == f"SMTP {line[:3]}: {line[4:]}"
            assert await answer(mouth, box.apprise_url) == "ok"


async def test_a_mail_server_that_is_not_there_or_has_no_tls_gets_nothing() -> None:
    with Mailbox() as box:
        async with speaking(deadline=5.0, native=True) as mouth:
            nobody = f"mailto://127.0.0.1:{closed_port()}?mode=insecure&from=a@example.org&to=b@example.org"
            assert await answer(mouth, nobody) == "not_sent"
            assert await answer(mouth, box.apprise_url.replace("mode=insecure", "mode=starttls")) == "not_sent"
            assert await answer(mouth, box.apprise_url.replace("mode=insecure", "mode=ssl")) == "not_sent"
        assert box.mails == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_headline_adds_a_header_to_a_mail(hostile: str) -> None:
    box = mail.letterbox("mailto://x.example?mode=insecure&from=a@x.example&to=b@x.example")
    assert box is not None
    subject = " ".join(hostile.split()) or "x"
    if any(char in subject for char in "\r\n"):
        pytest.skip("the renderer leaves no line break in a title")
    made = mail.letter(box, Message(subject, hostile, "key"))
    names = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"}
    assert set(made) - names <= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert made.get_all("To") == ["b@x.example"]


async def test_a_ping_asks_once_and_wants_a_yes() -> None:
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            await mouth.ping(f"{hook.url}/ping")
            with pytest.raises(DeliveryError, match="no answer"):
                await mouth.ping(f"http://127.0.0.1:{closed_port()}/ping")
        assert len(hook.others) == 1


async def test_no_secret_reaches_an_error() -> None:
    with Webhook() as hook:
        url = f"json://canary-user:canary-word@127.0.0.1:{hook.port}/canary-path?secret=canary-key"
        hook.answer(404, f"canary-word canary-path canary-key {url}")
        hook.answer(cut=True)
        async with speaking(native=True) as mouth:
            errors = [await outcome(mouth, url) for _ in range(2)]
    assert all(errors)
    assert not [error for error in errors if error and "canary" in f"{error!s}{error!r}{error.__cause__!r}"]
    assert DEAD_WORDS.search("no_service") and Answer.OK
