"""Counters, ages, clocks and stamps are cut where they change by themselves, and nowhere else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dedupe.volatile import FILLER, mask_volatile, volatile_spans
from monitor.core.dedupe.wording import read_wording

COUNTERS = """
Points: 24 | # Comments: 3 | Punkte: 24 | 24 points by dang 3 hours ago | Likes: 24 | Score: 24
27 Kommentare | Kommentare (27) | Kommentare: 27 | Kommentare 27 | 1 Kommentar | 27 Leserkommentare
Gelesen: 27 mal | 27 mal gelesen | 27 Mal gelesen | Aufrufe: 1.234 | 1.234 Aufrufe | 27 Klicks | Zugriffe: 1'234
27 Mal geteilt
27 views | Views: 27 | 1,234 views | 1.2k views | 3 page views | Reads: 24 | 24 reads | 24 clicks | Page views: 1,234
24 likes | 1.2K likes | 12 comments | Comments (12) | Comments: 12 | 12 Comments | 5 retweets | 3 upvotes | 7 reactions
27 commentaires | Commentaires (27) | 27 vues | Vues : 27 | 12 j'aime | Lectures : 24 | 27 partages | 1 234 vues
27 comentarios | Comentarios (27) | 27 vistas | Visitas: 27 | 1.234 visualizaciones | 27 me gusta | Lecturas: 27
阅读 27 | 阅读：27 | 浏览量：1.2万 | 评论(27) | 27条评论 | 27次浏览 | 点赞 24 | 1.2万阅读 | 转发 3 | 阅读数 27
1.2k shares | 12 more stories | … 12 more stories | 24 weitere Artikel | 12 related stories | 5 autres articles
"""
AGES = """
vor 27 Minuten | vor 2 Stunden | vor 3 Tagen | vor etwa 5 Min. | vor 27 Std.
27 minutes ago | 2 hours ago | 3h ago | 5 mins ago | 4 days ago | 27 min ago
Il y a 5 minutes | il y a 3 heures | hace 27 minutos | hace 2 horas | hace 3 días
5 分钟前 | 27分钟前 | 3小时前 | 2天前 | 5分前 | 3時間前
"""
READING_TIMES = """
Lesedauer 2 Min. | Lesedauer: 2 Minuten | Lesezeit: ca. 3 Min | 3 Min. Lesezeit | 4 Minuten Lesezeit
3 min read | 5 minute read | 5-minute read | Reading time: 4 minutes | Estimated reading time: 3 min | 4 mins read
Temps de lecture : 3 min | 3 min de lecture | Tiempo de lectura: 4 min | 4 minutos de lectura | 阅读时间：5分钟
5分钟阅读
"""
STAMPS = """
Stand: 09:27 Uhr | Stand: 1. Dezember 2026, 09:27 Uhr | Stand 01.12.2026 | Zuletzt aktualisiert: 1.12.2026 um 09:27 Uhr
Aktualisiert am 1. Dezember 2026 | Veröffentlicht: 01.12.2026, 10:14 | 09:27 Uhr | 9.27 Uhr | 01.12.2026 - 10:14
Updated 10:14 GMT | Updated: Dec 1, 2026 10:14 AM ET | Last updated at 10:14 | Published December 1, 2026 | 10:14 am
2026-12-01T10:14:00Z
Publié le 1 décembre 2026 à 09h27 | Mis à jour le 01/12/2026 à 10:14 | Actualizado: 1 de diciembre de 2026
Publicado el 01/12/2026
更新时间：2026-12-01 10:14 | 发布时间：2026年12月1日 10:14 | 2026年12月1日
"""
CODES = """
© 2026 | Copyright 2026 | © 2020-2026 | WKN: A1EWWW | WKN 710000 | ISIN: DE0007164600 | Tel.: +49 30 1234567
Phone: 212-555-1234
+49 30 1234567 | https://example.com/a?b=27 | (27) | 24.123,45 | +0,3 % | 24.123,45 | 1.085
"""


def forms(text: str) -> list[str]:
    return list(dict.fromkeys(form.strip() for line in text.strip().split("\n") for form in line.split(" | ")))


ALL_FORMS = forms(COUNTERS) + forms(AGES) + forms(READING_TIMES) + forms(STAMPS) + forms(CODES)
NEWS = """
He scored 24 points in the game.
Das Team gewann. 24 points were scored by Smith alone.
Bei dem Unfall starben 27 Menschen.
Er las 27 Kommentare vor, darunter den des Kanzlers.
Sie sammelte 27 Punkte und gewann das Turnier.
The senator won 52 votes against 48.
The insider bought 1,200 shares of the company.
Die Nationalmannschaft siegt 28:24 gegen Dänemark.
Kommentar: 27 Jahre nach dem Mauerfall
Vor 27 Jahren fiel die Mauer.
Turnout rose to 3.5.
Analysts' views: 24 see a rise
The company updated 300 servers.
Der Bundestag stimmt mit 27 Stimmen Mehrheit zu.
Sein Video hat 27 Millionen Aufrufe erreicht.
Die Partei verliert 24 Punkte in der Umfrage.
The film has 12 more weeks to go.
Die Regierung plant 24 weitere Kraftwerke.
27 people commented on the bill.
Le film attire 27 spectateurs.
Hace frío: 27 muertos en Madrid
Il y a 27 morts dans l'accident.
阅读27本书的学生
27人死亡
Stand der Dinge: 300 Stellen fallen weg
Update: 300 jobs cut
Boeing 737 crash kills 27
The shares of 24 companies fell.
Tel Aviv: 27 wounded
""".strip().split("\n")


def cut(text: str) -> str:
    return mask_volatile(text).replace(FILLER, "")


@pytest.mark.parametrize("form", ALL_FORMS)
def test_a_line_that_changes_by_itself_says_nothing(form: str) -> None:
    assert not any(sentence.tokens for sentence in read_wording("", form).sentences), cut(form)


@pytest.mark.parametrize("form", ALL_FORMS)
def test_beside_an_article_such_a_line_changes_no_token(form: str) -> None:
    text = "Der Konzern streicht 300 Stellen in Köln.\nDas sagte die Sprecherin dem Blatt nicht."
    plain = [sentence.tokens for sentence in read_wording("Stellenabbau", text).sentences]
    for line in (form, f"{form}\n"):
        for whole in (f"{text}\n{line}", f"{line}\n{text}"):
            assert [sentence.tokens for sentence in read_wording("Stellenabbau", whole).sentences] == plain


@pytest.mark.parametrize("form", forms(COUNTERS) + forms(READING_TIMES))
def test_behind_the_last_sentence_it_says_nothing_either(form: str) -> None:
    assert cut(f"The company cuts jobs in Cologne. {form}").rstrip("… #") == "The company cuts jobs in Cologne."


@pytest.mark.parametrize("text", NEWS)
def test_what_only_resembles_a_counter_is_news(text: str) -> None:
    assert cut(text) == text


@pytest.mark.parametrize(
    "dateline",
    [
        "FRANKFURT, 1. Dez (Reuters) - ", "NEW YORK (dpa-AFX) - ", "BERLIN (dpa) - ", "LONDON, Dec 1 (Reuters) - ",
        "(Bloomberg) -- ",
        "PARIS (AFP) — ", "LONDON--(BUSINESS WIRE)--", "NEW YORK, Dec. 1, 2026 /PRNewswire/ -- ", "ZÜRICH (awp) - ",
        "MADRID (EFE) – ",
        "新华社北京12月1日电 ",
    ],
)  # fmt: skip
def test_a_dateline_is_cut(dateline: str) -> None:
    assert cut(f"{dateline}Quorion cuts jobs").strip() == "Quorion cuts jobs"


@pytest.mark.parametrize("signature", ["/mis", "/jha/he", "/ag/stk"])
def test_the_initials_of_editors_are_cut(signature: str) -> None:
    assert cut(f"Der Konzern wächst. {signature}\nMehr dazu.") == "Der Konzern wächst. \nMehr dazu."


@pytest.mark.parametrize("text", ["Er fuhr 200 km/h", "Mieter und/oder Käufer", "A/B"])
def test_a_slash_alone_is_no_signature(text: str) -> None:
    assert cut(text) == text


def test_cells_of_figures_are_cut_and_their_names_stay() -> None:
    assert cut("DAX | 24.123,45 | +0,3 %\nQuorion\t12,40\t-1,2 %").replace("|", "").split() == ["DAX", "Quorion"]


def test_a_share_price_is_cut() -> None:
    text = "Die Aktie notiert bei 136,20 Euro und damit 2,3 Prozent höher."
    assert "136" not in cut(text) and "2,3" not in cut(text)


def test_boilerplate_is_cut() -> None:
    assert (
        cut("Neues.\nSollten Anleger sofort verkaufen? Oder lohnt sich doch der Einstieg bei Quorion?").strip()
        == "Neues."
    )


PIECES = st.sampled_from(
    ["27", " ", "\n", "Kommentare", ":", "(", ")", "|", "Points", "vor ", " Minuten", " ago", "Stand", "09:27",
    " Uhr", "1.12.2026", "©",
     "Tel. "
     "", "+49 30 ", "'", ".", ",", "阅读", "万", "/mis", "(dpa)", " - ", "https://a.b/", "Aktie ", " Euro", "İ", "²",
     "٣", "ß"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_a_masked_text_keeps_its_length_and_is_masked_once(text: str) -> None:
    masked = mask_volatile(text)
    assert len(masked) == len(text)
    assert all(one in (other, FILLER) for one, other in zip(masked, text, strict=True))
    spans = volatile_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Die Aktie stieg auf 31,20 Euro.", "Die Aktie  auf  Euro."),
        ("Die Aktie fiel zuletzt um 2,4 Prozent auf 29,85 Euro.", "Die Aktie  zuletzt um  Prozent auf  Euro."),
        (
            "Das Papier notiert bei 41,20 Euro, 2,4 Prozent höher.",
            "Das Papier notiert bei  Euro,  Prozent .",
        ),
        ("Shares of Lumetra fell 2.4 percent to $41.20.", "Shares of Lumetra   percent to $."),
        ("The stock closed at $12.30, down 4 percent.", "The stock closed at $,   percent."),
        ("Der Gewinn stieg. Die Aktie kostet 31,20 Euro.", "Der Gewinn stieg. Die Aktie kostet  Euro."),
        (
            "Lumetra verlor den Prozess im Juli, die Aktie fiel auf 31,20 Euro.",
            "Lumetra verlor den Prozess im Juli, die Aktie  auf  Euro.",
        ),
        ("Das Angebot stieg auf 31,20 Euro je Aktie.", "Das Angebot stieg auf 31,20 Euro je Aktie."),
    ],
)
def test_the_direction_of_a_share_price_is_cut_with_it_and_no_other(text: str, kept: str) -> None:
    assert mask_volatile(text).replace(FILLER, "") == kept
