"""Files become documents: encodings, structure, exact spans."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decode import decode
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
    ("said", "encoding"),
    [
        ("The café in Zürich costs €7 – not more.", "cp1252"),
        ("São Paulo", "latin-1"),
        ("Grüße aus Köln: „schön“, 5 m² für 3 €.", "cp1252"),
        ("¿Dónde está el niño? ¡Aquí!", "cp1252"),
        ("Blåbær og rødgrød på Ærø.", "cp1252"),
        ("Perché no? È così, città più bella.", "latin-1"),
        ("À l’été – « déjà ». Où ça ?", "cp1252"),
        ("Все люди рождаются свободными и равными в своём достоинстве и правах. " * 4, "koi8_r"),
        ("Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στα δικαιώματα. " * 4, "cp1253"),
        (
            (
                "כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, "
                "לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחוה."
            ),
            "cp1255",
        ),
        ("すべての人間は、生まれながらにして自由であり、平等である。" * 4, "shift_jis"),
    ],
)
def test_other_encodings_are_read_right(said: str, encoding: str) -> None:
    assert decode(said.encode(encoding), "a.txt")[0] == said


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("Привет, мир", "koi8_r"),
        ("Да и нет", "cp1251"),
        ("Łódź są gęś", "cp1250"),
        ("Děkuji, dobrý den, příteli.", "cp1250"),
        ("Déjà vu à l’été.", "mac_roman"),
        ("Tous les êtres humains naissent libres et égaux en dignité. " * 9, "mac_roman"),
        ("Der Bär läßt grüßen, und der König hört schön zu.", "cp437"),
        ("İstanbul'da çok güzel ağaçlar", "cp1254"),
    ],
)
def test_what_cannot_be_told_for_sure_is_refused(said: str, encoding: str) -> None:
    with pytest.raises(LoadError, match="save it as UTF-8"):
        decode(said.encode(encoding), "a.txt")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"%PDF-1.7\n\x00\x01\x02\xff\xfe" + bytes(range(256)) * 9, "binary"),
        (b"plain \x01\x02\x03\x04 bytes", "binary"),
        (b"%PDF-1.4\nall of it is ASCII", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
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


def quotes(document: Document) -> list[str]:
    return [document.quote(part.span) for part in document.paragraphs]


@pytest.mark.parametrize(
    "line",
    [
        "[3] and others say so.",
        "99. Then it fell.",
        "– a small one – stood there.",
        "a) and b) are both right.",
        "Table 2. The rest of it is prose.",
    ],
)
def test_a_wrapped_line_begins_nothing_of_its_own(line: str) -> None:
    document = parse(f"# T\n\nThe first line of a paragraph and\n{line}\n", name="a.md")
    assert quotes(document) == [f"The first line of a paragraph and\n{line}"]
    assert document.references == ()
    assert not document.paragraphs[0].item


def test_lists_and_references_still_begin_where_they_may() -> None:
    assert quotes(parse("# T\n\nA line\n- red\n* blue\n1. green\n2. grey\n", name="a.md")) == [
        *("A line", "red", "blue", "green", "grey")
    ]
    assert quotes(parse("# T\n\nThe levels:\n– red\n– blue\n", name="a.md"))[1:] == ["red", "blue"]
    entries = parse(
        "# T\n\nText.\n\n[1] Someone,\n  a book.\n[2] Another.\n", name="a.md"
    ).references
    assert [entry.text for entry in entries] == ["Someone, a book.", "Another."]


def test_only_the_heading_directly_above_makes_items_references() -> None:
    text = (
        "Notes\n\nThese are notes on towers, of some length, by many people.\n\nTowers\n\n"
        "There are three steps to take.\n\n1. Go up the stairs.\n2. Come down again.\n"
    )
    document = parse(text, name="a.txt")
    assert document.references == ()
    assert [part.item for part in document.paragraphs][-2:] == [True, True]
    marked = parse("# T\n\n## Sources\n\n1. A book.\n\n## Steps\n\n1. Go up.\n", name="a.md")
    assert [entry.text for entry in marked.references] == ["A book."]


def test_a_bibliography_needs_no_blank_line_under_its_heading() -> None:
    text = "The text of it, wrapped\nin lines.\n\nReferences:\n1. Someone. A book.\n2. Another.\n"
    assert [entry.number for entry in parse(text, name="a.txt").references] == [1, 2]


def test_prose_about_a_figure_is_no_caption() -> None:
    said = "Figure 1.2 shows that towers are tall."
    document = parse(f"# T\n\n{said}\n\nFigure 1.2. A tower\n", name="a.md")
    assert quotes(document) == [said]
    assert [figure.caption for figure in document.figures] == ["Figure 1.2. A tower"]


def test_front_matter_is_no_content_but_may_name_the_article() -> None:
    front = '---\ntitle: "On towers"\ntags:\n  - tall\n---\n'
    document = parse(front + "\nThey are tall.\n", name="a.md")
    assert document.title == "On towers"
    assert quotes(document) == ["They are tall."]
    assert titles(document) == [()]
    assert parse(front + "\n# Towers\n\nTall.\n", name="a.md").title == "Towers"
    assert len(quotes(parse("---\n\nA text.\n\n---\n\nMore of it.\n", name="a.md"))) == 2


def test_comments_are_no_content() -> None:
    text = "# T\n\n<!-- one -->\nText.\n\n<!--\n## Hidden\n-->\n\nMore.\n\n<!-- open\n\nEnd.\n"
    document = parse(text, name="a.md")
    assert quotes(document) == ["Text.", "More.", "<!-- open", "End."]
    assert titles(document) == [()]


def test_a_mark_before_a_colon_is_a_mark() -> None:
    document = parse(
        "# T\n\nAccording to [2]: the base stands.\n\n[2]: https://example.org\n", name="a.md"
    )
    assert [(mark.number, mark.reference) for mark in document.marks] == [(2, 0)]
    assert document.plain(document.paragraphs[0].span) == "According to: the base stands."
    assert [entry.number for entry in document.references] == [2]


def test_names_with_underscores_keep_them() -> None:
    document = parse("# The my_own_name of *it*\n\nText.\n", name="a.md")
    assert document.title == "The my_own_name of it"


@pytest.mark.timeout(60)  # seconds where a quadratic step would take minutes
@pytest.mark.parametrize(
    "text",
    [
        "Short line\n\n" * 160_000,
        "1. item\n" * 200_000,
        "# " + "*a " * 340_000,
        "# a" + " " * 60_000 + "b\n\nText" + " " * 60_000 + "x [1]\n",
        "a | b\n" + " " * 60_000 + "|" + " " * 60_000 + "x\n",
        "Table 1. x\n\n" * 40_000 + "| a | b |\n|---|---|\n| 1 | 2 |\n\n" * 15_000,
        "<!-- x\n" * 200_000,
        "| " + "[" * 500_000 + " | b |\n|---|---|\n",
    ],
    ids=["lines", "items", "asterisks", "spaces", "pipes", "captions", "comments", "brackets"],
)
def test_large_and_odd_texts_are_read_in_linear_time(text: str) -> None:
    assert parse(text, name="a.md").text == text


@pytest.mark.timeout(60)
def test_plain_text_of_an_article_with_many_marks() -> None:
    document = parse("# T\n\n" + "It is so [1].\n\n" * 20_000, name="a.md")
    assert {document.plain(part.span) for part in document.paragraphs} == {"It is so."}


_PIECES = st.sampled_from(
    "# A~## B c~Text. More text [1].~- item~| a | b |~|---|---|~Table 1. Caption~[1] Someone.~"
    "References~```~~====~a|b|c~\\|~Figure 2: x~1. One~---~title: x~<!-- a~-->~– one~99. Then~Notes".split(
        "~"
    )
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
