"""Questions over the tables of a document: the right cells, said well, cited truly, and replayed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.embed import Embedder
from ingest.glossary import Glossary
from ingest.load import parse
from ingest.names import Names
from rag.answer import Draft, Vector, read
from rag.answer import Sentence as Told
from rag.tables.answer import Asker
from rag.tables.execute import Engine, Tables, replay
from rag.tables.told import Sentence

TEXT = """\
# Towns of the coast

## Harbours

Table 1. Towns with a harbour

| Town | Founded | Inhabitants | Region | Kind of trade |
|---|---|---|---|---|
| Vell | 1901 | 1,200 | North | Fish |
| Arnholm | 1850 | 3,000 | South | Timber |
| Belport | 1921 | 900 | North | Fish |
| Corwick | 1875 | 2,500 | East | – |
| Dunmouth | 1921 | 1,100 | South | Salt |

## Railways

Table 2. Examples of towns on the railway

| Town | Opened | Line |
|---|---|---|
| Arnholm | 1890 | Coast line |
| Corwick | 1902 | Coast line |
| Eilham | 1911 | Hill line |
"""

GLOSSARY = '{"terms": [{"term": "Arnholm", "also": ["Queen of the South", "AHM"]}]}'


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(TEXT, name="towns.md")


@pytest.fixture(scope="module")
def asker(document: Document, embedder: Embedder) -> Asker:
    names = Names.of(document, Glossary.from_json(GLOSSARY))
    return Asker(embedder, [document], [names])


ANSWERS = {
    "How many inhabitants does Vell have?": ["1,200"],
    "When was Belport founded?": ["1921"],
    "Which region is Corwick in?": ["East"],
    "When was the Queen of the South founded?": ["1850"],
    "How many inhabitants does Arnhlom have?": ["3,000"],
    "Which towns trade in fish?": ["Vell", "Belport"],
    "Which towns are in the south?": ["Arnholm", "Dunmouth"],
    "How many towns were founded in 1921?": ["2"],
    "How many towns were founded before 1900?": ["2"],
    "Which town has the most inhabitants?": ["Arnholm"],
    "Which town was founded first?": ["Arnholm"],
    "What is the average number of inhabitants?": ["1740"],
    "How many more inhabitants does Arnholm have than Vell?": ["1800"],
    "Which line is Eilham on?": ["Hill line"],
    "Is Vell in the North region?": ["yes"],
    "Was Vell founded before Arnholm?": ["no"],
    "Which towns in the North trade in fish?": ["Vell", "Belport"],
    "What is the most common region?": ["North", "South"],
}


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_is_answered_from_its_cells(
    question: str, asker: Asker, document: Document
) -> None:
    draft = asker.answer(question)
    assert draft is not None
    assert draft.derivation is not None
    assert list(draft.derivation.result) == ANSWERS[question]
    assert 0 < draft.confidence <= 1
    check_citations(draft, document)
    assert replay(draft.derivation, [document]) == draft.derivation


def check_citations(draft: Draft, document: Document) -> None:
    """Every claim's span holds its cells, the first claim speaks, and every operand is cited."""
    assert draft.claims[0].text
    cited = set()
    for claim in draft.claims:
        assert claim.cells
        for table, row, column in claim.cells:
            assert document.tables[table].cell(row, column).span in claim.span
            cited.add((table, row, column))
    assert draft.derivation is not None
    assert cited >= set(draft.derivation.operands)


def test_the_value_comes_first_in_bold(asker: Asker) -> None:
    draft = asker.answer("Which region is Corwick in?")
    assert draft is not None
    assert draft.claims[0].text == "**East** is what Table 1 gives for Corwick under Region."


def test_neighbouring_rows_share_a_citation(asker: Asker) -> None:
    draft = asker.answer("Which towns were founded before 1900?")
    assert draft is not None
    rows = [{row for _, row, _ in claim.cells} for claim in draft.claims]
    assert rows == [{1}, {3}]


def test_what_is_not_there_is_said_to_be_missing(asker: Asker) -> None:
    draft = asker.answer("Is Fenby a town with a harbour?")
    assert draft is not None
    assert draft.derivation is not None
    assert draft.derivation.result == ("no",)
    assert draft.claims[0].text.startswith("**No**")
    assert "5 rows" in read(draft.claims[0].text)


def test_two_tables_are_joined_by_the_names_of_their_rows(asker: Asker, document: Document) -> None:
    draft = asker.answer("Which towns with a harbour are on the railway?")
    assert draft is not None
    assert draft.derivation is not None
    assert set(draft.derivation.result) == {"Arnholm", "Corwick"}
    assert replay(draft.derivation, [document]) == draft.derivation


