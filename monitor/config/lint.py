"""Warnings for what is allowed but probably not meant, and advice for the engine's rule errors."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from heapq import nsmallest

from monitor.config.toml.notes import Notes
from monitor.config.toml.scanner import KeyPath
from monitor.core.errors import RuleError
from monitor.core.match.watch import Watch

COMMON_WORDS = frozenset(
    """
    able age aid aim air all an and any apple apps arc are area arm arms art as ask at au aus axa back bad bag
    bahn ball band bank bar base bass bay be bear bei best beta big bill bit block blue boa bold bolt book boot
    boss box bus but buy by call can cap car care cart case cash cat chef chip circle city clip club coin cool
    cop core cost cry cube cut dan das data day deal dell den der des die do dot dow duck ear eat edge ein ekg
    elf eon es es et fan farm fast fat fit fix flow fly foot for ford form fox free fun fuse game gap gas gem
    gen gift go gold good grab grow gut gym hand has hat haus he heat help her here high him hit home hope host
    hot hut i ice icon if ihr ii in ing ion iron is it its jack jet job joy just key kid kind king kit land last
    lead life light line link lion live love low luck mac mail main man mark mars mast match max may meat men
    met meta mid mind mine mint mode moon more most move ms mut nah name near net new nice nike node not note
    nova now null nun nut ocean of off oil old on one open or orange oracle out owl own page pan park path pay
    peak pen per pet pink plan play plug plus pm poll pool port post power prime pro pump pure quad rad rail
    rain ran rank rare raw real red rest rich ride ring rio rock root rose rot run safe sage sail salt sand sap
    save say sea see sell seven shell ship shop sie sign silk sky snap snow so sohn sold solo son space spot
    star stem step stone storm strom sun sure target team tell ten test the tide tie time tip to tod ton top tor
    tot toy trade trend true two und up us van via visa vital wait war was way we web well wert west wie wind
    wing wir wise wolf work yes you zeit zoom
    """.split()  # noqa: SIM905 -- a list of words is read and edited as words
)


MIN_TERM_LENGTH = 3


def lint_watches(
    watches: Collection[Watch],
    channels_by_watch: Mapping[str, Collection[str]],
    channels: Collection[str],
    ops: Collection[str],
    notes: Notes,
) -> None:
    """Note all warnings. channels_by_watch: the names of each watch's channels; ops: those for operator alarms."""
    for watch in watches:
        _lint_terms(watch, notes)
    _lint_channels(watches, channels_by_watch, channels, ops, notes)
    _lint_contained_watches(watches, notes)


def _lint_terms(watch: Watch, notes: Notes) -> None:
    base: KeyPath = ("watch", watch.name)
    alone = not (watch.all or watch.near)
    listed = [((*base, "any", at), term) for at, term in enumerate(watch.any)]
    listed += [((*base, "all", at, nth), term) for at, terms in enumerate(watch.all) for nth, term in enumerate(terms)]
    for path, term in listed:
        if term.startswith("@"):
            continue
        if alone and _is_short(term):
            help = "give it company (`near`, `all`) or spell it out"
            notes.add_warning(
                "short-term", f'the term "{term}" is very short and will be found everywhere', path, help=help
            )
        if strange := find_homoglyph(term):
            help = "it looks like a Latin letter and is another one: articles will not have it"
            message = f'"{term}" mixes alphabets: {strange}'
            notes.add_warning("look-alike", message, path, help=help)
        if term.isupper() and term.lower() in COMMON_WORDS:
            help = f'write "={term}" to find it in capitals only'
            message = f'"{term}" also finds the ordinary word "{term.lower()}"'
            notes.add_warning("ordinary-word", message, path, label=f'did you mean "={term}"?', help=help)


def find_homoglyph(term: str) -> str:
    """The first Greek or Cyrillic letter among Latin ones, by its Unicode name; copies from web pages contain them."""
    letters = [(char, unicodedata.name(char, "")) for char in term if char.isalpha()]
    if not any(name.startswith("LATIN") for _, name in letters):
        return ""
    odd = [f"{char} is {name.lower()}" for char, name in letters if name.startswith(("GREEK", "CYRILLIC"))]
    return odd[0] if odd else ""


