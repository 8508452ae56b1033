"""Canonical URLs: remove what publishers, aggregators and readers add to the address of a page.

Only parts that are known to choose no page are removed. An unknown parameter may name the article, so it stays. The
module makes no request; links that people click keep the original URL.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlsplit

# Tracking parameters, which never choose a page.
_TRACKING_PARAMETER = re.compile(
    r"(?:utm_|pk_|mtm_|hsa_|stm_).*|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|"
    r"mkt_tok|_ga|_gl|_hsenc|_hsmi|hsctatracking|vero_id|oly_anon_id|oly_enc_id|spm|scm|wt_mc|wt\.mc_id|wt_zmc|"
    r"wt\.rss_f|xtor|xtref|ns_mchannel|ns_source|ns_campaign|ns_linkname|at_medium|at_campaign|at_link_origin|"
    r"at_custom1|at_custom2|at_custom3|at_custom4|at_format|guccounter|guce_referrer|guce_referrer_sig|soc_src|"
    r"soc_trk|smid|smtyp|cmpid|ncid|ocid|sr_share|tblci|taboola_campaign_item_id|echobox|__twitter_impression|"
    r"amp_js_v|usqp|feedburner|rss_id",
    re.IGNORECASE,
)
# Parameters that choose a page on some sites; they are tracking only with a value such as "rss".
_REFERRER_PARAMETERS = frozenset(("ref", "source", "src", "from", "mod", "partner", "cid", "via", "origin"))
_FEED_REFERRER = re.compile(r"(?:rss|feed|feedburner|newsfeed)(?:[_-].*)?", re.IGNORECASE)

# Redirecting pages: (host, path) → the parameters that may hold the target.
_REDIRECTORS = {
    ("www.bing.com", "/news/apiclick.aspx"): ("url",),
    ("www.google.com", "/url"): ("url", "q"),
}
_REDIRECTOR_HOSTS = frozenset(name for name, _ in _REDIRECTORS)
_REDIRECTOR_PATHS = frozenset(path for _, path in _REDIRECTORS)

# Pages with several addresses: the SEC serves a filing under the number of each party.
_ALIAS_PATHS = {"www.sec.gov": re.compile(r"(?<=^/Archives/edgar/data/)\d{1,10}/(?=\d{18}/)")}

_OPAQUE_HOSTS = frozenset(("news.google.com",))  # links to a script; they change for the same article

# Session parameters: by name, and long hexadecimal numbers, which servlets add under other names.
_SESSION_PARAMETER = re.compile(
    r";(?:(?:jsessionid|phpsessid|sid|sessionid)=[^/;?#]*|\w{1,30}=[0-9a-f]{16,}(?:[.!-][\w.!-]*)?(?=[/;?#]|$))",
    re.IGNORECASE,
)
# The publisher's number of an article at the end of a path: /a-slug/797298, /a-slug-9477004.html. Not matched: a date,
# a round figure of a headline (/bitcoin-at-1000000), the six digits of a security (/sap-716460).
_PAGE_NUMBER = re.compile(
    r"(?:/|[_-](?=\d{7}))(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:\d\d){0,3}(?:\.|$))(\d{3,9}(?!000)\d{3})(?:\.[a-z]{3,5})?$"
)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_BLANK = re.compile(r"[\x00-\x20\x7f]+")
_DEFAULT_PORTS = {80, 443, None}
# The form of nearly every address: a pattern splits it in a sixth of the time of urlsplit.
_ORDINARY_URL = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/[\w./%~+-]*|)(?:\?([\w./%~+=&-]*))?", re.ASCII)


def canonical_url(url: str) -> str:
    """The canonical form of a web address; any other text is returned without white space. Idempotent."""
    url = _BLANK.sub("", url)
    parts = _split(url)
    if parts is None:
        return url
    while target := _redirect_target(parts):  # each is shorter than the one around it
        parts = target
    query = "&".join([piece for piece in parts.query.split("&") if piece and not _is_tracking(piece)])
    path = (_SESSION_PARAMETER.sub("", parts.path) if ";" in parts.path else parts.path).rstrip("/")
    if alias := _ALIAS_PATHS.get(parts.host):
        path = alias.sub("", path)
    return f"https://{parts.host}{_uppercase_escapes(path)}" + (f"?{_uppercase_escapes(query)}" if query else "")


def unwrap_redirect(url: str) -> str:
    """The target of a search engine's redirect link, unchanged; any other link as it is."""
    if url.isprintable() and not any(name in url.lower() for name in _REDIRECTOR_HOSTS):
        return url
    parts = _split(url)
    while parts is not None and (target := _redirect_target(parts)):
        parts, url = target, target.whole.geturl()
    return url


