"""Pipe tables: found with and without their marks, cells typed, source forms kept."""

from __future__ import annotations

import pytest

from ingest.document import Cell, Document, Table
from ingest.load import parse


def table_of(*rows: str) -> tuple[Document, Table]:
    document = parse("\n".join(rows), name="t.md")
    assert len(document.tables) == 1
    return document, document.tables[0]


def column(rows: list[str]) -> list[Cell]:
    _, table = table_of(
        "| Name | Value |", "|---|---|", *(f"| n{i} | {v} |" for i, v in enumerate(rows))
    )
    return [row[1] for row in table.rows]


@pytest.mark.parametrize(
    "rows",
    [
        ["| A | B |", "|---|---|", "| 1 | x |"],
        ["A | B", "--- | ---", "1 | x"],
        ["A | B |", "1 | x |"],
        ["| A | B |", "| 1 | x |"],
    ],
)
def test_separator_row_and_outer_pipes_are_optional(rows: list[str]) -> None:
    document, table = table_of(*rows)
    assert [cell.text for cell in table.header] == ["A", "B"]
    assert [[cell.text for cell in row] for row in table.rows] == [["1", "x"]]
    assert document.quote(table.row_spans[0]) == rows[-1]
    assert document.quote(table.span) == "\n".join(rows)


@pytest.mark.parametrize("text", ["a | b", "One line | with a pipe.\nAnd another line.", "|"])
def test_prose_with_a_pipe_is_no_table(text: str) -> None:
    assert parse(text, name="t.md").tables == ()


def test_escaped_pipes_belong_to_the_cell() -> None:
    _, table = table_of("| A | B |", "|---|---|", r"| x \| y | z |")
    assert [cell.text for cell in table.rows[0]] == ["x | y", "z"]


def test_ragged_rows_lose_nothing() -> None:
    _, table = table_of("| A | B |", "|---|---|", "| 1 |", "| 1 | 2 | 3 |")
    assert [[cell.text for cell in row] for row in table.rows] == [["1", "", ""], ["1", "2", "3"]]
    assert [cell.text for cell in table.header] == ["A", "B", ""]


def test_a_table_without_rows_and_one_with_one_column() -> None:
    _, table = table_of("| A | B |", "|---|---|")
    assert table.rows == ()
    _, table = table_of("| A |", "|---|", "| 1 |")
    assert [cell.text for cell in table.rows[0]] == ["1"]


@pytest.mark.parametrize(
    ("values", "kinds", "numbers"),
    [
        (["8", "149", "-3"], ["integer"] * 3, [8, 149, -3]),
        (["1,250", "12 000", "−5"], ["integer"] * 3, [1250, 12000, -5]),
        (["1.5", "1,250.25", ".5"], ["decimal"] * 3, [1.5, 1250.25, 0.5]),
        (["1999", "2024", "–"], ["year", "year", "empty"], [1999, 2024, None]),
        (["1999", "150"], ["integer", "integer"], [1999, 150]),
        (["–", "-", "n/a", "", "N/A", "—"], ["empty"] * 6, [None] * 6),
        (["12%", "(12)", "about 5", "1-2"], ["text"] * 4, [None] * 4),
    ],
)
def test_cells_are_typed_with_regard_to_their_column(
    values: list[str], kinds: list[str], numbers: list[float | None]
) -> None:
    cells = column(values)
    assert [cell.kind for cell in cells] == kinds
    assert [cell.value for cell in cells] == numbers


def test_cells_with_several_values() -> None:
    assert [cell.items for cell in column(["Europe-Asia", "Asia", "Anglo-Dutch"])] == [
        ("Europe", "Asia"),
        (),
        (),
    ]
    assert column(["red; green", "x"])[0].items == ("red", "green")
    assert column(["Latin, Greek", "Greek"])[0].items == ("Latin", "Greek")
    assert column(["In fact, none at all", "x"])[0].items == ()
    assert column(["Peru – founder", "Chile – founder"])[0].items == ()


def test_marks_and_stray_dots_are_set_aside_and_the_source_is_kept() -> None:
    document, table = table_of(
        "| Name | Place |",
        "|---|---|",
        "| A [3] | South Island. |",
        "| B | Coast |",
        "| C | **Hill** |",
    )
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["A", "South Island"],
        ["B", "Coast"],
        ["C", "Hill"],
    ]
    assert document.quote(table.cell(0, 1).span) == "South Island."
    assert document.quote(table.cell(0, 0).span) == "A [3]"


