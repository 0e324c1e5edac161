"""What is embedded and searched in place of the bare source: the same words, with their context.

A row says its caption and headers, a paragraph its section; odd wordings give way to the standard term.
Nothing that is dressed up is ever quoted.
"""

from __future__ import annotations

import re

from ingest.document import Document, Passage, Span, Table
from ingest.names import Names

_LONGEST_TABLE = 900
_LABEL = re.compile(r"^\W*((?:table|tab\.)\s*[\divxlc]+)\b\s*[.:–—-]*\s*", re.IGNORECASE)


def passage_text(document: Document, passage: Passage, names: Names) -> str:
    """The passage with its section (prose), or with caption and headers (rows and tables)."""
    if passage.table is not None:
        table = document.tables[passage.table]
        said = table_text(table) if passage.row is None else row_text(table, passage.row)
    else:
        path = [] if passage.kind == "reference" else list(document.sections[passage.section].path)
        said = ": ".join([*path[-1:], document.plain(passage.span)])
    return names.standard(said)


def sentence_text(document: Document, passage: Passage, sentence: Span, names: Names) -> str:
    """The sentence as people read it; of a passage that is one unit, the passage's own text."""
    if passage.kind in ("row", "table"):
        return passage_text(document, passage, names)
    return names.standard(document.plain(sentence))


def row_text(table: Table, row: int) -> str:
    """A row in words: "Caption. Header: cell; header: cell"."""
    pairs = [
        f"{head.text}: {cell.text}" if head.text else cell.text
        for head, cell in zip(table.header, table.rows[row], strict=True)
        if cell.text
    ]
    said = "; ".join(pairs)
    return f"{table.caption.rstrip('.')}. {said}" if table.caption else said


def table_text(table: Table) -> str:
    """A table in words: its caption, its headers and what its rows are about."""
    heads = ", ".join(head.text for head in table.header if head.text)
    about = ", ".join(row[0].text for row in table.rows if row[0].text)
    said = f"Table of {len(table.rows)} rows with {heads}: {about}"[:_LONGEST_TABLE]
    return f"{table.caption.rstrip('.')}. {said}" if table.caption else said


def named(caption: str) -> tuple[str, str]:
    """The number of a table as its caption says it, "" for none, and what it is about."""
    match = _LABEL.match(caption)
    label = match.group(1) if match else ""
    return label, caption[match.end() if match else 0 :].strip().rstrip(".")
