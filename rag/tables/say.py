"""The answer in English: a short sentence with the value first, then what was computed, and its cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.document import CellPosition, Span, Table
from rag.answer import Claim, bold, literal
from rag.tables.execute import Engine, Tables
from rag.tables.parse import Candidate
from rag.tables.program import OPERATORS, Node, Rows
from rag.tables.values import Grid, plain_number, spoken_number

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
            return f"{_number(engine, node, where)}."
    if node.op == "lacks":
        return f"{_nothing(engine, tables, node, where)}."
    owners = _owners(engine, node, len(candidate.shown))
    texts = [f"{bold(t)}{o}" for t, o in zip(candidate.shown, owners, strict=True)]
    return f"{_listed(texts)}{_cells(engine, node, where)}."


def _number(engine: Engine, node: Node, where: str) -> str:
    """A number and what it is of: of how many rows it counts, or what it was computed from."""
    value = engine.run(node)
    if not isinstance(value, float):
        return f"**Nothing** is {literal(engine.reading(node))}, in {where}"
    inner = node.args[0]
    if node.op == "count" and isinstance(inner, Node) and inner.op != "all":
        return f"{bold(spoken_number(value))} of {_out_of(engine, inner, where)}"
    if node.op == "percentage" and isinstance(inner, Node) and inner.op == "count":
        rows = inner.args[0]
        if isinstance(rows, Node):
            part = engine.run(inner)
            counted = spoken_number(part) if isinstance(part, float) else ""
            return (
                f"{bold(f'{spoken_number(value)}%')}: {counted} of {_out_of(engine, rows, where)}"
            )
    said = plain_number(value) if _is_year(node) else spoken_number(value)
    return f"{bold(said)} is {literal(engine.reading(node))}, in {where}"


def _out_of(engine: Engine, rows: Node, where: str) -> str:
    """The rows that are counted, out of which, and their names where they are few."""
    total = engine.grid(table_of(rows)).body.bit_count()
    clause = literal(engine.where(rows)).removeprefix(" where ")
    named = _listed(_names(engine, rows))
    return f"the {total} rows of {where}, those where {clause}{f': {named}' if named else ''}"


def _is_year(node: Node) -> bool:
    """Whether a number is a year, which is written without a thousands separator."""
    view = node.args[-1]
    of_years = isinstance(view, str) and ":year" in view
    return of_years and node.op in {"number", "highest", "lowest"}


def _nothing(engine: Engine, tables: Tables, node: Node, where: str) -> str:
    """That a cell is empty, and what stands in it."""
    rows, view = node.args[0], str(node.args[1])
    ref = engine.ref(view)
    mask = engine.rows(rows) if isinstance(rows, Node) else 0
    grid = engine.grid(ref.table)
    document, table = tables.table(ref.table)
    mark = document.quote(table.cell(mask.bit_length() - 1, ref.column).span).strip()
    written = f": the cell holds only “{literal(mark)}”" if mark else ": the cell is empty"
    name = _name(grid, mask) or "this row"
    head = literal(engine.spoken_view(view))
    return f"**Nothing** is given in {where} for {name} under {head}{written}"


def _owners(engine: Engine, node: Node, count: int) -> list[str]:
    """For each of several cells the name of its row, in parentheses; "" where that is plain or long."""
    none = [""] * count
    rows, view = node.args[0], node.args[-1]
    if node.op != "cells" or count < 2 or not isinstance(rows, Node) or not isinstance(view, str):
        return none
    ref, names = engine.ref(view), _names(engine, rows)
    one_each = all(len(engine.ref(view).view.values[row]) == 1 for row in _numbers(engine, rows))
    if ref.column == engine.grid(ref.table).subject or len(names) != count or not one_each:
        return none
    return [f" ({name})" for name in names]


def _numbers(engine: Engine, rows: Node) -> list[int]:
    numbers: list[int] = engine.grid(table_of(rows)).rows(engine.rows(rows)).tolist()
    return numbers


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


def _names(engine: Engine, rows: Node) -> list[str]:
    """The names of some rows; none where they are many."""
    found = engine.run(rows)
    if not isinstance(found, Rows) or not 0 < found.mask.bit_count() <= _MOST_NAMED:
        return []
    grid = engine.grid(found.table)
    texts = [grid.columns[grid.subject].texts[row] for row in grid.rows(found.mask).tolist()]
    return [literal(" ".join(text.split())) for text in texts if text]


def _truth(engine: Engine, table: Table, node: Node, candidate: Candidate, where: str) -> str:
    """Yes or no, with what decides."""
    is_true = candidate.shown == ("yes",)
    said = "**Yes**" if is_true else "**No**"
    inner = node.args[0]
    if node.op == "any" and isinstance(inner, Node):
        return f"{said}: {_existence(engine, table, inner, where, is_true=is_true)}"
    if node.op == "every" and isinstance(inner, Node) and isinstance(node.args[1], Node):
        return f"{said}: {_universal(engine, inner, node.args[1], where, is_true=is_true)}"
    if node.op == "alike" and isinstance(inner, Node):
        return f"{said}: in {where}, {_each(engine, inner, str(node.args[1]))}"
    reading = literal(engine.reading(node)).removeprefix("whether ")
    return f"{said}: in {where}, {_compared(engine, node) or reading}"


def _existence(engine: Engine, table: Table, rows: Node, where: str, *, is_true: bool) -> str:
    """Why there are such rows, or none: the deciding cell where a row is named."""
    if decided := _decided(engine, rows, where):
        return decided
    clause = literal(engine.where(rows)).removeprefix(" where ")
    count = f"{len(table.rows)} row{'s' * (len(table.rows) != 1)}"
    only = " (examples only)" if _EXAMPLES.search(table.caption) else ""
    ref = engine.ref(str(rows.args[0])) if rows.op == "is" else None
    is_name = ref is not None and ref.column == engine.grid(ref.table).subject
    if is_true:
        named = _listed(_names(engine, rows))
        if is_name:
            return f"{where} lists {named or clause}"
        return f"in {where}, {clause}{f' for {named}' if named and named not in clause else ''}"
    if is_name:
        return f"{where} lists {count}{only}, and {literal(str(rows.args[1]))} is not among them"
    return f"of the {count} of {where}{only} there is none where {clause}"


def _universal(engine: Engine, rows: Node, others: Node, where: str, *, is_true: bool) -> str:
    """Whether all of some rows are among others, or which are not."""
    if engine.rows(rows).bit_count() == 1 and (
        decided := _decided(engine, Node("and", rows, others), where)
    ):
        return decided
    clause = literal(engine.where(others)).removeprefix(" where ")
    of = literal(engine.where(rows)) or ""
    if is_true:
        return f"in {where}, {clause} for each of the {engine.rows(rows).bit_count()} rows{of}"
    apart = _listed(_names(engine, Node("except", rows, others)))
    return f"in {where}, not everywhere {clause}{of}: not for {apart}"


def _each(engine: Engine, rows: Node, view: str) -> str:
    """What a column has in each of some rows."""
    ref = engine.ref(view)
    grid = engine.grid(ref.table)
    numbers = grid.rows(engine.rows(rows)).tolist()[:_MOST_NAMED]
    named = grid.columns[grid.subject].texts
    column = grid.columns[ref.column].texts
    pairs = [f"{literal(column[row] or '–')} for {literal(named[row])}" for row in numbers]
    return f"{literal(engine.spoken_view(view))} is {_listed(pairs)}"


def _decided(engine: Engine, rows: Node, where: str) -> str:
    """What decides on two conditions, where one of them is a row's name: what that row has."""
    if rows.op != "and" or not all(isinstance(arg, Node) for arg in rows.args):
        return ""
    one, other = (arg for arg in rows.args if isinstance(arg, Node))
    grid = engine.grid(table_of(one))
    for name, condition in ((one, other), (other, one)):
        view = condition.args[0]
        is_name = name.op in {"is", "has"} and engine.ref(str(name.args[0])).column == grid.subject
        said = _name(grid, engine.rows(name)) if is_name else ""
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
