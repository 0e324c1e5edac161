from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.names import Kind, NameGroup, Names
from tests.ingest.naming import found, names_of, said


def real(*words: str) -> set[str]:
    return set(words) | set("what does the with and did about of is where".split())


# --- finding names --------------------------------------------------------------------------------


def test_short_capitals_need_their_capitals_unless_nobody_writes_any() -> None:
    names = names_of("", ("World Health Organization", "WHO"), ("Quality Zone", "QZ"))
    assert found(names, "Who knows Anna's qz?") == []
    assert found(names, "who runs the qz") == [("qz", "Quality Zone")]
    assert found(names, "WHO runs Anna's QZ") == [
        ("WHO", "World Health Organization"),
        ("QZ", "Quality Zone"),
    ]


def test_a_short_name_needs_its_capitals_where_the_article_has_the_word() -> None:
    term = ("Harbour Aid Agency", "AID")
    names = names_of("The AID gave aid, more aid, and 'aid'.", term)
    assert found(names, "how much aid was there") == []
    assert found(names, "HOW MUCH AID WAS THERE") == []
    assert found(names, "How much did AID, or A.I.D., give?") == [
        ("AID", term[0]),
        ("A.I.D.", term[0]),
    ]
    rarely = names_of("AID came, AID saw, AID gave aid.", term)
    assert found(rarely, "what did aid give") == [("aid", term[0])]


def test_the_longer_name_goes_first() -> None:
    names = names_of(
        "", ("Iron Bridge",), ("Bridge",), ("Iron Bridge Museum",), ("Museum Hill Road",)
    )
    text = "the Iron Bridge Museum Hill and the Iron Bridge, a bridge"
    assert [said(text, m) for m in names.mentions(text)] == [
        "Iron Bridge Museum",
        "Iron Bridge",
        "bridge",
    ]


def test_a_name_does_not_run_over_a_sentence_or_paragraph() -> None:
    names = names_of("", ("Iron Bridge", "Iron-Bridge"))
    for text in ("the iron. Bridge", "iron\n\nbridge", "iron (bridge)", "iron: bridge"):
        assert found(names, text) == []
    for text in ("iron\nbridge", "Iron-Bridge", "iron  bridge", "Iron\u2013Bridge"):
        assert [said(text, m) for m in names.mentions(text)] == [text]


# --- typing mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what did Keyna do", []),
        ("what did Croaita do", ["Croatia"]),
        ("what did Nigera do", ["Nigeria"]),
        ("the Untied Sttes", ["United States"]),
        ("the Uxixted Sttxes", []),
        ("Gambia", ["Gambia"]),
        ("Zambia", []),
        ("Zambai", []),
        ("Gamiba", ["Gambia"]),
    ],
)
def test_misspelt_names(text: str, expected: list[str]) -> None:
    names = names_of("Kenya, Croatia, Nigeria, the United States, The Gambia")
    mentions = names.mentions(text, real("do").__contains__)
    assert [mention.group.canonical for mention in mentions] == expected


def test_a_real_word_is_no_misspelt_name() -> None:
    names = names_of("", ("Harbour",))
    assert names.mentions("harbor", {"harbor"}.__contains__) == []
    assert names.mentions("harbor") == []
    assert [m.distance for m in names.mentions("harbor", real().__contains__)] == [1]


def test_a_country_spelt_like_another_is_not_taken_for_it() -> None:
    names = names_of("Nigeria, The Gambia, Dominica")
    assert names.mentions("Nigerien, Zambia, Dominican", real().__contains__) == []


# --- using names ----------------------------------------------------------------------------------


