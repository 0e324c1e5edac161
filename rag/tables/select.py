"""A SELECT that somebody else wrote, over the tables in SQLite: it can read them, and nothing else.

SQLite's authorizer refuses all but reading (https://sqlite.org/c3ref/set_authorizer.html), its limits and a progress
handler bound what a query may take (https://sqlite.org/security.html). What comes out is no computation of ours.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from ingest.document import Document, Table
from ingest.words import fold
from rag.answer import Claim

_ROWS, _SECONDS, _CHARACTERS = 50, 1.0, 4_000
_LONGEST_QUERY, _LONGEST_VALUE = 2_000, 5_000
_STEPS, _MOST_STEPS = 1_000, 1_000_000
"""Of SQLite's virtual machine; with the longest value they bound what a query can pile up in memory, too."""

_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")
_FUNCTIONS = frozenset(
    """
    abs avg coalesce count ifnull instr length like lower max min nullif round sum total trim upper
    """.split()
)
"""Those that neither build large values nor do anything but compute."""


class SelectError(Exception):
    """A query that is refused or went too far; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What a query gave: its columns, its rows, and whether there were more.

    A cell of a column `row` that still holds the place of a row, "2.5" for the fifth of Table 2, names it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    more: bool

    @property
    def places(self) -> list[tuple[int, int]]:
        """The rows that are named, table and row counted from 0."""
        named = {
            cell: None
            for row in self.rows
            for column, cell in zip(self.columns, row, strict=True)
            if column == "row" and isinstance(cell, str) and re.fullmatch(r"\d{1,4}\.\d{1,6}", cell)
        }
        return [(int(table) - 1, int(row) - 1) for table, row in (n.split(".") for n in named)]


class Selecting:
    """Runs queries over the tables of some documents, in a database of its own for each. Safe to use from threads.

    Tables are called t1, t2 and so on, through all documents; `schema` says what their columns are called.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._places = [(d, number) for d in documents for number in range(len(d.tables))]
        self._tables = [document.tables[number] for document, number in self._places]
        self._columns = [_columns(table) for table in self._tables]

    def claims(self, selected: Selected) -> list[Claim]:
        """The rows that a result names, as what can be cited."""
        found = []
        for at, row in selected.places:
            if 0 <= at < len(self._places) and 0 <= row < len(self._tables[at].rows):
                (document, number), table = self._places[at], self._tables[at]
                cells = tuple((number, row, column) for column in range(len(table.header)))
                found.append(Claim("", document, table.row_spans[row], table.section, cells))
        return found

    @property
    def schema(self) -> str:
        """The tables with their captions and columns, a line each, for whoever writes a query."""
        return "\n".join(
            f"t{number}({', '.join(columns)}): {table.caption}"
            for number, (table, columns) in enumerate(
                zip(self._tables, self._columns, strict=True), 1
            )
        )

    def __call__(
        self, query: str, *, seconds: float = _SECONDS, most_rows: int = _ROWS
    ) -> Selected:
        """The rows that a query gives. Raises `SelectError`."""
        if len(query) > _LONGEST_QUERY:
            raise SelectError(f"the query is longer than {_LONGEST_QUERY:,} characters")
        with closing(sqlite3.connect(":memory:")) as database:
            self._fill(database)
            self._bound(database, seconds)
            try:
                cursor = database.execute(query)
                if cursor.description is None:
                    raise SelectError("only a SELECT is run")
                columns = tuple(str(each[0]) for each in cursor.description)
                found = cursor.fetchmany(most_rows + 1)
            except (
                sqlite3.Error,
                sqlite3.Warning,
                ValueError,
                MemoryError,
                OverflowError,
            ) as error:
                raise SelectError(_said(error)) from None
        rows = tuple(tuple(_plain(cell) for cell in row) for row in found[:most_rows])
        if sum(len(str(cell)) for row in rows for cell in row) > _CHARACTERS:
            raise SelectError(f"the query gives more than {_CHARACTERS:,} characters")
        return Selected(columns, rows, len(found) > most_rows)

    def _fill(self, database: sqlite3.Connection) -> None:
        for number, (table, columns) in enumerate(zip(self._tables, self._columns, strict=True), 1):
            names = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" for _ in columns)
            database.execute(f"CREATE TABLE t{number} ({names})")
            database.executemany(
                f"INSERT INTO t{number} VALUES ({marks})",  # noqa: S608  # names of our own making
                [
                    (f"{number}.{row}", *(_value(cell.text) for cell in cells))
                    for row, cells in enumerate(table.rows, 1)
                ],
            )
        database.commit()

    @staticmethod
    def _bound(database: sqlite3.Connection, seconds: float) -> None:
        database.execute("PRAGMA query_only = ON")
        database.execute("PRAGMA temp_store = MEMORY")
        for limit, most in (
            (sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, _LONGEST_QUERY * 4),
            (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 8),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
            (sqlite3.SQLITE_LIMIT_COLUMN, 100),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
        ):
            database.setlimit(limit, most)
        end, steps = time.monotonic() + seconds, iter(range(_MOST_STEPS // _STEPS))
        database.set_progress_handler(
            lambda: next(steps, None) is None or time.monotonic() > end, _STEPS
        )
        database.set_authorizer(_allowed)


def _allowed(
    action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None
) -> int:
    """SQLite's authorizer: reading our tables, and harmless functions. Everything else is denied."""
    name = (first or "").lower()
    is_ours = re.fullmatch(r"t\d+", name) is not None
    is_system = name.startswith(("sqlite_", "pragma_", "json"))
    allowed = (
        action == sqlite3.SQLITE_SELECT
        or (action == sqlite3.SQLITE_READ and (is_ours or not (second or is_system)))
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "interrupted" in text:
        return "the query took more steps or seconds than it is given"
    if "not authorized" in text or "prohibited" in text:
        return "only reading the tables is allowed, with plain functions such as count and sum"
    if isinstance(error, MemoryError) or "out of memory" in text or "too big" in text:
        return "the query needs more memory than it is given"
    return f"SQLite: {text[:200]}"


def _columns(table: Table) -> list[str]:
    """A name for each column, from its header, in lower case and without doubles; the row's place first."""
    names = ["row"]
    for number, head in enumerate(table.header, 1):
        name = (
            re.sub(r"\W+", "_", fold(head.text.replace(" ", "_"))).strip("_") or f"column_{number}"
        )
        names.append(name if name not in names else f"{name}_{number}")
    return names


def _value(text: str) -> str | float:
    """A cell's text, or its number where it is one and nothing else."""
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", ""))
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def _plain(cell: object) -> str | float | None:
    return cell if isinstance(cell, str | int | float) or cell is None else "(binary)"
