"""One address for one page: what publishers, aggregators and readers add to a URL is taken off again.

It removes only what is known to mean nothing. An unknown parameter may name the article, so it stays; the raw URL is
kept elsewhere, for people to click on.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

# Parameters that count visits and never choose a page.
_TRACKER = re.compile(
    r"(?:utm_|pk_|mtm_|hsa_|stm_).*|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|"
    r"mkt_tok|_ga|_gl|_hsenc|_hsmi|hsctatracking|vero_id|oly_anon_id|oly_enc_id|spm|scm|wt_mc|wt\.mc_id|wt_zmc|"
    r"wt\.rss_f|xtor|xtref|ns_mchannel|ns_source|ns_campaign|ns_linkname|at_medium|at_campaign|at_link_origin|"
    r"at_custom1|at_custom2|at_custom3|at_custom4|at_format|guccounter|guce_referrer|guce_referrer_sig|soc_src|"
    r"soc_trk|smid|smtyp|cmpid|ncid|ocid|sr_share|tblci|taboola_campaign_item_id|echobox|__twitter_impression|"
    r"amp_js_v|usqp|feedburner|rss_id",
    re.IGNORECASE,
)
# Parameters that choose a page on some sites: only with a value that says where a reader came from.
_SOURCES = frozenset(("ref", "source", "src", "from", "mod", "partner", "cid", "via", "origin"))
_FROM_FEED = re.compile(r"(?:rss|feed|feedburner|newsfeed)(?:[_-].*)?", re.IGNORECASE)

# Pages that only lead to another one: (host, path) → the parameters that may name it.
_REDIRECTORS = {
    ("www.bing.com", "/news/apiclick.aspx"): ("url",),
    ("www.google.com", "/url"): ("url", "q"),
}

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;?#]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_BLANK = re.compile(r"[\x00-\x20\x7f]+")
_PORTS = {80, 443, None}


def canonical_url(url: str) -> str:
    """The comparable form of a web address; what is none is returned without white space. Idempotent."""
    url = _BLANK.sub("", url)
    parts = _split(url)
    if parts is None:
        return url
    while target := _target(parts):  # each is shorter than the one around it
        parts = target
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _tracks(piece))
    path = _SESSION.sub("", parts.path).rstrip("/")
    return f"https://{_host(parts)}{_upper(path)}" + (f"?{_upper(query)}" if query else "")


def is_front_page(url: str) -> bool:
    """Whether a canonical URL names a whole site: some feeds link every entry to it."""
    parts = _split(url)
    return parts is not None and not parts.path and not parts.query


def host(url: str) -> str:
    """The host of a web address, without `www.`; "" where there is none."""
    parts = _split(url)
    return _host(parts).removeprefix("www.") if parts else ""


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) address."""
    try:
        parts = urlsplit(url)
        web = parts.scheme in ("http", "https") and parts.hostname and (parts.port, parts.path)
    except ValueError:  # a broken port or IPv6 literal
        return None
    return parts if web else None


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in _PORTS else f"{name}:{parts.port}"


def _target(parts: SplitResult) -> SplitResult | None:
    named = _REDIRECTORS.get((parts.hostname or "", parts.path), ())
    values = dict(parse_qsl(parts.query)) if named else {}
    inner = next((values[name] for name in named if name in values), "")
    return _split(_BLANK.sub("", inner)) if inner else None


def _tracks(piece: str) -> bool:
    name, _, value = piece.partition("=")
    return bool(_TRACKER.fullmatch(name) or (name.lower() in _SOURCES and _FROM_FEED.fullmatch(value)))


def _upper(text: str) -> str:
    """Percent escapes in capitals; nothing is decoded, for servers tell the forms apart."""
    return _ESCAPE.sub(lambda escape: escape[0].upper(), text)
