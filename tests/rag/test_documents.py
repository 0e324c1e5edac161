"""The articles with tables that text and tables learn from: what answers, and what does not."""

from __future__ import annotations

import pytest

from rag.train.documents import Article, Question, documents


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return list(documents())


def test_every_gold_stands_in_its_article(articles: list[Article]) -> None:
    assert len(articles) > 100
    for article in articles:
        text = " ".join(article.document.text.split()).casefold()
        for each in article.questions:
            assert all(" ".join(piece.split()).casefold() in text for piece in each.says)
            for table, row, column in each.cells:
                assert article.document.tables[table].rows[row][column] if row >= 0 else True
            assert each.answerable or not each.answer


def test_a_part_measures_and_a_part_only_tells_how_sure_to_be(articles: list[Article]) -> None:
    out = {each.number for each in articles if each.is_kept_out}
    held = {each.number for each in articles if each.is_held_out}
    assert out
    assert held
    assert not out & held


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("**1904**. The *Heron* was launched in 1904. [1]", True),
        ("The year was 1904 or 1911. [1]", False),
        ("It was launched in 19045. [1]", False),
        ("", False),
    ],
)
def test_an_answer_has_every_part_and_nothing_forbidden(text: str, right: bool) -> None:
    question = Question("When?", "lookup", True, (("1904", "in 1904"),), forbidden=("1911",))
    assert question.is_answered_by(text) is right


@pytest.mark.parametrize(("text", "right"), [("**No**. It is shut.", True), ("**Yes**.", False), ("It is shut.", False)])  # fmt: skip
def test_a_verdict_comes_first(text: str, right: bool) -> None:
    assert Question("Is it open?", "yes_no", True, yes_no="no").is_answered_by(text) is right


def test_a_result_has_as_many_values_as_the_gold() -> None:
    question = Question("Which?", "list", True, (("Kenya", "Kenia"), ("Mali",)), cells=((0, 0, 0), (0, 3, 0)))  # fmt: skip
    assert question.is_result(("Kenya – founder", "Mali"))
    assert not question.is_result(("Kenya",))
    assert not question.is_result(("Kenya", "Mali", "Chad"))
    assert not question.is_result(("Kenya", "Chad"))
