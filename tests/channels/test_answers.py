"""What evidence is taken to mean, without a network: every row of the tables, and masking."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.answers import (
    FAILURE_ANSWERS,
    SMTP_FAILURE_PATTERNS,
    error_from_evidence,
    mask_url_parts,
    retry_after_seconds,
)
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#news"


def http(status: int, said: str = "", *, retry_after: str | None = None, date: str | None = None) -> DeliveryError:
    exchange = {"status": status, "said": said, "retry_after": retry_after, "date": date}
    return judged({"sent": False, "exchange": exchange})


def mail(*lines: str) -> DeliveryError:
    return judged({"sent": False, "exchange": None, "lines": list(lines)})


def judged(evidence: dict[str, Any]) -> DeliveryError:
    error = error_from_evidence(evidence, SLACK)
    assert error is not None
    return error


def test_sent_is_sent() -> None:
    assert error_from_evidence({"sent": True, "exchange": None, "lines": []}, SLACK) is None


@given(status=st.integers(100, 599))
def test_every_status_is_told_as_it_is(status: int) -> None:
    error = http(status)
    assert str(error) == f"HTTP {status}"
    assert error.permanent == (status < 200 or (300 <= status < 500 and status not in (408, 425, 429)))


@pytest.mark.parametrize(
    "said",
    ["no_service", "no_team", "channel_is_archived", '{"ok":false,"error":"channel_not_found"}', "invalid_token"],
)
def test_a_200_with_a_dead_word_is_refused_for_good(said: str) -> None:
    assert http(200, said).permanent


@pytest.mark.parametrize("said", ["", "<html>Please log in to the hotel's network</html>", '{"ok":false}'])
def test_a_200_that_is_no_yes_is_tried_again(said: str) -> None:
    assert http(200, said).answer is Answer.REFUSED_FOR_NOW


@pytest.mark.parametrize("word", FAILURE_ANSWERS)
def test_a_failure_has_an_answer_and_a_sentence(word: str) -> None:
    error = judged({"sent": False, "exchange": {"failure": word}})
    assert (error.answer, str(error)) == FAILURE_ANSWERS[word]
    assert "may have arrived" in str(error) or error.answer is not Answer.AMBIGUOUS


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Socket Exception: [Errno 111] Connection refused", "refused"),
        ("Socket Exception: [Errno -2] Name or service not known", "dns"),
        ("Socket Exception: [Errno -3] Temporary failure in name resolution", "dns"),
        ("Socket Exception: [Errno 113] No route to host", "unreachable"),
        ("Socket Exception: [Errno 101] Network is unreachable", "unreachable"),
        ("Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed", "tls"),
        ("Socket Exception: timed out", "silent"),
        ("Socket Exception: Connection unexpectedly closed", "cut"),
        ("Socket Exception: [Errno 104] Connection reset by peer", "cut"),
        ("Socket Exception: something new", "other"),
    ],
)
def test_a_mail_that_got_no_reply_is_understood_from_the_systems_words(line: str, word: str) -> None:
    assert (mail(line).answer, str(mail(line))) == FAILURE_ANSWERS[word]


def test_every_word_for_a_mail_failure_has_its_row() -> None:
    assert {word for word, _ in SMTP_FAILURE_PATTERNS} <= set(FAILURE_ANSWERS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Socket Exception: (535, b'5.7.8 Bad credentials')", "SMTP 535: 5.7.8 Bad credentials"),
        ("Socket Exception: {'a@b.org': (450, b\"it's late, (really)\")}", "SMTP 450: it's late, (really)"),
        ("Socket Exception: (501, b'bad sender', 'me@b.org')", "SMTP 501: bad sender"),
        ("SMTP recipient a@b.org was refused: 452 b'too many'", "SMTP 452: too many"),
        ("Socket Exception: (421, 'closing')", "SMTP 421: closing"),
    ],
)
def test_a_mail_servers_reply_is_read_from_smtplibs_print(line: str, told: str) -> None:
    error = mail("Sending…", line)
    assert str(error) == told
    assert error.permanent == told.startswith("SMTP 5")


def test_no_evidence_at_all_means_perhaps() -> None:
    assert mail().answer is Answer.AMBIGUOUS


DATE = "Fri, 06 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "date", "expected"),
    [
        (None, DATE, None),
        ("7", None, 7.0),
        ("0.5", DATE, 0.5),
        ("Fri, 06 Nov 2026 08:02:00 GMT", DATE, 120.0),
        ("Fri, 06 Nov 2026 07:00:00 GMT", DATE, -3600.0),
        ("Fri, 06 Nov 2026 08:02:00 GMT", None, None),
        ("Fri, 06 Nov 2026 08:02:00", DATE, None),
        ("soon", DATE, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    asked: str | None, date: str | None, expected: float | None
) -> None:
    assert retry_after_seconds(asked, date) == expected


def test_no_part_of_a_url_is_repeated() -> None:
    said = (
        f"{SLACK} T1JJ3T3L2 {'TIiajkdnlazkcOXrIdevi7'} https:\\/\\/hooks.slack.com\\/services\\/T1JJ3T3L2 %2FA1BRTD4JD"
    )
    assert mask_url_parts(said, SLACK) == r"*** *** *** https:\/\/hooks.slack.com\/services\/*** /***"


def test_a_login_is_masked_in_each_of_its_spellings() -> None:
    url = "mailtos://eva:p%40ssw0rd@mail.example.org"
    assert mask_url_parts("eva:p@ssw0rd p%40ssw0rd ZXZhOnBAc3N3MHJk", url) == "*** *** ***"


@given(secret=st.text(st.characters(categories=["L", "N"]), min_size=4, max_size=30), before=st.text(), after=st.text())
def test_whatever_surrounds_a_secret_it_is_masked(secret: str, before: str, after: str) -> None:
    shown = mask_url_parts(f"{before}{secret}{after}", f"json://127.0.0.1/{secret}")
    assert secret not in shown.replace("***", "") and len(shown) <= 200
    assert shown.isprintable()
