"""The kinds of questions that a table answers: each is a function that yields facts at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any, Literal

from eval.questions.facts import (
    LONGEST_ANSWER,
    MOST_FORBIDDEN,
    MOST_TRIED,
    Condition,
    Fact,
    Maker,
    Operator,
    forms_of,
    in_turn,
    number_forms,
)
from eval.questions.nouns import is_plural
from eval.questions.views import Column, Shape, is_one, key_of, trimmed
from eval.questions.words import PERSONS, column_slots, lookup_slots, lookup_wordings

# --- one cell --------------------------------------------------------------------------------------


def lookups(make: Maker) -> Iterator[Fact]:
    """One cell of a row that is named, such as when X was founded."""
    named = in_turn(
        [iter([(row, name, c) for c in make.columns_asked()]) for row, name in make.names()]
    )
    by_year = _lookups_by_year(make)
    for row, name, column in named:
        yield from islice(by_year, 1)
        text = make.text(row, column)
        if text and len(text.split()) <= LONGEST_ANSWER:
            yield _looked_up(make, row, name, column)
    yield from by_year


def _looked_up(make: Maker, row: int, name: str, column: Column) -> Fact:
    text = make.text(row, column)
    return Fact(
        lookup_wordings(column, make.view),
        make.slots(column, name=name, **lookup_slots(column)),
        denotation=(text,),
        answer=(forms_of(text),),
        cells=make.cells([row], make.view.subject, column),
    )


def _year_column(make: Maker) -> Column | None:
    """A first column of years, each once, that names the rows as well as a name does."""
    first = next((column for column in make.view.columns if column.index == 0), None)
    is_naming = first is not None and first.shape == "year" and first.noun in ("year", "season")
    return first if is_naming and make.view.keys[0].is_unique else None


def _lookups_by_year(make: Maker) -> Iterator[Fact]:
    years = _year_column(make)
    if years is None:
        return
    for column in make.columns("text", "number"):
        if is_plural(column.noun):
            continue
        rows = make.shuffled(row for row in range(len(make.view)) if make.text(row, column))
        for row in rows[:1]:
            year, text = make.text(row, years), make.text(row, column)
            keys = ["lookup.by_year"]
            if column.head in PERSONS:
                keys.append("lookup.by_year_person")
            if year and len(text.split()) <= LONGEST_ANSWER:
                yield Fact(
                    tuple(keys),
                    make.slots(column, name=year),
                    denotation=(text,),
                    answer=(forms_of(text),),
                    cells=make.cells([row], years, column),
                )


def reverse_lookups(make: Maker) -> Iterator[Fact]:
    """The row that holds one or two given cells."""
    yield from in_turn([_reverse_one(make), _reverse_two(make), _reverse_by_year(make)])


def _reverse_one(make: Maker) -> Iterator[Fact]:
    columns = make.columns("text", "year", "event", "count", "number")
    for condition in in_turn([make.equals(column) for column in columns]):
        if len(condition.rows) == 1 and make.can_be_named(condition.rows):
            yield _found(make, "reverse", [condition], condition.rows)


def _reverse_two(make: Maker) -> Iterator[Fact]:
    for conditions, rows in _pairs(make, ["is"]):
        if len(rows) == 1 and make.can_be_named(rows):
            yield _found(make, "reverse.two", conditions, rows)


def _found(make: Maker, wording: str, conditions: Sequence[Condition], rows: Sequence[int]) -> Fact:
    columns = [condition.column for condition in conditions]
    return Fact(
        (wording,),
        make.slots(),
        cells=make.cells(rows, make.view.subject, *columns),
        conditions=tuple(conditions),
        is_one=True,
        **make.named(rows),
    )


def _reverse_by_year(make: Maker) -> Iterator[Fact]:
    years = _year_column(make)
    for column in make.columns("text") if years else []:
        for condition in islice(make.equals(column), 3):
            if years and len(condition.rows) == 1 and not is_plural(column.noun):
                year = make.text(condition.rows[0], years)
                yield Fact(
                    ("reverse.by_year",),
                    make.slots(column, value=condition.value),
                    denotation=(year,),
                    answer=((year,),),
                    cells=make.cells(condition.rows, years, column),
                )


# --- counts and lists ------------------------------------------------------------------------------


def counts(make: Maker) -> Iterator[Fact]:
    """How many rows hold a value."""
    columns = make.columns("text", "year", "event", "count")
    conditions = list(in_turn([make.equals(column) for column in columns]))
    repeated = {c.column.index for c in conditions if len(c.rows) > 1}
    for condition in sorted(conditions, key=lambda condition: len(condition.rows) == 1):
        if len(condition.rows) < len(make.view) and condition.column.index in repeated:
            yield _counted(make, "count", [condition], condition.rows)


def _counted(
    make: Maker,
    wording: str,
    conditions: Sequence[Condition],
    rows: Sequence[int],
    columns: Sequence[Column | int | None] = (),
    /,
    **slots: str,
) -> Fact:
    columns = columns or [condition.column for condition in conditions]
    return Fact(
        (wording,),
        make.slots(**slots),
        denotation=(str(len(rows)),),
        answer=(number_forms(len(rows)),),
        cells=make.cells(rows, *columns),
        conditions=tuple(conditions),
    )


def lists(make: Maker) -> Iterator[Fact]:
    """Which rows hold a value."""
    columns = make.columns("text", "year", "event", "count")
    for condition in in_turn([make.equals(column) for column in columns]):
        if 1 < len(condition.rows) < len(make.view) and make.can_be_named(condition.rows):
            yield _listed(make, "list", [condition], condition.rows)


def _listed(
    make: Maker, wording: str, conditions: Sequence[Condition], rows: Sequence[int], **slots: str
) -> Fact:
    columns = [condition.column for condition in conditions]
    return Fact(
        (wording,),
        make.slots(**slots),
        cells=make.cells(rows, make.view.subject, *columns),
        conditions=tuple(conditions),
        **make.named(rows),
    )


def comparators(make: Maker) -> Iterator[Fact]:
    """How many rows, or which, lie above or below a number or year."""
    columns = make.columns("count", "number", "year", "event")
    for condition in in_turn([make.compares(column) for column in columns]):
        if not 0 < len(condition.rows) < len(make.view):
            continue
        if make.can_be_named(condition.rows) and make.rng.random() < 0.5:
            yield _listed(make, "list", [condition], condition.rows)
        else:
            yield _counted(make, "count", [condition], condition.rows)


def _pairs(
    make: Maker, operators: Iterable[Operator] = ("is", "more", "less", "at_least", "at_most")
) -> Iterator[tuple[tuple[Condition, Condition], tuple[int, ...]]]:
    """Two conditions on different columns, neither idle, with the rows that meet both."""
    allowed = set(operators)
    some = [c for c in islice(make.conditions(), 40) if c.operator in allowed]
    for one, two in make.shuffled(combinations(some, 2)):
        rows = tuple(row for row in one.rows if row in set(two.rows))
        is_idle = len(rows) in (0, len(one.rows), len(two.rows))
        if one.column.index != two.column.index and not is_idle:
            yield (one, two), rows


def two_conditions(make: Maker) -> Iterator[Fact]:
    """How many rows, or which, meet two conditions."""
    for conditions, rows in _pairs(make):
        if make.can_be_named(rows) and make.rng.random() < 0.7:
            yield _listed(make, "two.list", conditions, rows)
        else:
            yield _counted(make, "two.count", conditions, rows)


def negations(make: Maker) -> Iterator[Fact]:
    """How many rows, or which, do not hold a value."""
    columns = make.columns("text", "event", full=True)
    for condition in in_turn([make.equals(column) for column in columns]):
        column, inside = condition.column, set(condition.rows)
        rows = [row for row in range(len(make.view)) if row not in inside]
        if not rows or not inside or (column.shape == "text" and len(inside) < 2):
            continue
        wording = "not.event" if column.shape == "event" else "not"
        slots = column_slots(column) | {"value": condition.value}
        if make.can_be_named(rows):
            yield _listed(make, f"{wording}.list", [condition], rows, **slots)
        else:
            yield _counted(make, f"{wording}.count", [condition], rows, **slots)


# --- order -----------------------------------------------------------------------------------------


def superlatives(make: Maker) -> Iterator[Fact]:
    """The row with the largest or smallest value, where there is one."""
    for column in make.quantities():
        series = make.view.numbers[column.index]
        for wording, value in make.shuffled([("most", series.max()), ("least", series.min())]):
            rows = tuple(map(int, series.index[series == value]))
            if len(rows) == 1 and make.can_be_named(rows) and series.nunique() > 2:
                yield Fact(
                    (f"{wording}.{column.speech}",),
                    make.slots(column),
                    cells=make.cells(rows, make.view.subject, column),
                    **make.named(rows),
                )


def _two_rows(
    make: Maker, columns: Iterable[Column]
) -> Iterator[tuple[int, str, int, str, Column]]:
    """Pairs of rows with their names, the one with the larger value first."""
    for column in columns:
        series = make.view.numbers[column.index]
        names = make.names()
        for (row, name), (other, other_name) in zip(names[::2], names[1::2], strict=False):
            if series[row] > series[other]:
                yield row, name, other, other_name, column
            elif series[row] < series[other]:
                yield other, other_name, row, name, column


def _pairs_in_turn(make: Maker, *shapes: Shape) -> Iterator[tuple[int, str, int, str, Column]]:
    return in_turn([_two_rows(make, [column]) for column in make.columns(*shapes, full=True)])


def differences(make: Maker) -> Iterator[Fact]:
    """How much more one row has than another one."""
    for row, name, other, other_name, column in _pairs_in_turn(
        make, "count", "number", "year", "event"
    ):
        value = make.view.numbers[column.index][row] - make.view.numbers[column.index][other]
        if column.shape == "count" and value == 1:
            continue
        yield Fact(
            (f"difference.{column.speech}",),
            make.slots(column, name=name, other=other_name),
            cells=make.cells([row, other], make.view.subject, column),
            **_amount(make, value, column),
        )


def comparisons(make: Maker) -> Iterator[Fact]:
    """Which of two rows has more, or came first."""
    shapes: tuple[Shape, ...] = ("count", "number", "year", "event", "date")
    for more, more_name, less, less_name, column in _pairs_in_turn(make, *shapes):
        winner, loser = (less_name, more_name) if column.is_time else (more_name, less_name)
        name, other = make.shuffled([winner, loser])
        row = less if column.is_time else more
        said = make.view.texts.iat[row, make.view.subject]
        yield Fact(
            (f"compare.{column.speech}",),
            make.slots(column, name=name, other=other),
            denotation=(said,),
            answer=(forms_of(said),),
            cells=make.cells([more, less], make.view.subject, column),
        )


# --- arithmetic ------------------------------------------------------------------------------------


def _amount(make: Maker, value: float, column: Column) -> dict[str, Any]:
    """The answer that is a number, with as many places as the column has."""
    places = make.view.texts[column.index].map(lambda text: len(text.partition(".")[2])).max()
    plain = f"{value:.{places}f}"
    return {"denotation": (trimmed(plain),), "answer": (number_forms(float(plain)),)}


def sums(make: Maker) -> Iterator[Fact]:
    """The sum over all rows, those that meet a condition, or two."""
    columns = [column for column in make.columns("count", "number") if column.can_be_added]
    yield from in_turn([_sums_of(make, column) for column in columns])


def _sums_of(make: Maker, column: Column) -> Iterator[Fact]:
    series = make.view.numbers[column.index]
    wording = f"sum.{column.shape}"
    everywhere = range(len(make.view))
    if len(make.view) > 2:
        yield Fact(
            (wording,),
            make.slots(column),
            cells=make.cells(everywhere, column),
            **_amount(make, series.sum(), column),
        )
    for condition in islice(make.conditions(), 20):
        rows = list(condition.rows)
        if len(rows) > 1 and condition.column.index != column.index:
            yield Fact(
                (f"{wording}.where",),
                make.slots(column),
                cells=make.cells(rows, condition.column, column),
                conditions=(condition,),
                **_amount(make, series[rows].sum(), column),
            )
            break
    for row, name, other, other_name, _ in islice(_two_rows(make, [column]), 1):
        yield Fact(
            (f"{wording}.pair",),
            make.slots(column, name=name, other=other_name),
            cells=make.cells([row, other], make.view.subject, column),
            **_amount(make, series[[row, other]].sum(), column),
        )


def averages(make: Maker) -> Iterator[Fact]:
    """The mean over all rows."""
    for column in make.columns("count", "number", full=True):
        mean = float(make.view.numbers[column.index].mean())
        if len(make.view) > 2:
            yield Fact(
                (f"average.{column.shape}",),
                make.slots(column),
                denotation=(trimmed(f"{mean:.9f}"),),
                answer=(number_forms(mean),),
                cells=make.cells(range(len(make.view)), column),
            )


# --- yes or no -------------------------------------------------------------------------------------


def yes_no(make: Maker) -> Iterator[Fact]:
    """Whether a cell, an order of two rows or any row is as the question says."""
    yield from in_turn([_yes_no_cell(make), _yes_no_compare(make), _yes_no_any(make)])


def _yes_no_cell(make: Maker) -> Iterator[Fact]:
    shapes: tuple[Shape, ...] = ("text", "count", "number", "year", "event")
    columns = make.columns(*shapes)
    for (row, name), turn in zip(make.names(), range(MOST_TRIED), strict=False):
        if not columns:
            return
        column = columns[turn % len(columns)]
        text, values = make.text(row, column), make.view.values(column)
        if text not in values or (column.shape == "count" and is_one(text)):
            continue
        wrong = [
            v
            for v in make.shuffled(values)
            if not set(key_of(v).split()) & set(key_of(text).split())
        ]
        wrong = [v for v in wrong if column.shape != "count" or not is_one(v)]
        is_right = not wrong or make.rng.random() < 0.5
        yield Fact(
            (f"yes_no.{column.shape}",),
            make.slots(column, name=name, value=text if is_right else wrong[0]),
            denotation=("yes" if is_right else "no",),
            yes_no="yes" if is_right else "no",
            cells=make.cells([row], make.view.subject, column),
        )


def _yes_no_compare(make: Maker) -> Iterator[Fact]:
    shapes: tuple[Shape, ...] = ("count", "number", "year", "event", "date")
    for more, more_name, less, less_name, column in _pairs_in_turn(make, *shapes):
        is_right = make.rng.random() < 0.5
        is_more_first = is_right != column.is_time
        name, other = (more_name, less_name) if is_more_first else (less_name, more_name)
        yield Fact(
            (f"yes_no.compare.{column.speech}",),
            make.slots(column, name=name, other=other),
            denotation=("yes" if is_right else "no",),
            yes_no="yes" if is_right else "no",
            cells=make.cells([more, less], make.view.subject, column),
        )


def _yes_no_any(make: Maker) -> Iterator[Fact]:
    for column in make.columns("count", "number", "year", "event", full=True):
        wanted = make.rng.random() < 0.5
        for condition in make.compares(column, beyond=not wanted):
            if bool(condition.rows) != wanted or len(condition.rows) == len(make.view):
                continue
            said: Literal["yes", "no"] = "yes" if condition.rows else "no"
            yield Fact(
                ("yes_no.any",),
                make.slots(),
                denotation=(said,),
                yes_no=said,
                cells=make.cells(condition.rows, condition.column),
                conditions=(condition,),
            )
            break


# --- sets and groups -------------------------------------------------------------------------------


def sets(make: Maker) -> Iterator[Fact]:
    """Rows that hold one of two values, and rows with one of them left out."""
    yield from in_turn([_either(make), _all_except(make)])


def _either(make: Maker) -> Iterator[Fact]:
    for column in make.columns("text"):
        values = [c for c in make.equals(column) if c.rows]
        for one, two in zip(values[::2], values[1::2], strict=False):
            rows = tuple(sorted({*one.rows, *two.rows}))
            slots = column_slots(column) | {"value": one.value, "value2": two.value}
            if not 2 < len(rows) < len(make.view):
                continue
            if make.can_be_named(rows):
                yield _listed(make, "either.list", [one, two], rows, **slots)
            else:
                yield _counted(make, "either.count", [one, two], rows, **slots)


def _all_except(make: Maker) -> Iterator[Fact]:
    for condition in make.conditions():
        left_out = [(row, name) for row, name in make.names() if row in condition.rows]
        if not left_out or len(condition.rows) < 2:
            continue
        row, name = left_out[0]
        rows = tuple(other for other in condition.rows if other != row)
        if make.can_be_named(rows):
            yield _listed(make, "except.list", [condition], rows, name=name)
        else:
            columns = (make.view.subject, condition.column)
            yield _counted(make, "except.count", [condition], rows, columns, name=name)


def groups(make: Maker) -> Iterator[Fact]:
    """The most common value, how many hold it, how many values there are, which repeat."""
    columns = [c for c in make.columns("text", "year", "event", full=True) if not is_plural(c.noun)]
    yield from in_turn([_groups_of(make, column) for column in columns])


def _groups_of(make: Maker, column: Column) -> Iterator[Fact]:
    texts = make.view.texts[column.index]
    sizes = texts.value_counts()
    are_clear = len(make.view.values(column)) == len(sizes) or column.is_time
    if not are_clear or not 1 < len(sizes) <= 12 or len(sizes) == len(texts):
        return
    slots = make.slots(column)
    largest = [str(value) for value in sizes.index[sizes == sizes.max()]]
    of_largest = [int(row) for row in texts.index[texts == largest[0]]]
    if len(largest) == 1:
        yield Fact(
            ("group.mode",),
            slots,
            denotation=(largest[0],),
            answer=(forms_of(largest[0]),),
            cells=make.cells(of_largest, column),
        )
    yield Fact(
        ("group.distinct",),
        slots,
        denotation=(str(len(sizes)),),
        answer=(number_forms(len(sizes)),),
        cells=make.cells(range(len(texts)), column),
    )
    if len(largest) == 1:
        yield Fact(
            ("group.size",),
            slots,
            denotation=(str(len(of_largest)),),
            answer=(number_forms(len(of_largest)),),
            cells=make.cells(of_largest, column),
        )
    repeated = [value for value in texts.drop_duplicates() if sizes[value] > 1]
    if len(repeated) < len(sizes):
        yield Fact(
            ("group.repeated",),
            slots,
            denotation=tuple(repeated),
            answer=tuple(forms_of(value) for value in repeated),
            forbidden=tuple(v for v in texts.drop_duplicates() if sizes[v] == 1)[:MOST_FORBIDDEN],
            cells=make.cells([int(r) for r in texts.index[texts.isin(repeated)]], column),
        )
