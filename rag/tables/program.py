# ruff: noqa: S608 - SQL is put together from operators; every literal in it goes through `quoted`
"""The programs that answer: a small typed language over the tables, and all of its operators.

A program is a tree such as `(count (where 0.1:year ">=" 2024))`. `0.1:year` is a view: table 0,
column 1, read as years. Each operator is one `Operator`: how it applies to row sets (bits), its SQL, and
how it reads in English. To add one, add its record to `OPERATORS`, and a program to the tests' list.
"""

from __future__ import annotations

import json
import operator as _op
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.tables.values import Grid, Scalar, View, plain_number

Type = Literal["rows", "cells", "number", "truth"]


class Node:
    """An operator with its arguments: nodes, views and texts (`str`), numbers. Hashed once."""

    __slots__ = ("_hash", "args", "op")

    def __init__(self, op: str, *args: Arg) -> None:
        self.op = op
        self.args = args
        self._hash = hash((op, args))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Node)
            and self._hash == other._hash
            and self.op == other.op
            and self.args == other.args
        )

    def __repr__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The program as it is stored: `(operator argument …)`."""
        return f"({' '.join([self.op, *map(_written, self.args)])})"


Arg: TypeAlias = "Node | str | int | float"


def _written(arg: Arg) -> str:
    if isinstance(arg, Node):
        return arg.text
    if isinstance(arg, str):
        return arg if _VIEW.fullmatch(arg) else json.dumps(arg, ensure_ascii=False)
    return repr(arg)


_VIEW = re.compile(r"\d+\.\d+:[a-z]+")
_LEXEME = re.compile(r'\s*(?:(\()|(\))|("(?:[^"\\]|\\.)*")|([^\s()"]+))')
_DEEPEST = 40


def holds(node: Node, other: Node) -> bool:
    """Whether a program has another one in it."""
    return node == other or any(isinstance(arg, Node) and holds(arg, other) for arg in node.args)


def read_program(text: str) -> Node:
    """The program that `Node.text` wrote. Raises `ValueError` where it is none."""
    stack: list[list[Arg]] = [[]]
    at = 0
    text = text.strip()
    while at < len(text):
        match = _LEXEME.match(text, at)
        if match is None or len(stack) > _DEEPEST:
            raise ValueError(f"no program: unreadable at character {at}")
        opening, closing, quoted, bare = match.groups()
        at = match.end()
        if opening:
            stack.append([])
        elif closing:
            done = stack.pop()
            if not stack or not done or not isinstance(done[0], str):
                raise ValueError(f"no program: a stray parenthesis before character {at}")
            stack[-1].append(_checked(done[0], done[1:]))
        else:
            stack[-1].append(json.loads(quoted) if quoted else _literal(bare))
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], Node):
        raise ValueError("no program: its parentheses do not match")
    return stack[0][0]


def _literal(word: str) -> Arg:
    try:
        return int(word)
    except ValueError:
        pass
    try:
        return float(word)
    except ValueError:
        return word


def _checked(op: str, args: Sequence[Arg]) -> Node:
    """The node, once its operator is known and its arguments are of the types that it takes."""
    record = OPERATORS.get(op)
    if record is None:
        raise ValueError(f"no program: there is no operator {op!r}")
    types = record.types(len(args))
    if len(types) != len(args):
        raise ValueError(f"no program: {op} takes {len(record.takes)} arguments, not {len(args)}")
    for type_, arg in zip(types, args, strict=True):
        if not _fits(type_, arg):
            raise ValueError(f"no program: {op} takes a {type_} where {arg!r} stands")
    return Node(op, *args)


def _fits(type_: str, arg: Arg) -> bool:
    if isinstance(arg, Node):
        return OPERATORS[arg.op].gives == type_
    if isinstance(arg, str):
        is_view = _VIEW.fullmatch(arg) is not None
        return {"view": is_view, "text": True, "sign": arg in SIGNS}.get(type_, False)
    is_size = isinstance(arg, int) and 0 < arg < 1_000_000
    is_table = isinstance(arg, int) and arg >= 0
    return {"size": is_size, "table": is_table, "value": bool(np.isfinite(arg))}.get(type_, False)


# --- what operators work on ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rows:
    """A set of rows of one table, as bits."""

    table: int
    mask: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Values in order: as they are compared, and as they are shown."""

    values: tuple[Scalar, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A view with its table and its column."""

    table: int
    column: int
    view: View


Result: TypeAlias = "Rows | Cells | float | bool | None"
"""`None`: a number that does not exist, such as the mean of nothing."""


class Run(Protocol):
    """What operators need of an execution."""

    def grid(self, table: int) -> Grid: ...


Apply: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Operator:
    """All there is to know of one operator.

    `takes` are the types of its arguments; one that ends with "+" may come several times, and is the
    last. `apply` takes a `Run` and the arguments' results: for a view a `Ref`. `sql` takes the
    arguments' SQL: for rows a SELECT of `row`, for a view the quoted name of a relation (row, place,
    value, shown), for a number a scalar SELECT. `reading` takes their readings: for rows the words that
    follow "rows where", for a view its header.
    """

    name: str
    takes: tuple[str, ...]
    gives: Type
    apply: Apply
    sql: Callable[..., str]
    reading: Callable[..., str]

    def types(self, count: int) -> tuple[str, ...]:
        """The types of so many arguments."""
        if not self.takes[-1].endswith("+"):
            return self.takes
        last = self.takes[-1][:-1]
        return (*self.takes[:-1], *[last] * max(1, count - len(self.takes) + 1))


SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": _op.lt,
    "<=": _op.le,
    ">": _op.gt,
    ">=": _op.ge,
    "=": _op.eq,
    "!=": _op.ne,
}
_SPOKEN = {
    "<": "less than ",
    "<=": "at most ",
    ">": "more than ",
    ">=": "at least ",
    "=": "",
    "!=": "not ",
}


def to_mask(hits: NDArray[np.bool_]) -> int:
    """The set of rows, as bits, of an array of shape (rows,)."""
    return int.from_bytes(np.packbits(hits, bitorder="little").tobytes(), "little")


def bits(rows: Sequence[int]) -> int:
    """The set of these rows, as bits."""
    mask = 0
    for row in rows:
        mask |= 1 << int(row)
    return mask


def _lowest_bit(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _numbers(run: Run, rows: Rows, ref: Ref) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The rows that have a number, and these numbers."""
    indices = run.grid(rows.table).rows(rows.mask & ref.view.present)
    return indices, ref.view.numbers[indices]


