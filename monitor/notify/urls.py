"""A channel's URL taken apart as Apprise does it, so that one URL means the same on both ways. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.core.errors import DeliveryError
from monitor.core.model.articles import Answer


def parts(url: str, *schemes: str) -> SplitResult | None:
    """The parts of a URL of one of these schemes; None for all others, DeliveryError for one that names no host."""
    if url.partition("://")[0].lower() not in schemes:
        return None
    try:
        found = urlsplit(url)
        if found.hostname and found.port != 0:
            return found
    except ValueError:  # a bracket that is not closed, a port beyond 65535
        pass
    raise objection("the channel's URL names no usable host")


def objection(sentence: str) -> DeliveryError:
    """A channel that cannot be used as it is written."""
    return DeliveryError(sentence, answer=Answer.REFUSED_FOR_GOOD)


def options(found: SplitResult) -> list[tuple[str, str]]:
    """The options in their order. A plus is a plus, not a blank: tokens, passwords and mail addresses have it."""
    pairs = [pair.partition("=") for pair in re.split("[&;]", found.query)]
    return [(unquote(key), unquote(value).strip()) for key, _, value in pairs if key]
