"""The German and English words that give a number or a date its meaning, as regular expressions.

To add a word, add it to its list; the module contains data only.
"""

from __future__ import annotations


def _alternation(words: str) -> str:
    """Join patterns separated by white space into one alternation; ~ stands for a space inside a pattern."""
    return "|".join(words.split()).replace("~", " ")


# Words for a rise
RISING_WORDS = _alternation(r"""
    up rise rises rose risen rising gain gains gained gaining climb\w* jump\w* surg\w+ soar\w* increas\w+ grew
    grow grows grown growth growing higher advanc\w+ rall\w+ rebound\w* add adds added expand\w* improv\w+ above
    plus steig\w* stieg\w* gestiegen\w* wuchs\w* wächst wachs\w+ gewachsen zuleg\w* zugelegt legt\w* kletter\w*
    geklettert zugewinn\w* gew(?:ann innt onnen innen) erhöh\w* zunahm\w* zugenommen nahm anstieg\w* zuwachs\w*
    wachstum\w* kurssprung\w* verteuer\w* höher\w* sprang\w* springt plus
""")

# Words for a fall
FALLING_WORDS = _alternation(r"""
    down less fewer weniger fall falls fell fallen falling drop\w* declin\w+ decreas\w+ los[et] loses losing loss
    slid slide slides sliding slump\w* plung\w+ tumbl\w+ sank sink sinks sinking lower shrank shrink\w* shed sheds
    dip\w* cut cuts cutting slash\w* reduc\w+ below retreat\w* crash\w* minus fiel\w* fällt gefallen\w* sank\w*
    sink\w* gesunken\w* verl(?:or iert oren ieren)\w* rückgang\w* einbruch\w* einbüß\w* eingebüßt nachgab\w*
    nachgegeben gab\w* gibt nachgeb\w* schrumpf\w* geschrumpft verlust\w* niedriger\w* abschlag\w* abnahm\w*
    stürz\w+ rutsch\w+ verringer\w+ verbillig\w* kürz\w+ gekürzt senk\w+ gesenkt brach\w* eingebrochen
""")

# Things that are counted
COUNTED_THINGS = _alternation(r"""
    chips? gpus? cpus? halbleitern? semiconductors prozessoren processors? units einheiten stück servern? servers
    wafers? shares aktien anteilsscheinen? papieren? jobs positions stellen arbeitsplätzen? employees workers
    staff mitarbeitern? mitarbeitende[nr]? beschäftigten? vehicles cars trucks fahrzeugen? autos wagen lkw trains
    züge people menschen users nutzern? subscribers abonnenten customers kunden orders bestellungen aufträgen?
    downloads aircraft planes jets flugzeugen? stores filialen phones smartphones geräten? devices tonnes tons
    tonnen barrels? ounces unzen deliveries auslieferungen accelerators beschleunigern? robots robotern?
    satellites satelliten batteries batterien homes wohnungen patents patenten?
""")

# A number directly after one of these is a name or a rank, not a count
NUMBERED_NAMES = _alternation(r"""
    Qwen Windows iPhone iOS iPad Model Galaxy Android Phase Stufe Level Platz [Tt]op Nummer No\. Nr\. Artikel Q
    Pixel Boeing Airbus Core Version GPT Llama Gemini Claude Abschnitt Seite Page Chapter Kapitel Room Punkt Tag
    Zone Kategorie Category Section
""")

# Directly after a percentage: it is a share or a rate, not a move
HOLDING_NOUNS = _alternation(r"""
    stake share~of interest~in holding ownership anteil\w* beteiligung tariffs? zöllen? zoll\w* of~the~(?:shares
    capital company votes stock) der~(?:anteile aktien stimmen) coupon steuer\w* tax mehrwertsteuer vat
""")

# Before a percentage with "of", "von" or "um": it is the size of a move
MOVE_NOUNS = _alternation(r"""
    decline drop fall rise increase gain growth loss decrease jump rückgang anstieg plus minus zuwachs wachstum
    einbruch verlust kursplus kursminus abschlag
""")

# Kind of event → its names
EVENT_WORDS = {
    "earnings": _alternation(r"""
    earnings quarterly~(?:results|figures|report|numbers) (?:first|second|third|fourth)[-~]quarter~results
    (?:full[-~]year|annual|half[-~]year|interim|q[1-4]|financial)~(?:results|report|figures) results
    trading~update quartals(?:zahlen|bericht\w*|ergebnis\w*|bilanz) geschäfts(?:zahlen|bericht)
    jahres(?:zahlen|bericht|abschluss|bilanz) halbjahres(?:zahlen|bericht) zwischenbericht
    q[1-4]-(?:zahlen|bericht|ergebnis\w*) zahlen bilanz quartalsmitteilung
"""),
    "meeting": _alternation(r"""
    (?:annual|extraordinary)?~?(?:general|shareholders?'?|stockholders?'?)~meeting agm egm hauptversammlung\w*
"""),
    "listing": _alternation(r"""
    ipo initial~public~offering (?:trading|stock~market|market)~debut public~listing börsengang\w* erstnotiz
    börsendebüt first~day~of~trading begin~trading erster~handelstag
"""),
    "dividend": _alternation(r"""
    ex-dividend dividends? dividende\w* ex-tag ausschüttung
"""),
    "conference": _alternation(r"""
    capital~markets?~day kapitalmarkttag\w* investors?'?~day developers?'?~conference entwicklerkonferenz
    (?:product|launch)~event keynote hausmesse
"""),
    "decision": _alternation(r"""
    (?:interest[-~]?)?rate~decision zinsentscheid\w* ruling urteil\w* vote votes abstimmung deadline frist decides
    entscheidet hearing anhörung verhandlung stock~split aktiensplit
"""),
    "launch": _alternation(r"""
    launch\w* release~date on~sale markteinführung verkaufsstart marktstart in~den~handel
"""),
}

# Directly before a date: it is a beginning, an end or a reference, not the day of the event
REFERENCE_WORDS = _alternation(r"""
    ended ending ends end through since as~of dated from seit stand per vom zum(?:~stichtag)? endend\w* endet\w*
    abgelaufen\w* effective until~the until bis
""")
