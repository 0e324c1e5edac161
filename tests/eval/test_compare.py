"""The gate closes on a planted regression, and not on other words for a right answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval import programs
from eval.compare import Accepted, Baseline, compare
from eval.run import Run, run
from eval.schema import Gold, GoldError
from eval.score import Scored, score
from ingest.document import Document, Span
from ingest.embed import Embedder
from rag import Answer, Chatbot, Settings
from rag.answer import Evidence, Turn
from rag.retrieve import HybridRetriever
from rag.tables.execute import Engine
from rag.tables.program import OPERATORS, Cells, Rows


class Changed:
    """A chatbot whose answers are changed on their way out."""

    def __init__(self, chatbot: Chatbot, change: Callable[[Answer], Answer]) -> None:
        self.documents: Sequence[Document] = chatbot.documents
        self._chatbot = chatbot
        self._change = change

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        return self._change(self._chatbot.ask(question, history=history))


def failures(after: Run, before: Run) -> str:
    return "\n".join(compare(after, Baseline.of(before)).failures)


def only(usual: Run, keep: Callable[[Scored], bool]) -> Run:
    return Run(tuple(each for each in usual.questions if keep(each)), usual.settings)


def test_the_gate_is_open_when_nothing_changed(usual: Run) -> None:
    found = compare(usual, Baseline.of(usual))
    assert found.holds
    assert (found.lost, found.won, found.missing, found.new) == ((), (), (), ())
    assert found.all.now == found.all.before > 30
    assert found.p == 1


def test_other_words_for_right_answers_leave_it_open(edition: Chatbot, usual: Run) -> None:
    def reworded(answer: Answer) -> Answer:
        if answer.abstained:
            return answer
        text = answer.text.replace("**", "").replace(". [", " [")
        return replace(answer, text=f"As the article has it, {text}")

    after = run(Changed(edition, reworded), [each.gold for each in usual.questions])
    assert any(each.answer and each.answer.text.startswith("As the") for each in after.questions)
    assert failures(after, usual) == ""


def test_crippled_retrieval_closes_it(
    edition: Chatbot, usual: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = HybridRetriever.find

    def worst_first(self: HybridRetriever, query: Any, k: int) -> list[Evidence]:
        return list(find(self, query, 20 * k))[::-1][:k]

    monkeypatch.setattr(HybridRetriever, "find", worst_first)
    right = only(usual, lambda each: each.right and each.gold.answerable)
    after = run(edition, [each.gold for each in right.questions])
    said = failures(after, right)
    assert "fell significantly" in said
    assert "under its floor" in said
    assert "turned wrong, and its gold is computed" in said


def test_every_broken_table_operator_that_an_answer_uses_closes_it(
    edition: Chatbot, usual: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses: dict[str, list[Scored]] = {}
    for each in usual.questions:
        if each.right and each.gold.computed and each.answer and each.answer.derivation:
            program = each.answer.derivation.program.partition("\n")[0]
            for name in set(re.findall(r"\(([a-z-]+)", program)):
                uses.setdefault(name, []).append(each)
    assert {"is", "cells", "count"} <= set(uses)

    def broken(*_: Any) -> None:
        return None

    for name, mine in uses.items():
        with monkeypatch.context() as patch:
            patch.setitem(OPERATORS, name, replace(OPERATORS[name], apply=broken))
            before = Run(tuple(mine[:3]), usual.settings)
            after = run(edition, [each.gold for each in before.questions])
        assert "its gold is computed" in failures(after, before), name


@pytest.mark.parametrize("name", OPERATORS)
def test_every_broken_table_operator_is_found_by_a_program(
    name: str, edition: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = [each for each in programs.load() if f"({name} " in each.program]
    assert tried
    assert list(programs.faults(edition.documents, tried)) == []
    record = OPERATORS[name]
    apply = record.apply

    def broken(*arguments: Any) -> Any:
        """The wrong result in the right form, in both executions' stead."""
        match apply(*arguments):
            case Rows(table, mask):
                return Rows(table, mask ^ 1)
            case Cells(values, shown):
                return Cells(values[1:], shown[1:])
            case bool(truth):
                return not truth
            case number:
                return (number or 0) + 1

    monkeypatch.setitem(OPERATORS, name, replace(record, apply=broken))
    monkeypatch.setattr(Engine, "check", Engine.run)  # as if SQL made the same mistake
    found = tuple(programs.faults(edition.documents, tried))
    assert found
    done = replace(many(1, 0), programs=found)
    assert (
        "a table program came out otherwise" in compare(done, Baseline.of(many(1, 0))).failures[0]
    )


def test_no_threshold_closes_it(edition_index: Path, embedder: Embedder, usual: Run) -> None:
    asked = only(usual, lambda each: not each.gold.answerable)
    with_all = Chatbot.open(edition_index, settings=Settings(threshold=0.0), embedder=embedder)
    after = run(with_all, [each.gold for each in asked.questions])
    with_all.close()
    assert "the false-answer rate rose" in failures(after, asked)