def is_opaque(url: str) -> bool:
    """Whether an address does not identify the page behind it, even if requested."""
    parts = _split(url)
    return parts is not None and parts.host in _OPAQUE_HOSTS


def feed_key(url: str) -> str:
    """A key that is equal for all spellings of a feed's address. Idempotent.

    Only for comparison: a server may distinguish the spellings, so a feed is requested as it was written.
    """
    url = re.sub(r"\Afeed:(?://)?(?=https?:)|\Afeed:(?=//)", "", _BLANK.sub("", url), flags=re.IGNORECASE)
    parts = _split(f"https:{url}" if url.startswith("//") else url)
    if parts is None:
        return url
    user, at, _ = parts.whole.netloc.rpartition("@")
    path = "/".join(_normalize_escapes(piece) for piece in parts.path.rstrip("/").split("/"))
    pairs = (
        piece.partition("=")
        for piece in parts.query.replace("+", "%20").split("&")
        if piece and not _is_tracking(piece)
    )
    query = "&".join(f"{_normalize_escapes(name)}{equals}{_normalize_escapes(value)}" for name, equals, value in pairs)
    return f"https://{user}{at}{parts.host}{path}" + (f"?{query}" if query else "")


def is_front_page(url: str) -> bool:
    """Whether a canonical URL is the front page of a site; some feeds link every entry to it."""
    parts = _split(url)
    return parts is not None and not parts.path and not parts.query


def page_number(url: str) -> str:
    """The site's number of the page of a canonical URL, which does not change with the headline; "" without one."""
    parts = _split(url)
    found = _PAGE_NUMBER.search(parts.path) if parts is not None and not parts.query else None
    return found[1] if found else ""


def url_host(url: str) -> str:
    """The host of a web address, without `www.`; "" where there is none."""
    parts = _split(url)
    return parts.host.removeprefix("www.") if parts else ""


class _WebAddress(NamedTuple):
    """A parsed http(s) address; host includes a port other than 80 and 443."""

    host: str
    path: str
    query: str
    whole: SplitResult


@lru_cache(maxsize=256)  # an article's address is split about ten times in a row
def _split(url: str) -> _WebAddress | None:
    """The parts of an http(s) address; None for any other text."""
    if ordinary := _ORDINARY_URL.fullmatch(url):
        scheme, name, path, query = ordinary.groups("")
        return _WebAddress(name, path, query, SplitResult(scheme, name, path, query, ""))
    try:
        parts = urlsplit(url)
        web = parts.scheme in ("http", "https") and parts.hostname and (parts.port, parts.path)
    except ValueError:  # a broken port or IPv6 literal
        return None
    return _WebAddress(_host(parts), parts.path, parts.query, parts) if web else None


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in _DEFAULT_PORTS else f"{name}:{parts.port}"


def _redirect_target(parts: _WebAddress) -> _WebAddress | None:
    if parts.path not in _REDIRECTOR_PATHS:
        return None
    named = _REDIRECTORS.get((parts.whole.hostname or "", parts.path), ())
    values = dict(parse_qsl(parts.query)) if named else {}
    inner = next((values[name] for name in named if name in values), "")
    return _split(_BLANK.sub("", inner)) if inner else None


def _is_tracking(piece: str) -> bool:
    name, _, value = piece.partition("=")
    return bool(
        _TRACKING_PARAMETER.fullmatch(name)
        or (name.lower() in _REFERRER_PARAMETERS and _FEED_REFERRER.fullmatch(value))
    )


def _normalize_escapes(text: str) -> str:
    """A part of an address with every reserved character escaped and no other."""
    return quote(unquote_to_bytes(text.encode("utf-8", "replace")), safe="")


def _uppercase_escapes(text: str) -> str:
    """Percent escapes in capitals; nothing is decoded, because servers distinguish the forms."""
    return _ESCAPE.sub(lambda escape: escape[0].upper(), text) if "%" in text else text
