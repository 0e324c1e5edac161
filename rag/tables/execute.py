"""Programs run twice: on bit masks, quickly, and the chosen one once more as SQL on SQLite in memory.

The two were written apart, so that a fault in one shows as a disagreement.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from ingest.document import CellPosition, Document, Table
from ingest.words import fold
from rag.answer import Derivation
from rag.tables.program import (
    NAMED,
    OPERATORS,
    Arg,
    Cells,
    Node,
    Ref,
    Result,
    Rows,
    read_program,
    rows_where,
)
from rag.tables.values import Grid, Scalar, plain_number

_STAMP = re.compile(r"(\d+)=([0-9a-f]{12}):(\d+)")
_OF_NAMED_ROWS = frozenset(
    {
        "cells",
        "pairs",
        "lacks",
        "distinct",
        "number",
        "largest-column",
        "smallest-column",
        "after",
        "before",
    }
)
"""Operators that read better of "Vell" than of "the rows where Town is Vell"."""

_RANKED = frozenset({"most", "least", "top", "bottom", "nth-most", "nth-least"})
_MOST_STEPS = 20_000_000
_SAME = 1e-9


class Disagreement(Exception):
    """The two executions of a program gave different results: a fault of ours, never shown."""


class Engine:
    """Executes programs over some tables; what was executed once is remembered."""

    def __init__(self, grids: Sequence[Grid]) -> None:
        self.grids = grids
        self._results: dict[Node, Result] = {}
        self._refs: dict[str, Ref] = {}

    def forget(self, most: int) -> None:
        """Forget what was executed where that is more than so many programs."""
        if len(self._results) > most:
            self._results = {}

    def grid(self, table: int) -> Grid:
        """The table with a number."""
        return self.grids[table]

    def ref(self, text: str) -> Ref:
        """The view that `0.1:year` names. Raises `LookupError` where there is none."""
        known = self._refs.get(text)
        if known is None:
            place, name = text.split(":")
            table, column = map(int, place.split("."))
            known = Ref(table, column, self.grids[table].columns[column].views[name])
            self._refs[text] = known
        return known

    def run(self, node: Node) -> Result:
        """The result of a program. Raises `LookupError` for a table or view that there is not."""
        if node in self._results:
            return self._results[node]
        record = OPERATORS[node.op]
        types = record.types(len(node.args))
        args = [
            self.run(arg)
            if isinstance(arg, Node)
            else self.ref(str(arg))
            if type_ == "view"
            else arg
            for type_, arg in zip(types, node.args, strict=True)
        ]
        result: Result = record.apply(self, *args)
        self._results[node] = result
        return result

    def rows(self, node: Node) -> int:
        """The rows that a program of the type "rows" gives, as bits."""
        result = self.run(node)
        return result.mask if isinstance(result, Rows) else 0

    # --- SQL -------------------------------------------------------------------------------------

    def sql(self, node: Node) -> str:
        """The program as one SQL query over the relations that `database` makes."""
        record = OPERATORS[node.op]
        types = record.types(len(node.args))
        args = [
            self.sql(arg)
            if isinstance(arg, Node)
            else f'"{self._relation(str(arg))}"'
            if type_ == "view"
            else arg
            for type_, arg in zip(types, node.args, strict=True)
        ]
        return record.sql(*args)

    def _relation(self, view: str) -> str:
        """What a view is called in SQL: its table, header and view."""
        ref = self.ref(view)
        header = self.grids[ref.table].header[ref.column]
        slug = re.sub(r"[^0-9a-z]+", "_", fold(header.replace(" ", "_")))[:30].strip("_")
        return f"t{ref.table}_c{ref.column}_{slug}_{ref.view.name}"

    def database(self, node: Node) -> sqlite3.Connection:
        """A database in memory that holds what a program speaks of, each view as a relation."""
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE columns (view TEXT, header TEXT)")
        views = sorted(_views(node))
        tables = {self.ref(view).table for view in views} | _tables(node)
        for table in sorted(tables):
            grid = self.grids[table]
            database.execute(f'CREATE TABLE "t{table}" (row INTEGER PRIMARY KEY, body INTEGER)')
            database.executemany(
                f'INSERT INTO "t{table}" VALUES (?, ?)',  # noqa: S608
                ((row, grid.body >> row & 1) for row in range(grid.height)),
            )
        for view in views:
            ref = self.ref(view)
            grid, name = self.grids[ref.table], self._relation(view)
            database.execute(
                f'CREATE TABLE "{name}" (row INTEGER, place INTEGER, value, shown, body)'
            )
            database.execute("INSERT INTO columns VALUES (?, ?)", (name, grid.header[ref.column]))
            database.executemany(
                f'INSERT INTO "{name}" VALUES (?, ?, ?, ?, ?)',  # noqa: S608
                (
                    (row, place, value, shown, grid.body >> row & 1)
                    for row, (values, all_shown) in enumerate(
                        zip(ref.view.values, ref.view.shown, strict=True)
                    )
                    for place, (value, shown) in enumerate(zip(values, all_shown, strict=True))
                ),
            )
        return database

    def check(self, node: Node) -> Result:
        """The result of a program, once SQLite has given the same. Raises `Disagreement`."""
        mine = self.run(node)
        try:
            with closing(self.database(node)) as database:
                steps = iter(range(_MOST_STEPS // 10_000))
                database.set_progress_handler(lambda: next(steps, None) is None, 10_000)
                rows = database.execute(self.sql(node)).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise Disagreement(f"{node}: SQLite: {error}") from error
        if not _agrees(mine, rows):
            raise Disagreement(f"{node}: {shown(mine)} against {rows[:5]} in SQL")
        return mine

    # --- what it says ----------------------------------------------------------------------------

    def reading(self, node: Node) -> str:
        """The program in English, as a noun phrase; of a percentage also what is divided by what."""
        said = self._reading(node)
        if node.op == "percentage":
            parts = [self.run(arg) for arg in node.args if isinstance(arg, Node)]
            said += f" ({' of '.join(plain_number(p) for p in parts if isinstance(p, float))})"
        return rows_where(said) if OPERATORS[node.op].gives == "rows" else said

    def _reading(self, node: Node) -> str:
        record = OPERATORS[node.op]
        types = record.types(len(node.args))
        by_name = node.op in _OF_NAMED_ROWS
        args = [
            self._spoken(type_, arg, by_name=by_name)
            for type_, arg in zip(types, node.args, strict=True)
        ]
        if node.op == "is":
            args[1:] = self._as_written(str(node.args[0]), args[1:])
        if node.op == "matched":
            other = self.ref(str(node.args[2])).table
            if other != self.ref(str(node.args[0])).table:
                args[2] = f"{args[2]} in {self.grids[other].label}"
        return record.reading(*args)

    def _named(self, node: Node) -> str:
        """The reading of rows; of a single one that its name chose, the name."""
        if node.op == "is" and len(node.args) == 2:
            ref = self.ref(str(node.args[0]))
            if ref.column == self.grids[ref.table].subject and self.rows(node).bit_count() == 1:
                return NAMED + self._as_written(str(node.args[0]), node.args[1:])[0]
        return self._reading(node)

    def where(self, node: Node) -> str:
        """The clause that describes rows: " where …", "" for all."""
        clause = self._reading(node)
        return f" where {clause}" if clause else ""

    def _as_written(self, view: str, values: Sequence[str | Arg]) -> list[str]:
        """Values of a view as its cells write them."""
        of = self.ref(view).view
        written: dict[Scalar, str] = {}
        for mask in (of.masks.get(str(value), 0) for value in values):
            row = (mask & -mask).bit_length() - 1
            written.update(zip(of.values[row], of.shown[row], strict=True) if mask else ())
        return [" ".join(written.get(str(value), str(value)).split()) for value in values]

    def _spoken(self, type_: str, arg: Arg, *, by_name: bool) -> str | Arg:
        if isinstance(arg, Node):
            return self._named(arg) if by_name else self._reading(arg)
        return self.spoken_view(str(arg)) if type_ == "view" else arg

    def spoken_view(self, view: str) -> str:
        """The header of a view, with what is read of its cells where that is not plain."""
        ref = self.ref(view)
        header = self.grids[ref.table].header[ref.column] or f"column {ref.column + 1}"
        extra = {
            "inner": " (in parentheses)",
            "second": " (second number)",
            "gap": " (difference of the two numbers)",
            "total": " (sum of the two numbers)",
            "month": " (month)",
        }.get(ref.view.name, "")
        return header + extra

    def operands(self, node: Node) -> frozenset[CellPosition]:
        """The cells that bear the result, each with the number of its grid.

        Of a set of rows: the cells of its rows in the columns that chose them; where no row is left,
        those of its parts. What only showed the way, such as the row before, belongs to it too.
        """
        inner = [arg for arg in node.args if isinstance(arg, Node)]
        own = [
            self.ref(arg)
            for arg in node.args
            if isinstance(arg, str) and ":" in arg and _is_view(node, arg)
        ]
        result = self.run(node)
        if isinstance(result, Rows):
            return self._operands_of_rows(node, result, inner, own)
        cells = frozenset(cell for arg in inner for cell in self.operands(arg))
        for arg in inner:
            rows = self.run(arg)
            if isinstance(rows, Rows):
                cells |= self._crossed(
                    rows, [ref.column for ref in own] or self._default(rows, arg)
                )
        return cells

    def _operands_of_rows(
        self, node: Node, result: Rows, inner: Sequence[Node], own: Sequence[Ref]
    ) -> frozenset[CellPosition]:
        columns = {ref.column for ref in own if ref.table == result.table}
        if node.op == "except":  # what is left out decides by its columns, in the rows that stay
            refs = map(self.ref, _views(node))
            columns |= {ref.column for ref in refs if ref.table == result.table}
        parts = frozenset(cell for arg in inner for cell in self.operands(arg))
        if not result.mask:
            heads = frozenset((ref.table, -1, ref.column) for ref in own)
            return self._why_none(node, inner) or parts or heads
        if node.op in _RANKED and inner[0].op == "or":  # the things compared are named
            compared = self.run(inner[0])
            if isinstance(compared, Rows):
                return parts | self._crossed(compared, columns)
        if node.op in {"after", "before", "matched", "below", "above"}:
            return parts | self._crossed(result, columns or [self.grids[result.table].subject])
        kept = {
            cell
            for cell in parts
            if cell[0] != result.table or (cell[1] >= 0 and result.mask >> cell[1] & 1)
        }
        return frozenset(kept) | self._crossed(result, columns)

    def _why_none(self, node: Node, inner: Sequence[Node]) -> frozenset[CellPosition]:
        """Of two conditions that no row fits: the fewest rows that fit one, in the columns of both."""
        if node.op != "and":
            return frozenset()
        sets = [rows for arg in inner if isinstance(rows := self.run(arg), Rows) and rows.mask]
        if len(sets) < 2:
            return frozenset()
        fewest = min(sets, key=lambda rows: rows.mask.bit_count())
        columns = {self.ref(view).column for view in _views(node)}
        return self._crossed(fewest, columns)

    def _default(self, rows: Rows, node: Node) -> list[int]:
        """The column that stands for whole rows: their subject, where no condition chose them."""
        return [] if _views(node) else [self.grids[rows.table].subject]

    def _crossed(self, rows: Rows, columns: Iterable[int]) -> frozenset[CellPosition]:
        if not self.grids[rows.table].columns:
            return frozenset()
        numbers = self.grids[rows.table].rows(rows.mask).tolist()
        return frozenset((rows.table, row, column) for row in numbers for column in columns)


def _is_view(node: Node, arg: str) -> bool:
    types = OPERATORS[node.op].types(len(node.args))
    return any(t == "view" and a is arg for t, a in zip(types, node.args, strict=True))


def _views(node: Node) -> set[str]:
    found: set[str] = set()
    types = OPERATORS[node.op].types(len(node.args))
    for type_, arg in zip(types, node.args, strict=True):
        if isinstance(arg, Node):
            found |= _views(arg)
        elif type_ == "view":
            found.add(str(arg))
    return found


def _tables(node: Node) -> set[int]:
    types = OPERATORS[node.op].types(len(node.args))
    found = {
        int(arg)
        for t, arg in zip(types, node.args, strict=True)
        if t == "table" and isinstance(arg, int)
    }
    return found.union(*(_tables(arg) for arg in node.args if isinstance(arg, Node)))


def _agrees(mine: Result, rows: Sequence[tuple[object, ...]]) -> bool:
    if isinstance(mine, Rows):
        theirs = {row[0] for row in rows}
        return theirs == {n for n in range(mine.mask.bit_length()) if mine.mask >> n & 1}
    if isinstance(mine, Cells):
        pairs = list(zip(mine.values, mine.shown, strict=True))
        return pairs == [(row[0], row[1]) for row in rows]
    if len(rows) != 1:
        return False
    theirs_one = rows[0][0]
    if isinstance(mine, bool):
        return theirs_one == int(mine)
    if mine is None or theirs_one is None:
        return mine is None and theirs_one is None
    return isinstance(theirs_one, int | float) and math.isclose(
        mine, theirs_one, rel_tol=_SAME, abs_tol=_SAME
    )


def shown(result: Result) -> tuple[str, ...]:
    """A result as the strings of its values."""
    if isinstance(result, Cells):
        return result.shown
    if isinstance(result, bool):
        return ("yes" if result else "no",)
    if isinstance(result, Rows):
        return tuple(str(n) for n in range(result.mask.bit_length()) if result.mask >> n & 1)
    return () if result is None else (plain_number(result),)


# --- the derivation of an answer -----------------------------------------------------------------


@dataclass(frozen=True)
class Tables:
    """The tables of some documents, typed and numbered through: what programs run on."""

    documents: tuple[Document, ...]
    places: tuple[tuple[int, int], ...]
    """Of each grid: which document, and which of its tables."""
    grids: tuple[Grid, ...]

    @staticmethod
    def of(documents: Sequence[Document], most_rows: int) -> Tables:
        """Type every table of the documents; those with too many rows stay empty."""
        places = tuple(
            (d, t) for d, document in enumerate(documents) for t in range(len(document.tables))
        )
        grids = tuple(
            Grid.of_table(documents[d], t)
            if len(documents[d].tables[t].rows) <= most_rows
            else Grid.of([], [])
            for d, t in places
        )
        return Tables(tuple(documents), places, grids)

    def table(self, number: int) -> tuple[Document, Table]:
        """The document and the table of a grid."""
        document, table = self.places[number]
        return self.documents[document], self.documents[document].tables[table]

    def program(self, node: Node) -> str:
        """The program with, before it, which table of which document each of its numbers means."""
        numbers = sorted({int(view.split(".")[0]) for view in _views(node)} | _tables(node))
        stamps = [
            f"{n}={self.documents[self.places[n][0]].id[:12]}:{self.places[n][1]}" for n in numbers
        ]
        return f"[{' '.join(stamps)}] {node.text}"

    def positions(self, cells: Iterable[CellPosition]) -> tuple[CellPosition, ...]:
        """Cells of grids as cells of their documents' tables, in order."""
        return tuple(sorted((self.places[table][1], row, column) for table, row, column in cells))


