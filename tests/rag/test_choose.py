"""Tables or text: which draft is the answer, and what speaks against one of the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.document import Span
from ingest.load import parse
from rag import choose
from rag.answer import Claim, Derivation, Draft
from rag.question import Asked

DOCUMENT = parse(
    """# Ferries

The Heron was launched in 1904 and its seat is Port Hollis.

Table 1. Ferries of the bay

| Ferry | Built | Seats |
|---|---|---|
| Heron | 1904 | 180 |
| Kestrel | 1911 | 90 |
""",
    name="ferries.md",
)
TABLE = DOCUMENT.tables[0]
ROW = Span(TABLE.rows[0][0].span.start, TABLE.rows[0][-1].span.end)


def of_tables(result: str, confidence: float = 0.4) -> Draft:
    claim = Claim(f"{result} is what Table 1 gives for Heron.", DOCUMENT, ROW, 0,
                  ((0, 0, 0),))  # fmt: skip
    return Draft((claim,), confidence, "table", Derivation("p", "r", ((0, 0, 0),), (result,)))


def of_prose(confidence: float) -> Draft:
    said = "The Heron was launched in 1904 and its seat is Port Hollis."
    start = DOCUMENT.text.index(said)
    span = Span(start, start + len(said))
    return Draft((Claim(said, DOCUMENT, span, 0),), confidence, "prose")


def asked(question: str) -> Asked:
    return Asked(question, question)


@pytest.mark.parametrize(
    ("question", "result", "can"),
    [
        ("How many seats are there on the Heron?", "180", True),
        ("How many engineers are there on the Heron?", "180", False),
        ("How many seats are there on the Heron?", "Port Hollis", False),
        ("When was the Heron built?", "1904", True),
        ("Since when does the Heron run?", "90", False),
        ("Which ferry was built in 1904?", "Heron", True),
        ("Which ferry was built in 1887?", "Heron", False),
        ("Who steered her?", "a long sentence about all that was done in the bay", False),
    ],
)
def test_what_can_be_an_answer_of_the_tables(question: str, result: str, can: bool) -> None:
    assert choose.can_be_it(asked(question), of_tables(result)) is can


def test_against_what_is_sure_only_its_kind_is_held() -> None:
    assert choose.can_be_it(asked("Which ferry was built in 1887?"), of_tables("Heron", 0.9))
    assert not choose.can_be_it(asked("Since when does it run?"), of_tables("90", 0.9))


def test_the_text_goes_first_unless_the_tables_are_sure() -> None:
    question, prose = asked("When was the Heron built?"), of_prose(0.2)
    sure, unsure = of_tables("1904", 0.5), of_tables("1904", 0.2)
    assert choose.likelier(question, sure, prose, 0.1) is sure
    assert choose.likelier(question, unsure, prose, 0.1) is prose
    assert choose.likelier(question, unsure, replace(prose, confidence=0.05), 0.1) is unsure
    assert choose.likelier(question, None, prose, 0.1) is prose


def test_tables_that_say_no_word_of_the_question_leave_it_to_the_text() -> None:
    prose = of_prose(0.2)
    assert (
        choose.likelier(asked("Where is its laboratory?"), of_tables("180", 0.5), prose, 0.1)
        is prose
    )


def test_where_text_and_table_give_different_years_both_are_said() -> None:
    both = choose.likelier(
        asked("When was the Heron built?"), of_tables("1911", 0.5), of_prose(0.4), 0.1
    )
    assert both is not None
    assert both.method == "both"
    assert "otherwise" in both.claims[1].text