def test_a_quote_that_is_not_where_it_says_closes_it(edition: Chatbot, usual: Run) -> None:
    def moved(answer: Answer) -> Answer:
        citations = [
            replace(each, span=Span(each.span.start + 1, each.span.end + 1))
            for each in answer.citations
        ]
        return replace(answer, citations=tuple(citations))

    cited = only(usual, lambda each: each.right and each.scores["quote_validity"] is not None)
    few = Run(cited.questions[:2], cited.settings)
    after = run(Changed(edition, moved), [each.gold for each in few.questions])
    assert all(each.right for each in after.questions)
    assert "quotes do not stand where they say" in failures(after, few)


def scored(
    name: str, *, right: bool, category: str = "c", computed: bool = False, **of: Any
) -> Scored:
    gold = Gold.model_validate(
        {
            "id": name,
            "question": f"{name}?",
            "category": category,
            "answerable": True,
            "answer": [["x"]],
        }
        | {"computed": computed}
        | of
    )
    answer = Answer(
        gold.question,
        "x" if right else "y",
        (),
        abstained=False,
        reason="",
        confidence=0.5,
        method="none",
    )
    return score(gold, answer, ())


def many(right: int, wrong: int, **fields: Any) -> Run:
    names = [f"q{n}" for n in range(right + wrong)]
    return Run(tuple(scored(name, right=n < right, **fields) for n, name in enumerate(names)), {})


def test_what_cannot_be_an_accident_closes_it_and_an_accident_does_not() -> None:
    before = Baseline.of(many(40, 10)).model_copy(update={"floors": {}})
    assert compare(many(36, 14), before).holds  # four lost: p = 0.125
    found = compare(many(34, 16), before)  # six lost: p = 0.031
    assert (
        "accuracy on the questions without a computed gold fell significantly" in found.failures[0]
    )
    assert found.interval[1] < 0
    assert len(found.lost) == 6
    assert compare(many(50, 0), before).holds


def test_one_computed_gold_that_turns_wrong_closes_it_unless_it_is_meant() -> None:
    before = Baseline.of(many(40, 10, computed=True))
    after = many(39, 11, computed=True)
    assert compare(after, before).failures == ("q39 turned wrong, and its gold is computed: q39?",)
    meant = before.model_copy(update={"accepted": (Accepted(id="q39", reason="it is meant"),)})
    assert compare(after, meant).holds


def test_floors_and_missing_questions_close_it() -> None:
    before = Baseline.of(many(10, 0))
    assert before.floors == {"c": 0.9}
    assert compare(many(9, 1), before).holds
    assert "under its floor of 90.0%" in compare(many(8, 2), before).failures[0]
    assert (
        "2 questions that were right are missing: q8, q9" in compare(many(8, 0), before).failures[0]
    )
    assert Baseline.of(many(10, 0), without_floor=["c"]).floors == {}
    for right in range(
        1, 7
    ):  # sevenths have no end as decimals: no floor may lie over what keeps it
        assert compare(many(right - 1, 8 - right), Baseline.of(many(right, 7 - right))).holds


def test_another_gold_makes_a_question_new() -> None:
    before = Baseline.of(many(3, 0, computed=True))
    after = Run(
        (
            *many(2, 0, computed=True).questions,
            scored("q2", right=False, computed=True, forbidden=["z"]),
        ),
        {},
    )
    found = compare(after, before)
    assert (found.new, found.lost) == (("q2",), ())


def test_a_baseline_is_read_as_it_was_written(usual: Run, tmp_path: Path) -> None:
    baseline = Baseline.of(usual)
    baseline.write(tmp_path / "baseline.json")
    assert Baseline.read(tmp_path / "baseline.json") == baseline
    usual.write(tmp_path / "run")
    stored = Baseline.read(tmp_path / "run")
    assert stored.questions == baseline.questions
    assert compare(usual, stored).holds


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accepted": [{"id": "q1", "reason": " "}]}, "accepted.0.reason"),
        ({"accepted": [{"id": "q1"}]}, "accepted.0.reason"),
        ({"floors": {"c": 2}}, "floors.c"),
        ({"flors": {}}, "flors"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_named(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    file = tmp_path / "baseline.json"
    Baseline.of(many(3, 0)).write(file)
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(GoldError, match=re.escape(said)):
        Baseline.read(file)
    with pytest.raises(GoldError, match="cannot be read"):
        Baseline.read(tmp_path / "none.json")


def test_the_committed_baseline_is_of_our_questions() -> None:
    from eval.schema import FOLDER, load

    baseline = Baseline.read(FOLDER / "baseline.json")
    assert {g.id: g.fingerprint for g in load()} == {
        n: q.gold for n, q in baseline.questions.items()
    }
    assert set(baseline.floors) <= {q.category for q in baseline.questions.values()}
    assert len(baseline.floors) >= 15
    assert "follow_up" not in baseline.floors
    assert all(each.reason for each in baseline.accepted)