def _ranked(run: Run, rows: Rows, ref: Ref, place: int, *, falls: bool, all_above: bool) -> Rows:
    """The rows whose number has a place in the order, or with `all_above` that place or a better."""
    indices, numbers = _numbers(run, rows, ref)
    if not len(numbers):
        return Rows(rows.table, 0)
    keys = -numbers if falls else numbers
    if all_above:
        ordered = np.sort(keys)
        kept = keys <= ordered[min(place, len(ordered)) - 1]
    else:
        different = np.unique(keys)
        if place > len(different):
            return Rows(rows.table, 0)
        kept = keys == different[place - 1]
    return Rows(rows.table, bits(indices[kept].tolist()))


def _where(run: Run, ref: Ref, sign: str, number: float) -> Rows:
    hits = SIGNS[sign](ref.view.numbers, number)
    if sign == "!=":
        hits &= ~np.isnan(ref.view.numbers)
    return Rows(ref.table, to_mask(hits) & run.grid(ref.table).body)


def _between(run: Run, ref: Ref, low: float, high: float) -> Rows:
    numbers = ref.view.numbers
    return Rows(ref.table, to_mask((numbers >= low) & (numbers <= high)) & run.grid(ref.table).body)


def _is(_run: Run, ref: Ref, *texts: str) -> Rows:
    mask = 0
    for text in texts:
        mask |= ref.view.masks.get(text, 0)
    return Rows(ref.table, mask)


def _has(_run: Run, ref: Ref, *words: str) -> Rows:
    mask = ref.view.present
    for word in words:
        mask &= ref.view.masks.get(word, 0)
    return Rows(ref.table, mask)


def _from(rows: Rows, other: Rows, combine: Callable[[int, int], int]) -> Rows:
    return Rows(rows.table, combine(rows.mask, other.mask) if rows.table == other.table else 0)


def _one(rows: Rows, row: int, run: Run) -> Rows:
    inside = 0 <= row < run.grid(rows.table).height
    return Rows(rows.table, 1 << row & run.grid(rows.table).body if inside else 0)


def _place(run: Run, rows: Rows, place: int) -> Rows:
    indices = run.grid(rows.table).rows(rows.mask)
    return Rows(rows.table, 1 << int(indices[place - 1]) if place <= len(indices) else 0)