SAID = {
    "How many towns were founded in 1921?": (
        "**2** of the 5 rows of Table 1, those where Founded is 1921: Belport and Dunmouth."
    ),
    "What percentage of the towns was founded in 1921?": (
        "**40%**: 2 of the 5 rows of Table 1, those where Founded is 1921: Belport and Dunmouth."
    ),
    "Is Vell in the North region?": "**Yes**: Table 1 gives North for Vell under Region.",
    "Is Vell in the South region?": "**No**: Table 1 gives North for Vell under Region.",
    "What kind of trade has Corwick?": (
        "**Nothing** is given in Table 1 for Corwick under Kind of trade: the cell holds only “–”."
    ),
}


@pytest.mark.parametrize("question", SAID)
def test_the_answer_says_what_decides(question: str, asker: Asker, document: Document) -> None:
    draft = asker.answer(question)
    assert draft is not None
    assert draft.claims[0].text == SAID[question]
    check_citations(draft, document)


def test_a_table_of_examples_proves_nothing_unless_it_is_asked_what_it_lists(asker: Asker) -> None:
    is_so = asker.answer("Is Fenby a town on the railway?")
    is_listed = asker.answer("Is Fenby listed in Table 2?")
    assert is_so is None or is_so.confidence < 0.08
    assert is_listed is not None
    assert "(examples only), and Fenby is not among them" in read(is_listed.claims[0].text)


@pytest.mark.xfail(reason="of two rows that the text names, the ranker takes one")
def test_the_text_may_say_which_rows_are_meant(asker: Asker, document: Document) -> None:
    text = "The report of 1999 calls the harbours of Vell and Corwick dangerous."
    sentence = Sentence(document, document.tables[0].header_span, 0, text)
    draft = asker.answer("When were the towns founded that the report calls dangerous?", [sentence])
    assert draft is not None
    assert draft.method == "both"
    assert draft.derivation is not None
    assert {"1901", "1875"} <= {text[-4:] for text in draft.derivation.result}
    assert draft.claims[-1].text == f"The text says which: {text}"


DENIED = {
    "Why was Vell founded in 1850?": "Table 1 gives 1901 for Vell under Founded.",
    "Why does Arnholm trade in salt?": "Table 1 gives Timber for Arnholm under Kind of trade.",
    "Why was Vell founded in 1901?": None,
    "When was Vell founded?": None,
    "Is Vell in the South region?": None,
}


@pytest.mark.parametrize("question", DENIED)
def test_a_false_premise_is_corrected_with_its_cells(
    question: str, asker: Asker, document: Document
) -> None:
    claim = asker.denial(question)
    assert (claim.text if claim else None) == DENIED[question]
    for table, row, column in claim.cells if claim else ():
        assert claim is not None
        assert document.tables[table].cell(row, column).span in claim.span


COUNTRIES = """\
# Members of the club

Table 1. Members of the Lake Club

| Country | Joined |
|---|---|
| Norway | 1990 |
| Finland | 1991 |
| Estonia | 1995 |
| Latvia | 2001 |

Sweden watches the Lake Club from outside.
"""


def test_what_a_table_does_not_list_is_named(embedder: Embedder) -> None:
    document = parse(COUNTRIES, name="club.md")
    club = Asker(embedder, [document], [Names.of(document)])
    claim = club.denial("When did the Swedes join the Lake Club?")
    assert claim is not None
    assert (
        claim.text
        == "Table 1 (Members of the Lake Club) lists 4 rows, and Swedes is not among them."
    )
    assert club.denial("When did Norway join the Lake Club?") is None


def test_what_the_tables_do_not_say_is_unsure(asker: Asker) -> None:
    for question in (
        "Who is the mayor of Vell?",
        "What is the capital of France?",
        "How do I bake bread?",
        "How many inhabitants does Gorsted have?",
    ):
        draft = asker.answer(question)
        assert draft is None or draft.confidence < 0.5


ABOUT_TABLES = {
    "How many tables are there?": "There are **2** tables: Table 1. Towns with a harbour;",
    "What is Table 2 about?": "Table 2. Examples of towns on the railway. It gives",
    "What columns does the first table have?": "Table 1 has the columns **Town**, **Founded**",
    "How many rows does Table 1 have?": "**5** is the number of rows of Table 1.",
    "Is table 2 complete?": "**No**: by its caption it gives examples only: Table 2.",
    "Show me table 2": "Table 2. Examples of towns on the railway\n- Town: Arnholm; Opened: 1890",
}


@pytest.mark.parametrize("question", ABOUT_TABLES)
def test_questions_about_the_tables_themselves(question: str, asker: Asker) -> None:
    draft = asker.answer(question)
    assert draft is not None
    assert draft.claims[0].text.startswith(ABOUT_TABLES[question])


