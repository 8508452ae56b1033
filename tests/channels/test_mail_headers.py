"""What stands in the head of a mail: the very letters of a headline, and no header but ours, on every way out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.channels import email, mail_headers, send_worker
from monitor.channels.notifier import Notifier
from monitor.core.alerts.render import render_alert
from monitor.core.alerts.render import render_message as digested
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Address, Message, Priority, Reason, Target
from monitor.core.text.clean import clean_text
from monitor.pipeline.health import HealthMonitor
from monitor.store.store import Store
from tests.core.deliveries import NOW, delivery
from tests.fakes import Clock
from tests.peers import Mailbox, Webhook
from tests.peers.mailbox import Mail

ZURICH = "=?utf-8?q?Z=C3=BCrich?="  # harmless: it would read as Zürich
BASE64 = "=?iso-8859-1?b?WvxyaWNo?="  # the same in other words
BREAKS = ("\r", "\n", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
PIECES = (*BREAKS, ZURICH, BASE64, ZURICH.upper(), "=?", "?=", "=", "?", ":", ";", ",", '"', "\\", "<", ">", "@", "_",
          " ", "  ", "\t", "X-Note:", "Zürich", "通义千问", "\u200d", "👩\u200d💻", "a", "Börse wächst")  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
OURS = ["auto-submitted", "content-transfer-encoding", "content-type", "date", "from", "message-id", "mime-version",
        "subject", "to", "x-monitor-id"]  # fmt: skip
THEIRS = sorted([*OURS, "x-application"])
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Post:
    """A mailbox, and both ways to it."""

    def __init__(self, box: Mailbox, runner: asyncio.Runner) -> None:
        self.box, self.runner = box, runner
        self.mouths = {native: Notifier(1, 20.0, native=native) for native in (True, False)}

    def send(self, message: Message, *, native: bool, options: str = "") -> Mail:
        """Send a message; the mail that arrived."""
        before = len(self.box.mails)
        self.runner.run(self.mouths[native].send(Target("", self.box.apprise_url + options), message))
        (arrived,) = self.box.mails[before:]
        return arrived


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with Mailbox() as box, asyncio.Runner() as runner:
        made = Post(box, runner)
        yield made
        for mouth in made.mouths.values():
            runner.run(mouth.aclose())


def names(arrived: Mail) -> list[str]:
    return sorted(name.lower() for name in arrived.message)


@SLOW
@given(TEXTS, TEXTS)
@example(f"{ZURICH} meldet", ZURICH)
@example(f"a:{ZURICH}\n{ZURICH}", "b")
def test_a_headline_arrives_letter_by_letter_over_our_own_smtp(post: Post, title: str, watch: str) -> None:
    message = render_alert([delivery(title=title, watch=watch, source=title)], now=NOW)
    arrived = post.send(message, native=True)
    assert str(arrived.message["Subject"]) == message.title
    assert names(arrived) == OURS and arrived.text.rstrip("\n") == message.body.rstrip("\n")


@settings(SLOW, max_examples=15)
@given(TEXTS, TEXTS)
@example(f"{ZURICH} meldet", ZURICH)
def test_a_headline_arrives_letter_by_letter_through_apprises_mail(post: Post, title: str, watch: str) -> None:
    message = render_alert([delivery(title=title, watch=watch, source=title)], now=NOW)
    arrived = post.send(message, native=False)
    assert str(arrived.message["Subject"]) == message.title
    assert names(arrived) == THEIRS


@SLOW
@given(TEXTS)
@example(ZURICH)
def test_a_title_nobody_cleaned_is_one_line_of_the_same_letters(post: Post, title: str) -> None:
    arrived = post.send(Message(title, title, "k", headers={"X-Monitor-Id": title}), native=True)
    assert str(arrived.message["Subject"]) == str(arrived.message["X-Monitor-Id"]) == clean_text(title, line=True)
    assert names(arrived) == OURS


def test_a_title_nobody_cleaned_is_one_line_for_apprise_too(post: Post) -> None:
    title = f"a: {ZURICH}{''.join(f'{one}{ZURICH}: b' for one in BREAKS)}"
    arrived = post.send(Message(title, "b", "k", headers={"X-Monitor-Id": title}), native=False)
    assert str(arrived.message["Subject"]) == str(arrived.message["X-Monitor-Id"]) == clean_text(title, line=True)
    assert names(arrived) == THEIRS


@pytest.mark.parametrize("native", [True, False])
def test_a_digest_and_the_names_of_its_watches_arrive_letter_by_letter(post: Post, native: bool) -> None:
    some = [
        delivery(id=n, story=n, article=n, key=f"k{n}", watch=f"{ZURICH} {n}", title=BASE64, reason=Reason.DIGEST)
        for n in (1, 2, 3)
    ]
    message = digested(some, now=NOW)
    assert message.title.startswith("3 stories: =?")
    assert str(post.send(message, native=native).message["Subject"]) == message.title


@pytest.mark.parametrize("native", [True, False])
def test_an_alarm_to_operators_arrives_letter_by_letter(store: Store, post: Post, native: bool) -> None:
    overseer = HealthMonitor(store, post.mouths[native], Clock())
    ops = [(Address("mail"), Target("", post.box.apprise_url))]
    text = f"the feed {ZURICH} fails: {BASE64}\u2028X-Note: {ZURICH}"
    assert post.runner.run(overseer.send_to_operators("monitor", text, "k", ops))
    arrived = post.box.mails[-1]
    assert str(arrived.message["Subject"]) == f"monitor: {clean_text(text, line=True)}"
    assert names(arrived) == (OURS if native else THEIRS)


@pytest.mark.parametrize(
    ("name", "native"),
    [(name, native) for native in (True, False) for name in (ZURICH, "Börse, Zürich", "x" * 70)]
    + [('a "b" \\ c', True)],  # Apprise reads no such name
)
def test_a_senders_name_is_what_the_url_says(post: Post, native: bool, name: str) -> None:
    coded = "".join(f"%{byte:02X}" for byte in name.encode())
    arrived = post.send(Message("t", "b", "k"), native=native, options=f"&name={coded}")
    (sender,) = arrived.message["From"].addresses
    shown = (
        sender.display_name if len(name) < mail_headers.MAX_HEADER_WORD_LENGTH else sender.display_name.replace(" ", "")
    )
    assert (shown, sender.addr_spec) == (name, "monitor@example.org")


@pytest.mark.parametrize("key", [ZURICH, "a b", "a\u2028b", "<x>", "é", ""])
def test_a_key_that_is_no_part_of_an_id_is_hashed_for_it(post: Post, key: str) -> None:
    first, second = (post.send(Message("t", "b", key), native=True).message["Message-ID"] for _ in range(2))
    assert first == second and len(str(first)) == len(f"<{'0' * 32}@example.org>")


@pytest.mark.parametrize("name", ["X Note", "X-Note:", "X-Note\n", "", "Ü"])
def test_a_header_whose_name_is_none_is_refused_for_good_and_nothing_is_sent(name: str) -> None:
    with Mailbox() as box, asyncio.Runner() as runner, pytest.raises(DeliveryError) as refused:
        runner.run(Notifier().send(Target("", box.apprise_url), Message("t", "b", "k", headers={name: "x"})))
    assert refused.value.permanent and box.mails == []


@pytest.mark.parametrize(
    "made",
    [
        [("Subject", "a"), ("Subject", "a"), ("To", "b@x.example")],  # twice
        [("Subject", "a"), ("To", "b@x.example"), ("X-Note", "c")],  # one that nobody set
        [("Subject", "a")],  # one is missing
        [("Subject", ZURICH), ("To", "b@x.example")],  # another value
        [("Subject", "a"), ("To", "c@x.example")],
        [("Subject", "a"), ("To", "b@x.example, c@x.example")],
    ],
)
def test_a_head_that_is_not_what_was_meant_is_refused_for_good(made: list[tuple[str, str]]) -> None:
    text = "".join(f"{name}: {value}\r\n" for name, value in made).encode() + b"\r\nbody\r\n"
    with pytest.raises(DeliveryError) as refused:
        mail_headers.verify_headers(text, [("Subject", "a"), ("To", (("", "b@x.example"),))])
    assert refused.value.permanent


def test_a_mail_is_sent_only_after_the_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wiring: a head that was written wrongly does not leave."""
    monkeypatch.setattr(mail_headers, "encode_header", lambda name, value: value)
    with Mailbox() as box, asyncio.Runner() as runner, pytest.raises(DeliveryError) as refused:
        runner.run(Notifier().send(Target("", box.apprise_url), Message(ZURICH, "b", "k")))
    assert refused.value.permanent and box.mails == []


