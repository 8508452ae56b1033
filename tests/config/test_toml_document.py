from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.config.toml.scanner import MAX_DEPTH, split_statements
from monitor.config.toml.toml_document import TomlDocument


def marked(text: str) -> list[tuple[str, str]]:
    """Every problem as its code and the piece of source it points at."""
    return [(p.code, p.source_line[p.column - 1 : p.end_column - 1]) for p in TomlDocument(text).problems]


@pytest.mark.parametrize(
    ("line", "code", "piece"),
    [
        ("a = H200", "missing-quotes", "H200"),
        ("a = ", "syntax", ""),
        ("a = True", "syntax", "True"),
        ("a = [x, 'y']", "missing-quotes", "x"),
        ("a = “H200”", "curly-quotes", "“H200”"),
        ("a = „H200“", "curly-quotes", "„H200“"),
        (r'a = ["\d+"]', "double-quoted-pattern", r"\d"),
        (r'a = "C:\path"', "double-quoted-pattern", r"\p"),
        ('T-Head IPO = "x"', "syntax", "T-Head IPO"),
        ('Börse = "x"', "syntax", "Börse"),
        ('a: "x"', "syntax", ":"),
        ("a", "syntax", "a"),
        ('a = ["x" "y"]', "syntax", '"'),
        ('a = ["x", "y"', "syntax", "["),
        ('a = ["x", "y]', "open-quote", '"y]'),
        ("a = 'x", "open-quote", "'x"),
        ("a = '''x", "open-quote", "'''"),
        ("a = { b = 1,\n c = 2 }", "syntax", "{"),
        ("a = { b = 1, }", "syntax", "{"),
        ("a = 'x\x00y'", "syntax", "\x00"),
        ("a = 5 min", "syntax", "m"),
        ("[watch.T-Head IPO]", "syntax", "T-Head IPO"),
        ("[watch.x", "syntax", "[watch.x"),
        ("= 5", "syntax", "= 5"),
    ],
)
def test_a_slip_is_named_where_it_stands_and_costs_only_its_line(line: str, code: str, piece: str) -> None:
    text = f'[watch]\nbefore = "x"\n{line}\n[feeds]\nafter = "y"\n'
    assert marked(text) == [(code, piece)]
    data = TomlDocument(text).data
    assert data["watch"] == {"before": "x"}
    assert data["feeds"] == {"after": "y"}


def test_many_slips_are_found_in_one_go() -> None:
    text = "[watch]\na = b\nc = 'fine'\nd = \"\\d\"\n[watch.e]\nany = ['x' 'y']\nlang = ['de']\n"
    document = TomlDocument(text)
    assert [p.line for p in document.problems] == [2, 4, 6]
    assert document.data == {"watch": {"c": "fine", "e": {"lang": ["de"]}}}
    assert document.broken_entries == {("watch", "a"), ("watch", "d"), ("watch", "e")}
    assert document.incomplete


def test_an_open_list_does_not_swallow_the_next_entry() -> None:
    text = '[watch.a]\nany = ["x", "y"\nlang = ["de"]\n\n[watch.b]\nany = "z"\n'
    assert TomlDocument(text).data == {"watch": {"a": {"lang": ["de"]}, "b": {"any": "z"}}}


def test_a_list_over_many_lines_is_one_statement() -> None:
    text = "[watch.a]\nany = [ # a comment ]\n  'x', \"a = b\",\n  ['y'],\n]\nmatch = '''\n[feeds]\nk = 1\n'''\n"
    assert [text[s.start : s.end].partition("\n")[0] for s in split_statements(text)] == [
        "[watch.a]",
        "any = [ # a comment ]",
        "match = '''",
    ]


def test_a_name_given_twice_shows_both_places_and_keeps_the_first() -> None:
    text = '[watch]\nH200 = "H200"\n\n[watch.H200]\nany = "x"\n\n[watch.Qwen]\nany = "Qwen"\nany = "again"\n'
    document = TomlDocument(text)
    twice, key = document.problems
    assert (twice.code, twice.line, twice.column, twice.end_column) == ("duplicate-name", 4, 8, 12)
    assert twice.message == 'two watches are named "H200"'
    assert twice.related == ((2, 1, 5, 'H200 = "H200"', "first use"),)
    assert (key.message, key.line, key.related[0][0]) == ("the key `any` is given twice", 9, 8)
    assert document.broken_entries == {("watch", "H200"), ("watch", "Qwen")}


