"""What a reading must have to be one: the rules that hold whatever was learned."""

from __future__ import annotations

import pytest

from ingest.embed import Embedder
from rag.tables.answer import Sheet, scenes_of
from rag.tables.link import Meanings
from rag.tables.parse import Candidate
from rag.tables.question import Asked
from rag.tables.rank import Scene
from rag.tables.sense import left_out, names_of_rows, prior
from rag.tables.values import Grid

BOATS = Grid.of(
    ["Boat", "Built", "Owner", "Material", "Seats"],
    [
        ["Heron", "1961", "Mia", "Oak", "12"],
        ["Petrel", "1974", "Jan", "Steel", "40"],
        ["Curlew", "1974", "Mia", "Oak", "9"],
        ["Gannet", "1988", "Ada", "Larch", "31"],
        ["Dunlin", "2003", "Ole", "–", "17"],
    ],
)


@pytest.fixture(scope="module")
def meanings(embedder: Embedder) -> Meanings:
    return Meanings(embedder)


def judged(question: str, meanings: Meanings) -> list[tuple[Candidate, float]]:
    scenes: list[Scene] = scenes_of(Asked.of(question), [Sheet.of(BOATS)], meanings)
    costs = prior(scenes[0], names_of_rows(scenes))
    return list(zip(scenes[0].candidates, costs.tolist(), strict=True))


def cost(question: str, program: str, meanings: Meanings) -> float:
    found = [value for each, value in judged(question, meanings) if each.node.text == program]
    assert found, f"no candidate {program}"
    return max(found)


BETTER = [
    # a superlative needs its word
    ("Which boat belongs to Ada?", '(cells (is 0.2:text "ada") 0.0:text)', "(cells (most (all 0) 0.1:year) 0.0:text)"),
    # a name must choose the rows
    ("How many seats has the Heron?", '(cells (is 0.0:text "heron") 0.4:text)', "(count (all 0))"),
    # nobody counts the one row that is named
    ("How many seats has the Heron?", '(cells (is 0.0:text "heron") 0.4:text)', '(count (is 0.0:text "heron"))'),
    # both conditions
    ("Which boats of Mia were built in 1974?", '(cells (and (is 0.1:text "1974") (is 0.2:text "mia")) 0.0:text)', '(cells (is 0.1:text "1974") 0.0:text)'),
    # a comparator is no equality
    ("Which boats were built after 1974?", '(cells (where 0.1:year ">" 1974.0) 0.0:text)', '(cells (is 0.1:text "1974") 0.0:text)'),
    # what follows "not" is left out, and nothing else
    ("Which boats of Jan are not from 1974?", '(cells (except (all 0) (is 0.1:text "1974")) 0.0:text)', '(cells (except (all 0) (is 0.2:text "jan")) 0.0:text)'),
    # yes or no asks for yes or no
    ("Is the Heron of oak?", '(any (and (is 0.0:text "heron") (is 0.3:text "oak")))', '(cells (is 0.3:text "oak") 0.0:text)'),
    # the oldest has the lowest year
    ("Which is the oldest boat?", "(cells (least (all 0) 0.1:year) 0.0:text)", "(cells (most (all 0) 0.1:year) 0.0:text)"),
    # "second" must be used
    ("Which boat has the second most seats?", "(cells (nth-most (all 0) 0.4:number 2) 0.0:text)", "(cells (most (all 0) 0.4:number) 0.0:text)"),
    # when asks for a time, how many for a number
    ("When was the Petrel built?", '(cells (is 0.0:text "petrel") 0.1:text)', '(cells (is 0.0:text "petrel") 0.2:text)'),
    ("How many seats has the Petrel?", '(cells (is 0.0:text "petrel") 0.4:text)', '(cells (is 0.0:text "petrel") 0.3:text)'),
    ("How many boats are there for each owner?", "(groups (all 0) 0.2:text)", "(count (all 0))"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "right", "wrong"), BETTER)
def test_the_reading_that_keeps_the_rules_costs_less(
    question: str, right: str, wrong: str, meanings: Meanings
) -> None:
    assert cost(question, right, meanings) > cost(question, wrong, meanings)


LEFT_OUT = {
    "Which boats are not of oak?": "of oak",
    "boats except the Heron, with their owners": "the Heron",
    "Which non-oak boats were built in 1974?": "oak boats were built in 1974",
    "Leaving out steel, which materials are there?": "steel",
    "Which boats are left, oak excluded?": "left oak",
    "Which boats are of oak?": "",
}


@pytest.mark.parametrize("question", LEFT_OUT)
def test_what_is_left_out_stands_beside_the_word_that_says_so(question: str) -> None:
    asked = Asked.of(question)
    said = set(asked.phrase(left_out(asked)).split())
    assert set(LEFT_OUT[question].split()) & said or not LEFT_OUT[question]
    assert bool(said) == bool(LEFT_OUT[question])
