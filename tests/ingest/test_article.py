"""The edition and the original are read whole, and say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.chunk import chunk
from ingest.document import Document
from ingest.load import load
from tests.conftest import EDITION, ORIGINAL

needs_original = pytest.mark.skipif(
    not ORIGINAL.is_file(), reason="the original article is not on this machine"
)


@pytest.fixture(scope="module")
def document(text_path: Path) -> Document:
    return load(text_path)


def test_every_part_is_found(document: Document) -> None:
    titles = [section.title for section in document.sections if section.title]
    assert len(titles) == 7
    assert titles[0] == "In short"
    assert titles[-1] == "Bibliography"
    assert [(len(table.header), len(table.rows)) for table in document.tables] == [
        (3, 11),
        (4, 13),
        (5, 4),
    ]
    assert [table.caption[:8] for table in document.tables] == ["Table 1.", "Table 2.", "Table 3."]
    assert len(list(document.cells())) == 3 * 12 + 4 * 14 + 5 * 5
    assert [entry.number for entry in document.references] == list(range(1, 24))
    assert [figure.caption[:9] for figure in document.figures] == ["Figure 1."]
    assert sum(paragraph.item for paragraph in document.paragraphs) == 6
    assert len(document.paragraphs) == 25


def test_marks_are_tied_to_the_entry_of_their_number(document: Document) -> None:
    assert len(document.marks) == 27
    for mark in document.marks:
        assert mark.reference is not None
        assert document.references[mark.reference].number == mark.number
        assert document.quote(mark.span) == f"[{mark.number}]"


def test_cells_have_their_types(document: Document) -> None:
    members = document.tables[1]
    assert {row[1].kind for row in members.rows} == {"year"}
    assert [row[2].text for row in members.rows if row[2].text.endswith(".")] == []
    assert members.rows[1][2].items == ("Europe", "Asia")
    assert sum(row[3].kind == "empty" for row in members.rows) == 6
    formats = document.tables[2]
    assert [row[2].value for row in formats.rows] == [8, 149, 13, 9]
    assert {row[2].kind for row in formats.rows} == {"integer"}


def test_every_passage_lies_on_the_text_and_together_they_say_all_of_it(document: Document) -> None:
    said = [False] * len(document.text)
    for passage in chunk(document):
        assert document.quote(passage.span).strip() == document.quote(passage.span)
        assert passage.sentences[0].start == passage.span.start
        assert passage.sentences[-1].end == passage.span.end
        said[passage.span.start : passage.span.end] = [True] * len(passage.span)
    for section in document.sections:
        if section.heading:
            said[section.heading.start : section.heading.end] = [True] * len(section.heading)
    for table in document.tables:
        if table.caption_span:
            span = table.caption_span
            said[span.start : span.end] = [True] * len(span)
    left = "".join(
        character for character, is_said in zip(document.text, said, strict=True) if not is_said
    )
    assert not re.sub(r"[\s#-]|\[5\]", "", left)


@needs_original
def test_the_edition_has_the_originals_cells_and_numbers() -> None:
    edition, original = load(EDITION), load(ORIGINAL)
    for ours, theirs in zip(edition.tables, original.tables, strict=True):
        for our_row, their_row in zip(ours.rows, theirs.rows, strict=True):
            for our_cell, their_cell in zip(our_row, their_row, strict=True):
                assert our_cell.kind == their_cell.kind or len(their_cell.text) > 30
                if len(their_cell.text) <= 24:
                    assert our_cell.text == their_cell.text
    assert [mark.number for mark in edition.marks] == [mark.number for mark in original.marks]
    for ours_entry, their_entry in zip(edition.references, original.references, strict=True):
        years = re.findall(r"\d{4}", their_entry.text)
        assert sorted(re.findall(r"\d{4}", ours_entry.text)) == sorted(years)


@needs_original
def test_the_edition_has_no_sentence_of_the_original() -> None:
    run = 9
    theirs: set[tuple[str, ...]] = set()
    for paragraph in load(ORIGINAL).paragraphs:
        words = re.findall(r"[^\W_]+", load(ORIGINAL).quote(paragraph.span).lower())
        theirs.update(tuple(words[at : at + run]) for at in range(len(words) - run + 1))
    words = re.findall(r"[^\W_]+", load(EDITION).text.lower())
    assert not [at for at in range(len(words)) if tuple(words[at : at + run]) in theirs]
