"""Do the gold questions hold? Each is held against an article: its evidence is there, and a computed gold comes out.

Run as `python -m eval.check [FILE …] [--article FILE]`; without a file, our gold questions and the shipped edition.
The computing is done with pandas, by code that shares nothing with the engine that is measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval import metrics
from eval.schema import FILES, CellEvidence, FactEvidence, Gold, GoldError, Number, load
from ingest.document import Document, Table
from ingest.errors import FootnoteError
from ingest.load import load as load_article

EDITION = Path(__file__).parents[1] / "ingest" / "article" / "edition.md"

_OF_ROWS = ("list_filter", "reverse_lookup")
"""Categories whose answer is the names of the evidence's rows, and nothing else."""


def faults(gold: Gold, document: Document) -> Iterator[str]:
    """What does not hold of a gold question in a document.

    Evidence: cells are there and `where` selects their rows; facts stand together in one section; the reference
    exists. A computed gold: every part of the answer is a cell, a row's name, or comes out of the cells as a count,
    sum, mean, difference or share.
    """
    for evidence in gold.evidence:
        match evidence:
            case CellEvidence():
                yield from _cell_faults(evidence, document)
            case FactEvidence():
                if not any(evidence.stand_in(text) for text in _sections(document)):
                    yield f"no section holds all of {evidence.facts}"
            case _:
                numbers = [reference.number for reference in document.references]
                if evidence.number not in numbers:
                    yield f"there is no reference {evidence.number}"
    if gold.computed and gold.answerable and gold.yes_no is None:
        try:
            yield from _computed_faults(gold, document)
        except GoldError as error:
            yield str(error)


def frame(table: Table) -> Any:
    """A table as a pandas data frame, its numbers and years as numbers."""
    import pandas as pd  # type: ignore[import-untyped]

    columns = {
        head.text: [row[at].text if row[at].value is None else row[at].value for row in table.rows]
        for at, head in enumerate(table.header)
    }
    return pd.DataFrame(columns)


def _sections(document: Document) -> Iterator[str]:
    return (document.quote(section.span) for section in document.sections)


def _cell_faults(evidence: CellEvidence, document: Document) -> Iterator[str]:
    try:
        cells = evidence.cells(document)
    except GoldError as error:
        yield str(error)
        return
    if not evidence.where:
        return
    table = frame(document.tables[evidence.table - 1])
    try:
        selected = table.query(evidence.where, engine="python")
    except Exception as error:  # noqa: BLE001  # pandas raises what Python does: names, syntax, types
        yield f"where cannot be run: {error}"
        return
    rows = {row for _, row, _ in cells}
    if set(selected.index) != rows:
        yield f"where selects rows {sorted(selected.index)}, not {sorted(rows)}"


def _computed_faults(gold: Gold, document: Document) -> Iterator[str]:
    cells = [each for each in gold.evidence if isinstance(each, CellEvidence)]
    texts: set[str] = set()
    names: list[str] = []
    numbers: set[float] = set()
    for evidence in cells:
        positions = evidence.cells(document)
        table = document.tables[evidence.table - 1]
        rows = sorted({row for _, row, _ in positions if row >= 0})
        names += [table.rows[row][0].text for row in rows]
        texts |= {table.cell(row, column).text for _, row, column in positions}
        numbers |= set(_outcomes(table, rows, {column for _, _, column in positions}))
    texts |= set(names)
    if not any(texts - set(names)) and gold.category not in _OF_ROWS and len(names) == 1:
        return  # an empty cell: what is right to say of it, the gold says in words
    for part in gold.answer:
        if not _comes_out(part, texts, numbers):
            yield f"{metrics.shown(part)!r} is neither in the cells nor comes out of them"
    if gold.category in _OF_ROWS:
        unsaid = [name for name in names if not any(_names(name, part) for part in gold.answer)]
        if unsaid:
            yield f"the rows {unsaid} are evidence and not in the answer"
        wrong = [form for form in gold.forbidden for name in names if _is_called(name, form)]
        if wrong:
            yield f"{wrong} is forbidden and right"


def _outcomes(table: Table, rows: Sequence[int], columns: set[int]) -> Iterator[float]:
    """What counting and calculating over the evidence can come to."""
    yield float(len(rows))
    if rows:
        yield 100 * len(rows) / len(table.rows)
    for column in columns:
        cells = [table.rows[row][column] for row in rows]
        yield from map(float, frame(table).iloc[list(rows), column].value_counts())
        values = [cell.value for cell in cells if cell.value is not None]
        if values:
            yield from (*values, sum(values), sum(values) / len(values), max(values) - min(values))


def _comes_out(part: Number | tuple[str, ...], texts: set[str], numbers: set[float]) -> bool:
    if isinstance(part, Number):
        return any(abs(part.number - number) <= part.tolerance + 1e-9 for number in numbers)
    if any(metrics.says(text, (form,)) for text in texts for form in part):
        return True
    said = " ".join(part)
    return any(metrics.says_number(said, Number(number=n, tolerance=0.05)) for n in numbers)


def _names(name: str, part: Number | tuple[str, ...]) -> bool:
    return not isinstance(part, Number) and any(_is_called(name, form) for form in part)


def _is_called(name: str, form: str) -> bool:
    """Whether a form is how a row is called: without the note or mark that its name carries."""
    return (
        name.split(" – ", maxsplit=1)[0].strip("?. ").casefold() == form.strip(" .,;:)?").casefold()
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what does not hold; exit code 3 where anything does not."""
    parser = argparse.ArgumentParser(prog="python -m eval.check", description=main.__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="gold questions; ours if left out")
    parser.add_argument("--article", type=Path, default=EDITION, help="the article; the edition")
    options = parser.parse_args(arguments)
    try:
        golds = load(options.files or FILES)
        document = load_article(options.article)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    found = [(gold, fault) for gold in golds for fault in faults(gold, document)]
    for gold, fault in found:
        print(f"{gold.id}: {fault}")
    computed = sum(gold.computed for gold in golds)
    print(f"{len(golds)} gold questions, {computed} computed: {len(found)} faults")
    return 3 if found else 0


if __name__ == "__main__":
    sys.exit(main())
