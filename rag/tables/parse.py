"""The programs that a question may mean: its row sets, and over each of them every operator that fits.

Hundreds of candidates, each executed on bit masks as it is made. Nothing is decided here: words such
as "most" or "difference" only open the door to the operators that are rare without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from operator import or_

from rag.tables.execute import Engine, shown
from rag.tables.link import ColumnLinks, Filter, absent
from rag.tables.program import Node, Result
from rag.tables.question import Asked
from rag.tables.values import Column, Grid

MOST_CANDIDATES = 1_600
_MOST_SETS = 45
_MOST_SINGLES = 24
_MOST_TRIVIAL = 4
_BY_NUMBER = frozenset({"number", "compared"})
_MOST_COLUMNS = 24
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class RowSet:
    """A set of rows that the question may speak of, and what it is made of.

    `words` are the words of the question that it uses, as bits; `shape` is "all", "one", "and", "or"
    or "not".
    """

    node: Node
    mask: int
    words: int
    filters: tuple[Filter, ...]
    shape: str
    negated: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that the question may mean, with its result.

    `family` names its operators, `rows` is the number of its row set; `out` is the column that answers
    and `by` the one that orders or compares, each -1 for none. `way` is 1 for the highest or last, -1
    for the lowest or first, else 0. `size` counts the rows that the result comes from.
    """

    node: Node
    family: str
    rows: int
    out: int
    view: str
    by: int
    way: int
    size: int
    shown: tuple[str, ...]


FAMILIES = (
    "cells", "most.cells", "nth.cells", "top.cells", "first.cells", "place.cells", "order.cells",
    "count", "count-distinct", "count-order", "sum", "mean", "spread", "highest",
    "difference", "difference-count", "difference-sum", "most-common", "repeated", "groups",
    "most-in-sum", "same.cells", "largest-column", "any", "every", "compare", "percentage", "ratio",
    "plus", "than.cells", "than.count", "count-most-common", "pairs", "alike",
)  # fmt: skip


def row_sets(
    asked: Asked,
    engine: Engine,
    table: int,
    found: Sequence[Filter],
    links: ColumnLinks,
    about: int,
) -> list[RowSet]:
    """The sets of rows that filters make up, alone and together, those that use most words first.

    The first is the whole table; what the question names and the table does not have comes last.
    `about` are the words that name the table.
    """
    grid = engine.grid(table)
    everything = Node("all", table)
    base = RowSet(everything, grid.body, 0, (), "all")
    sets: dict[int, RowSet] = {}

    def worth(rows: RowSet) -> float:
        return _worth(asked, links, rows)

    def keep(news: Iterable[RowSet]) -> None:
        for new in news:
            old = sets.get(new.mask)
            if old is None or worth(new) > worth(old):
                sets[new.mask] = new

    every = [RowSet(f.node, f.mask, f.words, (f,), "one") for f in found]
    singles = [single for single in every if single.mask]
    keep(singles)
    strong = sorted(singles, key=lambda s: -worth(s))[:_MOST_SINGLES]
    for one, other in combinations(strong, 2):
        keep(_pairs(one, other, can_be_either="or" in asked.flags))
    pairs = [s for s in sets.values() if s.shape in {"and", "or"} and len(s.filters) == 2]
    for pair in sorted(pairs, key=lambda s: -worth(s))[:10]:
        for single in strong[:12]:
            keep(_triples(pair, single.filters[0]))
    if "negation" in asked.flags:
        keep(list(_negations(everything, grid, strong, list(sets.values()))))
    sets.pop(grid.body, None)
    ordered = sorted(sets.values(), key=lambda s: (-worth(s), s.mask.bit_count()))
    said = reduce(or_, links.said, about)
    none = [
        RowSet(each.node, 0, each.words, (each,), "one")
        for each in absent(asked, grid, table, found, said)
    ]
    trivial = [s for s in every if s.mask in (0, grid.body) and s.filters[0].kind in _BY_NUMBER]
    trivial = sorted(trivial, key=lambda s: -worth(s))[:_MOST_TRIVIAL]
    return [base, *ordered[: _MOST_SETS - 1], *none, *trivial]


