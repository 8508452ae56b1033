from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.service.reload import REMOVAL_SETTLE_SECONDS, SETTLE_SECONDS, EditDebouncer, ReadNow, Unchanged, WaitUntil

SMALL = b'[watch]\nH200 = "H200"\nQwen = ["Qwen", "Tongyi"]\n'


def rules(count: int) -> bytes:
    """A file with so many watches of each form."""
    head = "#:schema ./rules.schema.json\n[watch]\n" + "".join(f'Chip{n} = "Chip {n}"\n' for n in range(count))
    tables = (
        f'\n[watch."Börsengang {n}"]\nany = ["T-Head {n}", "平头哥"]\n'
        f'near = {{ words = {n + 5}, any = ["IPO", "Börsengang"] }}\nnone = ["Gewinnspiel"]\nnotify = ["slack"]\n'
        for n in range(count)
    )
    return (head + "".join(tables) + '\n[feeds]\nboerse-global = "https://www.boerse-global.de/feed"\n').encode()


FORTY, FOUR = rules(20), rules(2)


def when_read(settling: EditDebouncer, content: bytes | None, start: float = 0.0) -> float | None:
    """After how many seconds of standing still the file would be read; None: never, it is the same."""
    now = start
    while True:
        verdict = settling.observe(content, now)
        if isinstance(verdict, Unchanged):
            return None
        if isinstance(verdict, ReadNow):
            return now - start
        assert verdict.until > now
        now = verdict.until


def test_an_unchanged_file_is_not_read_again() -> None:
    assert when_read(EditDebouncer(SMALL), SMALL) is None


def test_an_added_rule_is_live_after_the_settle_time() -> None:
    assert when_read(EditDebouncer(SMALL), SMALL + b'T-Head = "T-Head"\n') == pytest.approx(SETTLE_SECONDS)


@pytest.mark.parametrize(
    "shrunk",
    [
        b'[watch]\nH200 = "H200"\n',  # an entry gone
        b'[watch]\nH200 = "H200"\nQwen = ["Qwen"]\n',  # an entry with less in it
        SMALL.rstrip(),  # no line end at the end: perhaps cut
        SMALL + b"T-Head =\n",  # torn
        b"",
        None,  # deleted
    ],
)
def test_what_takes_something_away_must_stand_still_longer(shrunk: bytes | None) -> None:
    assert when_read(EditDebouncer(SMALL), shrunk) == pytest.approx(REMOVAL_SETTLE_SECONDS)


@pytest.mark.parametrize("pause", [0.5, 1.0, 1.4])
@pytest.mark.parametrize("torn", [b"", SMALL[:30], SMALL.rstrip(), b'[watch]\nH200 = "H200"\n', None])
def test_an_editor_may_pause_for_a_second_in_the_middle_of_a_save(torn: bytes | None, pause: float) -> None:
    settling, edited = EditDebouncer(SMALL), SMALL + b'T-Head = "T-Head"\n'
    for seen, now in ((torn, 10.0), (torn, 10.0 + pause), (edited, 10.01 + pause)):
        assert isinstance(settling.observe(seen, now), WaitUntil)
    assert settling.observe(edited, 12.0 + pause) == ReadNow()


@pytest.mark.parametrize("pause", [0.1, 0.3])
def test_a_save_in_two_steps_that_only_add_is_read_once(pause: float) -> None:
    settling, half = EditDebouncer(SMALL), SMALL + b'A = "A b"\n'
    assert isinstance(settling.observe(half, 1.0), WaitUntil)
    assert isinstance(settling.observe(half, 1.0 + pause), WaitUntil)


def test_every_reload_is_within_two_seconds() -> None:
    assert max(SETTLE_SECONDS, REMOVAL_SETTLE_SECONDS) < 2


def test_no_prefix_of_a_file_is_taken_before_the_guard() -> None:
    for length in range(len(FOUR)):
        waited = when_read(EditDebouncer(FOUR), FOUR[:length])
        assert waited is not None
        assert waited >= REMOVAL_SETTLE_SECONDS, FOUR[:length][-80:]


def test_a_change_of_the_content_starts_the_wait_anew() -> None:
    settling = EditDebouncer(SMALL)
    first, second = SMALL + b'A = "A b"\n', SMALL + b'B = "B c"\n'
    assert settling.observe(first, 10.0) == WaitUntil(10.0 + SETTLE_SECONDS)
    assert settling.observe(second, 10.3) == WaitUntil(10.3 + SETTLE_SECONDS)
    assert settling.observe(second, 10.5) == WaitUntil(10.3 + SETTLE_SECONDS)
    assert settling.observe(second, 10.3 + SETTLE_SECONDS) == ReadNow()
    assert settling.observe(second, 11.0) == Unchanged()


def test_a_change_taken_back_is_no_change() -> None:
    settling = EditDebouncer(SMALL)
    settling.observe(b"", 1.0)
    assert settling.observe(SMALL, 1.1) == Unchanged()
    assert settling.observe(b"", 5.0) == WaitUntil(5.0 + REMOVAL_SETTLE_SECONDS), (
        "the clock of an earlier look does not count"
    )


def test_the_very_first_file_settles_too() -> None:
    assert when_read(EditDebouncer(None), SMALL) == pytest.approx(SETTLE_SECONDS)


def chunks(content: bytes, size: int) -> list[bytes | None]:
    return [content[:end] for end in [*range(0, len(content), size), len(content)]]


# what a watcher can see while an editor saves
EDITORS: dict[str, Callable[[bytes, int], list[bytes | None]]] = {
    "truncate and write in chunks": chunks,
    "write a new file and rename it over the old": lambda content, size: [content],
    "delete and create again": lambda content, size: [None, *chunks(content, size)],
    "keep a backup, then write": lambda content, size: [None, content],
}


@given(
    editor=st.sampled_from(sorted(EDITORS)),
    size=st.integers(64, 2000),
    gaps=st.lists(st.floats(0.001, SETTLE_SECONDS - 0.01), min_size=1, max_size=8),
)
@settings(max_examples=60)
def test_no_editor_makes_us_read_half_a_file(editor: str, size: int, gaps: list[float]) -> None:
    edited = FORTY.replace(b"Chip 7", b"Chip 77")
    settling, now = EditDebouncer(FORTY), 0.0
    for seen, gap in zip(EDITORS[editor](edited, size), itertools.cycle(gaps), strict=False):
        verdict = settling.observe(seen, now)
        assert verdict != ReadNow() or seen == edited
        now += gap
    while (verdict := settling.observe(edited, now)) != ReadNow():
        assert isinstance(verdict, WaitUntil)
        now = verdict.until
    assert when_read(settling, edited, now) is None


@given(st.binary(max_size=300), st.one_of(st.none(), st.binary(max_size=300)))
def test_any_bytes_are_judged_in_the_end(before: bytes, after: bytes | None) -> None:
    waited = when_read(EditDebouncer(before), after)
    assert waited is None or SETTLE_SECONDS - 1e-9 <= waited <= REMOVAL_SETTLE_SECONDS
