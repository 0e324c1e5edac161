"""A fact is what a question asks and what is right, before it has words; a maker finds them in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from eval.questions.nouns import possessive, with_article
from eval.questions.views import (
    Column,
    Shape,
    View,
    called,
    is_number,
    is_one,
    key_of,
    number_of,
    trimmed,
)
from eval.questions.words import column_slots
from ingest.document import CellPosition, Document

Parts = tuple[tuple[str, ...], ...]
"""An answer: every required part, each in its accepted forms."""
Operator = Literal["is", "more", "less", "at_least", "at_most"]

MOST_TRIED = 300
LONGEST_LIST = 10
LONGEST_ANSWER = 40
MOST_FORBIDDEN = 20
_SMALL_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows are meant: those whose cell in a column compares so with a value."""

    column: Column
    operator: Operator
    value: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a question asks and what is right, before it has words.

    `wordings` are the keys of the phrasings that fit, `is_one` whether the conditions speak of one row.
    """

    wordings: tuple[str, ...]
    slots: Mapping[str, str]
    denotation: tuple[str, ...]
    answer: Parts = ()
    cells: tuple[CellPosition, ...] = ()
    conditions: tuple[Condition, ...] = ()
    forbidden: tuple[str, ...] = ()
    yes_no: Literal["yes", "no"] | None = None
    answerable: bool = True
    is_one: bool = False


@dataclass(frozen=True)
class Maker:
    """Makes facts about one table; `eval.questions.kinds` says which."""

    view: View
    rng: Random
    document: Document
    strangers: Sequence[str] = ()
    absent: Sequence[str] = ()
    elsewhere: str = field(default="", repr=False)
    """The key of what the document says outside this table."""

    # --- picking -----------------------------------------------------------------------------------

    def shuffled(self, items: Iterable[Any]) -> list[Any]:
        listed = list(items)
        self.rng.shuffle(listed)
        return listed[:MOST_TRIED]

    def columns(self, *shapes: Shape, full: bool = False) -> list[Column]:
        """The columns of these shapes that do not name the rows, in random order."""
        fitting = [c for c in self.view.others() if c.shape in shapes and (c.is_full or not full)]
        return self.shuffled(fitting)

    def columns_asked(self) -> list[Column]:
        """All columns that do not name the rows, in random order."""
        return self.shuffled(self.view.others())

    def quantities(self) -> list[Column]:
        """The columns whose values have an order, without a gap."""
        return self.columns("count", "number", "year", "event", "date", full=True)

    def names(self) -> list[tuple[int, str]]:
        return self.shuffled(self.view.row_names.items())

    def text(self, row: int, column: Column) -> str:
        text: str = self.view.texts.iat[row, column.index]
        return text

    def cell(self, row: int, column: Column | int | None) -> tuple[CellPosition, ...]:
        if column is None:
            return ()
        index = column if isinstance(column, int) else column.index
        return ((self.view.number, row, index),)

    def cells(self, rows: Iterable[int], *columns: Column | int | None) -> tuple[CellPosition, ...]:
        return tuple(sorted({at for row in rows for c in columns for at in self.cell(row, c)}))

    def slots(self, column: Column | None = None, /, **more: str) -> dict[str, str]:
        """What fills the braces of a phrasing, but for the conditions."""
        row, rows = self.view.row, self.view.rows
        slots = {"row": row, "rows": rows, "a_row": with_article(row)}
        if column is not None:
            slots |= column_slots(column)
            if column.event and "name" in more:
                slots["asked"] = column.event.asked(more["name"])
        if "name" in more:
            slots["possessive"] = possessive(more["name"])
        if "other" in more:
            slots["other_s"] = possessive(more["other"])
        return slots | more

    # --- answers -----------------------------------------------------------------------------------

    def named(self, rows: Sequence[int]) -> dict[str, Any]:
        """The answer that names these rows, with the others forbidden."""
        subject = self.view.subject
        said = self.view.texts[subject]
        others = [called(said[row]) for row in range(len(self.view)) if row not in set(rows)]
        return {
            "answer": tuple(forms_of(said[row]) for row in rows),
            "denotation": tuple(said[row] for row in rows),
            "forbidden": tuple(name for name in others if name)[:MOST_FORBIDDEN],
        }

    def can_be_named(self, rows: Sequence[int]) -> bool:
        return 0 < len(rows) <= LONGEST_LIST and all(row in self.view.row_names for row in rows)

    # --- conditions --------------------------------------------------------------------------------

    def equals(self, column: Column) -> Iterator[Condition]:
        """One condition for each value of a column, in random order."""
        for value in self.shuffled(self.view.values(column)):
            if column.shape == "count" and is_one(value):
                continue
            keys = self.view.keys[column.index]
            rows = keys.index[keys == key_of(value)]
            if column.index in self.view.numbers:
                rows = keys.index[self.view.numbers[column.index] == number_of(value)]
            yield Condition(column, "is", value, tuple(map(int, rows)))

    def compares(self, column: Column, *, beyond: bool = False) -> Iterator[Condition]:
        """Conditions such as "more than 20", with values of the column itself; `beyond`: all, met or not,
        that go past its largest or smallest value.
        """
        series = self.view.numbers[column.index]
        compare: Mapping[Operator, Callable[[Any], Any]] = {
            "more": series.gt,
            "less": series.lt,
            "at_least": series.ge,
            "at_most": series.le,
        }
        for value in self.shuffled(self.view.values(column)):
            operator = self.rng.choice(list(compare))
            if beyond:
                operator = "more" if number_of(value) == series.max() else "less"
            if column.shape == "count" and is_one(value):
                continue
            rows = series.index[compare[operator](number_of(value))]
            yield Condition(column, operator, value, tuple(map(int, rows)))

    def conditions(self) -> Iterator[Condition]:
        """Conditions that some rows meet and some do not, one column after the other, mixed."""
        makers = [
            *(self.equals(c) for c in self.columns("text", "year", "event", "count")),
            *(self.compares(c) for c in self.columns("count", "number", "year", "event")),
        ]
        for condition in in_turn(self.shuffled(makers)):
            if 0 < len(condition.rows) < len(self.view):
                yield condition


def in_turn(iterators: Sequence[Iterator[Any]]) -> Iterator[Any]:
    """One item of each, then the next of each."""
    waiting = list(iterators)
    while waiting:
        for iterator in list(waiting):
            try:
                yield next(iterator)
            except StopIteration:
                waiting.remove(iterator)


def forms_of(text: str) -> tuple[str, ...]:
    """The accepted forms of a cell: as it stands, without what is set aside, a number without commas."""
    if is_number(text):
        return tuple(dict.fromkeys([text, text.replace(",", "")]))
    short = called(text)
    return (text, short) if short and short != text else (text,)


def number_forms(value: float) -> tuple[str, ...]:
    """A computed number: exact to nine places, with commas, rounded to two and one, small ones in words."""
    plain = trimmed(f"{value:.9f}")
    forms = [plain, f"{int(plain):,}" if "." not in plain else f"{value:,.2f}"]
    if "." in plain:
        forms += [f"{value:.2f}", f"{value:.1f}"]
    elif 0 <= value < len(_SMALL_NUMBERS):
        forms.append(_SMALL_NUMBERS[int(value)])
    return tuple(dict.fromkeys(forms))
