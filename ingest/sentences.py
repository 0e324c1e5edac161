"""Where the sentences of a stretch of text begin and end."""

from __future__ import annotations

import re

from sentencex import get_sentence_boundaries

from ingest.document import Span
from ingest.lines import strip

_LEADING_MARKS = re.compile(r"(?:\s*\[\^?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\])+")


def sentences(text: str, span: Span) -> tuple[Span, ...]:
    """The sentences inside a span, in order, white space between them left out.

    Boundaries are those of sentencex (https://github.com/wikimedia/sentencex). A footnote mark that
    follows the full stop belongs to the sentence before it.
    """
    piece = text[span.start : span.end]
    found: list[Span] = []
    for boundary in get_sentence_boundaries("en", piece):
        start = span.start + boundary["start_index"]
        end = span.start + boundary["end_index"]
        marks = _LEADING_MARKS.match(text, start, end)
        if found and marks:
            found[-1] = Span(found[-1].start, marks.end())
            start = marks.end()
        sentence = strip(text, Span(start, end))
        if not len(sentence):
            continue
        if (
            any(character.isalnum() for character in text[sentence.start : sentence.end])
            or not found
        ):
            found.append(sentence)
        else:
            found[-1] = Span(found[-1].start, sentence.end)
    return tuple(found)
