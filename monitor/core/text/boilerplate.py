"""Find boilerplate in an article: teasers, advertisements, tag lines, datelines, footers.

Only known patterns and learnt paragraphs are marked; everything else stays: a lost paragraph is a lost alert. The
patterns come from the articles of one publisher and of the sites that syndicate it. No watch is known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ahocorasick_rs import AhoCorasick

from monitor.core.text import tokens
from monitor.core.text.extent import head

_TEMPLATES = (
    ("teaser", "Should investors sell immediately? Or is it worth buying {company}?"),
    ("teaser", "Sollten Anleger sofort verkaufen? Oder lohnt sich doch der Einstieg bei {company}?"),
    ("teaser", "Sollten Anleger sofort verkaufen? Oder lohnt sich der Einstieg bei {company}?"),
    ("ad", "{company} Stock: Buy or Sell? New {company} Analysis from {date} delivers the answer:"),
    ("ad", "{company}: Kaufen oder verkaufen? Neue {company}Analyse vom {date} liefert die Antwort:"),
    ("ad", "Kaufen oder verkaufen? Neue {company}Analyse vom {date} liefert die Antwort:"),
    ("ad", "The latest {company} figures speak for themselves:{more}analysis from {date}."),
    ("ad", "The latest {company} figures speak for themselves: Urgent action needed for {company} investors."),
    ("ad", "Die neuesten {company}Zahlen sprechen eine klare Sprache:{more}Analyse vom {date}{clause}."),
    ("ad", "Die neusten {company}Zahlen sprechen eine klare Sprache:{more}Analyse vom {date}{clause}."),
    ("ad", "Dringender Handlungsbedarf für {company}Aktionäre."),
    ("ad", "Find out what to do now in the current free analysis from {date}."),
    ("ad", "In der aktuellen Gratis-Analyse vom {date} erfahren Sie{clause}."),
    ("ad", "{company}: Buy or sell? Read more here."),
    ("ad", "{company}: Kaufen oder verkaufen? Hier weiterlesen."),
    ("ad", "{company}: Kaufen oder verkaufen? Lesen Sie hier weiter."),
    ("footer", "The post {title} appeared first on {site}."),
    ("footer", "Der Beitrag {title} erschien zuerst auf {site}."),
)

_MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|mrz|apr(?:il)?|may|mai|june?|juni?|july?|juli?|"
    "aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
DATE_REGEX = (
    rf"(?:\d{{1,2}}\.?\s?(?:{_MONTHS})\.?(?:,?\s\d{{4}})?|(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?"
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4})?|\d{4}-\d\d-\d\d)"
)
ISIN_REGEX = r"[A-Z]{2}[A-Z0-9]{9}[0-9]"

# A name at the beginning of a sentence: the text since the end of the sentence before, or, where a feed has joined its
# paragraphs, a run of capitalised words.
_NAME_REST = r"[\w&'’-]*(?:\.\w[\w&'’-]*)*"
_NAME_FIRST = (
    r"(?:(?:(?<![^\n])|(?<=[.!?:…]\s))(?:[^\n.!?:]|\.(?=\S)){1,60}?"
    rf"|(?-i:\b[A-ZÄÖÜ0-9]{_NAME_REST}(?: [A-ZÄÖÜ0-9&]{_NAME_REST}){{0,4}}?))"
)
_SLOT_PATTERNS = {
    "{company}": r"(?:[^\n.!?:]|\.(?=\S)){0,60}?",
    "{date}": DATE_REGEX,
    "{more}": r"[^\n]{0,320}?",
    "{clause}": r"[^\n.]{0,80}?",
    "{title}": r"[^\n]{1,300}?",
    "{site}": r"[^\n]{1,60}?",
}
_SLOT_WIDTHS = {"{company}": 61, "{date}": 24, "{more}": 320, "{clause}": 80, "{title}": 300, "{site}": 60}
_CLOSED_SLOTS = frozenset(("{date}",))
_LOOSE_PUNCTUATION = {" ": r"\s+", "?": "[?!]+", "!": "[?!]+", ".": r"(?:[.…]+|(?=\s|$))", ":": ":?"}


@dataclass(frozen=True, slots=True)
class BoilerplatePattern:
    """A known sentence. key: its lower-case part without which the pattern is not tried; before, after: how many
    characters of the sentence may stand before and after the beginning of the key."""

    name: str
    key: str
    pattern: re.Pattern[str]
    before: int
    after: int


def _template_regex(template: str) -> str:
    pieces = re.split(r"(\{\w+\})", template)
    if pieces[:2] == ["", "{company}"]:
        pieces[:2] = [_NAME_FIRST]
    else:
        pieces[0] = _literal(pieces[0])
    if pieces[-1] == "." and pieces[-2] not in _CLOSED_SLOTS:
        pieces[-1] = r"[.…]+"  # nothing else ends a lazy slot
    else:
        pieces[-1] = _literal(pieces[-1])
    return pieces[0] + "".join(_SLOT_PATTERNS.get(piece) or _literal(piece) for piece in pieces[1:-1]) + pieces[-1]


def _literal(piece: str) -> str:
    return "".join(
        _LOOSE_PUNCTUATION.get(part[:1], re.escape(part)) for part in re.split(r"(\s+|[?!]+|[.:]$)", piece) if part
    )


def _template_key(template: str) -> str:
    return max(re.split(r"\{\w+\}|[?!.:]", template), key=len).strip().lower()


def _compile_template(name: str, template: str) -> BoilerplatePattern:
    before, key, after = template.lower().partition(_template_key(template))
    pattern = re.compile(_template_regex(template), re.IGNORECASE)
    return BoilerplatePattern(name, key, pattern, _max_width(before), _max_width(key + after))


def _max_width(piece: str) -> int:
    """The maximum length of a piece of a template, with 16 characters for extra spaces and marks."""
    return 16 + sum(_SLOT_WIDTHS.get(part, len(part)) for part in re.split(r"(\{\w+\})", piece))


BOILERPLATE_PATTERNS = tuple(_compile_template(name, template) for name, template in _TEMPLATES)
PATTERN_KEYS = tuple(dict.fromkeys(family.key for family in BOILERPLATE_PATTERNS))

# Words of advertisements that are in no template; tested only between a line such as "Ad" or "Anzeige" and one that
# ends an advertisement.
AD_WORDS = re.compile(
    r"free (?:analysis|report)|gratis|kostenlos|read more|weiterlesen|click here|hier klicken|find out|"
    r"erfahren sie|sichern sie sich|newsletter|sign up|jetzt lesen|jetzt anmelden",
    re.IGNORECASE,
)
AD_END = re.compile(
    r"(?:read more|learn more|click|weiterlesen|mehr erfahren|jetzt lesen|hier klicken)(?:\s+(?:here|hier))?\W*$",
    re.IGNORECASE,
)


_MAX_TAG_LINE_LENGTH = 60  # characters of a tag line
_OPENING_PARAGRAPHS = 2  # paragraphs that are never learnt: articles of a running story begin alike for days
_MAX_LEARNT_PARAGRAPHS = 400  # of one article: each is a row to be written
_MAX_LEARNABLE_LENGTH = 400  # characters of a paragraph that may be learnt
_MAX_DATELINE_OFFSET = 480  # characters in which a dateline may stand
_MAX_HEADLINE_LENGTH = 170  # characters of a headline
_MAX_MATCHES = 24  # of one pattern in one text, against hostile repetition
_MAX_AD_LINE_LENGTH = 400  # characters of a line that may be an advertisement
_MAX_AD_LINES = 6
_MAX_AD_HEADLINE_LENGTH = 120  # characters of a headline or of a "read more"
_MAX_AD_CALL_LENGTH = 160  # characters of a call such as "Find out in our free report."
_MIN_AD_SHARE = 0.8

_DATELINE = re.compile(r"\b\d{2}\.\d{2}\.\d{4} - \d{2}:\d{2}:\d{2}")
_KEY_FINDER = AhoCorasick(PATTERN_KEYS)
_AD_MARKER = re.compile(r"\W*(?:ad|advert|advertisement|anzeige|werbung|sponsored)\W*", re.IGNORECASE)
_AD_MARKER_BEFORE = re.compile(r"\b(?:Ad|Advertisement|Anzeige|Werbung)\s*:?\s+\Z")
_ISIN = re.compile(rf"\b{ISIN_REGEX}\b")
_TAG_AFTER = re.compile(rf"\s*(?:[\w&.'’-]+ ){{1,5}}({ISIN_REGEX})(?=\s)")
_FOOTER = re.compile(
    rf"@ [\w-]+(?:\.[\w-]+)+ \|(?: ?{ISIN_REGEX}\b)?(?:[^\n]{{0,80}}$|[^\na-zß-ÿ]{{0,60}})", re.MULTILINE
)
_KICKER = re.compile(r"[\w&.'’-]+(?:(?:, | )[\w&.'’-]+){0,4},? [\w&.'’-]+")
_DAYS = re.compile(rf"\b{DATE_REGEX}(?!\w)", re.IGNORECASE)
_MONTH_BEFORE = re.compile(r"[^\W\d_]{3,9}\.?\s\Z")  # a word that may be a month


@dataclass(frozen=True, slots=True)
class BoilerplateBlock:
    """The half-open range of characters of a text that is not part of the article."""

    start: int
    end: int
    family: str


def find_boilerplate(text: str) -> tuple[BoilerplateBlock, ...]:
    """The boilerplate of a text, in order, without overlaps."""
    return find_blocks_and_repeated(text, True, ())


def find_blocks(text: str, has_keys: bool) -> tuple[BoilerplateBlock, ...]:
    """The boilerplate of a text of which is known whether it may contain one of PATTERN_KEYS."""
    return find_blocks_and_repeated(text, has_keys, ())


def find_blocks_and_repeated(text: str, has_keys: bool, repeated: Collection[str]) -> tuple[BoilerplateBlock, ...]:
    """The boilerplate of a text and its repeated paragraphs. repeated: paragraph_patterns of its host."""
    found = [*(_known_sentences(text) if has_keys else ()), *_boilerplate_lines(text, repeated), *_dateline(text)]
    if "@" in text and "@ " in text:  # one character is found twenty times as fast
        found += (BoilerplateBlock(*match.span(), "footer") for match in _FOOTER.finditer(text))
    return tuple(_merge_blocks(text, found)) if found else ()


def extract_prose(text: str, found: Sequence[BoilerplateBlock]) -> str:
    """The text that is compared: without its boilerplate and without the repeated headlines above a dateline."""
    head = next((block.end for block in found if block.family == "dateline"), 0)
    return _remove_blocks(text, (BoilerplateBlock(0, head, "head"), *(block for block in found if block.start >= head)))


def line_pattern(line: str) -> str:
    """A line with slots for dates, ISINs and capitalised words; "" where fewer than four other words remain."""
    line = unicodedata.normalize("NFKC", line)
    if numbers := tokens.number_positions(line, False):
        line = _ISIN.sub("{isin}", _replace_dates(line, numbers))
    parts = ["{name}" if word[0].isupper() else word.casefold() for word in line.split()]
    kept = [part for before, part in zip(["", *parts], parts, strict=False) if part != "{name}" or before != part]
    return " ".join(kept) if len([part for part in kept if part[0] != "{"]) >= 4 else ""


def _replace_dates(line: str, numbers: Sequence[int]) -> str:
    """The result of _DAYS.sub("{date}", line), in a third of the time."""
    pieces, at = list[str](), 0
    for day in tokens.find_at_numbers(_DAYS, line, numbers, _MONTH_BEFORE):
        pieces += (line[at : day.start()], "{date}")
        at = day.end()
    return "".join((*pieces, line[at:]))


def paragraph_patterns(body: str) -> tuple[str, ...]:
    """The line patterns of a body without its first paragraphs; of more than 400 paragraphs, of the last."""
    lines = [line for line in head(body).split("\n") if line.strip()][_OPENING_PARAGRAPHS:][-_MAX_LEARNT_PARAGRAPHS:]
    return tuple(
        dict.fromkeys(form for line in lines if len(line) <= _MAX_LEARNABLE_LENGTH and (form := line_pattern(line)))
    )


def is_isin(code: str) -> bool:
    """Whether the check digit of an ISIN holds (ISO 6166) and the code is not a word such as INTERNATION1."""
    if not _ISIN.fullmatch(code) or code[2:11].isalpha():
        return False
    digits = [int(digit) for char in code for digit in str(int(char, 36))]
    doubled = [digit * 2 if at % 2 else digit for at, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _known_sentences(text: str) -> Iterator[BoilerplateBlock]:
    low = _lower(text)
    present = {PATTERN_KEYS[hit] for hit, _, _ in _KEY_FINDER.find_matches_as_indexes(low, overlapping=True)}
    for family in BOILERPLATE_PATTERNS if present else ():
        at = low.find(family.key) if family.key in present else -1
        for _ in range(_MAX_MATCHES if at >= 0 else 0):
            block = _match_sentence(text, family, at)
            if block:
                yield block
            at = low.find(family.key, max(at + 1, block.end if block else 0))
            if at < 0:
                break


def _lower(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):  # a capital dotted I becomes two characters; offsets must stay
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return low.replace("\u00a0", " ")


def _match_sentence(text: str, family: BoilerplatePattern, at: int) -> BoilerplateBlock | None:
    line_start = text.rfind("\n", max(0, at - family.before), at) + 1 or max(0, at - family.before)
    line_end = text.find("\n", at, at + family.after)
    match = family.pattern.search(text, line_start, at + family.after if line_end < 0 else line_end)
    if not match or not match.start() <= at < match.end():
        return None
    marker = _AD_MARKER_BEFORE.search(text, max(line_start, match.start() - 16), match.start())
    return BoilerplateBlock(marker.start() if marker else match.start(), match.end(), family.name)


def _boilerplate_lines(text: str, repeated: Collection[str]) -> Iterator[BoilerplateBlock]:
    lines = text.split("\n")
    if not repeated and not any(0 < size <= _MAX_TAG_LINE_LENGTH for size in map(len, lines)):
        return
    start, above = 0, 0
    for line in lines:
        end = start + len(line)
        above += bool(line.strip())
        if len(line) <= _MAX_TAG_LINE_LENGTH and line:
            if _AD_MARKER.fullmatch(line):
                yield BoilerplateBlock(start, end, "ad")
                yield from _advertisement(text, end)
            elif _is_tag(line):
                yield BoilerplateBlock(start, end, "tag line")
        learnable = repeated and above > _OPENING_PARAGRAPHS and len(line) <= _MAX_LEARNABLE_LENGTH
        if learnable and line_pattern(line) in repeated:
            yield BoilerplateBlock(start, end, "learnt")
        start = end + 1


def _is_tag(line: str) -> bool:
    code = _ISIN.search(line)
    return (
        code is not None
        and line[0] != "@"
        and is_isin(code[0])
        and not re.search(r"[.!?]\s*$", line)
        and len(line.split()) <= 7
    )


def _advertisement(text: str, start: int) -> Iterator[BoilerplateBlock]:
    """The advertising lines below an ad marker. Many pages keep the marker where no ad was delivered, so a line that
    only may advertise counts if a known sentence or a "read more" follows it."""
    waiting: list[BoilerplateBlock] = []
    for begin, end in islice(_spans(text, start), _MAX_AD_LINES):
        line = text[begin:end]
        waiting.append(BoilerplateBlock(begin, end, "ad"))
        last = len(line) <= _MAX_AD_HEADLINE_LENGTH and AD_END.search(line)
        if last or _advertises(line):
            yield from waiting
            waiting = []
        elif not _may_advertise(line):
            return
        if last:
            return


def _advertises(line: str) -> bool:
    """Whether known sentences make up at least 80 % of a line."""
    known = _merge_blocks(line, _known_sentences(line)) if len(line) <= _MAX_AD_LINE_LENGTH else ()
    return sum(block.end - block.start for block in known) >= _MIN_AD_SHARE * len(line)


def _may_advertise(line: str) -> bool:
    headline = len(line) <= _MAX_AD_HEADLINE_LENGTH and not line.rstrip().endswith(".")
    return headline or (len(line) <= _MAX_AD_CALL_LENGTH and AD_WORDS.search(line) is not None)


def _spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The spans of the lines from an offset on that are not blank."""
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if not text[start:end].isspace() and start < end:
            yield start, end
        start = end + 1


