"""What is allowed but probably not meant. Warnings never change the exit status."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from monitor.config.ordinary import ORDINARY
from monitor.config.spans import KeyPath
from monitor.config.toml.notes import Notes
from monitor.core.match.watch import Watch

SHORT = 3


def lint(
    watches: Collection[Watch],
    told: Mapping[str, Collection[str]],
    channels: Collection[str],
    ops: Collection[str],
    notes: Notes,
) -> None:
    """Note every warning: watches as the file has them, whom each tells, channels, ops channels."""
    for watch in watches:
        _terms(watch, notes)
    _reach(watches, told, channels, ops, notes)
    _contained(watches, notes)


def _terms(watch: Watch, notes: Notes) -> None:
    base: KeyPath = ("watch", watch.name)
    alone = not (watch.all or watch.near)
    listed = [((*base, "any", at), term) for at, term in enumerate(watch.any)]
    listed += [((*base, "all", at, nth), term) for at, terms in enumerate(watch.all) for nth, term in enumerate(terms)]
    for path, term in listed:
        if term.startswith("@"):
            continue
        if alone and _is_short(term):
            help = "give it company (`near`, `all`) or spell it out"
            notes.warn("short-term", f'the term "{term}" is very short and will be found everywhere', path, help=help)
        if strange := look_alike(term):
            help = "it looks like a Latin letter and is another one: articles will not have it"
            message = f'"{term}" mixes alphabets: {strange}'
            notes.warn("look-alike", message, path, help=help)
        if term.isupper() and term.lower() in ORDINARY:
            help = f'write "={term}" to find it in capitals only'
            message = f'"{term}" also finds the ordinary word "{term.lower()}"'
            notes.warn("ordinary-word", message, path, label=f'did you mean "={term}"?', help=help)


def look_alike(term: str) -> str:
    """The first Greek or Cyrillic letter among Latin ones, by its name: a copy from a web page may carry it."""
    letters = [(char, unicodedata.name(char, "")) for char in term if char.isalpha()]
    if not any(name.startswith("LATIN") for _, name in letters):
        return ""
    odd = [f"{char} is {name.lower()}" for char, name in letters if name.startswith(("GREEK", "CYRILLIC"))]
    return odd[0] if odd else ""


def _is_short(term: str) -> bool:
    """Under three characters; two Chinese ones are a whole word."""
    text = term.lstrip("=")
    return 0 < len(text) < SHORT and all(sign < "\u2e80" for sign in text)


def _reach(
    watches: Collection[Watch],
    told: Mapping[str, Collection[str]],
    channels: Collection[str],
    ops: Collection[str],
    notes: Notes,
) -> None:
    if not channels:
        help = 'for example: slack = "${SLACK_WEBHOOK}" under [notify]'
        notes.warn("no-channel", "no channel yet: matches are stored and shown, but nobody is told", (), help=help)
        return
    reached = {channel for watch in watches if watch.enabled for channel in told[watch.name]}
    for watch in watches:
        if watch.enabled and watch.notify is not None and not watch.notify:
            path = ("watch", watch.name, "notify")
            notes.warn("watch-without-channel", f'watch "{watch.name}" tells nobody', path, help="name a channel here")
    for channel in channels:
        if channel not in reached and channel not in ops:
            message = f'no watch tells channel "{channel}"'
            notes.warn("channel-without-watch", message, ("notify", channel), name=True, help="name it in a `notify`")


def _contained(watches: Iterable[Watch], notes: Notes) -> None:
    """Watches of plain terms whose every term is also in another: each of their articles is told twice."""
    simple = {watch.name: frozenset(watch.any) for watch in watches if _is_simple(watch)}
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for name, terms in simple.items():
        for term in terms:
            holders[term].add(name)
    for name, terms in simple.items():
        others = set.intersection(*(holders[term] for term in terms)) - {name}
        for other in sorted(others)[:1]:
            same = simple[other] == terms
            if same and other > name:
                continue  # told once, at the second of the two
            what = "looks for the same terms as" if same else "is contained in"
            path = ("watch", name)
            notes.warn(
                "contained-watch", f'watch "{name}" {what} "{other}"', path, name=True, help="one alert tells both"
            )


def _is_simple(watch: Watch) -> bool:
    further = (watch.all, watch.none, watch.near, watch.not_near, watch.regex, watch.match, watch.fields, watch.feeds)
    return bool(watch.any) and watch.enabled and not any((*further, watch.lang))
