"""An article as a page: every character of it can be marked, and nothing of it is obeyed."""

from __future__ import annotations

import csv
import re
from html import unescape
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.document import Document, Span
from ingest.load import load, parse
from tests.ui.conftest import HOSTILE
from ui.article import page, place, table_csv

RUN = re.compile(r'<span data-s="(\d+)">([^<]*)</span>')


def runs(document: Document) -> list[tuple[int, str]]:
    """The pieces of a page: where each stands, and what it says."""
    return [(int(start), unescape(text)) for start, text in RUN.findall(page(document))]


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_passage_can_be_marked_on_its_page(text_path: Path) -> None:
    document = load(text_path)
    shown = runs(document)
    covered = {at for start, text in shown for at in range(start, start + len(text))}
    for start, text in shown:
        assert document.text[start : start + len(text)] == text
    for passage in chunk(document):
        for sentence in passage.sentences:
            letters = {
                at for at in range(sentence.start, sentence.end) if document.text[at].isalnum()
            }
            if passage.kind in ("prose", "list", "reference"):
                assert letters <= covered, document.quote(sentence)
    for _, cell in document.cells():
        assert set(range(cell.span.start, cell.span.end)) <= covered


def test_a_page_has_headings_lists_tables_and_references(text_path: Path) -> None:
    document = load(text_path)
    elements = Elements(page(document)).found
    tags = [tag for tag, _ in elements]
    assert tags.count("table") == len(document.tables) == 3
    assert tags.count("h2") == 1
    assert {"h3", "ul", "li", "p", "figcaption"} <= set(tags)
    cells = {attributes["data-cell"] for _, attributes in elements if "data-cell" in attributes}
    assert cells == {f"{t}.{'h' if r == -1 else r}.{c}" for (t, r, c), _ in document.cells()}
    names = {attributes.get("id") for _, attributes in elements}
    assert {f"ref-{reference.number}" for reference in document.references} <= names


def test_nothing_that_a_document_says_becomes_an_element_or_an_attribute() -> None:
    elements = Elements(page(parse(HOSTILE, name="tricks.md"))).found
    ours = {
        *"article h2 h3 h4 p ul ol li span figure figcaption button div".split(),
        *"table thead tbody tr th td a em strong sup code br".split(),
    }
    assert {tag for tag, _ in elements} <= ours
    attributes = {name for _, each in elements for name in each}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "src")}
    links = [each["href"] or "" for tag, each in elements if tag == "a"]
    assert links
    assert all(link.startswith(("https://", "http://", "#ref-")) for link in links)
    assert "\u202e" not in page(parse(HOSTILE, name="tricks.md"))


@given(st.text(alphabet=st.sampled_from("ab *_`[]()!<>&|#\n\u200e\U0001f680\ud800:/"), max_size=80))
def test_whatever_stands_in_a_document_its_page_tells_offsets_truly(text: str) -> None:
    document = parse(text, name="x.md")
    for start, said in runs(document):
        source = re.sub("[\ud800-\udfff]", "\ufffd", document.text[start : start + len(said)])
        assert said == source
    tags = {tag for tag, _ in Elements(page(document)).found}
    assert "img" not in tags


def test_markdown_is_shown_and_links_are_kept_to_the_web() -> None:
    text = "# T\n\nA **bold** and *slanted* `code` [site](https://a.example/x) [bad](data:text/html,1).\n"
    html = page(parse(text, name="x.md"))
    assert re.search(r"<strong><span[^>]*>bold</span></strong>", html)
    assert re.search(r"<em><span[^>]*>slanted</span></em>", html)
    assert 'href="https://a.example/x" target="_blank" rel="noopener noreferrer nofollow"' in html
    assert "data:" not in html


def test_a_link_names_its_document_span_and_cells() -> None:
    link = place("0123456789abcdef", Span(3, 9), [(1, -1, 0), (1, 2, 3)])
    assert link == "#cite-0123456789ab-3-9-c1.h.0_1.2.3"


def test_csv_says_what_the_table_says_and_no_formula() -> None:
    text = "Table 1. T\n\n| A | B |\n|---|---|\n| =1+1 | -5 |\n| @x, y | -cmd |\n| “q” | +4.5 % |\n"
    table = parse(text, name="x.md").tables[0]
    written = table_csv(table)
    assert written.startswith("\ufeff")
    rows = list(csv.reader(StringIO(written[1:])))
    assert rows == [["A", "B"], ["'=1+1", "-5"], ["'@x, y", "'-cmd"], ["“q”", "+4.5 %"]]


@pytest.mark.parametrize("mark", ["**", "*", "_", "`", "[", "![a](", "[a]("])
def test_a_page_is_written_in_time_that_grows_with_its_text(mark: str) -> None:
    import time

    def seconds(count: int) -> float:
        document = parse(f"# T\n\n{(mark + 'a ') * count}\n", name="x.md")
        began = time.process_time()
        page(document)
        return time.process_time() - began

    seconds(100)
    assert seconds(16_000) < 60 * max(seconds(1_000), 0.002)
