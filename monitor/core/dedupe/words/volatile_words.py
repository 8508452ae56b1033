"""The words beside figures that change while the news stays the same: counters, reading times, stamps; data only.

Words are in lower case, as written, by kind of place: a label stands before its number, a noun behind it. A weak noun
(points, votes, shares) is often news, so it needs a line of its own or another counter beside it.
"""

from __future__ import annotations


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(one.strip().replace("_", " ") for one in text.split())


READING_LABELS = _phrases(  # a number behind them needs no colon
    "lesedauer lesezeit reading_time read_time time_to_read estimated_reading_time est._reading_time "
    "geschätzte_lesezeit "
    "temps_de_lecture durée_de_lecture lecture_: tiempo_de_lectura lectura_de tempo_di_lettura 阅读时间 "
    "阅读时长 预计阅读 "
    "预计阅读时间 阅读需 阅读约 読了時間 hördauer spieldauer listening_time"
)
READING_NOUNS = _phrases(
    "min_read min._read mins_read minute_read minutes_read -min_read -minute_read minuten_lesezeit min._lesezeit "
    "min_lesezeit minuten_lesedauer min._lesedauer min_lesedauer minuten_lesen min_de_lecture minutes_de_lecture "
    "min._de_lecture mn_de_lecture min_de_lectura minutos_de_lectura min_di_lettura 分钟阅读 分钟读完 分钟读 "
    "分で読める 分钟阅读时间"
)
COUNTER_LABELS = _phrases(
    "kommentare leserkommentare kommentaranzahl anzahl_kommentare gelesen aufrufe seitenaufrufe zugriffe "
    "klicks ansichten "
    "besucher besuche punkte bewertungen likes gefällt_mir geteilt shares reaktionen antworten beiträge "
    "abrufe downloads "
    "leser upvotes stimmen hits "
    "comments #_comments comment_count number_of_comments points score views view_count page_views pageviews reads "
    "read_count clicks visits visitors upvotes votes replies reactions retweets reposts favorites favourites bookmarks "
    "downloads karma listens plays "
    "commentaires vues lectures visites partages réactions réponses j'aime nombre_de_vues affichages "
    "comentarios vistas visitas lecturas visualizaciones reacciones respuestas compartidos compartidas me_gusta puntos "
    "commenti visualizzazioni reacties weergaven "
    "阅读 阅读数 阅读量 阅读次数 浏览 浏览量 浏览次数 浏览数 点击 点击量 点击数 评论 评论数 点赞 点赞数 "
    "转发 转发数 收藏 回复 回复数 人气 热度 "
    ""
    "访问量 播放 播放量 跟帖 分享 阅读人数"
)
COUNTER_NOUNS = _phrases(
    "kommentare kommentar leserkommentare aufrufe aufruf seitenaufrufe zugriffe klicks ansichten likes mal_gelesen "
    "mal_geteilt mal_angesehen x_gelesen mal_aufgerufen mal_kommentiert mal_geklickt reaktionen upvotes "
    "retweets abrufe "
    "gefällt-mir-angaben leser_online weitere_artikel weitere_meldungen weitere_beiträge weitere_nachrichten "
    "comments comment views page_views pageviews reads clicks likes upvotes downvotes reactions retweets reposts "
    "tweets favorites favourites bookmarks plays listens times_read people_like_this more_stories more_articles "
    "more_posts more_headlines related_stories related_articles more_news "
    "commentaires commentaire vues vue partages réactions j'aime autres_articles articles_liés "
    "comentarios comentario vistas visualizaciones lecturas reacciones me_gusta compartidos veces_leído "
    "veces_compartido "
    "noticias_relacionadas artículos_más más_noticias "
    "commenti visualizzazioni reacties weergaven "
    "次阅读 次浏览 次点击 次播放 人阅读 人浏览 阅读 浏览 条评论 评论 个赞 赞 点赞 次点赞 转发 次转发 回复 "
    "条回复 人点赞 万阅读 次观看 条跟帖 人评论 "
    "次分享"
)
WEAK_NOUNS = _phrases(
    "punkte points point shares share stimmen votes antworten antwort replies reply answers downloads "
    "bewertungen ratings "
    "reviews hits leser readers besucher visitors visits visites visitas réponses respuestas puntos teilen geteilt "
    "beiträge followers follower abonnenten 分享 收藏 x"
)
STAMP_LABELS = _phrases(
    "stand letzter_stand letztes_update zuletzt_aktualisiert zuletzt_geändert zuletzt_bearbeitet "
    "aktualisiert aktualisierung "
    "veröffentlicht erschienen erstellt gepostet geändert update publiziert datum uhrzeit zeitstempel "
    "updated last_updated last_update last_modified modified published posted first_published created "
    "as_of timestamp date "
    "mis_à_jour mise_à_jour dernière_mise_à_jour publié publiée modifié actualisé créé "
    "actualizado última_actualización ultima_actualización publicado modificado creado actualización "
    "aggiornato pubblicato bijgewerkt gepubliceerd "
    "更新 更新于 更新时间 最后更新 发布时间 发布于 发表于 发布 时间 最終更新 更新日時 公開"
)
PHONE_LABELS = _phrases("tel telefon telefax phone fax mobil telephone tél teléfono call 电话 tel. fax.")
CODE_LABELS = _phrases(
    "wkn isin symbol artikel-id article_id artikel-nr document_id dokument-id story_id post_id item_id ref. valor"
)
COPYRIGHT_LABELS = ("©", "(c)", "copyright")
AGE_LEADS = _phrases("vor vor_etwa vor_rund vor_ca. vor_gut vor_knapp vor_über il_y_a il_y_a_environ hace hace_unos")
PRICE_MOVES = _phrases(  # near a share price they change with it
    "steigt stieg stiegen gestiegen klettert kletterte gewinnt gewann gewannen zulegen zulegte legt legte zu "
    "fällt fiel fielen gefallen sinkt sank sanken gesunken verliert verlor verloren gibt gab nach rutscht "
    "rutschte höher tiefer niedriger fester leichter stärker schwächer unverändert plus minus rise rises rose "
    "risen rising gain gains gained climb climbs climbed add adds added advance advances advanced jump jumps "
    "jumped fall falls fell fallen falling lose loses lost drop drops dropped slip slips slipped slide slides "
    "slid decline declines declined sink sinks sank up down higher lower unchanged"
)
DATELINE_AGENCIES = (
    "reuters", "dpa-afx", "dpa-afx broker", "dpa", "afp", "apa", "sda", "awp", "ap", "bloomberg", "efe", "ansa",
    "xinhua",
    "business wire", "globe newswire", "pr newswire", "prnewswire", "ots", "kyodo", "yonhap", "tass", "interfax",
    "pti", "ani",
    "ians", "epd", "kna", "sid", "cna", "dow jones", "dow jones newswires", "marketwatch", "anp", "belga", "ritzau",
    "tt", "ntb",
    "accesswire", "newsfile", "eqs", "dgap", "cnn", "bbc", "cnbc", "afx", "ap-dj", "mt newswires", "rtr", "apa-ots",
    "keystone-sda",
    "europa press", "lusa", "eqs group", "boerse-global.de", "it-times", "afp/dpa", "reuters breakingviews", "ddp",
    "pap", "ctk",
)  # fmt: skip