def _beyond(run: Run, rows: Rows, *, below: bool) -> Rows:
    if not rows.mask:
        return Rows(rows.table, 0)
    upto = (1 << rows.mask.bit_length()) - 1 if below else (rows.mask & -rows.mask) - 1
    body = run.grid(rows.table).body
    return Rows(rows.table, body & ~upto if below else body & upto)


def _matched(_run: Run, ref: Ref, rows: Rows, other: Ref) -> Rows:
    values = {
        value
        for row, values in enumerate(other.view.values)
        if rows.mask >> row & 1
        for value in values
    }
    mask = 0
    for value in values:
        mask |= ref.view.masks.get(value, 0)
    return Rows(ref.table, mask)


def _cells(run: Run, rows: Rows, ref: Ref) -> Cells:
    values: list[Scalar] = []
    shown: list[str] = []
    for row in run.grid(rows.table).rows(rows.mask).tolist():
        values += ref.view.values[row]
        shown += ref.view.shown[row]
    return Cells(tuple(values), tuple(shown))


def _pairs(run: Run, rows: Rows, ref: Ref, other: Ref) -> Cells:
    """Each cell with, beside it, the first value of another column."""
    said = []
    for row in run.grid(rows.table).rows(rows.mask).tolist():
        beside = other.view.shown[row][0] if other.view.shown[row] else "–"
        said += [f"{text}: {beside}" for text in ref.view.shown[row]]
    return Cells(tuple(said), tuple(said))


NOTHING = "nothing"
"""What rows have in a column where all their cells are empty."""


def _lacks(_run: Run, rows: Rows, ref: Ref) -> Cells:
    said = (NOTHING,) if rows.mask and not rows.mask & ref.view.present else ()
    return Cells(said, said)


def _distinct(cells: Cells) -> Cells:
    first: dict[Scalar, str] = {}
    for value, shown in zip(cells.values, cells.shown, strict=True):
        first.setdefault(value, shown)
    return Cells(tuple(first), tuple(first.values()))


def _counted(run: Run, rows: Rows, ref: Ref) -> tuple[dict[Scalar, int], Cells]:
    """How often each value stands in the rows, and the values in order of coming."""
    cells = _cells(run, rows, ref)
    counts: dict[Scalar, int] = {}
    for value in cells.values:
        counts[value] = counts.get(value, 0) + 1
    return counts, _distinct(cells)


def _kept(cells: Cells, keep: Callable[[Scalar], bool]) -> Cells:
    pairs = [(v, s) for v, s in zip(cells.values, cells.shown, strict=True) if keep(v)]
    return Cells(tuple(v for v, _ in pairs), tuple(s for _, s in pairs))


def _by_count(run: Run, rows: Rows, ref: Ref, pick: Callable[[Any], int]) -> Cells:
    counts, cells = _counted(run, rows, ref)
    wanted = pick(counts.values()) if counts else 0
    return _kept(cells, lambda value: counts[value] == wanted)


def _repeated(run: Run, rows: Rows, ref: Ref) -> Cells:
    counts, cells = _counted(run, rows, ref)
    return _kept(cells, lambda value: counts[value] > 1)


def _groups(run: Run, rows: Rows, ref: Ref) -> Cells:
    counts, cells = _counted(run, rows, ref)
    shown = tuple(f"{s}: {counts[v]}" for v, s in zip(cells.values, cells.shown, strict=True))
    return Cells(cells.values, shown)


def _by_sum(run: Run, rows: Rows, ref: Ref, of: Ref, pick: Callable[[Any], float]) -> Cells:
    sums: dict[Scalar, float] = {}
    for row in run.grid(rows.table).rows(rows.mask & of.view.present).tolist():
        for value in ref.view.values[row]:
            sums[value] = sums.get(value, 0.0) + float(of.view.values[row][0])
    if not sums:
        return Cells((), ())
    wanted = pick(sums.values())
    near = 1e-9 * max(1.0, abs(wanted))
    cells = _distinct(_cells(run, Rows(rows.table, rows.mask & of.view.present), ref))
    return _kept(cells, lambda value: value in sums and abs(sums[value] - wanted) <= near)


def _statistic(
    run: Run, rows: Rows, ref: Ref, of: Callable[[NDArray[np.float64]], Any]
) -> float | None:
    _, numbers = _numbers(run, rows, ref)
    return float(of(numbers)) if len(numbers) else None


