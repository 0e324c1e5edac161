from __future__ import annotations

from collections.abc import Sequence

import pytest
from scipy.stats import binomtest

from eval import metrics
from eval.metrics import Outcome
from eval.schema import Gold, Number


def gold(**fields: object) -> Gold:
    return Gold.model_validate(
        {"id": "a", "question": "?", "category": "c", "answerable": True} | fields
    )


@pytest.mark.parametrize(
    ("said", "form", "found"),
    [
        ("It joined in 2024.", "2024", True),
        ("It joined in 20245.", "2024", False),
        ("Version 1.2024", "2024", True),
        ("THE  SEAT\nis Beijing", "seat is beijing", True),
        ("Belarus", "Belgium", False),
    ],
)
def test_words_are_said(said: str, form: str, *, found: bool) -> None:
    assert metrics.says(said, (form,)) is found


@pytest.mark.parametrize(
    ("said", "number", "found"),
    [
        ("There are 3 of them.", Number(number=3), True),
        ("Three of them.", Number(number=3), True),
        ("As Table 3 says, there are 4.", Number(number=3), False),
        ("It grew by 1,250 ships.", Number(number=1250), True),
        ("44.8 members", Number(number=44.75, tolerance=0.1), True),
        ("44.9 members", Number(number=44.75, tolerance=0.1), False),
        ("54% joined", Number(number=54, unit="%"), True),
        ("54 joined", Number(number=54, unit="%"), False),
        ("9 members of 13", Number(number=13, unit="members"), False),
        ("-5 degrees", Number(number=-5), True),
        ("in 13th place, v1.13", Number(number=13), False),
        ("someone stoned two-tone", Number(number=1), False),
    ],
)
def test_numbers_are_said(said: str, number: Number, *, found: bool) -> None:
    assert metrics.says(said, number) is found


def test_what_is_wrong_with_an_answer() -> None:
    listed = gold(answer=[["Serbia"], ["Egypt", "the Egyptians"]], forbidden=["Peru"])
    assert metrics.fault("The Egyptians and Serbia.", listed) == ""
    assert metrics.fault("Serbia", listed) == "lacks Egypt"
    assert metrics.fault("Serbia, Egypt and Peru", listed) == "says Peru"
    asked = gold(answer=[["2024"]], yes_no="no")
    assert metrics.fault("No: 2024", asked) == ""
    assert metrics.fault("According to Table 2, no: it was 2024.", asked) == ""
    assert metrics.fault("Yes, in 2024", asked) == "does not open with no"
    assert metrics.fault("In 2024. No other.", asked) == "does not open with no"
    assert metrics.fault("Nobody, 2024", asked) == "does not open with no"


def test_lists() -> None:
    listed = gold(answer=[["a1"], ["b1"]], forbidden=["c1", "d1"])
    assert metrics.list_precision("a1 c1", listed) == 0.5
    assert metrics.list_recall("a1 c1", listed) == 0.5
    assert metrics.list_precision("nothing", listed) is None
    assert metrics.list_recall("nothing", listed) == 0


def test_exact_match_and_f1_are_those_of_squad() -> None:
    assert metrics.exact_match("The Moon.", ["moon"]) == 1
    assert metrics.exact_match("the full Moon", ["moon"]) == 0
    assert metrics.token_f1("a b c", ["b c d"]) == pytest.approx(0.8)  # the article "a" is dropped
    # Multisets: one "new" of the prediction's two is in common. As sets it would be 1.
    assert metrics.token_f1("new new york", ["new york"]) == pytest.approx(0.8)
    assert metrics.token_f1("x", ["y", "x"]) == 1
    assert metrics.token_f1("", ["y"]) == 0
    assert metrics.token_f1("the", ["a"]) == 1


def test_citations_are_measured_as_in_alce() -> None:
    def supports(said: str, cited: Sequence[str]) -> bool:
        return set(said.split()) <= set(" ".join(cited).split())

    both = [("a b", ["a", "b"]), ("c", ["c", "d"]), ("e", ["f"]), ("g", [])]
    assert metrics.citation_recall(both, supports) == 0.5
    # "a" and "b" are needed together, "c" supports alone, "d" adds nothing, "f" supports nothing.
    assert metrics.citation_precision(both, supports) == pytest.approx(3 / 5)
    assert metrics.citation_recall([], supports) is None
    assert metrics.citation_precision([("g", [])], supports) is None


