"""The answer in English: a short sentence with the value first, then what was computed, and its cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.document import CellPosition, Span, Table
from rag.answer import Claim, bold, literal
from rag.tables.execute import Engine, Tables
from rag.tables.parse import Candidate
from rag.tables.program import OPERATORS, Node, Rows
from rag.tables.values import Grid, spoken_number

MOST_CITATIONS = 20
_MOST_NAMED = 15
_LONGEST_REST = 600
_EXAMPLES = re.compile(r"\b(?:examples?|selected|selection|some|sample)\b", re.IGNORECASE)


def answer_text(engine: Engine, tables: Tables, candidate: Candidate) -> str:
    """The sentence for a result, as Markdown: its value, what it is, and how it was found."""
    node = candidate.node
    _, table = tables.table(table_of(node))
    where = literal(engine.grid(table_of(node)).label)
    match OPERATORS[node.op].gives:
        case "truth":
            return f"{_truth(engine, table, node, candidate, where)}."
        case "number":
            value = engine.run(node)
            said = bold(spoken_number(value)) if isinstance(value, float) else "nothing"
            reading = literal(engine.reading(node))
            return f"{said} is {reading}, in {where}{_counted(engine, node)}."
    return f"{_listed([bold(text) for text in candidate.shown])}{_cells(engine, node, where)}."


def _cells(engine: Engine, node: Node, where: str) -> str:
    """What the cells are: of one named row the header and the name, else how they were found."""
    rows, view = node.args[0], node.args[1] if len(node.args) > 1 else None
    if (
        node.op not in {"cells", "distinct"}
        or not isinstance(rows, Node)
        or not isinstance(view, str)
    ):
        return f": {literal(engine.reading(node))}, in {where}"
    ref = engine.ref(view)
    grid, mask = engine.grid(ref.table), engine.rows(rows)
    head = literal(engine.spoken_view(view))
    name = (
        _name(grid, mask) if rows.op in {"is", "has", "and"} and ref.column != grid.subject else ""
    )
    if name:
        return f" is what {where} gives for {name} under {head}"
    every = "the" if mask.bit_count() == 1 else "every"
    return f": {every} {head} in {where}{literal(engine.where(rows))}{_by(engine, rows)}"


def _name(grid: Grid, mask: int) -> str:
    """The name of a single row; "" for several or none."""
    if mask.bit_count() != 1:
        return ""
    return literal(" ".join(grid.columns[grid.subject].texts[mask.bit_length() - 1].split()))


def _by(engine: Engine, rows: Node) -> str:
    """Of the rows with the highest or lowest value: that value."""
    if rows.op not in {"most", "least", "nth-most", "nth-least"} or not isinstance(
        rows.args[1], str
    ):
        return ""
    ref = engine.ref(rows.args[1])
    mask = engine.rows(rows)
    text = engine.grid(ref.table).columns[ref.column].texts[mask.bit_length() - 1] if mask else ""
    return f": {literal(' '.join(text.split()))}" if text else ""


def _counted(engine: Engine, node: Node) -> str:
    """What was counted, by name, where it is few."""
    if node.op != "count" or not isinstance(node.args[0], Node) or node.args[0].op == "all":
        return ""
    rows = engine.run(node.args[0])
    if not isinstance(rows, Rows) or not 0 < rows.mask.bit_count() <= _MOST_NAMED:
        return ""
    grid = engine.grid(rows.table)
    texts = [grid.columns[grid.subject].texts[row] for row in grid.rows(rows.mask).tolist()]
    named = [literal(" ".join(text.split())) for text in texts if text]
    return f": {_listed(named)}" if named else ""


def _truth(engine: Engine, table: Table, node: Node, candidate: Candidate, where: str) -> str:
    """Yes or no, with what decides."""
    is_true = candidate.shown == ("yes",)
    said = "**Yes**" if is_true else "**No**"
    inner = node.args[0]
    if node.op == "any" and isinstance(inner, Node):
        clause = literal(engine.where(inner)).removeprefix(" where ")
        if is_true:
            return f"{said}: in {where}, {clause}{_names_of(engine, inner)}"
        decided = _decided(engine, inner, where)
        only = " (it gives examples only)" if _EXAMPLES.search(table.caption) else ""
        rows = f"{len(table.rows)} row{'s' * (len(table.rows) != 1)}"
        return (
            f"{said}: {decided or f'of the {rows} of {where} there is none where {clause}{only}'}"
        )
    return f"{said}: in {where}, {_compared(engine, node) or literal(engine.reading(node))}"


def _names_of(engine: Engine, rows: Node) -> str:
    """The name of the single row that is meant, where the clause does not say it."""
    found = engine.run(rows)
    grid = engine.grid(table_of(rows))
    name = _name(grid, found.mask) if isinstance(found, Rows) else ""
    return f" for {name}" if name and name not in engine.where(rows) else ""


def _decided(engine: Engine, rows: Node, where: str) -> str:
    """Why no row fits two conditions, where one of them is a row's name: what that row has instead."""
    if rows.op != "and" or not all(isinstance(arg, Node) for arg in rows.args):
        return ""
    one, other = (arg for arg in rows.args if isinstance(arg, Node))
    grid = engine.grid(table_of(one))
    for name, condition in ((one, other), (other, one)):
        view = condition.args[0]
        said = _name(grid, engine.rows(name))
        if said and isinstance(view, str) and condition.op in {"is", "has", "where", "between"}:
            ref = engine.ref(view)
            text = grid.columns[ref.column].texts[engine.rows(name).bit_length() - 1]
            head = literal(engine.spoken_view(view))
            return f"{where} gives {literal(text) or 'nothing'} for {said} under {head}"
    return ""


