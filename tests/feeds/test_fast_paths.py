"""What is read the short way is read as the long way reads it."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.dedupe import urls
from monitor.core.text import clean
from monitor.feeds import dates, fields, rss

DAYS, ZONES = (
    ["Mon, ", "", "So, "],
    [" GMT", " UTC", " Z", " +0100", " -0330", " +1459", " -0000", " +1500", "+0100", " EST", ""],
)
MONTHS = ["Jan", "Feb", "Okt", "Dez", "Xyz", "MAR"]


@st.composite
def standard_dates(draw: st.DrawFn) -> str:
    """Dates as the standards want them, some of them impossible."""
    day, year = (
        draw(st.integers(0, 32)),
        draw(st.sampled_from([1970, 1990, 1991, 2026, 2199, 2200, 2201]) | st.integers(1, 9999)),
    )
    clock = draw(st.tuples(st.integers(0, 25), st.integers(0, 60), st.integers(0, 61)))
    time = draw(st.sampled_from(["{:02}:{:02}:{:02}", "{:02}:{:02}", "{}:{:02}:{:02}"])).format(*clock)
    if draw(st.booleans()):
        zone = draw(
            st.sampled_from(["Z", "+00:00", "+14:00", "-09:30", "+15:00", "-0930", "", " Z", ".25Z", ".1234567+01:00"])
        )
        return f"{year:04}-{draw(st.integers(0, 13)):02}-{day:02}{draw(st.sampled_from('T t'))}{time}{zone}"
    name, month, zone = (draw(st.sampled_from(words)) for words in (DAYS, MONTHS, ZONES))
    return f"{name}{day} {month} {year:04} {time}{zone}"


def long_way(value: str, zone: str) -> datetime | None:
    try:
        return dates._if_plausible(dates._parse_loose_date(value, zone))
    except (ValueError, OverflowError):
        return None


@settings(max_examples=500)
@given(standard_dates(), st.sampled_from(["UTC", "Europe/Berlin"]))
def test_a_date_of_the_standards(value: str, zone: str) -> None:
    assert dates.parse_date(value, zone) == long_way(value, zone)


@pytest.mark.parametrize(
    "value", ["Mon, 23 Nov 2026 09:00:00 +0100", "3 Oct 2026 23:59 GMT", "2026-11-23T09:00:00.5-03:30"]
)
def test_a_date_of_the_standards_needs_no_long_way(value: str) -> None:
    assert dates._parse_standard_date(value) == long_way(value, "UTC") is not None


def joined(value: str, base: str) -> str:
    """fields.link without its short cut."""
    value = clean.clean_text(value, line=True).strip().replace(" ", "%20")
    try:
        whole = urljoin(base, value)
        parts = urlsplit(whole)
    except ValueError:
        return ""
    fits = value and len(value) <= 4000 and len(whole) <= 4000 and parts.scheme in ("http", "https") and parts.netloc
    return long_unwrapped(whole) if fits else ""


def long_unwrapped(url: str) -> str:
    parts = urls._split(url)
    while parts is not None and (target := urls._redirect_target(parts)):
        parts, url = target, target.whole.geturl()
    return url


LINKS = st.lists(
    st.sampled_from(
        ["https://", "http://", "HTTPS://", "www.bing.com", "www.google.com", "news.example", "/news/apiclick.aspx",
         "/url", "?", "url=", "q=", "https%3A%2F%2Fa.example%2Fb", "&", "#", "/", "//", "/../", "/./", "a", "Ä", ";",
         "x=1", "%20", " ", ":80", ":", "@", "[", ".", "\u202e", "\t", "~x_y-z", "+"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@settings(max_examples=500)
@given(
    LINKS | LINKS.map("https://news.example/".__add__),
    st.sampled_from(["https://feeds.example/a/b?c", "http://x.example", ""]),
)
@example("https://www.bing.com/news/apiclick.aspx?url=https%3A%2F%2Fa.example%2Fb", "")
@example("https://www.b\ting.com/news/apiclick.aspx?url=https%3A%2F%2Fa.example%2Fb", "")
@example("https://news.example/" + "x" * 4000, "")
def test_a_link(value: str, base: str) -> None:
    assert fields.absolute_url(value, base) == joined(value, base)
    assert urls.unwrap_redirect(value) == long_unwrapped(value)


@pytest.mark.parametrize(
    "link", ["https://news.example/a-b/c_d.html?x=1&y=%20#z", "http://www.news.example/", "https://a.example/~b/+"]
)
def test_a_usual_link_needs_no_joining(link: str) -> None:
    assert fields._ORDINARY_URL.fullmatch(link)
    assert urljoin("https://other.example/x/y", link) == link


def comparable(value: str) -> str:
    return " ".join(value.split()).casefold()


WORDS = st.lists(
    st.sampled_from(["Wort", "wort", "WORT", "Straße", "STRASSE", "x", " ", "  ", "\n\n", "\u00a0", "…", "...", "[",
                     "(", "ſ", "ŉ", " Read more", " weiterlesen!", "continue reading", ".", "]", "\n", "ß", "ss"]),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=500)
@given(WORDS, WORDS, WORDS, st.booleans())
def test_a_teaser(before: str, teaser: str, after: str, contained: bool) -> None:
    content = (
        f"{before}{teaser if contained else ''}{after}".swapcase() if len(before) % 2 else f"{before}{teaser}{after}"
    )
    bare = re.compile(fields._TEASER_END.pattern, re.IGNORECASE).sub("", teaser)
    whole = f"{teaser}\n\n{content}" if teaser and content else teaser or content
    said = comparable(bare) in comparable(content)
    assert fields.join_body(teaser, content) == (content if said and content else whole)


@pytest.mark.parametrize("ending", ["…", " [...]", f"{' .' * 10}continue reading!!!!!", f"{' ' * 19}(READ MORE....."])
def test_the_longest_end_of_a_teaser_is_taken_off(ending: str) -> None:
    assert (
        fields.join_body(f"{'Wort ' * 30}Ende{ending}", f"{'Wort ' * 30}Ende und mehr")
        == f"{'Wort ' * 30}Ende und mehr"
    )


def test_folding_neither_makes_nor_breaks_white_space() -> None:
    for code in range(0x110000):
        char = chr(code)
        assert char.casefold().split() == ([char.casefold()] if char.split() else []), hex(code)


def test_what_folds_to_ascii_is_known() -> None:
    beyond = map(chr, range(0x80, 0x110000))
    assert {char for char in beyond if any(map(str.isascii, char.casefold()))} == set(fields._FOLDING_TO_ASCII)


@pytest.mark.parametrize("name", sorted(rss.COMMON_KEYS))
def test_what_is_usual_in_an_entry_is_no_code(name: str) -> None:
    assert not rss.SECURITY_ELEMENT.fullmatch(name)
