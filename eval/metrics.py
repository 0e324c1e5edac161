"""Metrics: pure functions over what was said and what is right, each with its formula and its source.

What cannot be scored (no gold cells, no citation) is None, and `mean_of` counts it instead of hiding it. A question
without a prediction scores zero.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

from eval.schema import Gold, Number, Part

_T = TypeVar("_T")
_H = TypeVar("_H", bound=Hashable)

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_NUMBER = re.compile(
    rf"(?<![\w.,])[-−]?(?:{_DIGITS})(?![\w])|\b(?:{'|'.join(_SMALL)})\b", re.IGNORECASE
)
_LABEL = re.compile(
    r"\b(?:table|figure|fig|reference|ref|source|section|chapter|column|row|page|number|no|nr)\.?\s*$",
    re.IGNORECASE,
)
_UNIT_WITHIN = 25
_VERDICT = re.compile(r"(?:[^.!?\n]{0,80}[,:;–—]\s*)?(yes|no)\b")


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure over `of` scored items; `unscored` more had nothing to be scored by."""

    value: float
    of: int
    unscored: int = 0


def mean_of(scores: Iterable[float | None]) -> Measure:
    """The mean of the scored items; those that are None are counted as unscored. 0 of nothing is 0."""
    every = list(scores)
    scored = [score for score in every if score is not None]
    value = sum(scored) / len(scored) if scored else 0.0
    return Measure(value, len(scored), len(every) - len(scored))


# Is an answer right?


def says(said: str, part: Part) -> bool:
    """Whether a text says a part of an answer.

    Words: one of the forms stands in it, in any case, white space folded, no digit touching one that begins or
    ends with a digit. A number: see `says_number`.
    """
    if isinstance(part, Number):
        return says_number(said, part)
    folded = _folded(said)
    return any(_stands_in(folded, _folded(form)) for form in part)


def says_number(said: str, wanted: Number) -> bool:
    """Whether a text has a number within the tolerance: |stated - gold| <= tolerance.

    Number words up to twenty count, what numbers a table or a figure does not; a unit that is wanted must
    follow within a few words. (Relative tolerances, as in ChartQA, hide errors in years; ours are absolute.)
    """
    for match in _NUMBER.finditer(said):
        if _LABEL.search(said, 0, match.start()):
            continue
        word = match.group().casefold()
        stated = float(
            _SMALL.index(word) if word in _SMALL else word.replace(",", "").replace("−", "-")
        )
        after = _folded(said[match.end() : match.end() + _UNIT_WITHIN + len(wanted.unit)])
        if abs(stated - wanted.number) <= wanted.tolerance + 1e-9 and _folded(wanted.unit) in after:
            return True
    return False


def fault(said: str, gold: Gold) -> str:
    """What is wrong with the words of an answer to an answerable question; "" for nothing.

    Right is: the verdict first where yes or no is asked for, every required part said, nothing forbidden said.
    (A set match with accepted forms, as the official evaluator of WikiTableQuestions does for denotations,
    over running text.)
    """
    if gold.yes_no and verdict(said) != gold.yes_no:
        return f"does not open with {gold.yes_no}"
    missing = [shown(part) for part in gold.answer if not says(said, part)]
    if missing:
        return f"lacks {', '.join(missing)}"
    wrong = [form for form in gold.forbidden if says(said, (form,))]
    return f"says {', '.join(wrong)}" if wrong else ""


def verdict(said: str) -> str | None:
    """The "yes" or "no" that a text opens with, also after an opening phrase and a comma; else None."""
    match = _VERDICT.match(_folded(said))
    return match.group(1) if match else None


def shown(part: Part) -> str:
    """A part of an answer for people: its first form."""
    return f"{part.number:g} {part.unit}".strip() if isinstance(part, Number) else part[0]


def list_precision(said: str, gold: Gold) -> float | None:
    """Right items named / (right + forbidden items named); None where the gold forbids nothing or none is named.

    Precision over a closed set of items (van Rijsbergen 1979).
    """
    right = sum(says(said, part) for part in gold.answer)
    wrong = sum(says(said, (form,)) for form in gold.forbidden)
    return right / (right + wrong) if gold.forbidden and right + wrong else None


