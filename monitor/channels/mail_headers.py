"""Encodes the headers of a mail so that no text in them becomes another text or another header.

"=?" begins an encoded word (RFC 2047), which mail programs decode wherever it occurs; before Python 3.11.10 the result
could contain a line break. A value that contains "=?" is therefore encoded as a whole, and decodes to itself. The
finished headers are parsed again, and a mail is sent only if they are exactly the intended ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from email.errors import MessageError
from email.header import Header
from email.headerregistry import AddressHeader
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import formataddr

from monitor.core.errors import DeliveryError
from monitor.core.model.alerts import Answer

ENCODED_WORD_START = "=?"
MAX_LINE_LENGTH = 76  # characters with the header's name; RFC 5322 recommends at most 78
MAX_HEADER_WORD_LENGTH = 50  # characters; a longer word would be folded to the second line and gain a leading blank
HEADER_TOKEN = re.compile(r"[!#$%&'*+.^_`|{}~0-9A-Za-z-]+")  # a header's name: a part of what RFC 5322, 3.6.8 allows
# raised by the standard library's parser for headers it cannot read (Python 3.11.2 to 3.13)
PARSE_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError)

HeaderValue = str | tuple[tuple[str, str], ...]  # a decoded value: text, or (name, address) pairs


def encode_header(name: str, value: str) -> str:
    """A line of text as a folded header value; as encoded words where it is not plain."""
    charset = "us-ascii" if is_plain_header(value) else "utf-8"
    return Header(value, charset, maxlinelen=MAX_LINE_LENGTH, header_name=name).encode(linesep="\r\n")


def encode_address(name: str, addr_spec: str) -> str:
    """A name and an address as the value of From or To (RFC 5322, 3.4)."""
    if is_plain_header(name) and len(name) < MAX_HEADER_WORD_LENGTH:
        return formataddr((name, addr_spec))
    return f"{encode_header('From', name)}\r\n <{addr_spec}>"


def is_plain_header(text: str) -> bool:
    """Whether a text can be a header value without encoding."""
    return (
        text.isascii()
        and text.isprintable()
        and ENCODED_WORD_START not in text
        and max(map(len, [*text.split(), ""])) < MAX_HEADER_WORD_LENGTH
    )


def decode_header(value: object) -> HeaderValue:
    """A parsed header value as a mail program shows it."""
    if isinstance(value, AddressHeader):
        return tuple((one.display_name, one.addr_spec) for one in value.addresses)
    return str(value)


def normalize_header_value(value: HeaderValue) -> HeaderValue:
    """A value without blanks in names: Python's parser keeps those between the encoded words of a long name."""
    return value if isinstance(value, str) else tuple(("".join(name.split()), address) for name, address in value)


def verify_headers(mail: bytes, meant: Iterable[tuple[str, HeaderValue]], *, free: Collection[str] = ()) -> bytes:
    """Return the mail if its headers are those in meant, and besides at most one of each name in free (lower case).

    Raises DeliveryError (REFUSED_FOR_GOOD) if they are not.
    """
    try:
        found = BytesHeaderParser(policy=default).parsebytes(mail).items()
        read = Counter((name.lower(), normalize_header_value(decode_header(value))) for name, value in found)
    except PARSE_ERRORS as error:
        raise unsendable_mail("cannot be read again") from error
    read.subtract((name.lower(), normalize_header_value(value)) for name, value in meant)
    beside = Counter(name for (name, _), count in read.items() for _ in range(abs(count)))
    if any(name not in free or count > 1 for name, count in beside.items()):
        raise unsendable_mail("would say something else than it should")
    return mail


def unsendable_mail(why: str) -> DeliveryError:
    """The error for a mail that must not be sent."""
    return DeliveryError(f"the mail's head {why}; it was not sent", answer=Answer.REFUSED_FOR_GOOD)
