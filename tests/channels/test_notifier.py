"""The mouth against real peers: what each answer is taken to mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.core.model.alerts import Answer, Message, Priority, Target
from tests.channels.messages import NEWS, answer, closed_port, outcome, pids, speaking
from tests.peers import Mailbox, Webhook
from tests.peers.mailbox import CUT

pytestmark = pytest.mark.anyio


async def test_a_message_arrives_as_it_was_written_and_says_who_sent_it() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            await mouth.send(Target("", hook.apprise_url), NEWS)
        (post,) = hook.posts
    assert (post.json["title"], post.json["message"], post.json["type"]) == (NEWS.title, NEWS.body, "info")
    assert (post.headers["X-Monitor-Id"], post.headers["User-Agent"]) == ("1a2b", "Monitor")
    assert post.headers["Idempotency-Key"] == NEWS.key  # a receiver that keeps it sees a possible repeat once


async def test_an_urgent_message_is_marked_as_such() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            await mouth.send(Target("", hook.apprise_url), Message("t", "b", "k", Priority.URGENT))
        assert hook.posts[0].json["type"] == "warning"


STATUSES = {
    Answer.OK: [200, 201, 202, 204],
    Answer.REFUSED_FOR_GOOD: [300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422],
    Answer.REFUSED_FOR_NOW: [408, 425, 429, 500, 502, 503, 504, 507, 599],
}


async def test_every_status_has_its_class_and_is_asked_once() -> None:
    expected = [(status, meaning) for meaning, statuses in STATUSES.items() for status in statuses]
    with Webhook() as hook:
        async with speaking() as mouth:
            for status, meaning in expected:
                hook.answer(status, headers={"Location": f"{hook.url}/elsewhere"})
                assert await answer(mouth, hook.apprise_url) == meaning.value, status
        assert len(hook.posts) == len(expected)
        assert hook.others == []  # a redirected POST would come back as a GET, and its 200 look like a success


async def test_the_channels_own_words_and_its_wait_reach_the_error() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            hook.answer(429, "slow\r\n\x1b[31mdown", retry_after=7)
            error = await outcome(mouth, hook.apprise_url)
    assert error is not None
    assert (str(error), error.retry_after, error.permanent) == ("HTTP 429: slow [31mdown", 7.0, False)


async def test_a_connection_that_never_was_cannot_repeat_anything() -> None:
    async with speaking() as mouth:
        port = closed_port()
        assert await answer(mouth, f"json://127.0.0.1:{port}/x") == "not_sent"
        mail = f"mailto://127.0.0.1:{port}?mode=insecure&from=a@example.org&to=b@example.org"
        assert await answer(mouth, mail) == "not_sent"


async def test_a_line_cut_before_the_answer_may_have_delivered() -> None:
    with Webhook() as hook, Mailbox() as box:
        hook.answer(cut=True)
        box.reply("DATA", CUT)
        async with speaking() as mouth:
            assert await answer(mouth, hook.apprise_url) == "ambiguous"
            assert await answer(mouth, box.apprise_url) == "ambiguous"
        assert (len(hook.posts), len(box.mails)) == (1, 1)  # and indeed both have


async def test_an_answer_cut_in_the_middle_is_no_yes() -> None:
    with Webhook() as hook:
        hook.answer(200, "ok", headers={"Content-Length": "100"})
        async with speaking() as mouth:
            assert await answer(mouth, hook.apprise_url) == "ambiguous"


def process_table(pid: int) -> str:
    return "".join(Path(f"/proc/{pid}/{what}").read_text() for what in ("cmdline", "environ"))


SECRETS = ("canary-user", "canary-word", "canary-path", "canary-query")
SECRET_URL = "json://canary-user:canary-word@127.0.0.1:{port}/canary-path?:canary-query=1&+X-Key=canary-query"


async def test_no_secret_reaches_an_error_or_the_process_table() -> None:
    with Webhook() as hook:
        url = SECRET_URL.format(port=hook.port)
        hook.answer(404, " ".join([*SECRETS, "and canary%2Dpath is unknown", url]))
        hook.answer(cut=True)
        hook.answer(drip=0.05)
        async with speaking(deadline=1.0) as mouth:
            await mouth.preload()
            shown = "".join(process_table(pid) for pid in pids(mouth))
            errors = [await outcome(mouth, url) for _ in range(3)]
            errors.append(await outcome(mouth, SECRET_URL.format(port=closed_port())))
            errors.append(await outcome(mouth, url + "&optional=yes"))
        assert all(errors) and len(hook.posts) == 3
    told = [f"{error!s} {error!r} {error.__cause__!r}" for error in errors if error is not None]
    assert not [text for text in [shown, repr(Target("", url)), *told] if "canary" in text]


UNUSABLE = [
    "", "nonsense", "://", "json://", "slack://too/short", "mailto://", "file:///srv/ab.txt", "syslog://", "dbus://",
    "windows://", "gnome://", "exec://rm", "mqtt://127.0.0.1/topic", "apprise://127.0.0.1/token", "https://example.org/",
    "json://127.0.0.1/x?optional=yes", "json://127.0.0.1/x?verify=no", "json://127.0.0.1/x?attach=/srv/a.txt",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7?template=/srv/a.txt",
]  # fmt: skip


async def test_urls_we_will_not_use_are_refused_for_good_with_a_sentence() -> None:
    async with speaking() as mouth:
        got = [await outcome(mouth, url) for url in UNUSABLE]
    assert [error.permanent and " " in str(error) for error in got if error] == [True] * len(UNUSABLE)


async def test_what_is_ours_to_decide_cannot_be_set_in_a_url() -> None:
    with Webhook() as hook:
        url = hook.apprise_url + "?redirect=yes&retry=3&wait=0&format=markdown&overflow=split"
        hook.answer(301, headers={"Location": f"{hook.url}/elsewhere"})
        async with speaking() as mouth:
            assert await answer(mouth, url) == "refused_perm"
            assert await answer(mouth, url) == "ok"
        assert [post.json and post.json["message"] for post in hook.posts] == [NEWS.body, NEWS.body]


async def test_a_mail_arrives_for_one_reader_and_a_second_need_not_wait() -> None:
    with Mailbox() as box:
        async with speaking() as mouth:
            for name in ("anna", "ben", "eva"):
                await mouth.send(Target(name, box.apprise_url_for(f"{name}@example.org")), NEWS)
        mails = box.mails
    assert [mail.recipients for mail in mails] == [(f"{n}@example.org",) for n in ("anna", "ben", "eva")]
    assert {mail.text.rstrip("\n") for mail in mails} == {NEWS.body}
    assert str(mails[0].message["Subject"]) == NEWS.title and mails[0].message["X-Monitor-Id"] == "1a2b"
    assert mails[0].message.get_content_type() == "text/plain"
    assert mails[0].message["Auto-Submitted"] == "auto-generated"  # no holiday reply, please (RFC 3834)


REPLIES = [
    ("RCPT", "550 5.1.1 no such user", Answer.REFUSED_FOR_GOOD),
    ("RCPT", "451 4.7.1 greylisted, it's too early", Answer.REFUSED_FOR_NOW),
    ("DATA", "552 5.2.2 mailbox full", Answer.REFUSED_FOR_GOOD),
    ("DATA", "452 4.3.1 no space", Answer.REFUSED_FOR_NOW),
]


async def test_a_mail_servers_refusals_are_told_apart_and_quoted() -> None:
    with Mailbox() as box:
        async with speaking() as mouth:
            for command, line, meaning in REPLIES:
                box.reply(command, line)
                error = await outcome(mouth, box.apprise_url)
                assert error is not None
                assert (error.answer, str(error)) == (meaning, f"SMTP {line[:3]}: {line[4:]}")
            assert await answer(mouth, box.apprise_url) == "ok"
