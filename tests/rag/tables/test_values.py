"""What a cell is: numbers, dates and lists in every style, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.tables.values import Grid, date_of, key, number_of, numbers_in, seconds_of, spoken_number

NUMBERS = {
    "1 234,5": [1234.5],
    "1,234.5": [1234.5],
    "1.234,5": [1234.5],
    "1'234": [1234],
    "1.234.567": [1234567],
    "(12)": [-12],
    "12%": [12],
    "$3.4 million": [3_400_000],
    "2 bn": [2_000_000_000],
    "−5": [-5],
    "+3": [3],
    "US$ 5": [5],
    "12th": [12],
    "3–1": [3, 1],
    "W 21-7": [21, 7],
    "1990–1995": [1990, 1995],
    ".5": [0.5],
    "": [],
    "none": [],
}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_in_every_style(text: str) -> None:
    assert list(numbers_in(text)) == NUMBERS[text]


def test_a_comma_is_decimal_where_its_column_says_so() -> None:
    assert Grid.of(["x"], [["1,50"], ["2,125"]]).columns[0].views["number"].numbers.tolist() == [
        1.5,
        2.125,
    ]
    assert Grid.of(["x"], [["1,500"], ["2,125"]]).columns[0].views["number"].numbers.tolist() == [
        1500,
        2125,
    ]


def test_what_is_no_number_is_none() -> None:
    assert number_of("1,2,3") is None
    assert number_of("1.2.3") is None


DATES = {
    "12 March 2010": 20100312,
    "March 12, 2010": 20100312,
    "12th of Mar. 2010": 20100312,
    "2010-03-12": 20100312,
    "31/12/2001": 20011231,
    "12/31/2001": 20011231,
    "March 2010": 20100300,
    "May 5": 505,
    "2010": None,
    "99/99/2001": None,
    "nothing": None,
}


@pytest.mark.parametrize("text", DATES)
def test_dates_in_many_forms(text: str) -> None:
    assert date_of(text) == DATES[text]


def test_times() -> None:
    assert seconds_of("1:02:33.5") == 3753.5
    assert seconds_of("4:05") == 245
    assert seconds_of("at 4") is None


def test_a_column_has_every_view_that_most_of_its_cells_allow() -> None:
    grid = Grid.of(
        ["Name", "Founded", "Area", "Score", "Day"],
        [
            ["Vell (old town)", "1901", "12.5 km", "3–1", "May 5, 2010"],
            ["Arn", "1911", "?", "0–2", "June 1, 2011"],
            ["Bel – capital", "1921", "1,000 km", "2–2", "July 2, 2011"],
        ],
    )
    name, founded, area, score, day = grid.columns
    assert name.views["bare"].shown == (("Vell",), ("Arn",), ("Bel",))
    assert name.views["inner"].shown == (("old town",), (), ())
    assert founded.kind == "year"
    assert area.kind == "number"
    assert area.blank == 0b010
    assert score.views["gap"].numbers.tolist() == [2, 2, 0]
    assert score.views["total"].numbers.tolist() == [4, 2, 4]
    assert day.kind == "date"
    assert day.views["month"].shown == (("May",), ("June",), ("July",))
    assert grid.subject == 0


def test_a_row_of_totals_is_no_row() -> None:
    grid = Grid.of(["Town", "People"], [["Arn", "1"], ["Bel", "2"], ["Total", "3"]])
    assert grid.body == 0b011
    assert Grid.of(["Town"], [["Arn"], ["Total Recall of all things"], ["Bel"]]).body == 0b111


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ([], []),
        ([""], []),
        (["a"], []),
        (["a", "a"], [["x"], ["y", "z", "w"]]),
        (["", ""], [["", ""]]),
        (["a"], [["=SUM(A1)"], ["'; DROP TABLE t0; --"], ['"']]),
        (["国家", "شهر"], [["中国", "القاهرة"], ["日本", "٣"]]),
        (["a"], [["\ud800"], ["\0"], ["9" * 400], ["1e999"], ["١٢٣"]]),
    ],
)
def test_strange_tables_are_typed(header: list[str], rows: list[list[str]]) -> None:
    grid = Grid.of(header, rows)
    assert grid.height == len(rows)
    assert len(grid.columns) == max([len(header), *map(len, rows)], default=0)


@settings(max_examples=200)
@given(st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=5))
def test_no_cell_raises(rows: list[list[str]]) -> None:
    grid = Grid.of(["a", "b"], rows)
    for column in grid.columns:
        assert len(column.texts) == grid.height
        for view in (*column.views.values(), column.views["words"]):
            assert len(view.values) == len(view.shown) == grid.height
            assert all(len(v) == len(s) for v, s in zip(view.values, view.shown, strict=True))


def test_keys_fold_what_writing_varies() -> None:
    assert key("  The  Élan-Vital! ") == key("the elan vital") == "the elan vital"
    assert key("…") == "…"


def test_numbers_are_said_for_people() -> None:
    assert spoken_number(1234567) == "1,234,567"
    assert spoken_number(44.75) == "44.75"
    assert spoken_number(1 / 3) == "0.3333"
    assert spoken_number(-0.00001) == "0"
