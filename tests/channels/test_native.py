"""The ways of our own against real peers: what is sent, and what each answer is taken to mean."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
from collections.abc import Sequence
from hashlib import sha256
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.channels import email, http, slack, webhook
from monitor.channels.notifier import NativeSender
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Target
from tests.channels.messages import NEWS, TOKENS, answer, closed_port, outcome, pids, speaking
from tests.fetch.raw_server import Say, raw
from tests.fetch.raw_server import answer as said
from tests.fetch.test_tls import encrypted, here, trusting
from tests.peers import Webhook

pytestmark = pytest.mark.anyio

# Every status there is. 1xx is no answer yet; when nothing comes after it, nobody knows.
CLASSES = (
    (range(100, 200), "ambiguous"),
    (range(200, 300), "ok"),
    (range(300, 408), "refused_perm"),
    (range(408, 409), "refused_temp"),  # request timeout
    (range(409, 425), "refused_perm"),
    (range(425, 426), "refused_temp"),  # too early
    (range(426, 429), "refused_perm"),
    (range(429, 430), "refused_temp"),  # too many requests
    (range(430, 500), "refused_perm"),
    (range(500, 600), "refused_temp"),
)


async def test_every_status_from_100_to_599_has_its_class_and_is_asked_once() -> None:
    meaning = {status: word for statuses, word in CLASSES for status in statuses}
    whole = {f"/{status}": said(b"", f"{status} X", Location="/elsewhere") for status in range(200, 600)}
    async with raw(whole | {f"/{status}": cut_after(status) for status in range(100, 200)}) as server:
        async with speaking(native=True) as mouth:
            url = server.url.replace("http", "json")
            assert {status: await answer(mouth, f"{url}/{status}") for status in meaning} == meaning
            assert pids(mouth) == []
        assert len(meaning) == server.connections == len(server.asked) == 500
        assert not [head for head in server.asked if b"elsewhere" in head]


def cut_after(status: int) -> Say:
    """An interim answer, and then nothing."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\n\r\n".encode())
        await writer.drain()

    return say


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(200, "ambiguous"), (404, "refused_perm"), (429, "refused_temp"), (503, "refused_temp"), (302, "refused_perm")],
)
async def test_a_refusal_counts_though_the_line_broke_after_it_and_a_yes_must_be_whole(
    status: int, meaning: str
) -> None:
    async with raw({"/x": short(status)}) as server, speaking(native=True) as mouth:
        error = await outcome(mouth, f"{server.url.replace('http', 'json')}/x")
    assert error is not None and error.answer.value == meaning
    assert error.retry_after == (7.0 if status != 200 else None)


def short(status: int) -> Say:
    """An answer that breaks before its end."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(said(b"x", f"{status} X", Content_Length="100", Retry_After="7"))
        await writer.drain()

    return say


async def test_an_interim_answer_is_waited_out_and_a_flood_is_not_read_to_its_end() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\n\r\n" + said()
    flood = said(b"x" * http.MAX_ANSWER_BYTES * 2, Content_Length=str(10**9))
    async with raw({"/early": early, "/flood": flood}) as server, speaking(deadline=5, native=True) as mouth:
        url = server.url.replace("http", "json")
        assert [await answer(mouth, f"{url}/{path}") for path in ("early", "flood")] == ["ok", "ok"]


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


@pytest.mark.parametrize("secret", ["shared", "c2hh+cmVk/w==", "%C3%A4"])
async def test_a_secret_is_taken_as_it_is_written(secret: str) -> None:
    post = webhook.webhook_request(
        f"json://127.0.0.1/x?secret={secret}&method=put&:title=subject&:message=&:room=a+b", NEWS, 9.9
    )
    assert post is not None and (post.method, json.loads(post.body)["subject"]) == ("PUT", NEWS.title)
    assert not {"title", "message"} & json.loads(post.body).keys() and json.loads(post.body)["room"] == "a+b"
    proof = hmac.new(unquote(secret).encode(), b"9." + post.body, sha256).hexdigest()
    assert post.headers["X-Monitor-Signature"] == f"sha256={proof}"


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/x?secret=", "jsons://127.0.0.1/x?secret=s&verify=no", "json://127.0.0.1/x?secret=s&to=x",
        "json://127.0.0.1/x?secret=s#t", "json://127.0.0.1/x?secret=s&method=get", "json://127.0.0.1:99999/x",
        "json://[::1/x", "json://127.0.0.1:0/x", "jsons:///x", "json://127.0.0.1/x?+X-A=a%0Ab", "json://h/x?+X%20Y=a",
        "json://h/x?+=a", "json://h/x?+X-A=%E9%80%9A", "mailto://127.0.0.1:99999?mode=insecure&from=a@b.example&to=c@d.example",
        "mailto://[::1",
    ],
)  # fmt: skip
async def test_a_url_that_nobody_could_use_or_sign_is_refused_before_anything_is_sent(url: str) -> None:
    async with speaking(native=True) as mouth:
        assert await answer(mouth, url) == "refused_perm"
        assert pids(mouth) == []


@given(st.text(max_size=60))
@example("json://h/x?+X-A=\u2028")
@example("slack://T1/[")
def test_any_url_is_understood_left_to_apprise_or_refused(text: str) -> None:
    native = NativeSender(1.0)
    for url in (text, f"json://{text}", f"mailto://{text}", f"slack://{text}", f"json://h/x?{text}"):
        try:
            native.build_request(Target("", url), NEWS)
        except DeliveryError as error:
            assert error.permanent


async def test_a_header_that_a_person_wished_for_is_sent_and_does_not_double_ours() -> None:
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            url = f"{hook.apprise_url}?+X-Team=B%C3%B6rse&+content-type=text/x&+idempotency-key=1&+X-Plus=a+b"
            assert await answer(mouth, url) == "ok"
        (post,) = hook.posts
    assert (post.headers["X-Team"], post.headers["X-Plus"]) == ("Börse", "a+b")
    assert post.headers.get_all("Content-Type") == ["text/x"]
    assert post.headers.get_all("Idempotency-Key") == [NEWS.key]


async def test_nothing_of_the_environment_and_no_cookie_goes_along() -> None:
    with Webhook() as hook, Webhook() as proxy:
        hook.answer(200, headers={"Set-Cookie": "id=7"}, times=None)
        with patch.dict(os.environ, {"HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "ALL_PROXY": proxy.url}):
            async with speaking(native=True) as mouth:
                assert [await answer(mouth, hook.apprise_url) for _ in range(2)] == ["ok", "ok"]
        assert len(hook.posts) == 2 and not [post for post in hook.posts if "Cookie" in post.headers]
        assert proxy.posts == []


class Names:
    """A resolver that has an answer for each question, and counts them."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


