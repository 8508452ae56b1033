from __future__ import annotations

from pathlib import Path
from typing import Any

import apprise
import pytest
from apprise.manager_plugins import NotificationManager
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.channels import build_channel
from monitor.config.schema import NotifyTable
from monitor.config.toml.notes import Notes
from monitor.config.toml.toml_document import TomlDocument
from monitor.core.alerts.channel_urls import ALLOWED_SCHEMES, LOCAL_SCHEMES, NATIVE_HOSTS, UNCONFIRMED_SCHEMES
from monitor.core.model.alerts import Channel

# the library looks for a module that Python 3.13 has dropped
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def built(url: str, environ: dict[str, str] | None = None) -> tuple[Channel | None, Notes]:
    notes = Notes(TomlDocument(f"[notify]\nx = '{url}'\n"))
    return build_channel("x", NotifyTable.model_validate({"url": url}), environ or {}, notes), notes


@pytest.mark.parametrize(
    "url",
    [
        "slack://TokenA/TokenB/TokenC/#news",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "jsons://example.org/hook?method=PUT",
        "jsons://example.org/hook?secret=s&method=put&+X-A=b&:title=t&-q=1&verify=yes",
        "mailtos://me:pw@smtp.example.org?from=a@b.de&to=c@d.de&verify=yes",
        "ntfys://example.org/topic",
        "tgram://123456789:AABBCCDDEEFFGGHHIIJJKKLLMMNNOOPPQQR/12315544/",
    ],
)
def test_a_channel_elsewhere_is_one_target_with_that_url(url: str) -> None:
    channel, notes = built(url)
    assert not notes.problems
    assert channel is not None
    assert [(target.name, target.url) for target in channel.targets] == [("", url)]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("syslog://", "refused-url"),
        ("dbus://", "refused-url"),
        ("file:///srv/ab.txt", "refused-url"),
        ("windows://", "refused-url"),
        ("https://example.org/hook", "unknown-scheme"),
        ("slak://a/b/c", "unknown-scheme"),
        ("hooks.slack.com/services/a", "bad-url"),
        ("json://example.org/a b", "bad-url"),
        ("json://example.org/?attach=/srv/ab.txt", "refused-option"),
        ("json://example.org/?Attach=%2Fetc%2Fpasswd", "refused-option"),
        ("slack://a/b/c?template=/srv/ab.txt", "refused-option"),
        ("slack://a/b/c?optional=yes", "refused-option"),
        ("jsons://example.org/?verify=no", "refused-option"),
        ("jsons://example.org/?method=GET", "refused-option"),
        ("jsons://example.org/?+Host=internal", "refused-option"),
        ("jsons://example.org/?secret=", "bad-url"),
        ("jsons://example.org/?secret=s&Priority=1", "refused-option"),
        ("jsons://example.org/?%2BHost=internal", "refused-option"),
        ("jsons://example.org/?redirect=yes", "refused-option"),
        ("json://example.org/?include=http://x.example/", "refused-option"),
        ("json://example.org/?plugin_paths=/tmp", "refused-option"),
        ("mailtos://a:b@c.de?to=d@e.de&bcc=f@g.de", "refused-option"),
    ],
)
def test_what_could_read_files_or_hide_a_failure_is_refused(url: str, code: str) -> None:
    channel, notes = built(url)
    assert channel is None
    assert {problem.code for problem in notes.problems} == {code}


def test_a_mail_channel_has_one_target_for_each_recipient() -> None:
    channel, _ = built("mailtos://me:p%2Cw@smtp.example.org/x@y.de?from=a@b.de&to=c@d.de,e%2Bnews@f.de;c@d.de")
    assert channel is not None
    assert [(target.name, target.url) for target in channel.targets] == [
        ("x@y.de", "mailtos://me:p%2Cw@smtp.example.org?from=a@b.de&to=x@y.de"),
        ("c@d.de", "mailtos://me:p%2Cw@smtp.example.org?from=a@b.de&to=c@d.de"),
        ("e+news@f.de", "mailtos://me:p%2Cw@smtp.example.org?from=a@b.de&to=e%2Bnews@f.de"),
    ]
    for target in channel.targets:
        plugin: Any = apprise.Apprise.instantiate(target.url)
        assert [address for _, address in plugin.targets] == [target.name]


