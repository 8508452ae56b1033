"""A message as a mail, over SMTP of our own, by the mailto:// URL Apprise would take.

It knows in which step of the dialogue a failure came: before the text was handed over nothing can have arrived, after
it everything may have. A URL with anything that is not understood here to the letter is left to Apprise.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate, parseaddr
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

from monitor.core.errors import DeliveryError
from monitor.core.model import Answer, Message, Priority
from monitor.notify.verdict import FAILURES, mask

PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}
UNDERSTOOD = frozenset(("smtp", "mode", "from", "to", "name", "format"))
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


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
    parts = urlsplit(url)
    given = {key.lower(): value.strip() for key, value in parse_qsl(parts.query)}
    host = given.get("smtp") or (parts.hostname if "mode" in given else "")
    mode = given.get("mode", "starttls" if parts.scheme == "mailtos" else "insecure")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    name, sender = parseaddr(given.get("from", "") or (user if "@" in user else f"{user}@{parts.hostname}"))
    to = given.get("to", "")
    whole = bool(host) and mode in PORTS and ADDRESS.fullmatch(sender) and ADDRESS.fullmatch(to)
    if parts.scheme not in ("mailto", "mailtos") or not whole or not given.keys() <= UNDERSTOOD or len(parts.path) > 1:
        return None
    login = user if "@" in user or not user or given.get("smtp") is None else f"{user}@{parts.hostname}"
    return Letterbox(
        host or "", parts.port or PORTS[mode], mode, sender, given.get("name", name) or "Monitor", to, login, password
    )


def letter(box: Letterbox, message: Message) -> EmailMessage:
    """The mail; its Message-ID is the message's own, the same at every attempt, so that copies can be told."""
    mail = EmailMessage(policy=WIRE)
    mail["Subject"] = writable(message.title)
    mail["From"] = Address(" ".join(box.name.split()), addr_spec=box.sender)
    mail["To"] = box.to
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{message.key}@{box.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.priority is Priority.URGENT:
        mail["X-Priority"] = "1"
    for name, value in message.headers.items():
        mail[name] = value
    mail.set_content(writable(message.body))
    return mail


def writable(text: str) -> str:
    """A text without half surrogate pairs, which no mail can carry."""
    return text.encode("utf-8", "replace").decode()


async def post(box: Letterbox, message: Message, deadline: float, url: str) -> None:
    """Hand a mail to the server. Raises DeliveryError whose answer says what is known."""
    dialogue = Dialogue(box, letter(box, message), url)
    try:
        async with asyncio.timeout(deadline):
            await dialogue.run()
    except TimeoutError as error:
        raise dialogue.failed("silent" if dialogue.handed else "unreachable") from error
    except aiosmtplib.SMTPResponseException as error:
        raise dialogue.refused(error.code, error.message) from error
    except ssl.SSLCertVerificationError as error:
        raise dialogue.failed("tls") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise dialogue.broken(error) from error
    finally:
        dialogue.client.close()


class Dialogue:
    """One talk with a mail server; `handed`: the text is on its way."""

    def __init__(self, box: Letterbox, mail: EmailMessage, url: str) -> None:
        self.box, self.mail, self.url = box, mail, url
        self.handed = False
        secure = box.mode == "ssl"
        self.client = aiosmtplib.SMTP(
            hostname=box.host, port=box.port, use_tls=secure, start_tls=box.mode == "starttls", timeout=None
        )

    async def run(self) -> None:
        """From the greeting to the server's yes."""
        await self.client.connect()
        if self.box.user and self.box.password:
            await self.client.login(self.box.user, self.box.password)
        else:
            await self.client.ehlo()
        await self.client.mail(self.box.sender)
        await self.client.rcpt(self.box.to)
        self.handed = True
        await self.client.data(self.mail.as_bytes())

    def refused(self, code: int, said: str) -> DeliveryError:
        """The server said no: for good with 5xx, for now with 4xx. A greeting that is a no is one for now."""
        answer = Answer.REFUSED_FOR_GOOD if 500 <= code < 600 else Answer.REFUSED_FOR_NOW
        if code < 400:  # the line broke in the middle of an answer
            return self.failed("cut")
        return DeliveryError(f"SMTP {code}: {mask(said, self.url)}", answer=answer)

    def broken(self, error: Exception) -> DeliveryError:
        """The line broke, or never was."""
        if self.handed:
            return self.failed("cut")
        word = "refused" if "refused" in str(error).lower() else "unreachable"
        return DeliveryError(FAILURES[word][1], answer=Answer.NOT_SENT)

    def failed(self, word: str) -> DeliveryError:
        """A failure by its word; before the text was handed over nothing can have arrived."""
        answer, sentence = FAILURES[word]
        if not self.handed:
            answer, sentence = Answer.NOT_SENT, FAILURES["unreachable" if word in ("silent", "cut") else word][1]
        return DeliveryError(sentence, answer=answer)