def _is_short(term: str) -> bool:
    """Whether a term has under three characters; two Chinese characters are a whole word."""
    text = term.lstrip("=")
    return 0 < len(text) < MIN_TERM_LENGTH and all(sign < "\u2e80" for sign in text)


def _lint_channels(
    watches: Collection[Watch],
    channels_by_watch: Mapping[str, Collection[str]],
    channels: Collection[str],
    ops: Collection[str],
    notes: Notes,
) -> None:
    if not channels:
        help = 'for example: slack = "${SLACK_WEBHOOK}" under [notify]'
        notes.add_warning(
            "no-channel", "no channel yet: matches are stored and shown, but nobody is alerted", (), help=help
        )
        return
    reached = {channel for watch in watches if watch.enabled for channel in channels_by_watch[watch.name]}
    for watch in watches:
        if watch.enabled and watch.notify is not None and not watch.notify:
            path = ("watch", watch.name, "notify")
            notes.add_warning(
                "watch-without-channel", f'watch "{watch.name}" alerts nobody', path, help="name a channel here"
            )
    for channel in channels:
        if channel not in reached and channel not in ops:
            message = f'no watch alerts channel "{channel}"'
            notes.add_warning(
                "channel-without-watch", message, ("notify", channel), name=True, help="name it in a `notify`"
            )


def _lint_contained_watches(watches: Iterable[Watch], notes: Notes) -> None:
    """Warn of watches of plain terms whose terms are all in another watch too."""
    simple = {watch.name: frozenset(watch.any) for watch in watches if _is_simple(watch)}
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for name, terms in simple.items():
        for term in terms:
            holders[term].add(name)
    for name, terms in simple.items():
        if notes.warned_enough:
            return  # many watches with the same terms would all be compared with each other
        others = set.intersection(*sorted((holders[term] for term in terms), key=len)) - {name}
        for other in nsmallest(1, others):
            same = simple[other] == terms
            if same and other > name:
                continue  # warned once, at the second of the two
            what = "has the same terms as" if same else "is contained in"
            path = ("watch", name)
            notes.add_warning(
                "contained-watch", f'watch "{name}" {what} "{other}"', path, name=True, help="both get one alert"
            )


def _is_simple(watch: Watch) -> bool:
    further = (watch.all, watch.none, watch.near, watch.not_near, watch.regex, watch.match, watch.fields, watch.feeds)
    return bool(watch.any) and watch.enabled and not any((*further, watch.lang))


_CLOSE_HELP = "close it, or put a backslash before it where the sign itself is meant"

# (code, how the message begins) → (label beside the caret, way out)
_ERROR_ADVICE = {
    ("bad-regex", "the regular expression does not compile: missing )"): ("opened here, never closed", _CLOSE_HELP),
    ("bad-regex", "the regular expression does not compile: unterminated"): ("opened here, never closed", _CLOSE_HELP),
    ("bad-regex", "the regular expression does not compile: unbalanced"): ("closes nothing", _CLOSE_HELP),
    ("bad-regex", "the regular expression does not compile: nothing to repeat"): ("repeats nothing", ""),
    ("bad-regex", "(i?)"): ("write (?i), or nothing", ""),
    ("empty-term", ""): ("nothing in here", ""),
    ("empty-watch", ""): ("has no terms", 'for example: any = ["H200"]'),
}


def error_advice(error: RuleError) -> tuple[str, str]:
    """The label beside the caret and the help for a rule error."""
    if error.code == "control-character" and error.where != "regex" and "\b" in error.value:
        return "", 'in "double quotes" \\b is a backspace; leave it out: a term is whole words already'
    if error.code == "control-character":
        return "", "a backslash means something else in \"double quotes\": use 'single quotes'"
    if error.help.startswith("did you mean"):
        return error.help, ""
    message = str(error)
    for (code, start), (label, help) in _ERROR_ADVICE.items():
        if error.code == code and message.startswith(start):
            return label, error.help or help
    return "", error.help
