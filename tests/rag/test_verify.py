"""The last door: an honest answer passes, and no answer in which anything was changed does."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.document import Document, Span
from ingest.load import load, parse
from rag import prose
from rag.answer import Answer, Citation, Derivation, Draft, Evidence
from rag.pipeline import cited
from rag.verify import Replay, Verification, verify

TEXT = """# Harbours

## History

The harbour of Vell was opened in 1874 [17] by Queen Ada. It held 1,250 ships, says Brandt [3].

The water is −4 degrees cold.

## Trade

Table 2. Goods by harbour

| Harbour | Goods | Since |
|---|---|---|
| Vell | Salt | 1901 |
| Orm | Tar, rope | 1899 |

The 国际港 project is called Ørsund-Link.
"""
HARBOURS = parse(TEXT, name="harbours.md")
OTHER = parse("# Rivers\n\nThe Dal is 520 km long.\n", name="rivers.md")


def cite(
    words: str, /, *, number: int = 1, document: Document = HARBOURS, **fields: Any
) -> Citation:
    """A true citation of these words, then changed in the fields given."""
    start = document.text.index(words)
    section = next(s for s in document.sections if s.span.start <= start < s.span.end)
    citation = Citation(
        number, document.id, document.name, words, Span(start, start + len(words)), section.path
    )
    return replace(citation, **fields)


def answer(text: str, *citations: Citation, **fields: Any) -> Answer:
    made = Answer("When was it?", text, citations, False, "", 0.9, "prose")
    return replace(made, **fields)


def check(text: str, *citations: Citation, **fields: Any) -> Verification:
    return verify(answer(text, *citations, **fields), [HARBOURS, OTHER])


OPENED = "The harbour of Vell was opened in 1874 [17] by Queen Ada."
ROW = "| Vell | Salt | 1901 |"
ROWS = ROW + "\n| Orm | Tar, rope | 1899 |"


def failures(verification: Verification) -> list[str]:
    return [failure.what for failure in verification.failures]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The harbour of Vell was opened in 1874 by Queen Ada. [1]", OPENED),
        ("In 1874 [1].", OPENED),
        ("It was opened by queen ADA [1].", OPENED),
        ("According to History, it is 1874 [1].", OPENED),
        ("It held 1250 ships, says Brandt [1].", "It held 1,250 ships, says Brandt [3]."),
        ("It held 1,250 ships [1].", "It held 1,250 ships, says Brandt [3]."),
        ("It is -4 degrees cold [1].", "The water is −4 degrees cold."),
        ("In Table 2 (Goods by harbour), Vell: Goods: Salt; Since: 1901. [1]", ROW),
        ("- Vell: 1901\n- Orm: 1899 [1]", ROWS),
        ("The 国际港 project, Ørsund-Link [1].", "The 国际港 project is called Ørsund-Link."),
        ("国际港 [1]", "The 国际港 project is called Ørsund-Link."),
        ("**1874** — The harbour of Vell was opened in 1874 by Queen Ada. [1]", OPENED),
        ("**Queen Ada** opened it, in **1874**. [1]", OPENED),
        (r"\*The harbour\* of Vell [1]", OPENED),
    ],
)
def test_what_stands_in_the_evidence_holds(text: str, quote: str) -> None:
    verification = check(text, cite(quote))
    assert verification.holds, verification.failures
    assert len(verification.checks) > 5


@pytest.mark.parametrize(
    ("text", "quote", "failing"),
    [
        ("It was opened in 1875 [1].", OPENED, "number 1875"),
        ("It was opened in 17 [1].", OPENED, "number 17"),
        ("It was opened in 187 [1].", OPENED, "number 187"),
        ("It was opened by Queen Eda [1].", OPENED, "word Eda"),
        ("**1875** [1]", OPENED, "number 1875"),
        ("By **Brandt**, in 1874 [1].", OPENED, "word Brandt"),
        ("It is 3.**4** degrees cold [1].", "It held 1,250 ships, says Brandt [3].", "number 3.4"),
        (r"By Brandt \[3\] [1].", "It held 1,250 ships, says Brandt [3].", "number 3"),
        ("It was opened by Brandt [1].", OPENED, "word Brandt"),
        ("Brandt opened it [1].", OPENED, "word Brandt"),
        ("It was opened by two queens [1].", OPENED, "word two"),
        ("It held 1 ship [1].", "It held 1,250 ships, says Brandt [3].", "number 1"),
        ("It held 250 ships [1].", "It held 1,250 ships, says Brandt [3].", "number 250"),
        ("It is 4 degrees cold [1].", "The water is −4 degrees cold.", "number 4"),
        ("Orm: Since: 1901 [1]", ROW, "word Orm"),
        ("Vell: Since: 1899 [1]", ROW, "number 1899"),
        ("It is called 国内港 [1].", "The 国际港 project is called Ørsund-Link.", "word 国内港"),
    ],
)
def test_what_does_not_stand_in_the_evidence_fails(text: str, quote: str, failing: str) -> None:
    assert failures(check(text, cite(quote))) == [failing]


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"document_id": "0" * 64}, "citation 1: document"),
        ({"document_id": OTHER.id}, "citation 1: name"),
        ({"document_name": "Nature.md"}, "citation 1: name"),
        ({"quote": OPENED.replace("1874", "1974")}, "citation 1: quote"),
        ({"quote": OPENED.replace(" ", "\u00a0", 1)}, "citation 1: quote"),
        ({"quote": OPENED.replace(" [17]", "")}, "citation 1: quote"),
        ({"span": Span(0, len(OPENED))}, "citation 1: quote"),
        ({"span": Span(len(TEXT) - 5, len(TEXT) + 5)}, "citation 1: span"),
        ({"span": Span(10**9, 10**9 + 5)}, "citation 1: span"),
        ({"span": Span(5, 5), "quote": ""}, "citation 1: span"),
        ({"section": ("Harbours", "Trade")}, "citation 1: section"),
        ({"section": ()}, "citation 1: section"),
        ({"number": 2}, "numbering"),
    ],
)
def test_a_citation_in_which_anything_is_changed_fails(
    fields: dict[str, Any], failing: str
) -> None:
    assert failing in failures(check("It was opened in 1874 [1].", cite(OPENED, **fields)))


def test_a_forged_quote_is_no_evidence() -> None:
    forged = cite(OPENED, quote=OPENED.replace("1874", "1974"))
    assert "number 1974" in failures(check("It was opened in 1974 [1].", forged))


def test_a_forged_section_is_no_evidence() -> None:
    forged = cite(OPENED, section=("Harbours", "Battle of 1212"))
    assert "number 1212" in failures(check("The Battle was in 1212 [1].", forged))


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("It was opened in 1874.", "citation 1: marker"),
        ("It was opened in 1874 [1] [2].", "marker [2]"),
        ("", "text"),
        ("[2]", "marker [2]"),
    ],
)
def test_markers_and_citations_belong_together(text: str, failing: str) -> None:
    assert failing in failures(check(text, cite(OPENED)))


def test_an_answer_without_citations_fails() -> None:
    assert failures(check("It was.")) == ["cited"]


def test_several_documents_are_told_apart() -> None:
    dal = cite("The Dal is 520 km long.", number=2, document=OTHER)
    assert check(
        "Vell was opened in 1874 [1]. The Dal is 520 km long [2].", cite(OPENED), dal
    ).holds
    assert not check("Vell was opened in 1874 [2]. It is 520 km long [1].", dal, cite(OPENED)).holds


@pytest.mark.parametrize(
    ("cells", "failing"),
    [
        (((0, 0, 2), (0, -1, 2)), []),
        (((0, 1, 2),), ["citation 1: cell 0,1,2"]),
        (((0, 7, 2),), ["citation 1: cell 0,7,2"]),
        (((0, 0, 3),), ["citation 1: cell 0,0,3"]),
        (((0, -2, 0),), ["citation 1: cell 0,-2,0"]),
        (((0, 0, -1),), ["citation 1: cell 0,0,-1"]),
        (((1, 0, 0),), ["citation 1: cell 1,0,0"]),
        (((-1, 0, 0),), ["citation 1: cell -1,0,0"]),
        (((0, 0, 0), (1, 0, 0)), ["citation 1: cells", "citation 1: cell 1,0,0"]),
    ],
)
def test_cited_cells_exist_and_lie_in_the_quote(
    cells: tuple[tuple[int, int, int], ...], failing: list[str]
) -> None:
    assert failures(check("Vell: Since: 1901 [1]", cite(ROW, cells=cells))) == failing


def test_an_abstention_needs_no_citation() -> None:
    silent = answer("", abstained=True, reason="The article does not seem to say.", method="none")
    assert verify(silent, [HARBOURS]).holds


def test_an_abstention_may_repeat_the_question_and_cite_what_is_near() -> None:
    near = answer(
        "",
        cite(OPENED),
        question="Who was Zoltan in 1212?",
        abstained=True,
        reason="Nothing in harbours.md about Zoltan in 1212. The nearest speaks of Ada [1].",
    )
    assert verify(near, [HARBOURS]).holds


def test_an_abstention_is_no_way_to_say_what_is_not_there() -> None:
    sly = answer("", abstained=True, reason="The harbour was opened in 1212 by Zoltan.")
    assert failures(verify(sly, [HARBOURS])) == ["number 1212", "word Zoltan"]


DERIVED = Derivation("count(rows)", "the number of rows", ((0, 0, 0),), ("7",))


def test_a_derivation_is_run_again_and_must_come_out_the_same() -> None:
    said = answer("Vell and **7** others: 1901 [1]", cite(ROW), derivation=DERIVED)
    assert failures(verify(said, [HARBOURS])) == ["derivation", "number 7"]
    assert verify(said, [HARBOURS], lambda derivation, _: derivation).holds
    for changed in (
        replace(DERIVED, result=("3",)),
        replace(DERIVED, operands=()),
        replace(DERIVED, reading="the sum"),
    ):
        assert failures(verify(said, [HARBOURS], _always(changed)))[0] == "derivation"


def _always(derivation: Derivation) -> Replay:
    return lambda _derivation, _documents: derivation


def test_a_program_that_cannot_be_run_again_is_not_to_be_trusted() -> None:
    def refuse(_derivation: Derivation, _documents: Sequence[Document]) -> Derivation:
        raise ValueError("no program")

    said = answer("Vell: 1901 [1]", cite(ROW), derivation=DERIVED)
    assert failures(verify(said, [HARBOURS], refuse)) == ["derivation"]


@given(
    st.builds(
        Answer,
        question=st.text(),
        text=st.text() | st.just("[1] [999] 1,2,3.4 ... −"),
        citations=st.lists(
            st.builds(
                Citation,
                number=st.integers(),
                document_id=st.sampled_from([HARBOURS.id, OTHER.id, ""]),
                document_name=st.text(),
                quote=st.text(),
                span=st.tuples(st.integers(0, 900), st.integers(0, 900)).map(
                    lambda s: Span(min(s), max(s))
                ),
                section=st.lists(st.text()).map(tuple),
                cells=st.lists(st.tuples(*[st.integers(-3, 5)] * 3)).map(tuple),
            ),
            max_size=4,
        ).map(tuple),
        abstained=st.booleans(),
        reason=st.text(),
        confidence=st.floats(),
        method=st.just("prose"),
    )
)
def test_no_answer_makes_it_raise(any_answer: Answer) -> None:
    verify(any_answer, [HARBOURS, OTHER])


def test_every_honest_answer_over_the_article_holds(text_path: Path) -> None:
    document = load(text_path)
    said = 0
    for passage in chunk(document):
        for sentence in passage.sentences:
            claim = prose.claim(Evidence(document, passage, 0.0, best=sentence))
            verification = verify(cited("What?", Draft((claim,), 0.9, "prose")), [document])
            assert verification.holds, (claim.text, verification.failures)
            said += 1
    assert said > 100


def test_of_two_documents_with_the_same_text_either_name_is_right() -> None:
    twins = [HARBOURS, replace(HARBOURS, name="copy.md")]
    for name, holds in [("harbours.md", True), ("copy.md", True), ("rivers.md", False)]:
        made = answer("In 1874 [1].", cite(OPENED, document_name=name))
        assert verify(made, twins).holds is holds