def _single(run: Run, rows: Rows, ref: Ref) -> float | None:
    """The one number that the rows have; None where they have none or different ones."""
    _, numbers = _numbers(run, rows, ref)
    return float(numbers[0]) if len(numbers) and np.all(numbers == numbers[0]) else None


def _calculated(
    one: float | None, other: float | None, of: Callable[[float, float], float]
) -> float | None:
    return None if one is None or other is None else float(of(one, other))


def _compared(one: float | None, other: float | None, sign: str) -> bool:
    return one is not None and other is not None and bool(SIGNS[sign](one, other))


def _largest_column(run: Run, rows: Rows, *refs: Ref, falls: bool = True) -> Cells:
    found = [(value, ref) for ref in refs if (value := _single(run, rows, ref)) is not None]
    if not found:
        return Cells((), ())
    best = (max if falls else min)(value for value, _ in found)
    heads = tuple(run.grid(ref.table).header[ref.column] for value, ref in found if value == best)
    return Cells(heads, heads)


# --- SQL -----------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("\0", " ").replace("'", "''") + "'"


def _table(table: int) -> str:
    return f'"t{table}"'


def _in(view: str, rows: str) -> str:
    return f"{view} WHERE row IN ({rows})"


def _extreme(rows: str, view: str, function: str) -> str:
    best = f"SELECT {function}(value) FROM {_in(view, rows)}"
    return f"SELECT row FROM {_in(view, rows)} AND value = ({best})"


def _ranked_sql(rows: str, view: str, place: int, *, falls: bool, all_above: bool) -> str:
    order = "DESC" if falls else "ASC"
    if all_above:
        worst, sign = ("MIN", ">=") if falls else ("MAX", "<=")
        best = f"SELECT value FROM {_in(view, rows)} ORDER BY value {order} LIMIT {place}"
        return f"SELECT row FROM {_in(view, rows)} AND value {sign} (SELECT {worst}(value) FROM ({best}))"
    best = f"SELECT DISTINCT value FROM {_in(view, rows)} ORDER BY value {order}"
    return f"SELECT row FROM {_in(view, rows)} AND value = ({best} LIMIT 1 OFFSET {place - 1})"


def _pairs_sql(rows: str, view: str, other: str) -> str:
    said = "one.shown || ': ' || COALESCE(other.shown, '–')"
    return (
        f"SELECT {said} AS value, {said} AS shown FROM {view} AS one "
        f"LEFT JOIN {other} AS other ON one.row = other.row AND other.place = 0 "
        f"WHERE one.row IN ({rows}) ORDER BY one.row, one.place"
    )


def _cells_sql(rows: str, view: str) -> str:
    return f"SELECT value, shown FROM {_in(view, rows)} ORDER BY row, place"


def _grouped(rows: str, view: str, having: str, shown: str = "shown") -> str:
    """The values of some rows, each once, in order of coming."""
    return (
        f"SELECT value, {shown}, MIN(row * 100000 + place) AS came FROM {_in(view, rows)} "
        f"GROUP BY value{having} ORDER BY came"
    )


def _by_count_sql(rows: str, view: str, function: str) -> str:
    counts = f"SELECT COUNT(*) AS n FROM {_in(view, rows)} GROUP BY value"
    return _grouped(rows, view, f" HAVING COUNT(*) = (SELECT {function}(n) FROM ({counts}))")


def _by_sum_sql(rows: str, view: str, of: str, function: str) -> str:
    sums = (
        "SELECT g.value AS value, g.shown AS shown, MIN(g.row * 100000 + g.place) AS came, "
        f"SUM(n.value) AS total FROM {view} AS g JOIN {of} AS n ON g.row = n.row "
        f"WHERE g.row IN ({rows}) GROUP BY g.value"
    )
    best = f"SELECT *, {function}(total) OVER () AS best FROM ({sums})"
    return (
        f"SELECT value, shown FROM ({best}) "
        "WHERE ABS(total - best) <= 1e-9 * MAX(1.0, ABS(best)) ORDER BY came"
    )


def _number_sql(function: str) -> Callable[[str, str], str]:
    return lambda rows, view: f"SELECT {function} FROM {_in(view, rows)}"


def _single_sql(rows: str, view: str) -> str:
    return f"SELECT CASE WHEN COUNT(DISTINCT value) = 1 THEN MIN(value) END FROM {_in(view, rows)}"