def _pairs(one: RowSet, other: RowSet, *, can_be_either: bool) -> Iterator[RowSet]:
    """Both conditions, and of two values of one column either."""
    a, b = one.filters[0], other.filters[0]
    if a.words & b.words and not {a.kind, b.kind} & {"blank", "filled"}:
        return
    words, both = a.words | b.words, a.mask & b.mask
    if _is_told_twice(a, b):
        return
    if "like" in {a.kind, b.kind} and both in {a.mask, b.mask}:
        return  # a likeness that chooses no fewer rows explains nothing
    if both:  # also where one says no more than the other: what the question says is tested
        yield RowSet(Node("and", a.node, b.node), both, words, (a, b), "and")
    elif a.column == b.column and can_be_either:
        yield RowSet(Node("or", a.node, b.node), a.mask | b.mask, words, (a, b), "or")


def _is_told_twice(one: Filter, other: Filter) -> bool:
    """Whether a likeness would choose other cells of a column than those that are named."""
    return one.column == other.column and "like" in {one.kind, other.kind}


def _triples(pair: RowSet, third: Filter) -> Iterator[RowSet]:
    if third.words & pair.words:
        return
    words, filters, mask = pair.words | third.words, (*pair.filters, third), pair.mask & third.mask
    if mask and mask != pair.mask:
        yield RowSet(Node("and", pair.node, third.node), mask, words, filters, "and")
    elif pair.shape == "or" and not mask and third.column == pair.filters[0].column:
        node = Node("or", pair.node, third.node)
        yield RowSet(node, pair.mask | third.mask, words, filters, "or")


def _negations(
    everything: Node, grid: Grid, singles: Sequence[RowSet], sets: Sequence[RowSet]
) -> Iterator[RowSet]:
    either = [each for each in sets if each.shape == "or"][:3]
    for single in [*singles[:8], *either]:
        if rest := grid.body & ~single.mask:
            node = Node("except", everything, single.node)
            yield RowSet(node, rest, single.words, single.filters, "not", single.words)
        for other in sets:
            rest = other.mask & ~single.mask
            is_apart = not other.words & single.words and len(other.filters) <= 2
            if is_apart and rest and rest != other.mask:
                node = Node("except", other.node, single.node)
                words = other.words | single.words
                filters = (*other.filters, *single.filters)
                yield RowSet(node, rest, words, filters, "not", single.words)


def _worth(asked: Asked, links: ColumnLinks, rows: RowSet) -> float:
    """How much of the question a row set uses, and how fully its cells and its columns are said."""
    if not rows.filters:
        return 0.0
    share = sum(each.share for each in rows.filters) / len(rows.filters)
    vague = sum(each.kind in {"blank", "filled"} for each in rows.filters)
    heads = sum(
        float(links.spoken[each.column]) + 0.5 * float(links.whole[each.column])
        for each in rows.filters
        if each.kind in {"number", "compared", "blank", "filled"}
    )
    by_meaning = any(each.kind == "like" for each in rows.filters)
    said = share if by_meaning else 0.4 + 0.6 * share  # a name that is said goes before a likeness
    worth = asked.weight(rows.words) * said + 0.7 * heads
    return worth - 0.1 * len(rows.filters) - 0.5 * vague


