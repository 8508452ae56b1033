"""A message as a mail, over SMTP of our own, by the mailto:// URL Apprise would take.

It knows in which step of the dialogue a failure came: before the text was handed over nothing can have arrived, after
it everything may have. A URL with anything that is not understood here to the letter is left to Apprise.
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
from monitor.channels.answers import FAILURES, mask
from monitor.channels.http import unbegun
from monitor.channels.webhook import options, parts
from monitor.core.alerts.channel_urls import IDLE
from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer, Message, Priority
from monitor.core.text.clean import clean

# Not every server takes eight bits (RFC 6152). Headers go out as `head` has written them.
WIRE = SMTP.clone(cte_type="7bit", refold_source="none")
CONTENT = (("Content-Type", 'text/plain; charset="utf-8"'), ("MIME-Version", "1.0"))  # what set_content adds
OURS = ("Date", "Message-ID")  # written by us to the last letter; a fold in an id is read as a part of it
TRANSFER = "Content-Transfer-Encoding"
KEY = re.compile(r"[\w.-]{1,64}", re.ASCII)  # what needs no quoting in a Message-ID
PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}
UNDERSTOOD = IDLE | {"smtp", "mode", "from", "to", "name"}
# what needs no quoting (RFC 5322, 3.4.1); the email package raises three kinds of errors on the rest
ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a mail goes, and as whom."""

    host: str
    port: int
    mode: str
    sender: str
    name: str
    to: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def letterbox(url: str) -> Letterbox | None:
    """What a mail URL says; None where Apprise knows more about it (providers by their domain, several recipients)."""
    found = parts(url, "mailto", "mailtos")
    if found is None or len(found.path) > 1 or found.fragment:
        return None
    given = {key.lower(): value for key, value in options(found)}
    host = given.get("smtp") or (found.hostname if "mode" in given else "")
    mode = given.get("mode", "starttls" if found.scheme == "mailtos" else "insecure")
    user, password = unquote(found.username or ""), unquote(found.password or "")
    name, sender = parseaddr(given.get("from", "") or (user if "@" in user else f"{user}@{found.hostname}"))
    to = given.get("to", "")
    plain = all(ADDRESS.fullmatch(address) for address in (sender, to))
    if not host or mode not in PORTS or not plain or not given.keys() <= UNDERSTOOD:
        return None
    login = user if "@" in user or not user or given.get("smtp") is None else f"{user}@{found.hostname}"
    return Letterbox(
        host, found.port or PORTS[mode], mode, sender, given.get("name", name) or "Monitor", to, login, password
    )


def letter(box: Letterbox, message: Message) -> EmailMessage:
    """The mail. Raises DeliveryError where a header has no name that a mail can have."""
    return assembled(fields(box, message), message.body)


def outgoing(box: Letterbox, message: Message) -> bytes:
    """The mail as it goes over the line. Raises DeliveryError where its head would not say what it should."""
    meant = fields(box, message)
    mail = assembled(meant, message.body)
    return mail_headers.confirmed(mail.as_bytes(), [*meant, *CONTENT, (TRANSFER, str(mail[TRANSFER]))])


def assembled(meant: Iterable[tuple[str, mail_headers.Told]], body: str) -> EmailMessage:
    """A mail with these headers; DeliveryError where one has no name that a mail can have."""
    mail = EmailMessage(policy=WIRE)
    for name, value in meant:
        if not mail_headers.TOKEN.fullmatch(name):
            raise mail_headers.refused(f"cannot have a header {name[:40]!r}")
        # set_raw, because mail[name] = value decodes what looks like an encoded word, and then writes it anew
        mail.set_raw(name, written(name, value))
    mail.set_content(writable(body))
    return mail


def written(name: str, value: mail_headers.Told) -> str:
    """A header's value as it goes out."""
    if isinstance(value, tuple):
        return mail_headers.address(*value[0])
    return value if name in OURS else mail_headers.encoded(name, value)


