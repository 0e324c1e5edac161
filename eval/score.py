"""One answer held against its gold question: is it right, how well does it cite, and if wrong, what happened?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from eval import metrics
from eval.schema import CellEvidence, FactEvidence, Gold, GoldError, GoldEvidence, Number
from ingest.document import CellPosition, Document
from rag.answer import Answer, Citation, Evidence, pieces, read
from rag.verify import MARKER, verify

Status = Literal["right", "wrong", "silent", "error"]
"""`silent`: abstained although the article says it. `error`: the question ended in an exception."""

Fault = Literal["", "invented", "silent", "elsewhere", "said", "error"]
"""What went wrong: answered though the article does not say; abstained; took other evidence than the gold's;
took it and said it wrongly; raised an exception."""

SCORES = (
    "exact_match",
    "token_f1",
    "number_match",
    "list_precision",
    "list_recall",
    "citation_recall",
    "citation_precision",
    "evidence_recall",
    "cell_precision",
    "cell_recall",
    "quote_validity",
)


class Scored(BaseModel):
    """A gold question, what was answered, and how good that is.

    `evidence` says in words where the gold stands. `scores` has a figure from 0 to 1 for each name of `SCORES`, None where the question has nothing to be scored by.
    `rank` is that of the first retrieved passage which holds evidence: None where none does, 0 where nothing
    was retrieved for it.
    """

    model_config = ConfigDict(frozen=True)

    gold: Gold
    answer: Answer | None
    status: Status
    fault: Fault = ""
    explanation: str = ""
    evidence: tuple[str, ...] = ()
    scores: dict[str, float | None]
    seconds: float = 0.0
    rank: int | None = 0

    @property
    def right(self) -> bool:
        return self.status == "right"

    @property
    def outcome(self) -> metrics.Outcome:
        answered = self.answer is not None and not self.answer.abstained
        sure = self.answer.confidence if self.answer else 0.0
        return metrics.Outcome(self.gold.answerable, answered, self.right, sure)


def score(
    gold: Gold,
    answer: Answer,
    documents: Sequence[Document],
    seconds: float = 0.0,
    rank: int | None = 0,
) -> Scored:
    """Judge an answer. `documents` are those of the index that gave it."""
    said = spoken(answer)
    if not gold.answerable:
        wrong = "" if answer.abstained else "the article does not say"
    elif answer.abstained:
        wrong = "abstained"
    else:
        wrong = metrics.fault(said, gold)
    scores = _scores(gold, answer, said, documents)
    kind = _fault(gold, answer, scores) if wrong else ""
    status: Status = "silent" if kind == "silent" else "wrong" if wrong else "right"
    return Scored(
        gold=gold,
        answer=answer,
        status=status,
        fault=kind,
        explanation=_explained(gold, answer, wrong, kind, documents),
        evidence=tuple(line for each in gold.evidence for line in _in_words(each, documents)),
        scores=scores,
        seconds=seconds,
        rank=rank,
    )


def failed(gold: Gold, error: Exception) -> Scored:
    """A question that ended in an exception: its scores are 0, wherever it could have had any."""
    nothing = Answer(gold.question, "", (), True, "", 0.0, "none")
    return Scored(
        gold=gold,
        answer=None,
        status="error",
        fault="error",
        explanation=f"raised {type(error).__name__}: {' '.join(str(error).split())}",
        scores=_scores(gold, nothing, "", ()),
    )


def spoken(answer: Answer) -> str:
    """The words of an answer as they are read, without citation markers."""
    return read(MARKER.sub(" ", answer.text))


def holds_evidence(found: Evidence, wanted: GoldEvidence) -> bool:
    """Whether a retrieved passage is a gold row, the gold reference, or a text with all the gold facts."""
    passage = found.passage
    match wanted:
        case CellEvidence():
            try:
                rows = {(table, row) for table, row, _ in wanted.cells(found.document)}
            except GoldError:
                return False
            return (passage.table, passage.row) in rows
        case FactEvidence():
            return passage.table is None and wanted.stand_in(found.quote)
        case _:
            return passage.kind == "reference" and _is_reference(found.quote, wanted.number)


def statements(answer: Answer) -> tuple[tuple[str, tuple[Citation, ...]], ...]:
    """The answer's statements, each with its citations: what stands before one or more markers."""
    numbered = {citation.number: citation for citation in answer.citations}
    found: list[tuple[str, tuple[Citation, ...]]] = []
    at = 0
    for marker in MARKER.finditer(answer.text):
        cited = tuple(c for c in (numbered.get(int(marker.group(1))),) if c)
        words = answer.text[at : marker.start()]
        if words.strip():
            found.append((words, cited))
        elif found:
            found[-1] = (found[-1][0], (*found[-1][1], *cited))
        at = marker.end()
    if any(c.isalnum() for c in answer.text[at:]):
        found.append((answer.text[at:], ()))
    return tuple(found)


