"""An answer as the chat shows it: the answer first, then what it stands on, and, folded, how it was found.

Pure functions from data to HTML. Whatever a document, a question or a model says is escaped; links lead
only to places in the article that is read beside the chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from ingest.document import CellPosition, Document, Span
from rag.answer import Answer, Citation, Derivation, Evidence, pieces
from rag.pipeline import check
from rag.verify import MARKER, Verification
from ui.article import link, place
from ui.present import LONGEST_QUOTE, clean

_MOST_ROWS = 40
_LISTED_ROWS = 3
_MOST_PASSAGES = 6
_NEAREST = 3
_IN_WORDS = ((0.9, "Almost surely right"), (0.7, "Probably right"), (0.4, "Perhaps right"))
_UNSURE = "Unsure: read the passage"


def card(answer: Answer, documents: Sequence[Document], evidence: Sequence[Evidence] = ()) -> str:
    """The whole answer. `evidence` is what was retrieved for its question, the best first."""
    known = {document.id: document for document in documents}
    verification = check(answer, documents)
    if answer.abstained:
        parts = [
            _understood(answer),
            '<p class="label">Not answered</p>',
            said(answer),
            _notes(answer),
            _nearest(evidence),
            _buttons("You could ask", answer.suggestions),
        ]
        return f'<div class="answer abstained">{"".join(parts)}</div>'
    listed = _listed(answer, known)
    parts = [
        _understood(answer),
        said(answer),
        listed,
        _notes(answer),
        _sources(answer, known),
        _state(answer, verification),
        _how(answer, known, evidence, verification, is_listed=bool(listed)),
    ]
    return f'<div class="answer">{"".join(parts)}</div>'


def _understood(answer: Answer) -> str:
    """How a follow-up was understood; nothing for a question that stands alone."""
    if not answer.understood:
        return ""
    return f'<p class="fine understood">Understood as: {escape(clean(answer.understood))}</p>'


def _notes(answer: Answer) -> str:
    """What went wrong on the way, such as a chat model that did not answer."""
    return "".join(f'<p class="fine">{escape(clean(note))}</p>' for note in answer.notes)


def said(answer: Answer) -> str:
    """What the answer says, its [1] as links; of an abstention, why."""
    text = answer.text.strip()
    if answer.abstained:
        reason = answer.reason.strip()
        text = "\n\n".join(part for part in (text, reason if reason not in text else "") if part)
    return text_html(text or "No answer.", answer.citations)


def text_html(text: str, citations: Sequence[Citation] = ()) -> str:
    """`Answer.text`, or the beginning of one, as paragraphs and lists."""
    by_number = {citation.number: citation for citation in citations}
    blocks: list[str] = []
    items: list[str] = []
    for line in [*clean(text).split("\n"), ""]:
        bullet = re.match(r"[ \t]*- (?=\S)", line)
        if bullet:
            items.append(f"<li>{_line(line[bullet.end() :], by_number)}</li>")
            continue
        if items:
            blocks.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if line.strip():
            blocks.append(f"<p>{_line(line, by_number)}</p>")
    return "".join(blocks)


def _line(line: str, citations: dict[int, Citation]) -> str:
    written = ""
    for piece, is_bold in pieces(line):
        if is_bold:
            written += f"<strong>{escape(piece)}</strong>"
            continue
        at = 0
        for marker in MARKER.finditer(piece):
            citation = citations.get(int(marker[1]))
            written += escape(
                piece[at : marker.start()].rstrip() if citation else piece[at : marker.start()]
            )
            written += _cite(citation) if citation else escape(marker.group())
            at = marker.end()
        written += escape(piece[at:])
    return written


def _cite(citation: Citation) -> str:
    number = citation.number
    return (
        f'<sup><a class="cite" href="{link(citation)}" data-quote="{escape(_quote(citation.quote))}" '
        f'data-where="{escape(" › ".join(map(clean, citation.section)))}" '
        f'aria-label="Citation {number}">{number}</a></sup>'
    )


def _quote(quote: str) -> str:
    """A quote on one line, cut where it is long; rows of a table without their bars."""
    shown = " ".join(clean(quote).split())
    if shown.startswith("|"):
        shown = re.sub(r"\s*\|\s*\|\s*", " ⏐ ", shown).strip("| ")
        shown = re.sub(r"\s*\|\s*", " · ", shown)
    return shown if len(shown) <= LONGEST_QUOTE else f"{shown[: LONGEST_QUOTE - 1].rstrip()}…"


def _sources(answer: Answer, known: dict[str, Document]) -> str:
    items = []
    for citation in answer.citations:
        where = _where(citation, len(known) > 1)
        items.append(
            f'<li><a class="source" href="{link(citation)}" '
            f'data-quote="{escape(_quote(citation.quote))}" data-where="{escape(where)}">'
            f'<span class="mark-number">{citation.number}</span> {escape(where)}</a></li>'
        )
    return f'<ol class="sources" aria-label="Citations">{"".join(items)}</ol>' if items else ""


def _where(citation: Citation, name_document: bool) -> str:
    """Where a quote stands, for people."""
    parts = [clean(citation.document_name)] if name_document or not citation.section else []
    parts += [clean(title) for title in citation.section[-1:]]
    if citation.cells:
        rows = {row for _, row, _ in citation.cells if row >= 0}
        table = f"Table {citation.cells[0][0] + 1}"
        one = f"row {min(rows) + 1}" if rows else "header"
        parts.append(
            f"{table}, {one}"
            if len(rows) < 2
            else f"{table}, rows {min(rows) + 1} to {max(rows) + 1}"
        )
    return ", ".join(parts)


def _listed(answer: Answer, known: dict[str, Document]) -> str:
    """The rows that a list answer cites, where they are several of several columns."""
    if answer.derivation is None:
        return ""
    cells = [cell for citation in answer.citations for cell in citation.cells]
    rows, columns = {cell[:2] for cell in cells}, {cell[2] for cell in cells}
    if len(rows) <= _LISTED_ROWS or len(columns) < 2 or len(answer.derivation.result) < 2:
        return ""
    document = known.get(answer.citations[0].document_id)
    return _grid(document, cells) if document else ""


def _grid(document: Document, cells: Iterable[CellPosition]) -> str:
    """Some cells of a document as small tables, each cell a link to where it stands."""
    parts = []
    wanted = sorted(set(cells))
    for number in sorted({table for table, _, _ in wanted}):
        if number >= len(document.tables):
            continue
        table = document.tables[number]
        mine = [
            cell
            for cell in wanted
            if cell[0] == number and cell[1] < len(table.rows) and cell[2] < len(table.header)
        ]
        columns = sorted(
            {column for _, _, column in mine} | {0}
        )  # the first says what a row is about
        rows = sorted({row for _, row, _ in mine if row >= 0})
        head = "".join(
            f'<th scope="col">{escape(clean(table.header[c].text))}</th>' for c in columns
        )
        body = []
        for row in rows[:_MOST_ROWS]:
            written = []
            for column in columns:
                cell = table.cell(row, column)
                text = escape(clean(document.quote(cell.span)).strip() or "–")
                where = place(document.id, cell.span, [(number, row, column)])
                inside = (number, row, column) in wanted
                linked = f'<a href="{where}">{text}</a>'
                written.append(f"<td>{linked}</td>" if inside else f'<td class="other">{text}</td>')
            body.append(f"<tr>{''.join(written)}</tr>")
        more = len(rows) - _MOST_ROWS
        note = f"<p>and {more} more rows</p>" if more > 0 else ""
        name = escape(clean(table.caption) or f"Table {number + 1}")
        parts.append(
            f'<div class="wide" tabindex="0" role="region" aria-label="Cells of {name}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{note}"
        )
    return "".join(parts)


def confidence_in_words(confidence: float) -> str:
    """How likely an answer is right, for people."""
    return next((words for least, words in _IN_WORDS if confidence >= least), _UNSURE)


def _state(answer: Answer, verification: Verification) -> str:
    badge = (
        f'<span class="badge verified" title="{_held(answer, verification)}">Verified</span>'
        if verification.holds
        else '<span class="badge failed">Does not hold</span>'
    )
    sure = confidence_in_words(answer.confidence)
    kind = ' class="badge unsure"' if sure == _UNSURE else ""
    return (
        f'<p class="state">{badge} <span{kind}>{sure}</span> '
        f'<span class="percent">({answer.confidence:.0%})</span></p>'
    )


def _how(
    answer: Answer,
    known: dict[str, Document],
    evidence: Sequence[Evidence],
    verification: Verification,
    *,
    is_listed: bool,
) -> str:
    parts = []
    if answer.derivation is not None:
        parts.append(_computed(answer, answer.derivation, known, is_listed=is_listed))
    if evidence:
        considered = "".join(_passage(each, scored=True) for each in evidence[:_MOST_PASSAGES])
        parts.append(f'<h3>Passages considered</h3><ol class="passages">{considered}</ol>')
    parts.append(f"<h3>What was checked</h3>{_checked(answer, verification)}")
    return f"<details><summary>How it was found</summary>{''.join(parts)}</details>"


def _computed(
    answer: Answer, derivation: Derivation, known: dict[str, Document], *, is_listed: bool
) -> str:
    _, _, sql = clean(derivation.program).partition("\n")
    document = next(
        (known[c.document_id] for c in answer.citations if c.document_id in known), None
    )
    reading = clean(derivation.reading)
    read_so = escape(f"{reading[:1].upper()}{reading[1:]}.")
    parts = [f"<h3>Computed from the table</h3><p>{read_so}</p>"]
    if is_listed:
        parts.append("<p>From the cells above.</p>")
    elif document is not None and derivation.operands:
        parts.append(f"<p>From these cells:</p>{_grid(document, derivation.operands)}")
    if sql:
        parts.append(f'<p>The same in SQL:</p><pre tabindex="0"><code>{escape(sql)}</code></pre>')
    return "".join(parts)


def _checked(answer: Answer, verification: Verification) -> str:
    if not verification.holds:
        failures = "".join(
            f"<li>{escape(clean(each.what))}: {escape(clean(each.detail))}</li>"
            for each in verification.failures
        )
        return f"<p>These checks fail:</p><ul>{failures}</ul>"
    return f"<p>{_held(answer, verification)}</p>"


def _held(answer: Answer, verification: Verification) -> str:
    program = (
        " The table program was run again and gave the same result."
        if answer.derivation is not None
        else ""
    )
    return (
        f"{len(verification.checks)} checks hold. Every quote stands in the article where it is cited, and "
        f"every number and name of the answer stands in what is cited or was computed from it.{program}"
    )


def _nearest(evidence: Sequence[Evidence]) -> str:
    passages = "".join(_passage(each, scored=False) for each in evidence[:_NEAREST])
    return f'<h3>Nearest passages</h3><ol class="passages">{passages}</ol>' if passages else ""


def _passage(evidence: Evidence, *, scored: bool) -> str:
    span = evidence.best or evidence.passage.span
    quote = escape(_quote(evidence.document.quote(span)))
    score = f' <span class="score">· score {evidence.score:.2f}</span>' if scored else ""
    title = escape(clean(evidence.section[-1])) if evidence.section else ""
    where = place(evidence.document.id, Span(span.start, span.end), _cells(evidence))
    return f'<li><a href="{where}">{quote}</a> <span class="where">{title}</span>{score}</li>'


def _cells(evidence: Evidence) -> list[CellPosition]:
    """The cells of a passage that is a row of a table."""
    passage = evidence.passage
    if passage.table is None or passage.row is None:
        return []
    columns = len(evidence.document.tables[passage.table].header)
    return [(passage.table, passage.row, column) for column in range(columns)]


def _buttons(label: str, questions: Sequence[str]) -> str:
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" class="question">{escape(clean(each))}</button></li>'
        for each in questions
    )
    return f'<h3>{escape(label)}</h3><ul class="questions">{items}</ul>'
