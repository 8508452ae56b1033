from __future__ import annotations

from monitor.config.toml.problems import Problem, escape_unprintable, render_problems


def test_a_problem_shows_its_line_a_caret_and_a_way_out() -> None:
    problem = Problem(
        "unknown-channel", "no channel `slak`", 13, 11, 17, 'notify = ["slak"]', 'did you mean "slack"?', "x"
    )
    assert render_problems([problem], path="rules.toml") == (
        "error[unknown-channel]: no channel `slak`\n"
        "  --> rules.toml:13:11\n"
        "   |\n"
        '13 | notify = ["slak"]\n'
        '   |           ^^^^^^ did you mean "slack"?\n'
        "   = help: x"
    )


def test_two_places_stand_in_the_order_of_the_file() -> None:
    first = (3, 1, 5, 'H200 = "H200"', "first use")
    problem = Problem("duplicate-name", "twice", 22, 8, 12, "[watch.H200]", "second use", related=(first,))
    assert render_problems([problem], path="rules.toml").splitlines()[2:] == [
        "   |",
        ' 3 | H200 = "H200"',
        "   | ---- first use",
        "22 | [watch.H200]",
        "   |        ^^^^ second use",
    ]


def test_carets_stand_under_chinese_text() -> None:
    line = 'a = ["平头哥", "上市"]'
    first, second = Problem("x", "y", 1, 6, 11, line, "here"), Problem("x", "y", 1, 13, 17, line, "here")
    assert render_problems([first], path="r").splitlines()[-1] == "  |      ^^^^^^^^ here"
    assert render_problems([second], path="r").splitlines()[-1] == "  | " + " " * 15 + "^^^^^^ here"


def test_a_long_line_is_cut_around_its_caret() -> None:
    line = "any = [" + ", ".join(f'"term {n}"' for n in range(100)) + "]"
    column = line.index('"term 50"') + 1
    shown = render_problems([Problem("x", "y", 1, column, column + 9, line, "here")], path="r").splitlines()
    start = shown[-1].index("^")
    assert shown[-2][start : start + 9] == '"term 50"'
    assert max(map(len, shown)) < 140


def test_a_problem_of_the_whole_file_has_no_line() -> None:
    assert (
        render_problems([Problem("no-file", "gone", help="find it")], path="r")
        == "error[no-file]: gone\n --> r\n  = help: find it"
    )


def test_nothing_in_the_file_can_steer_the_terminal() -> None:
    assert escape_unprintable("a\x1bb\u200ec\u200bd\x7f\te") == "a␛b�c�d� e"
    problem = Problem("x", "\x1b]0;owned\x07", 1, 1, 2, "\x1b[2J", "\x1b[0m", "\x1b[0m")
    assert "\x1b" not in render_problems([problem], path="r")


def test_colour_is_only_paint() -> None:
    problem = Problem("x", "y", 1, 1, 2, "abc", "here", "help", related=((2, 1, 2, "abc", "there"),))
    plain = render_problems([problem], path="r")
    coloured = render_problems([problem], path="r", colour=True)
    assert coloured != plain
    for code in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_a_label_may_hold_braces() -> None:
    assert "{0} {x}" in render_problems([Problem("x", "y", 1, 1, 2, "abc", "{0} {x}")], path="r")
