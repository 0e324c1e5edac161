"""The pipe tables in a text: where they stand, and what each cell is.

A table is written as in GitHub Flavored Markdown (https://github.github.com/gfm/#tables-extension-),
but the separator row, the leading and the trailing pipe may be missing, as in tables that were copied
out of a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.document import Cell, CellKind, Span, Table
from ingest.lines import say, strip

_PIPE = re.compile(r"(?<!\\)\|")
_DASHES = re.compile(r":?-+:?")
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣◦–]|\d{1,3}[.)])[ \t]")
_ENDS_LIKE_PROSE = (".", ",", ";", ":", "!", "?")
_LONGEST_HEADER_CELL = 5
_EMPTY = {"", "-", "–", "—", "−", "--", "n/a", "n.a.", "?", "…", "..."}
_INTEGER = re.compile(r"^[-−+]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)$")
_DECIMAL = re.compile(r"^[-−+]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)?[.]\d+$")
_YEAR = re.compile(r"^(?:1\d{3}|20\d{2}|2100)$")
_LINK = re.compile(r"!?\[([^\]]{0,300})\]\([^)]{0,500}\)")  # bounded, to stay linear
_STRAY_DOT = re.compile(r"(?<=\w{4})\.$")
_SHORT_ITEM = 4
_SEPARATORS = {
    ";": re.compile(";"),
    "/": re.compile(r"(?<!\d)/|/(?!\d)"),
    ",": re.compile(r"(?<!\d),|,(?!\d)"),
    "-": re.compile(r"(?<=[^\W\d_])[-–](?=[^\W\d_])"),
}
_FEWEST_ROWS_WITHOUT_RULE = 3


def find_tables(text: str, lines: Sequence[Span]) -> list[tuple[int, int]]:
    """Which runs of lines are tables: half-open ranges of line numbers, header line first."""
    found, start = [], 0
    while start < len(lines):
        end = start
        while end < len(lines) and _PIPE.search(text, lines[end].start, lines[end].end):
            end += 1
        if end > start and _is_table([text[line.start : line.end] for line in lines[start:end]]):
            found.append((start, end))
        start = max(end, start + 1)
    return found


def _is_table(rows: Sequence[str]) -> bool:
    """Whether lines that all hold a pipe are a table: sure with a separator row, else by their shape."""
    if len(rows) < 2:
        return False
    if _is_separator(rows[1]):
        return True
    if any(_BULLET.match(row) for row in rows):
        return False
    counts = [len(_PIPE.findall(row)) for row in rows]
    if all(count > 1 for count in counts) or all(row.lstrip().startswith("|") for row in rows):
        return True
    return (
        len(rows) >= _FEWEST_ROWS_WITHOUT_RULE
        and len(set(counts)) == 1
        and all(len(cell.split()) <= _LONGEST_HEADER_CELL for cell in rows[0].split("|"))
        and not any(row.rstrip().endswith(_ENDS_LIKE_PROSE) for row in rows)
    )


def _is_separator(row: str) -> bool:
    cells = row.strip().removeprefix("|").removesuffix("|").split("|")
    return all(_DASHES.fullmatch(cell.strip()) for cell in cells)


def read_table(text: str, lines: Sequence[Span], section: int) -> Table:
    """The table that stands in these lines, its cells typed, its caption still unknown.

    A short row is filled up with empty cells, a long one widens the table with columns that have an
    empty header: nothing that the article holds is lost.
    """
    kept = [
        line
        for number, line in enumerate(lines)
        if not (number == 1 and _is_separator(text[line.start : line.end]))
    ]
    rows = [_split(text, line) for line in kept]
    width = max(len(row) for row in rows)
    filled = [
        row + [Span(line.end, line.end)] * (width - len(row))
        for row, line in zip(rows, kept, strict=True)
    ]
    header = tuple(_header_cell(text, span) for span in filled[0])
    columns = [
        _typed([_source(text, row[column]) for row in filled[1:]]) for column in range(width)
    ]
    cells = tuple(
        tuple(replace(columns[column][number], span=span) for column, span in enumerate(row))
        for number, row in enumerate(filled[1:])
    )
    spans = tuple(strip(text, line) for line in kept)
    return Table(
        caption="",
        caption_span=None,
        header=header,
        rows=cells,
        header_span=spans[0],
        row_spans=spans[1:],
        span=Span(spans[0].start, strip(text, lines[-1]).end),
        section=section,
    )


def _split(text: str, line: Span) -> list[Span]:
    """The spans of a row's cells, white space around them left out."""
    inner = strip(text, line)
    cuts = [match.start() for match in _PIPE.finditer(text, inner.start, inner.end)]
    start, end = inner.start, inner.end
    if cuts and cuts[0] == start:
        start, cuts = start + 1, cuts[1:]
    if cuts and cuts[-1] == end - 1:
        end, cuts = end - 1, cuts[:-1]
    starts = [start, *(cut + 1 for cut in cuts)]
    ends = [*cuts, end]
    return [strip(text, Span(a, max(a, b))) for a, b in zip(starts, ends, strict=True)]


