"""Parse the dates of feeds. A date that cannot be parsed is None, never the current time, which could cause alerts.

feedparser reads CET, CEST, MESZ, HKT and BST as UTC (up to eight hours wrong) and no German dates, so the text is
parsed here. Dates are for display; ordering uses the time at which an article was first seen.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MAX_DATE_LENGTH = 100  # characters
PLAUSIBLE_YEARS = range(1990, 2201)  # software writes 0001, 1970 and 9999 for "no date"

# Hours east of UTC. CST is that of Chicago: Chinese feeds write +0800.
ZONE_OFFSETS: dict[str, float] = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "met", "bst", "west"), 1),
    **dict.fromkeys(("cest", "mesz", "mest", "eet", "oez"), 2),
    **dict.fromkeys(("eest", "oesz", "msk"), 3),
    **dict.fromkeys(("hkt", "sgt", "awst"), 8),
    **dict.fromkeys(("jst", "kst"), 9),
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    **{"edt": -4, "ast": -4, "adt": -3, "pst": -8, "gst": 4, "ist": 5.5, "acst": 9.5, "aest": 10, "aedt": 11},
    **{"nzst": 12, "nzdt": 13},
}
MONTH_NUMBERS = {
    **{"jan": 1, "jän": 1, "feb": 2, "mar": 3, "mär": 3, "mae": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6},
    **{"jul": 7, "aug": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12},
}

# The formats of the standards, which nearly all feeds use
_RFC5322_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (199[1-9]|2[01]\d\d) ([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))? "
    r"(?:GMT|UTC|Z|([+-])(0\d|1[0-4])([0-5]\d))",
    re.ASCII,
)
_RFC3339_DATE = re.compile(
    r"(?:199[1-9]|2[01]\d\d)-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
    r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)",
    re.ASCII,
)
_UNIX_TIMESTAMP = re.compile(r"(\d{10})(?:\.\d+)?|(\d{13})")
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)?")
_CLOCK_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?!\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?"
)
_DATE_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d\d)(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})(?:\.|st|nd|rd|th)?[\s-]+(?P<month>[a-zä]{3,9})\.?,?[\s-]+(?P<y>\d{4}|\d\d)(?!\d)",
        r"(?<![a-z])(?P<month>[a-zä]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})(?!\d)",
        r"(?<!\d)(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
        r"(?<!\d)(?P<m>0?[1-9]|1[0-2])/(?P<d>1[3-9]|2\d|3[01])/(?P<y>\d{4})(?!\d)",  # 10/14/2025; 10/11 is ambiguous
        r"(?<!\d)(?P<d>1[3-9]|2\d|3[01])/(?P<m>0?[1-9]|1[0-2])/(?P<y>\d{4})(?!\d)",
    )
)
_OFFSET_SUFFIX = re.compile(r"\s?(?:gmt|utc)?\s?([+\-−])(\d{1,2}):?(\d\d)?(?![\d.])")
_ZONE_NAME = re.compile(r"\W{0,3}([a-z]{1,4})(?![a-z/])")
_IANA_ZONE = re.compile(r"\s*([A-Z][A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?)")


def parse_date(text: str, zone: str = "UTC") -> datetime | None:
    """A date as an aware datetime in UTC, or None; zone: the IANA name for texts without a time zone."""
    try:
        return _parse_standard_date(text) or _if_plausible(_parse_loose_date(text, zone))
    except (ValueError, OverflowError):
        return None


def _parse_standard_date(text: str) -> datetime | None:
    """A date in the format of RFC 3339 or RFC 5322, in a fifth of the time of the loose parser."""
    if _RFC3339_DATE.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    mail = _RFC5322_DATE.fullmatch(text)
    month = MONTH_NUMBERS.get(mail[2].lower()) if mail else None
    if mail is None or month is None:
        return None
    day, _, year, hour, minute, second, sign, hours, minutes = mail.groups()
    moment = datetime(int(year), month, int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    if sign is None or hours == minutes == "00":
        return moment
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return moment - east if sign == "+" else moment + east


def _parse_loose_date(text: str, zone: str) -> datetime | None:
    raw = " ".join(text[: MAX_DATE_LENGTH + 1].split())
    return (
        _parse_normalized_date(raw, raw.lower(), zone)
        if raw and len(raw) <= MAX_DATE_LENGTH and raw.isprintable()
        else None
    )


def _if_plausible(found: datetime | None) -> datetime | None:
    return found if found is not None and found.year in PLAUSIBLE_YEARS else None


def _parse_normalized_date(raw: str, low: str, zone: str) -> datetime | None:
    unix = _UNIX_TIMESTAMP.fullmatch(low)
    if unix:
        return datetime.fromtimestamp(int(unix[1]) if unix[1] else int(unix[2]) / 1000, UTC)
    low = _COMPACT_DATE.sub(_expand_compact_date, low, count=1)
    time = _CLOCK_TIME.search(low)
    start, end = time.span() if time else (len(low), len(low))
    tail = low[end:].removeprefix(" uhr")
    day = _find_day(f"{low[:start]} {_ZONE_NAME.sub(_drop_zone_name, tail, count=1)}")
    if day is None:
        return None
    moment = day + (_time_of_day(time) if time else timedelta())
    return moment.replace(tzinfo=_find_zone(raw[len(raw) - len(tail) :] if tail else "", tail, zone)).astimezone(UTC)


def _expand_compact_date(match: re.Match[str]) -> str:
    """20251014T091500 → 2025-10-14 09:15:00"""
    year, month, day, hour, minute, second = match.groups()
    return f"{year}-{month}-{day} {hour}:{minute}:{second or '00'}"


def _drop_zone_name(match: re.Match[str]) -> str:
    """Drop a zone between day and year, as in Java's "Oct 14 09:15:00 CET 2025"."""
    return "" if match[1] in ZONE_OFFSETS else match[0]


def _find_day(text: str) -> datetime | None:
    """Midnight of the date in the text, in UTC until the zone is known."""
    for pattern in _DATE_PATTERNS:
        found = pattern.search(text)
        if found is None:
            continue
        groups = found.groupdict()
        month = MONTH_NUMBERS.get(groups["month"][:3]) if "month" in groups else int(groups["m"])
        if month is not None:
            return datetime(_full_year(groups["y"]), month, int(groups["d"]), tzinfo=UTC)
    return None


def _full_year(digits: str) -> int:
    """The year; of two digits 70 to 99 are 1970 to 1999."""
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= 70 else 2000)


def _time_of_day(time: re.Match[str]) -> timedelta:
    """The time since midnight; 24:00 is allowed, and second 60 counts as 59."""
    hour, minute, second = int(time["hour"]), int(time["minute"]), min(int(time["second"] or 0), 59)
    if time["half"]:
        hour = hour % 12 + (12 if time["half"] == "p" else 0)
    if hour > 24 or minute > 59:
        raise ValueError(time[0])
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _find_zone(raw: str, low: str, otherwise: str) -> tzinfo:
    """The zone after the time: an offset, an abbreviation or an IANA name; else `otherwise`."""
    offset = _OFFSET_SUFFIX.match(low)
    if offset:
        sign = 1 if offset[1] == "+" else -1
        return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0)))
    name = _ZONE_NAME.match(low)
    if name and name[1] in ZONE_OFFSETS:
        return timezone(timedelta(hours=ZONE_OFFSETS[name[1]]))
    place = _IANA_ZONE.match(raw)
    return _load_zone(place[1], otherwise) if place else _load_zone(otherwise, "UTC")


def _load_zone(name: str, otherwise: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC if otherwise == name else _load_zone(otherwise, otherwise)
