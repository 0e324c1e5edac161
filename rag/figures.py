"""Questions about the article's figures, of which it holds the captions: which there are, what one shows,
who made it.

A figure is told by its number or its place; a question that describes one is left to the retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.document import Document, Figure
from rag.answer import Claim, Draft, literal

_FIGURE = r"(?:figure|fig\.|chart|diagram|picture|illustration|image|graph)"
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "final": -1}
_NUMBERED = re.compile(rf"\b{_FIGURE}\s*(?:no\.?\s*|number\s*)?(\d{{1,2}})\b", re.IGNORECASE)
_PLACED = re.compile(rf"\b({'|'.join(_PLACES)})\s+{_FIGURE}(?!\w)", re.IGNORECASE)
_ONLY = re.compile(rf"\b(?:the|this|its)\s+(?:only\s+)?{_FIGURE}(?!\w)", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:who|whose|by whom|what|which|where|describe|explain|show|caption|title|tell)\b"
    r"|\b(?:made|drawn|drew|developed|author|source|show|shows|depict\w*|about|caption|title)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    rf"^\W*(?:what|which|list|name|show|how many)\b.{{0,12}}\b{_FIGURE}s(?:\s+(?:are|is|in|does (?:the|this) (?:article|text|paper))\b[\w ]{{0,24}})?\W*$"
    rf"|^\W*(?:are|is)\s+there\s+(?:any\s+|an?\s+)?{_FIGURE}s?(?:\s+in\b[\w ]{{0,20}})?\W*$",
    re.IGNORECASE,
)
_SURE, _MOST = 0.9, 5


def answer(question: str, documents: Sequence[Document]) -> Draft | None:
    """The caption of the figure that is asked about, or all captions; None for any other question."""
    every = [(document, figure) for document in documents for figure in document.figures]
    if not every:
        return None
    if _WHICH.search(question):
        return Draft(tuple(_caption(*each) for each in every[:_MOST]), _SURE, "prose")
    if not _ASKS.search(question):
        return None
    if numbered := _NUMBERED.search(question):
        begins = re.compile(rf"\W*{_FIGURE}\s*{numbered[1]}(?!\d)", re.IGNORECASE)
        found = [each for each in every if begins.match(each[1].caption)]
    elif placed := _PLACED.search(question):
        place = _PLACES[placed[1].lower()]
        found = every[place:][:1] if place < len(every) else []
    else:
        found = every if len(every) == 1 and _ONLY.search(question) else []
    return Draft((_caption(*found[0]),), _SURE, "prose") if found else None


def _caption(document: Document, figure: Figure) -> Claim:
    return Claim(literal(document.plain(figure.span)), document, figure.span, figure.section)
