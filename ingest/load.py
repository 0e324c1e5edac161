"""A file becomes a `Document`: its text kept exactly, its parts found with exact spans.

`load` reads the bytes, `parse` finds the structure. Plain text and Markdown are read by the same rules;
what Markdown marks (headings, rules, separator rows) is optional in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

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
from ingest.lines import footnote_marks, lines, strip, without_marks
from ingest.tables import find_tables, read_table

LARGEST_FILE = 100_000_000
"""Bytes; a larger file is read only when forced."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ITEM = re.compile(r"^[ \t]*(?:[-*+•‣◦–][ \t]+|\d{1,3}[.)][ \t]+|[a-z]\)[ \t]+)(?=\S)")
_NUMBERED_HEADING = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)\.?[ \t]+(?=[^\W\d_])")
_CAPTION = re.compile(
    r"^[\W_]*(table|tab\.|figure|fig\.)\s*(?:\d+|[ivxlc]+)\b\s*[.:–—-]", re.IGNORECASE
)
_REFERENCE = re.compile(r"^[ \t]*\[\^?(\d{1,4})\]:?[ \t]+(?=\S)")
_NUMBERED = re.compile(r"^[ \t]*(\d{1,4})[.)][ \t]+(?=\S)")
_BIBLIOGRAPHY = re.compile(
    r"^(?:bibliography|references|reference list|sources|works cited|literature|notes|footnotes"
    r"|endnotes|further reading)\W*$",
    re.IGNORECASE,
)
_ENDS_LIKE_PROSE = re.compile(r"[.,;:!…。，；：！][\"'”’»)\]*_]*$")
_LONGEST_HEADING = 90
_MOST_WORDS_IN_HEADING = 14
_WIDEST_WRAPPED_LINE = 120
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.001

LineKind = Literal[
    "blank", "heading", "text", "item", "table", "caption", "reference", "skip", "code"
]


def load(path: Path | str, *, force: bool = False) -> Document:
    """Read a plain text or Markdown file.

    UTF-8 (with or without a byte order mark), UTF-16 and UTF-32 with one, and encodings that
    charset-normalizer recognises. Raises `LoadError` for whatever is no such file, and for one of more
    than `LARGEST_FILE` bytes unless `force` is given.
    """
    path = Path(path)
    text, encoding = decode(_read(path, force=force), path.name)
    if not text.strip():
        raise LoadError(f"{path} is empty; name a file that holds an article")
    return replace(parse(text, name=path.name), encoding=encoding)


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


_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a file's bytes, line ends untouched, a byte order mark left out; and its encoding.

    Raises `LoadError` where the bytes are no text, or in no encoding that can be told for sure.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name), encoding.removesuffix("-sig")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _recognised(data, name)
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise LoadError(
            f"{name} is a binary file, not text; save the article as plain text or Markdown"
        )
    return text, encoding


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{name} says that it is {encoding.upper()} but is not, at byte {error.start}; "
            "save it as UTF-8"
        ) from None


def _recognised(data: bytes, name: str) -> tuple[str, str]:
    if b"\x00" in data:
        raise LoadError(
            f"{name} is a binary file, not text; save the article as plain text or Markdown"
        )
    from charset_normalizer import from_bytes

    guess = from_bytes(data).best()
    if guess is None:
        raise LoadError(f"{name} is in no encoding that can be recognised; save it as UTF-8")
    return str(guess), guess.encoding


def parse(text: str, *, name: str) -> Document:
    """Find the parts of an article in its text. Never raises: what is no table is a paragraph."""
    return _Parser(text, name).document()


@dataclass
class _Line:
    span: Span
    kind: LineKind
    level: int = 0
    content: Span = Span(0, 0)
    number: int = 0