def test_the_standard_wording_leaves_countries_alone() -> None:
    names = names_of("Norway", ("Global Tide Survey", "world tide exam"))
    text = "Norwegians’ world tide exam's end"
    assert names.standard(text) == "Norwegians’ Global Tide Survey's end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Global Tide Survey (GTS) ends", "the Global Tide Survey ends"),
        ("the GTS (Global Tide Survey) ends", "the Global Tide Survey ends"),
        ("world tide exam (GTS, 世界潮汐).", "Global Tide Survey."),
        ("world tide exam( GTS/世界潮汐 )", "Global Tide Survey"),
        ("GTS（世界潮汐）", "Global Tide Survey"),
        ("GTS (GTS) and (GTS)", "Global Tide Survey and (Global Tide Survey)"),
        ("GTS (the GTS)", "Global Tide Survey (the Global Tide Survey)"),
        ("GTS (GTS, HB)", "Global Tide Survey (Global Tide Survey, Harbour Board)"),
        ("GTS (HB)", "Global Tide Survey (Harbour Board)"),
        ("GTS ()", "Global Tide Survey ()"),
        ("GTS (GTS", "Global Tide Survey (Global Tide Survey"),
    ],
)
def test_the_standard_wording_names_a_thing_once(text: str, expected: str) -> None:
    names = names_of(
        "", ("Global Tide Survey", "GTS", "world tide exam", "世界潮汐"), ("Harbour Board", "HB")
    )
    assert names.standard(text) == expected


def test_a_group_holds_its_canonical_form() -> None:
    with pytest.raises(ValueError, match="lack"):
        NameGroup("a", ("b",))
    with pytest.raises(ValueError, match="exact"):
        NameGroup("a", ("a",), exact=("b",))
    with pytest.raises(ValueError, match="added"):
        NameGroup("a", ("a",), added=("b",))


def test_names_that_were_stored_find_the_same() -> None:
    names = names_of("Nigeria, Kenya, Norway, Guinea", ("Global Tide Survey", "GTS", "世界潮汐"))
    again = Names.from_json(names.to_json())
    assert again == names
    text = "GTS, 世界潮汐, Oslo, NGA, us, Papua New Guinea"
    assert len(names.mentions(text)) == 4
    assert again.mentions(text) == names.mentions(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"groups": [1], "others": []}', "\x00"])
def test_what_was_not_stored_as_names_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names"):
        Names.from_json(text)


FORMS = st.text("aAbéU.S -&东京京", min_size=1, max_size=8)
KINDS: list[Kind] = ["glossary", "country"]


@st.composite
def a_group(draw: st.DrawFn) -> NameGroup:
    forms = draw(st.lists(FORMS, min_size=1, max_size=4, unique=True))
    some = st.lists(st.sampled_from(forms), max_size=2).map(tuple)
    kind = draw(st.sampled_from(KINDS))
    return NameGroup(forms[0], tuple(forms), kind, exact=draw(some), added=draw(some))


GROUPS = st.lists(a_group(), max_size=5)
WRITTEN = st.text("aAbéU.S -&东京x\n'", max_size=40)


@given(GROUPS, st.lists(FORMS, max_size=2), WRITTEN, st.booleans())
def test_mentions_lie_on_the_text_and_never_overlap(
    groups: list[NameGroup], others: list[str], text: str, typos: bool
) -> None:
    names = Names(tuple(groups), tuple(others))
    mentions = names.mentions(text, (lambda _: False) if typos else None)
    end = 0
    for mention in mentions:
        assert end <= mention.span.start < mention.span.end <= len(text)
        assert mention.form in mention.group.forms
        end = mention.span.end


@given(GROUPS, st.lists(FORMS, max_size=2), WRITTEN)
def test_stored_names_are_the_same(groups: list[NameGroup], others: list[str], text: str) -> None:
    names = Names(tuple(groups), tuple(others))
    again = Names.from_json(names.to_json())
    assert again == names
    assert again.mentions(text) == names.mentions(text)
    assert again.standard(text) == names.standard(text)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_names(text: str) -> None:
    names = names_of(text)
    for mention in names.mentions(text):
        assert mention.span.end <= len(text)


def test_a_question_is_read_in_a_millisecond() -> None:
    groups = tuple(
        NameGroup(
            f"Thing{n} of Place{n}", tuple(f"{w}{n} of Place{n}" for w in ("Thing", "Item", "Bit"))
        )
        for n in range(300)
    )
    names = Names(groups)
    text = (
        "when did thing7 of place7 and the item200 of place200 come to the old bridge by the sea?"
    )
    names.mentions(text)
    started = time.perf_counter()
    for _ in range(50):
        assert len(names.mentions(text, lambda word: word != "brigde")) == 2
    # Measured at 0.06 ms.
    assert (time.perf_counter() - started) / 50 < 0.001
