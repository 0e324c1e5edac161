"""The vocabulary of everything: what an article is made of, and where each part stands in its text.

Every part carries a `Span` into `Document.text`, which is the file's text exactly, so that
`document.quote(span)` is always a true quotation. Nothing here is ever changed after it was made.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Literal

CellKind = Literal["text", "integer", "decimal", "year", "list", "empty"]
PassageKind = Literal["prose", "list", "row", "table", "figure", "reference"]

CellPosition = tuple[int, int, int]
"""(table, row, column), all from 0; the header is row -1."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters (code points) of `Document.text`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, other: Span) -> bool:
        """Whether the other span lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    `text` is what the cell says: footnote marks and stray dots set aside, "" for an empty mark such as
    "–". `span` is where its source form stands. `value` is the number of an integer, decimal or year
    cell, else None. `items` are the single values of a list cell such as "Europe-Asia", else ().
    """

    text: str
    span: Span
    kind: CellKind
    value: float | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one header row and any number of rows, each as wide as the header.

    `span` runs from the header's line to the last row's. `caption` is "" and `caption_span` None where
    the article gives none. `section` is an index into `Document.sections`.
    """

    caption: str
    caption_span: Span | None
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_span: Span
    row_spans: tuple[Span, ...]
    span: Span
    section: int

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a row and column from 0; row -1 is the header."""
        if row < -1 or column < 0:
            raise IndexError(f"no cell at row {row}, column {column}")
        return self.header[column] if row == -1 else self.rows[row][column]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it up to the next heading.

    `path` holds the titles from the outermost heading down to this one. The text before the first
    heading, where there is any, is a section with an empty path and no heading.
    """

    path: tuple[str, ...]
    level: int
    heading: Span | None
    span: Span

    @property
    def title(self) -> str:
        return self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or one item of a list (`item` is True), as a span without its bullet."""

    span: Span
    section: int
    item: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, known by its caption."""

    caption: str
    span: Span
    section: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A numbered entry of the bibliography. `span` is the entry with its number, `text` without."""

    number: int
    text: str
    span: Span
    section: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark of the source, such as [17]. It says what it says: no number is ever corrected.

    `reference` is an index into `Document.references`, None where no entry has that number.
    """

    number: int
    span: Span
    reference: int | None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved and cited: it never cuts a sentence.

    `sentences` are the spans of its sentences (of a row, table or reference: the one span). `table` and
    `row` are set for passages made of a table: a row has both, a whole table has `row` None.
    """

    kind: PassageKind
    span: Span
    section: int
    sentences: tuple[Span, ...]
    table: int | None = None
    row: int | None = None


@dataclass(frozen=True)
class Document:
    """An article, read: its text exactly as the file holds it, and the parts found in it."""

    name: str
    text: str
    title: str
    title_span: Span | None = None
    sections: tuple[Section, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    references: tuple[Reference, ...] = ()
    marks: tuple[Mark, ...] = field(default=(), repr=False)
    encoding: str = "utf-8"

    @cached_property
    def id(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def quote(self, span: Span) -> str:
        """The source between two offsets. Raises `IndexError` where the span leaves the text."""
        if span.end > len(self.text):
            raise IndexError(f"{span} lies outside a text of {len(self.text)} characters")
        return self.text[span.start : span.end]

    def plain(self, span: Span) -> str:
        """The quote for people: without footnote marks, white space folded."""
        parts, at = [], span.start
        spans = self._mark_spans
        for number in range(bisect_left(spans, Span(span.start, span.start)), len(spans)):
            if spans[number].end > span.end:
                break
            parts.append(self.text[at : spans[number].start].rstrip())
            at = spans[number].end
        parts.append(self.text[at : span.end])
        return re.sub(r"\s+", " ", "".join(parts)).strip()

    @cached_property
    def _mark_spans(self) -> list[Span]:
        """Where the marks stand, in order; a mark of several numbers once."""
        return sorted({mark.span for mark in self.marks})

    def cells(self) -> Iterator[tuple[CellPosition, Cell]]:
        """Every cell of every table with its position, headers included."""
        for number, table in enumerate(self.tables):
            for row in range(-1, len(table.rows)):
                cells = table.header if row == -1 else table.rows[row]
                for column, cell in enumerate(cells):
                    yield (number, row, column), cell
