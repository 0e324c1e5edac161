"""Tables or text: which draft is the answer, and what speaks against one of the tables."""

from __future__ import annotations

import numpy as np
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


def of_tables(result: str, share: float = 2.0) -> Draft:
    """A sure draft of the tables."""
    claim = Claim(f"{result} is what Table 1 gives for Heron.", DOCUMENT, ROW, 0,
                  ((0, 0, 0),))  # fmt: skip
    signs = {"sure": share, "share": share, "spoken": 1.0, "fit": 1.0, "cells": 1.0, "results": 0.7}
    derivation = Derivation("p", "r", ((0, 0, 0),), (result,))
    return Draft((claim,), 0.5, "table", derivation, signs)


def of_prose(sure: float) -> Draft:
    said = "The Heron was launched in 1904 and its seat is Port Hollis."
    start = DOCUMENT.text.index(said)
    span = Span(start, start + len(said))
    signs = {"sure": sure, "holds": 1.0, "sentences": 1.0}
    return Draft((Claim(said, DOCUMENT, span, 0),), 0.5, "prose", signs=signs)


def asked(question: str) -> Asked:
    return Asked(question, question)


def sign(name: str, question: str, tables: Draft | None, prose: Draft | None = None) -> float:
    signs = choose.signs(asked(question), tables, prose, ())
    return float(signs[choose.NAMES.index(name)])


@pytest.mark.parametrize(
    ("name", "question", "result", "fits"),
    [
        ("counted", "How many seats are there on the Heron?", "180", True),
        ("counted", "How many engineers are there on the Heron?", "180", False),
        ("kind", "How many seats are there on the Heron?", "180", True),
        ("kind", "How many seats are there on the Heron?", "Port Hollis", False),
        ("time", "When was the Heron built?", "1904", True),
        ("time", "Since when does the Heron run?", "90", False),
        ("years", "Which ferry was built in 1904?", "Heron", True),
        ("years", "Which ferry was built in 1887?", "Heron", False),
        ("name", "Who steered her?", "Ann Vell", True),
        ("name", "Who steered her?", "a long sentence about all that was done in the bay", False),
    ],
)
def test_what_fits_the_question(name: str, question: str, result: str, fits: bool) -> None:
    assert sign(f"table: {name}", question, of_tables(result)) == fits


def test_words_that_nothing_says_speak_against_a_draft() -> None:
    said, unsaid = "Which ferry has 180 seats?", "Which captain had a wooden leg?"
    for name, drafts in (("table: unsaid", (of_tables("180"), None)), ("prose: unsaid", (None, of_prose(1)))):  # fmt: skip
        assert sign(name, said, *drafts) < sign(name, unsaid, *drafts)


def test_the_likelier_draft_is_chosen_and_says_how_likely_it_is() -> None:
    question = asked("When was the Heron built?")
    sure, unsure = of_tables("1904", 4.0), of_tables("1904", -4.0)
    first = choose.likelier(question, sure, of_prose(-4.0), ())
    other = choose.likelier(question, unsure, of_prose(3.0), ())
    assert first is not None
    assert other is not None
    assert (first.method, other.method) == ("table", "prose")
    alone = choose.likelier(question, unsure, None, ())
    assert alone is not None
    assert alone.method == "table"
    assert alone.confidence < 0.5 < first.confidence
    assert choose.likelier(question, None, None, ()) is None


def test_where_text_and_table_give_different_years_both_are_said() -> None:
    question = asked("When was the Heron built?")
    both = choose.likelier(question, of_tables("1911", 4.0), of_prose(3.0), ())
    assert both is not None
    assert both.method == "both"
    assert "otherwise" in both.claims[1].text
    same = choose.likelier(question, of_tables("1904", 4.0), of_prose(3.0), ())
    assert same is not None
    assert same.method != "both"


def test_weights_of_other_signs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "NAMES", (*choose.NAMES, "another"))
    choose.chooser.cache_clear()
    with pytest.raises(RuntimeError, match=r"rag\.train\.choose"):
        choose.chooser()
    choose.chooser.cache_clear()


def test_a_chooser_gives_a_probability_for_each() -> None:
    signs = np.zeros(len(choose.NAMES), dtype=np.float32)
    of_one, of_other = choose.chooser()(signs)
    assert 0 < of_one < 1
    assert 0 < of_other < 1
