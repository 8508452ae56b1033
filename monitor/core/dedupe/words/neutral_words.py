"""The words that excuse no difference and make none: who said it, when, how sure, in which unit; data only.

All words are folded: lower case, "ä" as "ae", without accents. Confirm and deny are no reporting verbs: they turn a
statement round.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REPORTING_WORDS = _words(
    "sagt sagte sagten gesagt sagen erklaert erklaerte erklaerten erlaeuterte teilte teilten mitgeteilt "
    "mitteilte mitteilten "
    "mitteilt berichtet berichtete berichten berichteten meldet meldete melden meldeten gemeldet zufolge laut angaben "
    "hiess heisst schreibt schrieb schreiben betonte betont bericht berichte berichts medienbericht medienberichte "
    "medienberichten medien kreise kreisen insider insidern quelle quellen sprecher sprecherin sprechers bekannt "
    "bekanntgegeben bekannte informierte "
    "says said say saying told tell tells report reports reported reporting reportedly according announce announces "
    "announced announcing announcement stated wrote writes write sources source spokesman spokesperson "
    "spokeswoman spokespeople insiders familiar media "
    "dit disent declare declares annonce annoncent annoncer annoncee affirme affirment indique indiquent rapporte "
    "rapportent precise selon "
    "dijo dice dicen dijeron anuncia anuncian anuncio informa informan informo afirma afirman afirmo asegura aseguro "
    "declaro segun reporta reportan "
    "заявил заявила сообщил сообщила сообщили сообщает "
)
CLOCK_WORDS = _words(
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag montags dienstags mittwochs donnerstags "
    "freitags samstags sonntags montagabend montagmorgen dienstagabend dienstagmorgen mittwochabend mittwochmorgen "
    "donnerstagabend donnerstagmorgen freitagabend freitagmorgen samstagabend sonntagabend montagnachmittag "
    "dienstagnachmittag mittwochnachmittag donnerstagnachmittag freitagnachmittag heute gestern vorgestern uebermorgen "
    "heutigen gestrigen morgens mittags abends nachts vormittags nachmittags vormittag nachmittag uhr mez mesz "
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays today yesterday tomorrow tonight overnight ago gmt cet cest utc bst edt pst pdt morning afternoon evening "
    "lundi mardi mercredi jeudi vendredi samedi dimanche hier demain aujourd'hui aujourdhui "
    "lunes martes miercoles jueves viernes sabado domingo hoy ayer "
)
HEDGES = _words(
    "etwa rund knapp circa ca ungefaehr annaehernd mindestens wohl offenbar voraussichtlich angeblich mutmasslich "
    "vermutlich moeglicherweise wahrscheinlich anscheinend beinahe offensichtlich "
    "about around nearly almost roughly approximately apparently allegedly reportedly likely possibly probably perhaps "
    "maybe approx "
    "environ presque probablement apparemment quelque quelques "
    "casi aproximadamente alrededor probablemente unos unas cerca aparentemente"
)
GERMAN_HEDGES = _words("fast gut")  # content in English; "gut" before a number only
UNITS = _words(
    "euro euros eur dollar dollars usd franken chf francs pfund pound pounds gbp pence yen jpy yuan "
    "renminbi rmb cny rupee "
    "rupees rupien inr rs rubel rubles hkd peso pesos krone kronen kronor sek nok dkk zloty pln reais real cad aud sgd "
    "krw cent cents rappen kilometer kilometern kilometers kilometre kilometres km meter metern meters metre metres cm "
    "mm kg kilo kilogramm kilograms tonne tonnen tonnes tons gramm grams liter litern litre litres liters gw mw kw gwh "
    "mwh kwh twh gigawatt megawatt kilowatt gigawattstunden grad celsius fahrenheit degrees basispunkte "
    "basispunkten bps basis mph kmh quadratmeter hektar hectares acres miles meilen feet fuss inches gb tb mb dolares "
    "kilometres metros kilometros toneladas livres"
)
AGENCIES = _words(
    "reuters afp dpa afx apa sda awp ots bloomberg cnbc wsj nyt handelsblatt marketwatch xinhua tass interfax ansa efe "
    "anp ntb pti ians kyodo yonhap newswire newswires globenewswire businesswire prnewswire presseportal finanzen.net"
)
CAPITAL_AGENCIES = _words("AP FT FAZ NZZ SZ ARD ZDF BBC CNN NPR")
AGENCY_NAMES = (  # of several words; cut from a headline and beside a reporting verb
    "Financial Times", "Wall Street Journal", "New York Times", "Washington Post", "Associated Press",
    "Dow Jones Newswires",
    "Süddeutsche Zeitung", "Frankfurter Allgemeine Zeitung", "Bild am Sonntag", "Bild-Zeitung", "Welt am Sonntag",
    "Der Spiegel", "Manager Magazin", "Börsen-Zeitung", "Wirtschaftswoche", "Le Monde", "Le Figaro", "El País",
    "South China Morning Post", "Nikkei Asia", "The Guardian", "The Times", "The Telegraph", "Business Insider",
)  # fmt: skip

NEGATORS = _words(
    "nicht nichts nie niemals niemand niemandem niemanden nirgends nirgendwo weder nein kein keine "
    "keinen keinem keiner "
    "keines keinerlei keineswegs mitnichten "
    "not no never none nobody nothing nowhere neither cannot "
    "pas jamais aucun aucune rien "
    "nunca jamas ningun ninguna ninguno nada nadie tampoco "
    "niet geen nooit не нет никогда"
)
NEGATORS_BY_LANGUAGE = {"fr": _words("non"), "it": _words("non mai nessuno")}
SILENT_NEGATORS = _words("nor ni")  # the second half of a pair of negators
# After a negator: the two together deny nothing
NEGATION_EXCUSES = _words(
    "only just merely least doubt less nur zuletzt allein bloss lediglich seulement solo solamente unicamente weniger "
    "matter sooner wonder"
)
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january januar jan janvier enero jaenner gennaio", "february februar feb fevrier février febrero febbraio",
            "march maerz mar mrz mars marzo", "april apr avril abril aprile", "may mai mayo maggio",
            "june juni jun juin junio giugno", "july juli jul juillet julio luglio",
            "august aug aout août agosto", "september sep sept septembre septiembre settembre",
            "october oktober oct okt octobre octubre ottobre", "november nov novembre noviembre",
            "december dezember dec dez decembre décembre diciembre dicembre",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
# Before a number: the two are a name
NUMBERED_HEADS = _words(
    "level stufe phase stage artikel article paragraf paragraph absatz section abschnitt chapter kapitel "
    "page seite band "
    "volume teil part folge episode staffel season saison boeing airbus embraer cessna windows ios "
    "iphone ipad galaxy pixel "
    "android model modell version gpt llama gemini claude qwen core ryzen geforce playstation xbox macos "
    "office euro em wm "
    "expo agenda cop route highway autobahn flight flug gate terminal gleis zimmer room channel kanal "
    "dax mdax sdax tecdax "
    "ftse nikkei stoxx russell csi nasdaq ibex smi aex omx typ type klasse class kategorie category zone gruppe group "
    "platz top nummer number no nr numero day tag week woche formel formula bundesliga liga league "
    "division ligue generation "
    "gen olympia covid sars apollo starship falcon mig su leopard marder rafale gripen eurofighter himars title "
    "titel step schritt round runde runden q quartal bus tram linie line tor studio plan option "
    "proposition prop resolution "
    "rule regel norm iso din code area block building haus tier"
)
