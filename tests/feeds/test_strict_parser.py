"""The strict parser declines a document or reads it to the letter as feedparser does, at every bound."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.fields import MAX_FIELD_LENGTHS
from monitor.feeds.rss import extract_repaired_root
from monitor.feeds.strict import elements, strict_parser, xml
from tests.feeds import corpus
from tests.feeds.agreement import ACCEPTED, DECLINED, DIFFERENT, compared


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
    tables = [
        elements.ELEMENT_RULES,
        elements.IGNORED_ELEMENTS,
        elements.CONTAINER_ELEMENTS,
        elements.DECLINED_ELEMENTS,
    ]
    known = {name for table in tables for name in table}
    spaces = {name.partition("_")[0] for name in methods} & elements.DECLINED_PREFIXES
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
    assert {uri: xml.NAMESPACE_PREFIXES.get(uri) for uri in wanted} == wanted
    assert {uri: name for uri, name in xml.NAMESPACE_PREFIXES.items() if theirs.get(uri) != name} == {}


def tags(count: int) -> str:
    return "".join(f"<category>{n}</category>" for n in range(count))


def letters(name: str, count: int) -> str:
    return f"<{name}>{'a' * count}</{name}>"


# as much as the strict parser reads, and one more, which it leaves to the tolerant one or cuts as that does
BOUNDS = {
    "nesting": "<rss><channel><a><a></a></a></channel></rss>",
    **{
        f"{n} attributes": "<rss><channel " + " ".join(f'a{at}="x"' for at in range(n)) + "/></rss>"
        for n in (strict_parser.MAX_ATTRIBUTES, strict_parser.MAX_ATTRIBUTES + 1)
    },
    **{
        f"{n} tags": corpus.document("rss", [], [tags(n)])
        for n in (elements.MAX_ENTRY_TAGS, elements.MAX_ENTRY_TAGS + 1)
    },
    **{
        f"an author of {n} letters": corpus.document("rss", [], [letters("author", n)])
        for n in (MAX_FIELD_LENGTHS["author"], MAX_FIELD_LENGTHS["author"] + 1)
    },
    "an author with an address": corpus.document(
        "rss", [], [f"<author>{'a' * MAX_FIELD_LENGTHS['author']}@a.example</author>"]
    ),
    "half a base": corpus.document("rss", [], [f"<title>{'base ' * 9}{'base' + ' ' * 9}</title>"]),
    "markup that is not closed": corpus.document("rss", [], ["<description>&lt;a &lt;a </description>"]),
    "comments that are not closed": corpus.document("rss", [], ["<description>&lt;!-- &lt;!-- </description>"]),
    "slashes": corpus.document("rss", [], ["<link>http:////</link>"]),
    "a language": corpus.document("rss", [f"<language>{'de ' * 9}</language>"], [corpus.PLAIN]),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_document_at_a_bound_is_declined_or_read_alike(name: str) -> None:
    verdict, why = compared(BOUNDS[name])
    assert verdict != DIFFERENT, why


def test_elements_of_more_attributes_than_are_read_are_declined() -> None:
    most = strict_parser.MAX_ATTRIBUTES
    assert strict_parser.parse_strictly(extract_repaired_root(BOUNDS[f"{most} attributes"])) is not None
    assert strict_parser.parse_strictly(extract_repaired_root(BOUNDS[f"{most + 1} attributes"])) is None


def test_a_document_that_is_too_large_is_declined() -> None:
    document = extract_repaired_root(corpus.document("rss", [], ["<title>t</title>"] * 20))
    for bound, size in (("MAX_DOCUMENT_LENGTH", len(document)), ("MAX_MARKUP_STARTS", document.count("<"))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(strict_parser, bound, size)
            assert strict_parser.parse_strictly(document) is not None
            patch.setattr(strict_parser, bound, size - 1)
            assert strict_parser.parse_strictly(document) is None
