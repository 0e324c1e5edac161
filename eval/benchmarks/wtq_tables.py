"""The tables of WikiTableQuestions as documents, so that questions can be generated from them.

The data set (Pasupat and Liang 2015) is supplied by its reader. A table is written as a Markdown pipe table
and read by our own loader, so that its spans are true like those of any article.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ingest.document import Document
from ingest.errors import LoadError
from ingest.load import parse
from rag.train.tables_wtq import read_rows


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a table file, header first. Raises `LoadError` where it cannot be read."""
    try:
        return read_rows(path)
    except (OSError, UnicodeError, csv.Error) as error:
        raise LoadError(f"{path} cannot be read as a table of the data set: {error}") from None


def as_markdown(rows: list[list[str]]) -> str:
    """Rows as a pipe table: bars escaped, line breaks in cells written <br>, short rows filled up."""
    width = max(len(row) for row in rows)
    lines = [
        "| " + " | ".join(_cell(text) for text in [*row, *[""] * (width - len(row))]) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]]) + "\n"


def document_of(path: Path) -> Document:
    """A table file as a document of one table.

    Raises `LoadError` where the file cannot be read, has no row under its header, or where our loader
    does not find in it the one table of that size that it is.
    """
    rows = rows_of(path)
    if len(rows) < 2:
        raise LoadError(f"{path} holds no row under a header; leave it out")
    document = parse(as_markdown(rows), name="/".join(path.parts[-2:]))
    found = [(len(table.rows), len(table.header)) for table in document.tables]
    if found != [(len(rows) - 1, max(len(row) for row in rows))]:
        raise LoadError(f"{path} is not read as one table of {len(rows) - 1} rows; leave it out")
    return document


def documents_of(paths: list[Path]) -> tuple[list[Document], list[str]]:
    """The documents of all files that hold a table, and of each file skipped why it was."""
    documents, skipped = [], []
    for path in paths:
        try:
            documents.append(document_of(path))
        except LoadError as error:
            skipped.append(str(error))
    return documents, skipped


def _cell(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.replace("|", "\\|").splitlines())
    return "<br>".join(line for line in lines if line)
