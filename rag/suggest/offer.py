"""Suggestions: candidates that were asked and answered from their place, kept, and chosen among."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from ingest.document import Document, Span
from ingest.words import stems, tokens
from rag.answer import Answer, Citation, Evidence, read
from rag.suggest.words import Candidate, Kind

MOST_KEPT = 24
"""Suggestions of one document."""

_LOG = logging.getLogger(__name__)
_MOST_ASKED = 400
_FORMAT = 1
_SAID_WITHIN: dict[Kind, int] = {"count": 4, "lookup": 16}
"""Words of an answer in which its value stands: a number that comes later may be another one."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that a document answered, and the place that it was answered from."""

    question: str
    document_id: str
    span: Span
    kind: Kind


_STORED = TypeAdapter(tuple[int, tuple[Suggestion, ...]])


def dump(suggestions: Sequence[Suggestion]) -> bytes:
    """Suggestions as JSON, to be kept with an index."""
    return _STORED.dump_json((_FORMAT, tuple(suggestions)))


def load(data: bytes, documents: Sequence[Document]) -> tuple[Suggestion, ...]:
    """What `dump` wrote; () of anything else, and where a place lies outside the documents."""
    try:
        written, suggestions = _STORED.validate_json(data)
    except (ValidationError, ValueError):
        return ()
    lengths = {document.id: len(document.text) for document in documents}
    known = all(each.span.end <= lengths.get(each.document_id, -1) for each in suggestions)
    return suggestions if written == _FORMAT and known else ()


def verified(ask: Callable[[str], Answer], documents: Sequence[Document]) -> tuple[Suggestion, ...]:
    """The candidates that are answered, with what their place says, and with a citation of it.

    At most 24 a document; with many documents fewer of each are asked, and none of the last ones.
    """
    from rag.suggest.make import MOST_CANDIDATES, candidates  # its patterns take a while to compile

    most = max(4, min(MOST_CANDIDATES, _MOST_ASKED // max(1, len(documents))))
    kept: dict[str, Suggestion] = {}
    for document in documents[: _MOST_ASKED // most]:
        before = len(kept)
        for candidate in candidates(document)[:most]:
            if len(kept) - before == MOST_KEPT:
                break
            if candidate.question not in kept and _is_answered(ask, candidate, document):
                kept[candidate.question] = Suggestion(
                    candidate.question, document.id, candidate.span, candidate.kind
                )
    return tuple(kept.values())


def _is_answered(ask: Callable[[str], Answer], candidate: Candidate, document: Document) -> bool:
    try:
        answer = ask(candidate.question)
    except Exception as error:  # noqa: BLE001 - a question that fails is not offered; the index stands
        _LOG.warning("A suggestion could not be asked: %s (%s)", candidate.question, error)
        return False
    if answer.abstained:
        return False
    words = _words(read(answer.text)).split()
    said = f" {' '.join(words[: _SAID_WITHIN.get(candidate.kind)])} "
    cited = (each for each in answer.citations if each.document_id == document.id)
    return all(_words(each) in said for each in candidate.says) and any(
        _is_from(citation, candidate) for citation in cited
    )


def _is_from(citation: Citation, candidate: Candidate) -> bool:
    if citation.cells:  # a cell of a table that stands in a section is no answer about that section
        return any(table == candidate.table for table, _, _ in citation.cells)
    return _overlap(citation.span, candidate.span)


def _words(text: str) -> str:
    """The words of a text, folded, each between spaces."""
    return f" {' '.join(token.text for token in tokens(text))} "


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def near(
    question: str,
    evidence: Sequence[Evidence],
    suggestions: Sequence[Suggestion],
    most: int = 3,
) -> tuple[str, ...]:
    """The questions to offer where another could not be answered, the nearest first.

    Those answered from the evidence come first, then those from its sections, then those that share
    words with the question, then general ones. The kinds and the places are varied, and the question
    itself is never offered.
    """
    asked = _words(question)
    wanted = frozenset(stems(question))
    found = [
        (_nearness(each, wanted, evidence), number, each)
        for number, each in enumerate(suggestions)
        if _words(each.question) != asked
    ]
    chosen: list[Suggestion] = []
    while found and len(chosen) < most:
        used = [each.kind for each in chosen]
        places = [(each.document_id, each.span) for each in chosen]

        def worth(one: tuple[float, int, Suggestion]) -> tuple[float, int]:
            nearness, number, each = one
            again = used.count(each.kind) + places.count((each.document_id, each.span))  # noqa: B023
            return nearness - again, -number

        best = max(found, key=worth)
        found.remove(best)
        chosen.append(best[2])
    return tuple(each.question for each in chosen)


def _nearness(each: Suggestion, wanted: frozenset[str], evidence: Sequence[Evidence]) -> float:
    """How near a suggestion is: 2 to 3 in the evidence, 1 to 2 in its sections, else by its words."""
    words = frozenset(stems(each.question))
    shared = len(words & wanted) / max(1, min(len(words), len(wanted)))
    if each.kind == "about":
        return 0.2
    place = 0.0
    for item in evidence:
        if item.document.id == each.document_id:
            if _overlap(item.passage.span, each.span):
                place = 2.0
                break
            if _overlap(item.document.sections[item.passage.section].span, each.span):
                place = 1.0
    return place + shared
