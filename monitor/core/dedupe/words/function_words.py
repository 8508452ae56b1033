"""The words that carry no statement: articles, pronouns, auxiliaries and prepositions; data only.

All words are folded: lower case, "ä" as "ae", without accents. A word that is content in another of the languages
(German "war", English "war") stands in BY_LANGUAGE and counts only where that language was recognised. Words that can
turn a statement round (up, down, under, against, without, less) are in no list.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words(
    # German
    "der das dem des ein eine einer eines einem einen eins und oder aber doch denn dass ob wenn als wie weil waehrend "
    "ist sind waren wird werden wurde wurden worden sei seien waere waeren habe haben hatte hatten "
    "gewesen kann koennen "
    "koennte koennten konnte konnten soll sollen sollte sollten muss muessen musste mussten darf duerfen "
    "durfte duerfte "
    "moegen moechte wollte wollten ich sie wir ihr ihn ihm ihnen uns euch sein seine seiner seinem seinen seines "
    "ihre ihrer ihrem ihren ihres unser unsere unserer dieser diese dieses diesem diesen jener jene "
    "jenes jedoch auch noch "
    "schon nur sehr von vom zum zur zu im ins aus bei beim nach seit bis durch fuer um auf ueber zwischen neben vor "
    "sich selbst dabei dafuer damit dann dort hier da dazu deren dessen welche welcher welches wer wo sowie bzw einige "
    "einigen einiger mehrere mehreren viele vielen andere anderen anderer anderem jetzt bereits wieder erneut weiter "
    "weitere weiteren weiterer zudem ausserdem daher deshalb allerdings unterdessen indes dagegen zuvor wegen aufgrund "
    "demnach mit an am es und nach hinein worauf wobei wodurch darauf daran darin darueber davon jeweils sowohl zwar "
    "etwas ganz ihrerseits zurzeit derzeit aktuell aktuelle aktuellen rund zufolge sodass trotz gibt gab "
    # English
    "the a an and if then of to at by for from with into onto upon as is are was were be been being has have "
    "having had do does did would could should shall can cannot might must i you he she it we they him her them us my "
    "your his its our their this that these those there here which who whom whose what when where why how all any both "
    "each some such same so too very just also again further during between through over in on s t d ll re ve "
    "m still already however while after before because since until will amid via per despite including than "
    "currently now another other others "
    # French
    "la le les l un une du de au aux et ou que qui quoi dont est sont etait etaient etre ete sera seront ont avait "
    "avaient il elle ils elles nous vous ce cet cette ces se sa ses leur leurs notre votre dans par avec chez vers "
    "entre mais donc ainsi aussi tres comme lors pendant depuis apres avant ne y en c j qu n "
    # Spanish
    "el los una unos unas al del o u e era eran fue fueron ser sido esta estan estaba han ha habia "
    "su sus lo nos este estos estas ese esa esos esas por para sobre hasta desde como muy tambien "
    "ya cuando donde quien porque pero si tras "
    # Russian and others with their own letters
    "и в на с к по о об от до из за у для что как это его ее их он она они был была были будет а но же ли бы "
)
BY_LANGUAGE = {
    "de": _words(
        "die war man hat bin den nun ab so mag falls was will wollen du er mein dein mir dir dich mich also "
        "in pro hin hatte "
        "wird per sei wen soll"
    ),
    "en": _words("or but me about once own only most am"),
    "fr": _words("on pour sur des plus sous si son ma ta mes tes nos vos peu tout tous toute deja encore ni"),
    "es": _words("son es las con mas mi tu te me un uno ha ante cada ni segun he"),
    "it": _words("il lo gli i un uno una di da in con su per tra fra che e si sono ha del della dei delle nel al alla"),
    "nl": _words(
        "het een en van ik te dat die in is op aan met voor zijn er maar om ook als bij uit naar door heeft wordt"
    ),
}
# Function words that are names when they are written in capitals
CAPITAL_NAMES = _words("US IT WHO UN MIT ALS AM SIE ICH IHR DOT ICE SAP OR OS")
