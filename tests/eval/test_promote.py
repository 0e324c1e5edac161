from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.promote import bad_answers, promote
from eval.schema import Gold, GoldError, load
from ingest.load import parse
from rag import Answer

BOATS = parse("# Boats\n\nThe Heron was built in 1961.\n", name="boats.md")


def record(question: str, rating: str = "down", **fields: Any) -> str:
    answer = Answer(
        question, "It was **1974**.", (), abstained=False, reason="", confidence=0.5, method="prose"
    )
    line = {
        "time": "2026-01-01T00:00:00Z",
        "question": question,
        "history": [],
        "index": "x",
        "comment": "",
    }
    return json.dumps(line | {"answer": json.loads(answer.to_json()), "rating": rating} | fields)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "feedback.jsonl"
    lines = [
        record("When was the Heron built?", comment="wrong\nyear"),
        record("Is it new?", history=[["When was the Heron built?", "In 1961."]]),
        record("Who built it?"),
        record("Where is it?"),
        record("What is fine?", "up"),
        record("Mended?"),
        record("Mended?", "up"),
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def answering(*typed: str) -> tuple[list[str], Any]:
    prompts: list[str] = []
    waiting = list(typed)

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        if not waiting:
            raise EOFError
        return f"{waiting.pop(0)}\n"

    return prompts, ask


def test_bad_answers_become_gold_questions(log: Path, tmp_path: Path) -> None:
    golds = tmp_path / "gold.jsonl"
    first = Gold(id="mine", question="?", category="c", answerable=False)
    golds.write_text(f"{first.to_json()}\n", "utf-8")
    prompts, ask = answering(
        "1961 | nineteen sixty-one", "built in 1962", "Built in 1961", "no; 1961", "", "-", ""
    )
    added = list(promote(log, golds, [BOATS], ask))
    assert load([golds]) == (first, *added)
    year, new, nobody = added
    assert year.answer == (("1961", "nineteen sixty-one"),)
    assert year.evidence[0].model_dump()["facts"] == (("Built in 1961",),)
    assert year.why_hard == "a reader found the answer wrong: wrong year"
    assert (new.yes_no, new.answer, len(new.history)) == ("no", (("1961",),), 1)
    assert (nobody.question, nobody.answerable) == ("Who built it?", False)
    assert "It was 1974." in prompts[0]
    # What stands there is not asked for again; what was passed over is.
    prompts, ask = answering()
    assert list(promote(log, golds, [BOATS], ask)) == []
    assert ["Where is it?" in prompt for prompt in prompts] == [True]


def test_what_was_rated_up_later_is_not_bad(log: Path) -> None:
    assert "Mended?" not in {each.question for each in bad_answers(log)}
    assert len(bad_answers(log)) == 4


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    with pytest.raises(GoldError, match="cannot be read"):
        bad_answers(file)
    file.write_text(record("What?", "sideways"), "utf-8")
    with pytest.raises(GoldError, match="line 1: rating"):
        bad_answers(file)


def test_an_answer_that_says_nothing_is_refused(log: Path, tmp_path: Path) -> None:
    _, ask = answering(" ; | ", "")
    with pytest.raises(GoldError, match="says nothing"):
        list(promote(log, tmp_path / "gold.jsonl", [BOATS], ask))
