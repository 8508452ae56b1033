"""What a web page is that came instead of a feed: a check for robots, a question of consent, a login, an error.

Each has another way out, so each is called by its name; what is none of them is called by its title.
"""

from __future__ import annotations

import re

FAR = 64 * 1024  # characters that are looked at
WALLS = (
    (
        r"just a moment\.\.\.|cf-chl-|challenge-platform|_incapsula_|px-captcha|datadome|captcha|are you a robot|"
        r"verify (?:that )?you are (?:a )?human|attention required! \| cloudflare|bist du ein mensch|kein roboter",
        "a check for robots",
    ),
    (
        r"consent\.(?:google|youtube|yahoo)\.|before you continue|bevor sie fortfahren|guce\.|sp_message|"
        r"cookies? (?:akzeptieren|zustimmen)|accept (?:all )?cookies|einwilligung",
        "a question of consent",
    ),
    (r"<title[^>]{0,100}>[^<]{0,100}(?:log ?in|sign ?in|anmelde)", "a login"),
    (r"access denied|zugriff verweigert|403 forbidden|request blocked|unusual traffic", "a refusal"),
    (r"404 not found|page not found|seite nicht gefunden", "an error page"),
    (r"wartungsarbeiten|under maintenance|temporarily unavailable|503 service", "a notice of maintenance"),
)
_WALLS = tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in WALLS)
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,200})", re.IGNORECASE)


def described(markup: str) -> str:
    """What a page is, in words: `a web page called "Just a moment..." that looks like a check for robots`."""
    markup = markup[:FAR]
    title = _TITLE.search(markup)
    called = f' called "{" ".join(title[1].split())[:80]}"' if title else ""
    wall = next((f" that looks like {words}" for pattern, words in _WALLS if pattern.search(markup)), "")
    return f"a web page{called}{wall}"
