"""The answer to "where does it say that?": the passages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.document import Document
from rag.answer import Answer, literal

_NOTHING = "The question before had no answer, so no passage holds one."


def source(answer: Answer, documents: Sequence[Document]) -> Answer:
    """The passages that an answer stands on, in its citations' order, as an answer of their own."""
    if answer.abstained or not answer.citations:
        return replace(
            answer, text="", citations=(), abstained=True, reason=_NOTHING, method="none"
        )
    texts = {document.id: document for document in documents}
    shown = []
    for citation in answer.citations:
        where = " › ".join(citation.section)
        said = literal(texts[citation.document_id].plain(citation.span))
        shown.append(f"{literal(where)}{': ' * bool(where)}“{said}” [{citation.number}]")
    return replace(answer, text="\n".join(shown), derivation=None)
