"""WikiTableQuestions: how many questions the table engine answers as the data set's authors do.

    python -m eval.benchmarks.wtq DIR [--split random-split-1-dev] [--out predictions.tsv]

DIR is in the data set's own layout: `data/SPLIT.tsv` (or `.tagged`) and `csv/`. The match is the official
one: prediction and gold are sets of the same size, equal as text, number or date. Predictions are
written as `id<TAB>value<TAB>value…`, for the official evaluator.

Pasupat and Liang 2015, Compositional Semantic Parsing on Semi-Structured Tables, CC BY-SA 4.0.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from rag.train.tables_wtq import examples, read_table, right

COVERAGES = (0.1, 0.3, 0.5, 0.8, 1.0)


def main() -> int:
    """Answer every question of a split, print the figures, write the predictions."""
    from ingest.embed import DEFAULT_MODEL
    from ingest.encode import question_encoder
    from rag.tables.answer import Asker
    from rag.tables.values import Grid

    parser = argparse.ArgumentParser(description="Measure on WikiTableQuestions.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="random-split-1-dev")
    parser.add_argument("--out", type=Path, help="where the predictions go, for the evaluator")
    parser.add_argument("--limit", type=int, help="only so many questions")
    options = parser.parse_args()
    samples = list(examples(options.folder, options.split))[: options.limit]
    asker = Asker(question_encoder(DEFAULT_MODEL))
    grids: dict[str, Grid] = {}
    written, hits, sure, times = [], [], [], []
    for sample in samples:
        if sample.table not in grids:
            grids[sample.table] = Grid.of(*read_table(options.folder / sample.table))
        start = time.perf_counter()
        found = asker.over(sample.question, grids[sample.table])
        times.append(time.perf_counter() - start)
        values = found.meanings[0].best.shown if found.meanings else ()
        written.append("\t".join([sample.id, *(" ".join(v.split()) for v in values)]))
        hits.append(right(sample.gold, values))
        sure.append(found.confidence)
    if options.out:
        options.out.write_text("\n".join(written) + "\n", encoding="utf-8")
    order = np.argsort(-np.array(sure), kind="stable")
    ranked = np.array(hits)[order]
    print(f"{len(samples)} questions of {options.split}: {np.mean(hits):.1%} right")
    for coverage in COVERAGES:
        count = max(1, round(len(ranked) * coverage))
        print(f"  the surest {coverage:.0%}: {ranked[:count].mean():.1%} right")
    print(f"median {np.median(times) * 1000:.0f} ms a question")
    return 0


if __name__ == "__main__":
    sys.exit(main())
