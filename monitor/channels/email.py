"""Sends a message as a mail over SMTP, given an Apprise mailto:// URL.

It knows at which step a failure occurred: before the text was sent nothing can have arrived; after it the mail may
have. A URL with an option that is not supported here is left to Apprise.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from hashlib import sha256
from urllib.parse import unquote

import aiosmtplib

from monitor.channels import mail_headers
from monitor.channels.answers import FAILURE_ANSWERS, mask_url_parts
from monitor.channels.http import classify_connection_failure
from monitor.channels.webhook import parse_options, split_channel_url
from monitor.core.alerts.channel_urls import IGNORED_PARAMETERS
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Priority
from monitor.core.text.clean import clean_text

# Not every server accepts 8-bit text (RFC 6152). Headers are sent as mail_headers has encoded them.
WIRE_POLICY = SMTP.clone(cte_type="7bit", refold_source="none")
CONTENT_HEADERS = (("Content-Type", 'text/plain; charset="utf-8"'), ("MIME-Version", "1.0"))  # what set_content adds
OWN_HEADERS = ("Date", "Message-ID")  # not folded: a fold inside a Message-ID would be read as a part of it
TRANSFER_HEADER = "Content-Transfer-Encoding"
KEY_PATTERN = re.compile(r"[\w.-]{1,64}", re.ASCII)  # needs no quoting in a Message-ID
DEFAULT_PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}
KNOWN_OPTIONS = IGNORED_PARAMETERS | {"smtp", "mode", "from", "to", "name"}
# needs no quoting (RFC 5322, 3.4.1); the email package raises three kinds of errors for other addresses
ADDRESS_PATTERN = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server with sender, recipient and login."""

    host: str
    port: int
    mode: str
    sender: str
    name: str
    to: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_mail_url(url: str) -> MailServer | None:
    """The server of a mail URL; None where the URL is for Apprise (known providers, several recipients)."""
    found = split_channel_url(url, "mailto", "mailtos")
    if found is None or len(found.path) > 1 or found.fragment:
        return None
    given = {key.lower(): value for key, value in parse_options(found)}
    host = given.get("smtp") or (found.hostname if "mode" in given else "")
    mode = given.get("mode", "starttls" if found.scheme == "mailtos" else "insecure")
    user, password = unquote(found.username or ""), unquote(found.password or "")
    name, sender = parseaddr(given.get("from", "") or (user if "@" in user else f"{user}@{found.hostname}"))
    to = given.get("to", "")
    plain = all(ADDRESS_PATTERN.fullmatch(address) for address in (sender, to))
    if not host or mode not in DEFAULT_PORTS or not plain or not given.keys() <= KNOWN_OPTIONS:
        return None
    login = user if "@" in user or not user or given.get("smtp") is None else f"{user}@{found.hostname}"
    return MailServer(
        host, found.port or DEFAULT_PORTS[mode], mode, sender, given.get("name", name) or "Monitor", to, login, password
    )


def encode_mail(server: MailServer, message: Message) -> bytes:
    """The mail as bytes. Raises DeliveryError where its headers would not be the intended ones."""
    meant = header_values(server, message)
    mail = assemble_mail(meant, message.body)
    return mail_headers.verify_headers(
        mail.as_bytes(), [*meant, *CONTENT_HEADERS, (TRANSFER_HEADER, str(mail[TRANSFER_HEADER]))]
    )


def assemble_mail(meant: Iterable[tuple[str, mail_headers.HeaderValue]], body: str) -> EmailMessage:
    """A mail with these headers. Raises DeliveryError for an invalid header name."""
    mail = EmailMessage(policy=WIRE_POLICY)
    for name, value in meant:
        if not mail_headers.HEADER_TOKEN.fullmatch(name):
            raise mail_headers.unsendable_mail(f"cannot have a header {name[:40]!r}")
        # set_raw, because mail[name] = value decodes what looks like an encoded word and encodes it again
        mail.set_raw(name, format_header(name, value))
    mail.set_content(replace_surrogates(body))
    return mail


def format_header(name: str, value: mail_headers.HeaderValue) -> str:
    """A header's value as it is sent."""
    if isinstance(value, tuple):
        return mail_headers.encode_address(*value[0])
    return value if name in OWN_HEADERS else mail_headers.encode_header(name, value)