def fields(box: Letterbox, message: Message) -> list[tuple[str, mail_headers.Told]]:
    """The headers and what a reader shall see in them; the Message-ID is the message's own, the same at every attempt,
    so that copies can be told."""
    key = message.key if KEY.fullmatch(message.key) else sha256(message.key.encode("utf-8", "replace")).hexdigest()[:32]
    found: list[tuple[str, mail_headers.Told]] = [
        ("Subject", one_line(message.title)),
        ("From", ((one_line(box.name) or "Monitor", box.sender),)),
        ("To", (("", box.to),)),
        ("Date", formatdate(localtime=False)),
        ("Message-ID", f"<{key}@{box.sender.rpartition('@')[2]}>"),
        ("Auto-Submitted", "auto-generated"),
    ]
    if message.priority is Priority.URGENT:
        found.append(("X-Priority", "1"))
    return found + [(name, one_line(value)) for name, value in message.headers.items()]


def one_line(text: str) -> str:
    """A text fit for a header: one clean line, with the letters that every other channel shows."""
    return clean(text, line=True)


def writable(text: str) -> str:
    """A text without half surrogate pairs, which no mail can carry."""
    return text.encode("utf-8", "replace").decode()


async def post(box: Letterbox, message: Message, deadline: float, url: str) -> None:
    """Hand a mail to the server. Raises DeliveryError whose answer says what is known."""
    dialogue = Dialogue(box, outgoing(box, message), url)
    try:
        async with asyncio.timeout(deadline):
            await dialogue.run()
    except TimeoutError as error:
        raise dialogue.failed("silent" if dialogue.handed else "unreachable") from error
    except aiosmtplib.SMTPResponseException as error:
        raise dialogue.refused(error.code, error.message) from error
    except ssl.SSLCertVerificationError as error:
        raise dialogue.failed("tls") from error
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:  # UnicodeError: a host that is no name
        raise dialogue.broken(error) from error
    finally:
        dialogue.client.close()


class Dialogue:
    """One talk with a mail server. greeted: it takes mail at all; handed: the text is on its way."""

    def __init__(self, box: Letterbox, text: bytes, url: str) -> None:
        self.box, self.text, self.url = box, text, url
        self.greeted = self.handed = False
        secure = box.mode == "ssl"
        self.client = aiosmtplib.SMTP(
            hostname=box.host, port=box.port, use_tls=secure, start_tls=box.mode == "starttls", timeout=None
        )

    async def run(self) -> None:
        """From the greeting to the server's yes."""
        await self.client.connect()
        await self.client.ehlo()
        self.greeted = True
        if self.box.user and self.box.password:
            await self.client.login(self.box.user, self.box.password)
        await self.client.mail(self.box.sender)
        await self.client.rcpt(self.box.to)
        self.handed = True
        await self.client.data(self.text)

    def refused(self, code: int, said: str) -> DeliveryError:
        """The server said no: for good with 5xx, for now with 4xx.

        A no to the greeting is about us or the hour and not about the mail (RFC 5321, 3.1), so it is one for now.
        """
        if code < 400:  # the line broke in the middle of an answer
            return self.failed("cut")
        answer = Answer.REFUSED_FOR_GOOD if self.greeted and 500 <= code < 600 else Answer.REFUSED_FOR_NOW
        return DeliveryError(f"SMTP {code}: {mask(said, self.url)}", answer=answer)

    def broken(self, error: Exception) -> DeliveryError:
        """The line broke, or never was, or the server lacks what the URL asks for."""
        if self.handed:
            return self.failed("cut")
        if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, OSError):
            return DeliveryError(mask(str(error), self.url), answer=Answer.NOT_SENT)
        return self.failed(unbegun(error))

    def failed(self, word: str) -> DeliveryError:
        """A failure by its word; before the text was handed over nothing can have arrived."""
        answer, sentence = FAILURES[word]
        if not self.handed:
            answer, sentence = Answer.NOT_SENT, FAILURES["unreachable" if word in ("silent", "cut") else word][1]
        return DeliveryError(sentence, answer=answer)
