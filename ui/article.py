"""An article as a page to read: headings, paragraphs, lists, tables and references, as HTML.

Everything that a document says is escaped, and nothing in it is loaded. Each piece of text is a
`<span data-s="N">` that holds the document's own characters from offset N on, without a gap, so that the
page can mark any span of the source and any cell (`data-cell="table.row.column"`) exactly.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from ingest.document import CellPosition, Document, Mark, Span, Table
from rag.answer import Citation
from ui.present import INVISIBLE, clean

ID_LENGTH = 12
"""Characters of a document's id that stand in a link."""

_LONGEST_INLINE = 400
_SURROGATE = re.compile("[\ud800-\udfff]")
_URL = r"https?://[^\s<>\"'`|\\]*[^\s<>\"'`|\\.,;:!?)\]*_]"
_INLINE = re.compile(
    rf"(?P<image>!\[(?P<alt>[^\[\]\n]{{0,{_LONGEST_INLINE}}})\]\([^()\s]{{0,2000}}(?:\([^()\s]*\))?[^()\n]{{0,300}}\))"
    rf"|\[(?P<label>[^\[\]\n]{{1,{_LONGEST_INLINE}}})\]\((?P<target>[^()\s]{{1,2000}})(?:\s[^()\n]{{0,300}})?\)"
    rf"|\*\*(?=\S)(?P<bold>[^*\n]{{1,{_LONGEST_INLINE}}}(?<=\S))\*\*"
    rf"|(?<![\w*])\*(?=\S)(?P<slanted>[^*\n]{{1,{_LONGEST_INLINE}}}(?<=\S))\*(?![\w*])"
    rf"|(?<![\w_])_(?=\S)(?P<slanted_too>[^_\n]{{1,{_LONGEST_INLINE}}}(?<=\S))_(?![\w_])"
    rf"|`(?P<code>[^`\n]{{1,{_LONGEST_INLINE}}})`"
    r"|(?P<break><br ?/?>)"
    rf"|(?P<url>{_URL})",
    re.IGNORECASE,
)
_STYLES = {"bold": "strong", "slanted": "em", "slanted_too": "em"}
_HARMLESS = re.compile(r"https?://", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(\d{1,9})[.)]\s*$")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,]*\s*%?$)")


def link(citation: Citation) -> str:
    """The fragment of a page's address that leads to a citation: `#cite-…`."""
    return place(citation.document_id, citation.span, citation.cells)


def place(document_id: str, span: Span, cells: Sequence[CellPosition] = ()) -> str:
    """The fragment that leads to a span of a document, and to cells in it."""
    named = "_".join(f"{t}.{'h' if row == -1 else row}.{column}" for t, row, column in cells)
    where = f"{span.start}-{span.end}"
    return f"#cite-{document_id[:ID_LENGTH]}-{where}{'-c' if named else ''}{named}"


def page(document: Document) -> str:
    """The whole document as HTML."""
    writer = _Writer(document)
    title = document.title_span
    head = writer.inline(title) if title is not None else escape(clean(document.title))
    parts = [f'<h2 class="title">{head}</h2>']
    parts += [writer.part(part) for part in _parts(document)]
    parts.append(writer.end_lists())
    return f'<article data-document="{document.id[:ID_LENGTH]}">{"".join(parts)}</article>'


