"""FeTaQA: whether the rows that the table engine stands on are those that people highlighted.

    python -m eval.benchmarks.fetaqa fetaQA-v1_dev.jsonl

The last 300 questions of the file, which nothing learns from. Rows cited against rows highlighted: for
each question precision, recall and F1, of which the means are printed.

Nan et al. 2022, FeTaQA: Free-form Table Question Answering, CC BY-SA 4.0.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KEPT_OUT = 300


@dataclass(frozen=True, slots=True)
class Example:
    """A question over one table, and the rows (from 0) that its highlighted cells are in."""

    question: str
    about: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    gold: frozenset[int]


def examples(path: Path) -> Iterator[Example]:
    """The last questions of the file. Raises `FileNotFoundError`."""
    for line in path.read_text(encoding="utf-8").splitlines()[-KEPT_OUT:]:
        item = json.loads(line)
        header, *rows = item["table_array"]
        yield Example(
            item["question"],
            f"{item['table_page_title']} {item['table_section_title']}",
            tuple(header),
            tuple(map(tuple, rows)),
            frozenset(row - 1 for row, _ in item["highlighted_cell_ids"] if row > 0),
        )


def f1(mine: frozenset[int], gold: frozenset[int]) -> tuple[float, float, float]:
    """Precision, recall and F1 of some rows."""
    both = len(mine & gold)
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / len(mine), both / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def main() -> int:
    """Ask the questions that are kept out, print the figures."""
    from ingest.embed import DEFAULT_MODEL
    from ingest.encode import question_encoder
    from rag.tables.answer import Asker
    from rag.tables.values import Grid

    parser = argparse.ArgumentParser(description="Measure on FeTaQA.")
    parser.add_argument("file", type=Path, help="fetaQA-v1_dev.jsonl")
    parser.add_argument("--wrong", type=int, default=0, help="print so many misses")
    options = parser.parse_args()
    asker = Asker(question_encoder(DEFAULT_MODEL))
    scores, sure = [], []
    for example in examples(options.file):
        if not example.gold:
            continue
        grid = Grid.of(example.header, example.rows, about=example.about)
        found = asker.over(example.question, grid).rows
        rows = frozenset(grid.rows(found.mask).tolist()) if found else frozenset()
        scores.append(f1(rows, example.gold))
        sure.append(found.fit if found else 0.0)
        if scores[-1][2] < 0.5 and options.wrong > 0:
            options.wrong -= 1
            print(
                f"{example.question}\n   {sorted(rows)} for {sorted(example.gold)}; {example.header}"
            )
    values = np.array(scores)
    print(f"{len(values)} questions: rows cited against rows highlighted")
    print("precision {:.1%}, recall {:.1%}, F1 {:.1%}".format(*values.mean(axis=0)))
    order = np.argsort(-np.array(sure), kind="stable")
    half = values[order[: len(order) // 2]].mean(axis=0)
    print(f"the surest half: F1 {half[2]:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