async def test_a_name_is_resolved_once_and_the_next_address_is_tried_while_nothing_has_left() -> None:
    with Webhook() as hook:
        names = Names(["127.0.0.9", "127.0.0.1"])
        talk = http.HttpExchange(5.0, resolve=names)
        seen = await talk.send_request("POST", f"http://bücher.example:{hook.port}/x", b"{}", {"X-A": "b"})
        await talk.aclose()
        (post,) = hook.posts
    assert seen.success and names.asked == ["xn--bcher-kva.example"]
    assert post.headers["Host"] == f"xn--bcher-kva.example:{hook.port}"


@pytest.mark.parametrize(
    "address",
    ["169.254.0.0", "169.254.255.255", "fe80::1%eth0", "fe80::1", "0.0.0.0", "::", "224.0.0.0", "ff02::1",
     "fd00:ec2::254", "100.100.100.200", "168.63.129.16"],
)  # fmt: skip
async def test_an_address_where_no_channel_lives_is_not_spoken_to(address: str) -> None:
    talk = http.HttpExchange(1.0, resolve=Names(["127.0.0.1", address]))
    seen = await talk.send_request("POST", f"http://hook.example:{closed_port()}/x")
    await talk.aclose()
    assert (seen.failure, seen.request_started) == ("barred", False)


async def test_the_certificate_must_be_for_the_name_and_not_for_the_address() -> None:
    async with encrypted("good.pem") as port:
        native = NativeSender(5.0, resolve=here, context=trusting("good.pem"))
        for host, meaning in (("news.test", None), ("other.test", Answer.NOT_SENT)):
            target = Target("", f"jsons://{host}:{port}/x")
            way = native.build_request(target, NEWS)
            assert way is not None
            try:
                await native.send(target, NEWS, way)
            except DeliveryError as error:
                assert error.answer is meaning and "certificate" in str(error)
            else:
                assert meaning is None
        await native.aclose()


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


@pytest.mark.parametrize(
    "url",
    [
        f"slack://{TOKENS}/#news", f"slack://bot@{TOKENS}", "slack://xoxb-1-2-3/#x", f"slack://{TOKENS}?template=x",
        "json://127.0.0.1/x?method=get", "json://127.0.0.1/x?to=you", "jsons://127.0.0.1/x?verify=no",
        "mailto://user:word@gmail.com", "mailtos://u:p@x.example?smtp=m.x.example&to=a@x.example,b@x.example",
        "mailto://x.example?mode=insecure&to=a@x.example/path?cc=b@x.example", "discord://1/2", "xml://127.0.0.1/x",
    ],
)  # fmt: skip
def test_what_is_not_understood_to_the_letter_is_left_to_apprise(url: str) -> None:
    assert (
        slack.slack_request(url, NEWS) is None
        and webhook.webhook_request(url, NEWS, 0.0) is None
        and email.parse_mail_url(url) is None
    )


async def test_a_ping_asks_once_and_wants_a_yes() -> None:
    with Webhook() as hook:
        async with speaking(native=True) as mouth:
            await mouth.ping(f"{hook.url}/ping")
            with pytest.raises(DeliveryError, match="no answer"):
                await mouth.ping(f"http://127.0.0.1:{closed_port()}/ping")
        assert len(hook.others) == 1


async def test_no_process_is_started_where_none_is_needed() -> None:
    ours = [Target("", f"slack://{TOKENS}"), Target("", "json://[::1"), Target("", "jsons://h.example/x?secret=s")]
    async with speaking(native=True) as mouth:
        await mouth.preload(ours)
        assert pids(mouth) == []
        await mouth.preload([*ours, Target("", "ntfys://ntfy.example/topic")])
        assert len(pids(mouth)) == 1


async def test_a_server_that_is_silent_is_told_from_one_that_hangs_up() -> None:
    with Webhook() as hook:
        hook.answer(held=True)
        hook.answer(cut=True)
        async with speaking(deadline=0.5, native=True) as mouth:
            silent, cut = [str(await outcome(mouth, hook.apprise_url)) for _ in range(2)]
    assert (silent[:12], cut[:14]) == ("no answer in", "the connection")


async def test_no_secret_reaches_an_error() -> None:
    with Webhook() as hook:
        url = f"json://canary-user:canary-word@127.0.0.1:{hook.port}/canary-path?secret=canary-key"
        hook.answer(404, f"canary-word canary-path canary-key {url}")
        hook.answer(cut=True)
        async with speaking(native=True) as mouth:
            errors = [await outcome(mouth, url) for _ in range(2)]
    assert all(errors)
    assert not [error for error in errors if error and "canary" in f"{error!s}{error!r}{error.__cause__!r}"]
