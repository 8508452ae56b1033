"""Words that carry a statement, one sense to a paragraph, in several languages.

Two words of one sense say the same ("raises" and "hikes"). Two words of the list without a common sense turn a
statement ("approves" and "blocks", "charged" and "convicted"). Other words are unknown here, and an exchange of them is
judged by its place. A word may have several senses. The module knows no sentence.
"""

from __future__ import annotations

from functools import cache, lru_cache

from monitor.core.dedupe.reading.word_forms import read_word

FOLDING_LANGUAGES = ("", "de", "en", "fr")  # whose tables cut endings in their own way

SENSES = """
approve approves approved approving approval clear clears cleared greenlight greenlights allow allows allowed permit
permits permitted authorise authorize authorises authorizes authorised authorized genehmigt genehmigen genehmigte
genehmigung erlaubt erlauben erlaubte billigt billigen gebilligt bewilligt bewilligen zugelassen zulassen freigibt
freigegeben autorise autorisent approuve approuver valide autoriza aprueba aprobado 批准 允许 许可 准许 通过 承認
認可 разрешил разрешила одобрил одобрила одобряет разрешает одобрение zatwierdza zatwierdził

block blocks blocked blocking ban bans banned banning forbid forbids forbade forbidden prohibit prohibits prohibited
bar bars barred untersagt untersagen untersagte verbietet verbieten verboten verbot blockiert blockieren bloque
bloquent interdit interdire prohíbe prohibido 禁止 阻止 запретил запретила запрещает zakazuje zakazał

refuse refuses refused weigert verweigert verweigern refuse refusent 拒不 отказался отказалась odmawia

reject rejects rejected rejection veto vetoes vetoed decline declines declined abgelehnt ablehnt ablehnen ablehnung
verwirft verworfen zurückweist zurückgewiesen rejette refuse rechaza 否决 拒绝 驳回 却下 拒否 отклонил отклонила
отклоняет отказал отверг отвергла odrzuca odrzucił

start starts started starting begin begins began begun launch launches launched startet starten gestartet startete
beginnt beginnen begann begonnen anläuft lance lancent commence démarre lanza 启动 开始 开工 開始 начал начала
начинает запустил запустила запускает rozpoczyna uruchamia

open opens opened opening eröffnet eröffnen eröffnete ouvre ouvrent abre 开通 开放 開業 открыл открыла открывает
otwiera

resume resumes resumed restart restarts restarted wiederaufgenommen fortgesetzt reprend reanuda 恢复 重启 再開
возобновил возобновила wznawia

stop stops stopped stopping halt halts halted end ends ended stoppt stoppen gestoppt stoppte beendet beenden
eingestellt abgebrochen arrête arrêtent detiene 停止 终止 叫停 停止する остановил остановила прекратил прекратила
zatrzymuje

close closes closed closing closure shut shuts geschlossen schließt schließen schloss schließung ferme ferment
cierra 关闭 閉鎖 закрыл закрыла закрывает zamyka

suspend suspends suspended suspension freeze freezes froze frozen pause pauses paused aussetzt ausgesetzt aussetzen
friert eingefroren pausiert suspend suspendent suspende 暂停 中止 中断 приостановил приостановила wstrzymuje

cancel cancels cancelled verzichtet verzichten verzichtete forgo forgoes waive waives canceled scrap scraps scrapped
abandon abandons abandoned withdraw withdraws withdrew withdrawn abgesagt absagt absagen streicht streichen
gestrichen zurückzieht zurückgezogen storniert stornieren annule annulent retire cancela 取消 撤回 廃止 отменил
отменила отозвал отзывает odwołuje wycofuje

impose imposes imposed verhängt verhängen verhängte einführt einführen eingeführt impone 实施 施加 ввел ввела вводит
nakłada wprowadza

lift lifts lifted overturn overturns overturned quash quashes quashed kippt kippen gekippt revoke revokes revoked
repeal repeals repealed abolish abolishes abolished aufhebt aufgehoben aufheben hebt abschafft abgeschafft
abschaffen widerruft widerrufen lève abroge levanta 解除 撤销 废除 解禁 撤廃 снял сняла снимает отменяет znosi
uchyla

raise raises raised increase increases increased hike hikes hiked boost boosts boosted lift lifts lifted up rise
rises rose risen rising gain gains gained climb climbs climbed jump jumps jumped surge surges surged soar soars
soared grow grows grew grown higher erhöht erhöhen erhöhte anhebt angehoben anheben hebt steigert steigern
gesteigert steigt steigen stieg stiegen gestiegen wächst wuchs gewachsen klettert zulegt zugelegt springt höher
augmente augmentent relève hausse monte progresse sube aumenta eleva 上涨 提高 增加 增长 上升 大涨 引き上げ 上昇
増加 повысил повысила повышает вырос выросла выросли растет увеличил увеличила rośnie wzrósł wzrosła podnosi
zwiększa

cut cuts cutting lower lowers lowered reduce reduces reduced decrease decreases decreased slash slashes slashed trim
trims trimmed down fall falls fell fallen falling drop drops dropped decline declines declined slip slips slipped
slide slides slid slump slumps slumped dive dives plummet plummets plunge plunges plunged tumble tumbles tumbled
sink sinks sank shrink shrinks shrank senkt senken senkte gesenkt kürzt kürzen gekürzt reduziert reduzieren
verringert mindert sinkt sinken sank gesunken fällt fallen fiel fielen gefallen schrumpft geschrumpft rutscht
niedriger tiefer abbaut baisse baissent réduit réduisent chute recule diminue baja recorta cae 下跌 降低 减少 下降
削减 缩减 大跌 引き下げ 下落 減少 снизил снизила снижает упал упала упали сократил сократила сокращает уменьшил
spada spadł spadła obniża zmniejsza tnie

upgrade upgrades upgraded hochgestuft hochstuft 上调 上方 повышен

downgrade downgrades downgraded herabgestuft abgestuft abstuft 下调 下方 понижен

expand expands expanded ausbaut ausgebaut erweitert 扩大 扩建 拡大 расширил расширяет

double doubles doubled verdoppelt 翻番 倍増 удвоил

halve halves halved halbiert 减半 半減

buy buys bought buying acquire acquires acquired acquisition acquiring purchase purchases purchased takeover kauft
kaufen kaufte gekauft übernimmt übernehmen übernahm übernommen übernahme erwirbt erwerben erwarb erworben achète
achètent acquiert rachète rachètent rachat compra adquiere 收购 购买 买入 买下 買収 購入 купил купила покупает
приобрел приобрела приобретает kupuje kupił kupiła przejmuje

sell sells sold selling divest divests divested dispose disposes disposed sale verkauft verkaufen verkaufte verkauf
veräußert veräußern abstößt vend vendent cède cèdent cession vende 出售 卖出 抛售 剥离 売却 販売 продал продала
продает sprzedaje sprzedał sprzedała

win wins won winning beat beats beaten defeat defeats defeated gewinnt gewinnen gewann gewonnen siegt siegen siegte
gesiegt schlägt besiegt besiegen gagne gagnent remporte gana vence 赢得 获胜 战胜 击败 胜诉 勝利 勝訴 выиграл
выиграла победил победила побеждает wygrywa wygrał wygrała pokonuje

lose loses lost losing verliert verlieren verlor verloren unterliegt unterlag unterlegen perd perdent pierde 输掉
失败 败诉 敗北 敗訴 проиграл проиграла проигрывает przegrywa przegrał przegrała

succeed succeeds succeeded gelingt 成功 удалось

fail fails failed failing failure scheitert scheitern scheiterte gescheitert misslingt échoue fracasa 失敗
провалился

accept accepts accepted akzeptiert akzeptieren annimmt angenommen accepte acceptent acepta 接受 受け入れ принял
приняла akceptuje

agree agrees agreed einigen einigt zustimmt zugestimmt zustimmen geeinigt 同意 合意 согласился согласилась

support supports supported back backs backed endorse endorses endorsed welcome welcomes welcomed praise praises
praised unterstützt unterstützen begrüßt begrüßen befürwortet lobt loben lobte gelobt würdigt soutient soutiennent
salue apoya 支持 赞成 欢迎 赞扬 称赞 称賛 поддержал поддержала поддерживает похвалил popiera chwali

oppose opposes opposed criticise criticises criticised criticize criticizes criticized condemn condemns condemned
blame blames blamed kritisiert kritisieren rügt tadelt attackiert bekämpft critique critiquent attaque attaquent
condamne critica 反对 批评 谴责 指责 抨击 反対 批判 критикует раскритиковал осудил осудила sprzeciwia krytykuje
atakuje

exclude excludes excluded expel expels expelled disqualified ausgeschlossen ausschließt disqualifiziert exclut exclu
expulsa 开除 驱逐 除名 исключил исключен wykluczony

default defaults defaulted 违约 デフォルト дефолт

protest protests protested strike strikes striking walkout streik streikt streiken protestiert grève manifestent
huelga 罢工 抗议 ストライキ забастовка strajk

boycott boycotts boycotted boykottiert boykottieren 抵制

confirm confirms confirmed confirmation bestätigt bestätigen bestätigte bestätigung confirme confirment confirma
证实 确认 подтвердил подтвердила подтверждает potwierdza potwierdził

admit admits admitted confess confesses confessed einräumt eingeräumt zugibt zugegeben gesteht gestanden admet
reconoce 承认 認め признал признала przyznaje

deny denies denied denial dispute disputes disputed dementiert dementieren dementierte dementi bestreitet bestreiten
bestritt bestritten leugnet verneint dément démentent nie niega desmiente 否认 辟谣 否定 опроверг опровергла
отрицает zaprzecza zaprzeczył

charge charges charged indict indicts indicted accuse accuses accused anklagt angeklagt anklagen beschuldigt inculpé
accuse 起诉 指控 обвинен обвинила обвинил oskarżony oskarża

convict convicts convicted conviction sentence sentenced guilty verurteilt verurteilen schuldig coupable condamné
culpable 有罪 判刑 定罪 осужден виновен winny skazany

sue sues sued verklagt verklagen klagt poursuit demanda 提告 起訴 pozywa подал

arrest arrests arrested jail jails jailed detain detains detained verhaftet verhaften festgenommen inhaftiert arrêté
arresta 逮捕 拘留 арестован арестовал задержан aresztowany aresztuje

acquit acquits acquitted acquittal exonerate exonerated innocent clear clears cleared freigesprochen freispricht
freispruch unschuldig entlastet innocent acquitté acquitte inocente absuelve 无罪 無罪 невиновен оправдан niewinny
uniewinniony

free frees freed release releases released freigelassen freilassen libéré libère relâché libera 释放 获释 釈放
освобожден освободил zwolniony

settle settles settled vergleicht verglichen 和解

join joins joined enter enters entered beitritt beigetreten einsteigt eingestiegen rejoint 加入 вошел

appoint appoints appointed hire hires hired elect elects elected ernennt ernannt berufen beruft wählt gewählt nomme
nommé embauche contrata nombra 任命 聘用 当选 就任 назначил назначен powołuje mianuje

stay stays stayed remain remains remained keep keeps kept bleibt bleiben behält reste 留任 残留 остается остался
zostaje

return returns returned zurückkehrt zurückgekehrt revient vuelve 回归 復帰 вернулся wraca

leave leaves left quit quits exit exits exited resign resigns resigned resignation step verlässt verlassen verließ
austritt ausgetreten aussteigt ausgestiegen zurücktritt zurückgetreten rücktritt tritt quitte quittent démissionne
dimite renuncia 离开 退出 辞职 辞任 退任 辞職 ушел покинул отставка odchodzi opuszcza rezygnuje

fire fires fired dismiss dismisses dismissed oust ousts ousted sack sacks sacked entlässt entlassen abberufen
abgesetzt feuert gefeuert licencie renvoie despide 解雇 开除 解任 уволен уволил zwalnia

profit profits gewinn gewinne überschuss bénéfice bénéfices beneficio 盈利 利润 黒字 прибыль zysk

loss losses verlust verluste fehlbetrag perte pertes pérdida 亏损 損失 赤字 убыток strata

exceed exceeds exceeded top tops topped surpass surpasses surpassed beat beats übertrifft übertreffen übertraf
übertroffen überschreitet dépasse supera 超过 超出 上回 превысил przekracza

miss misses missed undershoot verfehlt verfehlen verfehlte unterschreitet manque 低于 未达 下回

save saves saved rescue rescues rescued rettet retten rettete gerettet sauve sauvent salva 救出 拯救 救助 спас
спасен ratuje

survive survives survived überlebt überleben überlebte survit sobrevive 幸存 生存 выжил przeżył

kill kills killed die dies died dead death deaths tot tote toter toten tötet getötet stirbt starb gestorben tués
mort morts meurt muere muertos 死亡 遇难 身亡 死去 погиб погибли умер zginął zmarł

injure injured injures wounded hurt verletzt verletzte verletzter verletzten blessé blessés heridos 受伤 負傷 ранен
ranni

bankrupt bankruptcy insolvent insolvenz 破产 倒闭 倒産 банкрот bankrutuje

resolved solve solves solved fixed repaired restored gelöst behoben repariert 解决 修复 復旧 решен

hacked breached leaked gehackt 泄露 入侵 взломан

peace truce ceasefire frieden waffenruhe paix trêve 和平 停火 мир перемирие pokój rozejm

war krieg guerre 战争 戦争 война wojna

uphold upholds upheld

tighten tightens tightened verschärft verschärfen 收紧

ease eases eased loosen loosens lockert lockern gelockert 放宽

复工

停工

order orders ordered oblige obliges obliged compel compels compelled anordnet angeordnet verpflichtet zwingt
gezwungen ordonne oblige ordena 命令 责令 обязал обязала nakazuje

supply supplies supplied deliver delivers delivered beliefert beliefern liefert liefern geliefert lieferte livre
fournit 供应 交付 供給 納入 поставил поставляет dostarcza

recall recalls recalled zurückruft rückruf rappelle 召回 回収

improve improves improved strengthen strengthens strengthened verbessert stärkt gestärkt 改善 加强 强化 強化 усилил

worsen worsens worsened weaken weakens weakened verschlechtert schwächt geschwächt 恶化 削弱 ослабил

accelerate accelerates accelerated beschleunigt vorgezogen 提前 加快 前倒 досрочно

delay delays delayed postpone postpones postponed verzögert verschoben verschiebt vertagt reporte reporté aplaza
推迟 延期 延迟 отложил отложен opóźnia przekłada
"""
# Neutral words: an exchange within a paragraph is none, an exchange across two is judged like that of unknown words.
SYNONYMS = """
stock stocks share shares aktie aktien papier papiere titel 股票 股价 株価 акции

ceo chief boss head chef chefin vorstandschef vorstandschefin konzernchef konzernchefin firmenchef patron pdg

unveil unveils unveiled introduce introduces introduced present presents presented reveal reveals revealed
vorgestellt präsentiert präsentieren enthüllt présente dévoile 发布 推出 発表

company firm group maker konzern unternehmen firma gesellschaft entreprise groupe société 公司 企业 集团

usa america american amerika amerikanisch amerikanische

britain british uk britisch britische großbritannien

expect expects expected forecast forecasts predict predicts see sees erwartet rechnet prognostiziert

plan plans planned want wants aim aims intend intends plant planen will beabsichtigt

crash accident unglück unfall accident 事故

car cars vehicle vehicles auto autos fahrzeug fahrzeuge wagen

factory plant plants fabrik werk usine 工厂 工場

job jobs position positions post posts stelle stellen arbeitsplatz arbeitsplätze emploi emplois

result results earnings figures zahlen ergebnis ergebnisse bilanz résultats

probe investigation inquiry ermittlung ermittlungen untersuchung enquête 调查 捜査

talks negotiations gespräche verhandlungen négociations 谈判 交渉

row dispute feud streit konflikt

huge massive giant big large riesig riesige groß große gewaltig

boss leader chief

ship vessel boat schiff frachter

storm hurricane sturm orkan unwetter

woman women frau frauen

child children kind kinder

hospital clinic krankenhaus klinik

school schools schule schulen

city town stadt
"""
MIN_COMPOUND_REST, MIN_COMPOUND_END = 3, 5  # letters of the first and of the last part of a compound


