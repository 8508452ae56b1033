"""Split a headline into its label ("UPDATE 3", "Korrektur", "Investigating"), its statement and its publisher.

Only known labels and publishers are split off: a company before a colon is content. The module reads no words.
"""

from __future__ import annotations

import re

from monitor.core.dedupe.words.neutral_words import AGENCIES, AGENCY_NAMES, CAPITAL_AGENCIES
from monitor.core.model.articles import Span
from monitor.core.text.normalize import fold

_LABELS = (
    # wires
    "eil", "eilmeldung", "blitz", "update", "roundup", "wdh", "wiederholung", "korrektur", "berichtigung", "neu",
    "hintergrund",
    "überblick", "zusammenfassung", "ausblick", "analyse", "kommentar", "kreise", "presse", "ticker", "liveticker",
    "live",
    "liveblog", "video", "podcast", "interview", "exklusiv", "exclusive", "breaking", "breaking news", "just in",
    "urgent",
    "alert", "flash", "newsflash", "correction", "corrected", "clarification", "retraction", "refile", "recast",
    "factbox",
    "explainer", "analysis", "insight", "opinion", "comment", "report", "watch", "wrapup", "wrap", "snap", "brief",
    "developing", "bericht", "medienbericht", "dpa-afx", "dpa", "original-research", "werbung", "anzeige",
    "sponsored", "ad",
    "actualización", "última hora", "urgente", "corrección", "mise à jour", "mis à jour", "dernière minute",
    "correctif",
    "alerte", "exclusif", "direct", "en direct", "快讯", "更正", "突发", "最新", "更新", "速報", "訂正", "news",
    "meldung",
    # states of an incident, an offer, a request
    "investigating", "identified", "monitoring", "resolved", "scheduled", "in progress", "completed", "verifying",
    "postmortem",
    "degraded", "outage", "partial outage", "major outage", "maintenance", "operational", "fixed", "mitigated",
    "open", "closed",
    "merged", "draft", "pending", "confirmed", "withdrawn", "cancelled", "canceled", "postponed", "reopened", "solved",
    "untersucht", "wird untersucht", "störung", "behoben", "gelöst", "geplant", "abgeschlossen", "offen", "geschlossen",
    "entwarnung", "warnung", "abgesagt", "verschoben", "bestätigt", "zurückgezogen", "résolu", "en cours",
    "résuelto", "resuelto",
)  # fmt: skip
_LABEL = re.compile(
    r"\s*[\[(]?(?P<label>(?:dpa-AFX[ -])?(?:" + "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True)) + r")"
    r"(?:[ -]?(?:\d{1,2}|aktienfokus|news))?(?:/(?:aktie|roundup|update|wdh|korrektur))?(?: \d{1,2})?)"
    r"\s*(?:[\])]\s*[:–—-]?|[:：/|]|\s[–—-](?=\s)|-(?=[A-ZÄÖÜ]))\s*",
    re.IGNORECASE,
)
_WRAPPED_LABEL = re.compile(r"\s*【(?P<label>[^】]{1,12})】\s*")
_SUFFIX = re.compile(r"\s+(?:[-–—|·•]|::)\s+(?P<name>[^|–—]{2,40})\s*\Z")
_DOMAIN = re.compile(
    r"[\w-]+(?:\.[\w-]+)*\.(?:de|com|net|org|ch|at|eu|fr|es|it|co\.uk|uk|io|tv|news|info|cn|com\.cn|in|jp|nl|info)",
    re.IGNORECASE,
)
_MEDIA_WORD = re.compile(
    r"\b(?:news|times|post|zeitung|journal|magazine?|online|tv|radio|blog|daily|herald|tribune|today|media|press|wire|"
    r"gazette|chronicle|observer|guardian|telegraph|independent|mirror|express|standard|bulletin|anzeiger|nachrichten|"
    r"rundschau|tageblatt|kurier|blatt|tagblatt|allgemeine|presse|focus|stern|spiegel|welt|bild|wirtschaftswoche|aktionär|"
    r"börse|finanz\w*|boerse\w*|handelsblatt|heise|golem|tagesschau|zdf\w*|ard|ntv|n-tv|rtl|swissinfo|nzz|srf|"
    r"bloomberg|reuters|forbes|fortune|barron's|cnbc|cnn|bbc|npr|axios|politico|techcrunch|verge|wired|engadget|"
    r"investing|benzinga|seeking alpha|motley fool|marketwatch|yahoo|msn|monde|figaro|echos|parisien|país|mundo|"
    r"expansión|vanguardia|corriere|repubblica|sole|telegraaf|volkskrant)\b|新闻|日报|晚报|财经|网$|新浪|搜狐|腾讯|新聞",
    re.IGNORECASE,
)
_PUBLISHERS = frozenset(map(fold, (*AGENCIES, *CAPITAL_AGENCIES, *AGENCY_NAMES)))
MIN_STATEMENT = 12  # characters that must stay before a publisher


def headline_label(title: str) -> str:
    """The folded label of a headline; "" without one."""
    label = _LABEL.match(title) or _WRAPPED_LABEL.match(title)
    return " ".join(fold(label["label"]).split()) if label and label.end() < len(title) else ""


def headline_span(title: str) -> Span:
    """The span of the statement in a headline, without label and publisher."""
    label = _LABEL.match(title) or _WRAPPED_LABEL.match(title)
    start = label.end() if label and label.end() < len(title) else 0
    suffix = _SUFFIX.search(title, start)
    if suffix and suffix.start() - start >= MIN_STATEMENT and _is_publisher(suffix["name"].strip()):
        return start, suffix.start()
    return start, len(title)


def _is_publisher(name: str) -> bool:
    return (
        _DOMAIN.fullmatch(name) is not None
        or fold(name) in _PUBLISHERS
        or (len(name.split()) <= 4 and _MEDIA_WORD.search(name) is not None)
    )