def test_apprises_mail_too_is_prepared_only_with_the_head_that_was_meant() -> None:
    class Prepared:
        recipient, body = "b@x.example", f"Subject: {ZURICH}\nFrom: a@x.example\nTo: b@x.example\n\nbody"

    given = {"to": [(False, "b@x.example")], "from_addr": ["", "a@x.example"], "headers": {}}
    prepare = send_worker.verify_before_sending(lambda subject, **_: iter([Prepared()]))
    with pytest.raises(DeliveryError):
        list(prepare(ZURICH, **given))
    assert "was not sent" in send_worker.UnsentMail.reason
    assert len(list(prepare("Zürich", **given))) == 1 and send_worker.UnsentMail.reason == ""


def test_no_text_of_a_feed_stands_in_a_webhooks_headers(post: Post) -> None:
    message = replace(
        render_alert([delivery(title=f"canary {ZURICH}", watch="canary")], now=NOW), priority=Priority.URGENT
    )
    with Webhook() as hook:
        post.runner.run(post.mouths[True].send(Target("", f"{hook.apprise_url}?secret=s"), message))
        post.runner.run(post.mouths[False].send(Target("", hook.apprise_url), message))
        assert len(hook.posts) == 2
        for one in hook.posts:
            assert one.json["title"] == message.title and "canary" not in str(one.headers)


@given(TEXTS)
def test_what_is_written_folds_within_the_bounds_of_a_line(title: str) -> None:
    box = email.MailServer("h", 25, "insecure", "a@x.example", title, "b@x.example")
    long = Message(f"{title} {'x' * 300} {title * 20}", "b", "k", headers={"X-Monitor-Id": title})
    above = email.encode_mail(box, long).split(b"\r\n\r\n")[0]
    assert max(map(len, above.split(b"\r\n"))) <= 120 and above.isascii()  # 998 are allowed
