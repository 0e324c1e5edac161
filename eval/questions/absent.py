"""The kinds of questions that a table does not answer: what they ask for is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from eval.questions.facts import LONGEST_LIST, Condition, Fact, Maker, in_turn
from eval.questions.views import Column, blob_of, called, is_name, key_of, number_of, times_in
from eval.questions.words import lookup_slots, lookup_wordings
from ingest.document import CellPosition, Table

_SYLLABLES = "bra cor dal fen gri hol jas kel mor nev pol quen ras tul vor wex yar zim".split()


def unanswerable_row(make: Maker) -> Iterator[Fact]:
    """A cell of a row that is not there."""
    columns = make.columns_asked()
    names = [name for name in _names_not_there(make) if _is_nowhere(make, name)]
    for name, turn in zip(names, range(len(names)), strict=True):
        if columns:
            column = columns[turn % len(columns)]
            yield _unanswerable(
                lookup_wordings(column, make.view),
                make.slots(column, name=name, **lookup_slots(column)),
            )


def _is_nowhere(make: Maker, name: str) -> bool:
    return times_in(key_of(name), make.elsewhere + blob_of(make.view.keys.to_numpy().ravel())) == 0


def _names_not_there(make: Maker) -> list[str]:
    """Names from elsewhere, and some made up of the first and last words of those that are there."""
    names = [name for _, name in make.names()]
    halves = [name.split() for name in names if len(name.split()) > 1 and "," not in name]
    made = [
        " ".join([*one[:-1], two[-1]])
        for one, two in pairwise(halves)
        if len(one) <= 3 and two[-1][0].isupper() and key_of(one[-1]) != key_of(two[-1])
    ]
    if names and not halves:
        made = ["".join(make.rng.sample(_SYLLABLES, 3)).capitalize() for _ in range(3)]
    foreign = [name for name in map(called, make.strangers) if is_name(name)]
    mixed = in_turn([iter(make.shuffled(foreign) if names else []), iter(made)])
    return list(dict.fromkeys(mixed))[:LONGEST_LIST]


def unanswerable_column(make: Maker) -> Iterator[Fact]:
    """A cell of a column that is not there, in a row that is."""
    said = make.elsewhere + blob_of(
        map(key_of, _table_texts(make.document.tables[make.view.number]))
    )
    nouns = [n for n in make.shuffled(make.absent) if not any(w in said for w in key_of(n).split())]
    for (_, name), noun in zip(make.names(), nouns, strict=False):
        column = Column(-1, noun, "other", None, is_full=True)
        yield _unanswerable(("lookup.any",), make.slots(column, name=name))


def unanswerable_empty(make: Maker) -> Iterator[Fact]:
    """A cell that is empty."""
    for row, name in make.names():
        empty = [c for c in make.columns_asked() if not make.text(row, c)]
        if empty and not times_in(key_of(name), make.elsewhere):
            yield _unanswerable(
                lookup_wordings(empty[0], make.view),
                make.slots(empty[0], name=name, **lookup_slots(empty[0])),
                cells=make.cell(row, empty[0]),
            )


def unanswerable_value(make: Maker) -> Iterator[Fact]:
    """The row that holds a number or year that none holds."""
    for column in make.columns("year", "event", "count"):
        series = make.view.numbers[column.index]
        low, high = int(series.min()), int(series.max())
        around = set(range(max(2, low - 5), min(high + 6, low + 200))) - set(
            map(number_of, make.view.values(column))
        )
        values = [v for v in make.shuffled(sorted(around)) if not times_in(str(v), make.elsewhere)]
        for value in values[:1] if make.view.row_names else []:
            condition = Condition(column, "is", str(value), ())
            yield _unanswerable(("reverse",), make.slots(), conditions=(condition,), is_one=True)


def _unanswerable(
    wordings: tuple[str, ...],
    slots: Mapping[str, str],
    *,
    cells: tuple[CellPosition, ...] = (),
    conditions: tuple[Condition, ...] = (),
    is_one: bool = False,
) -> Fact:
    return Fact(
        wordings, slots, (), cells=cells, conditions=conditions, answerable=False, is_one=is_one
    )


def _table_texts(table: Table) -> Iterator[str]:
    yield table.caption
    yield from (cell.text for cell in table.header)
    yield from (cell.text for row in table.rows for cell in row)
