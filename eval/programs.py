"""Every operator of the table engine, tried on the article's own tables: programs whose results are known.

Questions reach only the operators that their answers happen to need. These programs reach all of them, so that the
gate closes whichever of them breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from eval.schema import FOLDER
from ingest.document import Document
from rag.tables.execute import Engine, shown
from rag.tables.program import read_program
from rag.tables.values import Grid

PROGRAMS = FOLDER / "programs.jsonl"


class Program(BaseModel):
    """A table program, as derivations show it, and what it comes to. Tables count from 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: str
    result: tuple[str, ...]


def load(path: Path = PROGRAMS) -> tuple[Program, ...]:
    """The programs of a file, JSON Lines."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return tuple(Program.model_validate_json(line) for line in lines if line.strip())


def faults(documents: Sequence[Document], programs: Sequence[Program]) -> Iterator[str]:
    """What does not come out as it should, on the tables of these documents; both executions have to agree."""
    grids = [
        Grid.of_table(document, number)
        for document in documents
        for number in range(len(document.tables))
    ]
    for each in programs:
        try:
            found = shown(Engine(grids).check(read_program(each.program)))
        except Exception as error:  # noqa: BLE001  # a broken operator may raise anything
            yield f"{each.program} raises {type(error).__name__}: {error}"
            continue
        if tuple(found) != each.result:
            yield f"{each.program} gives {', '.join(found) or 'nothing'}, not {', '.join(each.result)}"
