"""What to do about a complaint of the engine: it knows the term, we know the file."""

from __future__ import annotations

from monitor.core.errors import RuleError

_CLOSE = "close it, or put a backslash before it where the sign itself is meant"

# (code, how the message begins) → (label beside the caret, way out)
_ADVICE = {
    ("bad-regex", "the regular expression does not compile: missing )"): ("opened here, never closed", _CLOSE),
    ("bad-regex", "the regular expression does not compile: unterminated"): ("opened here, never closed", _CLOSE),
    ("bad-regex", "the regular expression does not compile: unbalanced"): ("closes nothing", _CLOSE),
    ("bad-regex", "the regular expression does not compile: nothing to repeat"): ("repeats nothing", ""),
    ("bad-regex", "(i?)"): ("write (?i), or nothing", ""),
    ("empty-term", ""): ("nothing in here", ""),
    ("empty-watch", ""): ("looks for nothing", 'for example: any = ["H200"]'),
}


def advice(error: RuleError) -> tuple[str, str]:
    """The label and the help for a complaint."""
    if error.code == "control-character" and error.where != "regex" and "\b" in error.value:
        return "", 'in "double quotes" \\b is a backspace; leave it out: a term is whole words already'
    if error.code == "control-character":
        return "", "a backslash means something else in \"double quotes\": use 'single quotes'"
    if error.help.startswith("did you mean"):
        return error.help, ""
    message = str(error)
    for (code, start), (label, help) in _ADVICE.items():
        if error.code == code and message.startswith(start):
            return label, error.help or help
    return "", error.help
