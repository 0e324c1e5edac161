"""A file becomes a `Document`: its text kept exactly, its parts found with exact spans.

`load` reads the bytes, `parse` finds the structure. Plain text and Markdown are read by the same rules;
what Markdown marks (headings, rules, separator rows) is optional in both.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from ingest.classify import Line, LineKind, classify, is_table_caption, without_number
from ingest.decode import decode
from ingest.document import (
    Document,
    Figure,
    Mark,
    Paragraph,
    Reference,
    Section,
    Span,
    Table,
)
from ingest.errors import LoadError
from ingest.lines import footnote_marks, say
from ingest.tables import read_table

LARGEST_FILE = 100_000_000
"""Bytes; a larger file is read only when forced."""


def load(path: Path | str, *, force: bool = False) -> Document:
    """Read a plain text or Markdown file.

    UTF-8 (with or without a byte order mark), UTF-16 and UTF-32 with one, and other encodings where
    they can be told for sure. Raises `LoadError` for whatever is no such file, and for one of more
    than `LARGEST_FILE` bytes unless `force` is given.
    """
    path = Path(path)
    text, encoding = decode(_read(path, force=force), path.name)
    if not text.strip():
        raise LoadError(f"{path} is empty; name a file that holds an article")
    name = os.fsencode(path.name).decode("utf-8", "replace")  # no file system asks for UTF-8
    return replace(parse(text, name=name), encoding=encoding)


def _read(path: Path, *, force: bool) -> bytes:
    try:
        if path.is_dir():
            raise LoadError(f"{path} is a directory; name the files in it, such as {path}/*.md")
        if not path.is_file() and path.exists():
            raise LoadError(f"{path} is not a regular file; save the article as a file first")
        size = path.stat().st_size
        if size > LARGEST_FILE and not force:
            raise LoadError(
                f"{path} has {size / 1e6:.0f} MB, more than the {LARGEST_FILE // 10**6} MB that are read "
                "without asking; use --force to read it all the same"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise LoadError(f"there is no file {path}; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LoadError(f"{path} cannot be read: {reason}") from None


def parse(text: str, *, name: str) -> Document:
    """Find the parts of an article in its text. Never raises: what is no table is a paragraph."""
    return _Parser(text, name).document()


@dataclass(frozen=True, slots=True)
class _Caption:
    """A table's caption, its place in `_Parser.order`, and how many tables come before it."""

    span: Span
    section: int
    position: int
    tables_before: int