def list_recall(said: str, gold: Gold) -> float | None:
    """Required parts that are said / required parts; None where nothing is required."""
    if not gold.answer:
        return None
    return sum(says(said, part) for part in gold.answer) / len(gold.answer)


def exact_match(prediction: str, references: Sequence[str]) -> float:
    """1 where the prediction equals a reference after SQuAD's normalisation, else 0.

    Rajpurkar et al. 2016: lower case; punctuation, the articles a, an, the, and surplus white space dropped.
    """
    return float(any(_squad(prediction) == _squad(each) for each in references))


def token_f1(prediction: str, references: Sequence[str]) -> float:
    """SQuAD's F1 over the multisets of tokens, the best over the references.

    With c common tokens (counted as often as both have them): P = c / predicted, R = c / reference,
    F1 = 2PR / (P + R); where one side has no tokens, 1 if both have none, else 0.
    """
    return max(
        (_f1(_squad(prediction).split(), _squad(each).split()) for each in references), default=0.0
    )


def _f1(predicted: list[str], reference: list[str]) -> float:
    if not predicted or not reference:
        return float(predicted == reference)
    common = sum((Counter(predicted) & Counter(reference)).values())
    return 2 * common / (len(predicted) + len(reference))


def _squad(text: str) -> str:
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", text).split())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _stands_in(said: str, form: str) -> bool:
    if not re.search(r"^\d|\d$", form):
        return form in said
    return re.search(rf"(?<!\d){re.escape(form)}(?!\d)", said) is not None


# Citations


def citation_recall(
    statements: Sequence[tuple[str, Sequence[_T]]], supports: Callable[[str, Sequence[_T]], bool]
) -> float | None:
    """Statements supported by all their citations together / statements; None where there is no statement.

    ALCE (Gao et al. 2023), with a deterministic `supports` in place of its NLI model.
    """
    if not statements:
        return None
    return sum(bool(cited) and supports(said, cited) for said, cited in statements) / len(
        statements
    )


def citation_precision(
    statements: Sequence[tuple[str, Sequence[_T]]], supports: Callable[[str, Sequence[_T]], bool]
) -> float | None:
    """Relevant citations / citations; None where nothing is cited.

    ALCE: a citation is relevant where its statement is supported by all its citations, and it either supports
    it alone or the others do not support it without it.
    """
    relevant = total = 0
    for said, cited in statements:
        total += len(cited)
        if not (cited and supports(said, cited)):
            continue
        for at, one in enumerate(cited):
            rest = [*cited[:at], *cited[at + 1 :]]
            relevant += supports(said, [one]) or not (rest and supports(said, rest))
    return relevant / total if total else None


def precision_of(found: Collection[_H], gold: Collection[_H]) -> float | None:
    """|found and gold| / |found|; None where nothing is gold or nothing was found. For cells: their positions."""
    return len(set(found) & set(gold)) / len(set(found)) if found and gold else None


def recall_of(found: Collection[_H], gold: Collection[_H]) -> float | None:
    """|found and gold| / |gold|; None where nothing is gold."""
    return len(set(found) & set(gold)) / len(set(gold)) if gold else None


# Retrieval


def recall_at(k: int, ranks: Iterable[int | None]) -> Measure:
    """Questions whose evidence comes among the first k / questions. Ranks count from 1, None: not found."""
    return mean_of(float(rank is not None and rank <= k) for rank in ranks)


def reciprocal_rank(ranks: Iterable[int | None]) -> Measure:
    """Mean reciprocal rank, 1/rank or 0 (Voorhees 1999, TREC-8 question answering)."""
    return mean_of(1 / rank if rank else 0.0 for rank in ranks)


