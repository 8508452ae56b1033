"""Turn one word as written into its content token, cached: folded, without accents, without its light ending.

A table maps a raw word to "" (dropped), to one or more tokens separated by spaces (Chinese in pairs), or to a marked
token that the sentence resolves: "*1e6" a scale word, "*%" a percent word, "~euro" a unit, "#20" a number, "¬" a
negator. There is one cutter for all languages: a stemmer chosen by the recognised language would give a teaser and its
article two stems. The module knows no sentence.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.core.dedupe.number_forms import (
    PERCENT_SCALE,
    PERCENT_WORDS,
    SCALE_SIGN,
    VAGUE_SCALES,
    glued_number,
    han_value,
    number_token,
    scale_value,
    spelled_value,
)
from monitor.core.dedupe.words.function_words import BY_LANGUAGE, CAPITAL_NAMES, FUNCTION_WORDS
from monitor.core.dedupe.words.neutral_words import (
    AGENCIES,
    CAPITAL_AGENCIES,
    CLOCK_WORDS,
    GERMAN_HEDGES,
    HEDGES,
    NEGATORS,
    NEGATORS_BY_LANGUAGE,
    REPORTING_WORDS,
    SILENT_NEGATORS,
    UNITS,
)
from monitor.core.text.normalize import fold

NEGATION = "¬"  # the one token of all negators
YET = "yet"  # a negator only before "to"
UNIT_SIGN = "~"
MAX_CACHED_WORDS, MAX_CACHED_LENGTH = 12_000, 32  # words of one table, characters of a cached word
MIN_STEM = 4  # characters that the cutter leaves

PAIRED_RANGES = (  # scripts that are read in pairs: Han, Hangul, Thai, Lao, Burmese, Khmer
    "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
KATAKANA_RANGES = "\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f"
_PAIRED = re.compile(f"[{PAIRED_RANGES}]")
_KATAKANA = re.compile(f"[{KATAKANA_RANGES}]")
_IDENTIFIER = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d|AXC\d{4}|(?=(?:\D*\d){6})\w{8,}")  # ISIN, agency number, code
_ELISION = re.compile(r"\A(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|dell|nell|all|un)'(?=\w)")
# Longest first; each with the letters that replace it. One of them is cut, then a "t" behind a German stem.
_ENDINGS = (
    ("ings", ""), ("ing", ""), ("ern", ""), ("ers", ""), ("ies", "y"), ("ied", "y"), ("er", ""), ("ed", ""), ("es", ""),
    ("en", ""), ("e", ""),
)  # fmt: skip
_STEM_T = re.compile(r"(?<=[bfghklpz])t$")
_DOUBLED = re.compile(r"([bdgkmnprt])\1$")
_CYRILLIC_ENDING = re.compile(r"(?:ами|ями|ого|его|ому|ов|ев|ом|ем|ам|ах|ой|ей|ый|ий|ая|[аеёиоуыьюя])$")
_DIGIT = re.compile(r"\d")


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_HAN_NUMERAL = "[零〇一二两兩三四五六七八九十百千]"
_CLASSIFIERS = "人名个位家起次天年倍岁枚架艘吨台辆套件支股元周小日分成项所座场条号米公里亿万萬億兆美欧港円社回"
# Words that only contain a negator or a numeral
_KEPT_HAN = _phrases(
    "未来 不断 不过 不仅 不但 不少 不久 不同 不锈 不动产 不良 不得不 不管 不论 不禁 不妨 未必 未婚 未成年 "
    "差不多 了不起 没收 沉没 "
    ""
    "淹没 出没 了解 的士 目的 标的 万科 万达 万华 三星 三菱 三井 三一重工 百度 千禧 九龙 五粮液 四川 统一 一般 "
    "一些 一起 唯一 一定 一直 "
    ""
    "一样 一旦 第一 十分 据点 数据 证据 占据 依据 根据地 接近 附近 靠近 约翰 条约 合约 契约 纽约 预约 违约 公约 节约 "
    "约束"
)
_NEGATING_HAN = _phrases("不 没有 没 尚未 从未 未能 未 并非 绝非 无法 无意 毫无 拒不")
_DROPPED_HAN = _phrases(
    "的 了 表示 据悉 报道 报导 记者 消息 据 日前 近日 今日 昨日 今天 昨天 明天 目前 星期一 星期二 星期三 星期四 "
    "星期五 星期六 星期日 "
    ""
    "周一 周二 周三 周四 周五 周六 周日 约 近 超过 大约 左右 可能 或将 美元 欧元 人民币 港元 日元 公里 韩元"
)
_HAN_WORDS = (*_KEPT_HAN, *_NEGATING_HAN, *_DROPPED_HAN)
_HAN_REPLACEMENTS = (None,) * len(_KEPT_HAN) + (f" {NEGATION} ",) * len(_NEGATING_HAN) + (" ",) * len(_DROPPED_HAN)
_HAN_FINDER = AhoCorasick(_HAN_WORDS, matchkind=MatchKind.LeftmostLongest)
_HAN_NUMBER = re.compile(
    f"(?<!第)(?:{_HAN_NUMERAL}{{1,8}}[万萬亿億兆]{{1,2}}|(?<![一二三四五六七八九])[百千][万萬亿億]"
    f"|{_HAN_NUMERAL}{{0,8}}[十百千]{_HAN_NUMERAL}{{0,8}}(?=[{_CLASSIFIERS}])|[一二两兩三四五六七八九](?=[{_CLASSIFIERS}]))"
)
_HAN_PERCENT = re.compile("百分之([零〇一二两三四五六七八九十百]+)")


class _TokenTable(dict[str, str]):
    """Raw word → tokens, for one language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, raw: str) -> str:
        token = read_word(raw, self.language)
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        if len(raw) <= MAX_CACHED_LENGTH:
            self[raw] = token
        return token