def _largest_column_sql(rows: str, *views: str, function: str = "MAX") -> str:
    each = " UNION ALL ".join(
        f"SELECT {n} AS place, {quoted(view.strip(chr(34)))} AS view, ({_single_sql(rows, view)}) AS value"
        for n, view in enumerate(views)
    )
    return (
        f"SELECT header AS value, header AS shown FROM ({each}) JOIN columns USING (view) "
        f"WHERE value = (SELECT {function}(value) FROM ({each})) ORDER BY place"
    )


# --- English -------------------------------------------------------------------------------------


NAMED = "\0"
"""A clause that opens with this is the name of a row."""


def rows_where(clause: str) -> str:
    """The rows that a clause describes."""
    if clause.startswith(NAMED):
        return clause.removeprefix(NAMED)
    return f"the rows where {clause}" if clause else "all rows"


def _both(one: str, other: str) -> str:
    return " and ".join(clause for clause in (one, other) if clause)


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _of(what: str) -> Callable[[str, str], str]:
    return lambda rows, view: f"the {what} {view} of {rows_where(rows)}"


def _ordinal(place: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10 if place % 100 not in (11, 12, 13) else 0)
    return f"{place}{ending or 'th'}"


def _ranked_record(name: str, *, falls: bool, all_above: bool) -> Operator:
    word = "highest" if falls else "lowest"

    def apply(run: Run, rows: Rows, ref: Ref, place: int) -> Rows:
        return _ranked(run, rows, ref, place, falls=falls, all_above=all_above)

    def sql(rows: str, view: str, place: int) -> str:
        return _ranked_sql(rows, view, place, falls=falls, all_above=all_above)

    def reading(rows: str, view: str, place: int) -> str:
        rank = f"among the {place} {word}" if all_above else f"the {_ordinal(place)} {word}"
        return f"{view} is {rank} of {rows_where(rows)}"

    return Operator(name, ("rows", "view", "size"), "rows", apply, sql, reading)


