"""The words that carry no statement, by language, and those that say who said it or how sure it is; data only.

A word that is content in another of the languages (German "war", English "war") counts only where the language of the
text was recognised. All words are folded: lower case, "ä" as "ae", without accents.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words(
    # German
    "der das dem den des ein eine einer eines einem einen und oder aber doch denn dass ob wenn als wie weil waehrend "
    "ist sind waren wird werden wurde wurden worden sei seien waere haben habe hatte hatten gewesen kann koennen "
    "konnte konnten soll sollen sollte sollten muss muessen musste darf duerfen durfte mag moegen wollen wollte ich du "
    "er sie wir ihr ihn ihm ihnen uns euch mein dein sein seine seiner seinem seinen seines ihre ihrer ihrem ihren "
    "ihres unser unsere dieser diese dieses diesem diesen jener jene jenes jedoch auch noch schon nur sehr mehr von "
    "vom zum zur zu im ins aus bei beim nach seit bis durch fuer gegen um auf ueber unter zwischen neben vor hinter "
    "sich selbst dabei dafuer damit dann dort hier da dazu deren dessen welche welcher welches was wer wo worden "
    "sowie bzw etwa einige einigen viele vielen andere anderen anderer jetzt nun bereits wieder immer weiter weitere "
    "weiteren zudem ausserdem daher deshalb allerdings unterdessen indes dagegen so zuvor demnach wegen laut "
    # English
    "the a an and or but if than then of to at by for from with into onto upon about as is are was were be been being "
    "has have had having do does did would could should shall can cannot might must i you he she it we they him her "
    "them us my your his its our their this that these those there here which who whom whose what when where why how "
    "all any both each more most other some such only own same so too very just also again further once after before "
    "while during between through over under above below up out off down on in s t d ll re ve m "
    # French
    "le la les l un une du de au aux et ou ni que qui quoi dont est sont etait etaient etre ete sera seront ont avait "
    "avaient il elle ils elles nous vous ce cet cette ces se sa ses leur leurs notre votre dans par avec chez vers "
    "entre sous mais donc ainsi aussi plus tres comme lors pendant depuis apres avant selon ne y en d c j qu "
    # Spanish
    "el los las una unos unas al del y o u e que es son era eran fue fueron ser sido esta estan estaba han ha habia "
    "se su sus lo le les nos este estos estas ese esa esos esas con por para sobre entre hasta desde como mas muy "
    "tambien ya cuando donde quien porque pero si segun tras "
)
