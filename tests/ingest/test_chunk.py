"""Passages: they never cut a sentence, and they leave nothing out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import LONGEST_PASSAGE, chunk
from ingest.document import Document, Passage, Span
from ingest.load import parse
from ingest.sentences import sentences

_SENTENCES = st.lists(
    st.sampled_from(
        [
            "This is a sentence.",
            "Dr. A. Smith went to the U.S. Office in 1999 [3].",
            "Why? ",
            "A long one, " + "which goes on, " * 40 + "ends.",
            "It ends with a mark. [12]",
            "前言在此。后语在此。",
        ]
    ),
    min_size=1,
    max_size=25,
)


def prose(document: Document) -> list[Passage]:
    return [passage for passage in chunk(document) if passage.kind == "prose"]


@settings(max_examples=100, deadline=None)
@given(_SENTENCES)
def test_passages_are_whole_sentences_in_order_and_miss_no_word(said: list[str]) -> None:
    document = parse("# T\n\n" + " ".join(said), name="a.md")
    passages = prose(document)
    wanted = sentences(document.text, document.paragraphs[0].span)
    assert tuple(span for passage in passages for span in passage.sentences) == wanted
    for passage in passages:
        assert passage.span == Span(passage.sentences[0].start, passage.sentences[-1].end)
        assert len(passage.span) <= LONGEST_PASSAGE or len(passage.sentences) == 1
    for before, after in pairwise(wanted):
        assert not document.text[before.end : after.start].strip()


def test_a_mark_behind_the_full_stop_belongs_to_the_sentence_before() -> None:
    text = "It was built early. [1] It fell late [2]. [3][4] Then nothing."
    found = sentences(text, Span(0, len(text)))
    assert [text[span.start : span.end] for span in found] == [
        "It was built early. [1]",
        "It fell late [2]. [3][4]",
        "Then nothing.",
    ]


def test_spans_are_exact_behind_characters_outside_the_basic_plane() -> None:
    text = "\U0001f680 goes up. It comes down 国际。"
    found = sentences(text, Span(0, len(text)))
    assert [text[span.start : span.end] for span in found] == [
        "\U0001f680 goes up.",
        "It comes down 国际。",
    ]


def test_a_list_goes_with_the_line_that_leads_it_in() -> None:
    text = "# T\n\nThere are three levels:\n\n- red,\n- green,\n- blue.\n\nAfter it.\n"
    document = parse(text, name="a.md")
    lists = [passage for passage in chunk(document) if passage.kind == "list"]
    assert [document.quote(passage.span) for passage in lists] == [
        "There are three levels:\n\n- red,\n- green,\n- blue."
    ]
    assert lists[0].sentences == (lists[0].span,)  # items of a word say nothing by themselves


def test_items_that_are_sentences_stay_sentences() -> None:
    text = (
        "# T\n\n- The first point says something in a whole sentence of words.\n"
        "- The second point does it too, with as many words as that.\n"
    )
    document = parse(text, name="a.md")
    (passage,) = chunk(document)
    assert len(passage.sentences) == 2


def test_every_row_is_a_passage_and_each_table_as_a_whole() -> None:
    text = (
        "Table 1. X\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n[1] Someone.\n\nFigure 1. Y\n"
    )
    document = parse(text, name="a.md")
    kinds = [(passage.kind, passage.table, passage.row) for passage in chunk(document)]
    assert kinds == [
        ("table", 0, None),
        ("row", 0, 0),
        ("row", 0, 1),
        ("reference", None, None),
        ("figure", None, None),
    ]


def test_a_list_does_not_reach_over_a_table() -> None:
    text = "# T\n\n- red\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n- blue\n"
    document = parse(text, name="a.md")
    lists = [passage for passage in chunk(document) if passage.kind == "list"]
    assert [document.quote(passage.span) for passage in lists] == ["red", "blue"]


def test_marks_and_numbers_do_not_break_a_list() -> None:
    document = parse("# T\n\n1. red [1]\n2. blue\n", name="a.md")
    (passage,) = chunk(document)
    assert document.quote(passage.span) == "red [1]\n2. blue"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 600), st.sampled_from(["- red\n", "- two words\n", "- One. Two.\n"]))
def test_a_list_of_short_items_has_passages_of_bounded_length(count: int, item: str) -> None:
    document = parse("# T\n\nThe levels:\n\n" + item * count, name="a.md")
    passages = chunk(document)
    assert all(len(passage.span) <= LONGEST_PASSAGE for passage in passages)
    covered = {at for passage in passages for at in range(passage.span.start, passage.span.end)}
    for part in document.paragraphs:
        assert covered.issuperset(range(part.span.start, part.span.end))


def test_one_item_of_two_short_sentences_goes_with_its_lead() -> None:
    document = parse("# T\n\nThere is one level:\n\n- Red. Only red.\n", name="a.md")
    (passage,) = chunk(document)
    assert passage.sentences == (passage.span,)
