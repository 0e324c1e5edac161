"""Learn the weights of `rag.extract.choice` from QED, and print how often the short answer is right.

    python -m rag.train.extract --qed DIR/qed-dev.jsonlines

A question's candidates are the pieces of the sentence that answers; those that have most words in
common with an answer that people gave are right (softmax over the candidates, maximum likelihood, the
weights held small). How sure an answer is gets learned on questions that its weights were not learned
from. The figures are of five-fold cross-validation too; the weights that are written are learned from
all.

QED: Lamm et al. 2021; Wikipedia text, CC BY-SA 3.0.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from rag.extract import short
from rag.extract.choice import FLOOR, Choice, doubts, signs
from rag.extract.pieces import Piece, Reading
from rag.question import Asked

WEIGHTS = Path(__file__).parents[1] / "extract" / "choice.json"
_FOLDS = 5
_HELD = 2.0
_SAME = 0.8
_LEAST = 0.02
"""A weight below this is as good as none, and is not written."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its sentence, the pieces that may answer, and how right each is (token F1)."""

    reading: Reading
    found: tuple[Piece, ...]
    right: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was chosen for a case that the weights were not learned from."""

    case: Case
    signs: dict[str, float]
    fold: int
    right: bool


def qed(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Question, sentence and answers of a QED file, where an answer stands in one sentence."""
    for line in path.read_text("utf-8").splitlines():
        item = json.loads(line)
        text = item["paragraph_text"]
        for start, end in pairwise([*item["sentence_starts"], len(text)]):
            answers = [
                answer[0]["string"]
                for answer in item["original_nq_answers"]
                if len(answer) == 1 and start <= answer[0]["start"] < end
            ]
            if answers:
                yield (
                    item["question_text"].strip(),
                    _tidy(text[start:end]),
                    list(map(_tidy, answers)),
                )
                break


def _tidy(text: str) -> str:
    """Text as people write it: QED sets spaces around every mark."""
    text = text.replace("`` ", '"').replace(" ''", '"').replace(" -- ", "–").replace(" - ", "-")
    text = re.sub(r"\s+(['’]s\b|[,.;:!?)\]%])", r"\1", text)
    return " ".join(re.sub(r"([(\[$])\s+", r"\1", text).split())


def token_f1(said: str, gold: str) -> float:
    """The harmonic mean of precision and recall of words, as in SQuAD, but for "the" and hedges."""
    left_out = {"a", "an", "the", "since", "about", "around", "over", "at", "least", "until"}
    ours, theirs = (
        Counter(w for w in re.sub(r"[^\w\s]", " ", text.lower()).split() if w not in left_out)
        for text in (said, gold)
    )
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def case(question: str, sentence: str, answers: Sequence[str]) -> Case | None:
    """A sample as the model sees it; None where it has no candidate."""
    reading = Reading(Asked(question, question), sentence)
    found = short.candidates(reading)
    said = [sentence[reading.starts[each.first] : reading.ends[each.last - 1]] for each in found]
    right = [max(token_f1(each, gold) for gold in answers) for each in said]
    return Case(reading, tuple(found), tuple(right)) if found else None


def fit(cases: Sequence[Case]) -> dict[str, float]:
    """The weights of `rag.extract.choice.Choice`."""
    cases = [each for each in cases if max(each.right) > FLOOR]
    said = [list(signs(each.reading, piece)) for each in cases for piece in each.found]
    names = {name: at for at, name in enumerate(dict.fromkeys(n for its in said for n in its))}
    columns = [names[name] for its in said for name in its]
    ends = np.concatenate([[0], np.cumsum([len(its) for its in said])])
    table = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(said), len(names)))
    sizes = np.array([len(each.found) for each in cases])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    right = np.array(
        [its >= min(_SAME, max(each.right)) for each in cases for its in each.right], dtype=float
    )

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = table @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        every = np.exp(scores)
        good = every * right
        of_all, of_good = np.add.reduceat(every, starts), np.add.reduceat(good, starts) + 1e-12
        slope = table.T @ (every / np.repeat(of_all, sizes) - good / np.repeat(of_good, sizes))
        value = np.log(of_all).sum() - np.log(of_good).sum() + _HELD * (weights**2).sum() / 2
        return float(value), slope + _HELD * weights

    return dict(zip(names, _least(loss, len(names)), strict=True))


