"""Small feeds with everything feeds do, to be read by two parsers that must not differ; and ways to damage them.

written() are by hand, one for each peculiarity; grown() puts fragments together as a chooser says, so the same grammar
serves random numbers and Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Choose = Callable[[Sequence[str]], str]

ATOM_PREFIX = 'xmlns:atom="http://www.w3.org/2005/Atom" '
SPACES = ATOM_PREFIX + (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:georss="http://www.georss.org/georss" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:fn="http://finance.example/ns"'
)
PLAIN = "<title>Werft baut um</title><link>https://news.example/1</link><guid>https://news.example/1</guid>"

SUMMARY = "<description>&lt;p&gt;Ein Absatz.&lt;/p&gt;</description>"

# What may stand in an item; each is a peculiarity that some feed has
ITEMS = (
    "<title>Börse &amp; Märkte: H200 für 4.000 €</title>",
    "<title>阿里巴巴发布通义千问 &lt;新版&gt;</title>",
    "<title><![CDATA[AT&T & <b>Nvidia</b>]]></title>",
    "<title>Zwei</title><title>Titel</title>",
    "<title></title><title>Der zweite</title>",
    "<title/>",
    '<title type="html">B&amp;uuml;rse &amp;lt;b&amp;gt;</title>',
    '<title xml:lang="de-AT">Sprache am Titel</title>',
    "<title>one\n  two\tthree</title>",
    "<title>&#150; dash &#x2013; &#x1F680;</title>",
    "<title>GrÃ¶ÃŸe und cafÃ©</title>",
    "<title>with <!-- a comment --> inside</title>",
    "<title>AT&amp;amp;T &amp;nbsp; &copy;</title>",
    "<dc:title>Dublin Core</dc:title>",
    "<media:title>Of a picture</media:title>",
    "<link>/relative/path?a=1&amp;b=2</link>",
    "<link>  https://news.example/x;jsessionid=1  </link>",
    "<link>https:////too.example/many</link>",
    "<link><![CDATA[https://news.example/c?x=1&y=2&amp;z;=3]]></link>",
    '<link href="https://news.example/atom"/>',
    '<link rel="alternate" type="application/pdf" href="/a.pdf"/><link rel="related" href="/b"/>',
    '<link rel="via" href="https://via.example/"/><link rel="self" href="/self"/>',
    '<link REL="ALTERNATE" href="x/y?z#f"/>',
    '<link href=""/>',
    "<link/>",
    '<atom:link rel="alternate" href="https://news.example/by-atom"/>',
    "<guid>https://news.example/guid</guid>",
    '<guid isPermaLink="false">41208</guid>',
    '<guid ispermalink="true"> 41209 </guid>',
    '<guid isPermaLink="FALSE">tag:x,2026:1</guid>',
    "<guid>one</guid><guid>two</guid>",
    "<guid/>",
    "<id>urn:uuid:60a76c80</id>",
    "<pubDate>Mon, 23 Nov 2026 09:00:00 +0100</pubDate>",
    "<pubDate>Di, 24 Nov 2026 09:15:00 MEZ</pubDate><pubDate>gestern</pubDate>",
    "<dc:date>2026-11-24T08:00:00Z</dc:date>",
    "<updated>2026-11-24T10:00:00+01:00</updated><published>2026-11-24T09:00:00+01:00</published>",
    "<dcterms:created>2026-11-01</dcterms:created><dcterms:modified>2026-11-02</dcterms:modified>",
    "<description>Plain text &amp; more</description>",
    "<description>&lt;p&gt;Ein &lt;b&gt;Absatz&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Noch einer.&lt;/p&gt;</description>",
    "<description><![CDATA[<p>One</p><script>x</script><p>Two &amp; three</p>]]></description>",
    "<description>first</description><description>second</description>",
    '<description type="text/plain">typed</description>',
    "<description/>",
    "<dc:description>of Dublin Core</dc:description>",
    "<summary>A summary</summary>",
    '<summary type="html">&lt;i&gt;markup&lt;/i&gt;</summary>',
    "<itunes:summary>Of an episode</itunes:summary>",
    "<itunes:subtitle>Below</itunes:subtitle><itunes:duration>12:00</itunes:duration>",
    "<content:encoded><![CDATA[<h2>Whole</h2><p>text of the article</p>]]></content:encoded>",
    "<content:encoded>  Plain text &amp; more and on  </content:encoded>",
    '<content type="html">&lt;p&gt;Atom content&lt;/p&gt;</content>',
    "<content>plain content &amp;amp; entities</content>",
    "<fullitem>All of it</fullitem>",
    "<media:description>Of a picture</media:description>",
    '<media:group><media:content url="https://img.example/1.jpg" type="image/jpeg">'
    "<media:title>In a group</media:title>"
    "<media:description>Deep</media:description></media:content><media:thumbnail url='x'/></media:group>",
    '<media:content url="https://img.example/2.jpg"><media:credit role="photo">Someone</media:credit></media:content>',
    "<media:keywords>a, b ,,c</media:keywords><media:category>Bild</media:category>",
    "<itunes:keywords>k1,k2</itunes:keywords>",
    "<author>editor@news.example (A. Writer)</author>",
    "<author>B. Writer &lt;b@news.example&gt;</author>",
    "<author>only@news.example</author>",
    "<author>  Jörg Müller  </author><author>Zweite</author>",
    "<author/>",
    "<author><name>Registry</name><email>r@x.example</email><uri>https://x.example</uri></author>",
    "<author><email>r@x.example</email></author><author><name>Desk</name></author>",
    "<dc:creator>C. Writer</dc:creator><dc:creator>D. Writer</dc:creator>",
    "<itunes:author>E. Speaker</itunes:author>",
    "<category>Chips</category><category>Chips</category><category domain='x'>KI</category>",
    "<category term='t' label='L' scheme='s'/><category term='t2'/>",
    "<category domain='empty'/><category>fills</category>",
    "<category/>",
    "<dc:subject>Thema</dc:subject><keywords>k</keywords>",
    "<source url='https://other.example'>Other</source>",
    "<source url='https://other.example/a'></source><fn:ISIN>DE0007100000, US01609W1027</fn:ISIN><wkn>A117ME</wkn>",
    "<author>A. Writer</author><source url='https://other.example'> Other \n House </source><ticker/>",
    "<media:title>before</media:title><source url='x'>s</source><title>after</title>",
    "<enclosure url='https://a.example/x.mp3' length='1' type='audio/mpeg'/>",
    "<comments>https://news.example/c</comments><slash:comments>14</slash:comments>",
    "<fn:isin>DE0007100000</fn:isin><fn:list><fn:one>1</fn:one></fn:list>",
    "<teaser>an element of their own</teaser>",
    "<georss:point>52.5 13.4</georss:point>",
    "<language>fr</language><rights>©</rights><dc:rights>all</dc:rights>",
    '<dc:language>fr</dc:language><dc:publisher>P</dc:publisher><dc:identifier rdf="x">9</dc:identifier>',
    '<x:y xmlns:x="http://purl.org/dc/elements/1.1/">strange prefix</x:y>',
    '<x:title xmlns:x="http://unknown.example/">strange space</x:title>',
    "<?php echo 1 ?>",
    "<!-- <item><title>commented out</title></item> -->",
    "loose text",
)
# The same, of what the strict parser leaves to the tolerant one
STRANGE = (
    "<title>Inline <b>markup</b> here</title>",
    '<link url="https://news.example/url"/>',
    "<date>2026-11-24</date>",
    '<description mode="base64">SGFsbG8=</description>',
    "<description><p>real markup</p></description>",
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></content>',
    '<content type="image/png">iVBORw0KGgo=</content>',
    '<content src="https://news.example/elsewhere" type="text/html"/>',
    "<abstract>An abstract</abstract>",
    "<author>loose <name>text</name></author>",
    "<contributor><name>F. Helper</name></contributor>",
    "<source><title>Other</title><id>o</id></source>",
    "<fn:isin kind='old'>DE0007100000</fn:isin>",
    "<fn:ticker>BABA</fn:ticker><fn:ticker>9988.HK</fn:ticker>",
    "<image><url>https://img.example</url><title>picture</title></image>",
    "<textinput><title>t</title><name>n</name></textinput>",
    "<fn:title>not a title</fn:title><fn:deep><title>inside</title></fn:deep>",
    "<title_detail>a name of the parser's</title_detail>",
    '<title xmlns="http://unknown.example/">other default</title>',
    '<media:title xmlns:media="http://unknown.example/">stolen prefix</media:title>',
    '<p xml:base="https://base.example/">based</p>',
    '<link xml:base="https://base.example/">based</link>',
    "<svg xmlns='http://www.w3.org/2000/svg'><title>drawing</title></svg>",
    "<item><title>nested</title></item>",
)
HEADS = (
    "<title>Newsroom</title>",
    "<link>https://news.example</link>",
    "<description>Everything</description>",
    "<language>de-DE</language>",
    "<language/>",
    "<dc:language>zh</dc:language>",
    "<itunes:summary>Podcast</itunes:summary>",
    "<image><url>https://i.example</url><title>I</title><link>https://n.example</link><width>9</width></image>",
    "<textInput><title>Search</title><name>q</name><link>x</link></textInput>",
    "<itunes:owner><itunes:name>N</itunes:name><itunes:email>e</itunes:email></itunes:owner>",
    '<atom:link rel="self" href="https://news.example/feed"/>',
    "<skipHours><hour>1</hour></skipHours><ttl>5</ttl><cloud domain='d' port='80'/>",
    "<author><name>Head</name></author>",
    "<generator uri='https://g.example'>G</generator><lastBuildDate>Mon, 23 Nov 2026 09:00:00 GMT</lastBuildDate>",
    "<fn:head><fn:x/></fn:head>",
    "<category>news</category>",
    "<item><title>An entry of the head</title></item>",
    "<psc:x xmlns:psc='http://podlove.org/simple-chapters'/>",
)
STRANGE_HEADS = (
    "<itunes:summary>Podcast</itunes:summary><description>later</description>",
    "<content:encoded>of the head</content:encoded>",
    "<foo><language>it</language></foo>",
)
RSS = ('<rss version="2.0" {}><channel>', "</channel></rss>", "item", "")
ATOM = ('<feed xmlns="http://www.w3.org/2005/Atom" {}>', "</feed>", "entry", "")
RDF = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {}>'
    '<channel rdf:about="x">',
    "</rdf:RDF>",
    "item",
    "</channel>",
)
FORMS = {"rss": RSS, "atom": ATOM, "rdf": RDF}
ROOTS = ("", 'xml:lang="de"', 'xml:lang=""', 'xml:base="https://base.example/"', 'lang="it"', 'foo="1"')
OPENINGS = (
    "",
    ' rdf:About=""',
    ' rdf:ABOUT="x"',
    ' xml:lang="fr"',
    ' rdf:about="https://news.example/about"',
    ' xml:base="https://b.example/"',
)


def document(
    form: str, heads: Sequence[str], items: Sequence[str], root: str = "", openings: Sequence[str] = ()
) -> str:
    """A feed of the form, its head and the insides of its entries."""
    start, end, name, between = FORMS[form]
    spaces = f'{SPACES} xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    if form == "rdf":
        spaces = SPACES.replace(ATOM_PREFIX, "") if "<atom:" not in "".join([*heads, *items]) else SPACES
    inside = "\n".join(
        f"<{name}{opening}>{item}</{name}>"
        for item, opening in zip(items, [*openings, *[""] * len(items)], strict=False)
    )
    return f'<?xml version="1.0"?>{start.format(f"{root} {spaces}")}{"".join(heads)}{between}{inside}{end}'


def written() -> Iterator[tuple[str, str]]:
    """Name and text of each feed that was written for one peculiarity, in each form."""
    for form in FORMS:
        for at, item in enumerate(ITEMS + STRANGE):
            yield f"{form} item {at}", document(form, HEADS[:2], [item, PLAIN + item, item + PLAIN])
        for at, head in enumerate(HEADS + STRANGE_HEADS):
            yield f"{form} head {at}", document(form, [head], [ITEMS[0] + SUMMARY, PLAIN + SUMMARY * 2])
            yield f"{form} two heads {at}", document(form, [head, HEADS[at % 4]], [PLAIN + "<summary>s</summary>"])
        for at, root in enumerate(ROOTS):
            yield f"{form} root {at}", document(form, HEADS[:4], [PLAIN], root)
        for at, opening in enumerate(OPENINGS):
            yield f"{form} opening {at}", document(form, HEADS[:1], [PLAIN, ITEMS[0]], "", [opening])
        yield f"{form} empty", document(form, HEADS[:3], [])


def grown(choose: Choose) -> str:
    """A feed put together as the chooser says, one in three with something strange in it."""
    strange = choose(("", "", "item", "head", "root", "opening")) if choose(("", "strange")) else ""
    heads = [choose(HEADS) for _ in range(int(choose("0123")))]
    items = ["".join(choose(ITEMS) for _ in range(int(choose("12345678")))) for _ in range(int(choose("1233")))]
    if strange == "item":
        items[0] += choose(STRANGE)
    if strange == "head":
        heads.append(choose(STRANGE_HEADS))
    root = choose(ROOTS if strange == "root" else ROOTS[:3])
    openings = [choose(OPENINGS if strange == "opening" else OPENINGS[:-1]) for _ in items]
    return document(choose(tuple(FORMS)), heads, items, root, openings)


DAMAGES: dict[str, Callable[[str, int], str]] = {
    "truncated": lambda text, at: text[:at],
    "bare &": lambda text, at: text[:at] + " & " + text[at:],
    "a tag that never ends": lambda text, at: text[:at] + "<br>" + text[at:],
    "a tag that never began": lambda text, at: text[:at] + "</b>" + text[at:],
    "a control byte": lambda text, at: text[:at] + "\x0b" + text[at:],
    "an entity": lambda text, at: text[:at] + "&nbsp;&uuml;" + text[at:],
    "a less-than sign": lambda text, at: text[:at] + "<" + text[at:],
    "a lost character": lambda text, at: text[:at] + text[at + 1 :],
    "doubled": lambda text, at: text[:at] + text[at // 2 :],
    "an end of CDATA": lambda text, at: text[:at] + "]]>" + text[at:],
    "a beginning of CDATA": lambda text, at: text[:at] + "<![CDATA[" + text[at:],
    "twice encoded": lambda text, at: text[:at] + text[at:].encode().decode("latin-1"),
    "another case": lambda text, at: text[:at] + text[at : at + 40].swapcase() + text[at + 40 :],
    "a warning in front": lambda text, at: "<br />\n<b>Warning</b>: x\n" + text,
    "a script behind": lambda text, at: text + "<script>1</script>",
}
