"""How sure to be of the sentence that comes first: a logistic regression that `rag.train.confidence` learned.

It lies in `confidence.npz`, twice: for scores after a second reading, and for the ranker's alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

OWN: tuple[str, ...] = ("first", "final", "ahead", "share", "holds", "items", "candidates")
"""What it goes by beside the features of the best candidate."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The ranker's scores of all candidates, and those after the second reading, the same without one.

    Both have shape (candidates,).
    """

    first: Numbers
    final: Numbers

    @property
    def reread(self) -> bool:
        return self.final is not self.first


@dataclass(frozen=True, slots=True)
class Regression:
    """`weights`: shape (len(OWN) + features,)."""

    weights: Numbers
    intercept: float

    def __call__(self, inputs: Numbers) -> Numbers:
        """A probability for each row of inputs, or for one: 0 to 1."""
        sure: Numbers = 1 / (1 + np.exp(-(inputs @ self.weights + self.intercept)))
        return sure


@dataclass(frozen=True, slots=True)
class Confidence:
    """The regression for scores that were reread, and that for those which were not."""

    reread: Regression
    plain: Regression

    def __call__(
        self, features: Numbers, scores: Scores, best: int, *, holds: bool, items: int
    ) -> float:
        """The probability that one of the candidates answers: 0 to 1."""
        inputs = sureness(features, scores, best, holds=holds, items=items)
        return float((self.reread if scores.reread else self.plain)(inputs))


def sureness(features: Numbers, scores: Scores, best: int, *, holds: bool, items: int) -> Numbers:
    """What the confidence in one of the candidates goes by: shape (len(OWN) + features,)."""
    final = scores.final
    shares = np.exp(final - final.max())
    others = np.delete(final, best)
    own = [
        float(scores.first[best]),
        float(final[best]),
        float(final[best] - others.max()) if len(others) else 3.0,
        float(shares[best] / shares.sum()),
        float(holds),
        float(items),
        math.log(len(final)),
    ]
    return np.concatenate([np.array(own, dtype=np.float32), features[best]])


@cache
def confidence() -> Confidence:
    """The one that is shipped."""
    with as_file(files("rag") / "confidence.npz") as path, np.load(path) as stored:
        return Confidence(
            Regression(stored["reread"], float(stored["reread_intercept"])),
            Regression(stored["plain"], float(stored["plain_intercept"])),
        )


def names(features: Sequence[str]) -> tuple[str, ...]:
    """What each input of the confidence is called."""
    return (*OWN, *features)