@given(st.lists(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.de", fullmatch=True), min_size=2, max_size=5, unique=True))
def test_no_recipient_is_lost_or_told_twice(recipients: list[str]) -> None:
    channel, _ = built(f"mailto://smtp.example.org?to={','.join(recipients)}&from=me@example.org")
    assert channel is not None
    assert [target.name for target in channel.targets] == recipients
    assert all(target.url.count("@") == 2 for target in channel.targets)


def test_a_secret_comes_from_the_environment_or_a_credential(tmp_path: Path) -> None:
    (tmp_path / "SLACK").write_text("slack://TokenA/TokenB/TokenC\n")
    for environ in ({"SLACK": "slack://TokenA/TokenB/TokenC"}, {"CREDENTIALS_DIRECTORY": str(tmp_path)}):
        channel, notes = built("${SLACK}", environ)
        assert channel is not None
        assert channel.targets[0].url == "slack://TokenA/TokenB/TokenC"
        assert "slack://TokenA/TokenB/TokenC" in notes.secrets
        assert "Token" not in repr(channel)


def test_a_missing_secret_is_named_with_its_neighbour() -> None:
    channel, notes = built("${SLACK_WEBHOK}", {"SLACK_WEBHOOK": "slack://TokenA/TokenB/TokenC"})
    assert channel is None
    (problem,) = notes.problems
    assert problem.code == "missing-secret"
    assert problem.message == "the secret SLACK_WEBHOK is not set"
    assert "did you mean ${SLACK_WEBHOOK}?" in problem.label


def test_a_default_stands_in_for_a_missing_secret() -> None:
    channel, _ = built("json://${HOST:-localhost}/x")
    assert channel is not None
    assert channel.targets[0].url == "json://localhost/x"


@pytest.mark.parametrize("text", ["${SLACK", "${SLACK URL}", "json://${}/", "${A}-${"])
def test_a_reference_that_is_none_is_a_mistake(text: str) -> None:
    channel, notes = built(text, {"A": "x"})
    assert channel is None
    assert [problem.code for problem in notes.problems] == ["bad-reference"]


def test_a_secret_in_the_file_itself_is_warned_about() -> None:
    _, notes = built("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    assert [warning.code for warning in notes.warnings] == ["literal-secret"]
    assert "${X_URL}" in notes.warnings[0].help


NEWER = frozenset(
    ["acs", "awswhatsapp", "bale", "instagram", "notifyapp", "opsimate", "opsimates"]
)  # came with Apprise 2.3


def test_the_list_of_schemes_is_that_of_the_library() -> None:
    """A scheme missing here was renamed or dropped by the library, whose oldest version allowed is 2.2."""
    assert schemes() >= (ALLOWED_SCHEMES | UNCONFIRMED_SCHEMES) - NEWER
    assert not ALLOWED_SCHEMES & (LOCAL_SCHEMES | UNCONFIRMED_SCHEMES)


def test_a_channel_that_only_a_newer_library_knows_is_refused_until_somebody_has_judged_it() -> None:
    for scheme in schemes() - ALLOWED_SCHEMES - UNCONFIRMED_SCHEMES - LOCAL_SCHEMES | {"brandnew"}:
        channel, notes = built(f"{scheme}://token/room")
        assert channel is None
        assert [problem.code for problem in notes.problems] == ["unknown-scheme"]


def schemes() -> set[str]:
    """What the installed library speaks."""
    library: Any = NotificationManager
    manager = library()
    manager.load_modules()
    return set(manager.schemas())


@pytest.mark.parametrize("host", NATIVE_HOSTS[:4])
def test_an_https_address_is_let_through_only_where_the_library_knows_the_service(host: str) -> None:
    paths = {
        "discord.com": "/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "discordapp.com": "/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    }
    path = paths.get(host, "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    assert apprise.Apprise.instantiate(f"https://{host}{path}") is not None
