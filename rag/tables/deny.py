"""What the tables say against a question: that they do not list what it names, or say otherwise.

"Why was Vell founded in 1850?" assumes what the table contradicts. The correction is said, with its
cells, where the question itself is not answered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ingest.document import Span
from rag.answer import Claim, literal
from rag.tables.execute import Tables
from rag.tables.link import Filter, Lexicon, Linked, Meanings
from rag.tables.question import Asked, bits_at
from rag.tables.sense import left_out

_ASSUMES = re.compile(
    r"^\W*(?:why|how (?!many|much|often|long|far)|for what|what (?:made|led|caused)|since when)"
)
_IN_FULL = 0.9
_LEAST_ROWS = 3
"""So many rows must have names of a kind, for one of that kind to be missed among them."""


def denial(
    asked: Asked,
    linked: Sequence[Linked],
    lexicons: Sequence[Lexicon],
    tables: Tables,
    meanings: Meanings,
) -> Claim | None:
    """What the tables have against a question; None for nothing, and for what yes or no answers.

    `lexicons` are those of the linked tables, in their order.
    """
    if asked.wh == "yes-no":
        return None
    for each in linked:
        if _ASSUMES.search(asked.lower) and (found := _otherwise(asked, each, tables)):
            return found
    listed = frozenset(thing for lexicon in lexicons for thing in lexicon.named)
    for each, lexicon in zip(linked, lexicons, strict=True):
        if found := _missing(asked, each, lexicon, tables, meanings, listed):
            return found
    return None


def _otherwise(asked: Asked, linked: Linked, tables: Tables) -> Claim | None:
    """That a named row has another value in a column than the one that the question says."""
    grid, subject = linked.grid, linked.grid.subject
    full = [f for f in linked.filters if f.mask and f.share >= _IN_FULL]
    names = [f for f in full if f.column == subject and f.mask.bit_count() == 1]
    names = [f for f in names if f.words & ~linked.about]
    if len({f.mask for f in names}) != 1:
        return None
    name, out = names[0], left_out(asked)
    row = name.mask.bit_length() - 1
    for value in full:
        if value.column == subject or value.words & (name.words | linked.about | out):
            continue
        if not value.mask & name.mask and value.kind not in {"blank", "filled", "join"}:
            said = literal(" ".join(grid.columns[value.column].texts[row].split())) or "nothing"
            text = (
                f"{_opened(literal(grid.label))} gives {said} for "
                f"{literal(grid.columns[subject].texts[row])} under {literal(grid.header[value.column])}."
            )
            document, table = tables.table(linked.table)
            position = tables.places[linked.table][1]
            cells = tuple((position, row, column) for column in sorted({subject, value.column}))
            return Claim(text, document, table.row_spans[row], table.section, cells)
    return None


def _missing(
    asked: Asked,
    linked: Linked,
    lexicon: Lexicon,
    tables: Tables,
    meanings: Meanings,
    elsewhere: Set[str],
) -> Claim | None:
    """That a table which the question speaks of does not list a thing that it names.

    What some table lists (`elsewhere`) is not missed in another one.
    """
    if not asked.weight(linked.about & asked.content):
        return None
    for names in lexicon.names:
        kinds = {group.canonical: group.kind for group in names.groups}
        listed = [c for c, of in lexicon.named.items() if linked.grid.subject in of]
        for mention in meanings.mentions(names, asked.text):
            words = bits_at(asked.words, mention.span.start, mention.span.end)
            thing, kind = mention.group.canonical, mention.group.kind
            alike = sum(kinds.get(each) == kind for each in listed)
            known = thing in elsewhere or thing in lexicon.about
            if known or kind != "country" or alike < _LEAST_ROWS or words & _found(linked.filters):
                continue
            return _not_among(asked.phrase(words), linked, tables)
    return None


def _found(filters: Sequence[Filter]) -> int:
    bits = 0
    for each in filters:
        bits |= each.words if each.mask and each.share > 0.5 else 0
    return bits


def _not_among(name: str, linked: Linked, tables: Tables) -> Claim:
    document, table = tables.table(linked.table)
    count = f"{len(table.rows)} row{'s' * (len(table.rows) != 1)}"
    label = _opened(literal(linked.grid.label))
    about = literal(table.caption.rstrip("."))
    title = f" ({about.partition('. ')[2] or about})" if about else ""
    text = f"{label}{title} lists {count}, and {literal(name)} is not among them."
    first, last = table.row_spans[0], table.row_spans[-1]
    position = tables.places[linked.table][1]
    cells = tuple((position, row, linked.grid.subject) for row in range(len(table.rows)))
    return Claim(text, document, Span(first.start, last.end), table.section, cells)


def _opened(label: str) -> str:
    return label[:1].upper() + label[1:]
