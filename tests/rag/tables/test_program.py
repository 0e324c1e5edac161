"""Every operator: what it gives on bit masks, that SQL gives the same, how it reads, how it is stored."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.tables.execute import Disagreement, Engine, shown
from rag.tables.program import OPERATORS, Node, read_program
from rag.tables.values import NUMERIC, Grid

CITIES = Grid.of(
    ["City", "Land", "People", "Founded", "Languages", "Score"],
    [
        ["Arn (old)", "Ost", "1,200", "1201", "Irish, Welsh", "3–1"],
        ["Bel", "West", "900", "1300", "Welsh", "2–2"],
        ["Cor", "Ost", "3,000", "1250", "Irish", "0–4"],
        ["Dun", "Nord", "900", "1400", "–", "5–0"],
        ["Eil", "West", "", "1500", "Irish, Scots", "1–1"],
        ["Total", "", "6,000", "", "", ""],
    ],
    caption="Table 1. Cities",
)
LANDS = Grid.of(["Land", "Head"], [["Ost", "Ada"], ["Sud", "Bo"], ["Nord", "Cy"]])

EXPECTED = {
    "(all 0)": "0 1 2 3 4",
    '(is 0.1:text "ost" "nord")': "0 2 3",
    '(is 0.4:items "irish")': "0 2 4",
    '(has 0.0:words "arn" "old")': "0",
    '(where 0.2:number ">" 900)': "0 2",
    '(where 0.2:number ">=" 900)': "0 1 2 3",
    '(where 0.2:number "<" 1200)': "1 3",
    '(where 0.2:number "<=" 1200)': "0 1 3",
    '(where 0.2:number "=" 900)': "1 3",
    '(where 0.2:number "!=" 900)': "0 2",
    "(between 0.3:year 1250 1400)": "1 2 3",
    "(blank (all 0) 0.2:text)": "4",
    "(filled (all 0) 0.4:text)": "0 1 2 4",
    '(and (is 0.1:text "west") (is 0.4:items "irish"))': "4",
    '(or (is 0.1:text "west") (is 0.1:text "nord"))': "1 3 4",
    '(except (all 0) (is 0.1:text "west"))': "0 2 3",
    "(most (all 0) 0.2:number)": "2",
    "(least (all 0) 0.2:number)": "1 3",
    "(top (all 0) 0.3:year 2)": "3 4",
    "(top (all 0) 0.2:number 3)": "0 1 2 3",
    "(bottom (all 0) 0.3:year 2)": "0 2",
    "(nth-most (all 0) 0.2:number 2)": "0",
    "(nth-most (all 0) 0.2:number 9)": "",
    "(nth-least (all 0) 0.2:number 2)": "0",
    '(first (is 0.1:text "west"))': "1",
    '(last (is 0.1:text "west"))': "4",
    '(first (is 0.1:text "none such"))': "",
    '(last (is 0.1:text "none such"))': "",
    "(place (all 0) 3)": "2",
    "(place (all 0) 30)": "",
    '(after 0 (is 0.0:text "bel"))': "2",
    '(after 0 (is 0.0:text "eil"))': "",
    '(before 0 (is 0.0:text "bel"))': "0",
    '(before 0 (is 0.0:bare "arn"))': "",
    '(below 0 (is 0.1:text "nord"))': "4",
    '(above 0 (is 0.1:text "west"))': "0",
    '(above 0 (is 0.1:text "none such"))': "",
    "(matched 0.1:text (all 1) 1.0:text)": "0 2 3",
    '(cells (is 0.1:text "ost") 0.0:bare)': "Arn|Cor",
    "(cells (most (all 0) 0.5:gap) 0.0:text)": "Dun",
    '(pairs (is 0.1:text "nord") 0.0:text 0.4:items)': "Dun: –",
    '(pairs (is 0.1:text "west") 0.4:items 0.2:number)': "Welsh: 900|Irish: –|Scots: –",
    '(lacks (is 0.1:text "nord") 0.4:text)': "nothing",
    '(lacks (is 0.1:text "west") 0.2:text)': "",
    '(lacks (is 0.1:text "none such") 0.2:text)': "",
    "(distinct (all 0) 0.1:text)": "Ost|West|Nord",
    "(most-common (all 0) 0.1:text)": "Ost|West",
    "(least-common (all 0) 0.1:text)": "Nord",
    "(repeated (all 0) 0.4:items)": "Irish|Welsh",
    "(groups (all 0) 0.1:text)": "Ost: 2|West: 2|Nord: 1",
    "(most-in-sum (all 0) 0.1:text 0.2:number)": "Ost",
    "(least-in-sum (all 0) 0.1:text 0.2:number)": "West|Nord",
    '(largest-column (is 0.0:text "bel") 0.2:number 0.3:number)': "Founded",
    '(smallest-column (is 0.0:text "bel") 0.2:number 0.3:number)': "People",
    '(count (is 0.1:text "ost"))': "2",
    "(count-distinct (all 0) 0.1:text)": "3",
    "(count-most-common (all 0) 0.1:text)": "2",
    '(count-most-common (is 0.1:text "none such") 0.1:text)': "0",
    "(sum (all 0) 0.2:number)": "6000",
    "(mean (all 0) 0.2:number)": "1500",
    "(highest (all 0) 0.2:number)": "3000",
    "(lowest (all 0) 0.2:number)": "900",
    "(spread (all 0) 0.3:year)": "299",
    '(number (is 0.0:text "bel") 0.2:number)': "900",
    '(number (is 0.1:text "ost") 0.2:number)': "",
    '(difference (count (all 0)) (count (is 0.1:text "ost")))': "3",
    '(plus (count (all 0)) (count (is 0.1:text "ost")))': "7",
    "(ratio (sum (all 0) 0.2:number) (count (all 0)))": "1200",
    '(ratio (count (all 0)) (count (is 0.1:text "none such")))': "",
    '(percentage (count (is 0.1:text "ost")) (count (all 0)))': "40",
    '(any (is 0.1:text "ost"))': "yes",
    '(none (is 0.1:text "ost"))': "no",
    '(every (is 0.0:text "bel") (is 0.1:text "west"))': "yes",
    '(every (is 0.1:text "west") (is 0.0:text "bel"))': "no",
    '(alike (is 0.1:text "west") 0.1:text)': "yes",
    "(alike (all 0) 0.1:text)": "no",
    '(alike (is 0.1:text "none such") 0.1:text)': "no",
    '(compare (highest (all 0) 0.2:number) ">" (lowest (all 0) 0.2:number))': "yes",
    '(compare (count (all 0)) "<" (count (all 1)))': "no",
}


@pytest.mark.parametrize("text", EXPECTED)
def test_a_program_gives_what_it_says(text: str) -> None:
    engine = Engine([CITIES, LANDS])
    node = read_program(text)
    result = engine.check(node)
    separator = " " if OPERATORS[node.op].gives == "rows" else "|"
    assert separator.join(shown(result)) == EXPECTED[text]


def test_every_operator_is_tried() -> None:
    used = {word.strip("()") for text in EXPECTED for word in text.split() if word[0] == "("}
    assert used == set(OPERATORS)


@pytest.mark.parametrize("text", EXPECTED)
def test_a_program_is_read_as_it_was_written(text: str) -> None:
    assert read_program(text).text == text
    assert read_program(read_program(text).text) == read_program(text)


READINGS = {
    "(all 0)": "all rows",
    '(count (where 0.2:number ">=" 900))': "the number of rows where People is at least 900",
    "(cells (most (all 0) 0.2:number) 0.0:text)": (
        "City of the rows where People is the highest of all rows"
    ),
    '(cells (and (is 0.1:text "west") (is 0.4:items "irish")) 0.0:text)': (
        "City of the rows where Land is West and Languages is Irish"
    ),
    '(except (all 0) (is 0.1:text "west"))': "the rows where not Land is West",
    "(nth-least (all 0) 0.2:number 2)": "the rows where People is the 2nd lowest of all rows",
    '(percentage (count (is 0.1:text "ost")) (count (all 0)))': (
        "the number of rows where Land is Ost as a percentage of the number of rows (2 of 5)"
    ),
    "(spread (all 0) 0.3:year)": (
        "the difference between the highest and the lowest Founded of all rows"
    ),
}


@pytest.mark.parametrize("text", READINGS)
def test_a_program_reads_as_english(text: str) -> None:
    assert Engine([CITIES, LANDS]).reading(read_program(text)) == READINGS[text]


@pytest.mark.parametrize("text", EXPECTED)
def test_every_reading_names_the_columns_that_it_is_about(text: str) -> None:
    engine = Engine([CITIES, LANDS])
    reading = engine.reading(read_program(text))
    for word in text.replace("(", " ").replace(")", " ").split():
        if ":" in word and not word.startswith("0.0:"):  # a row chosen by its name is called by it
            assert engine.spoken_view(word).split(" (")[0] in reading


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        ")",
        "()",
        "(no-such (all 0))",
        "(count)",
        "(count 3)",
        "(count (all 0)",
        "(count (all 0)))",
        "(count (count (all 0)))",
        '(where 0.2:number "~" 3)',
        '(where 0.2:number ">" nan)',
        "(all -1)",
        "(place (all 0) 0)",
        '(is 0.1:text "open)',
        "(" * 100,
    ],
)
def test_what_is_no_program_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no program"):
        read_program(text)


def test_a_program_over_what_is_not_there_is_refused() -> None:
    engine = Engine([CITIES])
    for text in ("(all 7)", "(sum (all 0) 0.9:number)", "(sum (all 0) 0.1:number)"):
        with pytest.raises(LookupError):
            engine.check(read_program(text))


def test_the_operands_are_the_cells_that_bear_the_result() -> None:
    engine = Engine([CITIES, LANDS])

    def operands(text: str) -> set[tuple[int, int, int]]:
        return set(engine.operands(read_program(text)))

    assert operands('(cells (is 0.1:text "west") 0.0:text)') == {
        (0, 1, 0), (0, 1, 1), (0, 4, 0), (0, 4, 1),
    }  # fmt: skip
    assert operands('(count (is 0.1:text "nord"))') == {(0, 3, 1)}
    assert operands("(cells (most (all 0) 0.2:number) 0.0:text)") == {(0, 2, 2), (0, 2, 0)}
    assert operands('(any (is 0.1:text "none such"))') == {(0, -1, 1)}
    assert operands('(any (and (is 0.0:text "bel") (is 0.1:text "ost")))') == {(0, 1, 0), (0, 1, 1)}
    assert operands('(most (or (is 0.0:text "bel") (is 0.0:text "cor")) 0.2:number)') == {
        (0, 1, 0), (0, 1, 2), (0, 2, 0), (0, 2, 2),
    }  # fmt: skip
    assert operands('(count (except (all 0) (is 0.1:text "west")))') == {
        (0, 0, 1), (0, 2, 1), (0, 3, 1),
    }  # fmt: skip
    assert operands("(count (all 1))") == {(1, 0, 0), (1, 1, 0), (1, 2, 0)}


# --- both executions, on tables and programs that nobody thought of ------------------------------

TEXTS = st.sampled_from(
    ["", "a", "b", "A (x)", "a, b", "7", "7.5", "1,200", "2010", "2011–2014", "3–1", "May 5, 2010",
     "12 Jan 2011", "1:02:03", "–", "−5", "'; DROP TABLE t0", 'x"y', "(12)", "12%", "Total", "ü"]
)  # fmt: skip
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(TEXTS, min_size=width, max_size=width), min_size=0, max_size=8
    ).map(lambda rows: Grid.of([f"h{n}" if n else "h" for n in range(width)], rows))
)


def random_program(gives: str, grids: Sequence[Grid], chance: random.Random, depth: int) -> Node:
    """A program of a type, of operators that the tables allow."""
    simple = {
        "rows": ["all", "is", "where"],
        "cells": ["cells"],
        "number": ["count"],
        "truth": ["any"],
    }
    names = [n for n, r in OPERATORS.items() if r.gives == gives]
    for _ in range(60):
        record = OPERATORS[chance.choice(names if depth > 0 else simple[gives])]
        table = chance.randrange(len(grids))
        args = [
            random_argument(type_, record.name, table, grids, chance, depth)
            for type_ in record.types(len(record.takes) + chance.randrange(2))
        ]
        if all(arg is not None for arg in args):
            return Node(record.name, *(arg for arg in args if arg is not None))
    return Node("all", 0) if gives == "rows" else Node("count", Node("all", 0))


def random_argument(
    type_: str, operator: str, table: int, grids: Sequence[Grid], chance: random.Random, depth: int
) -> Node | str | int | float | None:
    grid = grids[table]
    if type_ in {"rows", "number", "truth", "cells"}:
        # One table only: what the parser never makes, rows of two tables together, means nothing.
        return random_program(type_, [grid], chance, depth - 1)
    if type_ == "table":
        return table
    if type_ == "view":
        numeric = operator in {
            "where", "between", "most", "least", "top", "bottom", "nth-most", "nth-least", "sum",
            "mean", "highest", "lowest", "spread", "number", "largest-column", "smallest-column",
            "most-in-sum", "least-in-sum",
        }  # fmt: skip
        views = [
            f"{table}.{c}:{name}"
            for c, column in enumerate(grid.columns)
            for name in dict.fromkeys([*column.views, "words"])
            if (name in NUMERIC or not numeric)
        ]
        return chance.choice(views) if views else None
    if type_ == "text":
        values = [v for c in grid.columns for w in c.views.values() for v in w.masks]
        return str(chance.choice(values)) if values else "a"
    if type_ == "sign":
        return chance.choice(["<", "<=", ">", ">=", "=", "!="])
    numbers = [-5.0, 0.0, 3.0, 7.5, 1200.0, 2010.0, 2012.0]
    return chance.randint(1, 4) if type_ == "size" else chance.choice(numbers)


@settings(max_examples=300)
@given(TABLES, st.randoms(use_true_random=False))
def test_both_executions_agree(grid: Grid, chance: random.Random) -> None:
    engine = Engine([grid])
    for gives in ("rows", "cells", "number", "truth") * 3:
        node = random_program(gives, [grid], chance, 3)
        result = engine.check(node)
        engine.reading(node)
        engine.operands(node)
        assert read_program(node.text) == node
        assert Engine([grid]).check(read_program(node.text)) == result


def test_a_fault_in_one_execution_is_found() -> None:
    engine = Engine([CITIES])
    node = read_program("(count (all 0))")
    engine._results[node] = 6.0
    with pytest.raises(Disagreement):
        engine.check(node)
