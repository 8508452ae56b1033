"""Mail of our own against a mail server that is really there: what it gets, and what its answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from monitor.channels import email
from monitor.channels.answers import FAILURE_ANSWERS
from monitor.core.model.alerts import Message, Target
from tests.channels.messages import NEWS, answer, closed_port, outcome, pids, speaking
from tests.core.deliveries import HOSTILE
from tests.peers import Mailbox
from tests.peers.mailbox import CUT, HOLD

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("hostile", [*HOSTILE, "a\u2028b", "a\x85b", "x" * 5000])
def test_no_headline_adds_a_header_to_a_mail_or_keeps_it_from_going_out(hostile: str) -> None:
    box = email.parse_mail_url("mailto://x.example?mode=insecure&from=a@x.example&to=b@x.example&name=%0Aa")
    assert box is not None
    message = Message(hostile, hostile, "key")
    made = email.assemble_mail(email.header_values(box, message), message.body)
    names = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"}
    assert set(made) - names <= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert made.get_all("To") == ["b@x.example"]
    assert made.as_bytes().isascii()


@pytest.mark.parametrize(
    ("command", "line", "meaning"),
    [
        ("greeting", "554 5.7.1 blocked at this hour", "refused_temp"),
        ("greeting", "421 4.3.2 busy", "refused_temp"),
        ("EHLO", "550 no", "refused_temp"),
        ("AUTH", "535 5.7.8 wrong password", "refused_perm"),
        ("AUTH", "454 4.7.0 try later", "refused_temp"),
        ("MAIL", "550 5.1.8 bad sender", "refused_perm"),
        ("RCPT", "no SMTP at all", "not_sent"),
        ("DATA", "451 4.7.1 greylisted", "refused_temp"),
        (".", "554 5.7.1 spam", "refused_perm"),
        (".", "452 4.3.1 no space", "refused_temp"),
        (".", "250 2.0.0 queued", "ok"),
    ],
)
async def test_a_no_means_what_the_step_means_it_comes_in(command: str, line: str, meaning: str) -> None:
    async with scripted({command: line}) as port, speaking(deadline=5.0, native=True) as mouth:
        login = "u:p%C3%A4ss@" if command == "AUTH" else ""
        error = await outcome(
            mouth, f"mailto://{login}127.0.0.1:{port}?mode=insecure&from=a@x.example&to=b+c@x.example"
        )
    assert ("ok" if error is None else error.answer.value) == meaning
    assert error is None or str(error) in (f"SMTP {line[:3]}: {line[4:]}", FAILURE_ANSWERS["unreachable"][1])


@pytest.mark.parametrize("asked, lacking", [("mode=starttls", "STARTTLS"), ("mode=insecure", "AUTH")])
async def test_what_a_mail_server_lacks_is_said(asked: str, lacking: str) -> None:
    async with scripted({}) as port, speaking(deadline=5.0, native=True) as mouth:
        error = await outcome(mouth, f"mailto://u:p@127.0.0.1:{port}?{asked}&from=a@x.example&to=b@x.example")
    assert error is not None and error.answer.value == "not_sent" and lacking in str(error)


@asynccontextmanager
async def scripted(lines: dict[str, str]) -> AsyncIterator[int]:
    """The port of a mail server that answers each command with its line, else with a yes."""
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        said = {"DATA": "354 go on", "EHLO": "250-x\r\n250 AUTH PLAIN" if "AUTH" in lines else "250 x"} | lines
        line, text = "greeting", False
        while line:
            if not text or line == ".":
                writer.write(f"{said.get(line, '220 x' if line == 'greeting' else '250 OK')}\r\n".encode())
            text = line != "." and (text or (line == "DATA" and said["DATA"].startswith("354")))
            words = (await reader.readline()).decode()
            line = words.strip() or words if text else (words.split() or [""])[0].upper()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
