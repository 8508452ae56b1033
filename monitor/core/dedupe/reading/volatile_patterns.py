"""The patterns of what is volatile, each matched on a bounded stretch beside a keyword or a number; data only."""

from __future__ import annotations

import re

from monitor.core.dedupe.words import volatile_words as words

BLANK = "[ \\t\u00a0\u202f]"
VALUE = rf"\d[\d.,'’]*(?:[ \u00a0\u202f]\d{{3}})*(?P<scale>{BLANK}?(?:[kKmMw]\b|[千万]|Tsd\.?|Mio\.?|\+))?"
ZONE = (
    r"(?:\s?\(?(?:GMT|UTC|MESZ|MEZ|CEST|CET|EST|EDT|PST|PDT|BST|IST|JST|HKT|SGT|ET|PT|Z|ME[SZ]|Ortszeit|"
    r"local time)\b\)?(?:[+-]\d\d?)?)"
)
CLOCK = (
    rf"(?:\d{{1,2}}(?:[:.h]|\s?h\s?)\d\d(?:[:.]\d\d)?\s?(?:Uhr\b|[ap]\.?m\b\.?|h\b|{ZONE}){ZONE}?"
    rf"|\d{{1,2}}\s?(?:Uhr\b|[ap]\.m\.|[ap]m\b){ZONE}?|0\d:\d\d(?::\d\d)?{ZONE}?|\d{{1,2}}:\d\d(?::\d\d)?{ZONE}|\d\d?[时点]\d\d分?)"
)
BARE_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?![\d:])")
CLOCK_CUE = re.compile(
    r"(?:\b(?:um|ab|at|gegen|seit|since|à|a las|vers|until|kl)\s|[,|·•(]\s?|\d{4}\s|\n|\A)\Z", re.IGNORECASE
)
DATE = (
    r"(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?|"
    r"\d{4}/\d{1,2}/\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}(?!\d)"
    r"|\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)(?!\d|[.,]\d)|\d{1,2}-\d{1,2}-\d{4}|\d{4}年\d{1,2}月\d{1,2}日?)"
)
MONTH = (
    r"(?:jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago|dic)"
    r"[a-zéûñ]{0,7}\.?"
)
DAY = (
    r"(?:mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom)"
    r"[a-zäéá]{0,8}\.?"
)
STAMP_PART = (
    rf"(?:{CLOCK}|\d{{1,2}}[:h]\d\d|{DATE}|\d{{1,2}}\.\d{{1,2}}\.|"
    rf"\d{{1,2}}(?:st|nd|rd|th|er)?\.?\s?(?:de )?{MONTH}(?:,?\s(?:de )?\d{{4}})?"
    rf"|{MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?|\d{{1,2}}月\d{{1,2}}日|(?:heute|gestern|today|yesterday|今天|昨天)\b)"
)
STAMP = re.compile(
    rf"\s*(?:[:：]|[-–])?\s*(?:(?:am|on|um|at|den|le|à|el|vom|der|a las|by [\w ]{{2,20}})\s+)?"
    rf"(?:{DAY},?\s+(?:den\s)?)?{STAMP_PART}"
    rf"(?:(?:\s?[,|/·–-]?\s?)(?:(?:um|at|à|a las|and|und)\s)?{STAMP_PART}){{0,3}}(?:\s?Uhr\b)?{ZONE}?",
    re.IGNORECASE,
)
FIGURES = re.compile(rf"{DATE}(?!\w)|{CLOCK}", re.IGNORECASE)
# Numbers that may begin a date, a clock, an age or a telephone number
SHAPE = re.compile(
    r"(?<![\d.,])\d{1,4}(?:[:./-]\s?\d|[\s(]{1,2}\d|[年月]|\s?(?P<unit>[sSmMhHdDwWtTjJuUpPaA秒分小時时天日周个点]))",
    re.IGNORECASE,
)
SHORT_DATE = re.compile(r"\d{1,2}\.\s?\d{1,2}\.(?!\d)")
SHORT_DATE_LEAD = re.compile(r"\b(?:am|vom|bis|zum|ab|den|der|dem|seit)\s\Z", re.IGNORECASE)
AGE = re.compile(
    r"\d{1,4}\s?(?:(?P<unit>sek(?:unden?)?|seconds?|secs?|secondes|segundos|min(?:uten?|utes?|utos?|s)?|std|stunden?|hours?|hrs?|"
    r"heures?|horas?|tage?n?|days?|jours?|días?|wochen?|weeks?|semaines?|semanas?|monaten?|months?|mois|meses|[smhdw])\b\.?"
    r"(?P<ago>\s+(?:ago|atrás)\b)?|(?P<cjk>秒前|分钟前|分鐘前|分前|小时前|小時前|時間前|天前|日前|周前|个月前))",
    re.IGNORECASE,
)
AGE_LEAD = re.compile(rf"\b(?:{'|'.join(map(re.escape, words.AGE_LEADS))})\s\Z", re.IGNORECASE)
PHONE = re.compile(r"\d{1,4}(?:[\s/().-]{1,2}\d{1,5}){2,6}(?!\d)")
DIALLED = re.compile(r"\s?(?:\.|:|\.:)?\s*[+(]?\d[\d\s()/+.-]{5,22}\d")
CODE = re.compile(r"(?:[:#/ ]|\s?\(){0,3}\s?(?:[A-Z]{2}[A-Z0-9]{9}\d|(?=[A-Z]*\d)[A-Z0-9]{6,8}|\d{3,12})\b")
COPYRIGHT = re.compile(r"(?:\s?(?:\(c\)|©|by))?\s?(?:\d{4})?(?:\s?[-–]\s?\d{4})?", re.IGNORECASE)
LABELLED = re.compile(
    rf"{BLANK}?(?P<mark>[:：]|[(\[（])?{BLANK}{{0,2}}(?:ca\. |about |约|:)?{VALUE}(?![\w%])"
    rf"(?:{BLANK}?(?:mal|times|x|×|次|人|条|veces|fois)\b)?(?:{BLANK}?[)\]）])?",
    re.IGNORECASE,
)
READING = re.compile(
    rf"{BLANK}?[:：]?{BLANK}{{0,2}}(?:(?:ca\.|etwa|about|approx\.) |约)?\d{{1,3}}(?:[:.,]\d\d?)?"
    rf"(?:{BLANK}?(?:min(?:uten?|utes?|utos?|s)?\b\.?|minuti|mn|分钟|分|m\b|sek\w*|sec\w*))?",
    re.IGNORECASE,
)
NUMBER_BEFORE_NOUN = re.compile(rf"{VALUE}(?:{BLANK}|-)?")
SCHEME, ADDRESS = re.compile(r"[a-z]{2,8}\Z", re.IGNORECASE), re.compile(r"[^\s<>\"]*")
SIGNATURE = re.compile(r"/[a-z]{2,5}(?:/[a-z]{2,5}){0,4}[ \t]*(?=\n|\Z)")
AGENCY_REGEX = "|".join(map(re.escape, sorted(words.DATELINE_AGENCIES, key=len, reverse=True)))
DATELINE = re.compile(
    r"[^\S\n]*(?:[A-ZÄÖÜ][\w.']*(?:[ /,-]{1,3}[A-ZÄÖÜ(][\w.')]*){0,5})?"
    r"(?:,? ?(?:den )?(?:\d{1,2}\.? ?[A-ZÄ][a-zä]{2,8}\.?|[A-Z][a-z]{2,8}\.? \d{1,2})(?:,? \d{4})?)?,?\s?(?:--?|–)?\s?"
    rf"[(/](?:[\w. ]{{1,20}}[/,] ?)?(?:{AGENCY_REGEX})(?:[/, ][^()/\n]{{0,30}})?[)/]\s*[-–—:]*",
    re.IGNORECASE,
)
HAN_DATELINE = re.compile(
    r"\s*[（(]?(?:新华社|路透|法新社|中新社|新华网|共同社|彭博社?)[^\s，。]{0,10}?\d{1,2}月\d{1,2}日(?:电|讯|消息)?[）)]?"
)
CELL_EDGE = re.compile(r"[|\t]")
LETTER = re.compile(r"[^\W\d_]")
GAP = re.compile(r"(?:[\s|·•,;/()\[\]–—\-&+#:：。]|und|and|et|by \w{1,20}|hide|past|share|teilen){0,12}")
LEFT_EDGE = re.compile(r"(?:\A|[\n|·•.!?…:：)\]»”–—。！？/>]|- )[ \t\u00a0(#\[+…]*\Z")
RIGHT_EDGE = re.compile(r"[ \t\u00a0)\]]*(?:\Z|[\n|·•…–—(\[/]|[.,;!?。，](?:\s|\Z)| - |[\w #]{2,24}[:：])")
LINE_LEFT = re.compile(r"(?:\A|[\n|·•])[ \t\u00a0(#\[+…]*\Z")
LINE_RIGHT = re.compile(r"[ \t\u00a0)\].]*(?:\Z|[\n|·•])")
STAMP_LEFT = re.compile(
    r"(?:\A|[\n|·•.!?…:)\]»”–—。(/]|- )[ \t\u00a0(\[]*(?:(?:artikel|article|zuletzt|last|first|erstmals|"
    r"this story was)\s)?\Z",
    re.IGNORECASE,
)
PRICE_MOVE = re.compile(rf"\b(?:{'|'.join(words.PRICE_MOVES)})\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?;](?=\s)|[\n。]")
