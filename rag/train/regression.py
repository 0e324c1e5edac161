"""A logistic regression as the parts of `rag` read it: weights on the inputs as they are, the intercept last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answer import Vector


def regression(
    inputs: NDArray[Any],
    right: Sequence[bool],
    *,
    strength: float,
    counts: Sequence[float] | None = None,
) -> Vector:
    """The weights under which what was right is likeliest: shape (inputs + 1,).

    L2 on inputs of like spread, the weaker the higher `strength` is; `counts` is what each row counts.
    """
    from sklearn.linear_model import LogisticRegression

    spread = inputs.std(axis=0) + 0.1
    model = LogisticRegression(C=strength, max_iter=2000).fit(inputs / spread, right, counts)
    return np.array([*(model.coef_[0] / spread), model.intercept_[0]], dtype=np.float32)
