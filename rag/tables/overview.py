"""Questions about the tables themselves: which there are, what is in one, how large it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ingest.document import CellPosition, Span, Table
from ingest.words import stems
from rag.answer import Claim, Draft, bold, literal
from rag.tables.execute import Engine, Tables, derive
from rag.tables.program import Node

_NUMBERED = re.compile(r"\b(?:table|tab\.)\s*(?:no\.?\s*|number\s*)?(\d{1,2})\b", re.IGNORECASE)
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|fifth|last|final|closing|concluding) table\b", re.IGNORECASE
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4} | dict.fromkeys(
    ("last", "final", "closing", "concluding"), -1
)
_THIS = r"(?:(?:the|this|that|your|an?)\s+)?(?:\w+\s+)?table\b[^?]{0,60}"
_WHICH = re.compile(
    r"^(?:what|which|how many|list|name|show)(?: me)?(?: all| of)?(?: the)? tables\b(?:"
    r"(?: are there| are in| does| do| is there| can| in (?:the|this)).*)?\W*$"
    r"|^(?:are|is) there (?:any |some |a )?tables?\b|\bhow many tables\b",
    re.IGNORECASE,
)
_ROWS = re.compile(rf"^how many (?:rows|entries|lines)\b.*\b{_THIS}", re.IGNORECASE)
_COLUMNS = re.compile(
    rf"\b(?:columns?|headers?|headings?|fields)\b.*\b{_THIS}|\btable\b.*\b(?:columns|headers|headings)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    rf"^(?:what(?:'s| is| does)|describe|explain)\b.*?\b{_THIS}"
    r"(?:about|show|contain|list|say|cover|mean|hold|give|summari[sz]e|called|title)?\W*$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^(?!how many\b).*\b(?:source|author) of\b|^who (?:made|compiled|prepared|drew up|wrote|authored|created)\b"
    r"|^(?:when|from when|which date|what date)\b.*\b(?:made|compiled|prepared|drawn up|dated?|from|updated)\b"
    r"|^(?:what is|what's|where is|where does|give me)\b.*\b(?:source|author|credit|from|date)\b",
    re.IGNORECASE,
)
_COMPLETE = re.compile(
    r"^(?:is|are|does|do)\b.*\b(?:complete|exhaustive|full list|everything|only examples|just examples|"
    r"all (?:of )?the|selection|comprehensive)\b",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r"\b(?:examples?|selected|selection|some|sample)\b", re.IGNORECASE)
_ONLY_EXAMPLES = re.compile(r"\b(?:examples?|selection|sample)\b", re.IGNORECASE)
_SHOW = re.compile(rf"^(?:please )?(?:show|give|print|display)(?: me)? {_THIS}\W*$", re.IGNORECASE)
_SURE = 0.95
_SHOWN_ROWS = 20


def answer(question: str, tables: Tables) -> Draft | None:
    """The answer to a question about the tables themselves; None for any other question."""
    question = " ".join(question.split())
    if "table" not in question.lower() and "tab." not in question.lower():
        return None
    if _WHICH.search(question):
        return _which(tables)
    number = _meant(question, tables)
    if number is None:
        return None
    if _COMPLETE.search(question):
        return _complete(tables, number, asks_whether_not=bool(_ONLY_EXAMPLES.search(question)))
    kinds: tuple[tuple[re.Pattern[str], Callable[[Tables, int], Draft | None]], ...] = (
        (_ROWS, _rows),
        (_COLUMNS, _columns),
        (_SHOW, _shown),
        (_ABOUT, _about),
        (_SOURCE, _about),
    )
    return next((say(tables, number) for pattern, say in kinds if pattern.search(question)), None)


def _rows(tables: Tables, number: int) -> Draft | None:
    grid = tables.grids[number]
    if not grid.columns:
        return None  # it has too many rows to be computed over
    body = grid.rows(grid.body).tolist()
    text = f"**{len(body)}** is the number of rows of {literal(grid.label)}."
    derivation = derive(Engine(tables.grids), tables, Node("count", Node("all", number)))
    return replace(_draft(tables, number, text, [(row, 0) for row in body]), derivation=derivation)


def _complete(tables: Tables, number: int, *, asks_whether_not: bool) -> Draft | None:
    """Whether a table is a complete list; None where its caption does not say that it is not."""
    document, table = tables.table(number)
    if not _EXAMPLES.search(table.caption) or table.caption_span is None:
        return None
    said = "Yes" if asks_whether_not else "No"
    text = (
        f"**{said}**: by its caption it gives examples only: {literal(table.caption.rstrip('.'))}."
    )
    claim = Claim(text, document, table.caption_span, table.section)
    return Draft((claim,), _SURE, "table")


def _columns(tables: Tables, number: int) -> Draft:
    _, table = tables.table(number)
    name = literal(tables.grids[number].label)
    heads = _listed([bold(cell.text) for cell in table.header if cell.text])
    text = f"{name[0].upper()}{name[1:]} has the columns {heads}."
    return _draft(tables, number, text, _header(table))


def _meant(question: str, tables: Tables) -> int | None:
    """The number of the table that a question names by number, by place, or by its caption's words."""
    numbered = _NUMBERED.search(question)
    if numbered:
        wanted = f"table {int(numbered.group(1))}"
        return next(
            (
                n
                for n in range(len(tables.places))
                if " ".join(tables.grids[n].label.lower().replace("tab.", "table").split())
                == wanted
            ),
            None,
        )
    placed = _ORDINAL.search(question)
    if placed:
        place = _PLACES[placed.group(1).lower()]
        count = len(tables.places)
        return place % count if count and place < count else None
    asked = set(stems(question)) - {"tabl"}
    shares = [
        len(asked & set(stems(tables.table(n)[1].caption))) for n in range(len(tables.places))
    ]
    best = max(range(len(shares)), key=lambda n: shares[n], default=None)
    if best is None or (len(shares) > 1 and (not shares[best] or shares.count(shares[best]) > 1)):
        return None
    return best


