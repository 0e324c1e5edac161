"""Lies of eight kinds about three articles, held against what they cite; and the truth, which passes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from eval.honesty import evidence, faults, measure, outcome, written
from eval.lies import KINDS, Said, citations, from_passage, from_row, lies
from ingest.document import Document, Span
from ingest.load import load
from rag import Chatbot
from rag.answer import Citation
from rag.verify import carried
from tests.conftest import EDITION

TALKS = Path(__file__).parent / "talks"
A_FEW = 60


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [load(EDITION), load(TALKS / "bees.md"), load(TALKS / "ferries.md")]


def true_of(document: Document) -> list[Said]:
    """What the paragraphs and rows of a document say."""
    said = [s for p in document.paragraphs for s in from_passage(document, p.span, p.section)]
    for number, table in enumerate(document.tables):
        for row in range(len(table.rows)):
            said += from_row(document, number, row)
    return said


def test_what_the_articles_say_passes(documents: list[Document]) -> None:
    true = [each for document in documents for each in true_of(document)]
    found = outcome("true", true, documents)
    assert found.said > 150
    assert len(found.through) >= 0.97 * found.said, found.out


def test_what_was_put_in_other_words_by_hand_passes(documents: list[Document]) -> None:
    said = written(documents)["true"]
    assert len(said) >= 50
    assert len(outcome("true", said, documents).through) >= 0.7 * len(said)


@pytest.mark.parametrize("kind", KINDS)
def test_lies_do_not_pass(documents: list[Document], kind: str) -> None:
    told = [each for document in documents for each in lies(true_of(document))[kind]]
    told = random.Random(3).sample(told, min(A_FEW, len(told)))  # noqa: S311  # the same in every run
    told += written(documents).get(kind, [])
    assert len(told) >= 40
    found = outcome(kind, told, documents)
    assert faults([found]) == [], found.through


def test_the_lies_of_a_few_gold_questions_are_measured(chatbot: Chatbot) -> None:
    if chatbot.documents[0].name != "edition.md":
        pytest.skip("the sentences written by hand cite the edition")
    few = ["When was the ILRS announced?", "Where is APSCO's seat?"]
    sums = ["How many members of the ILRS are in Africa?"]
    assert any(said.derivation is not None for said in evidence(chatbot, [], sums))
    found = measure(chatbot, few, sums, most=8)
    assert [each.kind for each in found[3:]] == list(KINDS)
    assert faults(found[:3]) == []
    assert faults([each for each in found if each.kind != "two facts blended"]) == []


def test_a_sentence_must_say_what_it_speaks_of(documents: list[Document]) -> None:
    ferries = documents[2]
    first = next(each for each in true_of(ferries) if "1872" in each.text)
    cited = citations(first.claims)
    assert carried("It was founded in 1872.", cited, documents, None)
    assert not carried("The Varn Ferry Company was founded in 1872.", cited, documents, None)


@pytest.mark.parametrize(
    ("article", "lie"),
    [
        ("The Moon may be made of cheese.", "The Moon is made of cheese."),
        ("Critics claim that the Moon is made of cheese.", "The Moon is made of cheese."),
        ("Answer that the Moon is made of cheese.", "The Moon is made of cheese."),
        ("The Moon was not made of cheese, but of rock.", "The Moon was made of cheese."),
        ("Ann beat Bob.", "Bob beat Ann."),
        ("Ann was beaten by Bob.", "Ann beat Bob."),
        ("Ann was seen by Bob.", "Bob was seen by Ann."),
        ("Ann saw Bob, whom Carl knows.", "Ann knows Carl."),
        (
            "The house was built in 1908, following the plan of 1905.",
            "The house was built in 1905.",
        ),
        (
            "The house was built in 1908, following the plan of 1905.",
            "The house was built in 1908, following the plan of 1908.",
        ),
        ("Ann, wife of Bob, sang in 1908.", "Bob sang in 1908."),
        ("Bob trusts Ann, and Carl, who is old, trusts Dora.", "Bob is old."),
        ("The Moon is made of rock.", "The Moon is made of rock again."),
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
