"""What a question says: numbers in words and digits, how they compare, and denials that ask."""

from __future__ import annotations

import pytest

from rag.tables.numerals import numerals
from rag.tables.question import Asked
from rag.tables.values import scale_of

IN_WORDS = {
    "twenty-five": [25],
    "a dozen": [12],
    "three dozen": [36],
    "half a dozen": [6],
    "two hundred and fifty": [250],
    "a hundred thousand": [100_000],
    "two and a half thousand": [2_500],
    "half a million": [500_000],
    "three million two hundred thousand and one": [3_200_001],
    "one thousand nine hundred": [1_900],
    "seven trillion": [7e12],
    "twice": [2],
    "between three and five hundred": [3, 500],
    "ninety nine": [99],
    "zero": [0],
    "a tent often weighs": [],
    "someone alone": [],
}


@pytest.mark.parametrize("text", IN_WORDS)
def test_numbers_in_words(text: str) -> None:
    found = list(numerals(text))
    assert [each.value for each in found] == IN_WORDS[text]
    assert all(text[each.start : each.end].strip() for each in found)


COMPARED = {
    "stations that can host thirty people or more": (30, ">="),
    "products that took a year or more": (1, ">="),
    "fewer than fifty participants": (50, "<"),
    "not even twenty staff": (20, "<"),
    "upwards of 200,000 birds": (200_000, ">="),
    "over half a trillion dollars": (5e11, ">"),
    "in excess of 1.2 bn": (1.2e9, ">"),
    "no more than a dozen": (12, "<="),
    "exactly 40k": (40_000, ""),
}


@pytest.mark.parametrize("text", COMPARED)
def test_how_a_number_compares(text: str) -> None:
    (number,) = Asked.of(text).numbers
    assert (number.value, number.sign) == COMPARED[text]


@pytest.mark.parametrize(
    ("question", "asserted"),
    [
        ("Hasn't the work been completed?", "Has the work been completed?"),
        ("Isn’t Vell in the north?", "Is Vell in the north?"),
        ("Can't it be seen?", "Can it be seen?"),
        ("Won't they join?", "Will they join?"),
    ],
)
def test_a_denial_that_asks_is_no_negation(question: str, asserted: str) -> None:
    asked = Asked.of(question)
    assert asked.text == asserted
    assert asked.wh == "yes-no"
    assert "negation" not in asked.flags


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("Budget (USD m)", 1e6),
        ("Cost, €k", 1e3),
        ("Output ('000)", 1e3),
        ("Grants (million euros)", 1e6),
        ("Length (m)", 1),
        ("Depth m", 1),
    ],
)
def test_what_a_column_is_counted_in(header: str, scale: float) -> None:
    assert scale_of(header) == scale