class Parser:
    """Makes the candidates of one question over one table."""

    def __init__(
        self,
        asked: Asked,
        engine: Engine,
        table: int,
        sets: Sequence[RowSet],
        links: ColumnLinks,
    ) -> None:
        self._asked = asked
        self._engine = engine
        self._table = table
        self._sets = sets
        self._grid = engine.grid(table)
        self._found: list[Candidate] = []
        order = sorted(
            range(len(self._grid.columns)),
            key=lambda c: (-float(links.spoken[c]) - float(links.whole[c]), c),
        )[:_MOST_COLUMNS]
        self._columns = sorted(order)
        self._numeric = [
            c
            for c in self._columns
            if self._grid.columns[c].main != "text" and not self._grid.columns[c].is_rank
        ] + [c for c in self._columns if self._grid.columns[c].is_rank]
        self._several = [
            c
            for c in self._columns
            if not self._column(c).is_unique and self._column(c).kind != "empty"
        ]

    def candidates(self) -> list[Candidate]:
        """All candidates, those of simple programs first."""
        flags = self._asked.flags
        for number, rows in enumerate(self._sets):
            if not rows.mask or (number and rows.mask == self._grid.body):
                continue  # what no row or every row is counts in `_truths` only
            if rows.mask.bit_count() <= _MOST_SHOWN:
                for column in self._columns:
                    self._cells("cells", rows.node, number, column)
            self._add("count", Node("count", rows.node), number, size=rows.mask.bit_count())
        self._superlatives()
        self._by_place()
        self._statistics()
        self._by_group()
        rare = (
            (self._neighbours, "order" in flags),
            (self._arithmetic, bool(flags & {"difference", "sum", "twice"})),
            (self._than, "than" in self._asked.lower),
            (self._same, "same" in flags),
            (self._across_columns, "columns" in flags),
            (self._truths, self._asked.wh == "yes-no"),
            (self._percentages, "percent" in flags),
            (self._pairs, "pairs" in flags),
        )
        for make, is_hinted_at in rare:
            if is_hinted_at:
                make()
        return self._found

    def _column(self, number: int) -> Column:
        return self._grid.columns[number]

    def _ref(self, column: int, view: str) -> str:
        return f"{self._table}.{column}:{view}"

    def _main(self, column: int) -> str:
        return self._ref(column, self._column(column).main)

    def _add(
        self,
        family: str,
        node: Node,
        rows: int,
        *,
        out: int = -1,
        view: str = "",
        by: int = -1,
        way: int = 0,
        size: int = 0,
    ) -> None:
        if len(self._found) >= MOST_CANDIDATES:
            return
        result: Result = self._engine.run(node)
        values = shown(result)
        if values and len(values) <= _MOST_SHOWN:
            self._found.append(Candidate(node, family, rows, out, view, by, way, size, values))

    def _cells(
        self, family: str, node: Node, rows: int, column: int, *, by: int = -1, way: int = 0
    ) -> None:
        """The column's cells in some rows, in each view that differs."""
        views = self._column(column).views
        size = self._engine.rows(node).bit_count()
        if not size or size > _MOST_SHOWN or (family == "cells" and self._says(rows, column)):
            return
        if (
            family == "cells"
            and size == 1
            and not self._engine.rows(node) & ~self._column(column).blank
        ):
            empty = Node("lacks", node, self._ref(column, "text"))
            self._add(family, empty, rows, out=column, view="text", size=size)
            return
        seen: set[tuple[str, ...]] = set()
        for view in ("text", "bare", "inner", "year", "number", "second", "gap", "month", "items"):
            if view not in views or (view in {"gap", "second"} and family != "cells"):
                continue
            if view == "items" and size > 1 and "list" not in self._asked.wh:
                continue
            ref = self._ref(column, view)
            cells = Node("cells", node, ref)
            values = shown(self._engine.run(cells))
            if len(set(values)) < len(values):
                cells = Node("distinct", node, ref)
                values = shown(self._engine.run(cells))
            if values and values not in seen:
                seen.add(values)
                self._add(family, cells, rows, out=column, view=view, by=by, way=way, size=size)

    def _says(self, rows: int, column: int) -> bool:
        """Whether the question gives the very cells of a column, so that it cannot ask for them."""
        of = self._sets[rows]
        return of.shape == "one" and all(
            each.column == column and each.kind in {"is", "name"} and each.share == 1.0
            for each in of.filters
        )

    def _superlatives(self) -> None:
        wide = [n for n, s in enumerate(self._sets) if s.mask.bit_count() > 1]
        ors = [n for n in wide if self._sets[n].shape == "or"][:3]
        for number in dict.fromkeys([0, *wide[:7], *ors]):
            if not self._grid.body:
                return
            rows = self._sets[number]
            for by in self._numeric[: 10 if number else 16]:
                for view in self._ordering_views(by):
                    for op, way in (("most", 1), ("least", -1)):
                        self._superlative(Node(op, rows.node, self._ref(by, view)), number, by, way)
        self._ranked()

    def _ordering_views(self, column: int) -> list[str]:
        views = self._column(column).views
        extra = [view for view in ("gap", "second", "total") if view in views]
        return [self._column(column).main, *extra[:2]]

    def _superlative(self, node: Node, rows: int, by: int, way: int) -> None:
        size = self._engine.rows(node).bit_count()
        if not size or size > 12:
            return
        for column in self._columns[:14]:
            cells = Node("cells" if size == 1 else "distinct", node, self._ref(column, "text"))
            self._add("most.cells", cells, rows, out=column, view="text", by=by, way=way, size=size)
            if "bare" in self._column(column).views:
                bare = Node(cells.op, node, self._ref(column, "bare"))
                if shown(self._engine.run(bare)) != shown(self._engine.run(cells)):
                    self._add(
                        "most.cells", bare, rows, out=column, view="bare", by=by, way=way, size=size
                    )

    def _ranked(self) -> None:
        places = [
            int(n.value)
            for n in self._asked.numbers
            if 1 < n.value <= 200 and n.value == int(n.value)
        ][:2]
        if not places or not (
            {"top"} & self._asked.flags
            or any(n.is_ordinal for n in self._asked.numbers)
            or "est" in self._asked.lower
        ):
            return
        for place in dict.fromkeys(places):
            for number, rows in list(enumerate(self._sets))[:4]:
                for by in self._numeric[:10]:
                    for op, way in (("nth-most", 1), ("nth-least", -1), ("top", 1), ("bottom", -1)):
                        node = Node(op, rows.node, self._main(by), place)
                        family = "nth.cells" if op.startswith("nth") else "top.cells"
                        columns = self._columns if family == "nth.cells" else [self._grid.subject]
                        for column in columns[:10]:
                            self._cells(family, node, number, column, by=by, way=way)

    def _by_place(self) -> None:
        wide = [n for n, s in enumerate(self._sets) if s.mask.bit_count() > 1][:10]
        for number in dict.fromkeys([0, *wide]):
            rows = self._sets[number]
            for op, way in (("first", -1), ("last", 1)):
                for column in self._columns[:14]:
                    self._cells("first.cells", Node(op, rows.node), number, column, way=way)
        ordinals = [
            int(n.value)
            for n in self._asked.numbers
            if 1 < n.value <= 500 and n.value == int(n.value)
        ]
        for place in ordinals[:2]:
            for number, rows in list(enumerate(self._sets))[:4]:
                if rows.mask.bit_count() >= place:
                    for column in self._columns[:10]:
                        self._cells("place.cells", Node("place", rows.node, place), number, column)

    def _neighbours(self) -> None:
        for number, rows in enumerate(self._sets[1:11], 1):
            if not rows.mask:
                continue
            for op, way in (("after", 1), ("before", -1)):
                node = Node(op, self._table, rows.node)
                for column in self._columns[:12]:
                    self._cells("order.cells", node, number, column, way=way)
            for op, way in (("below", 1), ("above", -1)):
                node = Node(op, self._table, rows.node)
                size = self._engine.rows(node).bit_count()
                self._add("count-order", Node("count", node), number, way=way, size=size)
                if size <= 12:
                    self._cells("order.cells", node, number, self._grid.subject, way=2 * way)

    def _statistics(self) -> None:
        wide = [n for n, s in enumerate(self._sets) if s.mask.bit_count() > 1][:9]
        for number in dict.fromkeys([0, *wide]):
            for column in self._numeric[:12]:
                for op, view in self._statistics_of(column):
                    self._over(op, op, number, column, view)
            if self._sets[number].mask.bit_count() > 1:
                for column in self._several[:12]:
                    for view in ("text", "bare", "items"):
                        self._over("count-distinct", "count-distinct", number, column, view)

    def _statistics_of(self, column: int) -> Iterator[tuple[str, str]]:
        """The statistics of a column that the question hints at, each with its view."""
        flags, view = self._asked.flags, self._column(column).main
        if "sum" in flags:
            if view in {"number", "time"}:
                yield "sum", view
            yield "sum", "gap"
        if "mean" in flags:
            yield "mean", view
        if "difference" in flags and view != "date":
            yield "spread", view

    def _over(
        self, family: str, op: str, number: int, column: int, view: str, *, way: int = 0
    ) -> None:
        """An operator over a column's view in a set of rows, where the column has the view."""
        rows = self._sets[number]
        if view in self._column(column).views:
            node = Node(op, rows.node, self._ref(column, view))
            size = rows.mask.bit_count()
            self._add(family, node, number, out=column, view=view, way=way, size=size)

    def _arithmetic(self) -> None:
        """Two things compared: their numbers, their counts, their sums."""
        singles = [
            (n, s) for n, s in enumerate(self._sets) if s.mask and s.shape in {"one", "and"}
        ][:12]
        pairs = [
            (a, b)
            for a, b in combinations(singles, 2)
            if not a[1].words & b[1].words and not a[1].mask & b[1].mask
        ][:14]
        for (number, one), (_, other) in pairs:
            sizes = one.mask.bit_count() + other.mask.bit_count()
            counts = (Node("count", one.node), Node("count", other.node))
            joined = self._joined(number, one, other)
            self._add("difference-count", Node("difference", *counts), joined, size=sizes)
            for column in self._numeric[:10]:
                ref, view = self._main(column), self._column(column).main
                if view == "date":
                    ref, view = (
                        (self._ref(column, "year"), "year")
                        if "year" in self._column(column).views
                        else (ref, view)
                    )
                a, b = Node("number", one.node, ref), Node("number", other.node, ref)
                self._add(
                    "difference",
                    Node("difference", a, b),
                    joined,
                    out=column,
                    view=view,
                    size=sizes,
                )
                if "sum" in self._asked.flags:
                    self._add("plus", Node("plus", a, b), joined, out=column, view=view, size=sizes)
                if "twice" in self._asked.flags:
                    self._add(
                        "ratio", Node("ratio", a, b), joined, out=column, view=view, size=sizes
                    )
                if sizes > 2:
                    sums = (Node("sum", one.node, ref), Node("sum", other.node, ref))
                    self._add(
                        "difference-sum",
                        Node("difference", *sums),
                        joined,
                        out=column,
                        view=view,
                        size=sizes,
                    )
        self._between_columns()

    def _joined(self, number: int, one: RowSet, other: RowSet) -> int:
        """The number of the row set that holds both, so that all their words count as used."""
        both = one.mask | other.mask
        return next((n for n, s in enumerate(self._sets) if s.mask == both), number)

    def _between_columns(self) -> None:
        """In one row, the difference between two of its columns."""
        columns = [c for c in self._numeric if self._column(c).kind in {"number", "year"}][:5]
        for number, rows in enumerate(self._sets[1:5], 1):
            if rows.mask.bit_count() != 1:
                continue
            for a, b in combinations(columns, 2):
                one = Node("number", rows.node, self._main(a))
                other = Node("number", rows.node, self._main(b))
                self._add(
                    "difference",
                    Node("difference", one, other),
                    number,
                    out=a,
                    view="number",
                    by=b,
                    size=1,
                )

    def _by_group(self) -> None:
        flags = self._asked.flags
        ops = [("most-common", "most-common", 1), ("most-common", "least-common", -1)]
        ops = ops if "frequent" in flags else []
        ops += [("count-most-common", "count-most-common", 0)] if "frequent" in flags else []
        ops += [("repeated", "repeated", 0)] if "repeated" in flags else []
        ops += [("groups", "groups", 0)] if "each" in flags else []
        for number, rows in list(enumerate(self._sets))[:5]:
            if rows.mask.bit_count() < 2:
                continue
            for column in self._several[:12]:
                for view in ("text", "bare", "items", "inner", "month"):
                    for family, op, way in ops:
                        self._over(family, op, number, column, view, way=way)
                if number < 2 and ("frequent" in flags or "top" in flags):
                    self._by_sum(number, column)

    def _by_sum(self, number: int, column: int) -> None:
        rows = self._sets[number]
        for of in self._numeric[:5]:
            if of == column or self._column(of).kind != "number":
                continue
            for op, way in (("most-in-sum", 1), ("least-in-sum", -1)):
                node = Node(op, rows.node, self._ref(column, "text"), self._main(of))
                size = rows.mask.bit_count()
                self._add(
                    "most-in-sum", node, number, out=column, view="text", by=of, way=way, size=size
                )

    def _than(self) -> None:
        """The rows whose number is larger or smaller than that of a named row."""
        named = [(n, s) for n, s in enumerate(self._sets) if s.mask.bit_count() == 1][:3]
        for number, rows in named:
            for by in self._numeric[:8]:
                value = self._engine.run(Node("number", rows.node, self._main(by)))
                if not isinstance(value, float):
                    continue
                for sign, way in ((">", 1), ("<", -1)):
                    beyond = Node("where", self._main(by), sign, value)
                    size = self._engine.rows(beyond).bit_count()
                    count = Node("count", beyond)
                    self._add("than.count", count, number, by=by, way=way, size=size)
                    if size <= _MOST_SHOWN // 4:
                        self._cells(
                            "than.cells", beyond, number, self._grid.subject, by=by, way=way
                        )

    def _same(self) -> None:
        for number, rows in enumerate(self._sets[1:6], 1):
            if not 1 <= rows.mask.bit_count() <= 2:
                continue
            for by in self._several[:10]:
                for view in ("items", "text"):
                    if view in self._column(by).views:
                        ref = self._ref(by, view)
                        alike = Node("except", Node("matched", ref, rows.node, ref), rows.node)
                        self._same_cells(alike, number, by)
                        break

    def _same_cells(self, alike: Node, number: int, by: int) -> None:
        size = self._engine.rows(alike).bit_count()
        if not size:
            return
        self._add("count", Node("count", alike), number, by=by, size=size)
        for column in dict.fromkeys([self._grid.subject, *self._columns[:5]]):
            if column != by:
                self._cells("same.cells", alike, number, column, by=by)

    def _across_columns(self) -> None:
        columns = [
            c
            for c in self._numeric
            if self._column(c).main == "number" and not self._column(c).is_rank
        ][:8]
        if len(columns) < 2:
            return
        refs = [self._main(c) for c in columns]
        for number, rows in enumerate(self._sets[1:6], 1):
            if rows.mask.bit_count() == 1:
                for op, way in (("largest-column", 1), ("smallest-column", -1)):
                    self._add("largest-column", Node(op, rows.node, *refs), number, way=way, size=1)

    def _truths(self) -> None:
        """What is so or not: whether there are rows, whether all are, whether numbers compare."""
        for number, rows in enumerate(self._sets):
            if not number or (number > 15 and rows.mask not in (0, self._grid.body)):
                continue
            self._add("any", Node("any", rows.node), number, size=rows.mask.bit_count())
            if rows.mask and len(rows.filters) == 1:
                self._conditions(number, rows)
            if rows.mask.bit_count() > 1 and "same" in self._asked.flags:
                self._alike(number, rows)
        self._truths_of_two()

    def _alike(self, number: int, rows: RowSet) -> None:
        for column in self._several[:8]:
            node = Node("alike", rows.node, self._ref(column, "text"))
            self._add("alike", node, number, out=column, size=rows.mask.bit_count())

    def _truths_of_two(self) -> None:
        singles = [
            (n, s) for n, s in enumerate(self._sets) if s.shape == "one" and self._is_there(s)
        ]
        singles = [*singles[:8], *(s for s in singles[8:] if s[1].mask in (0, self._grid.body))]
        rests = [(n, s) for n, s in enumerate(self._sets) if s.shape == "not" and s.mask][:4]
        for (number, rest), (_, other) in product(rests, singles[:8]):
            if not rest.words & other.words:
                self._every(number, rest, other)
        for (number, one), (_, other) in combinations(singles, 2):
            if one.words & other.words:
                continue
            if not one.mask & other.mask and not _is_told_twice(one.filters[0], other.filters[0]):
                apart = Node("any", Node("and", one.node, other.node))
                self._add("any", apart, self._joined(number, one, other), size=0)
            self._every(number, one, other)
            self._compared(number, one, other)

    def _every(self, number: int, rows: RowSet, others: RowSet) -> None:
        node = Node("every", rows.node, others.node)
        joined = self._joined(number, rows, others)
        self._add("every", node, joined, size=rows.mask.bit_count())

    def _compared(self, number: int, one: RowSet, other: RowSet) -> None:
        """Whether the number of one row is larger, smaller or the same as that of another."""
        joined = self._joined(number, one, other)
        for column in self._numeric[:8]:
            ref = self._main(column)
            a, b = Node("number", one.node, ref), Node("number", other.node, ref)
            first, second = (a, b) if one.words < other.words else (b, a)
            for sign, way in ((">", 1), ("<", -1), ("=", 0)):
                node = Node("compare", first, sign, second)
                self._add("compare", node, joined, out=column, by=column, way=way, size=2)

    def _pairs(self) -> None:
        """The names of some rows, each with what a second column says: "which towns, and when?"."""
        subject = self._grid.subject
        wide = [(n, s) for n, s in enumerate(self._sets) if s.mask and s.mask != self._grid.body]
        for number, rows in [(0, self._sets[0]), *wide[:8]]:
            size = rows.mask.bit_count()
            for column in self._columns[:10]:
                if column != subject and 0 < size <= _MOST_SHOWN // 2:
                    refs = (self._ref(subject, "text"), self._ref(column, "text"))
                    node = Node("pairs", rows.node, *refs)
                    self._add("pairs", node, number, out=column, view="text", size=size)

    def _is_there(self, rows: RowSet) -> bool:
        return rows.filters[0].kind != "absent"

    def _conditions(self, number: int, rows: RowSet) -> None:
        """Whether the rows have a cell at all in a column."""
        for column in self._columns[:12]:
            if self._column(column).blank & rows.mask:
                node = Node("any", Node("filled", rows.node, self._ref(column, "text")))
                self._add("any", node, number, by=column, size=rows.mask.bit_count())

    def _percentages(self) -> None:
        whole = self._sets[0]
        for number, rows in enumerate(self._sets[1:6], 1):
            size = rows.mask.bit_count()
            if not size:
                continue
            counts = (Node("count", rows.node), Node("count", whole.node))
            self._add("percentage", Node("percentage", *counts), number, size=size)
            for column in self._numeric[:6]:
                ref = self._main(column)
                one = Node("sum", rows.node, ref)
                node = Node("percentage", one, Node("sum", whole.node, ref))
                self._add("percentage", node, number, out=column, size=size)
