"""A document becomes passages: what is retrieved and cited. No passage cuts a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ingest.document import Document, Paragraph, Passage, Span
from ingest.sentences import sentences

LONGEST_PASSAGE = 1_000
"""Characters of a prose passage; one sentence that is longer stays whole. About 220 tokens, so that
the embedding model, which reads 256, sees all of it."""

_FEWEST_WORDS = 8
"""Items of fewer words say nothing by themselves: their list is one sentence."""


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
    runs = groupby(document.paragraphs, key=lambda part: (part.section, part.item or part in leads))
    for (section, is_list), members in runs:
        if is_list:
            yield from _list(document, section, list(members))
        else:
            for paragraph in members:
                yield from _cut(section, sentences(document.text, paragraph.span), "prose")


def _leads(document: Document) -> set[Paragraph]:
    """The paragraphs that lead a list in: they end with a colon, and an item comes next."""
    return {
        paragraph
        for paragraph, after in zip(document.paragraphs, document.paragraphs[1:], strict=False)
        if not paragraph.item
        and after.item
        and after.section == paragraph.section
        and document.quote(paragraph.span).rstrip().endswith((":", "："))
        and not document.text[paragraph.span.end : after.span.start].strip(
            " \t\r\n-*+•‣◦–0123456789.)"
        )
    }


def _list(document: Document, section: int, members: Sequence[Paragraph]) -> Iterator[Passage]:
    spans: list[Span] = []
    for member in members:
        if not member.item and spans:
            yield from _cut(section, tuple(spans), "list")
            spans = []
        spans.extend(sentences(document.text, member.span))
    if spans and all(
        len(document.quote(span).split()) < _FEWEST_WORDS for span in spans[-len(members) + 1 :]
    ):
        spans = [Span(spans[0].start, spans[-1].end)]
    yield from _cut(section, tuple(spans), "list")


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
