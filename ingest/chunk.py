"""A document becomes passages: what is retrieved and cited. No passage cuts a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.document import Document, Paragraph, Passage, Span
from ingest.lines import without_marks
from ingest.sentences import sentences

LONGEST_PASSAGE = 1_000
"""Characters of a prose passage; one sentence that is longer stays whole. About 220 tokens, so that
the embedding model, which reads 256, sees all of it."""

_FEWEST_WORDS = 8
"""Items of fewer words say nothing by themselves: their list is one sentence."""

_WHITE_OR_BULLET = " \t\r\n\f\v\u00a0-*+•‣◦–"
_NUMBER_OR_NOTHING = re.compile(r"(?:\d{1,3}[.)]|[a-z]\))?")


def chunk(document: Document) -> tuple[Passage, ...]:
    """Every passage of a document, in the order of its text.

    A paragraph is a passage, or several where it is long; a list goes with the line that leads it in;
    a table is a passage as a whole and row by row; a figure and each reference are one each.
    """
    passages = [
        *_prose(document),
        *_tables(document),
        *(Passage("figure", part.span, part.section, (part.span,)) for part in document.figures),
        *(
            Passage("reference", part.span, part.section, (part.span,))
            for part in document.references
        ),
    ]
    return tuple(sorted(passages, key=lambda passage: (passage.span.start, -passage.span.end)))


def _tables(document: Document) -> Iterator[Passage]:
    for number, table in enumerate(document.tables):
        yield Passage("table", table.span, table.section, (table.span,), table=number)
        for row, span in enumerate(table.row_spans):
            yield Passage("row", span, table.section, (span,), table=number, row=row)


def _prose(document: Document) -> Iterator[Passage]:
    leads = _leads(document)
    run: list[Paragraph] = []  # a list, with the line that leads it in
    for paragraph in document.paragraphs:
        is_item = paragraph.item and not (run and not _is_next(document, run[-1], paragraph))
        if run and not is_item:
            yield from _list(document, run)
            run = []
        if paragraph.item or paragraph in leads:
            run.append(paragraph)
        else:
            yield from _cut(paragraph.section, sentences(document.text, paragraph.span), "prose")
    if run:
        yield from _list(document, run)


def _leads(document: Document) -> set[Paragraph]:
    """The paragraphs that lead a list in: they end with a colon, and an item comes next."""
    return {
        paragraph
        for paragraph, after in pairwise(document.paragraphs)
        if not paragraph.item
        and after.item
        and document.quote(paragraph.span).rstrip().endswith((":", "："))
        and _is_next(document, paragraph, after)
    }


def _is_next(document: Document, before: Paragraph, after: Paragraph) -> bool:
    """Whether only white space, a bullet and footnote marks stand between two paragraphs."""
    if before.section != after.section:
        return False
    between = document.text[before.span.end : after.span.start]
    return bool(_NUMBER_OR_NOTHING.fullmatch(without_marks(between).strip(_WHITE_OR_BULLET)))


def _list(document: Document, run: Sequence[Paragraph]) -> Iterator[Passage]:
    """A list; items that are too short to say anything are one sentence, with the line before them."""
    spans = [span for part in run for span in sentences(document.text, part.span)]
    items = [part.span for part in run if part.item]
    if items and all(len(document.quote(item).split()) < _FEWEST_WORDS for item in items):
        lead = [span for span in spans if span.end <= items[0].start]
        spans = [*lead[:-1], *_together([*lead[-1:], *items])]
    yield from _cut(run[0].section, spans, "list")


def _together(spans: Sequence[Span]) -> list[Span]:
    """Neighbours as one span, as far as it is no longer than the longest passage."""
    groups: list[Span] = []
    for span in spans:
        if groups and span.end - groups[-1].start <= LONGEST_PASSAGE:
            groups[-1] = Span(groups[-1].start, span.end)
        else:
            groups.append(span)
    return groups


def _cut(section: int, spans: Sequence[Span], kind: str) -> Iterator[Passage]:
    """Whole sentences together, up to the longest passage, in parts of about the same length."""
    if not spans:
        return
    length = spans[-1].end - spans[0].start
    aim = length / -(-length // LONGEST_PASSAGE)
    group: list[Span] = []
    for span in spans:
        if group and span.end - group[0].start > LONGEST_PASSAGE:
            yield _passage(kind, section, group)
            group = []
        group.append(span)
        if span.end - group[0].start >= aim:
            yield _passage(kind, section, group)
            group = []
    if group:
        yield _passage(kind, section, group)


def _passage(kind: str, section: int, group: Sequence[Span]) -> Passage:
    return Passage(
        "list" if kind == "list" else "prose",
        Span(group[0].start, group[-1].end),
        section,
        tuple(group),
    )