def _scores(
    gold: Gold, answer: Answer, said: str, documents: Sequence[Document]
) -> dict[str, float | None]:
    scores: dict[str, float | None] = dict.fromkeys(SCORES)
    if answer.citations:
        valid = [_is_true(citation, documents) for citation in answer.citations]
        scores["quote_validity"] = sum(valid) / len(valid)
    if not answer.abstained:

        def supports(statement: str, cited: Sequence[Citation]) -> bool:
            return _supported(answer, statement, cited, documents)

        scores["citation_recall"] = metrics.citation_recall(statements(answer), supports)
        scores["citation_precision"] = metrics.citation_precision(statements(answer), supports)
    if not gold.answerable:
        return scores
    if gold.answer:
        short = " ".join(piece for piece, is_bold in pieces(answer.text) if is_bold) or said
        scores["exact_match"] = metrics.exact_match(short, _references(gold))
        scores["token_f1"] = metrics.token_f1(short, _references(gold))
    numbers = [part for part in gold.answer if isinstance(part, Number)]
    if numbers:
        scores["number_match"] = sum(metrics.says(said, n) for n in numbers) / len(numbers)
    if len(gold.answer) > 1 or len(gold.forbidden) > 1:
        scores["list_precision"] = metrics.list_precision(said, gold)
        scores["list_recall"] = metrics.list_recall(said, gold)
    wanted, found = gold.cells(documents), _cells(answer)
    scores["cell_precision"] = metrics.precision_of(found, wanted)
    scores["cell_recall"] = metrics.recall_of(found, wanted)
    if gold.evidence:
        cited = [_cites(answer, each, documents) for each in gold.evidence]
        scores["evidence_recall"] = sum(cited) / len(cited)
    return scores


def _references(gold: Gold) -> list[str]:
    """What SQuAD's metrics compare with: each form of a single part, else the parts' first forms together."""
    first, *more = gold.answer
    if more or isinstance(first, Number):
        return [" ".join(metrics.shown(part) for part in gold.answer)]
    return list(first)


def _cells(answer: Answer) -> frozenset[tuple[str, CellPosition]]:
    """The table cells that an answer stands on: those it cites and those its program read; headers left out."""
    found = {(c.document_id, cell) for c in answer.citations for cell in c.cells}
    if answer.derivation is not None:
        of = next((c.document_id for c in answer.citations if c.cells), "")
        found |= {(of, cell) for cell in answer.derivation.operands}
    return frozenset(each for each in found if each[1][1] >= 0)


