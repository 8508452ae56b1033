"""The mouth against real peers: what each answer is taken to mean, and what a hanging one costs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.core.model import Answer, Message, Priority, Target
from monitor.notify import Mouth
from monitor.notify.sender import Lost, Sender
from tests.notify.speech import NEWS, answer, outcome
from tests.peers import Mailbox, Webhook
from tests.peers.mailbox import CUT

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def speaking(processes: int = 1, deadline: float = 20.0) -> AsyncIterator[Mouth]:
    mouth = Mouth(processes, deadline)
    try:
        yield mouth
    finally:
        await mouth.aclose()


def pids(mouth: Mouth) -> list[int]:
    return [sender._process.pid for sender in mouth._pool._all]


def closed_port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])


async def test_a_message_arrives_as_it_was_written_and_says_who_sent_it() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            await mouth.send(Target("", hook.apprise_url), NEWS)
        (post,) = hook.posts
    assert (post.json["title"], post.json["message"], post.json["type"]) == (NEWS.title, NEWS.body, "info")
    assert (post.headers["X-Monitor-Id"], post.headers["User-Agent"]) == ("1a2b", "Monitor")


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


async def test_silence_ends_before_the_deadline() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking(deadline=0.5) as mouth:
            await mouth.preload()
            before = pids(mouth)
            assert await answer(mouth, hook.apprise_url) == "ambiguous"
            assert pids(mouth) == before  # the network's own limit was enough


async def test_a_dripping_peer_is_killed_at_the_deadline_and_the_next_send_works() -> None:
    with Webhook() as hook:
        hook.answer(drip=0.05)
        async with speaking(deadline=0.5) as mouth:
            await mouth.preload()
            before = pids(mouth)
            error = await outcome(mouth, hook.apprise_url)
            assert error is not None and error.answer is Answer.AMBIGUOUS and "within 0.5 s" in str(error)
            assert pids(mouth) == []
            for pid in before:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)  # not even a zombie
        async with speaking() as mouth:
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_targets_that_hang_delay_no_other() -> None:
    with Webhook() as dead, Webhook() as live:
        dead.answer(held=True, times=None)
        async with speaking(processes=2) as mouth, asyncio.TaskGroup() as group:
            hanging = [group.create_task(outcome(mouth, dead.apprise_url)) for _ in range(2)]
            await asyncio.to_thread(dead.wait, 2)
            assert await answer(mouth, live.apprise_url) == "ok"
            assert len(pids(mouth)) == 3 and not any(task.done() for task in hanging)
            dead.release()
        assert [task.result() for task in hanging] == [None, None]


async def test_no_more_processes_than_two_beyond_the_usual() -> None:
    with Webhook() as dead:
        dead.answer(held=True, times=None)
        async with speaking(processes=1) as mouth, asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(outcome(mouth, dead.apprise_url))
            await asyncio.to_thread(dead.wait, 3)
            assert len(pids(mouth)) == 3
            dead.release()
        assert len(dead.posts) == 5


async def test_closing_is_quick_though_a_send_hangs() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(outcome(mouth, hook.apprise_url))
            await asyncio.to_thread(hook.wait, 1)
            (pid,) = pids(mouth)
            async with asyncio.timeout(2):
                await mouth.aclose()
                error = await sending
        assert error is not None and error.answer is Answer.AMBIGUOUS
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_closed_mouth_says_nothing() -> None:
    async with speaking() as mouth:
        await mouth.aclose()
        assert await answer(mouth, "json://127.0.0.1:1/") == "not_sent"


async def test_a_cancelled_send_ends_its_process() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(mouth.send(Target("", hook.apprise_url), NEWS))
            await asyncio.to_thread(hook.wait, 1)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert pids(mouth) == []


async def test_a_sender_that_is_shot_while_sending_may_have_delivered() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        async with speaking() as mouth:
            sending = asyncio.create_task(outcome(mouth, hook.apprise_url))
            await asyncio.to_thread(hook.wait, 1)
            os.kill(pids(mouth)[0], signal.SIGKILL)
            error = await sending
            assert error is not None and error.answer is Answer.AMBIGUOUS
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_a_sender_that_died_at_rest_is_replaced() -> None:
    with Webhook() as hook:
        async with speaking() as mouth:
            await mouth.preload()
            (sender,) = mouth._pool._all
            os.kill(sender._process.pid, signal.SIGKILL)
            await sender._process.wait()
            assert await answer(mouth, hook.apprise_url) == "ok"


async def test_preloading_twice_starts_nothing_more() -> None:
    async with speaking(processes=2) as mouth:
        await mouth.preload()
        before = pids(mouth)
        await mouth.preload()
        assert (len(before), pids(mouth)) == (2, before)


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
    "", "nonsense", "://", "json://", "slack://too/short", "mailto://", "file:///etc/passwd", "syslog://", "dbus://",
    "windows://", "gnome://", "exec://rm", "mqtt://127.0.0.1/topic", "apprise://127.0.0.1/token", "https://example.org/",
    "json://127.0.0.1/x?optional=yes", "json://127.0.0.1/x?verify=no", "json://127.0.0.1/x?attach=/etc/passwd",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7?template=/etc/passwd",
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


async def test_a_sender_that_cannot_start_is_an_error_not_a_hang() -> None:
    sender = await Sender.spawn(Path("/nonexistent/worker.py"))
    with pytest.raises(Lost, match="did not start") as lost:
        await sender.ready()
    await sender.kill()
    assert not lost.value.asked and not sender.alive


async def test_nothing_in_the_current_folder_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apprise.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    async with speaking() as mouth:
        await mouth.preload()
