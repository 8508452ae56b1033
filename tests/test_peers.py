"""The peers themselves: everything the other tests trust them with."""

from __future__ import annotations

import http.client
import json
import smtplib
import threading
from email.message import EmailMessage

import pytest

from tests.peers import FeedServer, Mailbox, Webhook
from tests.peers.mailbox import CUT, HOLD


def ask(
    port: int, path: str, *, method: str = "GET", body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def send(port: int, *, subject: str = "hello") -> dict[str, tuple[int, bytes]]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", subject
    mail.set_content("Grüße\n")
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        return smtp.send_message(mail)


def test_a_feed_is_served_with_an_etag_and_then_not_again() -> None:
    with FeedServer() as feeds:
        assert feeds.put("/rss", "<rss/>") == f"{feeds.url}/rss"
        status, body, headers = ask(feeds.port, "/rss")
        assert (status, body) == (200, b"<rss/>")
        again = ask(feeds.port, "/rss", headers={"If-None-Match": headers["ETag"]})
        assert again[:2] == (304, b"")
        feeds.put("/rss", "<rss>new</rss>")
        assert ask(feeds.port, "/rss", headers={"If-None-Match": headers["ETag"]})[0] == 200


def test_etags_can_be_switched_off_and_headers_set() -> None:
    with FeedServer() as feeds:
        feeds.put("/x", b"wait", status=503, headers={"Retry-After": "9"}, etag=False)
        status, _, headers = ask(feeds.port, "/x")
        assert (status, headers["Retry-After"], headers["ETag"]) == (503, "9", None)


def test_the_feed_server_logs_requests_in_order_and_forgets_removed_paths() -> None:
    with FeedServer() as feeds:
        feeds.put("/a", b"1")
        feeds.remove("/a")
        assert ask(feeds.port, "/a")[0] == 404
        ask(feeds.port, "/b", headers={"User-Agent": "me"})
        assert [(r.method, r.path) for r in feeds.wait(2)] == [("GET", "/a"), ("GET", "/b")]
        assert feeds.requests[1].headers["user-agent"] == "me"


def test_closing_lets_go_of_a_client_that_is_held() -> None:
    with FeedServer() as feeds:
        feeds.put("/slow", b"", held=True)
        failed: list[BaseException] = []

        def client() -> None:
            try:
                ask(feeds.port, "/slow")
            except (OSError, http.client.HTTPException) as error:
                failed.append(error)

        thread = threading.Thread(target=client)
        thread.start()
        feeds.wait(1)
    thread.join()
    assert len(failed) == 1


def test_closing_lets_go_of_a_client_that_says_nothing() -> None:
    with FeedServer() as feeds:
        silent = http.client.HTTPConnection("127.0.0.1", feeds.port)
        silent.connect()
        ask(feeds.port, "/after")  # the silent one was accepted before
    silent.close()


def test_a_webhook_keeps_posts_and_follows_its_script() -> None:
    with Webhook() as hook:
        hook.answer(429, "slow down", retry_after=7)
        hook.answer(500, times=2)
        codes = [ask(hook.port, "/hook", method="POST", body=json.dumps({"n": n})) for n in range(4)]
        assert [code for code, _, _ in codes] == [429, 500, 500, 200]
        assert codes[0][2]["Retry-After"] == "7"
        assert [post.json["n"] for post in hook.wait(4)] == [0, 1, 2, 3]


def test_a_webhook_can_cut_the_line_after_reading() -> None:
    with Webhook() as hook:
        hook.answer(cut=True)
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(hook.port, "/hook", method="POST", body="not json")
        assert [post.json for post in hook.posts] == [None]


def test_a_held_answer_comes_after_release() -> None:
    with Webhook() as hook:
        hook.answer(202, held=True)
        got: list[int] = []
        thread = threading.Thread(target=lambda: got.append(ask(hook.port, "/h", method="POST", body="{}")[0]))
        thread.start()
        hook.wait(1)
        assert got == []
        hook.release()
        thread.join()
        assert got == [202]


def test_what_does_not_arrive_is_an_assertion_that_says_so() -> None:
    with Webhook() as hook, pytest.raises(AssertionError, match="0 of 1 arrived"):
        hook.wait(1, timeout=0.01)


def test_a_mailbox_keeps_the_envelope_and_the_parsed_mail() -> None:
    with Mailbox() as box:
        send(box.port, subject="Börse")
        (mail,) = box.wait(1)
        assert (mail.sender, mail.recipients) == ("a@example.org", ("b@example.org",))
        assert (str(mail.message["Subject"]), mail.text) == ("Börse", "Grüße\n")


def test_a_mailbox_refuses_as_it_was_told() -> None:
    with Mailbox() as box:
        box.reply("RCPT", "550 5.1.1 no such user")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(box.port)
        box.reply("DATA", "451 4.3.0 later")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(box.port)
        assert refused.value.smtp_code == 451
        send(box.port)
        assert len(box.mails) == 2  # the one answered 451 was read to its end


def test_a_mailbox_can_hang_up_after_data() -> None:
    with Mailbox() as box:
        box.reply("DATA", CUT)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(box.port)


def test_closing_a_mailbox_lets_go_of_a_held_client() -> None:
    with Mailbox() as box:
        box.reply("DATA", HOLD)
        failed: list[BaseException] = []

        def client() -> None:
            try:
                send(box.port)
            except smtplib.SMTPException as error:
                failed.append(error)

        thread = threading.Thread(target=client)
        thread.start()
        box.wait(1)
    thread.join()
    assert len(failed) == 1


@pytest.mark.parametrize("peer", [FeedServer, Webhook, Mailbox])
def test_no_thread_outlives_a_peer(peer: type[FeedServer] | type[Webhook] | type[Mailbox]) -> None:
    before = threading.active_count()
    with peer():
        assert threading.active_count() > before
    assert threading.active_count() == before