_ALL = (
    # Row sets.
    Operator(
        "all",
        ("table",),
        "rows",
        lambda run, table: Rows(table, run.grid(table).body),
        lambda table: f"SELECT row FROM {_table(table)} WHERE body",
        lambda _table: "",
    ),
    Operator(
        "is",
        ("view", "text+"),
        "rows",
        _is,
        lambda view, *texts: (
            f"SELECT DISTINCT row FROM {view} WHERE value IN ({', '.join(map(quoted, texts))})"
        ),
        lambda view, *texts: f"{view} is {_listed(texts)}",
    ),
    Operator(
        "has",
        ("view", "text+"),
        "rows",
        _has,
        lambda view, *words: " INTERSECT ".join(
            f"SELECT row FROM {view} WHERE value = {quoted(word)}" for word in words
        ),
        lambda view, *words: f"{view} has the words {' '.join(words)}",
    ),
    Operator(
        "where",
        ("view", "sign", "value"),
        "rows",
        _where,
        lambda view, sign, number: (
            f"SELECT row FROM {view} WHERE body AND value {sign} {float(number)!r}"
        ),
        lambda view, sign, number: f"{view} is {_SPOKEN[sign]}{plain_number(number)}",
    ),
    Operator(
        "between",
        ("view", "value", "value"),
        "rows",
        _between,
        lambda view, low, high: (
            f"SELECT row FROM {view} WHERE body AND value BETWEEN {float(low)!r} AND {float(high)!r}"
        ),
        lambda view, low, high: f"{view} is between {plain_number(low)} and {plain_number(high)}",
    ),
    Operator(
        "blank",
        ("rows", "view"),
        "rows",
        lambda _run, rows, ref: Rows(rows.table, rows.mask & ~ref.view.present),
        lambda rows, view: f"SELECT row FROM ({rows}) EXCEPT SELECT row FROM {view}",
        lambda rows, view: _both(rows, f"{view} is empty"),
    ),
    Operator(
        "filled",
        ("rows", "view"),
        "rows",
        lambda _run, rows, ref: Rows(rows.table, rows.mask & ref.view.present),
        lambda rows, view: f"SELECT DISTINCT row FROM {_in(view, rows)}",
        lambda rows, view: _both(rows, f"{view} is not empty"),
    ),
    Operator(
        "and",
        ("rows", "rows"),
        "rows",
        lambda _run, one, other: _from(one, other, lambda a, b: a & b),
        lambda one, other: f"SELECT row FROM ({one}) INTERSECT SELECT row FROM ({other})",
        _both,
    ),
    Operator(
        "or",
        ("rows", "rows"),
        "rows",
        lambda _run, one, other: _from(one, other, lambda a, b: a | b),
        lambda one, other: f"SELECT row FROM ({one}) UNION SELECT row FROM ({other})",
        lambda one, other: f"{one} or {other}",
    ),
    Operator(
        "except",
        ("rows", "rows"),
        "rows",
        lambda _run, one, other: _from(one, other, lambda a, b: a & ~b),
        lambda one, other: f"SELECT row FROM ({one}) EXCEPT SELECT row FROM ({other})",
        lambda one, other: _both(one, f"not {other}"),
    ),
    Operator(
        "most",
        ("rows", "view"),
        "rows",
        lambda run, rows, ref: _ranked(run, rows, ref, 1, falls=True, all_above=True),
        lambda rows, view: _extreme(rows, view, "MAX"),
        lambda rows, view: f"{view} is the highest of {rows_where(rows)}",
    ),
    Operator(
        "least",
        ("rows", "view"),
        "rows",
        lambda run, rows, ref: _ranked(run, rows, ref, 1, falls=False, all_above=True),
        lambda rows, view: _extreme(rows, view, "MIN"),
        lambda rows, view: f"{view} is the lowest of {rows_where(rows)}",
    ),
    _ranked_record("top", falls=True, all_above=True),
    _ranked_record("bottom", falls=False, all_above=True),
    _ranked_record("nth-most", falls=True, all_above=False),
    _ranked_record("nth-least", falls=False, all_above=False),
    Operator(
        "first",
        ("rows",),
        "rows",
        lambda _run, rows: Rows(rows.table, rows.mask & -rows.mask),
        lambda rows: f"SELECT MIN(row) AS row FROM ({rows}) HAVING COUNT(*) > 0",
        lambda rows: f"the row comes first of {rows_where(rows)}",
    ),
    Operator(
        "last",
        ("rows",),
        "rows",
        lambda _run, rows: Rows(rows.table, 1 << rows.mask.bit_length() >> 1),
        lambda rows: f"SELECT MAX(row) AS row FROM ({rows}) HAVING COUNT(*) > 0",
        lambda rows: f"the row comes last of {rows_where(rows)}",
    ),
    Operator(
        "place",
        ("rows", "size"),
        "rows",
        _place,
        lambda rows, place: f"SELECT row FROM ({rows}) ORDER BY row LIMIT 1 OFFSET {place - 1}",
        lambda rows, place: f"the row comes {_ordinal(place)} of {rows_where(rows)}",
    ),
    Operator(
        "after",
        ("table", "rows"),
        "rows",
        lambda run, _table, rows: _one(rows, rows.mask.bit_length() if rows.mask else -1, run),
        lambda table, rows: (
            f"SELECT row FROM {_table(table)} WHERE body AND row = (SELECT MAX(row) + 1 FROM ({rows}))"
        ),
        lambda _table, rows: f"the row comes right after {rows_where(rows)}",
    ),
    Operator(
        "before",
        ("table", "rows"),
        "rows",
        lambda run, _table, rows: _one(rows, _lowest_bit(rows.mask) - 1 if rows.mask else -1, run),
        lambda table, rows: (
            f"SELECT row FROM {_table(table)} WHERE body AND row = (SELECT MIN(row) - 1 FROM ({rows}))"
        ),
        lambda _table, rows: f"the row comes right before {rows_where(rows)}",
    ),
    Operator(
        "below",
        ("table", "rows"),
        "rows",
        lambda run, _table, rows: _beyond(run, rows, below=True),
        lambda table, rows: (
            f"SELECT row FROM {_table(table)} WHERE body AND row > (SELECT MAX(row) FROM ({rows}))"
        ),
        lambda _table, rows: f"the row comes below {rows_where(rows)}",
    ),
    Operator(
        "above",
        ("table", "rows"),
        "rows",
        lambda run, _table, rows: _beyond(run, rows, below=False),
        lambda table, rows: (
            f"SELECT row FROM {_table(table)} WHERE body AND row < (SELECT MIN(row) FROM ({rows}))"
        ),
        lambda _table, rows: f"the row comes above {rows_where(rows)}",
    ),
    Operator(
        "matched",
        ("view", "rows", "view"),
        "rows",
        _matched,
        lambda view, rows, other: (
            f"SELECT DISTINCT row FROM {view} WHERE value IN (SELECT value FROM {_in(other, rows)})"
        ),
        lambda view, rows, other: f"{view} is among the values of {other} of {rows_where(rows)}",
    ),
    # Cells.
    Operator(
        "cells",
        ("rows", "view"),
        "cells",
        _cells,
        _cells_sql,
        lambda rows, view: f"{view} of {rows_where(rows)}",
    ),
    Operator(
        "pairs",
        ("rows", "view", "view"),
        "cells",
        _pairs,
        _pairs_sql,
        lambda rows, view, other: f"{view} and {other} of {rows_where(rows)}",
    ),
    Operator(
        "lacks",
        ("rows", "view"),
        "cells",
        _lacks,
        lambda rows, view: (
            f"SELECT {quoted(NOTHING)} AS value, {quoted(NOTHING)} AS shown "
            f"WHERE EXISTS ({rows}) AND NOT EXISTS (SELECT row FROM {_in(view, rows)})"
        ),
        lambda rows, view: f"whether {view} is left empty in {rows_where(rows)}",
    ),
    Operator(
        "distinct",
        ("rows", "view"),
        "cells",
        lambda run, rows, ref: _distinct(_cells(run, rows, ref)),
        lambda rows, view: _grouped(rows, view, ""),
        lambda rows, view: f"each different {view} of {rows_where(rows)}",
    ),
    Operator(
        "most-common",
        ("rows", "view"),
        "cells",
        lambda run, rows, ref: _by_count(run, rows, ref, max),
        lambda rows, view: _by_count_sql(rows, view, "MAX"),
        lambda rows, view: f"the most frequent {view} of {rows_where(rows)}",
    ),
    Operator(
        "least-common",
        ("rows", "view"),
        "cells",
        lambda run, rows, ref: _by_count(run, rows, ref, min),
        lambda rows, view: _by_count_sql(rows, view, "MIN"),
        lambda rows, view: f"the least frequent {view} of {rows_where(rows)}",
    ),
    Operator(
        "repeated",
        ("rows", "view"),
        "cells",
        _repeated,
        lambda rows, view: _grouped(rows, view, " HAVING COUNT(*) > 1"),
        lambda rows, view: f"each {view} that comes more than once in {rows_where(rows)}",
    ),
    Operator(
        "groups",
        ("rows", "view"),
        "cells",
        _groups,
        lambda rows, view: _grouped(rows, view, "", "shown || ': ' || COUNT(*)"),
        lambda rows, view: f"the number of rows for each {view} of {rows_where(rows)}",
    ),
    Operator(
        "most-in-sum",
        ("rows", "view", "view"),
        "cells",
        lambda run, rows, ref, of: _by_sum(run, rows, ref, of, max),
        lambda rows, view, of: _by_sum_sql(rows, view, of, "MAX"),
        lambda rows, view, of: f"the {view} with the largest sum of {of} over {rows_where(rows)}",
    ),
    Operator(
        "least-in-sum",
        ("rows", "view", "view"),
        "cells",
        lambda run, rows, ref, of: _by_sum(run, rows, ref, of, min),
        lambda rows, view, of: _by_sum_sql(rows, view, of, "MIN"),
        lambda rows, view, of: f"the {view} with the smallest sum of {of} over {rows_where(rows)}",
    ),
    Operator(
        "largest-column",
        ("rows", "view+"),
        "cells",
        _largest_column,
        _largest_column_sql,
        lambda rows, *views: f"which of {_listed(views)} is largest in {rows_where(rows)}",
    ),
    Operator(
        "smallest-column",
        ("rows", "view+"),
        "cells",
        lambda run, rows, *refs: _largest_column(run, rows, *refs, falls=False),
        lambda rows, *views: _largest_column_sql(rows, *views, function="MIN"),
        lambda rows, *views: f"which of {_listed(views)} is smallest in {rows_where(rows)}",
    ),
    # Numbers.
    Operator(
        "count",
        ("rows",),
        "number",
        lambda _run, rows: float(rows.mask.bit_count()),
        lambda rows: f"SELECT COUNT(*) FROM ({rows})",
        lambda rows: f"the number of {rows_where(rows).removeprefix('the ').removeprefix('all ')}",
    ),
    Operator(
        "count-distinct",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: float(len(set(_cells(run, rows, ref).values))),
        lambda rows, view: f"SELECT COUNT(DISTINCT value) FROM {_in(view, rows)}",
        lambda rows, view: f"the number of different {view} values of {rows_where(rows)}",
    ),
    Operator(
        "count-most-common",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: float(max(_counted(run, rows, ref)[0].values(), default=0)),
        lambda rows, view: (
            f"SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM {_in(view, rows)} GROUP BY value)"
        ),
        lambda rows, view: f"how often the most frequent {view} of {rows_where(rows)} occurs",
    ),
    Operator(
        "sum",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: _statistic(run, rows, ref, np.sum),
        _number_sql("SUM(value)"),
        lambda rows, view: f"the sum of {view} over {rows_where(rows)}",
    ),
    Operator(
        "mean",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: _statistic(run, rows, ref, np.mean),
        _number_sql("AVG(value)"),
        lambda rows, view: f"the average of {view} over {rows_where(rows)}",
    ),
    Operator(
        "highest",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: _statistic(run, rows, ref, np.max),
        _number_sql("MAX(value)"),
        _of("highest"),
    ),
    Operator(
        "lowest",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: _statistic(run, rows, ref, np.min),
        _number_sql("MIN(value)"),
        _of("lowest"),
    ),
    Operator(
        "spread",
        ("rows", "view"),
        "number",
        lambda run, rows, ref: _statistic(run, rows, ref, np.ptp),
        _number_sql("MAX(value) - MIN(value)"),
        lambda rows, view: (
            f"the difference between the highest and the lowest {view} of {rows_where(rows)}"
        ),
    ),
    Operator(
        "number",
        ("rows", "view"),
        "number",
        _single,
        _single_sql,
        lambda rows, view: f"{view} of {rows_where(rows)}",
    ),
    Operator(
        "difference",
        ("number", "number"),
        "number",
        lambda _run, one, other: _calculated(one, other, lambda a, b: abs(a - b)),
        lambda one, other: f"SELECT ABS(({one}) - ({other}))",
        lambda one, other: f"the difference between {one} and {other}",
    ),
    Operator(
        "plus",
        ("number", "number"),
        "number",
        lambda _run, one, other: _calculated(one, other, _op.add),
        lambda one, other: f"SELECT ({one}) + ({other})",
        lambda one, other: f"{one} plus {other}",
    ),
    Operator(
        "ratio",
        ("number", "number"),
        "number",
        lambda _run, one, other: _calculated(one, other, _op.truediv) if other else None,
        lambda one, other: f"SELECT 1.0 * ({one}) / ({other})",
        lambda one, other: f"{one} divided by {other}",
    ),
    Operator(
        "percentage",
        ("number", "number"),
        "number",
        lambda _run, one, other: (
            _calculated(one, other, lambda a, b: 100.0 * a / b) if other else None
        ),
        lambda one, other: f"SELECT 100.0 * ({one}) / ({other})",
        lambda one, other: f"{one} as a percentage of {other}",
    ),
    # Truth.
    Operator(
        "any",
        ("rows",),
        "truth",
        lambda _run, rows: bool(rows.mask),
        lambda rows: f"SELECT EXISTS ({rows})",
        lambda rows: f"whether there are any of {rows_where(rows)}",
    ),
    Operator(
        "none",
        ("rows",),
        "truth",
        lambda _run, rows: not rows.mask,
        lambda rows: f"SELECT NOT EXISTS ({rows})",
        lambda rows: f"whether there are none of {rows_where(rows)}",
    ),
    Operator(
        "every",
        ("rows", "rows"),
        "truth",
        lambda _run, rows, others: bool(rows.mask) and not rows.mask & ~others.mask,
        lambda rows, others: (
            f"SELECT EXISTS ({rows}) AND NOT EXISTS "
            f"(SELECT row FROM ({rows}) EXCEPT SELECT row FROM ({others}))"
        ),
        lambda rows, others: f"whether {rows_where(rows)} are all among {rows_where(others)}",
    ),
    Operator(
        "alike",
        ("rows", "view"),
        "truth",
        lambda run, rows, ref: len(set(_cells(run, rows, ref).values)) == 1,
        lambda rows, view: f"SELECT COUNT(DISTINCT value) = 1 FROM {_in(view, rows)}",
        lambda rows, view: f"whether {view} is the same for {rows_where(rows)}",
    ),
    Operator(
        "compare",
        ("number", "sign", "number"),
        "truth",
        lambda _run, one, sign, other: _compared(one, other, sign),
        lambda one, sign, other: f"SELECT COALESCE(({one}) {sign} ({other}), 0)",
        lambda one, sign, other: f"whether {one} is {_SPOKEN[sign] or 'the same as '}{other}",
    ),
)

OPERATORS: Mapping[str, Operator] = {record.name: record for record in _ALL}