def _which(tables: Tables) -> Draft:
    count = len(tables.places)
    claims = []
    for number in range(count):
        document, table = tables.table(number)
        span = table.caption_span or table.header_span
        cells = () if table.caption_span else _positions(tables, number, _header(table))
        said = literal(table.caption.rstrip(".")) or _listed(
            [literal(c.text) for c in table.header]
        )
        opening = f"There {'is' if count == 1 else 'are'} **{count}** table{'s' * (count != 1)}: "
        text = f"{opening if not number else ''}{said}{'.' if number == count - 1 else ';'}"
        claims.append(Claim(text, document, span, table.section, cells))
    return Draft(tuple(claims), _SURE, "table")


def _about(tables: Tables, number: int) -> Draft:
    document, table = tables.table(number)
    heads = _listed([literal(cell.text) for cell in table.header if cell.text])
    about = literal(table.caption.rstrip(".")) or literal(tables.grids[number].label)
    text = f"{about}. It gives {heads}."
    if table.caption_span is None:
        return _draft(tables, number, text, _header(table))
    claim = Claim(text, document, table.caption_span, table.section)
    heading = _draft(tables, number, "", _header(table)).claims
    return Draft((claim, *heading), _SURE, "table")


def _shown(tables: Tables, number: int) -> Draft:
    """The whole table, a line for each row."""
    _, table = tables.table(number)
    lines = []
    for row in table.rows[:_SHOWN_ROWS]:
        pairs = zip(table.header, row, strict=True)
        lines.append(
            "- " + "; ".join(f"{literal(h.text)}: {literal(c.text) or '–'}" for h, c in pairs)
        )
    more = f"\n- and {len(table.rows) - _SHOWN_ROWS} more rows" * (len(table.rows) > _SHOWN_ROWS)
    cells = [
        (r, c) for r in range(min(len(table.rows), _SHOWN_ROWS)) for c in range(len(table.header))
    ]
    text = (
        f"{literal(table.caption) or literal(tables.grids[number].label)}\n"
        + "\n".join(lines)
        + more
    )
    return _draft(tables, number, text, cells)


def _header(table: Table) -> list[tuple[int, int]]:
    return [(-1, column) for column in range(len(table.header))]


def _positions(
    tables: Tables, number: int, cells: list[tuple[int, int]]
) -> tuple[CellPosition, ...]:
    return tuple((tables.places[number][1], row, column) for row, column in cells)


def _draft(tables: Tables, number: int, text: str, cells: list[tuple[int, int]]) -> Draft:
    document, table = tables.table(number)
    rows = sorted({row for row, _ in cells}) or [-1]
    spans = [
        table.header_span if row == -1 else table.row_spans[row] for row in (rows[0], rows[-1])
    ]
    span = Span(spans[0].start, spans[-1].end)
    claim = Claim(text, document, span, table.section, _positions(tables, number, cells))
    return Draft((claim,), _SURE, "table")


def _listed(texts: list[str]) -> str:
    return (
        texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""
    )
