"""The sender process's own table of failures, and the plugins it leaves switched on."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
import requests
import urllib3.exceptions as u3
from apprise.manager_plugins import NotificationManager

from monitor.channels import answers, send_worker
from monitor.core.alerts.channel_urls import ALLOWED_SCHEMES, BODIES
from monitor.core.alerts.pacing import BESIDE
from monitor.core.alerts.render import LISTED

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # apprise.utils.pgp, on Python 3.11 and 3.12


def chained(outer: BaseException, inner: BaseException) -> BaseException:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (requests.ConnectionError(u3.MaxRetryError(None, "/", chained(OSError(), socket.gaierror(-2, "?")))), "dns"),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(chained(u3.SSLError(), ssl.SSLCertVerificationError())), "tls"),
        (chained(requests.ConnectionError(), ConnectionRefusedError()), "refused"),
        (requests.ConnectTimeout(u3.ConnectTimeoutError()), "unreachable"),
        (requests.exceptions.ProxyError(u3.ProxyError("tunnel", OSError())), "proxy"),
        (requests.exceptions.InvalidURL("no host"), "bad-url"),
        (chained(requests.ReadTimeout(), TimeoutError()), "silent"),
        (requests.ConnectionError(u3.ProtocolError("aborted", ConnectionResetError())), "cut"),
        (requests.ConnectionError(ssl.SSLError()), "cut"),
        (OSError("what?"), "other"),
    ],
)
def test_a_failure_is_one_word_however_deep_it_hides(error: BaseException, word: str) -> None:
    assert send_worker.classify_failure(error) == word


def test_errors_that_cause_each_other_end() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert send_worker.classify_failure(first) == "other"


def test_every_word_of_the_worker_is_known_to_the_parent() -> None:
    assert {word for word, _ in send_worker.FAILURE_TYPES} | {"other", "barred"} == set(answers.FAILURE_ANSWERS)


@pytest.fixture
def manager() -> Iterator[NotificationManager]:
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    manager.enable_only(*ALLOWED_SCHEMES)  # type: ignore[no-untyped-call]
    yield manager
    manager.unload_modules()  # type: ignore[no-untyped-call]


def test_each_scheme_on_the_list_exists_and_speaks_http_or_smtp(manager: NotificationManager) -> None:
    known = manager.schemas()  # type: ignore[no-untyped-call]
    assert ALLOWED_SCHEMES - set(known) == set()


def test_a_plugin_that_is_on_serves_no_scheme_off_the_list_by_another_name(manager: NotificationManager) -> None:
    assert send_worker.plugin_for(request("SYSLOG://")) == "syslog:// is not a channel this program can use"
    assert not isinstance(send_worker.plugin_for(request("JSON://127.0.0.1/x")), str)


MORE = {"rocket", "rockets", "workflow", "workflows"}  # take more by their own documentation than Apprise gives them


def test_no_channel_is_given_more_text_than_apprise_says_it_takes(manager: NotificationManager) -> None:
    for scheme in ALLOWED_SCHEMES - MORE:
        longest = manager[scheme].body_maxlen
        if isinstance(longest, int) and longest < LISTED.size + BESIDE:
            assert BODIES[scheme] <= max(longest, 1000), scheme  # of 1,000 and fewer the least is sent


def request(url: str) -> dict[str, object]:
    return {"url": url, "title": "t", "body": "b", "kind": "info", "headers": {}, "key": "k", "seconds": 1.0}


def test_the_address_that_a_service_hands_out_is_understood(manager: NotificationManager) -> None:
    slack = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert type(send_worker.plugin_for(request(slack))).__name__ == "NotifySlack"
    assert send_worker.plugin_for(request("https://example.org/x")) == "this is not a complete https:// URL"
