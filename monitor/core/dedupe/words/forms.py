"""Names of forms under which companies file, and the legal forms in their names. A headline of these tells no event.

The module knows no article.
"""

from __future__ import annotations

from functools import cache

from monitor.core.dedupe.wording import read_wording

FORMS = """
Director/PDMR Shareholding
PDMR Dealing
Transaction in Own Shares
Transactions in Own Shares
Share Buyback Programme
Share Buy-back
Holding(s) in Company
Total Voting Rights
Net Asset Value(s)
Result of AGM
Notice of AGM
Report of foreign issuer
Statement of changes in beneficial ownership
Annual financial report
Half-year financial report
Half Year Report
Interim report
Trading halt
Pause in trading
Form 8.3
Form 8.5
Form 4
Form 10-Q
Form 8-K
Current report
Block listing
Publication of a prospectus
Rule 2.9 Announcement
Investor presentation
Financial calendar
Stimmrechtsmitteilung
Stimmrechtsanteile
Veröffentlichung gemäß § 40
Eigengeschäfte von Führungskräften
Vorstand, Kauf
Vorstand, Verkauf
Aufsichtsrat, Kauf
Aufsichtsrat, Verkauf
Gesamtstimmrechte
Vorabbekanntmachung
Bekanntmachung der Einberufung
Rückkauf eigener Aktien
Aktienrückkauf
Geschäftsbericht
Halbjahresfinanzbericht
Zwischenmitteilung
Quartalsmitteilung
Handelsaussetzung
Franchissement de seuil
Rapport financier
Suspension de cours
Déclaration des transactions sur actions propres
关于回购股份的公告
停牌公告
半年度报告
股东大会决议公告
自己株式の取得状況に関するお知らせ
"""
MIN_FORM_LENGTH = 12  # letters of a form that is one word
COMPANY_FORMS = (
    "ag se gmbh kg kgaa plc ltd limited inc corp corporation co company llc lp sa sas nv bv spa oyj ab asa as holding "
    "holdings group gruppe konzern werk werke international 公司 集团 股份 株式会社"
)


@cache
def form_phrases() -> frozenset[str]:
    """The forms as folded tokens, joined by blanks."""
    folded = (read_wording(one, "").headline.tokens for one in FORMS.strip().splitlines())
    return frozenset(
        " ".join(tokens) for tokens in folded if len(tokens) > 1 or len("".join(tokens)) >= MIN_FORM_LENGTH
    )


@cache
def company_forms() -> frozenset[str]:
    """The legal forms as folded tokens."""
    return frozenset(token for one in COMPANY_FORMS.split() for token in read_wording(one, "").headline.tokens)