@dataclass
class _Parser:
    """Walks over the classified lines once, collecting the parts."""

    text: str
    name: str
    sections: list[Section] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    captions: list[_Caption] = field(default_factory=list)
    order: list[LineKind] = field(default_factory=list)  # what the parts are, headings included
    figures: list[Figure] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def document(self) -> Document:
        classified = classify(self.text)
        self.lines = classified.lines
        self.marked, self.joined = classified.marked, classified.joined
        title = self._title()
        self._walk(title)
        tables = self._with_captions()
        references = tuple(self.references)
        by_number = {entry.number: index for index, entry in reversed(list(enumerate(references)))}
        starts = {entry.span.start for entry in references}
        marks = tuple(
            Mark(number, span, by_number.get(number))
            for number, span in footnote_marks(self.text)
            if span.start not in starts
        )
        return Document(
            name=self.name,
            text=self.text,
            title=(
                self._say(title)
                if title
                else classified.title or Path(self.name).stem.replace("_", " ")
            ),
            title_span=title,
            sections=tuple(self.sections),
            paragraphs=tuple(self.paragraphs),
            tables=tables,
            figures=tuple(self.figures),
            references=references,
            marks=marks,
        )

    def _piece(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def _say(self, span: Span) -> str:
        return say(self._piece(span))

    # --- the parts ---------------------------------------------------------------------------------

    def _title(self) -> Span | None:
        """The title: the one heading of level 1, or a first line that heads the headings."""
        headings = [line for line in self.lines if line.kind == "heading"]
        if not headings:
            return None
        if self.marked:
            tops = [line for line in headings if line.level == 1]
            return tops[0].content if len(tops) == 1 and tops[0] is headings[0] else None
        filled = [line for line in self.lines if line.kind not in ("blank", "skip")]
        is_first = filled[0] is headings[0] and len(filled) > 1
        blank_after = any(
            line is headings[0] and under.kind == "blank" for line, under in pairwise(self.lines)
        )
        if is_first and (filled[1].kind == "heading" or blank_after):
            return headings[0].content
        return None

    def _walk(self, title: Span | None) -> None:
        self._open_sections(title)
        number = 0
        section = -1
        starts = {section.span.start: index for index, section in enumerate(self.sections)}
        while number < len(self.lines):
            line = self.lines[number]
            section = starts.get(line.span.start, section)
            end = self._end_of_part(number)
            if line.kind not in ("blank", "skip"):
                span = Span(line.content.start, self.lines[end - 1].content.end)
                self._collect(line, span, [each.span for each in self.lines[number:end]], section)
            number = end

    def _collect(self, line: Line, span: Span, of_lines: list[Span], section: int) -> None:
        """Keep the part that begins with this line; a table's caption waits for its table."""
        self.order.append(line.kind)
        if line.kind == "table":
            self.tables.append(read_table(self.text, of_lines, section))
        elif line.kind == "caption" and is_table_caption(self._piece(line.span)):
            self.captions.append(_Caption(span, section, len(self.order) - 1, len(self.tables)))
        elif line.kind == "caption":
            self.figures.append(Figure(self._say(span), span, section))
        elif line.kind == "reference":
            said = " ".join(without_number(self._piece(span)).split())
            self.references.append(Reference(line.number, said, span, section))
        elif line.kind in ("text", "item", "code") and len(span):
            self.paragraphs.append(Paragraph(span, section, item=line.kind == "item"))

    def _open_sections(self, title: Span | None) -> None:
        """Cut the text at its headings; what stands before the first is a section of its own."""
        heads = [line for line in self.lines if line.kind == "heading"]
        first = next((line for line in self.lines if line.kind not in ("blank", "skip")), None)
        if not heads or first is not heads[0]:
            end = heads[0].span.start if heads else len(self.text)
            self.sections.append(Section((), 0, None, Span(0, end)))
        ends = [*(head.span.start for head in heads[1:]), len(self.text)] if heads else []
        path: list[tuple[int, str]] = []
        for head, end in zip(heads, ends, strict=True):
            span = Span(head.span.start, end)
            if title is not None and head.content == title:
                self.sections.append(Section((), head.level, head.content, span))
                continue
            path = [step for step in path if step[0] < head.level] + [
                (head.level, self._say(head.content))
            ]
            titles = tuple(step[1] for step in path)
            self.sections.append(Section(titles, head.level, head.content, span))

    def _end_of_part(self, number: int) -> int:
        """The number of the line behind the part that begins here."""
        line = self.lines[number]
        end = number + 1
        if line.kind in ("table", "code"):
            while end < len(self.lines) and self.lines[end].kind == line.kind:
                end += 1
        elif line.kind in ("text", "item", "reference", "caption"):
            while end < len(self.lines) and self._continues(line, self.lines[end]):
                end += 1
        return end

    def _continues(self, first: Line, line: Line) -> bool:
        if line.kind != "text":
            return False
        indented = line.content.start > line.span.start
        return self.joined or (first.kind in ("item", "reference") and indented)

    def _with_captions(self) -> tuple[Table, ...]:
        """Tie every table to its caption. One that no table is left for is a paragraph.

        Whether captions stand above or below is decided once: the side on which more of them have a
        table, else the nearer one, else above. The other side is for those that are then left.
        """
        tables = list(self.tables)
        above = {caption: self._table_at(caption, -1) for caption in self.captions}
        below = {caption: self._table_at(caption, +1) for caption in self.captions}
        left = self.captions
        for neighbour in (above, below) if self._stand_below(above, below) else (below, above):
            free = []
            for caption in left:
                number = neighbour[caption]
                if number is None or tables[number].caption_span is not None:
                    free.append(caption)
                else:
                    tables[number] = replace(
                        tables[number], caption=self._say(caption.span), caption_span=caption.span
                    )
            left = free
        self.paragraphs.extend(Paragraph(caption.span, caption.section) for caption in left)
        self.paragraphs.sort(key=lambda paragraph: paragraph.span)
        return tuple(tables)

    def _table_at(self, caption: _Caption, step: int) -> int | None:
        """The table right above (step -1) or right below (step 1) a caption."""
        position = caption.position + step
        if not 0 <= position < len(self.order) or self.order[position] != "table":
            return None
        return caption.tables_before - (1 if step < 0 else 0)

    def _stand_below(
        self, above: dict[_Caption, int | None], below: dict[_Caption, int | None]
    ) -> bool:
        """Whether the captions of this article stand below their tables."""
        gaps_above = [
            caption.span.start - self.tables[number].span.end
            for caption, number in above.items()
            if number is not None
        ]
        gaps_below = [
            self.tables[number].span.start - caption.span.end
            for caption, number in below.items()
            if number is not None
        ]
        if len(gaps_above) != len(gaps_below):
            return len(gaps_above) > len(gaps_below)
        return sum(gaps_above) < sum(gaps_below)