def header_values(server: MailServer, message: Message) -> list[tuple[str, mail_headers.HeaderValue]]:
    """The headers with their intended values. The Message-ID is the same at every attempt: copies are recognised."""
    key = (
        message.key
        if KEY_PATTERN.fullmatch(message.key)
        else sha256(message.key.encode("utf-8", "replace")).hexdigest()[:32]
    )
    found: list[tuple[str, mail_headers.HeaderValue]] = [
        ("Subject", clean_header_line(message.title)),
        ("From", ((clean_header_line(server.name) or "Monitor", server.sender),)),
        ("To", (("", server.to),)),
        ("Date", formatdate(localtime=False)),
        ("Message-ID", f"<{key}@{server.sender.rpartition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),
    ]
    if message.priority is Priority.URGENT:
        found.append(("X-Priority", "1"))
    return found + [(name, clean_header_line(value)) for name, value in message.headers.items()]


def clean_header_line(text: str) -> str:
    """A text as one clean line, as every other channel shows it."""
    return clean_text(text, line=True)


def replace_surrogates(text: str) -> str:
    """A text with lone surrogates as "?", because no mail can carry them."""
    return text.encode("utf-8", "replace").decode()


async def send_mail(server: MailServer, message: Message, deadline: float, url: str) -> None:
    """Send a mail within deadline seconds. Raises DeliveryError, whose answer says what is known."""
    session = SmtpSession(server, encode_mail(server, message), url)
    try:
        async with asyncio.timeout(deadline):
            await session.run()
    except TimeoutError as error:
        raise session.failure_error("silent" if session.handed else "unreachable") from error
    except aiosmtplib.SMTPResponseException as error:
        raise session.refusal_error(error.code, error.message) from error
    except ssl.SSLCertVerificationError as error:
        raise session.failure_error("tls") from error
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:  # UnicodeError: an invalid host name
        raise session.connection_error(error) from error
    finally:
        session.client.close()


class SmtpSession:
    """One SMTP session. greeted: the server accepts mail at all; handed: the text may have been sent."""

    def __init__(self, server: MailServer, text: bytes, url: str) -> None:
        self.server, self.text, self.url = server, text, url
        self.greeted = self.handed = False
        secure = server.mode == "ssl"
        self.client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, use_tls=secure, start_tls=server.mode == "starttls", timeout=None
        )

    async def run(self) -> None:
        """Run the session from the greeting to the server's acceptance of the mail."""
        await self.client.connect()
        await self.client.ehlo()
        self.greeted = True
        if self.server.user and self.server.password:
            await self.client.login(self.server.user, self.server.password)
        await self.client.mail(self.server.sender)
        await self.client.rcpt(self.server.to)
        self.handed = True
        await self.client.data(self.text)

    def refusal_error(self, code: int, said: str) -> DeliveryError:
        """The error for a refusal: permanent for 5xx, temporary for 4xx.

        A refused greeting concerns the client or the moment, not the mail (RFC 5321, 3.1), so it is temporary.
        """
        if code < 400:  # the connection broke within an answer
            return self.failure_error("cut")
        answer = Answer.REFUSED_FOR_GOOD if self.greeted and 500 <= code < 600 else Answer.REFUSED_FOR_NOW
        return DeliveryError(f"SMTP {code}: {mask_url_parts(said, self.url)}", answer=answer)

    def connection_error(self, error: Exception) -> DeliveryError:
        """The error for a broken or failed connection, or for a server without what the URL requires."""
        if self.handed:
            return self.failure_error("cut")
        if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, OSError):
            return DeliveryError(mask_url_parts(str(error), self.url), answer=Answer.NOT_SENT)
        return self.failure_error(classify_connection_failure(error))

    def failure_error(self, word: str) -> DeliveryError:
        """The error for a key of FAILURE_ANSWERS; before the text was sent nothing can have arrived."""
        answer, sentence = FAILURE_ANSWERS[word]
        if not self.handed:
            answer, sentence = Answer.NOT_SENT, FAILURE_ANSWERS["unreachable" if word in ("silent", "cut") else word][1]
        return DeliveryError(sentence, answer=answer)
