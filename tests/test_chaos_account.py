"""How the chaos benchmark counts: what is lost, what came again, and who said so."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import chaos_account as account
from bench.chaos_account import Receipt, Tally, Verdict
from bench.chaos_rows import ROWS


def took(*articles: int, marked: bool = False, taken: bool = True) -> Receipt:
    return Receipt(frozenset(articles), taken, marked)


def test_a_post_that_was_cut_before_its_end_is_counted_and_says_nothing() -> None:
    receipt = account.post(None, 200)
    assert receipt == Receipt(frozenset(), taken=False, whole=False)
    assert account.tally([receipt, took(1)], 0, 1) == Tally(lost=0, early=0, repeated=0, marked=0, cut=1)


@pytest.mark.parametrize("body", [None, "text", 7, [], ["title"], True])
def test_whatever_is_no_object_of_json_is_a_message_cut_short(body: object) -> None:
    assert not account.post(body, None).whole


@pytest.mark.parametrize(("answered", "taken"), [(200, True), (None, True), (503, False), (429, False), (404, False)])
def test_a_post_is_taken_by_a_yes_or_with_the_line_cut_behind_it(answered: int | None, taken: bool) -> None:
    receipt = account.post({"title": "w7: Report 7 of watch7x", "message": "text"}, answered)
    assert receipt == Receipt(frozenset({7}), taken)


@pytest.mark.parametrize(
    ("answered", "taken"), [("250 OK", True), ("", True), ("451 later", False), ("550 never", False)]
)
def test_a_mail_is_taken_unless_it_was_refused(answered: str, taken: bool) -> None:
    assert account.mail("w7: Report 7 of watch7x", "text", answered).taken == taken


def test_a_message_of_several_articles_names_each_of_them_and_not_what_its_texts_say() -> None:
    text = "Report 9 in a text\n• Report 2 of watch2x\n• Report 3 of watch3x\nid 0123"
    assert account.numbers(f"3 articles: Report 1 of watch1x\n{text}") == {1, 2, 3}
    assert account.numbers("") == account.numbers("Report") == account.numbers("Report of the year") == frozenset()


def test_a_possible_repeat_is_seen_in_the_words_of_the_message() -> None:
    body = {"title": "w7: Report 7 of watch7x", "message": "x\npossible repeat: an earlier attempt may have arrived"}
    assert account.post(body, 200).marked and not account.post({**body, "message": "x"}, 200).marked


def test_what_never_came_is_lost_and_what_was_refused_never_came() -> None:
    assert account.tally([took(1), took(2, taken=False)], 0, 3).lost == 2


def test_an_article_of_the_baseline_is_told_early_and_not_counted_as_come() -> None:
    assert account.tally([took(1), took(2), took(3)], 2, 4) == Tally(lost=1, early=2, repeated=0, marked=0, cut=0)


def test_each_copy_is_a_repeat_and_only_a_copy_can_be_a_marked_one() -> None:
    seen = [took(1, marked=True), took(1), took(1, marked=True), took(1, marked=True, taken=False)]
    assert account.tally(seen, 0, 1) == Tally(lost=0, early=0, repeated=2, marked=1, cut=0)


def test_a_digest_that_repeats_two_of_three_articles_repeats_two() -> None:
    assert account.tally([took(1), took(2), took(1, 2, 3, marked=True)], 0, 3) == Tally(0, 0, 2, 2, 0)


KEPT = Tally(lost=0, early=0, repeated=2, marked=2, cut=3)


@pytest.mark.parametrize(
    ("one", "counted", "fault"),
    [
        (KEPT, 2, None),
        (KEPT, 1, "2 repeated, 1 counted"),
        (KEPT, None, None),
        (Tally(1, 0, 0, 0, 0), 9, "hook: 1 lost"),
        (Tally(0, 1, 0, 0, 0), 9, "hook: 1 told of the baseline"),
        (Tally(0, 0, 2, 1, 0), 9, "hook: 1 repeats not marked"),
    ],
)
def test_a_verdict_names_each_promise_that_was_broken(one: Tally, counted: int | None, fault: str | None) -> None:
    assert Verdict({"hook": one}, counted).faults == ([] if fault is None else [fault])
    assert Verdict({"hook": one}, counted, ("it went on",)).faults[0] == "it went on"


def test_repeats_of_all_channels_together_are_held_against_the_count() -> None:
    assert Verdict({"hook": KEPT, "mail": KEPT}, 4).faults == []
    assert Verdict({"hook": KEPT, "mail": KEPT}, 3).faults == ["4 repeated, 3 counted"]


@given(st.integers(0, 5), st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans())), st.randoms())
def test_the_order_of_arrival_changes_no_count_but_that_of_marks(
    first: int, seen: list[tuple[int, bool, bool]], chance: random.Random
) -> None:
    receipts = [took(article, taken=taken, marked=marked) for article, taken, marked in seen]
    one = account.tally(receipts, first, 9)
    chance.shuffle(receipts)
    other = account.tally(receipts, first, 9)
    assert (one.lost, one.early, one.repeated) == (other.lost, other.early, other.repeated)
    came = {article for article, taken, _ in seen if taken and article > first}
    assert one.lost == 9 - first - len(came) and one.marked <= one.repeated


def test_every_row_says_what_happens_in_it() -> None:
    assert all((row.__doc__ or "").strip().endswith(".") for row in ROWS.values())
    assert set(ROWS) == {"kills", "children", "stopped", "full", "deleted", "replaced", "restored", "twice"}