@dataclass
class _Parser:
    """Classifies the lines, then walks over them once, collecting the parts."""

    text: str
    name: str
    sections: list[Section] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    captions: list[tuple[int, Span]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def document(self) -> Document:
        self.lines = self._classify()
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
            title=self._say(title) if title else Path(self.name).stem.replace("_", " "),
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
        return " ".join(
            re.sub(
                r"[*_`]{1,2}(\S.*?\S|\S)[*_`]{1,2}", r"\1", without_marks(self._piece(span))
            ).split()
        )

    # --- which kind each line is -------------------------------------------------------------------

    def _classify(self) -> list[_Line]:
        spans = lines(self.text)
        found = [_Line(span, "text", content=strip(self.text, span)) for span in spans]
        in_fence = ""
        for line in found:
            raw = self._piece(line.span)
            fence = _FENCE.match(raw)
            if in_fence:
                line.kind = "skip" if fence and raw.strip().startswith(in_fence) else "code"
                in_fence = "" if line.kind == "skip" else in_fence
            elif fence:
                in_fence, line.kind = fence.group(1)[:3], "skip"
            else:
                self._classify_line(line, raw)
        if in_fence:  # a fence that is never closed hides nothing
            for line in found:
                if line.kind == "code":
                    self._classify_line(line, self._piece(line.span))
        for first, last in find_tables(self.text, [self._table_line(line) for line in found]):
            for line in found[first:last]:
                line.kind = "table"
        self._mark_underlined(found)
        self.marked = any(line.kind == "heading" for line in found)
        self.joined = self._lines_are_joined(found)
        self._mark_bibliographies(found)
        if not self.marked:
            self._mark_unmarked_headings(found)
        return found

    def _table_line(self, line: _Line) -> Span:
        """A line that can stand in a table, else an empty span."""
        return (
            line.span if line.kind in ("text", "item") else Span(line.span.start, line.span.start)
        )

    def _classify_line(self, line: _Line, raw: str) -> None:
        line.kind = "text"
        if not raw.strip():
            line.kind = "blank"
        elif heading := _HEADING.match(raw):
            line.kind, line.level = "heading", len(heading.group(1))
            line.content = Span(
                line.span.start + heading.start(2), line.span.start + heading.end(2)
            )
        elif _RULE.match(raw):
            line.kind = "skip"
        elif _CAPTION.match(raw):
            line.kind = "caption"
        elif reference := _REFERENCE.match(raw):
            line.kind, line.number = "reference", int(reference.group(1))
        elif item := _ITEM.match(raw):
            line.kind = "item"
            line.content = strip(self.text, Span(line.span.start + item.end(), line.span.end))

    def _mark_underlined(self, found: list[_Line]) -> None:
        """Headings that are underlined with === or ---."""
        for line, under in pairwise(found):
            match = _UNDERLINE.match(self._piece(under.span))
            if match and line.kind == "text" and under.kind in ("text", "skip", "item"):
                line.kind, line.level = "heading", 1 if match.group(1)[0] == "=" else 2
                under.kind = "skip"

    def _lines_are_joined(self, found: list[_Line]) -> bool:
        """Whether a line end inside a paragraph is only a wrapped line, as always in Markdown.

        Text that was copied out of a page has one line a paragraph, however long.
        """
        if self.marked:
            return True
        longest = max((len(line.span) for line in found if line.kind == "text"), default=0)
        return longest <= _WIDEST_WRAPPED_LINE and any(line.kind == "blank" for line in found)

    def _mark_bibliographies(self, found: list[_Line]) -> None:
        """Under a heading such as "References", numbered items are references too."""
        inside = False
        for line in found:
            if line.kind == "heading" or (not self.marked and line.kind == "text"):
                if _BIBLIOGRAPHY.match(self._say(line.content)):
                    inside = True
                elif line.kind == "heading":
                    inside = False
            elif inside and line.kind == "item":
                number = _NUMBERED.match(self._piece(line.span))
                if number:
                    line.kind, line.number = "reference", int(number.group(1))
                    line.content = strip(self.text, line.span)

    def _mark_unmarked_headings(self, found: list[_Line]) -> None:
        """A short line that does not end like prose, stands by itself and has something under it."""
        for number, line in enumerate(found):
            if line.kind not in ("text", "item") or not self._stands_alone(found, number):
                continue
            said = self._say(line.content if line.kind == "text" else strip(self.text, line.span))
            numbered = _NUMBERED_HEADING.match(said)
            if line.kind == "item" and not numbered:
                continue
            first = said[numbered.end() :][:1] if numbered else said[:1]
            short = len(said) <= _LONGEST_HEADING and len(said.split()) <= _MOST_WORDS_IN_HEADING
            if (
                short
                and first
                and not first.islower()
                and first.isalnum()
                and not _ENDS_LIKE_PROSE.search(said)
            ):
                line.kind = "heading"
                line.level = 2 + (numbered.group(1).count(".") if numbered else 0)
                line.content = strip(self.text, line.span)

    def _stands_alone(self, found: list[_Line], number: int) -> bool:
        after = next(
            (line for line in found[number + 1 :] if line.kind not in ("blank", "skip")), None
        )
        if after is None:
            return False
        if found[number].kind == "item" and after.kind == "item":
            return False
        if not self.joined:
            return True
        before_kind = found[number - 1].kind if number else "blank"
        after_kind = found[number + 1].kind
        return before_kind in ("blank", "skip", "heading") and after_kind in ("blank", "skip")

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
        if is_first and (filled[1].kind == "heading" or self._blank_after(filled[0])):
            return headings[0].content
        return None

    def _blank_after(self, line: _Line) -> bool:
        following = self.lines[self.lines.index(line) + 1 :]
        return bool(following) and following[0].kind == "blank"

    def _walk(self, title: Span | None) -> None:
        self._open_sections(title)
        number = 0
        section = -1
        starts = {section.span.start: index for index, section in enumerate(self.sections)}
        while number < len(self.lines):
            line = self.lines[number]
            section = starts.get(line.span.start, section)
            end = self._end_of_part(number)
            if line.kind == "table":
                spans = [each.span for each in self.lines[number:end]]
                self.tables.append(read_table(self.text, spans, section))
            elif line.kind == "caption":
                self._caption(number, end, section)
            elif line.kind == "reference":
                self._reference(line, end, section)
            elif line.kind in ("text", "item", "code"):
                span = Span(line.content.start, self.lines[end - 1].content.end)
                if len(span):
                    self.paragraphs.append(Paragraph(span, section, item=line.kind == "item"))
            number = end

    def _open_sections(self, title: Span | None) -> None:
        """Cut the text at its headings; what stands before the first is a section of its own."""
        heads = [line for line in self.lines if line.kind == "heading"]
        if not heads or self._piece(Span(0, heads[0].span.start)).strip():
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

    def _continues(self, first: _Line, line: _Line) -> bool:
        if line.kind != "text":
            return False
        indented = line.content.start > line.span.start
        return self.joined or (first.kind in ("item", "reference") and indented)

    def _caption(self, number: int, end: int, section: int) -> None:
        span = Span(self.lines[number].content.start, self.lines[end - 1].content.end)
        kind = _CAPTION.match(self._piece(self.lines[number].span))
        if kind and kind.group(1).casefold().startswith("tab"):
            self.captions.append((section, span))
        else:
            self.figures.append(Figure(self._say(span), span, section))

    def _reference(self, line: _Line, end: int, section: int) -> None:
        span = Span(line.content.start, self.lines[end - 1].content.end)
        piece = self._piece(span)
        head = _REFERENCE.match(piece) or _NUMBERED.match(piece)
        said = " ".join(piece[head.end() if head else 0 :].split())
        self.references.append(Reference(line.number, said, span, section))

    def _with_captions(self) -> tuple[Table, ...]:
        """Tie every table to the caption next to it, above it first, else below.

        A caption that no table stands next to is a paragraph.
        """
        tables = list(self.tables)
        free = dict.fromkeys(self.captions)
        for is_above in (True, False):
            for number, table in enumerate(tables):
                if table.caption_span is not None:
                    continue
                for section, span in free:
                    gap = (
                        Span(span.end, table.span.start)
                        if is_above and span.end <= table.span.start
                        else (
                            Span(table.span.end, span.start)
                            if not is_above and table.span.end <= span.start
                            else None
                        )
                    )
                    if gap is not None and not self._piece(gap).strip():
                        tables[number] = replace(table, caption=self._say(span), caption_span=span)
                        del free[section, span]
                        break
        for section, span in free:
            self.paragraphs.append(Paragraph(span, section))
        self.paragraphs.sort(key=lambda paragraph: paragraph.span)
        return tuple(tables)
