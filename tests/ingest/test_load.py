"""Files become documents: encodings, structure, exact spans."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.errors import LoadError
from ingest.load import LARGEST_FILE, load, parse

ARTICLE_LIKE = """\
# On lighthouses

Some words before the first heading [1].

## Towers

They are tall. They are white [2, 3]; see [the list](https://example.org).

- one item
- another item

Table 1. Towers of the coast

| Name | Height |
|------|-------:|
| Alba | 30 |

Figure 1. A drawing (by the author)

### Lamps ###

Underlined
----------

Text.

## References

[1] Someone (1999). A book.

[3] Someone else (2001). Another book.
"""


def titles(document: Document) -> list[tuple[str, ...]]:
    return [section.path for section in document.sections]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße\r\nan alle".encode(), "Grüße\r\nan alle"),
        ("Grüße".encode("utf-8-sig"), "Grüße"),
        ("Grüße 国".encode("utf-16"), "Grüße 国"),
        ("Grüße 国".encode("utf-32"), "Grüße 国"),
        (b"old\rmac\rlines", "old\rmac\rlines"),
        ("form\x0cfeed and \u2028 separator".encode(), "form\x0cfeed and \u2028 separator"),
    ],
)
def test_the_text_is_the_files_text_exactly(tmp_path: Path, data: bytes, text: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    assert load(file).text == text


def test_other_encodings_are_recognised(tmp_path: Path) -> None:
    said = (
        "Zażółć gęślą jaźń. Wszyscy ludzie rodzą się wolni i równi w swojej godności i prawach. "
        * 9
    )
    file = tmp_path / "a.txt"
    file.write_bytes(said.encode("cp1250"))
    document = load(file)
    assert document.text == said
    assert document.encoding != "utf-8"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"%PDF-1.7\n\x00\x01\x02\xff\xfe" + bytes(range(256)) * 9, "binary"),
        (b"plain \x01\x02\x03\x04 bytes", "binary"),
        (b"\xff\xfeodd", "UTF-16"),
        (b"\xef\xbb\xbf\xff", "UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    with pytest.raises(LoadError, match=says) as refused:
        load(file)
    assert "\n" not in str(refused.value)


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no file"):
        load(tmp_path / "nothing.txt")
    with pytest.raises(LoadError, match="is a directory"):
        load(tmp_path)
    with pytest.raises(LoadError, match="cannot be read"):
        load(tmp_path / ("n" * 5000))
    with pytest.raises(LoadError, match="cannot be read"):
        load("nul\0byte")


def test_a_file_of_100_mb_is_read_only_when_forced(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as sparse:
        sparse.write(b"Words. ")
        sparse.truncate(LARGEST_FILE + 1)
    with pytest.raises(LoadError, match="--force"):
        load(file)
    with pytest.raises(LoadError, match="binary"):  # forced, it is read: a sparse file is all zeros
        load(file, force=True)


def test_the_parts_of_a_markdown_article() -> None:
    document = parse(ARTICLE_LIKE, name="lights.md")
    assert document.title == "On lighthouses"
    assert titles(document) == [
        (),
        ("Towers",),
        ("Towers", "Lamps"),
        ("Underlined",),
        ("References",),
    ]
    assert [document.quote(part.span) for part in document.paragraphs] == [
        "Some words before the first heading [1].",
        "They are tall. They are white [2, 3]; see [the list](https://example.org).",
        "one item",
        "another item",
        "Text.",
    ]
    assert [part.item for part in document.paragraphs] == [False, False, True, True, False]
    assert [figure.caption for figure in document.figures] == [
        "Figure 1. A drawing (by the author)"
    ]
    assert [(entry.number, entry.text) for entry in document.references] == [
        (1, "Someone (1999). A book."),
        (3, "Someone else (2001). Another book."),
    ]
    table = document.tables[0]
    assert table.caption == "Table 1. Towers of the coast"
    assert document.sections[table.section].title == "Towers"


def test_marks_say_what_they_say_and_are_tied_to_the_entry_of_that_number() -> None:
    document = parse(ARTICLE_LIKE, name="lights.md")
    assert [(mark.number, mark.reference) for mark in document.marks] == [(1, 0), (2, None), (3, 1)]
    assert document.plain(document.paragraphs[1].span).startswith(
        "They are tall. They are white; see"
    )


def test_the_same_text_with_crlf_has_the_same_parts() -> None:
    unix, windows = (
        parse(text, name="a.md") for text in (ARTICLE_LIKE, ARTICLE_LIKE.replace("\n", "\r\n"))
    )
    assert titles(unix) == titles(windows)
    assert [unix.quote(part.span) for part in unix.paragraphs] == [
        windows.quote(part.span) for part in windows.paragraphs
    ]
    assert [cell.text for _, cell in unix.cells()] == [cell.text for _, cell in windows.cells()]


def test_unmarked_headings_of_a_text_with_one_line_a_paragraph() -> None:
    text = (
        "In short\n- First point of the text, which is long enough to be a sentence of its own.\n"
        "The history of towers [3]\n"
        + "A long paragraph about towers that goes on and on. " * 5
        + "\nWho should climb, and why?\n"
        + "Another long paragraph, about climbing this time. " * 5
        + "\nReferences\n[1] Someone. A book.\nPhoto: someone\n"
    )
    document = parse(text, name="towers.txt")
    assert titles(document) == [
        ("In short",),
        ("The history of towers",),
        ("Who should climb, and why?",),
        ("References",),
    ]
    assert document.title == "towers"
    assert [entry.text for entry in document.references] == ["Someone. A book."]


def test_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "The title of it\n\nThis is a paragraph that an editor\nhas wrapped at some column, as\n"
        "editors do.\n\nA heading\n\nMore text of the same kind, wrapped\nlikewise.\n"
    )
    document = parse(text, name="wrapped.txt")
    assert document.title == "The title of it"
    assert [document.plain(part.span) for part in document.paragraphs] == [
        "This is a paragraph that an editor has wrapped at some column, as editors do.",
        "More text of the same kind, wrapped likewise.",
    ]
    assert titles(document) == [(), ("A heading",)]


def test_numbered_references_and_numbered_headings() -> None:
    text = (
        "1. Introduction\n\nSome text here.\n\n1.1 Details\n\nMore text here.\n\nBibliography\n\n"
        "1. Someone. A book.\n2. Someone else. Another.\n"
    )
    document = parse(text, name="paper.txt")
    assert [entry.number for entry in document.references] == [1, 2]
    assert "1.1 Details" in [path[-1] for path in titles(document) if path]


def test_code_fences_hold_no_headings_and_an_open_fence_hides_nothing() -> None:
    closed = parse("# T\n\n```\n# no heading\n```\n\nText.\n", name="a.md")
    assert titles(closed) == [()]
    left_open = parse("# T\n\n```\n\n## A heading\n\nText.\n", name="a.md")
    assert titles(left_open) == [(), ("A heading",)]


def test_one_long_line_is_an_article() -> None:
    document = parse("One sentence of a text. " * 50_000, name="line.txt")
    assert len(document.paragraphs) == 1


_PIECES = st.sampled_from(
    "# A~## B c~Text. More text [1].~- item~| a | b |~|---|---|~Table 1. Caption~[1] Someone.~"
    "References~```~~====~a|b|c~\\|~Figure 2: x~1. One".split("~")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=20), max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_span_lies_in_the_text_and_no_text_is_refused(pieces: list[str], end: str) -> None:
    text = end.join(pieces)
    document = parse(text, name="a.md")
    assert document.text == text
    spans = [section.span for section in document.sections]
    spans += [part.span for part in document.paragraphs] + [e.span for e in document.references]
    spans += [cell.span for _, cell in document.cells()] + [table.span for table in document.tables]
    assert all(span.end <= len(text) for span in spans)
    for before, after in zip(document.sections, document.sections[1:], strict=False):
        assert before.span.end == after.span.start
    for table in document.tables:
        assert all(len(row) == len(table.header) for row in table.rows)
