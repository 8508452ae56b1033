"""Documents that eat time, memory or trust: name → how it is read, its bytes, and whether its good entry must survive.

What has no good entry that could survive is refused or read; either way in time, and the next document parses.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Good sibling"
GOOD = f"<item><title>{TITLE}</title><link>https://feeds.example/good</link></item>"
ATOM = f"<entry><title>{TITLE}</title><link href='https://feeds.example/good'/></entry>"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@dataclass(frozen=True)
class Hostile:
    """One document; keeps: its good entry is in the listing."""

    body: bytes
    kind: str = "feed"
    keeps: bool = False


def rss(*items: str, before: str = "", head: str = "") -> str:
    """A feed with these entries."""
    return f'{before}<rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'


def kept(document: str | bytes, kind: str = "feed") -> Hostile:
    """A document of which the good entry has to survive."""
    return Hostile(document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass"), kind, True)


def beside(inner: str) -> Hostile:
    """An entry of this beside a good one, which has to survive."""
    return kept(rss(f"<item>{inner}</item>", GOOD))


def endured(document: str | bytes, kind: str = "feed") -> Hostile:
    """A document that may be refused."""
    return Hostile(document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass"), kind)


def prologs(file: str, url: str) -> dict[str, Hostile]:
    """What stands before a root; file and url lead to canaries that nobody may open."""
    external = f'<!DOCTYPE rss [<!ENTITY f SYSTEM "{file}"><!ENTITY u SYSTEM "{url}"><!ENTITY % p SYSTEM "{url}"> %p;]>'
    reader = "<item><title>&f; &u;</title></item>"
    return {
        "a path for a body": endured(file),
        "a URL for a body": endured(url),
        "a file URL for a body": endured("file://" + file),
        "external entities": kept(rss(reader, GOOD, before=external)),
        "external entities in a sitemap": endured(
            external + "<urlset><url><loc>https://x.example/&f;</loc></url></urlset>", "sitemap"
        ),
        "external DTD": kept(rss(GOOD, before=f'<!DOCTYPE rss SYSTEM "{url}">')),
        "external DTD on a page": endured(f'<!DOCTYPE html SYSTEM "{url}"><html><body><p>{"x " * 500}</p>', "page"),
        "a stylesheet": kept(rss(GOOD, before=f'<?xml-stylesheet href="{url}" type="text/xsl"?>')),
        "XInclude": kept(
            rss(f'<item><x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/></item>', GOOD)
        ),
        "a base elsewhere": kept(rss(GOOD).replace("<rss ", f'<rss xml:base="{url}" ')),
        "billion laughs": kept(
            rss("<item><title>&l9;</title></item>", GOOD, before=f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>')
        ),
        "billion laughs in a sitemap": endured(
            f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><urlset><url><loc>https://x.example/&l9;</loc></url></urlset>',
            "sitemap",
        ),
        "quadratic entities": kept(
            rss(
                f"<item><title>{'&a;' * 50_000}</title></item>",
                GOOD,
                before=f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>',
            )
        ),
        "sixty thousand newlines": kept(rss(GOOD, before="\n" * 60_000)),
        "entity declarations without end": endured("<!ENTITY x " * 12_000),
        "entity declarations without end before a feed": endured(rss(GOOD, before="<!ENTITY x " * 12_000)),
        "doctypes without end": endured(rss(GOOD, before="<!DOCTYPE x [" * 9_000)),
        "a comment without end": endured(rss(GOOD, before="<!--" + "-" * 500_000)),
        "comments without end inside": endured(rss(GOOD, "<!--" * 100_000)),
        "sections without end inside": endured(rss(GOOD, "<![CDATA[" * 100_000)),
        "declarations inside": endured(rss(GOOD, "<!DOCTYPE x [" * 50_000)),
        "entity declarations inside": endured(rss(GOOD, "<!ENTITY x " * 50_000)),
        "processing instructions without end": endured(rss(GOOD, "<?x " * 100_000)),
    }


def shapes() -> dict[str, Hostile]:
    """Documents of a shape that no writer has in mind."""
    return {
        "an author of forty thousand letters": beside(f"<author>{'a' * 40_000}</author>"),
        "an author of brackets": beside(f"<author>{'(' * 40_000}</author>"),
        "an author of addresses": beside(f"<author>{'a@b.' * 20_000}</author>"),
        "a managing editor of letters": kept(rss(GOOD, head=f"<managingEditor>{'a' * 60_000}</managingEditor>")),
        "a name of letters": kept(f"<feed><entry><author><name>{'a' * 60_000}</name></author></entry>{ATOM}</feed>"),
        "twenty thousand attributes": kept(rss(GOOD).replace("<rss ", "<rss " + attributes(20_000))),
        "twenty thousand attributes of an entry": kept(
            rss(f"<item {attributes(20_000)}><title>t</title></item>", GOOD)
        ),
        "an attribute of a megabyte": kept(rss(f"<item a='{'x' * 1_000_000}'><title>t</title></item>", GOOD)),
        "twenty thousand namespaces": endured(
            rss(GOOD).replace(
                "<rss ", "<rss " + " ".join(f'xmlns:n{n}="http://n.example/{n}"' for n in range(20_000)) + " "
            )
        ),
        "a hundred thousand nested elements": endured(rss(GOOD, "<a>" * 100_000 + "</a>" * 100_000)),
        "a hundred thousand opened elements": endured(rss(GOOD, "<a>" * 100_000)),
        "nested entries": endured(rss(GOOD, "<item>" * 50_000)),
        "nested channels": endured("<rss>" + "<channel>" * 50_000 + GOOD),
        "a hundred thousand end tags": endured(rss(GOOD, "</a>" * 100_000)),
        "a tag without end": endured(rss(GOOD, "<a " + "b " * 200_000)),
        "quotation marks without end": endured(rss(GOOD, "<a b='" * 50_000)),
        "less-than signs": endured(rss(GOOD, "<" * 300_000)),
        "a title of a megabyte": beside(f"<title>{'x ' * 500_000}</title>"),
        "a title of escaped tags": beside(f"<title>{'&lt;a ' * 50_000}</title>"),
        "a body of escaped tags": beside(f"<description>{'&lt;a ' * 50_000}</description>"),
        "a body of escaped scripts": beside(f"<description>{'&lt;script>' * 50_000}</description>"),
        "a body of escaped comments": beside(f"<description>{'&lt;!--' * 50_000}</description>"),
        "a body of references": beside(f"<description>{'&amp;#x41' * 100_000}</description>"),
        "a body of nested elements": beside(f"<description>{'&lt;div>' * 100_000}</description>"),
        "a thousand links of an entry": beside("<link>/x</link>" * 1_000),
        "twenty thousand tags of an entry": beside("<category>x</category>" * 20_000),
        "as many different tags": beside("".join(f"<category>{n}</category>" for n in range(20_000))),
        "fifty thousand bodies of an entry": endured(
            rss(f"<item>{'<description>x</description>' * 50_000}</item>", GOOD)
        ),
        "a date of a megabyte": beside(f"<title>t</title><pubDate>{'1' * 1_000_000}</pubDate>"),
        "a date of zeros": beside(f"<title>t</title><pubDate>{'0-' * 20_000}</pubDate>"),
        "a link of a megabyte": beside(f"<link>https://x.example/{'a/../' * 200_000}</link>"),
        "a guid of a megabyte": beside(f"<guid>{'g' * 1_000_000}</guid>"),
        "a language of a megabyte": kept(rss(GOOD, head=f"<language>{'de-' * 300_000}</language>")),
        "stacked marks": beside(f"<title>z{'́' * 200_000}</title>"),
        "an empty document of blanks": endured(b" " * 3_000_000),
        "a hundred thousand entries": kept(rss("<item><title>t</title></item>" * 100_000, GOOD)),
        "a broken feed of many entries": kept(rss("<item><title>t</ttle></item>" * 400, GOOD)),
        "zeros": endured(bytes(3_000_000)),
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