def _compared(engine: Engine, node: Node) -> str:
    """The two numbers of a comparison, each with what it is."""
    if node.op != "compare":
        return ""
    parts = []
    for arg in (node.args[0], node.args[2]):
        value = engine.run(arg) if isinstance(arg, Node) else None
        if not isinstance(arg, Node) or not isinstance(value, float):
            return ""
        parts.append(f"{literal(engine.reading(arg))} is {_written(engine, arg, value)}")
    return " and ".join(parts)


def _written(engine: Engine, node: Node, value: float) -> str:
    """A number as its cell writes it, where it is of one cell."""
    rows, view = node.args[0], node.args[-1]
    if node.op == "number" and isinstance(rows, Node) and isinstance(view, str):
        mask, ref = engine.rows(rows), engine.ref(view)
        if mask.bit_count() == 1:
            return literal(engine.grid(ref.table).columns[ref.column].texts[mask.bit_length() - 1])
    return spoken_number(value)


def _listed(texts: Sequence[str]) -> str:
    """Some texts, in a sentence."""
    if len(texts) <= 1:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def table_of(node: Node) -> int:
    """The table that a program's result is of: the first that it speaks of."""
    types = OPERATORS[node.op].types(len(node.args))
    for type_, arg in zip(types, node.args, strict=True):
        if isinstance(arg, Node):
            return table_of(arg)
        if type_ == "table" and isinstance(arg, int):
            return arg
        if type_ == "view" and isinstance(arg, str):
            return int(arg.split(".")[0])
    return 0


# --- citations -----------------------------------------------------------------------------------


def claims(text: str, engine: Engine, tables: Tables, node: Node) -> tuple[Claim, ...]:
    """The sentence with a citation for each run of neighbouring rows that it stands on.

    The first claim has the whole text; the others, whose text is "", only cite.
    """
    found: list[Claim] = []
    for number, cells in _runs(engine.operands(node)):
        document, table = tables.table(number)
        rows = [row for _, row, _ in cells]
        first, last = _span(table, rows[0]), _span(table, rows[-1])
        position = tables.places[number][1]
        cited = tuple((position, row, column) for _, row, column in cells)
        span = Span(first.start, last.end)
        found.append(Claim(text if not found else "", document, span, table.section, cited))
        if len(found) == MOST_CITATIONS:
            break
    return tuple(found)


def other_reading(
    engine: Engine, tables: Tables, first: Candidate, second: Candidate
) -> tuple[Claim, ...]:
    """The second of two likely results, which the question may mean instead; cells only."""
    if not all(OPERATORS[each.node.op].gives == "cells" for each in (first, second)):
        return ()
    text = answer_text(engine, tables, second)
    return claims(f"If you mean something else: {text}", engine, tables, second.node)


def rest_of_row(engine: Engine, tables: Tables, node: Node) -> Claim | None:
    """What else the single row of a result says; None for several rows or where nothing is left."""
    rows, view = node.args[0], node.args[-1]
    if node.op != "cells" or not isinstance(rows, Node) or not isinstance(view, str):
        return None
    ref, mask = engine.ref(view), engine.rows(rows)
    if mask.bit_count() != 1:
        return None
    document, table = tables.table(ref.table)
    row, grid = mask.bit_length() - 1, engine.grid(ref.table)
    others = [c for c in range(len(grid.columns)) if c not in {ref.column, grid.subject}]
    pairs = [(literal(grid.header[c]), grid.columns[c].texts[row]) for c in others]
    said = "; ".join(f"{h}: {literal(' '.join(t.split()))}" for h, t in pairs if t)
    if not said or len(said) > _LONGEST_REST:
        return None
    cells = tuple((tables.places[ref.table][1], row, c) for c in range(len(grid.columns)))
    text = f"The row also gives {said}."
    return Claim(text, document, table.row_spans[row], table.section, cells)


def proves_nothing(tables: Tables, candidate: Candidate) -> bool:
    """Whether a "no" rests on what is missing from a table that gives examples only."""
    _, table = tables.table(table_of(candidate.node))
    is_no = candidate.node.op == "any" and candidate.shown == ("no",)
    return is_no and candidate.size == 0 and bool(_EXAMPLES.search(table.caption))


def _span(table: Table, row: int) -> Span:
    return table.header_span if row == -1 else table.row_spans[row]


def _runs(cells: Iterable[CellPosition]) -> Iterator[tuple[int, list[CellPosition]]]:
    """The cells by table and run of neighbouring rows; the header is a run of its own."""
    run: list[CellPosition] = []
    for cell in sorted(cells):
        if run and (
            cell[0] != run[-1][0] or cell[1] > run[-1][1] + 1 or run[-1][1] == -1 != cell[1]
        ):
            yield run[0][0], run
            run = []
        run.append(cell)
    if run:
        yield run[0][0], run
