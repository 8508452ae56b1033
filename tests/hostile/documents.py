"""Documents at the bounds of what is read of one: name → its bytes, how it is read, and what has to come of it.

Each bound has a document that keeps to it and one that is a step beyond. What feedparser, expat, lxml or json make of
far more (minutes, gigabytes, a stack that ends) is said in words where the bound stands; that a process is ended which
takes too long or too much is shown with one that waits (`tests/feeds/test_parser.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.feeds import entries, repair
from monitor.feeds import rss as crowd
from monitor.feeds import rss as tame
from monitor.feeds.fields import MAX_FIELD_LENGTHS, MAX_TAGS
from monitor.feeds.strict import elements, strict_parser

TITLE = "Good sibling"
GOOD = f"<item><title>{TITLE}</title><link>https://feeds.example/good</link></item>"
ATOM = f"<entry><title>{TITLE}</title><link href='https://feeds.example/good'/></entry>"
DECLARED = '<!DOCTYPE rss [<!ENTITY mill "The mill">]>'  # one name for two words


@dataclass(frozen=True)
class Hostile:
    """One document; keeps: its good entry is listed; reads: it has an article; refused: the kind of its error."""

    body: bytes
    kind: str = "feed"
    keeps: bool = False
    reads: bool = False
    refused: str = ""


def rss(*items: str, before: str = "", head: str = "") -> str:
    """A feed with these entries."""
    return f'{before}<rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'


def kept(document: str | bytes, kind: str = "feed") -> Hostile:
    """A document of which the good entry has to survive."""
    return Hostile(document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass"), kind, True)


def beside(inner: str) -> Hostile:
    """An entry of this beside a good one, which has to survive."""
    return kept(rss(f"<item>{inner}</item>", GOOD))


def refused(document: str | bytes, why: str, kind: str = "feed") -> Hostile:
    """A document that has to be refused for this reason."""
    body = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    return Hostile(body, kind, refused=why)


def endured(document: str | bytes, kind: str = "feed") -> Hostile:
    """A document that may be refused."""
    return Hostile(document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass"), kind)


def prologs(file: str, url: str) -> dict[str, Hostile]:
    """What stands before a root, and what names something to open; file and url lead to canaries that nobody may."""
    late = "<br/>" + "x" * (repair.MAX_ROOT_OFFSET - len("<br/><rss"))
    return {
        "a path for a body": refused(file, "not-a-feed"),
        "a URL for a body": refused(url, "not-a-feed"),
        "a stylesheet": kept(rss(GOOD, before=f'<?xml-stylesheet href="{url}" type="text/xsl"?>')),
        "a base elsewhere": kept(rss(GOOD).replace("<rss ", f'<rss xml:base="{url}" ')),
        "a link elsewhere": kept(rss(GOOD, head=f"<link>{url}</link>")),
        "a picture elsewhere": kept(rss(GOOD, head=f"<image><url>{url}</url><title>T</title></image>")),
        "a feed elsewhere": kept(rss(GOOD, head=f'<atom:link rel="self" href="{url}"/>')),
        "an entry elsewhere": kept(rss(f"<item><title>t</title><link>{url}</link></item>", GOOD)),
        "an enclosure elsewhere": kept(rss(f'<item><title>t</title><enclosure url="{url}"/></item>', GOOD)),
        "media elsewhere": kept(rss(f'<item><title>t</title><media:content url="{url}"/></item>', GOOD)),
        "a picture in a text": beside(f"<title>t</title><description>&lt;img src='{url}'></description>"),
        "a sitemap elsewhere": endured(f"<urlset><url><loc>{url}</loc></url></urlset>", "sitemap"),
        "a page's picture, style and script elsewhere": endured(
            f'<html><link rel="stylesheet" href="{url}"><body><img src="{url}"><script src="{url}"></script>', "page"
        ),
        "a doctype": kept(rss(GOOD, before="<!DOCTYPE rss>")),
        "a declared name": kept(rss(f"<item><title>&mill;</title></item>{GOOD}", before=DECLARED)),
        "a declared name in a sitemap": refused(
            f"{DECLARED}<urlset><url><loc>https://x.example/&mill;</loc></url></urlset>", "broken", "sitemap"
        ),
        "a doctype without its end": refused(rss(GOOD, before="<!DOCTYPE rss ["), "not-a-feed"),
        "a comment": kept(rss(GOOD, before="<!-- made at noon -->")),
        "a comment without its end": refused(rss(GOOD, before="<!-- made at noon "), "not-a-feed"),
        "blank lines": kept(rss(GOOD, before="\n" * 40)),
        "a warning": kept(rss(GOOD, before="<br />\n<b>Warning</b>: include() failed on line 3<br />\n")),
        "a root as late as it may stand": kept(late + rss(GOOD)),
        "a root that stands a byte later": refused(late + "x" + rss(GOOD), "not-a-feed"),
        "a section without its end": endured(rss(GOOD, "<![CDATA[")),
        "a comment without its end inside": endured(rss(GOOD, "<!--")),
        "a declaration inside": endured(rss(GOOD, "<!DOCTYPE x>")),
        "an instruction inside": endured(rss(GOOD, "<?x y?>")),
    }


def around(most: int) -> tuple[int, int]:
    """The bound and one more."""
    return most, most + 1


def shapes() -> dict[str, Hostile]:
    """Feeds at each bound of their readers."""
    return {**sizes(), **counts(), **encodings()}


def sizes() -> dict[str, Hostile]:
    """Fields of the longest text that is kept of them, and of a character more."""
    rows = {}
    for n in around(MAX_FIELD_LENGTHS["author"]):
        for name in ("author", "dc:creator", "managingEditor"):
            rows[f"{name} of {n} letters"] = beside(f"<title>t</title><{name}>{'a' * n}</{name}>")
        rows[f"an address of {n} letters for an author"] = beside(
            f"<title>t</title><author>{'a' * (n - 6)}@b.org</author>"
        )
        rows[f"a name of {n} letters in Atom"] = kept(
            f"<feed><entry><author><name>{'a' * n}</name></author></entry>{ATOM}</feed>"
        )
    for n in around(MAX_FIELD_LENGTHS["title"]):
        rows[f"a title of {n} letters"] = beside(f"<title>{'x' * n}</title>")
    for n in around(MAX_FIELD_LENGTHS["tag"]):
        rows[f"a tag of {n} letters"] = beside(f"<title>t</title><category>{'x' * n}</category>")
    for n in around(MAX_FIELD_LENGTHS["guid"]):
        rows[f"a guid of {n} letters"] = beside(f"<title>t</title><guid>{'g' * n}</guid>")
    for n in around(MAX_FIELD_LENGTHS["url"]):
        rows[f"a link of {n} letters"] = beside(f"<link>https://x.example/{'a' * (n - 18)}</link>")
    for n in around(100):  # as much of a language as tells an entry apart (`slices._LANGUAGE`)
        rows[f"a language of {n} letters"] = kept(rss(GOOD, head=f"<language>{'d' * n}</language>"))
    return rows


def counts() -> dict[str, Hostile]:
    """As many of a thing as are read, and one more."""
    rows = {}
    for most in (strict_parser.MAX_ATTRIBUTES, tame.MAX_ATTRIBUTES):
        for n in around(most):
            rows[f"{n} attributes"] = kept(rss(GOOD).replace("<rss ", "<rss " + attributes(n - 1)))
            rows[f"{n} attributes of an entry"] = kept(rss(f"<item {attributes(n)}><title>t</title></item>", GOOD))
    for most in (MAX_TAGS, elements.MAX_ENTRY_TAGS):
        for n in around(most):
            tags = "".join(f"<category>{n}</category>" for n in range(n))
            rows[f"{n} tags"] = beside(f"<title>t</title>{tags}")
            rows[f"{n} tags beside markup"] = beside(f"<title>t <b>b</b></title>{tags}")
    for n in around(crowd.MAX_ENTRIES):
        rows[f"{n} entries"] = kept(rss(*["<item><title>t</title></item>"] * (n - 1), GOOD))
        rows[f"{n} entries with markup"] = kept(rss(*["<item><title>t <b>b</b></title></item>"] * (n - 1), GOOD))
    broken = "<item><title><![CDATA[t</title></item>"
    for n in around(entries.MAX_SPLIT_ENTRIES):
        rows[f"a broken feed of {n} entries"] = kept(rss(broken, GOOD, *["<item><title>t</title></item>"] * (n - 2)))
    rows["a link twice"] = beside("<title>t</title><link>/x</link><link>/y</link>")
    rows["a body twice"] = beside("<title>t</title><description>x</description><description>y</description>")
    rows["a nested entry"] = endured(rss(GOOD, "<item><title>t</title><item><title>u</title></item></item>"))
    rows["a nested channel"] = endured(f"<rss><channel><channel>{GOOD}</channel></channel></rss>")
    rows["an element that is not closed"] = endured(rss(GOOD, "<a>"))
    rows["an end tag of nothing"] = endured(rss(GOOD, "</a>"))
    rows["a tag that is not closed"] = endured(rss(GOOD, "<a b"))
    rows["a quotation mark that is not closed"] = endured(rss(GOOD, "<a b='>"))
    rows["a less-than sign"] = endured(rss(GOOD, "<"))
    rows["an escaped tag that is not closed"] = beside("<title>t</title><description>&lt;a </description>")
    rows["an escaped comment that is not closed"] = beside("<title>t</title><description>&lt;!--</description>")
    rows["stacked marks"] = beside(f"<title>z{chr(0x301) * 4}</title>")
    rows["an empty document"] = refused(b"", "empty")
    rows["a document of blanks"] = refused(b" \n\t", "empty")
    return rows


def encodings() -> dict[str, Hostile]:
    """Feeds in other encodings than they say, or than anybody knows."""
    return {
        "a feed in UTF-16": kept(rss(GOOD).encode("utf-16")),
        "a feed in UTF-32": kept(rss(GOOD).encode("utf-32")),
        "a feed called UTF-7": kept('<?xml version="1.0" encoding="utf-7"?>' + rss(GOOD)),
        "a feed called punycode": kept('<?xml version="1.0" encoding="punycode"?>' + rss(GOOD)),
        "a feed called rot13": kept('<?xml version="1.0" encoding="rot13"?>' + rss(GOOD)),
        "a feed called hex": kept('<?xml version="1.0" encoding="hex_codec"?>' + rss(GOOD)),
        "a feed called nothing": kept('<?xml version="1.0" encoding="\xff"?>'.encode("latin-1") + rss(GOOD).encode()),
    }


def attributes(count: int, name: str = "a") -> str:
    """So many attributes."""
    return " ".join(f'{name}{n}="x{n}"' for n in range(count)) + " "