def table_csv(table: Table) -> str:
    """A table as CSV, its cells as the article writes them, with a byte order mark for spreadsheets.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    for row in (table.header, *table.rows):
        writer.writerow([_no_formula(clean(cell.text)) for cell in row])
    return "\ufeff" + written.getvalue()


def _no_formula(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


@dataclass(frozen=True, slots=True)
class _Part:
    """One block of a document: what it is, where it stands, and which one of its kind it is."""

    kind: str
    span: Span
    number: int


def _parts(document: Document) -> list[_Part]:
    """The blocks of a document in the order they stand in it."""
    parts = [
        _Part("heading", section.heading, number)
        for number, section in enumerate(document.sections)
        if section.heading is not None and section.heading != document.title_span
    ]
    parts += [
        _Part("item" if paragraph.item else "paragraph", paragraph.span, number)
        for number, paragraph in enumerate(document.paragraphs)
    ]
    parts += [_Part("table", table.span, number) for number, table in enumerate(document.tables)]
    parts += [_Part("figure", each.span, n) for n, each in enumerate(document.figures)]
    parts += [_Part("reference", each.span, n) for n, each in enumerate(document.references)]
    return sorted(parts, key=lambda part: part.span)


@dataclass
class _Writer:
    """Writes the parts of one document, and remembers which list is open."""

    document: Document
    open_list: str = ""
    marks: list[Mark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.marks = sorted(self.document.marks, key=lambda mark: (mark.span, mark.number))
        self._starts = [mark.span.start for mark in self.marks]

    def part(self, part: _Part) -> str:
        lists = {"item": self._list_of(part.span), "reference": "ol references"}
        before = self._lists(lists.get(part.kind, ""))
        text = self.inline(part.span)
        match part.kind:
            case "heading":
                level = min(6, max(3, self.document.sections[part.number].level + 1))
                return f"{before}<h{level}>{text}</h{level}>"
            case "item":
                number = _NUMBERED.search(self._line_before(part.span))
                value = f' value="{int(number[1])}"' if number else ""
                return f"{before}<li{value}>{text}</li>"
            case "reference":
                number_ = self.document.references[part.number].number
                return f'{before}<li id="ref-{number_}" value="{number_}">{text}</li>'
            case "figure":
                return f'{before}<p class="figure">{text}</p>'
            case "table":
                return before + self._table(part.number)
        return f"{before}<p>{text}</p>"

    def end_lists(self) -> str:
        return self._lists("")

    def _lists(self, wanted: str) -> str:
        """Close the list that is open and open another, as far as they differ."""
        if wanted == self.open_list:
            return ""
        closed = f"</{self.open_list[:2]}>" if self.open_list else ""
        self.open_list = wanted
        tag, _, name = wanted.partition(" ")
        if not wanted:
            return closed
        return f'{closed}<{tag} class="{name}">' if name else f"{closed}<{tag}>"

    def _list_of(self, span: Span) -> str:
        return "ol" if _NUMBERED.search(self._line_before(span)) else "ul"

    def _line_before(self, span: Span) -> str:
        start = self.document.text.rfind("\n", 0, span.start) + 1
        return self.document.text[max(start, span.start - 20) : span.start]

    def _table(self, number: int) -> str:
        table = self.document.tables[number]
        caption = self.inline(table.caption_span) if table.caption_span else f"Table {number + 1}"
        name = escape(clean(table.caption) or f"Table {number + 1}")
        head = "".join(
            f'<th scope="col" data-cell="{number}.h.{column}">{self.inline(cell.span)}</th>'
            for column, cell in enumerate(table.header)
        )
        rows = []
        for row, cells in enumerate(table.rows):
            written = "".join(
                f'<td data-cell="{number}.{row}.{column}"{_numeric(cell.kind)}>'
                f"{self.inline(cell.span)}</td>"
                for column, cell in enumerate(cells)
            )
            rows.append(f"<tr>{written}</tr>")
        return (
            f'<figure class="table" id="table-{number}"><figcaption>{caption} '
            f'<button type="button" class="csv" data-table="{number}" '
            f'aria-label="Download as CSV: {name}">CSV</button></figcaption>'
            f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></figure>"
        )

    # --- text within a block ---------------------------------------------------------------------

    def inline(self, span: Span) -> str:
        """The text of a span: footnote marks as links to their references, simple Markdown obeyed."""
        parts, at = [], span.start
        for mark in self._marks_in(span):
            if mark.span.start < at:  # one mark of several numbers stands once
                continue
            parts.append(self._markdown(Span(at, mark.span.start)))
            parts.append(self._mark(mark))
            at = mark.span.end
        parts.append(self._markdown(Span(at, span.end)))
        return "".join(parts)

    def _marks_in(self, span: Span) -> Iterator[Mark]:
        for number in range(bisect_left(self._starts, span.start), len(self.marks)):
            if self.marks[number].span.end > span.end:
                return
            yield self.marks[number]

    def _mark(self, mark: Mark) -> str:
        run = self._run(mark.span)
        if mark.reference is None:
            return f"<sup>{run}</sup>"
        number = self.document.references[mark.reference].number
        return f'<sup><a class="note" href="#ref-{number}">{run}</a></sup>'

    def _markdown(self, span: Span) -> str:
        text, parts, at = self.document.text, [], span.start
        for match in _INLINE.finditer(text, span.start, span.end):
            parts.append(self._run(Span(at, match.start())))
            parts.append(self._styled(match))
            at = match.end()
        parts.append(self._run(Span(at, span.end)))
        return "".join(parts)

    def _styled(self, match: re.Match[str]) -> str:
        if match["image"] is not None:  # it is never loaded
            return f'<span class="picture">Picture: {self._run(_group(match, "alt"))}</span>'
        if match["break"]:
            return "<br>"
        if match["url"]:
            return _outside(match["url"], self._run(_group(match, "url")))
        if match["label"]:
            return _outside(match["target"], self._markdown(_group(match, "label")))
        if match["code"]:
            return f"<code>{self._run(_group(match, 'code'))}</code>"
        name, tag = next(each for each in _STYLES.items() if match[each[0]])
        return f"<{tag}>{self._markdown(_group(match, name))}</{tag}>"

    def _run(self, span: Span) -> str:
        """Characters of the source, in as many pieces as it takes to leave out the invisible ones."""
        text, at, parts = self.document.text, span.start, []
        for match in INVISIBLE.finditer(text, span.start, span.end):
            parts.append((at, match.start()))
            at = match.end()
        parts.append((at, span.end))
        return "".join(
            f'<span data-s="{start}">{_shown(text[start:end])}</span>'
            for start, end in parts
            if end > start
        )


def _shown(text: str) -> str:
    """The characters, escaped, each still one: a lone surrogate becomes U+FFFD."""
    return escape(_SURROGATE.sub("\ufffd", text))


def _group(match: re.Match[str], name: str) -> Span:
    return Span(*match.span(name))


def _outside(target: str, label: str) -> str:
    """A link that leaves the page, when it is clicked; what is no plain web address is no link."""
    if not _HARMLESS.match(target):
        return label
    return f'<a href="{escape(clean(target))}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>'


def _numeric(kind: str) -> str:
    return ' class="number"' if kind in ("integer", "decimal", "year") else ""
