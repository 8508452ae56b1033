"""What `monitor check` prints for a file in which nearly everything is wrong, to the letter."""

from __future__ import annotations

from pathlib import Path

from monitor.config.load import load_rules
from monitor.config.toml.problems import render_problems

DATA = Path(__file__).parent / "data"


def shown() -> str:
    """All problems of the broken file, as a person sees them."""
    path = DATA / "broken.toml"
    reading = load_rules(path, environ={})
    return render_problems(reading.problems, path=Path("broken.toml")) + "\n"


def test_every_mistake_is_shown_with_its_place_and_a_way_out() -> None:
    assert shown() == (DATA / "broken.txt").read_text(encoding="utf-8")


def test_no_secret_of_the_file_is_shown() -> None:
    assert "hunter22" not in shown()