def _dateline(text: str) -> Iterator[BoilerplateBlock]:
    match = _DATELINE.search(text, 0, _MAX_DATELINE_OFFSET) if " - " in text[:_MAX_DATELINE_OFFSET] else None
    if not match:
        return
    above = [line.strip() for line in text[: match.start()].split("\n") if line.strip()]
    if len(above) > 4 or any(len(line) > _MAX_HEADLINE_LENGTH or line.endswith(".") or ". " in line for line in above):
        return
    if len(above) > 1 and _is_kicker(above[0], " ".join(above[1:])):
        start = text.index(above[0])
        yield BoilerplateBlock(start, start + len(above[0]), "kicker")
    yield BoilerplateBlock(*match.span(), "dateline")
    tag = _TAG_AFTER.match(text, match.end())
    if tag and is_isin(tag[1]):
        yield BoilerplateBlock(match.end(), tag.end(), "tag line")


def _is_kicker(line: str, headline: str) -> bool:
    """Whether a line repeats a few words of the headline, separated by commas."""
    if "," not in line or not _KICKER.fullmatch(line):
        return False
    known = headline.casefold()
    return all(word.strip(",").casefold() in known for word in line.split())


def _merge_blocks(text: str, found: Iterable[BoilerplateBlock]) -> Iterator[BoilerplateBlock]:
    """The blocks in order, without white space at their ends; overlapping ones joined under the family of the first."""
    last: BoilerplateBlock | None = None
    for block in sorted(found, key=lambda block: (block.start, -block.end)):
        if last and block.start < last.end:
            last = BoilerplateBlock(last.start, max(last.end, block.end), last.family)
            continue
        if last:
            yield _trimmed(text, last)
        last = block
    if last:
        yield _trimmed(text, last)


def _trimmed(text: str, block: BoilerplateBlock) -> BoilerplateBlock:
    piece = text[block.start : block.end]
    start = block.start + len(piece) - len(piece.lstrip())
    return BoilerplateBlock(start, start + len(piece.strip()), block.family)


def _remove_blocks(text: str, found: Iterable[BoilerplateBlock]) -> str:
    kept, at = [], 0
    for block in found:
        kept.append(text[at : block.start])
        at = block.end
    kept.append(text[at:])
    return "\n".join(line for line in "".join(kept).split("\n") if line.strip()) if at else text