def test_a_table_within_braces_may_repeat_outer_names() -> None:
    text = "[watch.a]\nany = 'x'\nnear = { words = 3, any = ['y'] }\nbroken\n"
    assert [p.line for p in TomlDocument(text).problems] == [4]


def test_what_only_the_whole_contradicts_is_told_too() -> None:
    document = TomlDocument("[watch.a]\nnear.words = 3\n[watch.a.near]\nany = 'x'\n[watch]\nb = 'y'\n")
    assert len(document.problems) == 1
    assert document.data["watch"]["b"] == "y"


def test_places_are_counted_in_characters() -> None:
    document = TomlDocument('[watch]\n"平头哥" = ["上市", "分拆"] # ü\n')
    assert document.place(("watch", "平头哥", 1)) == (2, 16, 20, '"平头哥" = ["上市", "分拆"] # ü', "")
    assert document.place(("watch", "平头哥"), name=True)[1:3] == (1, 6)


def test_a_part_of_a_text_is_found_inside_its_quotes() -> None:
    document = TomlDocument("[watch.a]\nregex = ['ab(c', \"\\\\d(x\"]\nmatch = '''\nfoo AND\n  bar'''\n")
    assert document.place(("watch", "a", "regex", 0), within=(2, 3))[1:3] == (13, 14)
    assert document.place(("watch", "a", "regex", 1), within=(2, 3))[1:3] == (18, 25), "escapes: the whole text"
    assert document.place(("watch", "a", "match"), within=(4, 7))[:3] == (4, 5, 8)
    assert document.place(("watch", "a", "match"), within=(10, 13))[:3] == (5, 3, 6)


def test_a_place_that_is_not_written_is_the_nearest_above() -> None:
    document = TomlDocument("[watch]\na = 'x'\n")
    assert document.place(("watch", "a", "any", 3))[:2] == (2, 5)
    assert document.place(("feeds", "b"))[:2] == (0, 0)


def test_lists_far_too_deep_are_refused_not_fatal() -> None:
    document = TomlDocument("[watch]\na = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1) + "\nb = 'x'\n")
    assert document.data == {"watch": {"b": "x"}}
    assert "too deeply" in document.problems[0].message


def test_a_number_without_end_is_refused_not_fatal() -> None:
    document = TomlDocument(f"[watch]\na = {'9' * 10_000}\nb = 'x'\n")
    assert document.data == {"watch": {"b": "x"}}
    assert len(document.problems) == 1


names = st.text("abäß -\"'.", min_size=1, max_size=6)
texts = st.text(max_size=20)


@st.composite
def rules_files(draw: st.DrawFn) -> str:
    """A valid file with all kinds of strings, comments and nesting."""
    lines = []
    for name in draw(st.lists(names, unique=True, max_size=5)):
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        value = "".join(f"\\U{ord(c):08X}" for c in draw(texts))
        entry = draw(st.sampled_from([f'"{value}"', f"[\"{value}\", # ]\n  'x = 1',\n]", "'''\n[x]\n'''", "{ a = 1 }"]))
        lines += [f"[watch.{quoted}] # [", f"any = {entry} # ]", ""]
    return "\n".join(lines)


@given(rules_files())
def test_a_valid_file_has_no_problem_and_every_value_a_place(text: str) -> None:
    document = TomlDocument(text)
    assert not document.problems
    for name in document.data.get("watch", {}):
        assert document.place(("watch", name, "any"))[0] > 0


@given(rules_files(), st.sampled_from(["x = y", "x = 'a", "x = [1 2]", "x", '"x" = "\\q"', "[watch.x y]"]))
@settings(max_examples=60)
def test_one_broken_line_costs_nothing_that_stands_before_it(text: str, broken: str) -> None:
    document = TomlDocument(f"{text}\n[sets]\n{broken}\n")
    before: dict[str, Any] = tomllib.loads(text).get("watch", {})
    assert document.data.get("watch", {}) == before
    assert [p.line for p in document.problems] == [text.count("\n") + 3]


@given(st.text("[]{}\"'=#\n a.,\\é", max_size=60))
@settings(max_examples=300)
@example("[[a]]\nb=1\n[a]\nc=2")
@example("'''")
@example("a = {")
def test_no_text_at_all_crashes_the_reader(text: str) -> None:
    document = TomlDocument(text)
    assert bool(document.problems) == document.incomplete
    lines = text.split("\n")
    for problem in document.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column < problem.end_column <= len(problem.source_line) + 2