# All answers together


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: was an answer given, was it right, how sure was it (0 to 1)?

    Silence on an unanswerable question is right and no answer. A question that ended in an error is
    neither answered nor right.
    """

    answerable: bool
    answered: bool
    right: bool
    confidence: float = 0.0


def accuracy(outcomes: Sequence[Outcome]) -> Measure:
    """Right / all (LitQA, Skarlinski et al. 2024)."""
    return mean_of(float(each.right) for each in outcomes)


def precision(outcomes: Sequence[Outcome]) -> Measure:
    """Right / answered (LitQA). What was not answered is unscored."""
    return mean_of(float(each.right) if each.answered else None for each in outcomes)


def coverage(outcomes: Sequence[Outcome]) -> Measure:
    """Answered / all (LitQA)."""
    return mean_of(float(each.answered) for each in outcomes)


def false_answer_rate(outcomes: Sequence[Outcome]) -> Measure:
    """Answered / all, over the unanswerable questions (as with SQuAD 2.0, Rajpurkar et al. 2018)."""
    return mean_of(None if each.answerable else float(each.answered) for each in outcomes)


def false_abstention_rate(outcomes: Sequence[Outcome]) -> Measure:
    """Not answered / all, over the answerable questions."""
    return mean_of(float(not each.answered) if each.answerable else None for each in outcomes)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: from `low` to `high`, their mean confidence, the share of right ones."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(outcomes: Sequence[Outcome], bins: int = 10) -> tuple[Bin, ...]:
    """The reliability curve of the answers given: equal-width bins, the empty ones left out.

    Niculescu-Mizil and Caruana 2005. A confidence of 1 falls into the last bin.
    """
    held: dict[int, list[Outcome]] = {}
    for each in outcomes:
        if each.answered:
            held.setdefault(min(int(each.confidence * bins), bins - 1), []).append(each)
    return tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=len(mine),
            confidence=sum(each.confidence for each in mine) / len(mine),
            accuracy=sum(each.right for each in mine) / len(mine),
        )
        for number, mine in sorted(held.items())
    )


def calibration_error(outcomes: Sequence[Outcome], bins: int = 10) -> Measure:
    """Expected calibration error: the sum over bins of count/answers x |accuracy - confidence|.

    Naeini et al. 2015, Guo et al. 2017. What was not answered is unscored.
    """
    curve = reliability(outcomes, bins)
    count = sum(each.count for each in curve)
    value = sum(each.count * abs(each.accuracy - each.confidence) for each in curve)
    return Measure(value / count if count else 0.0, count, len(outcomes) - count)


def accuracy_at_coverage(outcomes: Sequence[Outcome]) -> tuple[tuple[float, float], ...]:
    """(answered so far / all, right / answered so far) as the threshold falls from 1 on, a point an answer.

    The risk-coverage curve of selective prediction, turned to accuracy (El-Yaniv and Wiener 2010). Equal confidences
    come in together.
    """
    answered = sorted((o for o in outcomes if o.answered), key=lambda each: -each.confidence)
    points, right = [], 0
    for count, each in enumerate(answered, 1):
        right += each.right
        if count == len(answered) or answered[count].confidence < each.confidence:
            points.append((count / len(outcomes), right / count))
    return tuple(points)


def latency(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile (inclusive method, linear between neighbours); 0 where nothing was timed."""
    if len(seconds) < 2:
        return (seconds[0], seconds[0]) if seconds else (0.0, 0.0)
    return median(seconds), quantiles(seconds, n=20, method="inclusive")[-1]


# Two runs against each other


def mcnemar(lost: int, won: int) -> float:
    """The two-sided p-value of McNemar's exact test on what turned wrong and what turned right.

    Under the null hypothesis each of the n = lost + won changes goes either way with 1/2:
    p = min(1, 2 x sum over i <= min(lost, won) of C(n, i) / 2^n) (McNemar 1947; exact form, Edwards 1948).
    """
    n = lost + won
    tail = sum(math.comb(n, i) for i in range(min(lost, won) + 1))
    return min(1.0, float(2 * tail / 2**n))


def bootstrap_difference(
    before: Sequence[bool], after: Sequence[bool], *, level: float = 0.95, draws: int = 5000
) -> tuple[float, float]:
    """The percentile bootstrap interval of the change in accuracy over the same questions (Efron 1979).

    Questions are drawn with replacement, each with both its outcomes; the same interval every time. Raises
    `ValueError` where the two are not of one length or empty.
    """
    import numpy as np

    if len(before) != len(after) or not before:
        raise ValueError("both runs need the same questions, at least one")
    changes = np.array(after, dtype=np.int8) - np.array(before, dtype=np.int8)
    counts = np.array([(changes == value).sum() for value in (-1, 0, 1)])
    drawn = np.random.default_rng(0).multinomial(len(changes), counts / len(changes), size=draws)
    low, high = np.quantile(
        (drawn[:, 2] - drawn[:, 0]) / len(changes), [(1 - level) / 2, (1 + level) / 2]
    )
    return float(low), float(high)