def derive(engine: Engine, tables: Tables, node: Node) -> Derivation:
    """Run a program twice and say all of it. Raises `Disagreement`."""
    result = engine.check(node)
    return Derivation(
        program=f"{tables.program(node)}\n{engine.sql(node)}",
        reading=engine.reading(node),
        operands=tables.positions(engine.operands(node)),
        result=shown(result),
    )


def replay(
    derivation: Derivation, documents: Sequence[Document], most_rows: int = 20_000
) -> Derivation:
    """Run the program of a derivation again: what it says of these documents.

    Equal to the derivation where it holds. Raises `ValueError` where it is no program or speaks of a
    table or column that the documents do not have, and `Disagreement`.
    """
    line = derivation.program.partition("\n")[0]
    head, _, text = line.partition("] ")
    stamps = _STAMP.findall(head)
    if not stamps or not line.startswith("["):
        raise ValueError("no program: it does not say which tables it is about")
    node = read_program(text)
    tables = Tables.of(documents, 0)
    grids = list(tables.grids)
    places = list(tables.places)
    size = max(int(number) for number, _, _ in stamps) + 1
    if size > 10_000:
        raise ValueError("no program: its tables are numbered too high")
    grids += [Grid.of([], [])] * (size - len(grids))
    places += [(0, 0)] * (size - len(places))
    for number, stamp, table in stamps:
        document = next((n for n, d in enumerate(documents) if d.id.startswith(stamp)), None)
        if document is None or int(table) >= len(documents[document].tables):
            raise ValueError(f"table {table} of the document {stamp}… is not in these documents")
        if len(documents[document].tables[int(table)].rows) > most_rows:
            raise ValueError(f"table {table} has more than {most_rows:,} rows")
        grids[int(number)] = Grid.of_table(documents[document], int(table))
        places[int(number)] = (document, int(table))
    numbered = Tables(tuple(documents), tuple(places), tuple(grids))
    try:
        return derive(Engine(grids), numbered, node)
    except (LookupError, RecursionError) as error:
        raise ValueError(f"the program speaks of what the tables do not have: {error}") from None
