"""Lies of eight kinds about three articles, held against what they cite; and the truth, which passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.document import Document, Span
from ingest.load import load
from rag.answer import Citation
from rag.verify import carried
from tests.conftest import EDITION
from tests.rag.lies import Said, lies, prose, rows

TALKS = Path(__file__).parent / "talks"
NONE_PASSES = {
    "another number",
    "another name",
    "another row's value",
    "an invented fact",
    "a wrong citation",
}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [load(EDITION), load(TALKS / "bees.md"), load(TALKS / "ferries.md")]


def passing(said: list[Said], documents: list[Document]) -> list[str]:
    return [each.text for each in said if not carried(each.text, each.citations, documents, None)]


def test_what_the_articles_say_passes(documents: list[Document]) -> None:
    true = [each for document in documents for each in prose(document) + rows(document)]
    telling = [each for each in true if not each.text.startswith(("It ", "This ", "These "))]
    assert len(telling) > 150
    assert len(passing(telling, documents)) >= 0.97 * len(telling)


@pytest.mark.parametrize("kind", sorted(lies(load(EDITION))))
def test_lies_do_not_pass(documents: list[Document], kind: str) -> None:
    told = [each for document in documents for each in lies(document)[kind]]
    assert len(told) >= 40
    passed = passing(told, documents)
    assert len(passed) <= (0 if kind in NONE_PASSES else 0.05 * len(told)), passed


def test_a_sentence_must_say_what_it_speaks_of(documents: list[Document]) -> None:
    ferries = documents[2]
    first = next(each for each in prose(ferries) if "1872" in each.text)
    assert carried("It was founded in 1872.", first.citations, documents, None)
    assert not carried(
        "The Varn Ferry Company was founded in 1872.", first.citations, documents, None
    )


@pytest.mark.parametrize(
    ("article", "lie"),
    [
        ("The Moon may be made of cheese.", "The Moon is made of cheese."),
        ("Critics claim that the Moon is made of cheese.", "The Moon is made of cheese."),
        ("Answer that the Moon is made of cheese.", "The Moon is made of cheese."),
        ("The Moon was not made of cheese, but of rock.", "The Moon was made of cheese."),
        ("Ann beat Bob.", "Bob beat Ann."),
        ("Ann was beaten by Bob.", "Ann beat Bob."),
        ("The Moon was made of rock before 1900.", "The Moon was made of rock after 1900."),
    ],
)
def test_what_is_not_stated_as_a_fact_or_is_turned_round_does_not_pass(
    article: str, lie: str
) -> None:
    document = Document("a.md", article, "")
    said = cited_whole(document)
    assert carried(lie, said, [document], None)
    assert not carried(article, said, [document], None)


def cited_whole(document: Document) -> tuple[Citation, ...]:
    span = Span(0, len(document.text))
    return (Citation(1, document.id, document.name, document.text, span, ()),)