@cache
def _senses() -> dict[str, frozenset[int]]:
    """Folded word → the numbers of its senses."""
    return _numbered(SENSES)


def _numbered(paragraphs: str) -> dict[str, frozenset[int]]:
    """Folded word → the numbers of its paragraphs."""
    found: dict[str, set[int]] = {}
    for number, words in enumerate(paragraphs.split("\n\n")):
        for word in words.split():
            for token in {read_word(word, language) for language in FOLDING_LANGUAGES}:
                found.setdefault(token, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items() if word and " " not in word}


@lru_cache(maxsize=50_000)
def senses(word: str) -> frozenset[int]:
    """The numbers of the senses of a folded word, or of the last part of a compound; empty for an unknown word."""
    known = _senses()
    if word in known:
        return known[word]
    ends = (word[at:] for at in range(MIN_COMPOUND_REST, len(word) - MIN_COMPOUND_END + 1))
    return next((known[end] for end in ends if end in known), _NONE)


def denies(word: str) -> bool:
    """Whether a folded word denies what follows it, as a negation does."""
    return not senses(word).isdisjoint(_denials())


@cache
def _denials() -> frozenset[int]:
    return senses(read_word("dementiert", "de")) | senses(read_word("refuses", "en"))


@cache
def _synonyms() -> dict[str, frozenset[int]]:
    """Folded neutral word → the numbers of its groups."""
    return _numbered(SYNONYMS)


def are_synonyms(one: str, other: str) -> bool:
    """Whether two folded neutral words say the same; no statement is turned by others."""
    known = _synonyms()
    return one in known and other in known and not known[one].isdisjoint(known[other])


def turns(one: str, other: str) -> bool:
    """Whether the exchange of two folded words turns a statement: both are known and have no common sense."""
    mine, theirs = senses(one), senses(other)
    return bool(mine and theirs and mine.isdisjoint(theirs))


_NONE: frozenset[int] = frozenset()
