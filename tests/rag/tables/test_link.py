"""Which rows words of a question name: said otherwise, in millions, by a sentence of the text."""

from __future__ import annotations

import pytest

from ingest.embed import Embedder
from ingest.load import parse
from ingest.names import Names
from rag.tables.answer import Sheet, link
from rag.tables.link import Filter, Lexicon, Linked, Meanings
from rag.tables.question import Asked
from rag.tables.told import Sentence, told
from rag.tables.values import Grid, scale_of

DOCUMENT = parse(
    """\
# Mines

The mine at Vell was flooded after a storm. The others are dry.

Table 1. Mines of the valley

| Mine | State | Cost (million) | Miners |
|---|---|---|---|
| Vell | In operation | 45 | 1,200 |
| Arnholm | Suspended | 12.5 | 340 |
| Belport | In operation | 80 | 900 |
| Corwick | Abandoned | 7 | – |
""",
    name="mines.md",
)


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return Sheet.of(Grid.of_table(DOCUMENT, 0), [Names.of(DOCUMENT)])


@pytest.fixture(scope="module")
def meanings(embedder: Embedder) -> Meanings:
    return Meanings(embedder)


def filters(question: str, sheet: Sheet, meanings: Meanings) -> list[Filter]:
    return list(link(Asked.of(question), sheet, meanings).filters)


def rows(mask: int) -> list[int]:
    return [row for row in range(mask.bit_length()) if mask >> row & 1]


def test_a_cell_is_found_by_other_words_of_its_meaning(sheet: Sheet, meanings: Meanings) -> None:
    alike = [
        f for f in filters("Which mines have been deserted?", sheet, meanings) if f.kind == "like"
    ]
    assert [3] in [rows(each.mask) for each in alike]
    assert all(each.share < 1 for each in alike)


def test_what_names_a_cell_in_full_is_not_looked_for_in_other_words(
    sheet: Sheet, meanings: Meanings
) -> None:
    found = filters("Which mines are abandoned?", sheet, meanings)
    assert [3] in [rows(f.mask) for f in found if f.kind == "is"]
    assert not [f for f in found if f.kind == "like" and f.column == 1]


@pytest.mark.parametrize(
    ("question", "chosen"),
    [
        ("Which mines cost more than 40 million?", [0, 2]),
        ("Which mines cost over 12,000,000?", [0, 1, 2]),
        ("Which mines have more than a thousand miners?", [0]),
        ("Which mines have fewer than nine hundred miners?", [1]),
    ],
)
def test_a_number_is_compared_in_the_units_of_its_column(
    question: str, chosen: list[int], sheet: Sheet, meanings: Meanings
) -> None:
    compared = [f for f in filters(question, sheet, meanings) if f.kind == "compared"]
    assert chosen in [rows(each.mask) for each in compared]


@pytest.mark.parametrize(
    ("header", "scale"),
    [("Cost (million)", 1e6), ("Fee, € bn", 1e9), ("Tonnes (thousands)", 1e3), ("Miners", 1.0)],
)
def test_a_header_says_what_is_counted_in(header: str, scale: float) -> None:
    assert scale_of(header) == scale


def test_a_sentence_tells_which_row_is_meant(sheet: Sheet, meanings: Meanings) -> None:
    asked = Asked.of("How many miners has the place that a storm put under water and flooded?")
    linked: Linked = link(asked, sheet, meanings)
    span = DOCUMENT.paragraphs[0].span
    sentence = Sentence(DOCUMENT, span, 0, "The mine at Vell was flooded after a storm.")
    lexicon = Lexicon(sheet.grid, [Names.of(DOCUMENT)])
    found = list(told(asked, linked, lexicon, meanings, [sentence]))
    assert [(rows(each.mask), of.text) for each, of in found] == [([0], sentence.text)]
    other = Sentence(DOCUMENT, span, 0, "Vell has a school and two churches.")
    assert not list(told(asked, linked, lexicon, meanings, [other]))


LOSSES = parse(
    """\
# Festivals

Table 1. Festivals of the coast

| Festival | Result (EUR m) | Visitors |
|---|---|---|
| Salt Days | −1.2 | 48,000 |
| Night of Nets | 0.4 | 9,000 |
| Harbour Jazz | 3.5 | 120,000 |
""",
    name="festivals.md",
)


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("Which festivals lost money?", [0]),
        ("Which of them made a profit?", [1, 2]),
        ("Which festival earned more than three million?", [2]),
        ("Festivals with fewer than fifty thousand guests", [0, 1]),
        ("Festivals with at least a hundred thousand visitors", [2]),
        ("Who had upwards of 10,000 visitors?", [0, 2]),
    ],
)
def test_losses_and_numbers_in_words_choose_rows(
    question: str, right: list[int], meanings: Meanings
) -> None:
    festivals = Sheet.of(Grid.of_table(LOSSES, 0))
    assert right in [rows(each.mask) for each in filters(question, festivals, meanings)]


def test_where_nothing_is_below_zero_a_loss_chooses_no_rows(
    sheet: Sheet, meanings: Meanings
) -> None:
    found = filters("Which mines lost money?", sheet, meanings)
    assert not [each for each in found if each.kind == "compared"]