def _source(text: str, span: Span) -> str:
    return text[span.start : span.end]


def _clean(source: str) -> str:
    """What a cell says: without escapes, emphasis, link targets and footnote marks."""
    said = _LINK.sub(r"\1", source.replace("\\|", "|"))
    return say(said.replace("<br>", " ").replace("<br/>", " "))


def _header_cell(text: str, span: Span) -> Cell:
    return Cell(_clean(_source(text, span)), span, "text")


def _typed(sources: Sequence[str]) -> list[Cell]:
    """The cells of one column, typed with regard to each other (spans are filled in later)."""
    said = _without_stray_dots([_clean(source) for source in sources])
    years = [bool(_YEAR.match(cell)) for cell in said]
    whole = [bool(_INTEGER.match(cell)) for cell in said]
    # A column of counts may hold one that looks like a year; a column of years holds nothing else.
    is_year_column = any(years) and all(y or not w for y, w in zip(years, whole, strict=True))
    pieces = _pieces(said)
    return [_typed_cell(cell, is_year_column, pieces) for cell in said]


def _without_stray_dots(said: Sequence[str]) -> list[str]:
    """A dot behind a cell is stray where most other cells of the column have none."""
    filled = [cell for cell in said if cell]
    dotted = sum(cell.endswith(".") for cell in filled)
    if dotted * 2 >= len(filled):
        return list(said)
    return [_STRAY_DOT.sub("", cell) if cell.count(".") == 1 else cell for cell in said]


def _typed_cell(said: str, is_year_column: bool, pieces: Mapping[str, int]) -> Cell:
    nowhere = Span(0, 0)
    if said.casefold() in _EMPTY:
        return Cell("", nowhere, "empty")
    kind: CellKind | None = None
    if is_year_column and _YEAR.match(said):
        kind = "year"
    elif _INTEGER.match(said):
        kind = "integer"
    elif _DECIMAL.match(said):
        kind = "decimal"
    if kind is not None:
        return Cell(said, nowhere, kind, value=_number(said))
    items = _items(said, pieces)
    return Cell(said, nowhere, "list" if items else "text", items=items)


def _number(said: str) -> float:
    return float(re.sub(r"[,\s]", "", said).replace("−", "-"))


def _items(said: str, pieces_of_column: Mapping[str, int]) -> tuple[str, ...]:
    """The values of a cell that holds several, else ().

    A semicolon or a slash between short pieces separates; a comma or a hyphen only where the column
    holds one of the pieces elsewhere too: "Europe-Asia" beside "Asia", but not "Asia-Pacific" alone.
    """
    for sign, pattern in _SEPARATORS.items():
        pieces = [piece.strip() for piece in pattern.split(said)]
        if len(pieces) < 2 or not all(pieces):
            continue
        is_short = all(len(piece.split()) <= _SHORT_ITEM for piece in pieces)
        is_sure = sign in ";/" or any(pieces_of_column[piece] > 1 for piece in pieces)
        if is_short and is_sure:
            return tuple(pieces)
    return ()


def _pieces(said: Sequence[str]) -> Counter[str]:
    """In how many cells of a column each piece stands, whichever way the cells are cut."""
    found: Counter[str] = Counter()
    for cell in said:
        cuts = {piece.strip() for pattern in _SEPARATORS.values() for piece in pattern.split(cell)}
        found.update(cuts)
    return found
