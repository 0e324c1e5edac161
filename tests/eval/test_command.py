"""`footnote eval` as people and CI use it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from eval.schema import Gold, load
from tests.conftest import EDITION
from ui import cli

GOLD = """\
{"id": "a", "question": "When did Serbia join the ILRS?", "category": "c", "answerable": true, "answer": [["2024"]], "computed": true}
{"id": "b", "question": "How tall is Mount Everest?", "category": "d", "answerable": false}
"""


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.jsonl"
    file.write_text(GOLD, "utf-8")
    return file


def test_a_run_a_baseline_and_the_gate(
    gold: Path, edition_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline, out = tmp_path / "baseline.json", tmp_path / "run"
    on = ["eval", str(gold), "--index", str(edition_index), "--out", str(out)]
    assert cli.run([*on, "--retrieval", "--write-baseline", str(baseline)]) == 0
    said = capsys.readouterr().out
    assert "right: 2 of 2" in said
    assert f"report: {out / 'report.html'}" in said
    assert sorted(path.name for path in out.iterdir()) == [
        "answers.jsonl",
        "report.html",
        "report.md",
        "summary.json",
    ]
    assert cli.run([*on, "--baseline", str(baseline)]) == 0
    assert "the gate holds" in capsys.readouterr().out
    worse = json.loads(baseline.read_text("utf-8"))
    worse["floors"] = {"nobody": 0.5}
    baseline.write_text(json.dumps(worse), "utf-8")
    assert cli.run([*on, "--baseline", str(baseline)]) == 3
    assert "nobody fell to 0.0%, under its floor of 50.0%" in capsys.readouterr().out
    assert "gate is closed" in (out / "report.md").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["none.jsonl"],
        ["--baseline", "none.json"],
        ["--generate", "none.md"],
        ["--promote", "gold.jsonl", "--feedback", "none.jsonl"],
        ["--seed", "x"],
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str],
    edition_index: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["eval", *arguments, "--index", str(edition_index)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert not (tmp_path / "eval-runs").exists()


def test_questions_from_an_articles_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["eval", "--generate", str(EDITION), "--most", "20"]) == 0
    first = capsys.readouterr().out
    assert cli.run(["eval", "--generate", str(EDITION), "--most", "20", "--seed", "0"]) == 0
    assert capsys.readouterr().out == first
    (tmp_path / "gold.jsonl").write_text(first, "utf-8")
    made = load([tmp_path / "gold.jsonl"])
    assert len(made) == 20
    assert all(each.computed for each in made)
    (tmp_path / "plain.md").write_text("# Nothing\n\nNo table at all.\n", "utf-8")
    assert cli.run(["eval", "--generate", str(tmp_path / "plain.md")]) == 2


def test_a_bad_answer_becomes_a_gold_question(
    edition_index: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, gold = tmp_path / "feedback.jsonl", tmp_path / "gold.jsonl"
    log.write_text(json.dumps({"question": "Since when is Egypt in?", "rating": "down"}), "utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("2024\n\n"))
    arguments = [
        "eval",
        "--promote",
        str(gold),
        "--feedback",
        str(log),
        "--index",
        str(edition_index),
    ]
    assert cli.run(arguments) == 0
    assert "1 question added" in capsys.readouterr().out
    (made,) = load([gold])
    assert isinstance(made, Gold)
    assert (made.question, made.answer, made.category) == (
        "Since when is Egypt in?",
        (("2024",),),
        "feedback",
    )
