"""The official match of WikiTableQuestions, and the reading of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.train.tables_wtq import examples, normalised, read_table, right, unescaped

SAME = [
    (["Café"], ["cafe"]),
    (["“Quoted”"], ["Quoted"]),
    (["12,467"], ["12467"]),
    (["0.50"], ["0.5"]),
    (["A (note)"], ["a"]),
    (["A[1]"], ["A"]),
    (["End."], ["end"]),
    (["a–b"], ["a-b"]),
    (["x", "y"], ["y", "x"]),
    (["2010-xx-05"], ["2010-xx-5"]),
    (["x"], ["x", "X"]),
]
DIFFERENT = [
    (["x"], []),
    (["x"], ["x", "y"]),
    (["x", "y"], ["x"]),
    (["33 years"], ["33"]),
    (["1"], ["1.1"]),
    (["2010-xx-05"], ["2011-xx-05"]),
]


@pytest.mark.parametrize(("gold", "prediction"), SAME)
def test_the_same(gold: list[str], prediction: list[str]) -> None:
    assert right(gold, prediction)


@pytest.mark.parametrize(("gold", "prediction"), DIFFERENT)
def test_not_the_same(gold: list[str], prediction: list[str]) -> None:
    assert not right(gold, prediction)


def test_escapes() -> None:
    assert unescaped(r"a\pb\nc\\d") == "a|b\nc\\d"
    assert normalised("  A  b ") == "a b"


def test_any_folder_in_the_layout_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "csv").mkdir()
    (tmp_path / "data" / "mine.tagged").write_text(
        "id\tutterance\tcontext\ttargetValue\ttokens\nq1\twhich?\tcsv/1.csv\ta\\pb|c\twhich ?\n",
        encoding="utf-8",
    )
    (tmp_path / "csv" / "1.csv").write_text('"H","I\n2"\n"a \\"b\\"","c"\n', encoding="utf-8")
    (example,) = examples(tmp_path, "mine")
    assert example.gold == ("a|b", "c")
    assert read_table(tmp_path / example.table) == (["H", "I\n2"], [['a "b"', "c"]])
    with pytest.raises(FileNotFoundError, match="no such split"):
        list(examples(tmp_path, "other"))
