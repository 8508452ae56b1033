"""Mask share prices in running text: numbers that change while the news stays the same.

Publishers render an article again with the current price. A sentence is about the price only if an amount without a
scale word stands near a word for share or price, and no word in it speaks of an offer, a target or earnings: those are
news. The module compares no texts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from monitor.core.model.articles import Span
from monitor.core.text import tokens
from monitor.core.text.normalize import NormalizedText

PRICE_MASK = " shareprice "

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CURRENCY_BEFORE = re.compile(r"(?:[€$£¥]|\b(?:eur|usd|hkd|cny|gbp|chf))\s?$", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(
    r"\s?(?:(?:hong[- ]kong[- ]|us[- ])?"
    r"(?:euros?|eur|dollars?|usd|hkd|cny|yuan|pounds?|gbp|pence|franken|chf|yen)(?!\w)"
    r"|€|港元|美元|元)",
    re.IGNORECASE,
)
_CURRENCY_PREFIX_ENDS = ("€", "$", "£", "¥", "eur", "usd", "hkd", "cny", "gbp", "chf")  # before an amount
_CURRENCY_SUFFIX_STARTS = (  # behind an amount
    "ho", "us", "eu", "do", "hk", "cn", "yu", "po", "gb", "pe", "fr", "ch", "ye", "€", "港", "美", "元",
)  # fmt: skip
_SCALE = re.compile(
    r"\s?(?:k\b|m\b|mio|mrd|mill|bill|bn|tn|trill|tsd|tausend|thousand|hundert|hundred|[万亿萬億])", re.IGNORECASE
)
_SHARE_WORD = re.compile(
    r"\b(?:shares?|stocks?|equity|aktien?|papiere?|titel|anteilsschein\w*|kurs\w*|notier\w*|trad(?:es|ed|ing)|price[ds]?|"
    r"schlusskurs\w*|börsenkurs\w*)\b|aktie\b|股价|收盘",
    re.IGNORECASE,
)
SHARE_WORDS = (  # every text that _SHARE_WORD matches contains one of these
    "share", "stock", "equity", "aktie", "papier", "titel", "anteilsschein", "kurs", "notier", "trad", "price", "股价",
    "收盘",
)  # fmt: skip
_SHARE_PIECE = re.compile("|".join(SHARE_WORDS), re.IGNORECASE)
_NEWS_WORD = re.compile(
    r"\b(?:offers?|offered|bid|takeover|tender|acqui\w+|targets?|dividend\w*|per share|earnings|eps|profit|revenue|"
    r"ipo|placement|buyback|issue|kursziel\w*|angebot\w*|offerte\w*|übernahm\w*|je aktie|pro aktie|gewinn\w*|umsatz\w*|"
    r"börsengang\w*|ausgabepreis\w*|platzier\w*|rückkauf\w*|bezugspreis\w*|stückpreis\w*)\b|目标价|发行价",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\d+(?:[.,]\d+)*(?=\s?(?:%|percent|per cent|prozent))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[\n。]")
_MAX_DISTANCE = 80  # characters between the amount and the word for share


def mask_prices(normalized: NormalizedText) -> str:
    """The text with PRICE_MASK in place of amounts and percentages in sentences about a share price.

    Returns the same object where there is nothing to replace.
    """
    text, pieces, at = normalized.original, list[str](), 0
    for start, end in price_spans(text, tokens.number_positions(text, normalized.one_to_one)):
        pieces += (text[at:start], PRICE_MASK)
        at = end
    return "".join((*pieces, text[at:])) if pieces else text


def price_spans(text: str, numbers: Sequence[int]) -> list[Span]:
    """The spans of amounts and percentages in sentences about a share price, in order. numbers: their offsets."""
    found, at = list[Span](), 0
    for first, last in _number_spans(text, numbers):
        if first >= at and _is_amount(text, first, last):
            start, end = _sentence_span(text, first)
            start = max(at, start)
            found += ((start + first, start + last) for first, last in _sentence_prices(text[start:end]))
            at = end
    return found


def _number_spans(text: str, numbers: Sequence[int]) -> Iterator[Span]:
    return (number.span() for number in tokens.find_at_numbers(_NUMBER, text, numbers))


def _is_amount(text: str, start: int, end: int) -> bool:
    """Whether a number is an amount of money without a scale word: "€136.20", not "136 million euros"."""
    before, behind = text[max(0, start - 5) : start].rstrip().casefold(), text[end : end + 3].lstrip().casefold()
    if not (before.endswith(_CURRENCY_PREFIX_ENDS) or behind.startswith(_CURRENCY_SUFFIX_STARTS)) or _SCALE.match(
        text, end
    ):
        return False
    after = _CURRENCY_AFTER.match(text, end)
    return bool(after or _CURRENCY_BEFORE.search(text, max(0, start - 6), start))


def _sentence_span(text: str, at: int) -> tuple[int, int]:
    start = 0
    for stop in _SENTENCE_END.finditer(text, max(0, at - 600), at):
        start = stop.end()
    end = _SENTENCE_END.search(text, at)
    return start or max(0, at - 600), end.start() if end else len(text)


def _sentence_prices(sentence: str) -> list[Span]:
    amounts = [number.span() for number in _NUMBER.finditer(sentence) if _is_amount(sentence, *number.span())]
    near = _near_shares(sentence, amounts) if amounts else []
    if not near or _NEWS_WORD.search(sentence):
        return []
    return sorted({*near, *(percent.span() for percent in _PERCENT.finditer(sentence))})


def _near_shares(sentence: str, amounts: Sequence[Span]) -> list[Span]:
    """The amounts near a word for share or price. The search takes 12 µs each, so parts of words are found first."""
    pieces = [piece.start() for piece in _SHARE_PIECE.finditer(sentence)]
    near = list[Span]()
    for span in amounts:
        first, last = max(0, span[0] - _MAX_DISTANCE), span[1] + _MAX_DISTANCE
        at = bisect_left(pieces, first)
        if at < len(pieces) and pieces[at] < last and _SHARE_WORD.search(sentence, first, last):
            near.append(span)
    return near
