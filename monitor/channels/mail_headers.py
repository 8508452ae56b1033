"""The head of a mail: no text in it is decoded into anything but its own letters, and none of it begins a header.

"=?" opens an encoded word (RFC 2047), which readers of mail decode wherever they find it; on Python before 3.11.10 what
came out could hold a line break. A value with such an opening is therefore encoded as a whole: it is decoded once, into
itself. The finished head is read again, and a mail goes out only if it holds exactly what was meant.
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
MAX_HEADER_WORD_LENGTH = (
    50  # characters of one word; a longer one would begin on the second line, and be read with a blank before it
)
HEADER_TOKEN = re.compile(
    r"[!#$%&'*+.^_`|{}~0-9A-Za-z-]+"
)  # what a header's name is made of (RFC 5322, 3.6.8, and less)
# what the parser of the standard library raises on a head that it cannot read, by Python 3.11.2 to 3.13
PARSE_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError)

HeaderValue = str | tuple[tuple[str, str], ...]  # a value as a reader sees it; of addresses, their names and addresses


def encode_header(name: str, value: str) -> str:
    """A line of text as the value of a header, folded; in encoded words where it is not plain."""
    charset = "us-ascii" if is_plain_header(value) else "utf-8"
    return Header(value, charset, maxlinelen=MAX_LINE_LENGTH, header_name=name).encode(linesep="\r\n")


def encode_address(name: str, addr_spec: str) -> str:
    """A name and an address as the value of From or To."""
    if is_plain_header(name) and len(name) < MAX_HEADER_WORD_LENGTH:
        return formataddr((name, addr_spec))
    return f"{encode_header('From', name)}\r\n <{addr_spec}>"


def is_plain_header(text: str) -> bool:
    """Whether a text can stand in a header as it is."""
    return (
        text.isascii()
        and text.isprintable()
        and ENCODED_WORD_START not in text
        and max(map(len, [*text.split(), ""])) < MAX_HEADER_WORD_LENGTH
    )


def decode_header(value: object) -> HeaderValue:
    """A header's value as a reader of the mail sees it."""
    if isinstance(value, AddressHeader):
        return tuple((one.display_name, one.addr_spec) for one in value.addresses)
    return str(value)


def normalize_header_value(value: HeaderValue) -> HeaderValue:
    """A value without the blanks in names: Python's parser keeps those between the encoded words of a long one."""
    return value if isinstance(value, str) else tuple(("".join(name.split()), address) for name, address in value)


def verify_headers(mail: bytes, meant: Iterable[tuple[str, HeaderValue]], *, free: Collection[str] = ()) -> bytes:
    """The mail itself, where its head says what was meant: the same headers, as often, with the same values; and of
    those in free (names in small letters) at most one each. Raises DeliveryError, for good, where it does not."""
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
    """A mail that must not go out."""
    return DeliveryError(f"the mail's head {why}; it was not sent", answer=Answer.REFUSED_FOR_GOOD)
