from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval import check
from eval.generate import generate
from eval.schema import FILES, Gold, GoldError, load, of_generated
from ingest.document import Document
from ingest.load import load as load_article
from ingest.load import parse

WANTED = {
    "cell_lookup": 60,
    "reverse_lookup": 15,
    "count": 15,
    "list_filter": 20,
    "aggregate": 12,
    "yes_no": 15,
    "cross": 12,
    "follow_up": 20,
    "unanswerable_near": 25,
    "fact": 30,
    "why_how": 15,
    "list": 6,
    "reference": 10,
    "definition": 6,
    "term": 15,
    "noisy": 15,
    "language": 4,
    "false_premise": 10,
}
BOATS = "# Boats\n\nIt lies in Vell.\n\n| Boat | Built |\n|---|---|\n| Heron | 1961 |\n| Petrel | 1974 |\n"
ROWS = {"kind": "cells", "table": 1, "rows": ["Heron"], "columns": ["Built"]}


@pytest.fixture(scope="module")
def article(text_path: Path) -> Document:
    return load_article(text_path)


def gold(**fields: Any) -> Gold:
    one = {"id": "a", "question": "q?", "category": "c", "answerable": True, "answer": [["1961"]]}
    return Gold.model_validate(one | fields)


def test_our_questions_are_as_many_and_as_varied_as_they_should_be() -> None:
    golds = load()
    counts = Counter(each.category for each in golds)
    assert len(golds) >= 300
    assert all(counts[category] >= wanted for category, wanted in WANTED.items())
    assert counts["out_of_domain"] + counts["chat"] >= 11
    assert counts["summary"] + counts["about_table"] >= 8
    assert all(each.why_hard for each in golds)
    assert sum(each.question == each.question.lower() for each in golds) >= 50
    assert len({each.question.casefold() for each in golds if not each.history}) == sum(
        not each.history for each in golds
    )


def test_our_golds_hold_for_the_edition_and_the_original(article: Document) -> None:
    assert [(g.id, fault) for g in load() for fault in check.faults(g, article)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"evidence": [ROWS | {"rows": ["Curlew"]}]},
        {"evidence": [ROWS | {"columns": ["Sunk"]}]},
        {"evidence": [ROWS | {"table": 2}]},
        {"evidence": [ROWS | {"where": "Built > 1970"}]},
        {"evidence": [ROWS], "answer": [["1962"]], "computed": True},
        {"evidence": [ROWS], "answer": [{"number": 1962}], "computed": True},
        {"evidence": [ROWS], "category": "list_filter", "answer": [["1961"]], "computed": True},
        {"evidence": [{"kind": "prose", "facts": [["Vell"], ["Orm"]]}]},
        {"evidence": [{"kind": "reference", "number": 1}]},
    ],
)
def test_the_check_finds_a_gold_that_does_not_hold(wrong: dict[str, Any]) -> None:
    boats = parse(BOATS, name="boats.md")
    assert list(check.faults(gold(evidence=[ROWS | {"where": "Built == 1961"}]), boats)) == []
    assert list(check.faults(gold(**wrong), boats))


def test_the_check_as_a_program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert check.main([]) == 0
    assert "0 faults" in capsys.readouterr().out
    (tmp_path / "boats.md").write_text(BOATS, "utf-8")
    assert check.main(["--article", str(tmp_path / "boats.md")]) == 3
    assert check.main(["--article", str(tmp_path / "none.md")]) == 2
    assert "none.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no JSON", "line 2: the line"),
        ('{"id": "b"}', "line 2: question"),
        (json.dumps({"id": "a", "question": "?", "category": "c", "answerable": False}), "taken"),
        (
            json.dumps({"id": "b", "question": "?", "category": "c", "answerable": True}),
            "an answer",
        ),
        (gold(id="b", forbidden=["x"]).to_json().replace("forbidden", "forbiden"), "forbiden"),
        (gold(id="b").to_json().replace("true", "false"), "unanswerable"),
        (gold(id="b").to_json().replace('"1961"', '""'), "at least 1"),
        (gold(id="b", evidence=[ROWS]).to_json().replace('"cells"', '"cell"'), "evidence.0"),
    ],
)
def test_a_line_that_is_no_gold_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f"{gold().to_json()}\n{line}\n", "utf-8")
    with pytest.raises(GoldError, match=r"gold\.jsonl") as caught:
        load([file])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read"):
        load([tmp_path / "none.jsonl"])
    (tmp_path / "empty.jsonl").write_text("\n", "utf-8")
    with pytest.raises(GoldError, match="no gold questions"):
        load([tmp_path / "empty.jsonl"])
    (tmp_path / "latin.jsonl").write_bytes("é".encode("latin-1"))
    with pytest.raises(GoldError, match="UTF-8"):
        load([tmp_path / "latin.jsonl"])


def test_a_gold_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    golds = load(FILES)
    file.write_text("".join(f"{each.to_json()}\n" for each in golds), "utf-8")
    assert load([file]) == golds


def test_the_fingerprint_changes_with_what_is_right_and_not_with_what_is_said_of_it() -> None:
    first = gold().fingerprint
    assert gold(why_hard="x", category="d", id="b", evidence=[ROWS]).fingerprint == first
    changed: list[dict[str, Any]] = [
        {"question": "p?"},
        {"answer": [["1962"]]},
        {"forbidden": ["x"]},
        {"history": [["a", "b"]]},
    ]
    assert all(gold(**change).fingerprint != first for change in changed)


def test_generated_questions_take_the_one_form(article: Document) -> None:
    made = generate(article)
    for each in made:
        taken = of_generated(each)
        assert taken.computed
        assert (taken.question, taken.answerable) == (each.question, each.answerable)
        assert {cell for _, cell in taken.cells([article])} == set(each.cells)