def test_a_dot_that_belongs_to_a_cell_stays() -> None:
    assert [cell.text for cell in column(["Acme Co.", "Board", "U.S."])] == [
        "Acme Co.",
        "Board",
        "U.S.",
    ]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_the_caption_stands_above_or_below(gap: str) -> None:
    rows = "| A | B |\n|---|---|\n| 1 | 2 |"
    above = parse(f"Table 1. What it is{gap}{rows}\n\nText.", name="t.md")
    below = parse(f"Text.\n\n{rows}{gap}Table 1: What it is", name="t.md")
    assert above.tables[0].caption == "Table 1. What it is"
    assert below.tables[0].caption == "Table 1: What it is"
    assert (
        above.quote(above.tables[0].caption_span or above.tables[0].span) == "Table 1. What it is"
    )


def test_each_of_two_tables_has_its_own_caption() -> None:
    rows = "| A | B |\n|---|---|\n| 1 | 2 |\n\n"
    document = parse(f"Table 1. First\n\n{rows}Table 2. Second\n\n{rows}", name="t.md")
    assert [table.caption for table in document.tables] == ["Table 1. First", "Table 2. Second"]


def test_a_caption_without_a_table_is_a_paragraph() -> None:
    document = parse("# T\n\nTable 7. Not there\n\nText.", name="t.md")
    assert [document.quote(part.span) for part in document.paragraphs] == [
        "Table 7. Not there",
        "Text.",
    ]


def test_cells_are_found_by_their_position() -> None:
    _, table = table_of("| A | B |", "|---|---|", "| 1 | x |")
    assert (table.cell(-1, 1).text, table.cell(0, 0).text) == ("B", "1")
    for row, column_number in [(-2, 0), (0, -1), (1, 0), (0, 2)]:
        with pytest.raises(IndexError):
            table.cell(row, column_number)


_ROWS = "| A | B |\n|---|---|\n| 1 | 2 |"


def test_captions_below_belong_to_the_table_above_them() -> None:
    document = parse(
        f"Text.\n\n{_ROWS}\n\nTable 1. First\n\n{_ROWS}\n\nTable 2. Second\n", name="t.md"
    )
    assert [table.caption for table in document.tables] == ["Table 1. First", "Table 2. Second"]


def test_a_single_caption_between_two_tables_belongs_to_the_nearer() -> None:
    document = parse(f"{_ROWS}\nTable 1. Mine\n\n\n{_ROWS}\n", name="t.md")
    assert [table.caption for table in document.tables] == ["Table 1. Mine", ""]


def test_text_between_a_table_and_a_caption_keeps_them_apart() -> None:
    document = parse(f"Table 1. Mine\n\n## Heading\n\n{_ROWS}\n", name="t.md")
    assert [table.caption for table in document.tables] == [""]


def test_a_row_may_begin_like_a_caption() -> None:
    document, table = table_of("| What | Where |", "|---|---|", "| Table 1: x | y |", "| z | w |")
    assert [row[0].text for row in table.rows] == ["Table 1: x", "z"]
    assert document.tables[0].caption == ""
    _, table = table_of("What | Where", "--- | ---", "Figure 1: x | y", "z | w")
    assert [row[0].text for row in table.rows] == ["Figure 1: x", "z"]


def test_a_caption_with_a_pipe_heads_no_table() -> None:
    document = parse(f"Table 1. A | B\n{_ROWS}\n", name="t.md")
    assert [table.caption for table in document.tables] == ["Table 1. A | B"]
    assert [cell.text for cell in document.tables[0].header] == ["A", "B"]


@pytest.mark.parametrize("value", ["05/2021", "1/2", "1,5", "12/05/2021"])
def test_digits_are_not_cut_apart(value: str) -> None:
    assert [cell.kind for cell in column([value, value, "5"])][:2] == ["text", "text"]


def test_words_that_may_mean_nothing_stay_text() -> None:
    assert [cell.kind for cell in column(["Na", "None", "nil"])] == ["text"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "- a | b\n- c | d\n- e | f",
        "1. a | b\n2. c | d\n3. e | f",
        "The first tool uses a | sign.\nThe second one has a | too.\nSo has | the third.",
    ],
)
def test_list_items_and_prose_with_one_pipe_each_are_no_table(text: str) -> None:
    assert parse(text, name="t.md").tables == ()


def test_short_rows_with_one_pipe_each_are_a_table() -> None:
    _, table = table_of("Name | Height", "Alba | 30", "Bora | 20")
    assert len(table.rows) == 2
