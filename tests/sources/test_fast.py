"""The strict parser declines a document or reads it to the letter as feedparser does, and never takes long."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources import elements, fast, vocabulary
from monitor.sources.feed import readable_text
from tests.sources import corpus
from tests.sources.agreement import ACCEPTED, DECLINED, DIFFERENT, compared

LONGEST = 1.0  # seconds for any document; 0.2 for the worst of them, where what is quadratic takes minutes
HUGE = 400_000  # characters


def test_every_feed_written_for_it_is_declined_or_read_alike() -> None:
    found = Counter[str]()
    for name, text in corpus.written():
        verdict, why = compared(text)
        assert verdict != DIFFERENT, f"{name}: {why}"
        found[verdict] += 1
    assert found[ACCEPTED] > 300, found  # what declines everything agrees with everything


@pytest.mark.parametrize("form", corpus.FORMS)
def test_what_is_usual_is_accepted_and_what_is_strange_declined(form: str) -> None:
    usual = [item for item in corpus.ITEMS if "atom:" not in item or form != "rdf"]
    assert [item for item in usual if compared(corpus.document(form, corpus.HEADS[:2], [item]))[0] != ACCEPTED] == []
    strange = [corpus.document(form, [], [corpus.PLAIN + item]) for item in corpus.STRANGE]
    strange += [corpus.document(form, [head], [corpus.PLAIN]) for head in corpus.STRANGE_HEADS]
    strange += [corpus.document(form, [], [corpus.PLAIN], root) for root in corpus.ROOTS[3:5]]
    assert [text for text in strange if compared(text)[0] != DECLINED] == []


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_feed_grown_from_fragments_is_declined_or_read_alike(chance: random.Random) -> None:
    text = corpus.grown(chance.choice)
    verdict, why = compared(text)
    assert verdict != DIFFERENT, f"{why}\n{text}"


@pytest.mark.parametrize("damage", corpus.DAMAGES)
@settings(max_examples=25, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_a_damaged_feed_is_declined_or_read_alike(damage: str, chance: random.Random) -> None:
    text = corpus.grown(chance.choice)
    text = corpus.DAMAGES[damage](text, chance.randrange(len(text)))
    verdict, why = compared(text)
    assert verdict != DIFFERENT, f"{why}\n{text}"


def test_every_element_that_feedparser_knows_is_in_one_of_the_tables() -> None:
    methods = {name.split("_", 2)[2].lower() for name in dir(_FeedParserMixin) if name.startswith(("_start_", "_end_"))}
    tables = [elements.RULES, elements.SILENT, elements.CONTAINERS, elements.REFUSED]
    known = {name for table in tables for name in table}
    spaces = {name.partition("_")[0] for name in methods} & elements.REFUSED_SPACES
    missing = {
        name for name in methods if name.replace("_", ":", 1) not in known and name.partition("_")[0] not in spaces
    }
    assert missing == set()
    assert sum(map(len, tables)) == len(known)  # no element is in two


def test_every_namespace_that_feedparser_acts_on_has_its_name_for_it() -> None:
    acting = {
        name.split("_")[2].lower()
        for name in dir(_FeedParserMixin)
        if name.startswith("_start_") and name.count("_") > 2
    }
    theirs = {uri.lower(): name.lower() for uri, name in _FeedParserMixin.namespaces.items() if uri}
    wanted = {
        uri: name for uri, name in theirs.items() if name in acting | {""} and "backend.userland.com/rss" not in uri
    }
    assert {uri: vocabulary.SPACES.get(uri) for uri in wanted} == wanted
    assert {uri: name for uri, name in vocabulary.SPACES.items() if theirs.get(uri) != name} == {}


HOSTILE = {
    "deep nesting": "<rss><channel>" + "<a>" * HUGE,
    "nesting that ends": "<rss><channel>" + "<a>" * 20_000 + "</a>" * 20_000 + "</channel></rss>",
    "many attributes": "<rss><channel " + " ".join(f'a{n}="x"' for n in range(30_000)) + "/></rss>",
    "many prefixes": "<rss " + " ".join(f'xmlns:a{n}="x{n}"' for n in range(20_000)) + "><channel/></rss>",
    "many entries": corpus.document("rss", [], ["<title>t</title>"] * 15_000),
    "an author without end": corpus.document("rss", [], [f"<author>{'a' * HUGE}</author>"]),
    "an author with an address": corpus.document("rss", [], [f"<author>{'a' * HUGE}@{'a.' * 9000}</author>"]),
    "many tags": corpus.document("rss", [], ["".join(f"<category>{n}</category>" for n in range(20_000))]),
    "many names": corpus.document("rss", [], ["".join(f"<a{n}>x</a{n}>" for n in range(20_000))]),
    "half a base": corpus.document("rss", [], [f"<title>{'base ' * 60_000}{'base' + ' ' * 60_000}</title>"]),
    "open markup": corpus.document("rss", [], [f"<description>{'&lt;a ' * 60_000}</description>"]),
    "open comments": corpus.document("rss", [], [f"<description>{'&lt;!-- ' * 60_000}</description>"]),
    "slashes": corpus.document("rss", [], [f"<link>http:{'/' * HUGE}</link>"]),
    "a language": corpus.document("rss", [f"<language>{'de ' * 90_000}</language>"], [corpus.PLAIN]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_document_takes_long(name: str) -> None:
    document = readable_text(HOSTILE[name])
    start = time.process_time()
    fast.read(document)
    assert time.process_time() - start < LONGEST


def test_a_document_that_is_too_large_is_declined() -> None:
    assert fast.read(corpus.document("rss", [], ["<title>t</title>"] * 70_000)) is None
    assert fast.read(corpus.document("rss", [], [f"<title>{'t' * fast.LARGEST}</title>"])) is None