def test_cells_and_ranks() -> None:
    assert metrics.precision_of([1, 2], [2, 3, 4]) == 0.5
    assert metrics.recall_of([1, 2], [2, 3, 4]) == pytest.approx(1 / 3)
    assert metrics.recall_of([], [2]) == 0
    assert metrics.recall_of([2], []) is None
    assert metrics.recall_at(1, [1, 2, None]).value == pytest.approx(1 / 3)
    assert metrics.recall_at(2, [1, 2, None]).value == pytest.approx(2 / 3)
    assert metrics.reciprocal_rank([1, 2, None, 4]).value == pytest.approx(0.4375)


ANSWERS = (
    Outcome(answerable=True, answered=True, right=True, confidence=0.95),
    Outcome(answerable=True, answered=True, right=False, confidence=0.85),
    Outcome(answerable=True, answered=False, right=False),
    Outcome(answerable=False, answered=False, right=True),
    Outcome(answerable=False, answered=True, right=False, confidence=0.15),
)


def test_accuracy_precision_and_coverage_are_those_of_litqa() -> None:
    assert metrics.accuracy(ANSWERS).value == 0.4
    assert metrics.precision(ANSWERS) == metrics.Measure(1 / 3, 3, 2)
    assert metrics.coverage(ANSWERS).value == 0.6
    assert metrics.false_answer_rate(ANSWERS) == metrics.Measure(0.5, 2, 3)
    assert metrics.false_abstention_rate(ANSWERS) == metrics.Measure(1 / 3, 3, 2)
    assert metrics.accuracy([]).value == 0


def test_what_cannot_be_scored_is_counted() -> None:
    assert metrics.mean_of([1.0, None, 0.0, None]) == metrics.Measure(0.5, 2, 2)


def test_calibration() -> None:
    assert [each.count for each in metrics.reliability(ANSWERS)] == [1, 1, 1]
    # |0 - 0.15|, |0 - 0.85| and |1 - 0.95|, a third each
    assert metrics.calibration_error(ANSWERS).value == pytest.approx((0.15 + 0.85 + 0.05) / 3)
    sure = [Outcome(answerable=True, answered=True, right=True, confidence=1.0)]
    assert metrics.reliability(sure)[0].high == 1
    points = metrics.accuracy_at_coverage(ANSWERS)
    assert points[:2] == ((0.2, 1.0), (0.4, 0.5))
    assert points[2] == pytest.approx((0.6, 1 / 3))
    tied = [ANSWERS[0], Outcome(answerable=True, answered=True, right=False, confidence=0.95)]
    assert metrics.accuracy_at_coverage(tied) == ((1.0, 0.5),)


def test_latency() -> None:
    assert metrics.latency([float(n) for n in range(1, 101)]) == pytest.approx((50.5, 95.05))
    assert metrics.latency([2.0]) == (2.0, 2.0)
    assert metrics.latency([]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("lost", "won"), [(0, 0), (1, 0), (5, 0), (6, 0), (3, 9), (20, 20), (7, 1)]
)
def test_mcnemar_is_the_exact_binomial_test(lost: int, won: int) -> None:
    expected = binomtest(lost, lost + won).pvalue if lost + won else 1.0
    assert metrics.mcnemar(lost, won) == pytest.approx(expected)


def test_the_bootstrap_interval_holds_the_change() -> None:
    before, after = [True] * 60 + [False] * 40, [True] * 40 + [False] * 60
    low, high = metrics.bootstrap_difference(before, after)
    assert low < -0.2 < high < 0
    assert (high - low) / 2 == pytest.approx(1.96 * (0.2 * 0.8 / 100) ** 0.5, rel=0.15)
    assert metrics.bootstrap_difference(before, before) == (0, 0)
    with pytest.raises(ValueError, match="same questions"):
        metrics.bootstrap_difference([True], [])
