"""Questions made of WikiTableQuestions' tables: to learn from, and to measure the table engine on.

    python -m eval.benchmarks.made DIR --split random-split-1-train --wording train --write FOLDER
    python -m eval.benchmarks.made DIR --split random-split-1-dev --wording held_out

With `--write` each table becomes a Markdown file with a JSON Lines file of its questions; without, every
question is asked and the figures are printed. The tables of a development split are none of those that
the ranker learned from, nor are the held-out wordings.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from eval.benchmarks.wtq_tables import as_markdown, document_of, rows_of
from eval.generate import GoldQuestion, generate
from eval.questions.wordings import FAMILIES
from ingest.document import Document
from ingest.errors import FootnoteError
from rag.answer import Draft
from rag.tables.program import NOTHING
from rag.tables.rank import denotation
from rag.train.tables_wtq import examples

_THRESHOLD = 0.4


def tables(folder: Path, split: str, most: int, seed: int) -> Iterator[Path]:
    """Some tables of a split, chosen by chance."""
    names = sorted({example.table for example in examples(folder, split)})
    Random(seed).shuffle(names)  # noqa: S311
    for name in names[:most]:
        yield folder / name


@dataclass(frozen=True, slots=True)
class Score:
    """How one question was answered."""

    category: str
    is_right: bool
    is_wrong: bool
    cited: float
    """The share of the cited cells that are gold operands."""
    found: float
    """The share of the gold operands that are cited."""


def judged(gold: GoldQuestion, draft: Draft | None, threshold: float) -> Score:
    """Hold an answer against the gold. Silence is right where the table does not say.

    So is "nothing", where the cell that is asked for is empty.
    """
    answers = draft is not None and draft.confidence >= threshold and draft.derivation is not None
    if draft is None or draft.derivation is None or not answers:
        return Score(gold.category, not gold.answerable, is_wrong=False, cited=1.0, found=1.0)
    if not gold.answerable:
        is_right = gold.category == "unanswerable_empty" and draft.derivation.result == (NOTHING,)
        return Score(gold.category, is_right, is_wrong=not is_right, cited=1.0, found=1.0)
    is_right = denotation(draft.derivation.result) == denotation(gold.denotation)
    mine = {cell for cell in draft.derivation.operands if cell[1] >= 0}
    wanted = set(gold.cells)
    both = len(mine & wanted)
    return Score(
        gold.category,
        is_right,
        is_wrong=not is_right,
        cited=both / len(mine) if mine and is_right else 1.0,
        found=both / len(wanted) if wanted and is_right else 1.0,
    )


def report(scores: Sequence[Score]) -> None:
    """Print the figures, by category and in all."""
    groups: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        groups[score.category].append(score)
        groups["all"].append(score)
    for category, mine in groups.items():
        count = len(mine)
        right = sum(score.is_right for score in mine) / count
        wrong = sum(score.is_wrong for score in mine) / count
        cited = sum(score.cited for score in mine) / count
        found = sum(score.found for score in mine) / count
        print(
            f"{category:22} {count:5}  right {right:6.1%}  wrong {wrong:6.1%}  "
            f"cited cells right {cited:6.1%}  gold cells cited {found:6.1%}"
        )


def main() -> int:
    """Make questions; write them, or ask them and print the figures."""
    from ingest.embed import DEFAULT_MODEL
    from ingest.encode import question_encoder
    from rag.tables.answer import Asker

    parser = argparse.ArgumentParser(description="Questions made of a data set's tables.")
    parser.add_argument("folder", type=Path, help="WikiTableQuestions")
    parser.add_argument("--split", default="random-split-1-dev")
    parser.add_argument("--wording", choices=sorted(FAMILIES), default="held_out")
    parser.add_argument("--tables", type=int, default=200, help="how many")
    parser.add_argument("--most", type=int, default=16, help="questions of each table")
    parser.add_argument("--threshold", type=float, default=_THRESHOLD, help="below it: silence")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="a folder for documents and questions")
    parser.add_argument("--wrong", type=int, default=0, help="print so many wrong answers")
    options = parser.parse_args()
    encoder = None if options.write else question_encoder(DEFAULT_MODEL)
    scores: list[Score] = []
    for number, path in enumerate(
        tables(options.folder, options.split, options.tables, options.seed)
    ):
        try:
            document = document_of(path)
        except FootnoteError:
            continue
        golds = generate(document, wording=options.wording, seed=options.seed, most=options.most)
        if options.write:
            _write(options.write / f"{number:04}", path, golds)
        elif encoder:
            asker = Asker(encoder, [document])
            for gold in golds:
                draft = asker.answer(gold.question)
                scores.append(judged(gold, draft, options.threshold))
                if scores[-1].is_wrong and options.wrong > 0:
                    options.wrong -= 1
                    _explain(document, gold, draft)
    if scores:
        report(scores)
    return 0


def _write(stem: Path, table: Path, golds: Sequence[GoldQuestion]) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".md").write_text(as_markdown(rows_of(table)), encoding="utf-8")
    lines = [gold.to_json() for gold in golds]
    stem.with_suffix(".jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _explain(document: Document, gold: GoldQuestion, draft: Draft | None) -> None:
    derivation = draft.derivation if draft else None
    said = f"{derivation.reading} = {derivation.result[:4]}" if derivation else "nothing"
    sure = draft.confidence if draft else 0.0
    print(f"{gold.category}: {gold.question}\n   gold {gold.denotation[:4]}; {sure:.2f} {said}")
    print(f"   {document.name} {[cell.text for cell in document.tables[gold.table].header]}")


if __name__ == "__main__":
    sys.exit(main())