def _cites(answer: Answer, wanted: GoldEvidence, documents: Sequence[Document]) -> float:
    """The share of a piece of gold evidence that the answer's citations hold."""
    quotes = [citation.quote for citation in answer.citations]
    match wanted:
        case CellEvidence():
            document, cells = _first_with(wanted, documents)
            rows = {(document.id, table, row) for table, row, _ in cells} if document else set()
            cited = {(of, table, row) for of, (table, row, _) in _cells(answer)}
            return len(rows & cited) / len(rows) if rows else 0.0
        case FactEvidence():
            said = "\n".join(quotes)
            return sum(any(form in said for form in fact) for fact in wanted.facts) / len(
                wanted.facts
            )
        case _:
            return float(any(_is_reference(quote, wanted.number) for quote in quotes))


def _is_reference(quote: str, number: int) -> bool:
    return quote.lstrip().startswith(f"[{number}]")


def _is_true(citation: Citation, documents: Sequence[Document]) -> bool:
    """Whether the quote stands where the citation says, character for character."""
    return any(
        document.id == citation.document_id
        and citation.span.end <= len(document.text)
        and document.quote(citation.span) == citation.quote
        for document in documents
    )


def _supported(
    answer: Answer, statement: str, cited: Sequence[Citation], documents: Sequence[Document]
) -> bool:
    """Whether every number and name of a statement stands in these citations, or comes out of the program."""
    numbered = tuple(replace(citation, number=n) for n, citation in enumerate(cited, 1))
    marks = "".join(f"[{citation.number}]" for citation in numbered)
    alone = replace(answer, text=f"{statement} {marks}", citations=numbered)
    return verify(alone, documents, replay=lambda derivation, _: derivation).holds


def _fault(gold: Gold, answer: Answer, scores: dict[str, float | None]) -> Fault:
    if not gold.answerable:
        return "invented"
    if answer.abstained:
        return "silent"
    return "said" if scores["evidence_recall"] == 1 else "elsewhere"


def _in_words(wanted: GoldEvidence, documents: Sequence[Document]) -> Iterator[str]:
    """A piece of gold evidence for people, a line a row; nothing where no document has its cells."""
    match wanted:
        case CellEvidence():
            document, cells = _first_with(wanted, documents)
            if document is None:
                return
            table = document.tables[wanted.table - 1]
            for row in sorted({row for _, row, _ in cells}):
                said = [
                    f"{table.header[column].text}: {table.cell(row, column).text or '–'}"
                    for _, at, column in sorted(cells)
                    if at == row
                ]
                name = "header" if row < 0 else table.rows[row][0].text
                yield f"Table {wanted.table}, {name}: {'; '.join(said)}"
        case FactEvidence():
            yield " … ".join(f"“{fact[0]}”" for fact in wanted.facts)
        case _:
            yield f"Reference [{wanted.number}]"


def _first_with(
    wanted: CellEvidence, documents: Sequence[Document]
) -> tuple[Document | None, frozenset[CellPosition]]:
    for document in documents:
        with suppress(GoldError):
            return document, wanted.cells(document)
    return None, frozenset()


def _explained(
    gold: Gold, answer: Answer, wrong: str, kind: Fault, documents: Sequence[Document]
) -> str:
    """What is wrong and where it came from, in a sentence or two."""
    match kind:
        case "":
            return ""
        case "invented":
            return f"Answered with a confidence of {answer.confidence:.2f}, though the article does not say."
        case "silent":
            return f"Abstained; the likeliest draft had a confidence of {answer.confidence:.2f}."
        case "said":
            return f"The answer {wrong}, though it cites the right evidence."
    cited = _cells(answer)
    wanted = gold.cells(documents)
    if answer.derivation is not None:
        took = f"It computed: {answer.derivation.reading}."
    elif cited and wanted and not {c[1][0] for c in cited} & {c[1][0] for c in wanted}:
        took = "It took another table."
    elif cited and wanted and not {c[1][:2] for c in cited} & {c[1][:2] for c in wanted}:
        took = "It took another row."
    elif wanted and not cited:
        took = "It took the text, where a table answers."
    elif cited and not wanted:
        took = "It took a table, where the text answers."
    else:
        took = "It took another passage, or only a part of the right one."
    return f"The answer {wrong}. {took}"
