from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from ingest.errors import GlossaryError
from ingest.glossary import Glossary, with_definitions
from tests.ingest.naming import found, names_of

# --- glossary files -------------------------------------------------------------------------------


def write(path: Path, content: object, encoding: str = "utf-8") -> Path:
    file = path / "glossary.json"
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    file.write_text(text, encoding=encoding)
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_glossary_is_read(tmp_path: Path, encoding: str) -> None:
    terms = [{"term": " Moon ", "also": ["月球", "Luna", "MOON"]}, {"term": "Sun"}]
    glossary = Glossary.load(write(tmp_path, {"terms": terms}, encoding))
    assert [(g.canonical, g.forms) for g in glossary.groups] == [
        ("Moon", ("Moon", "月球", "Luna")),
        ("Sun", ("Sun",)),
    ]
    assert Glossary.from_json(glossary.to_json()) == glossary


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON at line 1"),
        ("[" * 100_000, "not JSON"),
        ("", "not JSON at line 1"),
        ([], "no list of terms"),
        ({"terms": {}}, "no list of terms"),
        ({"terms": [{"term": "a"}, "b"]}, "entry 2: not a term"),
        ({"terms": [{"also": ["b"]}]}, "entry 1: not a term"),
        ({"terms": [{"term": "a", "aslo": ["b"]}]}, 'entry 1: unknown field "aslo"'),
        ({"terms": [{"term": "a", "also": "b"}]}, 'entry 1: "also" is not a list'),
        ({"terms": [{"term": 3}]}, "entry 1: 3 is not text"),
        ({"terms": [{"term": "a", "also": [None]}]}, "entry 1: null is not text"),
        ({"terms": [{"term": " "}]}, "entry 1: ' ' holds no word"),
        ({"terms": [{"term": "a", "also": ["–"]}]}, "entry 1: '–' holds no word"),
        (
            {"terms": [{"term": "a", "also": ["U.S."]}, {"term": "b", "also": ["us"]}]},
            'entry 2: "us" stands in entry 1 too',
        ),
    ],
)
def test_a_wrong_glossary_is_refused_in_one_line(
    tmp_path: Path, content: object, message: str
) -> None:
    file = write(tmp_path, content)
    with pytest.raises(GlossaryError) as caught:
        Glossary.load(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_glossary_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GlossaryError, match="no such file"):
        Glossary.load(tmp_path / "none.json")
    with pytest.raises(GlossaryError, match="a directory"):
        Glossary.load(tmp_path)
    (tmp_path / "latin.json").write_bytes(b'{"terms": [{"term": "caf\xe9"}]}')
    with pytest.raises(GlossaryError, match="not UTF-8 at byte 24"):
        Glossary.load(tmp_path / "latin.json")


# --- what the document defines --------------------------------------------------------------------


def test_glossary_terms_and_the_documents_own_acronyms() -> None:
    names = names_of(
        "The European Space Agency (ESA) and the Harbour Board (港务局).",
        ("Global Tide Survey", "GTS", "world tide exam"),
    )
    text = "Does ESA, or the world tide-exam of the 港务局, fund GTS?"
    assert found(names, text) == [
        ("ESA", "European Space Agency"),
        ("world tide-exam", "Global Tide Survey"),
        ("港务局", "Harbour Board"),
        ("GTS", "Global Tide Survey"),
    ]


def test_a_definition_joins_the_glossarys_term() -> None:
    names = names_of(
        "the World Tidal Exam (GTS)", ("Global Tide Survey", "GTS", "World Tidal Exam")
    )
    names_2 = names_of("the Grand Tidal Show (GTS/潮汐)", ("Global Tide Survey", "GTS"))
    assert [g.canonical for g in (*names.groups, *names_2.groups)] == ["Global Tide Survey"] * 2
    assert set(names_2.groups[0].forms) >= {"Grand Tidal Show", "潮汐", "GTS"}


def test_a_short_form_of_two_things_is_nobodys() -> None:
    text = "the Harbour Pilots Union (HPU) and the Hill Police Unit (HPU)"
    assert found(names_of(text), "HPU") == []


def test_spellings_of_one_long_form_are_one_thing() -> None:
    text = "World Health Organization (WHO), later World Health Organisation (WHO)"
    assert {group for _, group in found(names_of(text), "WHO, World Health Organisation")} == {
        "World Health Organization"
    }


@pytest.mark.timeout(10)
def test_thousands_of_definitions_take_no_longer_each() -> None:
    letters = "ABCDEFGHIKLMNOPR"
    text = "\n\n".join(
        f"It is the {a}oral {b}irch {c}limate Tree ({a}{b}{c}T) here."
        for a, b, c in product(letters, repeat=3)
    )
    groups = with_definitions((), text)
    assert len(groups) > 4000
    assert {"DIRT", "Doral Iirch Rlimate Tree"} in [set(group.forms) for group in groups]