def test_a_derivation_that_was_changed_does_not_replay(asker: Asker, document: Document) -> None:
    draft = asker.answer("How many inhabitants does Vell have?")
    assert draft is not None
    assert draft.derivation is not None
    wrong = replace(draft.derivation, result=("1,300",))
    assert replay(wrong, [document]) != wrong
    for program in ("", "[0=000000000000:0] (count (all 0))", "[0=zz:0] (count (all 0))"):
        with pytest.raises(ValueError, match=r"program|documents"):
            replay(replace(draft.derivation, program=program), [document])
    line = draft.derivation.program.split("\n", maxsplit=1)[0]
    missing = replace(draft.derivation, program=line.replace("0.2:text", "0.9:text"))
    with pytest.raises(ValueError, match="do not have"):
        replay(missing, [document])


def test_documents_in_another_order_replay_the_same(asker: Asker, document: Document) -> None:
    draft = asker.answer("Which line is Eilham on?")
    other = parse("# Other\n\n| A | B |\n|---|---|\n| x | 1 |\n", name="other.md")
    assert draft is not None
    assert draft.derivation is not None
    assert replay(draft.derivation, [other, document]) == draft.derivation


def test_a_disagreement_is_logged_and_not_answered(
    document: Document,
    embedder: Embedder,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faulty = Asker(embedder, [document])
    monkeypatch.setattr(Engine, "sql", lambda _self, _node: "SELECT 7")
    with caplog.at_level(logging.ERROR):
        assert faulty.answer("How many towns were founded in 1921?") is None
    assert "disagree" in caplog.text


class Preferring:
    """A second reading that finds one column to be what is asked for."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.read: list[str] = []

    def __call__(self, question: str, sentences: Sequence[Told], scores: Vector) -> Vector:  # noqa: ARG002
        self.read = [text for text, _, _ in sentences]
        prefers = [9.0 if text.startswith(f"{self.column} of") else -4.0 for text in self.read]
        return scores + np.array(prefers, dtype=np.float32)

    def agrees(self, question: str, sentence: Told) -> float:  # noqa: ARG002
        return 0.5


@pytest.mark.parametrize("column", ["Region", "Founded"])
def test_the_likeliest_programs_are_read_again(
    document: Document, embedder: Embedder, column: str
) -> None:
    reread = Preferring(column)
    names = Names.of(document, Glossary.from_json(GLOSSARY))
    again = Asker(embedder, [document], [names], reread)
    draft = again.answer("How is it with Vell?")
    assert draft is not None
    assert draft.derivation is not None
    row = next(
        [cell.text for cell in row] for row in document.tables[0].rows if row[0].text == "Vell"
    )
    header = [cell.text for cell in document.tables[0].header]
    assert draft.derivation.result == (row[header.index(column)],)
    assert any(text.endswith(f"= {row[header.index(column)]}") for text in reread.read)
    assert draft.signs["read"] > 0


STRANGE = [
    "# T\n\n| a |\n|---|\n| x |\n",
    "# T\n\n| a | a |\n|---|---|\n",
    "# T\n\n|  |  |\n|---|---|\n| 1 | 2 | 3 |\n| |\n",
    "# T\n\n| =SUM(A1) | '; DROP TABLE t0; -- |\n|---|---|\n| x\"y | 1); DELETE |\n| z | \\| |\n",
    "# T\n\n| 国家 | مدينة |\n|---|---|\n| 中国 | القاهرة |\n| 日本 | طوكيو |\n",
]


@pytest.mark.parametrize("text", STRANGE)
def test_no_table_raises(text: str, embedder: Embedder, caplog: pytest.LogCaptureFixture) -> None:
    document = parse(text, name="strange.md")
    asker = Asker(embedder, [document])
    for question in (
        "How many a are there?",
        "中国?",
        "x\"y'; DROP TABLE t0",
        "What is z?",
        "1 2 3",
    ):
        draft = asker.answer(question)
        if draft is not None and draft.derivation is not None:
            assert replay(draft.derivation, [document]) == draft.derivation
    assert not caplog.records


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_question_raises(asker: Asker, caplog: pytest.LogCaptureFixture, question: str) -> None:
    asker.answer(question)
    assert not caplog.records


def test_no_tables_no_answer(embedder: Embedder) -> None:
    assert Asker(embedder).answer("How many?") is None
    assert Asker(embedder, [parse("# Prose only\n", name="p.md")]).answer("What is it?") is None


def test_a_table_with_too_many_rows_is_left_alone(document: Document) -> None:
    assert [grid.height for grid in Tables.of([document], 4).grids] == [0, 3]


def test_the_weights_ship_with_their_card() -> None:
    folder = Path(__file__).parents[3] / "rag" / "tables"
    assert (folder / "weights.npz").stat().st_size < 5_000_000
    assert '"licences"' in (folder / "weights.json").read_text(encoding="utf-8")