@cache
def token_table(language: str) -> dict[str, str]:
    """The table of a language; "" for an unknown one."""
    return _TokenTable(language)


def read_word(raw: str, language: str) -> str:
    """The tokens of one raw word: letters, digits or a run of one script."""
    if raw[0].isdigit():
        return glued_number(raw, language)
    if _PAIRED.match(raw):
        return " ".join(_paired_tokens(unicodedata.normalize("NFKC", raw)))
    if _KATAKANA.match(raw):
        return fold(raw)
    if raw[0] in "なま":
        return NEGATION
    if raw[1:2] == "." and raw.isupper():
        raw = raw.replace(".", "")
    if len(raw) == 1:
        return raw.lower() if raw.isupper() and raw.lower() not in FUNCTION_WORDS else ""
    if raw.isupper() and (raw in CAPITAL_NAMES or raw in CAPITAL_AGENCIES):
        return "" if raw in CAPITAL_AGENCIES else raw.lower()
    word = _plain_letters(fold(raw))
    return _marked_token(word, language) if _DIGIT.search(word) is None else _name_with_digits(raw, word)


def _name_with_digits(raw: str, word: str) -> str:
    """The token of a name such as H200, Covid-19 or Q3; "" for an identifier."""
    return "" if _IDENTIFIER.fullmatch(raw) else word.replace("-", "").replace("'", "")


def _marked_token(word: str, language: str) -> str:
    word = _ELISION.sub("", word) or word
    plain = word.removesuffix("'s")
    if is_negator(plain, language):
        return NEGATION
    if is_function_word(plain, language):
        return ""
    value = spelled_value(plain, language)
    if value is not None:
        return number_token(value)
    if plain in PERCENT_WORDS:
        return PERCENT_SCALE
    factor = scale_value(plain, language)
    if factor is not None and len(plain) > 1:
        return f"{SCALE_SIGN}{factor:g}" if plain not in VAGUE_SCALES else f"{SCALE_SIGN}{factor:g}{SCALE_SIGN}"
    return UNIT_SIGN + plain if plain in UNITS else cut_ending(word)


def is_negator(word: str, language: str) -> bool:
    """Whether a folded word may deny its sentence, as "nicht", "isn't" and "pas" do; "without" does not."""
    return word in NEGATORS or word == YET or word.endswith("n't") or word in NEGATORS_BY_LANGUAGE.get(language, ())


def is_function_word(word: str, language: str) -> bool:
    """Whether a folded word carries no statement: a function or reporting word, a weekday, a hedge, an agency."""
    return (
        word in FUNCTION_WORDS
        or word in BY_LANGUAGE.get(language, ())
        or word in REPORTING_WORDS
        or word in CLOCK_WORDS
        or word in HEDGES
        or word in AGENCIES
        or word in SILENT_NEGATORS
        or (language == "de" and word in GERMAN_HEDGES)
    )


def cut_ending(word: str) -> str:
    """A word without its light ending, at least four letters: "raises", "raised" and "raise" become "rais"."""
    word = word.removesuffix("'s").replace("'", "")
    if word[-1:] >= "\u0400":
        cut = _CYRILLIC_ENDING.search(word)
        return word[: cut.start()] if cut and cut.start() >= MIN_STEM else word
    return _DOUBLED.sub(r"\1", _STEM_T.sub("", _cut_one_ending(word)) if len(word) >= MIN_STEM else word)


def _cut_one_ending(word: str) -> str:
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(kept) >= MIN_STEM:
            return word[: -len(ending)] + kept
    plural = word[-1] == "s" and word[-2] not in "su"
    return word[:-1] if plural or (word[-1] == "n" and word[-2] in "lr") else word


def _plain_letters(word: str) -> str:
    """A folded word without the accents of Latin letters: "éclair" and "eclair" are one name."""
    if word.isascii():
        return word
    word = word.replace("’", "'").replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("ı", "i")
    parts = unicodedata.normalize("NFD", word)
    kept = (
        char for at, char in enumerate(parts) if not (at and parts[at - 1] < "\u0250" and unicodedata.combining(char))
    )
    return unicodedata.normalize("NFC", "".join(kept))


def _paired_tokens(run: str) -> list[str]:
    """The tokens of a run of Han: negators and numerals by themselves, all else in overlapping pairs."""
    pieces, at = list[str](), 0
    for index, start, end in _HAN_FINDER.find_matches_as_indexes(run):
        replacement = _HAN_REPLACEMENTS[index]
        pieces += (_with_numbers(run[at:start]), run[start:end] if replacement is None else replacement)
        at = end
    pieces.append(_with_numbers(run[at:]))
    found = list[str]()
    for piece in "".join(pieces).split():
        found += [piece] if piece[0] in "#¬" or len(piece) == 1 else map("".join, pairwise(piece))
    return found


def _with_numbers(run: str) -> str:
    """A run with its numerals as tokens."""
    if "百分之" in run:
        run = _HAN_PERCENT.sub(lambda part: f" {number_token(han_value(part[1]), percent=True)} ", run)
    return _HAN_NUMBER.sub(lambda part: f" {number_token(han_value(part[0]))} ", run)
