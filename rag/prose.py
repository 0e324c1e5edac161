"""The answer in the retrieved passages: here the best sentence, or the best table row as a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ingest.bibliography import fields
from ingest.document import CellPosition, Document, Table
from rag.answer import Claim, Draft, Evidence, literal

_RANK, _COSINE, _COVERAGE, _INTERCEPT = 0.175, 5.359, 3.692, -7.941
_NOT_THE_KIND = 0.1
_LABEL = re.compile(r"^\W*((?:table|tab\.)\s*[\divxlc]+)\b\s*[.:–—-]*\s*", re.IGNORECASE)


def answer(evidence: Sequence[Evidence]) -> Draft | None:
    """What the best passage says, as a draft. None where there is no evidence."""
    if not evidence:
        return None
    best = evidence[0]
    return Draft((claim(best),), confidence(best), "prose")


def claim(evidence: Evidence) -> Claim:
    """The best sentence of a passage in words for people, with the span or the cells it stands on."""
    document, passage = evidence.document, evidence.passage
    if passage.table is not None:
        table = document.tables[passage.table]
        said = _row(document, table, passage.row) if passage.row is not None else _whole(table)
        cells = _cells(passage.table, table, passage.row)
        return Claim(literal(said), document, passage.span, passage.section, cells)
    span = evidence.best or passage.span
    # A reference is said without its number, which would look like one of our citations.
    spans = [entry.span for entry in document.references]
    entry = spans.index(span) if passage.kind == "reference" and span in spans else None
    said = document.plain(span if entry is None else fields(document, entry).body)
    return Claim(literal(said), document, span, passage.section)


def _row(document: Document, table: Table, row: int) -> str:
    label, about = _named(table)
    first, *others = zip(table.header, table.rows[row], strict=True)
    where = f"{label} ({about})" if label and about else label or about or "the table"
    pairs = [
        ": ".join(
            part for part in (head.text, cell.text or document.quote(cell.span) or "–") if part
        )
        for head, cell in others
    ]
    said = "; ".join(pair for pair in pairs if pair) or "no more is given"
    return f"In {where}, {first[1].text or first[0].text}: {said}."


def _whole(table: Table) -> str:
    label, about = _named(table)
    names = ", ".join(row[0].text for row in table.rows if row[0].text)
    heads = ", ".join(head.text for head in table.header if head.text)
    what = f"{label} ({about})" if label and about else label or about or "The table"
    return f"{what} gives {heads} for: {names}."


def _named(table: Table) -> tuple[str, str]:
    """The number of a table as its caption says it, and what it is about."""
    match = _LABEL.match(table.caption)
    label = match.group(1) if match else ""
    return label, table.caption[match.end() if match else 0 :].strip().rstrip(".")


def _cells(number: int, table: Table, row: int | None) -> tuple[CellPosition, ...]:
    if row is None:
        return ()
    return tuple((number, row, column) for column in range(len(table.header)))


def confidence(evidence: Evidence) -> float:
    """The probability that the best sentence of a passage answers: 0 to 1.

    A logistic regression, learned by `rag.train.confidence` on SelQA's development questions, on the
    score of the ranker, the cosine of question and sentence, and the share of the question's words that
    the passage has. Where it lacks a name that the question has, it speaks of something else, and where
    it holds nothing of the kind that is asked for, it cannot answer: either nearly rules it out.
    """
    parts = evidence.parts
    logit = (
        _RANK * parts["rank"]
        + _COSINE * parts["cosine"]
        + _COVERAGE * parts["coverage"]
        + _INTERCEPT
    )
    doubt = parts["names"] ** 3 * (1.0 if parts["holds"] else _NOT_THE_KIND)
    return doubt / (1 + math.exp(-logit))
