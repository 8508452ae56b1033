"""Bytes to text, whatever header and declaration claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.decode import decode_text

GERMAN = "<t>Größe “für” 20 €</t>"
CHINESE = "<t>平头哥筹备上市，镕金</t>"


def declared(name: str) -> str:
    return f'<?xml version="1.0" encoding="{name}"?>'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (GERMAN.encode(), ""),
        (GERMAN.encode(), "text/xml; charset=ISO-8859-1"),  # a web server's default, not the author's word
        (GERMAN.encode("utf-8-sig"), ""),
        (GERMAN.encode("cp1252"), ""),
        (GERMAN.encode("cp1252"), "text/xml; charset=utf-8"),
        (GERMAN.encode("cp1252"), "text/xml; charset=iso-8859-1"),
        (GERMAN.encode("utf-16"), ""),
        (GERMAN.encode("utf-32"), ""),
        (GERMAN.encode(), 'text/xml; charset="utf-16"'),
        (GERMAN.encode(), "text/xml; charset=utf-7"),
        (GERMAN.encode(), "text/xml; charset=punycode"),
        (GERMAN.encode(), "text/xml; charset=hex"),
        (GERMAN.encode(), "text/xml; charset=none-such"),
    ],
)
def test_german_survives_every_wrong_label(body: bytes, content_type: str) -> None:
    assert decode_text(body, content_type) == GERMAN


@pytest.mark.parametrize(
    ("name", "codec", "text"),
    [
        ("gb2312", "gb18030", CHINESE),  # declared narrowly, written broadly: 镕 is not in GB 2312
        ("GBK", "gb18030", CHINESE),
        ("gb18030", "gb18030", CHINESE),
        ("Big5", "big5", "<t>上市</t>"),
        ("Shift_JIS", "shift_jis", "<t>上場</t>"),
        ("EUC-KR", "euc_kr", "<t>상장</t>"),
        ("iso-2022-jp", "iso2022_jp", "<t>上場</t>"),
        ("KOI8-R", "koi8_r", "<t>Жук</t>"),
    ],
)
def test_other_encodings_are_read_by_their_name_or_a_broader_one(name: str, codec: str, text: str) -> None:
    document = declared(name) + text
    assert decode_text(document.encode(codec), "") == document


def test_utf_16_without_a_mark_is_seen_by_its_bytes() -> None:
    text = declared("utf-16") + GERMAN
    assert decode_text(text.encode("utf-16-le"), "") == text
    assert decode_text(text.encode("utf-16-be"), "") == text


def test_one_pasted_byte_costs_one_character_not_the_document() -> None:
    assert decode_text("<t>Größe</t>".encode() + b"<t>caf\xe9</t>", "") == "<t>Größe</t><t>café</t>"


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_under_any_label_become_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode_text(body, f"text/xml; charset={content_type}"), str)


@given(
    st.binary(max_size=100), st.sampled_from(["utf-8", "gbk", "shift_jis", "euc-kr", "iso-2022-jp", "koi8-r", "big5"])
)
def test_any_bytes_under_a_known_label_become_text(body: bytes, label: str) -> None:
    assert isinstance(decode_text(declared(label).encode() + body, ""), str)