def fit_doubt(found: Sequence[Outcome]) -> dict[str, float]:
    """The weights that make a probability of what was chosen: `Choice.doubt`."""
    names = list(dict.fromkeys(name for each in found for name in each.signs))
    rows = np.array([[each.signs.get(name, 0.0) for name in names] for each in found])
    right = np.array([each.right for each in found])
    held = np.array([0.0 if name == "one" else 1.0 for name in names])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = rows @ weights
        value = np.logaddexp(0, logits).sum() - logits[right].sum() + (held * weights**2).sum() / 2
        return float(value), rows.T @ (1 / (1 + np.exp(-logits)) - right) + held * weights

    return dict(zip(names, _least(loss, len(names)), strict=True))


def _least(loss: object, size: int) -> list[float]:
    found = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return [float(weight) for weight in found.x]


def outcomes(cases: Sequence[Case]) -> list[Outcome]:
    """What would be chosen for each case, with weights learned from the other folds."""
    folds = np.random.default_rng(0).permutation(len(cases)) % _FOLDS
    found = []
    for fold in range(_FOLDS):
        model = Choice(
            fit([each for each, its in zip(cases, folds, strict=True) if its != fold]), {}
        )
        for each in (each for each, its in zip(cases, folds, strict=True) if its == fold):
            piece, mass = model.best(each.reading, each.found)
            right = each.right[each.found.index(piece)] > FLOOR
            found.append(Outcome(each, doubts(each.reading, piece, mass), fold, right))
    return found


def sureness(found: Sequence[Outcome]) -> NDArray[np.float64]:
    """The probability that each is right, learned from the other folds: shape (outcomes,)."""
    doubt = [fit_doubt([each for each in found if each.fold != fold]) for fold in range(_FOLDS)]
    logits = [
        sum(doubt[each.fold].get(name, 0.0) * value for name, value in each.signs.items())
        for each in found
    ]
    return np.asarray(1 / (1 + np.exp(-np.array(logits))))


def report(found: Sequence[Outcome], questions: int) -> None:
    """Print how many of all questions get a short answer, and how many of those are right."""
    right, sure = np.array([each.right for each in found]), sureness(found)
    for threshold in (0.5, 0.6, 0.65, short.SURE, 0.8):
        given = sure >= threshold
        print(
            f"from {threshold:.2f}: given {given.sum() / questions:.1%}, right {right[given].mean():.1%}"
        )
    types = np.array([each.case.reading.type for each in found])
    for kind, count in Counter(types.tolist()).most_common():
        given = (types == kind) & (sure >= short.SURE)
        print(
            f"{kind:9s} {count:4d}: chosen right {right[types == kind].mean():.0%}, given {given.sum():4d}"
            + (f", of them right {right[given].mean():.0%}" if given.any() else "")
        )


def main() -> int:
    """Learn, report and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--qed", type=Path, required=True)
    arguments = parser.parse_args()
    samples = list(qed(arguments.qed))
    cases = [each for sample in samples if (each := case(*sample))]
    found = outcomes(cases)
    print(f"{len(samples)} questions, {len(cases)} of them with candidates")
    report(found, len(samples))
    stored = {
        "learned by": "rag.train.extract",
        "from": f"QED dev, {len(cases)} questions",
        "doubt": {name: round(weight, 3) for name, weight in fit_doubt(found).items()},
        "weights": {
            name: round(weight, 2) for name, weight in fit(cases).items() if abs(weight) >= _LEAST
        },
    }
    WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
